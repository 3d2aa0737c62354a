// The answers to a call that no callee got, and to one whose result its caller cannot take.

import { CALL, uris } from '@trunkline/protocol'
import type { SendOutcome } from '../ports/link.ts'
import { sendCallError, sendNoRoom, sendUnreached } from '../state/answers.ts'
import type { Call } from '../state/call.ts'
import type { Counters } from '../state/counters.ts'
import type { Session } from '../state/session.ts'

/** Why a callee of another node did not get a call: it is not there, or not yet; or its queue is full. */
export type Bounce = 'gone' | 'full'

/** Why a message was not queued. */
export type Failure = Exclude<SendOutcome, 'queued'>

/** Answers the caller. */
export function sendUndelivered(caller: Session, request: number, outcome: Failure): void {
  switch (outcome) {
    case 'unencodable':
      return sendCallError(caller, request, uris.INVALID_ARGUMENT, "the callee's serializer cannot encode a value of the call")
    case 'too_large':
      return sendCallError(caller, request, uris.PAYLOAD_SIZE_EXCEEDED, 'the call is larger than the callee accepts')
    case 'full':
      return sendCallError(caller, request, uris.UNAVAILABLE, 'the queue of the callee is full; the call did not reach it')
    case 'closed':
      return sendCallError(caller, request, uris.CANCELED, 'the callee is leaving; the call did not reach it')
  }
}

/** Answers the caller of a call that another node gave back, where no other callee can take it. */
export function sendBounced(caller: Session, request: number, why: Bounce): void {
  if (why === 'full') sendUndelivered(caller, request, 'full')
  else sendUnreached(caller, request, uris.NO_SUCH_PROCEDURE, 'the callee had left when the call came, and there is no other')
}

/** Answers a caller that cannot take the result. */
export function sendUndeliverable(counters: Counters, { caller, request }: Call, outcome: Exclude<Failure, 'closed'>): void {
  switch (outcome) {
    case 'unencodable':
      return sendCallError(caller, request, uris.INVALID_ARGUMENT, 'the result contains a value that your serializer cannot encode')
    case 'too_large':
      return sendCallError(caller, request, uris.PAYLOAD_SIZE_EXCEEDED, 'the result is larger than you accept')
    case 'full':
      counters.resultsRefusedFull++
      return sendNoRoom(caller, { type: CALL, request })
  }
}
