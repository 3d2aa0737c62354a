// What a router may send while it opens a session (specification: "Session Establishment").

import { ProtocolError } from './errors.ts'
import type { AbortMessage, ChallengeMessage, Dict, Message, WelcomeMessage } from './messages.ts'
import { ABORT, CHALLENGE, WELCOME } from './messages.ts'
import { nameOf } from './session-rules.ts'

/** A message of the router that ends the opening of a session, or asks for a proof first. */
export type OpeningMessage = WelcomeMessage | ChallengeMessage | AbortMessage

/**
 * Refuses a message that may not arrive between HELLO and WELCOME. Several rounds of CHALLENGE and AUTHENTICATE are allowed.
 *
 * @example
 * import { checkOpening, WELCOME } from '@trunkline/protocol'
 *
 * checkOpening({ type: WELCOME, session: 1, details: { roles: { dealer: {} } } }, false) // throws nothing
 *
 * @param isChallenged whether a CHALLENGE waits for its AUTHENTICATE; then only ABORT may arrive
 * @throws {ProtocolError} then the client sends ABORT and closes the transport
 */
export function checkOpening(message: Message, isChallenged: boolean): asserts message is OpeningMessage {
  if (message.type === ABORT) return
  if (isChallenged) throw new ProtocolError(`${nameOf(message.type)} came while a CHALLENGE is open`)
  if (message.type === CHALLENGE) return
  if (message.type !== WELCOME) throw new ProtocolError(`${nameOf(message.type)} came before WELCOME`)
  if (!hasRouterRole(message.details['roles'])) throw new ProtocolError('WELCOME announces neither the role broker nor the role dealer')
}

/** Whether WELCOME announces a router role. The codec has checked that `roles`, if present, is a dict. */
function hasRouterRole(roles: unknown): boolean {
  const { broker, dealer } = (roles ?? {}) as Dict
  return [broker, dealer].some((role) => typeof role === 'object' && role !== null)
}
