// Counting and logging of limits that a session would exceed. The answer to the session is sent elsewhere.

import type { Dict } from '@trunkline/protocol'
import { ApplicationError, uris } from '@trunkline/protocol'
import { sessionFields, traceField } from './log-fields.ts'
import type { RealmContext } from './realm-context.ts'
import type { Session } from './session.ts'

/** The name of a limit, and its value. */
export type Reached = readonly [limit: string, value: number]

/** Counts and logs a limit that a session would exceed. @param options those of the request, which may name a trace */
export function noteLimit({ name, counters, log }: RealmContext, session: Session, [limit, value]: Reached, options?: Dict): void {
  counters.noteLimit(limit)
  log.warn('limit reached', { area: 'limits', ...sessionFields(session, name), limit, value, ...traceField(options) })
}

/** The error for a testament or definition for which there is no room, because of what other sessions have the router keep; noted too. */
export function tooMuchKept(context: RealmContext, session: Session): ApplicationError {
  noteLimit(context, session, ['octets of testaments and definitions of all sessions', context.keptTotal.octets])
  return new ApplicationError(uris.UNAVAILABLE, ['the router keeps too many testaments and definitions for you, or for all'])
}
