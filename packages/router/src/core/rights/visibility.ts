// What the meta API shows to a session: only what the session could find out by itself, or may see by its rights.

import type { MatchPolicy } from '@trunkline/protocol'
import { isForRouter } from '@trunkline/protocol'
import type { Judge } from './judge.ts'
import type { Action, Rights } from '../ports/rights.ts'
import type { Session } from '../state/session.ts'

/** A registration or subscription that may be shown. */
export interface Visible {
  readonly id: number
  readonly uri: string
  readonly match: MatchPolicy
}

/** Whether an entry may be shown. */
export type Sees = (entry: Visible) => boolean

/** Shows a registration to its callees, and to sessions that may call, register or see it. Hides the router's own. */
export function seesRegistrations(judge: Judge, viewer: Session): Sees {
  return seesWhat(judge, viewer, viewer.registrations, OF_PROCEDURES)
}

/** Shows a subscription to its subscribers, and to sessions that may subscribe to, publish to or see it. Hides the router's own. */
export function seesSubscriptions(judge: Judge, viewer: Session): Sees {
  return seesWhat(judge, viewer, viewer.subscriptions, OF_TOPICS)
}

function seesWhat(judge: Judge, viewer: Session, held: ReadonlyMap<number, unknown>, actions: readonly Action[]): Sees {
  const may = judge.view(viewer)
  return ({ id, uri, match }) => !isForRouter(uri) && (held.has(id) || may(actions, uri, match))
}

/** The rights each of which is enough to see a procedure, or a topic. */
export const OF_PROCEDURES: readonly Action[] = ['call', 'register', 'see']
export const OF_TOPICS: readonly Action[] = ['subscribe', 'publish', 'see']

/** What constant rights show, to every session that has them. */
export function shownBy(rights: Rights, actions: readonly Action[]): Sees {
  return ({ uri, match }) =>
    !isForRouter(uri) &&
    actions.some((action) => {
      const verdict = rights.judge(action, uri, match)
      return verdict !== undefined && verdict !== false
    })
}
