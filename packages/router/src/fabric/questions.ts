// Questions to other nodes, and their answers: those that come in time are given together.

import type { Dict } from '@trunkline/protocol'
import type { Deadline, Deadlines, NodeQuestion } from '../core/index.ts'
import type { NodeLink } from './node-links.ts'

/** What nodes are asked: of a realm, or of the node as a whole what an operator wants to know. */
export type Question = NodeQuestion | 'operator'

/** How long answers are waited for. */
const MOST_MS: Readonly<Record<Question, number>> = { subscription: 2_000, slowest_sessions: 2_000, replace: 1_000, operator: 2_000 }

interface OpenQuestion extends Deadline {
  readonly ref: number
  /** The links whose answers are missing. */
  readonly on: Set<NodeLink>
  readonly answers: NodeAnswer[]
}

/** What is asked. */
export interface Asked {
  /** 0: the node as a whole. */
  readonly realm: number
  readonly question: Question
  readonly args: Dict
}

export interface NodeAnswer {
  readonly node: string
  readonly answer: Dict
}

export class Questions {
  readonly #deadlines: Deadlines
  readonly #now: () => number
  readonly #open = new Map<number, OpenQuestion>()
  /** The links on which an answer is late, and to which question. */
  readonly #late = new Map<NodeLink, number>()
  #lastRef = 0

  constructor(deadlines: Deadlines, now: () => number) {
    this.#deadlines = deadlines
    this.#now = now
  }

  /** How many are not answered yet. */
  get size(): number {
    return this.#open.size
  }

  /** Whether the node still owes an answer for which no question waits any more: it stands still, or has much to do. */
  isLate(link: NodeLink): boolean {
    return this.#late.has(link)
  }

  /** Asks some nodes. Calls back once, with the answers that came in time; in the same turn where no node is asked. */
  ask({ realm, question, args }: Asked, links: readonly NodeLink[], done: (answers: readonly NodeAnswer[]) => void): void {
    if (links.length === 0) return done([])
    const ref = this.#nextRef()
    const [on, answers] = [new Set(links), [] as NodeAnswer[]]
    const expire = (): void => {
      this.#open.delete(ref)
      for (const link of on) this.#late.set(link, ref)
      done(answers)
    }
    const open: OpenQuestion = { ref, on, answers, at: 0, place: -1, expire }
    this.#open.set(ref, open)
    this.#deadlines.set(open, this.#now() + MOST_MS[question])
    for (const link of links) link.send({ type: 'ask', realm, ref, question, arguments: args })
  }

  /** A node has answered; an answer that comes too late is dropped. */
  answered(link: NodeLink, ref: number, answer: Dict): void {
    if (this.#late.get(link) === ref) this.#late.delete(link)
    const question = this.#open.get(ref)
    if (question?.on.delete(link) !== true) return
    question.answers.push({ node: link.node, answer })
    this.#look(question)
  }

  /** A node is lost, and will not answer. */
  forget(link: NodeLink): void {
    this.#late.delete(link)
    for (const question of [...this.#open.values()]) if (question.on.delete(link)) this.#look(question)
  }

  #look(question: OpenQuestion): void {
    if (question.on.size > 0) return
    this.#deadlines.clear(question)
    question.expire()
  }

  #nextRef(): number {
    do this.#lastRef = (this.#lastRef + 1) >>> 0
    while (this.#open.has(this.#lastRef))
    return this.#lastRef
  }
}
