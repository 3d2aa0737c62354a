// One WAMP session over one transport: the methods for applications, and the dispatch of messages. It never
// reconnects.

import type { Dict, ErrorMessage, GoodbyeMessage, Message, UnregisteredMessage, UnsubscribedMessage, UriRule } from '@trunkline/protocol'
import * as p from '@trunkline/protocol'
import type { Implement, Use } from '@trunkline/contract'
import type { CallParts, OpenCall } from './call-parts.ts'
import { check, checkHandler } from './checks.ts'
import type { SessionContext } from './session-context.ts'
import type { Callee } from './callee.ts'
import type { InvocationHandler, Registration } from './invocation.ts'
import type { Clock } from './clock.ts'
import { systemClock } from './clock.ts'
import type { CloseInfo } from './errors.ts'
import { closeInfo, lossInfo } from './close-info.ts'
import { LOST } from './errors.ts'
import { asyncDispose } from './dispose.ts'
import { createExplain } from './exceptions.ts'
import type { CallOptions, PublishOptions, RegisterOptions, SubscribeOptions } from './options.ts'
import { dictOf, given, wireOptions } from './options.ts'
import type { PayloadCodec } from './passthru.ts'
import { checkedCodec, plainCodec } from './passthru.ts'
import { PendingRequests } from './pending.ts'
import type { OnError, Report } from './report.ts'
import { createReporter } from './report.ts'
import type { Args, CallResult, Kwargs } from './results.ts'
import { valueOf } from './results.ts'
import type { RouterRole } from './router-features.ts'
import { isAnnounced } from './router-features.ts'
import { settlable } from './settlable.ts'
import type { EventHandler, Subscription } from './subscriber.ts'
import { Subscriber } from './subscriber.ts'
import type { ClientTransport, TransportCloseInfo, TransportOwner } from './transports/transport.ts'
import { checkOwnUri, checkUri } from './uri-check.ts'

/** The time limit for the answer to a GOODBYE and for the connection to close. */
const CLOSE_TIMEOUT_MS = 5000

export interface SessionOptions {
  /** The error of a caller when a procedure throws anything but an ApplicationError. Default `wamp.error.runtime_error`. */
  readonly errorUri?: string | undefined
  /**
   * Whether callers get the text of such an exception, in place of an id that finds it in this program's log. For development: the
   * text may be confidential. Default false.
   */
  readonly exposeErrors?: boolean | undefined
  /**
   * Takes errors that no promise can carry. Without it exceptions of procedures are printed, and those of event handlers
   * are thrown as uncaught.
   */
  readonly onError?: OnError | undefined
  /** The rule for URIs. Default `loose`, as in routers. */
  readonly uriRule?: UriRule | undefined
  /** Further features of calls: `calls()` of `@trunkline/client/session`. */
  readonly calls?: CallParts | undefined
  /** Encrypts payloads, for example; see `@trunkline/client/e2ee`. */
  readonly payloadCodec?: PayloadCodec | undefined
  /** For simulations. Default: the platform's timers. */
  readonly clock?: Clock | undefined
  /** For simulations: uniformly random between 0 and 1. */
  readonly random?: (() => number) | undefined
}

/** The caller and callee of a session, which are chosen where it is opened. */
export interface WithCalls {
  readonly calls: CallParts
}

/** The content of WELCOME. */
export interface Welcome {
  readonly id: number
  readonly realm: string
  /** WELCOME.Details. */
  readonly details: Dict
}

/**
 * An open session; {@link openSession} makes it. Its requests reject with an ApplicationError when the router or the callee
 * answers ERROR, with a DisconnectedError when the session ends first or has ended, with a UsageError or a
 * PayloadError when nothing could be sent.
 */
export class Session implements AsyncDisposable {
  readonly id: number
  /** The realm of the session, which its login may have assigned. */
  readonly realm: string
  /** WELCOME.Details: the router's roles and the identity of this session. */
  readonly details: Dict
  /** Resolves when the session and its connection have ended, whatever the cause; never rejects. */
  readonly closed: Promise<CloseInfo>

