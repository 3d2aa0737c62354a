// The callee of a session: its registrations, and their running invocations. It answers every invocation whose caller
// waits for an answer.

import type { Dict, ErrorMessage, InterruptMessage, InvocationMessage } from '@trunkline/protocol'
import {
  ApplicationError,
  EMPTY_DICT,
  ERROR,
  INVALID_ARGUMENT,
  INVOCATION,
  isUri,
  NO_SUCH_REGISTRATION,
  ProtocolError,
  REGISTER,
  REGISTERED,
  UNREGISTER,
  UNREGISTERED,
  YIELD,
} from '@trunkline/protocol'
import { checkOptions } from './checks.ts'
import type { EndInfo } from './ended.ts'
import { isGone } from './ended.ts'
import type { CloseInfo } from './errors.ts'
import type { Chunk, Invocation, InvocationHandler } from './invocation.ts'
import { Registration } from './invocation.ts'
import type { RegisterOptions } from './options.ts'
import { wireOptions } from './options.ts'
import { isPromise, Result } from './results.ts'
import type { SessionContext } from './session-context.ts'
import type { Settlable } from './settlable.ts'
import { settlable } from './settlable.ts'

interface Registered {
  readonly registration: Registration
  readonly ending: Settlable<EndInfo>
}

/** A callee for calls with one answer that cannot be cancelled. */
export abstract class Callee {
  protected readonly context: SessionContext
  /** By request id. */
  protected readonly running = new Map<number, Invocation>()
  readonly #registrations = new Map<number, Registered>()

  constructor(context: SessionContext) {
    this.context = context
  }

  register(procedure: string, handler: InvocationHandler, options: RegisterOptions | undefined): Promise<Registration> {
    const dict = wireOptions(REGISTER, options)
    return this.context.requests.request(
      (request) => ({ type: REGISTER, request, options: dict, procedure }),
      REGISTERED,
      ({ registration: id }) => {
        const ending = settlable<EndInfo>()
        const registration = new Registration(this, { id, procedure, options: dict, handler, ended: ending.promise })
        this.revoked(id, { by: 'client' })
        this.#registrations.set(id, { registration, ending })
        return registration
      },
    )
  }

