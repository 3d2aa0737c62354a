// What operators at one node ask all nodes, and which of these have not answered. What is asked is not known here.

import type { Dict } from '@trunkline/protocol'
import type { AskFrame } from './frames.ts'
import type { NodeLink, NodeRow } from './node-links.ts'
import type { NodeAnswer, Questions } from './questions.ts'

/** What came of a question. */
export interface NodeAnswers {
  readonly answers: readonly NodeAnswer[]
  /** The names of the nodes that did not answer in time, or to which there is no link; those that stopped and said so are not among them. */
  readonly missing: readonly string[]
}

/** Answers the questions of other nodes: has to call back, in whatever turn. */
export type NodeAnswerer = (question: Dict, reply: (answer: Dict) => void) => void

/** The nodes of the moment. */
export interface NodesThere {
  readonly links: readonly NodeLink[]
  /** All of which was heard lately. */
  readonly rows: readonly NodeRow[]
}

/** Nodes in these states are there, or were until they were lost. */
const ABSENT: readonly NodeRow['state'][] = ['lost', 'incompatible']

export class OperatorQuestions {
  /** Undefined: this node answers none yet, and the others hear so. */
  answerer: NodeAnswerer | undefined
  readonly #questions: Questions

  constructor(questions: Questions) {
    this.#questions = questions
  }

  /** @param names the nodes that are asked; undefined: all */
  ask(question: Dict, names: readonly string[] | undefined, { links, rows }: NodesThere, done: (answers: NodeAnswers) => void): void {
    const isMeant = (node: string): boolean => names?.includes(node) ?? true
    const asked = links.filter((link) => isMeant(link.node) && !this.#questions.isLate(link))
    const expected = new Set(
      names ?? [...links.map(({ node }) => node), ...rows.flatMap(({ node, state }) => (ABSENT.includes(state) ? node : []))],
    )
    this.#questions.ask({ realm: 0, question: 'operator', args: question }, asked, (all) => {
      const answers = all.filter(({ answer }) => Object.hasOwn(answer, 'answer'))
      for (const { node } of answers) expected.delete(node)
      done({ answers: answers.map(({ node, answer }) => ({ node, answer: answer['answer'] as Dict })), missing: [...expected].toSorted() })
    })
  }

  /** Another node asks. */
  asked(link: NodeLink, { ref, arguments: question }: AskFrame): void {
    const reply = (answer: Dict): void => void link.send({ type: 'answer', realm: 0, ref, answer })
    if (this.answerer === undefined) return reply({})
    this.answerer(question, reply)
  }
}
