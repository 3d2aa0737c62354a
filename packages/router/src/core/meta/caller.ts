// The session that calls a procedure of the router.

import { ApplicationError, uris } from '@trunkline/protocol'
import type { Session } from '../state/session.ts'

/**
 * @param id the session id that the procedure gets
 * @throws {ApplicationError} when the session has left
 */
export function callerOf({ sessions }: { readonly sessions: ReadonlyMap<number, Session> }, id: number): Session {
  const session = sessions.get(id)
  if (session === undefined) throw new ApplicationError(uris.NO_SUCH_SESSION)
  return session
}
