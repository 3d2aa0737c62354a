// A client that outlives its connections: it keeps the declarations and requests of an application over one session after
// another.

import { CALL, PUBLISH } from '@trunkline/protocol'
import { Aborts } from '../aborts.ts'
import type { InvocationHandler } from '../invocation.ts'
import { check, checkNamed, checkOptions } from '../checks.ts'
import { systemClock } from '../clock.ts'
import type { OpenSessionOptions } from '../open-session.ts'
import { HELLO_NAMES, helloDetails, openWithin } from '../open-session.ts'
import { json } from '../json-text.ts'
import type { CallOptions, PublishOptions, RegisterOptions, SubscribeOptions } from '../options.ts'
import { given, wireOptions } from '../options.ts'
import { checkPayload } from '../passthru.ts'
import { createReporter } from '../report.ts'
import type { Args, CallResult } from '../results.ts'
import { valueOf } from '../results.ts'
import type { AcknowledgedPublish, Session } from '../session.ts'
import type { EventHandler } from '../subscriber.ts'
import { openTransport } from '../transports/open-transport.ts'
import type { ClientTransport, OpenTransportOptions } from '../transports/transport.ts'
import { checkOwnUri, checkUri } from '../uri-check.ts'
import type { WhileAway } from './away.ts'
import { DEFAULT_WHILE_AWAY, notSent, WaitingRequests } from './away.ts'
import type { Backoff } from './backoff.ts'
import { DEFAULT_BACKOFF } from './backoff.ts'
import { CalleeWaits } from './callee-wait.ts'
import type { Declaration, DeclarationOwner } from './declaration.ts'
import type { DeclaredRegistration, DeclaredSubscription } from './declared.ts'
import { RegistrationDeclaration, SubscriptionDeclaration } from './declared.ts'
import type { Environment } from './environment.ts'
import { systemEnvironment } from './environment.ts'
import type { Listening } from './listening-transport.ts'
import { ListeningTransport } from './listening-transport.ts'
import { Obstacles } from './obstacles.ts'
import { Reconnection } from './reconnection.ts'
import { isFinal } from './refusals.ts'
import type { ClientState } from './states.ts'
import { StateListeners } from './states.ts'
import type { Urls } from './urls.ts'
import { UrlsInTurn } from './urls.ts'

/** The further names in {@link ClientOptions}. */
const CLIENT_NAMES =
  'urls backoff:dict whileAway:string|dict waitForCallee:number silenceMs:number openTransport:function now:function environment:object'

/** A router pings at this interval. */
const SILENCE_MS = 30_000

/** As the options of {@link openSession}, but for several routers. */
export interface ClientOptions extends Omit<OpenSessionOptions, 'url' | 'transport'> {
  /**
   * Routers that serve the same realm, tried in this order, the next after every failure or lost session; or a function that
   * returns them, called at each attempt. An exception of it counts as a failed attempt.
   */
  readonly urls: Urls
  readonly backoff?: Partial<Backoff> | undefined
  /** The policy for calls and publications while there is no session. Default `{ timeoutMs: 10_000 }`. */
  readonly whileAway?: WhileAway | undefined
  /** The default of this option of calls. Default 0. */
  readonly waitForCallee?: number | undefined
  /**
   * The milliseconds without a message after which the client sends a request to the router. After ten more seconds without a
   * message it ends the connection and opens another. Default 30 000; `Infinity`: never.
   */
  readonly silenceMs?: number | undefined
  /** Opens a transport in place of the network. Must reject when the signal aborts. */
  readonly openTransport?: ((url: string, options: OpenTransportOptions) => ClientTransport | Promise<ClientTransport>) | undefined
  /** For simulations: milliseconds since 1970. */
  readonly now?: (() => number) | undefined
  /** Reports when to connect at once. Default: the page or worker; in Node nothing. */
  readonly environment?: Environment | undefined
}

/** Options of a call of a client. */
export interface ClientCallOptions extends CallOptions {
  /**
   * The milliseconds for which the client repeats the call while the procedure has no callee, for example after a restart of the
   * router. It never repeats a call that may have run. Needs a router that marks its own answer by `callees: 0` in the
   * details, as Trunkline does; with others the first answer counts. Default: that of the client.
   */
  readonly waitForCallee?: number | undefined
}

/**
 * Makes a client that connects at once, and again whenever its session is lost.
 *
 * @example
 * import { createClient } from '@trunkline/client'
 *
 * const client = createClient({ urls: 'ws://127.0.0.1:8080/ws', realm: 'realm1' })
 * client.subscribe('com.example.ticked', ({ args }) => console.log(args[0]))
 * const sum = await client.call('com.example.add', [2, 3])
 * await client.stop()
 *
 * @throws {UsageError} when the options cannot work
 */
export function createClient(options: ClientOptions): Client {
  return new Client(options)
}

/** A client, made by {@link createClient}. */
export class Client {
  readonly #options: ClientOptions
  readonly #listeners: StateListeners
  readonly #waiting: WaitingRequests
  readonly #reconnection: Reconnection
  readonly #declarations = new Set<Declaration>()
  readonly #aborts = new Aborts()
  readonly #calleeWaits: CalleeWaits
  readonly #owner: DeclarationOwner
  readonly #listening: Listening
  /** The last session opened, which the next one replaces: a router that has not noticed its loss would keep its registrations. */
  #lastSession: number | undefined

