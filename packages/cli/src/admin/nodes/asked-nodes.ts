// The other nodes of a cluster, asked over the links to them, and what this node answers to theirs.

import type { Router } from '@trunkline/router'
import type { AdminQuestion, OtherNodes } from './questions.ts'

/** Nodes of which one speaks another version do not understand each other: they are missing where the other is asked. */
const VERSION = 1

/** What a process knows of the router that it is, or is a worker of. */
export type RouterPlace = Omit<OtherNodes, 'ask'>

/** The other nodes, as a process with this place asks them. */
export function askedNodes(router: Pick<Router, 'askNodes'>, place: RouterPlace): OtherNodes {
  return {
    ...place,
    async ask(question, scope) {
      const workers = place.workers.filter((node) => node !== place.node)
      const { answers, missing } = await router.askNodes(questionOf(question), scope === 'router' ? workers : undefined)
      // A worker that was lost, or only starts, may not be known to the cluster.
      const absent = new Set([...missing, ...workers])
      for (const { node } of answers) absent.delete(node)
      return {
        answers: answers.map(({ node, answer }) => ({ node, answer: JSON.parse(String(answer['json'])) as unknown })),
        missing: [...absent],
      }
    },
  }
}

/** Answers the questions of the others. @param answer throws where this node does not offer the API */
export function answerOthers(router: Pick<Router, 'answerNodes'>, answer: (question: AdminQuestion) => unknown): void {
  router.answerNodes(({ version, json }) => {
    if (version !== VERSION) throw new Error(`this node does not understand version ${String(version)} of the questions of operators`)
    return { json: JSON.stringify(answer(JSON.parse(String(json)) as AdminQuestion)) }
  })
}

/** As text: so that what is undefined is left out, and a long list costs its octets only. */
function questionOf(question: AdminQuestion) {
  return { version: VERSION, json: JSON.stringify(question) }
}
