// Which failures to open a session would come again at every attempt. Pure.

import {
  AUTHENTICATION_DENIED,
  AUTHENTICATION_FAILED,
  AUTHENTICATION_REQUIRED,
  NO_MATCHING_AUTH_METHOD,
  NO_SUCH_PRINCIPAL,
  NO_SUCH_REALM,
  NO_SUCH_ROLE,
  NOT_AUTHORIZED,
  PayloadError,
  PROTOCOL_VIOLATION,
  ProtocolError,
  UsageError,
} from '@trunkline/protocol'
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

/**
 * Whether trying again cannot help. A handler of CHALLENGE that throws may succeed the next time; one that is missing
 * may not. A WebSocket close code alone may come from a proxy and proves nothing.
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
