// Requests of one session: their ids, and those that await an answer. No timers, no I/O but the transport's `send`.

import type { ErrorMessage, Message } from '@trunkline/protocol'
import { ApplicationError, CALL, EMPTY_DICT, ERROR, nextId, RESULT } from '@trunkline/protocol'
import { checkOptions } from './checks.ts'
import type { CloseInfo } from './errors.ts'
import { DisconnectedError, LOST } from './errors.ts'
import type { PayloadCodec } from './passthru.ts'
import type { RouterRole } from './router-features.ts'
import { checkFeatures } from './router-features.ts'
import type { ClientTransport } from './transports/transport.ts'

type RequestMessage = Extract<Message, { request: number }>
type Answer<Type extends number> = Extract<Message, { type: Type }>

/** Who waits for an answer. */
export interface Pending {
  readonly answerType: number
  /** The final answer, in the turn in which it comes. */
  accept(answer: Message): void
  /** A progressive result; absent where none was asked for. */
  progress?(answer: Answer<typeof RESULT>): void
  reject(error: unknown): void
}

export class PendingRequests {
  readonly #transport: ClientTransport
  readonly #codec: PayloadCodec
  readonly #supports: (role: RouterRole, feature: string) => boolean
  readonly #open = new Map<number, { readonly message: RequestMessage; readonly pending: Pending }>()
  #last: number
  #closed: CloseInfo | undefined

  /** @param last the id before the first (specification: "Identifiers": a session counts from 1) */
  constructor(transport: ClientTransport, last: number, codec: PayloadCodec, supports: (role: RouterRole, feature: string) => boolean) {
    this.#transport = transport
    this.#last = last
    this.#codec = codec
    this.#supports = supports
  }

  /**
   * Sends a request and waits for its answer. The id is taken only when the message was encoded, so that the router
   * sees no gap.
   * @param accept is called in the turn in which the answer comes, before the promise settles
   * @returns a promise that rejects with an ApplicationError (ERROR came), a DisconnectedError, or what encoding threw
   */
  request<Type extends number, Value>(
    make: (request: number) => RequestMessage,
    answerType: Type,
    accept: (answer: Answer<Type>) => Value,
  ): Promise<Value> {
    return new Promise((resolve, reject) => {
      this.open(make, { answerType, accept: (answer) => resolve(accept(answer as Answer<Type>)), reject })
    })
  }

  /**
   * As `request`, for one who waits in another way than by a promise.
   * @returns the id of the request
   */
  open(make: (request: number) => RequestMessage, pending: Pending): number {
    const message = this.#transmit(make)
    this.#open.set(message.request, { message, pending })
    return message.request
  }

  /** Nobody waits for an answer any more; one that comes fits no request. */
  forget(request: number): void {
    this.#open.delete(request)
  }

  /**
   * Sends a request that nobody answers.
   * @throws {DisconnectedError} when the session is closed; else what encoding threw
   */
  post(make: (request: number) => RequestMessage): void {
    this.#transmit(make)
  }

  /**
   * Sends what takes no id: the answer to an invocation, CANCEL, a further chunk of a call. Without effect when the
   * session is closed.
   */
  reply(message: Message): void {
    if (this.#closed === undefined) this.#transport.send(message)
  }

  /** Hands over an answer. Returns false when no request waits for it. */
  receive(message: RequestMessage): boolean {
    const { message: sent, pending } = this.#open.get(message.request) ?? {}
    if (pending === undefined || sent === undefined) return false
    if (message.type === ERROR ? message.requestType !== sent.type : message.type !== pending.answerType) return false
    if (message.type === RESULT && message.details['progress'] === true) {
      pending.progress?.(message)
      return pending.progress !== undefined
    }
    this.#open.delete(message.request)
    try {
      if (message.type === ERROR) pending.reject(this.#errorOf(message, sent))
      else pending.accept(message)
    } catch (error) {
      pending.reject(error)
    }
    return true
  }

  /** Rejects all that waits, and whatever is requested later. */
  close(info: CloseInfo): void {
    if (this.#closed !== undefined) return
    this.#closed = info
    const open = [...this.#open.values()]
    this.#open.clear()
    for (const { pending } of open) pending.reject(new DisconnectedError(true, info))
  }

  #errorOf({ error, payload, details }: ErrorMessage, sent: RequestMessage): ApplicationError {
    const uri = sent.type === CALL ? sent.procedure : ''
    const { args, kwargs } = this.#codec.open({ kind: 'error', uri }, payload, details)
    return new ApplicationError(error, args, kwargs, details)
  }

  #transmit(make: (request: number) => RequestMessage): RequestMessage {
    const closed = this.#closed ?? (this.#transport.isOpen === false ? LOST : undefined)
    if (closed !== undefined) throw new DisconnectedError(false, closed)
    const request = nextId(this.#last)
    const message = make(request)
    if ('options' in message && message.options !== EMPTY_DICT && message.options !== undefined) {
      checkOptions(message, message.options)
      checkFeatures(message.type, message.options, this.#supports)
    }
    this.#transport.send(message)
    this.#last = request
    return message
  }
}
