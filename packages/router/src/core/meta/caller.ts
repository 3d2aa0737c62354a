// The session that calls a procedure of the router.

import { ApplicationError, uris } from '@trunkline/protocol'
import type { Session } from '../state/session.ts'

/**
 * @param id as the procedure is told
 * @throws {ApplicationError} when it has left
 */
export function callerOf({ sessions }: { readonly sessions: ReadonlyMap<number, Session> }, id: number): Session {
  const session = sessions.get(id)
  if (session === undefined) throw new ApplicationError(uris.NO_SUCH_SESSION)
  return session
}
