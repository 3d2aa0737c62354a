// Requests of one session: their ids, and those that await an answer. No timers, no I/O but the transport's `send`.

import type { ErrorMessage, Message } from '@trunkline/protocol'
import { ApplicationError, EMPTY_DICT, ERROR, nextId, RESULT } from '@trunkline/protocol'
import { remember } from './ids-seen.ts'
import type { CloseInfo } from './errors.ts'
import { DisconnectedError } from './errors.ts'
import { checkOptions } from './options.ts'
import type { PlainPayload } from './passthru.ts'
import type { RouterRole } from './router-features.ts'
import { checkFeatures } from './router-features.ts'
import type { ClientTransport } from './transports/transport.ts'

type RequestMessage = Extract<Message, { request: number }>
type Answer<Type extends number> = Extract<Message, { type: Type }>

/** Who waits for an answer. */
export interface Pending {
  readonly requestType: number
  readonly answerType: number
  /** The final answer, in the turn in which it comes. */
  accept(answer: Message): void
  /** A progressive result; absent where none was asked for. */
  progress?(answer: Answer<typeof RESULT>): void
  reject(error: unknown): void
  /** Makes the error of an ERROR; absent: an ApplicationError with what came. */
  readonly errorOf?: ((message: ErrorMessage) => unknown) | undefined
}

export class PendingRequests {
  readonly #transport: ClientTransport
  readonly #supports: (role: RouterRole, feature: string) => boolean
  readonly #open = new Map<number, Pending>()
  /** Requests nobody waits for any more, whose answer may still come. */
  readonly #abandoned = new Set<number>()
  #last: number
  #closed: CloseInfo | undefined

  /** @param last the id before the first (specification: "Identifiers": a session counts from 1) */
  constructor(transport: ClientTransport, last = 0, supports: (role: RouterRole, feature: string) => boolean = () => true) {
    this.#transport = transport
    this.#last = last
    this.#supports = supports
  }

  /**
   * Sends a request and waits for its answer. The id is taken only when the message was encoded, so that the router
   * sees no gap.
   * @param accept is called in the turn in which the answer comes, before the promise settles
   * @param readError makes the error of an ERROR; without it an ApplicationError with what came
   * @returns a promise that rejects with an ApplicationError (ERROR came), a DisconnectedError, or what encoding threw
   */
  request<Type extends number, Value>(
    make: (request: number) => RequestMessage,
    answerType: Type,
    accept: (answer: Answer<Type>) => Value,
    readError?: (message: ErrorMessage) => unknown,
  ): Promise<Value> {
    return new Promise((resolve, reject) => {
      const message = this.#transmit(make)
      this.#open.set(message.request, {
        requestType: message.type,
        answerType,
        accept: (answer) => resolve(accept(answer as Answer<Type>)),
        reject,
        errorOf: readError,
      })
    })
  }

  /**
   * As `request`, for one who waits in another way than by a promise.
   * @returns the id of the request
   */
  open(make: (request: number) => RequestMessage, pending: Pending): number {
    const { request } = this.#transmit(make)
    this.#open.set(request, pending)
    return request
  }

  /** Nobody waits for the answer any more: it is dropped when it comes. */
  abandon(request: number): void {
    if (this.#open.delete(request)) remember(this.#abandoned, request)
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
    const pending = this.#open.get(message.request)
    const isProgress = message.type === RESULT && message.details['progress'] === true
    if (pending === undefined) {
      return this.#abandoned.has(message.request) && (isProgress || this.#abandoned.delete(message.request))
    }
    if (message.type === ERROR ? message.requestType !== pending.requestType : message.type !== pending.answerType) return false
    if (isProgress) {
      pending.progress?.(message)
      return pending.progress !== undefined
    }
    this.#open.delete(message.request)
    try {
      if (message.type === ERROR) pending.reject(pending.errorOf?.(message) ?? errorOf(message))
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
    if ('options' in message && message.options !== EMPTY_DICT && message.options !== undefined) {
      checkOptions(message)
      checkFeatures(message.type, message.options, this.#supports)
    }
    this.#transport.send(message)
    this.#last = request
    return message
  }
}

/** The error that an ERROR tells of. */
export function errorOf(
  { error, payload, details }: ErrorMessage,
  { args, kwargs }: Partial<PlainPayload> = payload ?? {},
): ApplicationError {
  return new ApplicationError(error, args, kwargs, details)
}
