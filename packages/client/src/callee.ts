// The callee of a session: its registrations, and running what they are called with. Never lets an invocation go unanswered.

import type { Dict, InvocationMessage } from '@trunkline/protocol'
import {
  ApplicationError,
  EMPTY_DICT,
  ERROR,
  INVOCATION,
  isUri,
  Payload,
  PayloadError,
  ProtocolError,
  REGISTER,
  REGISTERED,
  UNREGISTER,
  UNREGISTERED,
  INVALID_ARGUMENT,
  NO_SUCH_REGISTRATION,
  YIELD,
} from '@trunkline/protocol'
import { DisconnectedError } from './errors.ts'
import type { RegisterOptions } from './options.ts'
import { dictOf } from './options.ts'
import type { PendingRequests } from './pending.ts'
import type { OnError } from './report.ts'
import type { Args, Kwargs } from './results.ts'
import { isPromise, Result } from './results.ts'

/** One call of a registered procedure. */
export interface Invocation {
  readonly args: Args
  readonly kwargs: Kwargs
  /** INVOCATION.Details. */
  readonly details: Dict
  /** The URI called; with a pattern registration not that registered. */
  readonly procedure: string
  readonly registration: Registration
}

/**
 * Returns a value, which becomes the one positional result (undefined: none), or a {@link Result}, or a promise of
 * either. Throws an ApplicationError to choose the error that the caller gets.
 */
export type InvocationHandler = (invocation: Invocation) => unknown

/** A procedure registered by this session. */
export class Registration {
  /** The id of the registration at the router. */
  readonly id: number
  /** The URI or pattern registered. */
  readonly procedure: string
  /** As sent. */
  readonly options: Dict
  readonly handler: InvocationHandler
  readonly #callee: Callee
  #unregistering: Promise<void> | undefined

  constructor(callee: Callee, id: number, procedure: string, options: Dict, handler: InvocationHandler) {
    this.#callee = callee
    this.id = id
    this.procedure = procedure
    this.options = options
    this.handler = handler
  }

  /** Takes the procedure back. Invocations that come before the router agreed are still answered. */
  unregister(): Promise<void> {
    this.#unregistering ??= this.#callee.unregister(this)
    return this.#unregistering
  }
}

export class Callee {
  readonly #requests: PendingRequests
  readonly #errorUri: string
  readonly #report: OnError
  readonly #registrations = new Map<number, Registration>()
  readonly #running = new Set<number>()

  /** @param errorUri the error of a caller when a procedure throws anything but an ApplicationError */
  constructor(requests: PendingRequests, errorUri: string, report: OnError) {
    this.#requests = requests
    this.#errorUri = errorUri
    this.#report = report
  }

  register(procedure: string, handler: InvocationHandler, options: RegisterOptions | undefined): Promise<Registration> {
    const dict = dictOf(options)
    return this.#requests.request(
      (request) => ({ type: REGISTER, request, options: dict, procedure }),
      REGISTERED,
      (answer) => {
        const registration = new Registration(this, answer.registration, procedure, dict, handler)
        this.#registrations.set(answer.registration, registration)
        return registration
      },
    )
  }

  /** Settles as well when the session ends first: then the router has dropped the registration. */
  async unregister(registration: Registration): Promise<void> {
    try {
      await this.#requests.request(
        (request) => ({ type: UNREGISTER, request, registration: registration.id, options: undefined }),
        UNREGISTERED,
        () => this.#registrations.delete(registration.id),
      )
    } catch (error) {
      if (!(error instanceof DisconnectedError)) throw error
    }
  }

  /**
   * Starts a handler in the same turn, so that handlers start in the order in which invocations came.
   * @throws {ProtocolError} when an invocation with that id is still running
   */
  receive(message: InvocationMessage): void {
    const { request } = message
    if (this.#running.has(request)) throw new ProtocolError(`INVOCATION ${request} came while one with that id is running`)
    const registration = this.#registrations.get(message.registration)
    if (registration === undefined) return this.#refuseUnknown(message)
    this.#running.add(request)
    this.#run(message, registration)
  }

  #refuseUnknown({ request, registration }: InvocationMessage): void {
    this.#report(new ProtocolError(`INVOCATION ${request} names the unknown registration ${registration}`), 'router')
    this.#sendError(request, NO_SUCH_REGISTRATION, undefined)
  }

  #run(message: InvocationMessage, registration: Registration): void {
    const { request } = message
    let outcome: unknown
    try {
      const invocation = invocationOf(message, registration)
      outcome = registration.handler(invocation)
      if (isPromise(outcome)) {
        outcome.then(
          (value) => this.#succeed(request, value),
          (error: unknown) => this.#fail(request, error),
        )
        return
      }
    } catch (error) {
      return this.#fail(request, error)
    }
    this.#succeed(request, outcome)
  }

  #succeed(request: number, value: unknown): void {
    try {
      this.#requests.reply({ type: YIELD, request, options: EMPTY_DICT, payload: payloadOf(value) })
      this.#running.delete(request)
    } catch (error) {
      this.#fail(request, error)
    }
  }

  #fail(request: number, error: unknown): void {
    this.#running.delete(request)
    if (error instanceof ApplicationError && isUri(error.uri)) {
      return this.#sendError(request, error.uri, Payload.fromValues(error.args, error.kwargs))
    }
    this.#report(error, 'procedure')
    this.#sendError(request, error instanceof ArgumentsError ? INVALID_ARGUMENT : this.#errorUri, textOf(error))
  }

  /** Its payload may be what the serializer cannot hold; then the caller gets the error without it. */
  #sendError(request: number, error: string, payload: Payload | undefined): void {
    try {
      this.#requests.reply({ type: ERROR, requestType: INVOCATION, request, details: EMPTY_DICT, error, payload })
    } catch (unsendable) {
      this.#report(unsendable, 'procedure')
      this.#requests.reply({ type: ERROR, requestType: INVOCATION, request, details: EMPTY_DICT, error, payload: undefined })
    }
  }
}

/** The arguments of an invocation are well-formed, but JavaScript cannot hold them. */
class ArgumentsError extends PayloadError {}

function invocationOf({ payload, details }: InvocationMessage, registration: Registration): Invocation {
  const procedure = typeof details['procedure'] === 'string' ? details['procedure'] : registration.procedure
  try {
    return { args: payload?.args ?? [], kwargs: payload?.kwargs ?? {}, details, procedure, registration }
  } catch (error) {
    throw error instanceof PayloadError ? new ArgumentsError(error.message, { cause: error }) : error
  }
}

function payloadOf(value: unknown): Payload | undefined {
  if (value === undefined) return undefined
  return value instanceof Result ? Payload.fromValues(value.args, value.kwargs) : Payload.fromValues([value])
}

function textOf(error: unknown): Payload | undefined {
  if (error instanceof Error) return Payload.fromValues([error.message])
  return Payload.fromValues([typeof error === 'string' ? error : 'what was thrown is no Error'])
}
