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

/** Answers a request with an ERROR whose payload another session made; where the peer cannot take it, with an ERROR that says so. */
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

/** @param isFromElsewhere another session chose its length */
function answer(to: Session, message: ErrorMessage, isFromElsewhere: boolean): void {
  const { requestType, request, error, payload } = message
  switch (to.link.send(message, isFromElsewhere)) {
    case 'unencodable':
      return sendError(to, requestType, request, uris.INVALID_ARGUMENT, 'the answer contains a value that your serializer cannot encode')
    case 'full':
      return sendNoRoom(to, requestType, request)
    case 'too_large':
      if (error !== uris.PAYLOAD_SIZE_EXCEEDED) {
        return sendError(to, requestType, request, uris.PAYLOAD_SIZE_EXCEEDED, 'the answer is larger than you accept')
      }
      // Without payload and details it is shorter than the 512 octets that every transport accepts.
      if (payload !== undefined) return answer(to, { ...message, details: EMPTY_DICT, payload: undefined }, false)
  }
}

/** Answers a call whose result or error has no room in the caller's queue. */
export function sendNoRoom(to: Session, requestType: number, request: number): void {
  sendError(to, requestType, request, uris.LIMIT_EXCEEDED, 'the answer was dropped: too many answers are queued for you', OUTBOX)
}

/** Answers a call to one of the router's own procedures that was not performed, because the caller's queue has no room for results. */
export function sendNotPerformed(to: Session, request: number): void {
  sendError(to, CALL, request, uris.LIMIT_EXCEEDED, 'the call was not carried out: too many answers are queued for you', OUTBOX)
}

const OUTBOX: Dict = { limit: 'outbox' }

/** Answers a request that would exceed a limit; the details name the limit. */
export function sendLimitError(to: Session, requestType: number, request: number, limit: string, value: number): void {
  sendError(to, requestType, request, uris.LIMIT_EXCEEDED, `more than ${value} ${limit}`, { limit, value })
}

/**
 * Refuses a registration that conflicts with another. The arguments name the procedure, the details name the other registration;
 * `wamp.registration.on_delete` reports its end.
 */
export function sendConflict(to: Session, request: number, { id, uri }: Registration, why: string): void {
  const error = uris.PROCEDURE_ALREADY_EXISTS
  const details = { registration: id }
  const payload = Payload.fromValues([`${uri}: ${why}`, uri])
  const outcome = to.link.send({ type: ERROR, requestType: REGISTER, request, details, error, payload })
  if (outcome === 'too_large') passError(to, REGISTER, request, error, undefined, details)
}

/**
 * Answers a call that no registration matches. The details set it apart from the same error sent by a callee, whose details the
 * router does not pass on: this call has not run.
 */
export function sendUnmatched(to: Session, request: number, procedure: string): void {
  const text = `no callee has registered a procedure that matches '${procedure}'`
  sendError(to, CALL, request, uris.NO_SUCH_PROCEDURE, text, UNMATCHED)
}

const UNMATCHED: Dict = { callees: 0 }
