// Counting and logging of limits that a session would exceed. The answer to the session is sent elsewhere.

import { ApplicationError, uris } from '@trunkline/protocol'
import type { RealmContext } from './realm-context.ts'
import type { Session } from './session.ts'

/** Counts and logs a limit that a session would exceed. */
export function noteLimit({ name, counters, log }: RealmContext, session: Session, limit: string, value: number): void {
  counters.noteLimit(limit)
  const { peer, address } = session.transport
  log.warn('limit reached', { session: session.id, peer, address, realm: name, authid: session.identity.authid, limit, value })
}

/** The error for a testament or definition for which there is no room, because of what other sessions have the router keep; noted too. */
export function tooMuchKept(context: RealmContext, session: Session): ApplicationError {
  noteLimit(context, session, 'octets of testaments and definitions of all sessions', context.keptTotal.octets)
  return new ApplicationError(uris.UNAVAILABLE, ['the router keeps too many testaments and definitions for you, or for all'])
}
