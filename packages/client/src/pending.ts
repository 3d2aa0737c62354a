// Requests of one session: their ids, and the requests in flight.

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

/** Takes the answers to a request. */
export interface Pending {
  readonly answerType: number
  /** Takes the final answer, in the turn in which it arrives. */
  accept(answer: Message): void
  /** Takes a progressive result; absent if none was requested. */
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
   * Sends a request and waits for its answer. The id is used up only when the message could be encoded, so that the router
   * sees no gap.
   * @param accept called in the turn in which the answer arrives, before the promise settles
   * @returns a promise that rejects with an ApplicationError (ERROR came), a DisconnectedError, or the error of the encoding
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
   * Sends a request as `request` does, with callbacks in place of a promise.
   * @returns the id of the request
   */
  open(make: (request: number) => RequestMessage, pending: Pending): number {
    const message = this.#transmit(make)
    this.#open.set(message.request, { message, pending })
    return message.request
  }

  /** Forgets a request; a later answer matches no request. */
  forget(request: number): void {
    this.#open.delete(request)
  }

  /**
   * Sends a request that has no answer.
   * @throws {DisconnectedError} when the session is closed; otherwise the error of the encoding
   */
  post(make: (request: number) => RequestMessage): void {
    this.#transmit(make)
  }

  /**
   * Sends a message that needs no new id: the answer to an invocation, CANCEL, a further chunk of a call. Has no effect when
   * the session is closed.
   * @returns whether it was sent
   */
  reply(message: Message): boolean {
    const isOpen = this.#closed === undefined
    if (isOpen) this.#transport.send(message)
    return isOpen
  }

  /** Passes an answer to its request. Returns false when there is none. */
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

  /** Rejects all requests in flight and all later ones. */
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
      checkOptions(message)
      checkFeatures(message.type, message.options, this.#supports)
    }
    this.#transport.send(message)
    this.#last = request
    return message
  }
}
