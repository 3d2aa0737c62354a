// Which failures to open a session are final, and which refusals of a declaration are temporary.

import {
  ApplicationError,
  AUTHENTICATION_DENIED,
  AUTHENTICATION_FAILED,
  AUTHENTICATION_REQUIRED,
  AUTHORIZATION_FAILED,
  LIMIT_EXCEEDED,
  NO_MATCHING_AUTH_METHOD,
  NO_SUCH_PRINCIPAL,
  NO_SUCH_REALM,
  NO_SUCH_ROLE,
  NOT_AUTHORIZED,
  PayloadError,
  PROCEDURE_ALREADY_EXISTS,
  PROTOCOL_VIOLATION,
  ProtocolError,
  TAKEN_OVER,
  TIMEOUT,
  UNAVAILABLE,
  UsageError,
} from '@trunkline/protocol'
import { RevokedError } from '../ended.ts'
import { ConnectError } from '../transports/transport.ts'

const FINAL: readonly (string | undefined)[] = [
  NO_SUCH_REALM,
  NO_SUCH_ROLE,
  NOT_AUTHORIZED,
  AUTHENTICATION_DENIED,
  AUTHENTICATION_FAILED,
  NO_MATCHING_AUTH_METHOD,
  PROTOCOL_VIOLATION,
  AUTHENTICATION_REQUIRED,
  NO_SUCH_PRINCIPAL,
]

/** Temporary: another callee may leave, a limit may be raised, an authorizer may answer. */
const PASSING: readonly (string | undefined)[] = [PROCEDURE_ALREADY_EXISTS, UNAVAILABLE, LIMIT_EXCEEDED, AUTHORIZATION_FAILED, TIMEOUT]

/**
 * Whether a later request in the same session may be granted. A refusal for rights, names or options is final there.
 * @param isForcing whether the declaration takes the procedure over from others
 */
export function mayPass(error: unknown, isForcing: boolean): boolean {
  const uri = refusalUri(error)
  return PASSING.includes(uri) || (uri === TAKEN_OVER && !isForcing)
}

/** The URI of a refusal, if it has one: of an ERROR, or the reason of a revocation. */
export function refusalUri(error: unknown): string | undefined {
  if (error instanceof ApplicationError) return error.uri
  return error instanceof RevokedError ? error.reason : undefined
}

/**
 * Whether another attempt is useless. A handler of CHALLENGE that throws may succeed the next time; a missing one
 * cannot. A WebSocket close code alone may come from a proxy and proves nothing.
 * @param canAnswer whether there is a handler of CHALLENGE
 */
export function isFinal(error: unknown, canAnswer: boolean): boolean {
  if (!(error instanceof ConnectError)) return error instanceof UsageError || error instanceof PayloadError
  switch (error.code) {
    case 'TL_CONNECT_REFUSED':
      return FINAL.includes(error.reason)
    case 'TL_CONNECT_CHALLENGE':
      return !canAnswer
    case 'TL_CONNECT_PROTOCOL':
      return error.cause instanceof ProtocolError
    default:
      return false
  }
}
