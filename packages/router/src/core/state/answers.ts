// The ERROR that answers a request.

import type { Dict, ErrorMessage } from '@trunkline/protocol'
import { CALL, EMPTY_DICT, ERROR, Payload, REGISTER, uris } from '@trunkline/protocol'
import type { ShareOwner } from '../ports/link.ts'
import type { Registration } from './registration.ts'
import type { Session } from './session.ts'

/** The request that an ERROR answers: the message itself, or its type and id. */
export interface AnsweredRequest {
  readonly type: number
  readonly request: number
}

/** What an ERROR says: its URI, its payload and its details. */
export type ErrorContent = Pick<ErrorMessage, 'error' | 'payload'> & {
  readonly details?: Dict | undefined
  /** Of an error that goes back to another node. */
  readonly owner?: ShareOwner | undefined
}

/** Answers a request with ERROR. A text, if any, is its only argument. */
export function sendError(to: Session, request: AnsweredRequest, error: string, text?: string): void {
  sendContent(to, request, { error, payload: textOf(text) })
}

/** Answers a call with ERROR. A text, if any, is its only argument. */
export function sendCallError(caller: Session, request: number, error: string, text?: string): void {
  sendContent(caller, { type: CALL, request }, { error, payload: textOf(text) })
}

/** Answers a request with an ERROR whose payload another session made; where the peer cannot take it, with an ERROR that says so. */
export function passError(to: Session, request: AnsweredRequest, content: ErrorContent): void {
  answer(to, errorMessage(request, content), true, content.owner)
}

function sendContent(to: Session, request: AnsweredRequest, content: ErrorContent): void {
  answer(to, errorMessage(request, content), false)
}

function errorMessage({ type: requestType, request }: AnsweredRequest, { error, payload, details }: ErrorContent): ErrorMessage {
  return { type: ERROR, requestType, request, details: details ?? EMPTY_DICT, error, payload }
}

function textOf(text: string | undefined): Payload | undefined {
  return text === undefined ? undefined : Payload.fromValues([text])
}

/** @param isFromElsewhere another session chose its length */
function answer(to: Session, message: ErrorMessage, isFromElsewhere: boolean, owner?: ShareOwner): void {
  const { requestType: type, request, error, payload } = message
  const answered = { type, request }
  switch (to.link.send(message, isFromElsewhere, owner)) {
    case 'unencodable':
      return sendError(to, answered, uris.INVALID_ARGUMENT, 'the answer contains a value that your serializer cannot encode')
    case 'full':
      return sendNoRoom(to, answered)
    case 'too_large':
      if (error !== uris.PAYLOAD_SIZE_EXCEEDED) {
        return sendError(to, answered, uris.PAYLOAD_SIZE_EXCEEDED, 'the answer is larger than you accept')
      }
      // Without payload and details it is shorter than the 512 octets that every transport accepts.
      if (payload !== undefined) return answer(to, { ...message, details: EMPTY_DICT, payload: undefined }, false)
  }
}

/** Answers a request whose result or error has no room in the queue of the session that made it. */
export function sendNoRoom(to: Session, request: AnsweredRequest): void {
  sendOutboxFull(to, request, 'the answer was dropped: too many answers are queued for you')
}

/** Answers a call to one of the router's own procedures that was not performed, because the caller's queue has no room for results. */
export function sendNotPerformed(to: Session, request: number): void {
  sendOutboxFull(to, { type: CALL, request }, 'the call was not carried out: too many answers are queued for you')
}

function sendOutboxFull(to: Session, request: AnsweredRequest, text: string): void {
  sendContent(to, request, { error: uris.LIMIT_EXCEEDED, payload: textOf(text), details: OUTBOX })
}

const OUTBOX: Dict = { limit: 'outbox' }

/** Answers a request that would exceed a limit; the details name the limit. */
export function sendLimitError(to: Session, request: AnsweredRequest, limit: string, value: number): void {
  sendContent(to, request, { error: uris.LIMIT_EXCEEDED, payload: textOf(`more than ${value} ${limit}`), details: { limit, value } })
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
  if (outcome === 'too_large') passError(to, { type: REGISTER, request }, { error, payload: undefined, details })
}

/** Answers a call that no registration matches. */
export function sendUnmatched(to: Session, request: number, procedure: string): void {
  sendUnreached(to, request, uris.NO_SUCH_PROCEDURE, `no callee in this realm has registered a procedure that matches '${procedure}'`)
}

/**
 * Answers a call that reached no callee, and may reach one later or elsewhere. The details set it apart from the same error sent by a
 * callee, whose details the router does not pass on: this call has not run.
 */
export function sendUnreached(to: Session, request: number, error: string, text: string): void {
  sendContent(to, { type: CALL, request }, { error, payload: textOf(text), details: UNREACHED })
}

const UNREACHED: Dict = { callees: 0 }
