// A client that outlives its connections: it keeps the declarations and requests of an application over one session after
// another.

import type { Implement, Use } from '@trunkline/contract'
import { CALL, PUBLISH } from '@trunkline/protocol'
import { Aborts } from '../aborts.ts'
import { callParts } from '../calls/calls.ts'
import { checkLocal } from '../calls/outgoing-call.ts'
import type { Chunks, ProgressCall, StreamCallOptions } from '../calls/streams.ts'
import { checkChunks, progressOf, sendChunks } from '../calls/streams.ts'
import type { InvocationHandler } from '../invocation.ts'
import { check, checkedDict, checkHandler } from '../checks.ts'
import { systemClock } from '../clock.ts'
import { contractMethods } from '../contracts.ts'
import { asyncDispose } from '../dispose.ts'
import { traced } from '../errors.ts'
import { helloDetails, openWithin } from '../open-session.ts'
import { json } from '../json-text.ts'
import type { CallOptions, PublishOptions, RegisterOptions, SubscribeOptions } from '../options.ts'
import { dictOf, given } from '../options.ts'
import { createReporter } from '../report.ts'
import type { Args, CallResult, Kwargs } from '../results.ts'
import { valueOf } from '../results.ts'
import type { Session } from '../session.ts'
import type { EventHandler } from '../subscriber.ts'
import { openTransport } from '../transports/open-transport.ts'
import type { ClientTransport } from '../transports/transport.ts'
import { checkOwnUri, checkUri } from '../uri-check.ts'
import type { Pending } from '../awaitable.ts'
import { awaitable } from '../awaitable.ts'
import type { WhileAway } from './away.ts'
import { DEFAULT_WHILE_AWAY, notSent, WaitingRequests } from './away.ts'
import { DEFAULT_BACKOFF } from './backoff.ts'
import { CalleeWaits } from './callee-wait.ts'
import { checkClientOptions } from './check-options.ts'
import { checkRequest } from './check-request.ts'
import type { ClientAcknowledgedPublish, ClientCallOptions, ClientOptions, ClientPublishOptions } from './client-options.ts'
import type { Declaration, DeclarationOwner } from './declaration.ts'
import type { DeclaredRegistration, DeclaredSubscription } from './declared.ts'
import { RegistrationDeclaration, SubscriptionDeclaration } from './declared.ts'
import { systemEnvironment } from './environment.ts'
import type { StreamOptions } from '../event-stream.ts'
import { EventStream } from '../event-stream.ts'
import type { Listening } from './listening-transport.ts'
import { ListeningTransport } from './listening-transport.ts'
import { Obstacles } from './obstacles.ts'
import { keyed, untilAnswered } from './once.ts'
import { Reconnection } from './reconnection.ts'
import { isFinal } from './refusals.ts'
import type { ClientState } from './states.ts'
import { StateListeners } from './states.ts'
import { UrlsInTurn } from './urls.ts'

/** A router pings at this interval. */
const SILENCE_MS = 30_000

/** A client, made by `createClient` or `connect`. */
export class Client implements AsyncDisposable {
  /** Makes a contract of `@trunkline/contract`, or a part of it, callable: a function for each procedure, both sides of each topic. */
  readonly use: Use = contractMethods(this).use
  /** Registers a handler for each procedure of a contract, or of a part of it; as {@link register}, for all later sessions too. */
  readonly implement: Implement = contractMethods(this).implement
  readonly #options: ClientOptions
  readonly #listeners: StateListeners
  readonly #waiting: WaitingRequests
  readonly #reconnection: Reconnection
  readonly #declarations = new Set<Declaration>()
  readonly #aborts = new Aborts()
  readonly #calleeWaits: CalleeWaits
  readonly #owner: DeclarationOwner
  readonly #listening: Listening
  readonly #failed: (error: unknown) => void
  /** The last session opened, which the next one replaces: a router that has not noticed its loss would keep its registrations. */
  #lastSession: number | undefined
  /** Whether it waits for the first request or declaration. */
  #isLazy = false

