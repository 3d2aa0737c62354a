// The ERROR that answers a request.

import type { Dict, ErrorMessage } from '@trunkline/protocol'
import { CALL, EMPTY_DICT, ERROR, Payload, REGISTER, uris } from '@trunkline/protocol'
import type { Registration } from './registration.ts'
import type { Session } from './session.ts'

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
  answer(to, { type: ERROR, requestType, request, details, error, payload }, false)
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
  answer(to, { type: ERROR, requestType, request, details, error, payload }, true)
}

/** @param isFromElsewhere its length is the will of others */
function answer(to: Session, message: ErrorMessage, isFromElsewhere: boolean): void {
  const { requestType, request, error, payload } = message
  switch (to.link.send(message, isFromElsewhere)) {
    case 'unencodable':
      return sendError(to, requestType, request, uris.INVALID_ARGUMENT, 'the answer holds a value that your serializer cannot hold')
    case 'full':
      return sendNoRoom(to, requestType, request)
    case 'too_large':
      if (error !== uris.PAYLOAD_SIZE_EXCEEDED) {
        return sendError(to, requestType, request, uris.PAYLOAD_SIZE_EXCEEDED, 'the answer is larger than you accept')
      }
      // Bare it has less than the 512 octets that every transport accepts.
      if (payload !== undefined) return answer(to, { ...message, details: EMPTY_DICT, payload: undefined }, false)
  }
}

/** Answers a call whose result or error does not fit into what may wait for the caller. */
export function sendNoRoom(to: Session, requestType: number, request: number): void {
  sendError(to, requestType, request, uris.LIMIT_EXCEEDED, 'the answer came and was dropped: too many answers wait for you', OUTBOX)
}

/** Answers a call of a procedure of the router's own that was not performed, since its result would not fit. */
export function sendNotPerformed(to: Session, request: number): void {
  sendError(to, CALL, request, uris.LIMIT_EXCEEDED, 'the call was not performed: too many answers wait for you', OUTBOX)
}

const OUTBOX: Dict = { limit: 'outbox' }

/** Answers a request that would pass a limit; the details name it. */
export function sendLimitError(to: Session, requestType: number, request: number, limit: string, value: number): void {
  sendError(to, requestType, request, uris.LIMIT_EXCEEDED, `more than ${value} ${limit}`, { limit, value })
}

/**
 * Refuses a registration that another one stands in the way of. The arguments name the procedure, the details that other one,
 * whose end `wamp.registration.on_delete` tells.
 */
export function sendConflict(to: Session, request: number, { id, uri }: Registration, why: string): void {
  const error = uris.PROCEDURE_ALREADY_EXISTS
  const details = { registration: id }
  const payload = Payload.fromValues([`${uri}: ${why}`, uri])
  const outcome = to.link.send({ type: ERROR, requestType: REGISTER, request, details, error, payload })
  if (outcome === 'too_large') passError(to, REGISTER, request, error, undefined, details)
}

/**
 * Answers a call that no registration matches. The details tell it from the same error of a callee, whose details are not
 * passed on: this call has not run.
 */
export function sendUnmatched(to: Session, request: number, procedure: string): void {
  const text = `no callee has registered a procedure that matches '${procedure}'`
  sendError(to, CALL, request, uris.NO_SUCH_PROCEDURE, text, UNMATCHED)
}

const UNMATCHED: Dict = { callees: 0 }
