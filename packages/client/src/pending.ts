// Requests of one session: their ids, and those that await an answer. No timers, no I/O but the transport's `send`.

import type { ErrorMessage, Message } from '@trunkline/protocol'
import { ApplicationError, EMPTY_DICT, ERROR, nextId } from '@trunkline/protocol'
import type { CloseInfo } from './errors.ts'
import { DisconnectedError } from './errors.ts'
import { checkOptions } from './options.ts'
import type { ClientTransport } from './transports/transport.ts'

type RequestMessage = Extract<Message, { request: number }>
type Answer<Type extends number> = Extract<Message, { type: Type }>

interface Pending {
  readonly requestType: number
  readonly answerType: number
  accept(answer: Message): void
  reject(error: unknown): void
}

export class PendingRequests {
  readonly #transport: ClientTransport
  readonly #open = new Map<number, Pending>()
  #last: number
  #closed: CloseInfo | undefined

  /** @param last the id before the first (specification: "Identifiers": a session counts from 1) */
  constructor(transport: ClientTransport, last = 0) {
    this.#transport = transport
    this.#last = last
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
      const message = this.#transmit(make)
      this.#open.set(message.request, {
        requestType: message.type,
        answerType,
        accept: (answer) => resolve(accept(answer as Answer<Type>)),
        reject,
      })
    })
  }

  /**
   * Sends a request that nobody answers.
   * @throws {DisconnectedError} when the session is closed; else what encoding threw
   */
  post(make: (request: number) => RequestMessage): void {
    this.#transmit(make)
  }

  /** Sends what is no request of ours: the answer to an invocation. Without effect when the session is closed. */
  reply(message: Message): void {
    if (this.#closed === undefined) this.#transport.send(message)
  }

  /** Hands over an answer. Returns false when no request waits for it. */
  receive(message: RequestMessage): boolean {
    const pending = this.#open.get(message.request)
    if (pending === undefined) return false
    if (message.type === ERROR ? message.requestType !== pending.requestType : message.type !== pending.answerType) return false
    this.#open.delete(message.request)
    try {
      if (message.type === ERROR) pending.reject(errorOf(message))
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
    for (const pending of open) pending.reject(new DisconnectedError(true, info))
  }

  #transmit(make: (request: number) => RequestMessage): RequestMessage {
    if (this.#closed !== undefined) throw new DisconnectedError(false, this.#closed)
    const request = nextId(this.#last)
    const message = make(request)
    if ('options' in message && message.options !== EMPTY_DICT && message.options !== undefined) checkOptions(message)
    this.#transport.send(message)
    this.#last = request
    return message
  }
}

function errorOf({ error, payload, details }: ErrorMessage): ApplicationError {
  return new ApplicationError(error, payload?.args, payload?.kwargs, details)
}