  constructor(options: ClientOptions) {
    const { clock = systemClock, now = Date.now, random = Math.random, environment = systemEnvironment } = options
    checkNamed('options', options, `${CLIENT_NAMES} ${HELLO_NAMES}`)
    const urls = new UrlsInTurn(options.urls)
    helloDetails(options)
    const report = createReporter(options.onError)
    this.#options = options
    this.#listening = { clock, now, environment, silenceMs: options.silenceMs ?? SILENCE_MS, ask: () => this.#ask() }
    this.#listeners = new StateListeners(report)
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
            { ...options, replaces: this.#lastSession },
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
    this.start()
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
    this.#reconnection.start()
  }

  /**
   * Leaves the realm and does not connect again. Requests in flight and waiting requests reject; declarations
   * stay for a later `start`. Resolves when the connection is closed.
   */
  stop(): Promise<void> {
    return this.#reconnection.stop()
  }

  /** Ends the delay between two attempts; otherwise has no effect. */
  connectNow(): void {
    this.#reconnection.connectNow()
  }

  /** The open session, or the next one, without a time limit. Rejects with a DisconnectedError when the client stops. */
  session(): Promise<Session> {
    return this.#request('wait', (session) => Promise.resolve(session))
  }

  /**
   * Declares a subscription: every session subscribes again, in the order of declarations.
   * @throws {UsageError} for a topic or options that a router would refuse
   */
  subscribe(topic: string, handler: EventHandler, options?: SubscribeOptions): DeclaredSubscription {
    checkUri(topic, this.#uriRule, options?.match ?? 'exact')
    check('handler', handler, 'function')
    return this.#declare(new SubscriptionDeclaration(this.#owner, topic, handler, checkedDict(options)))
  }

  /**
   * Declares a registration: every session registers again, in the order of declarations.
   * @throws {UsageError} for a procedure or options that a router would refuse
   */
  register(procedure: string, handler: InvocationHandler, options?: RegisterOptions): DeclaredRegistration {
    checkOwnUri(procedure, this.#uriRule, options?.match ?? 'exact')
    check('handler', handler, 'function')
    return this.#declare(new RegistrationDeclaration(this.#owner, procedure, handler, checkedDict(options)))
  }

  /**
   * Calls a procedure in the open session; without one `whileAway` decides. Resolves to the first positional result, undefined when
   * there is none; `Value` is believed, not checked. The client never sends a call twice: when the session ends before the answer,
   * the DisconnectedError says whether the call may have run. `timeout` begins when the call is sent.
   *
   * @example
   * import { createClient } from '@trunkline/client'
   *
   * const client = createClient({ urls: 'ws://127.0.0.1:8080/ws', realm: 'realm1' })
   * const sum = await client.call('com.example.add', [2, 3], { waitForCallee: 10_000 })
   * await client.stop()
   */
  call<Value = unknown>(procedure: string, args?: Args, options?: ClientCallOptions): Promise<Value>
  call(procedure: string, ...request: readonly [Args?, ClientCallOptions?]): Promise<unknown> {
    return this.callResult(procedure, ...request).then(valueOf)
  }

  /** Calls a procedure as {@link call} does; resolves to all of the result: `args`, `kwargs` and `details`. */
  callResult(procedure: string, args?: Args, options?: ClientCallOptions): Promise<CallResult>
  async callResult(procedure: string, values?: Args, withKwargs?: ClientCallOptions, ...more: readonly unknown[]): Promise<CallResult> {
    checkUri(procedure, this.#uriRule)
    const { args, kwargs, options } = given(values, withKwargs, more)
    const { waitForCallee: waitMs = this.#options.waitForCallee ?? 0, ...callOptions } = options
    const { signal, cancelMode: _mode, onProgress: _listener, ...sent } = callOptions
    check('waitForCallee', waitMs, 'number')
    checkPayload(args, kwargs)
    checkOptions({ type: CALL, request: 1, options: wireOptions(CALL, sent), procedure, payload: undefined })
    const call = (sessionWithinMs?: number): Promise<CallResult> =>
      this.#request(
        sessionWithinMs === undefined ? this.#whileAway : { timeoutMs: sessionWithinMs },
        (session) => session.callResult(procedure, args, { ...callOptions, kwargs }),
        signal,
      )
    return waitMs > 0 ? this.#calleeWaits.until(waitMs, signal, call) : call()
  }

  /** Publishes an event in the open session; without one `whileAway` decides. Otherwise as `publish` of a session. */
  publish(topic: string, args: Args | undefined, options: AcknowledgedPublish): Promise<number>
  publish(topic: string, args?: Args, options?: PublishOptions): Promise<number | undefined>
  async publish(topic: string, values?: Args, publishOptions?: PublishOptions, ...more: readonly unknown[]): Promise<number | undefined> {
    checkOwnUri(topic, this.#uriRule)
    const { args, kwargs, options } = given(values, publishOptions, more)
    checkPayload(args, kwargs)
    checkOptions({ type: PUBLISH, request: 1, options: wireOptions(PUBLISH, options), topic, payload: undefined })
    return this.#request(this.#whileAway, (session) => session.publish(topic, args, { ...options, kwargs }))
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

  /** @param signal withdraws a waiting request */
  #request<Value>(policy: WhileAway, send: (session: Session) => Promise<Value>, signal?: AbortSignal): Promise<Value> {
    const session = this.#session
    if (session !== undefined) return send(session)
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

  #declare<Declared extends Declaration>(declaration: Declared): Declared {
    this.#declarations.add(declaration)
    if (this.#session !== undefined) declaration.restore(this.#session)
    return declaration
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

/** Options, empty when absent. @throws {UsageError} when they are no dict */
function checkedDict<Options extends object>(options: Options | undefined | null): Partial<Options> {
  check('options', options ?? {}, 'dict')
  return options ?? {}
}
