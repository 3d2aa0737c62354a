// The ERROR that answers a request.

import type { Dict } from '@trunkline/protocol'
import { EMPTY_DICT, ERROR, Payload, uris } from '@trunkline/protocol'
import type { Session } from './tables.ts'

/** Answers a request with ERROR. A text, if any, is its only argument. */
export function sendError(
  to: Session,
  requestType: number,
  request: number,
  error: string,
  text?: string,
  details: Dict = EMPTY_DICT,
): void {
  const payload = text === undefined ? undefined : Payload.fromValues([text])
  passError(to, requestType, request, error, payload, details)
}

/** Answers a request with ERROR and payload from elsewhere; when the peer cannot take that payload, with an ERROR that says so. */
export function passError(
  to: Session,
  requestType: number,
  request: number,
  error: string,
  payload: Payload | undefined,
  details: Dict = EMPTY_DICT,
): void {
  const outcome = to.link.send({ type: ERROR, requestType, request, details, error, payload })
  if (outcome === 'unencodable')
    sendError(to, requestType, request, uris.INVALID_ARGUMENT, 'the answer holds a value that your serializer cannot hold')
  else if (outcome === 'too_large' && error !== uris.PAYLOAD_SIZE_EXCEEDED) {
    sendError(to, requestType, request, uris.PAYLOAD_SIZE_EXCEEDED, 'the answer is larger than you accept')
  } else if (outcome === 'too_large' && payload !== undefined) {
    // Bare it has less than the 512 octets that every transport accepts.
    passError(to, requestType, request, error, undefined)
  }
}

/** Answers a request that would pass a limit; the details name it. */
export function sendLimitError(to: Session, requestType: number, request: number, limit: string, value: number): void {
  sendError(to, requestType, request, uris.LIMIT_EXCEEDED, `more than ${value} ${limit}`, { limit, value })
}