  readonly #transport: ClientTransport
  readonly #clock: Clock
  readonly #report: Report
  readonly #uriRule: UriRule
  readonly #requests: PendingRequests
  readonly #calls: CallParts
  readonly #context: SessionContext
  readonly #callee: Callee
  readonly #subscriber: Subscriber
  #state: 'open' | 'leaving' | 'closed' = 'open'
  #info: CloseInfo = LOST
  readonly #closing = settlable<CloseInfo>()
  #cancelTimer: (() => void) | undefined

  /** Takes the transport over; called in the turn in which WELCOME arrives. */
  constructor(transport: ClientTransport, welcome: Welcome, options: Omit<SessionOptions, 'calls'> & WithCalls) {
    this.id = welcome.id
    this.realm = welcome.realm
    this.details = welcome.details
    this.#transport = transport
    this.#clock = options.clock ?? systemClock
    this.#report = createReporter(options.onError)
    this.#uriRule = options.uriRule ?? 'loose'
    const supports = this.supports.bind(this)
    const codec = checkedCodec(options.payloadCodec ?? plainCodec)
    const requests = (this.#requests = new PendingRequests(transport, 0, codec, supports))
    const explain = createExplain(options, this.#report)
    this.#context = { requests, codec, abandoned: new Set(), clock: this.#clock, report: this.#report, explain, supports }
    this.#calls = options.calls
    this.#callee = this.#calls.createCallee(this.#context)
    this.#subscriber = new Subscriber(requests, codec, this.#report)
    this.closed = this.#closing.promise
    transport.attach(this.#owner)
  }

  /** Whether requests can be sent. */
  get isOpen(): boolean {
    return this.#state === 'open' && this.#transport.isOpen !== false
  }

  /** Makes a contract of `@trunkline/contract`, or a part of it, callable. Needs `calls()`; in a session of a client it is the client's. */
  get use(): Use {
    return this.#calls.contracts(this).use
  }

  /** Registers a handler for each procedure of a contract, or of a part of it; where `use` does. */
  get implement(): Implement {
    return this.#calls.contracts(this).implement
  }

  /** Whether the router announced a feature, such as `dealer`, `call_timeout`. */
  supports(role: RouterRole, feature: string): boolean {
    return isAnnounced(this.details, role, feature)
  }

  /**
   * Calls a procedure; resolves to the first positional result, undefined when there is none. `Value` is believed, not checked.
   * With `calls()`: when `signal` aborts, the promise rejects at once with the reason of the abort; with the cancel mode `kill`
   * it settles when the callee answers, at the latest after 10 s. After `timeout` it rejects with `wamp.error.timeout`.
   *
   * @example
   * import { openSession } from '@trunkline/client/session'
   *
   * const session = await openSession({ url: 'ws://127.0.0.1:8080/ws', realm: 'realm1' })
   * const sum = await session.call('com.example.add', [2, 3])
   * await session.leave()
   */
  call<Value = unknown>(procedure: string, args?: Args, options?: CallOptions): Promise<Value>
  call(procedure: string, ...request: readonly [Args?, CallOptions?]): Promise<unknown> {
    return this.callResult(procedure, ...request).then(valueOf)
  }

  /** Calls a procedure as {@link call} does; resolves to all of the result: `args`, `kwargs` and `details`. */
  callResult(procedure: string, args?: Args, options?: CallOptions): Promise<CallResult>
  async callResult(procedure: string, args?: Args, options?: CallOptions, ...more: readonly unknown[]): Promise<CallResult> {
    checkUri(procedure, this.#uriRule)
    return this.#calls.call(this.#context, procedure, given(args, options, more))
  }

  /**
   * Opens a call whose arguments are sent in chunks; the first `send` or `end` sends CALL. Needs `calls()`, and the router must have
   * announced `progressive_call_invocations`. There is no flow control except by progressive results of the callee: a callee
   * of this client that does not keep up ends the call with an error.
   *
   * @throws {UsageError} for an invalid procedure or options
   */
  openCall(procedure: string, options?: CallOptions): OpenCall {
    checkUri(procedure, this.#uriRule)
    return this.#calls.openCall(this.#context, procedure, dictOf(options))
  }

  /**
   * Registers a procedure. Its handler may be called before the promise has settled.
   *
   * @example
   * import { openSession } from '@trunkline/client/session'
   *
   * const session = await openSession({ url: 'ws://127.0.0.1:8080/ws', realm: 'realm1' })
   * const registration = await session.register('com.example.multiply', ({ args: [a, b] }) => Number(a) * Number(b))
   * await registration.unregister()
   * await session.leave()
   */
  async register<A extends Args = Args, K extends object = Kwargs>(
    procedure: string,
    handler: InvocationHandler<A, K>,
    options?: RegisterOptions,
  ): Promise<Registration> {
    checkOwnUri(procedure, this.#uriRule, options?.match ?? 'exact')
    checkHandler(handler)
    return this.#callee.register(procedure, handler as InvocationHandler, options)
  }

  /**
   * Publishes an event. Without `acknowledge: true` the promise resolves to undefined when the event was passed to the
   * connection, otherwise to the id of the publication.
   *
   * @example
   * import { openSession } from '@trunkline/client/session'
   *
   * const session = await openSession({ url: 'ws://127.0.0.1:8080/ws', realm: 'realm1' })
   * await session.publish('com.example.ticked', [1], { kwargs: { unit: 's' }, excludeMe: false })
   * await session.leave()
   */
  publish(topic: string, args: Args | undefined, options: AcknowledgedPublish): Promise<number>
  publish(topic: string, args?: Args, options?: PublishOptions): Promise<number | undefined>
  async publish(topic: string, values?: Args, options?: PublishOptions, ...more: readonly unknown[]): Promise<number | undefined> {
    checkOwnUri(topic, this.#uriRule)
    const { args, kwargs, options: others } = given(values, options, more)
    const sealed = this.#context.codec.seal({ kind: 'publish', uri: topic }, args, kwargs, wireOptions(p.PUBLISH, others))
    const make = (request: number): p.PublishMessage => ({ type: p.PUBLISH, request, topic, ...sealed })
    if (options?.acknowledge === true) return this.#requests.request(make, p.PUBLISHED, (answer) => answer.publication)
    this.#requests.post(make)
    return undefined
  }

  /**
   * Subscribes a handler. It may be called before the promise has settled.
   *
   * @example
   * import { openSession } from '@trunkline/client/session'
   *
   * const session = await openSession({ url: 'ws://127.0.0.1:8080/ws', realm: 'realm1' })
   * const subscription = await session.subscribe('com.example.ticked', ({ args }) => console.log(args[0]))
   * await subscription.unsubscribe()
   * await session.leave()
   */
  async subscribe<A extends Args = Args, K extends object = Kwargs>(
    topic: string,
    handler: EventHandler<A, K>,
    options?: SubscribeOptions,
  ): Promise<Subscription> {
    checkUri(topic, this.#uriRule, options?.match ?? 'exact')
    checkHandler(handler)
    return this.#subscriber.subscribe(topic, handler as EventHandler, options)
  }

  /**
   * Leaves the realm: GOODBYE, the router's answer, then the connection closes; after 5 s without them the client cuts it.
   * Requests in flight reject. Resolves in any case, even when the session has already ended.
   */
  async leave(reason: string = p.CLOSE_REALM, message?: string): Promise<void> {
    if (this.#state === 'open') {
      checkUri(reason, 'loose')
      check('message', message, 'string|undefined')
      this.#transport.send({ type: p.GOODBYE, details: dictOf({ message }), reason })
      this.#stop('leaving', { reason, message, wasClean: false, by: 'client', details: p.EMPTY_DICT })
    }
    await this.closed
  }

  /** Leaves the realm. */
  [asyncDispose](): Promise<void> {
    return this.leave()
  }

  readonly #owner: TransportOwner = {
    onMessage: (message) => this.#receive(message),
    onProtocolError: (error) => this.#violated(error),
    onClose: (info) => this.#disconnected(info),
  }

  #receive(message: Message): void {
    if (this.#state === 'closed') return
    if (this.#state === 'leaving') return this.#receiveLeaving(message)
    try {
      p.checkOpen('client', message.type)
      this.#dispatch(message)
    } catch (error) {
      if (!(error instanceof p.ProtocolError)) throw error
      this.#violated(error)
    }
  }

  #dispatch(message: Message): void {
    switch (message.type) {
      case p.EVENT:
        return this.#subscriber.receive(message)
      case p.INVOCATION:
        return this.#callee.receive(message)
      case p.INTERRUPT:
        return this.#callee.interrupt(message) ? undefined : this.#ignore(message)
      case p.ERROR:
        return this.#receiveError(message)
      case p.RESULT:
      case p.PUBLISHED:
      case p.SUBSCRIBED:
      case p.REGISTERED:
        return this.#receiveAnswer(message)
      case p.UNSUBSCRIBED:
        return this.#receiveEnd(message, 'subscription', this.#subscriber)
      case p.UNREGISTERED:
        return this.#receiveEnd(message, 'registration', this.#callee)
      case p.GOODBYE:
        return this.#receiveGoodbye(message)
      case p.ABORT:
        return this.#end(closeInfo(message, 'router', false))
      default:
        this.#ignore(message)
    }
  }

  #receiveAnswer(message: Extract<Message, { request: number }>): void {
    if (!this.#requests.receive(message)) this.#ignore(message)
  }

  /** Request 0 is a revocation by the router (specification: "Subscription Revocation", "Registration Revocation"). */
  #receiveEnd(message: UnsubscribedMessage | UnregisteredMessage, what: string, side: Subscriber | Callee): void {
    const { [what]: id, reason } = message.details ?? {}
    if (message.request !== 0 || typeof id !== 'number') return this.#receiveAnswer(message)
    side.revoked(id, { by: 'router', reason: typeof reason === 'string' ? reason : undefined })
  }

  #receiveError(message: ErrorMessage): void {
    if (!isRequestType(message.requestType)) {
      throw new p.ProtocolError(`ERROR answers message type ${message.requestType}, which is no request of a client`)
    }
    this.#receiveAnswer(message)
  }

  #receiveGoodbye(message: GoodbyeMessage): void {
    this.#transport.send({ type: p.GOODBYE, details: p.EMPTY_DICT, reason: p.GOODBYE_AND_OUT })
    this.#end(closeInfo(message, 'router', true))
  }

  /** Until the answer to this side's GOODBYE, all other messages are ignored. */
  #receiveLeaving(message: Message): void {
    if (message.type === p.GOODBYE) this.#end({ ...this.#info, wasClean: true, details: message.details })
    else if (message.type === p.ABORT) this.#end(closeInfo(message, 'router', false))
  }

  #ignore(message: Message): void {
    const request = 'request' in message ? ` ${message.request}` : ''
    this.#report(new p.ProtocolError(`${p.nameOf(message.type)}${request} fits no request of this session; ignored`), 'router')
  }

  /** Ends the session after a protocol error of the router (specification: "Protocol Errors"). */
  #violated({ uri, message }: p.ProtocolError): void {
    if (this.#state === 'closed') return
    if (this.#state === 'open') this.#transport.send({ type: p.ABORT, details: { message }, reason: uri, payload: undefined })
    this.#end({ reason: uri, message, wasClean: false, by: 'client', details: p.EMPTY_DICT })
  }

  /** Stops sending and receiving. Queued messages are still sent, then the connection closes. */
  #end(info: CloseInfo): void {
    this.#stop('closed', info)
    this.#transport.close()
  }

  #stop(state: 'leaving' | 'closed', info: CloseInfo): void {
    this.#state = state
    this.#info = info
    this.#cancelTimer ??= this.#clock.setTimer(() => this.#expire(), CLOSE_TIMEOUT_MS)
    this.#closeAll(info)
  }

  #closeAll(info: CloseInfo): void {
    this.#requests.close(info)
    this.#callee.close(info)
    this.#subscriber.close(info.reason)
  }

  #expire(): void {
    this.#state = 'closed'
    if (this.#transport.destroy === undefined) this.#transport.close()
    else this.#transport.destroy()
    this.#closing.resolve(this.#info)
  }

  #disconnected(info: TransportCloseInfo): void {
    if (this.#state === 'open') {
      this.#info = lossInfo(info)
      this.#closeAll(this.#info)
    }
    this.#state = 'closed'
    this.#cancelTimer?.()
    this.#closing.resolve(this.#info)
  }
}

/** Options of an acknowledged publication. */
export type AcknowledgedPublish = PublishOptions & { readonly acknowledge: true }

const REQUESTS: readonly number[] = [p.PUBLISH, p.SUBSCRIBE, p.UNSUBSCRIBE, p.CALL, p.REGISTER, p.UNREGISTER]

function isRequestType(type: number): boolean {
  return REQUESTS.includes(type)
}