  constructor(wanted: ClientOptions) {
    checkClientOptions(wanted)
    const options = wanted.shared?.over(wanted) ?? wanted
    const { clock = systemClock, now = Date.now, random = Math.random, environment = systemEnvironment } = options
    const urls = new UrlsInTurn(options.url ?? (options.openTransport && ''))
    const sessionOptions = { ...options, calls: { ...callParts(this.#aborts), contracts: () => this } }
    helloDetails(sessionOptions)
    const report = createReporter(options.onError)
    this.#options = options
    this.#listening = { clock, now, environment, silenceMs: options.silenceMs ?? SILENCE_MS, ask: () => this.#ask() }
    this.#listeners = new StateListeners(report)
    this.#failed = (error) => report(error, 'event_handler')
    this.#waiting = new WaitingRequests(clock)
    const pace = { backoff: { ...DEFAULT_BACKOFF, ...options.backoff }, clock, now, random }
    this.#calleeWaits = new CalleeWaits(pace, this.#aborts)
    this.#owner = {
      pace,
      obstacles: new Obstacles(),
      forget: (declaration) => void this.#declarations.delete(declaration),
      refused: (declaration, error, isAwaited) => {
        if (options.onError !== undefined || !isAwaited) report(error, 'restoration', { uri: declaration.uri, declaration })
      },
      stoppedBy: () => this.#stoppedBy(),
    }
    this.#reconnection = new Reconnection(
      {
        urls,
        ...pace,
        environment,
        open: (turn, opening) =>
          openWithin(
            { ...sessionOptions, replaces: this.#lastSession },
            (signal) => {
              const url = urls.next(turn, signal)
              return typeof url === 'string' ? this.#openTransport(url, signal) : url.then((each) => this.#openTransport(each, signal))
            },
            opening,
          ),
        isFinal: (error) => isFinal(error, options.onChallenge !== undefined || options.auth !== undefined),
      },
      {
        opened: (session) => this.#opened(session),
        lost: () => this.#declarations.forEach((declaration) => declaration.lost()),
        stopped: () => this.#stopped(),
      },
      this.#listeners,
    )
    if (options.lazy === true) this.#isLazy = true
    else this.start()
  }

  get state(): ClientState {
    return this.#reconnection.state
  }

  /** The current state and each later one; ends after `stopped`. */
  get states(): AsyncIterable<ClientState> {
    return { [Symbol.asyncIterator]: () => this.#listeners.iterate(() => this.state) }
  }

  /** Calls `listener` at each change of state, until the returned function is called. */
  onState(listener: (state: ClientState) => void): () => void {
    check('listener', listener, 'function')
    return this.#listeners.add(listener)
  }

  /** Connects again after `stopped`; otherwise has no effect. */
  start(): void {
    this.#isLazy = false
    this.#reconnection.start()
  }

  /**
   * Leaves the realm and does not connect again. Requests in flight and waiting requests reject; declarations
   * stay for a later `start`. Resolves when the connection is closed.
   */
  stop(): Promise<void> {
    this.#isLazy = false
    return this.#reconnection.stop()
  }

  /** Stops. */
  [asyncDispose](): Promise<void> {
    return this.stop()
  }

  /** Ends the delay between two attempts; otherwise has no effect. */
  connectNow(): void {
    this.#reconnection.connectNow()
  }

  /** The open session, or the next one, without a time limit. Rejects with a DisconnectedError when the client stops. */
  session(): Promise<Session> {
    return this.#request(
      'wait',
      (session) => Promise.resolve(session),
      () => {},
    )
  }

  /**
   * Subscribes: every session subscribes again, in the order of declarations. The subscription holds at once; awaited, the router has
   * granted it. Without a handler it is a loop over the events, which goes on over sessions. The types of the values are believed, not
   * checked.
   *
   * @example
   * import { connect } from '@trunkline/client'
   *
   * const client = await connect({ url: 'ws://127.0.0.1:8080/ws', realm: 'realm1' })
   * await client.subscribe('com.example.ticked', ({ args: [tick] }) => console.log(tick))
   * const events = await client.subscribe('com.example.ticked', { buffer: 10, overflow: 'drop_oldest' })
   * await client.publish('com.example.ticked', [1], { excludeMe: false })
   * for await (const { args } of events) {
   *   console.log(args) // [ 1 ]
   *   break
   * }
   * await client.stop()
   *
   * @throws {UsageError} for a topic or options that a router would refuse
   */
  subscribe<A extends Args = Args, K extends object = Kwargs>(topic: string, options?: StreamOptions): Pending<EventStream<A, K>>
  subscribe<A extends Args = Args, K extends object = Kwargs>(
    topic: string,
    handler: EventHandler<A, K>,
    options?: SubscribeOptions,
  ): Pending<DeclaredSubscription>
  subscribe(topic: string, first?: EventHandler | StreamOptions, options?: SubscribeOptions): unknown {
    if (typeof first === 'function') return this.#listen(topic, checkHandler(first), options)
    if (options !== undefined || typeof (first ?? {}) !== 'object') check('handler', first, 'function')
    const { buffer, overflow, signal, ...others } = dictOf(first) as StreamOptions
    const stream = new EventStream({ buffer, overflow, signal }, () => void declared.unsubscribe().catch(this.#failed))
    const declared = this.#listen(topic, stream, others)
    if (signal !== undefined) stream.obey(signal, this.#aborts)
    return awaitable(stream, () => declared.ready)
  }

  /**
   * Registers: every session registers again, in the order of declarations. The registration holds at once; awaited, the router has
   * granted it.
   * @throws {UsageError} for a procedure or options that a router would refuse
   */
  register<A extends Args = Args, K extends object = Kwargs>(
    procedure: string,
    handler: InvocationHandler<A, K>,
    options?: RegisterOptions,
  ): Pending<DeclaredRegistration> {
    checkOwnUri(procedure, this.#uriRule, options?.match ?? 'exact')
    checkHandler(handler)
    const declared = new RegistrationDeclaration(this.#owner, procedure, handler as InvocationHandler, checkedDict(options))
    return this.#declare(declared)
  }

  /**
   * Calls a procedure in the open session; without one `whileAway` decides. Resolves to the first positional result, undefined when
   * there is none; `Value` is believed, not checked. The client never sends a call twice: when the session ends before the answer,
   * the DisconnectedError says whether the call may have run. `timeout` begins when the call is sent.
   *
   * @example
   * import { createClient } from '@trunkline/client'
   *
   * const client = createClient({ url: 'ws://127.0.0.1:8080/ws', realm: 'realm1' })
   * const sum = await client.call('com.example.add', [2, 3], { waitForCallee: 10_000 })
   * await client.stop()
   */
  call<Value = unknown>(procedure: string, args?: Args, options?: ClientCallOptions): Promise<Value>
  call(procedure: string, ...request: readonly [Args?, ClientCallOptions?]): Promise<unknown> {
    return this.callResult(procedure, ...request).then(valueOf)
  }

  /** Calls a procedure as {@link call} does; resolves to all of the result: `args`, `kwargs` and `details`. */
  callResult(procedure: string, args?: Args, options?: ClientCallOptions): Promise<CallResult>
  async callResult(procedure: string, args?: Args, options?: ClientCallOptions, ...more: readonly unknown[]): Promise<CallResult> {
    check('args', args ?? [], 'list')
    const { waitForCallee: waitMs = this.#options.waitForCallee ?? 0, ...callOptions } = dictOf(options) as ClientCallOptions
    check('waitForCallee', waitMs, 'number')
    checkLocal(callOptions)
    const request = [procedure, args, callOptions, ...(more as [])] as const
    const { signal, cancelMode: _mode, onProgress: _listener, ...sent } = callOptions
    const call = (sessionWithinMs?: number): Promise<CallResult> =>
      this.#request(
        sessionWithinMs === undefined ? this.#whileAway : { timeoutMs: sessionWithinMs },
        (session) => session.callResult(...request),
        () => checkRequest(CALL, procedure, this.#uriRule, given(args, sent, more)),
        signal,
      )
    return (waitMs > 0 ? this.#calleeWaits.until(waitMs, signal, call) : call()).catch(traced)
  }

  /**
   * Calls a procedure and gives the values of its progressive results to a loop, its final value by `result`. Leaving the loop cancels
   * the call. At most 1,000 results are queued; one more cancels the call, with `trunkline.error.limit_exceeded`.
   */
  stream<Progress = unknown, Value = unknown>(
    procedure: string,
    args?: Args,
    options?: StreamCallOptions<ClientCallOptions>,
    ...more: readonly never[]
  ): ProgressCall<Progress, Value> {
    const make = (callOptions: ClientCallOptions): Promise<CallResult> => this.callResult(procedure, args, callOptions, ...(more as []))
    return progressOf(make, options, this.#aborts) as ProgressCall<Progress, Value>
  }

  /**
   * Calls a procedure with arguments in chunks: lists of positional values, or `{ args, kwargs }`. They are sent as fast as the source
   * yields them; when it throws, the call is cancelled with that error. Resolves to the first positional result.
   * @throws {UsageError} unless the router announced `progressive_call_invocations`
   */
  async send<Value = unknown>(procedure: string, chunks: Chunks, options?: Omit<CallOptions, 'kwargs'>): Promise<Value> {
    checkChunks(chunks)
    const callOptions = dictOf(options) as CallOptions
    checkLocal(callOptions)
    const { signal, cancelMode: _mode, onProgress: _listener, ...sent } = callOptions
    const send = (session: Session): Promise<unknown> => sendChunks(session.openCall(procedure, options), chunks)
    const refuse = (): void => checkRequest(CALL, procedure, this.#uriRule, { args: [], kwargs: {}, options: sent })
    return this.#request(this.#whileAway, send, refuse, signal).catch(traced) as Promise<Value>
  }

  /**
   * Publishes an event in the open session; without one `whileAway` decides. Otherwise as `publish` of a session, but for `once`.
   *
   * @example
   * import { createClient } from '@trunkline/client'
   *
   * const client = createClient({ url: 'ws://127.0.0.1:8080/ws', realm: 'realm1' })
   * await client.publish('com.example.ticked', [1], { acknowledge: true })
   * await client.stop()
   */
  publish(topic: string, args: Args | undefined, options: ClientAcknowledgedPublish): Promise<number>
  publish(topic: string, args?: Args, options?: ClientPublishOptions): Promise<number | undefined>
  async publish(topic: string, args?: Args, options?: ClientPublishOptions, ...more: readonly unknown[]): Promise<number | undefined> {
    const { now, random } = this.#owner.pace
    const sent: PublishOptions | undefined = options?.once === undefined ? options : keyed(dictOf(options), random)
    const publish = (send: (session: Session) => Promise<number | undefined>, policy = this.#whileAway): Promise<number | undefined> =>
      this.#request(policy, send, () => checkRequest(PUBLISH, topic, this.#uriRule, given(args, sent, more)))
    const send = (session: Session): Promise<number | undefined> => session.publish(topic, args, sent, ...(more as []))
    const published = (options?.once ?? false) === false ? publish(send) : untilAnswered(publish, send, now)
    return sent?.acknowledge === true ? published.catch(traced) : published
  }

  get #uriRule(): 'loose' | 'strict' {
    return this.#options.uriRule ?? 'loose'
  }

  get #whileAway(): WhileAway {
    return this.#options.whileAway ?? DEFAULT_WHILE_AWAY
  }

  /** The open session; undefined also for a session that was just lost while the state is still `connected`. */
  get #session(): Session | undefined {
    const { state } = this
    return state.status === 'connected' && state.session.isOpen ? state.session : undefined
  }

  /**
   * @param refuse throws when the request is wrong: a session sees that itself, but one that waits is refused before it waits
   * @param signal withdraws a waiting request
   */
  #request<Value>(policy: WhileAway, send: (session: Session) => Promise<Value>, refuse: () => void, signal?: AbortSignal): Promise<Value> {
    const session = this.#session
    if (session !== undefined) return send(session)
    refuse()
    if (this.#isLazy) this.start()
    const stopped = this.#stoppedBy()
    if (stopped !== undefined) return Promise.reject(stopped)
    const { state } = this
    const cause = state.status === 'waiting' ? state.cause : undefined
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason)
      const listening: { end?: () => void } = {}
      const takeBack = this.#waiting.add(
        policy,
        cause,
        (next) => {
          listening.end?.()
          resolve(send(next))
        },
        (error) => {
          listening.end?.()
          reject(error)
        },
      )
      if (signal === undefined || takeBack === undefined) return
      listening.end = this.#aborts.on(signal, () => {
        takeBack()
        reject(signal.reason)
      })
    })
  }

  #listen(topic: string, receiver: EventHandler | EventStream, options: SubscribeOptions | undefined): Pending<SubscriptionDeclaration> {
    checkUri(topic, this.#uriRule, options?.match ?? 'exact')
    return this.#declare(new SubscriptionDeclaration(this.#owner, topic, receiver, checkedDict(options)))
  }

  #declare<Declared extends Declaration>(declaration: Declared): Pending<Declared> {
    this.#declarations.add(declaration)
    if (this.#session !== undefined) declaration.restore(this.#session)
    if (this.#isLazy) this.start()
    return awaitable(declaration, () => declaration.ready)
  }

  #opened(session: Session): void {
    if (!session.isOpen) return
    this.#lastSession = session.id
    for (const declaration of this.#declarations) declaration.restore(session)
    this.#waiting.sendAll(session)
  }

  #stopped(): void {
    const error = this.#stoppedBy() ?? notSent('the client is stopped', undefined)
    for (const declaration of this.#declarations) declaration.stopped(error)
    this.#waiting.rejectAll(error)
    this.#calleeWaits.rejectAll(error)
  }

  #stoppedBy(): ReturnType<typeof notSent> | undefined {
    const { state } = this
    return state.status === 'stopped' ? notSent('the client is stopped', state.cause) : undefined
  }

  async #openTransport(url: string, signal: AbortSignal): Promise<ClientTransport> {
    const { openTransport: open = openTransport, serializer = json(), tls, headers, httpAgent } = this.#options
    const transport = await open(url, { serializer, signal, tls, headers, httpAgent })
    return this.#listening.silenceMs === Infinity ? transport : new ListeningTransport(transport, this.#listening)
  }

  /** Sends a request that the router answers in any case, to see whether it is alive. */
  #ask(): void {
    this.#session?.call('wamp.session.count').catch(() => undefined)
  }
}
