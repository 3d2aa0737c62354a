// What is said of a limit that a session would pass, besides the answer that it gets.

import type { RealmContext } from './realm-context.ts'
import type { Session } from './session.ts'

/** Counts and logs it. */
export function noteLimit({ name, counters, log }: RealmContext, session: Session, limit: string, value: number): void {
  counters.limitsHit++
  const { peer, address } = session.transport
  log.warn('limit reached', { session: session.id, peer, address, realm: name, authid: session.identity.authid, limit, value })
}
