// What a session may learn by the meta API: only what it could come upon itself. Never asks anybody in its name twice.

import type { MatchPolicy } from '@trunkline/protocol'
import type { Action, Authorizer } from './ports.ts'
import { knownVerdict, requestOf } from './rights.ts'
import type { Session } from './tables.ts'
import { isForRouter } from './uri-check.ts'

/** Something with a URI that may be shown. */
export interface Visible {
  readonly id: number
  readonly uri: string
  readonly match: MatchPolicy
}

/** Whether something may be shown. */
export type Sees = (entry: Visible) => boolean

/** A registration is shown to who holds it, may call it or may register it. What is the router's own is shown to nobody. */
export function seesRegistrations(authorizer: Authorizer, viewer: Session): Sees {
  const may = knownRights(authorizer, viewer)
  return ({ id, uri, match }) =>
    !isForRouter(uri) && (viewer.registrations.has(id) || may('call', uri, match) || may('register', uri, match))
}

/** A subscription is shown to who holds it, may subscribe to it or may publish to it. What is the router's own is shown to nobody. */
export function seesSubscriptions(authorizer: Authorizer, viewer: Session): Sees {
  const may = knownRights(authorizer, viewer)
  return ({ id, uri, match }) =>
    !isForRouter(uri) && (viewer.subscriptions.has(id) || may('subscribe', uri, match) || may('publish', uri, match))
}

/**
 * What is granted as far as it is known at once: a list of thousands must not become thousands of questions. An
 * authorizer that has to think about one entry is not asked about the next.
 */
function knownRights(authorizer: Authorizer, viewer: Session): (action: Action, uri: string, match: MatchPolicy) => boolean {
  if (viewer.isInternal) return () => true
  let isLate = authorizer.rightsOf !== undefined
  return (action, uri, match) => {
    let verdict = knownVerdict(authorizer, viewer, action, uri, match)
    if (verdict === undefined && !isLate) {
      verdict = authorizer.allows(requestOf(viewer, action, uri, match), () => {})
      isLate = verdict === undefined
    }
    return verdict !== undefined && verdict !== false
  }
}