  /** Resolves also when the session ends first or the router has already revoked the registration. */
  async unregister({ id }: Registration): Promise<void> {
    const forget = (): void => this.revoked(id, { by: 'client' })
    if (!this.#registrations.has(id)) return
    try {
      await this.context.requests.request(
        (request) => ({ type: UNREGISTER, request, registration: id, options: undefined }),
        UNREGISTERED,
        forget,
      )
    } catch (error) {
      if (!isGone(error, NO_SUCH_REGISTRATION)) throw error
      forget()
    }
  }

  /** Ends a registration. Its running invocations continue. */
  revoked(id: number, info: EndInfo): void {
    this.#registrations.get(id)?.ending.resolve(info)
    this.#registrations.delete(id)
  }

  /**
   * Starts a handler in the same turn, so that handlers start in the order in which invocations arrive.
   * @throws {ProtocolError} when an invocation with that id is still running
   */
  receive(message: InvocationMessage): void {
    const { request } = message
    if (this.running.has(request)) throw new ProtocolError(`INVOCATION ${request} came while one with that id is running`)
    const registered = this.#registrations.get(message.registration)
    if (registered !== undefined) return this.#run(message, registered.registration)
    this.context.report(new ProtocolError(`INVOCATION ${request} names the unknown registration ${message.registration}`), 'router')
    this.#sendError(request, '', new ApplicationError(NO_SUCH_REGISTRATION))
  }

  /** Returns whether the message was expected: a router may interrupt only a callee that announces call canceling. */
  interrupt(_message: InterruptMessage): boolean {
    return false
  }

  /** Ends all registrations with the session. */
  close({ reason }: CloseInfo): void {
    for (const id of [...this.#registrations.keys()]) this.revoked(id, { by: 'session', reason })
    this.running.clear()
  }

  protected abstract createInvocation(chunk: Chunk, message: InvocationMessage, procedure: string, registration: Registration): Invocation

  /** The result of a handler, as a value or a promise. */
  protected outcomeOf(outcome: unknown, _request: number, _invocation: Invocation): unknown {
    return outcome
  }

  /** The error for the caller when a handler threw `error`. */
  protected explain(error: unknown, _invocation: Invocation): unknown {
    return error
  }

  /** Forgets an invocation that has its last answer or gets none. */
  protected finish(request: number): void {
    this.running.delete(request)
  }

  /** The arguments of an invocation; undefined when they cannot be read, which is then reported. */
  protected chunkOf({ payload }: InvocationMessage, uri: string, details: Dict): Chunk | undefined {
    try {
      return this.context.codec.open({ kind: 'call', uri }, payload, details)
    } catch (error) {
      this.context.report(error, 'payload', { uri })
      return undefined
    }
  }

  protected yield(request: number, uri: string, value: unknown, progress: Dict): void {
    const { args, kwargs, options: own } = value instanceof Result ? value : new Result(value === undefined ? [] : [value])
    const options = own === EMPTY_DICT ? progress : { ...wireOptions(YIELD, own), ...progress }
    const sealed = this.context.codec.seal({ kind: 'result', uri }, args, kwargs, options)
    const message = { type: YIELD, request, ...sealed } as const
    if (own !== EMPTY_DICT) checkOptions(message)
    this.context.requests.reply(message)
  }

  /** Answers with an error; has no effect on an invocation that has ended. */
  protected fail(request: number, invocation: Invocation, thrown: unknown): void {
    if (this.running.get(request) !== invocation) return
    this.finish(request)
    const { procedure } = invocation
    const said = this.explain(thrown, invocation)
    const error = said instanceof ApplicationError && isUri(said.uri) ? said : this.context.explain(said, procedure)
    this.#sendError(request, procedure, error)
  }

  #run(message: InvocationMessage, registration: Registration): void {
    const { request, details } = message
    const procedure = typeof details['procedure'] === 'string' ? details['procedure'] : registration.procedure
    const chunk = this.chunkOf(message, procedure, details)
    const invocation = this.createInvocation(chunk ?? { args: [], kwargs: {} }, message, procedure, registration)
    this.running.set(request, invocation)
    if (chunk === undefined) return this.fail(request, invocation, new ApplicationError(INVALID_ARGUMENT))
    try {
      const outcome = this.outcomeOf(registration.handler(invocation), request, invocation)
      if (!isPromise(outcome)) return this.#succeed(request, invocation, outcome)
      outcome.then(
        (value) => this.#succeed(request, invocation, value),
        (error: unknown) => this.fail(request, invocation, error),
      )
    } catch (error) {
      this.fail(request, invocation, error)
    }
  }

  #succeed(request: number, invocation: Invocation, value: unknown): void {
    if (this.running.get(request) !== invocation) return
    try {
      this.yield(request, invocation.procedure, value, EMPTY_DICT)
      this.finish(request)
    } catch (error) {
      this.fail(request, invocation, error)
    }
  }

  /** Sends ERROR, without the payload if the serializer cannot hold it. */
  #sendError(request: number, procedure: string, { uri: error, args, kwargs }: ApplicationError): void {
    const { codec, requests, explain } = this.context
    const bare: ErrorMessage = { type: ERROR, requestType: INVOCATION, request, details: EMPTY_DICT, error, payload: undefined }
    try {
      const { options: details, payload } = codec.seal({ kind: 'error', uri: procedure }, args, kwargs, EMPTY_DICT)
      requests.reply({ ...bare, details, payload })
    } catch (unsendable) {
      explain(unsendable, procedure)
      requests.reply(bare)
    }
  }
}
