// An ordinary session through which the router itself calls procedures of a realm. It needs no rights and has no timer: the code
// that waits for an answer abandons the call itself.

import type { Dict, ErrorMessage, Identity, Message, PayloadFormat, ResultMessage } from '@trunkline/protocol'
import { CALL, CANCEL, ERROR, itemsWithin, Payload, PayloadError, RESULT, uris, owned } from '@trunkline/protocol'
import type { CallOutcome, ProcedureCaller } from '../ports/rights.ts'
import type { Link, SendOutcome } from '../ports/link.ts'
import type { Scheduler } from '../ports/clock.ts'
import { MOST_READ } from './procedure-arguments.ts'
import type { SessionProfile } from '../state/session.ts'

const IDENTITY: Identity = { authid: 'trunkline', authrole: 'trunkline', authmethod: 'internal', authprovider: 'internal' }

export const CALLER_PROFILE: SessionProfile = {
  identity: IDENTITY,
  roles: ['caller', 'caller.call_canceling'],
  transport: { kind: 'local', peer: 'router', isSecure: true },
  isInternal: true,
}

type Done = (outcome: CallOutcome) => void

export class InnerCaller implements Link, ProcedureCaller {
  readonly format: PayloadFormat
  readonly #scheduler: Scheduler
  readonly #receive: (message: Message) => void
  readonly #pending = new Map<number, Done>()
  #lastRequest = 0
  #isOpen = true

  /** @param receive hands a message of this session to the realm */
  constructor(scheduler: Scheduler, format: PayloadFormat, receive: (message: Message) => void) {
    this.#scheduler = scheduler
    this.format = format
    this.#receive = receive
  }

  /** Whether its session is still in the realm. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  call(procedure: string, args: readonly unknown[], options: Dict, done: Done): () => void {
    const request = ++this.#lastRequest
    this.#pending.set(request, done)
    if (this.#isOpen) this.#receive({ type: CALL, request, options, procedure, payload: Payload.fromValues(args) })
    else this.#finish(request, { error: uris.NO_SUCH_REALM })
    return () => {
      if (this.#pending.delete(request) && this.#isOpen) this.#receive({ type: CANCEL, request, options: { mode: 'killnowait' } })
    }
  }

  /** The realm calls this in the middle of its work, so the outcome is passed on in a later turn. */
  send(message: Message): SendOutcome {
    if (message.type === RESULT || (message.type === ERROR && message.requestType === CALL)) {
      const answer = { ...message, payload: owned(message.payload) }
      this.#scheduler.defer(() => this.#settle(answer.request, outcomeOf(answer)))
    }
    return 'queued'
  }

  sendEvent(): SendOutcome {
    return 'queued' // It subscribes to nothing.
  }

  abort(error: Error): void {
    throw error // The router's own session broke the protocol: a bug, not to be hidden.
  }

  goodbye(): void {
    this.#isOpen = false
    for (const request of this.#pending.keys()) this.#finish(request, { error: uris.CANCELED })
  }

  answerGoodbye(): void {
    this.goodbye()
  }

  #finish(request: number, outcome: CallOutcome): void {
    this.#scheduler.defer(() => this.#settle(request, outcome))
  }

  #settle(request: number, outcome: CallOutcome): void {
    const done = this.#pending.get(request)
    this.#pending.delete(request)
    done?.(outcome)
  }
}

function outcomeOf(answer: ResultMessage | ErrorMessage): CallOutcome {
  if (answer.type === ERROR) return { error: answer.error }
  try {
    const [args = [], kwargs = {}] = itemsWithin(answer.payload, MOST_READ)
    return { args, kwargs }
  } catch (error) {
    if (error instanceof PayloadError) return { error: uris.INVALID_ARGUMENT }
    throw error
  }
}
