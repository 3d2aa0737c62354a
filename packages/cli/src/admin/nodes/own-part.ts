// What this node answers to all nodes, itself included.

import type { Router } from '@trunkline/router'
import { processStatus } from '../admin-status.ts'
import { processChanges } from '../change-watch.ts'
import { subscribersOf } from '../graph.ts'
import type { Members } from '../members.ts'
import { sessionRow } from '../rows.ts'
import type { ShownPayload } from '../shown-payload.ts'
import type { LeveledLog } from '../../leveled-log.ts'
import { listPart } from './list-part.ts'
import type { OwnAnswers } from './over-nodes.ts'
import type { PolledLooks } from './polled-looks.ts'
import type { AnswerTo, Ask, What } from './questions.ts'

export interface OwnPartHost {
  readonly router: Router
  readonly log: LeveledLog
  readonly looks: PolledLooks
  readonly members: Members
  readonly payload: () => ShownPayload
  /** The name of this node, and a text that differs each time it is started. */
  readonly node: string
  readonly boot: string
}

type Answers = { readonly [Of in What]: (ask: Ask<Of>) => AnswerTo<Of> }

export class OwnPart implements OwnAnswers {
  readonly #answers: Answers

  constructor({ router, log, looks, members, payload, node, boot }: OwnPartHost) {
    this.#answers = {
      status: () => processStatus(router),
      list: (wish) => listPart(router, wish, { node, boot }),
      session: ({ id, realms }) => {
        for (const name of realms) {
          const row = router.realm(name)?.sessionRow(id)
          if (row !== undefined) return sessionRow(name, row)
        }
        return null
      },
      limits: () => [...router.counters.limits],
      kick: ({ selection, reason, message }) => router.endSessions(selection, { reason, message }),
      logLevel: ({ level, area, by }) => {
        log.setLevel(level, area, by)
        return null
      },
      tail: ({ hasPayload, ...wanted }) => looks.tail(wanted, hasPayload ? payload : undefined),
      graph: (wanted) => looks.graph(wanted),
      endLook: ({ key }) => {
        looks.end(key)
        return null
      },
      subscribers: (wish) => subscribersOf(router, wish),
      changes: () => processChanges(router, members),
    }
  }

  answer<Of extends What>(about: Of, ask: Ask<Of>): AnswerTo<Of> {
    return this.#answers[about](ask)
  }
}
