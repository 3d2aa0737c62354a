// Counting and logging of limits that a session would exceed. The answer to the session is sent elsewhere.

import type { RealmContext } from './realm-context.ts'
import type { Session } from './session.ts'

/** Counts and logs a limit that a session would exceed. */
export function noteLimit({ name, counters, log }: RealmContext, session: Session, limit: string, value: number): void {
  counters.limitsHit++
  const { peer, address } = session.transport
  log.warn('limit reached', { session: session.id, peer, address, realm: name, authid: session.identity.authid, limit, value })
}
