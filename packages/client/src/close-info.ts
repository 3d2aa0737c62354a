// How a session ended, by a message of the router or by the loss of its connection.

import type { AbortMessage, GoodbyeMessage } from '@trunkline/protocol'
import { PAYLOAD_SIZE_EXCEEDED, PROTOCOL_VIOLATION } from '@trunkline/protocol'
import type { CloseInfo } from './errors.ts'
import { LOST } from './errors.ts'
import type { TransportCloseInfo } from './transports/transport.ts'

/** The cause of a lost connection. Some routers report a protocol error only by a WebSocket close code. */
export function lossInfo({ code, reason: said, error }: TransportCloseInfo): CloseInfo {
  const cause = error instanceof Error ? error.message : said || undefined
  const message = code === undefined ? cause : `WebSocket close code ${code}${cause === undefined ? '' : `: ${cause}`}`
  const reason = code === 1009 ? PAYLOAD_SIZE_EXCEEDED : code === 1002 || code === 1011 ? PROTOCOL_VIOLATION : undefined
  return { ...LOST, message, ...(reason && { reason, by: 'router' }) }
}

/** The end of a session by a message of the router. */
export function closeInfo({ reason, details }: GoodbyeMessage | AbortMessage, by: CloseInfo['by'], wasClean: boolean): CloseInfo {
  return { reason, message: typeof details['message'] === 'string' ? details['message'] : undefined, wasClean, by, details }
}
