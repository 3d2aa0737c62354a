// What a session may learn by the meta API: only what it could come upon itself, or was given the right to see.

import type { MatchPolicy } from '@trunkline/protocol'
import { isForRouter } from '@trunkline/protocol'
import type { Judge } from './judge.ts'
import type { Action, Rights } from '../ports/rights.ts'
import type { Session } from '../state/session.ts'

/** Something with a URI that may be shown. */
export interface Visible {
  readonly id: number
  readonly uri: string
  readonly match: MatchPolicy
}

/** Whether something may be shown. */
export type Sees = (entry: Visible) => boolean

/** A registration is shown to who holds it, may call it, may register it or may see it. What is the router's own is not shown. */
export function seesRegistrations(judge: Judge, viewer: Session): Sees {
  return seesWhat(judge, viewer, viewer.registrations, OF_PROCEDURES)
}

/** A subscription is shown to who holds it, may subscribe to it, may publish to it or may see it. What is the router's own is not shown. */
export function seesSubscriptions(judge: Judge, viewer: Session): Sees {
  return seesWhat(judge, viewer, viewer.subscriptions, OF_TOPICS)
}

function seesWhat(judge: Judge, viewer: Session, held: ReadonlyMap<number, unknown>, actions: readonly Action[]): Sees {
  const may = judge.view(viewer)
  return ({ id, uri, match }) => !isForRouter(uri) && (held.has(id) || may(actions, uri, match))
}

/** The rights of which each shows a procedure, or a topic. */
export const OF_PROCEDURES: readonly Action[] = ['call', 'register', 'see']
export const OF_TOPICS: readonly Action[] = ['subscribe', 'publish', 'see']

/** What is shown by rights that decide alone, whoever asks. */
export function shownBy(rights: Rights, actions: readonly Action[]): Sees {
  return ({ uri, match }) =>
    !isForRouter(uri) &&
    actions.some((action) => {
      const verdict = rights.judge(action, uri, match)
      return verdict !== undefined && verdict !== false
    })
}
