// The session of autobahn-js over a session of this client.

import { UsageError } from '@trunkline/protocol'
import type { CancelMode } from '@trunkline/protocol'
import type { OpenCall } from '../call-parts.ts'
import { camelCase } from '../checks.ts'
import type { Args, CallResult, Kwargs } from '../results.ts'
import type * as client from '../session.ts'
import type { Endpoint, Handler, Options } from './declared.ts'
import { Registration, Subscription } from './declared.ts'
import type { Invocation } from './values.ts'
import { answerOf, AutobahnError, errorOf, eventOf, invocationOf, Publication, refusalOf, valueOf } from './values.ts'

/** A session of a {@link Connection}. What it subscribes and registers ends with it. */
export class Session {
  /** Whether calls disclose the caller unless they say otherwise. */
  caller_disclose_me = false
  /** Whether publications disclose the publisher unless they say otherwise. */
  publisher_disclose_me = false
  #session: client.Session | undefined
  readonly #prefixes = new Map<string, string>()
  readonly #subscriptions = new Set<Subscription>()
  readonly #registrations = new Set<Registration>()

  /** The session of the client, for what autobahn-js has no name for; undefined until WELCOME. */
  get native(): client.Session | undefined {
    return this.#session
  }

  /** Called once by the connection, at WELCOME. */
  opened(session: client.Session): void {
    this.#session = session
  }

  get id(): number | null {
    return this.isOpen ? (this.#session?.id ?? null) : null
  }

  get realm(): string | null {
    return this.isOpen ? (this.#session?.realm ?? null) : null
  }

  get isOpen(): boolean {
    return this.#session?.isOpen === true
  }

  get subscriptions(): readonly Subscription[] {
    return [...this.#subscriptions]
  }

  get registrations(): readonly Registration[] {
    return [...this.#registrations]
  }

  /** Calls a procedure: one value, null for none, or a `Result`. Rejects with an `Error` of this entry. */
  call<T = unknown>(procedure: string, args?: Args | null, kwargs?: Kwargs | null, options?: Options | null): CallPromise<T> {
    const { receive_progress: isProgressive, ...others } = this.#disclosing(options, this.caller_disclose_me)
    return new CallPromise((hear) => {
      const onProgress = isProgressive === true ? (result: CallResult) => hear(valueOf(result)) : undefined
      const call = this.#open.openCall(this.resolve(procedure), { ...camel(others), onProgress })
      call.end(args ?? [], { kwargs: kwargs ?? {} })
      return call
    })
  }

  /** Resolves to a `Publication` with `acknowledge: true`, and else to nothing when the event was sent. */
  publish(topic: string, args?: Args | null, kwargs?: Kwargs | null, options?: Options | null): Promise<Publication | undefined> {
    return this.#asked(async (session) => {
      const others = camel(this.#disclosing(options, this.publisher_disclose_me))
      const id: unknown = await session.publish(this.resolve(topic), args ?? [], { ...others, kwargs: kwargs ?? {} })
      return typeof id === 'number' ? new Publication(id) : undefined
    })
  }

  subscribe<A extends Args = Args, K extends Kwargs = Kwargs>(
    topic: string,
    handler: Handler<A, K>,
    options?: Options | null,
  ): Promise<Subscription> {
    return this.#asked(async (session) => {
      if (typeof handler !== 'function') throw new UsageError('handler: expected function')
      const given: { subscription?: Subscription } = {}
      const held = await session.subscribe<A, K>(
        this.resolve(topic),
        (event) => handler(event.args, event.kwargs, eventOf(event), given.subscription),
        camel(options),
      )
      const subscription = new Subscription(topic, handler as unknown as Handler, options ?? {}, held)
      return keep(this.#subscriptions, (given.subscription = subscription), subscription.on_unsubscribe)
    })
  }

  register<A extends Args = Args, K extends Kwargs = Kwargs>(
    procedure: string,
    endpoint: Endpoint<A, K>,
    options?: Options | null,
  ): Promise<Registration> {
    return this.#asked(async (session) => {
      if (typeof endpoint !== 'function') throw new UsageError('endpoint: expected function')
      const answer = async (args: A, kwargs: K, details: Invocation): Promise<unknown> => {
        try {
          return answerOf(await endpoint(args, kwargs, details))
        } catch (error) {
          throw refusalOf(error)
        }
      }
      const held = await session.register<A, K>(
        this.resolve(procedure),
        (invocation) => answer(invocation.args, invocation.kwargs, invocationOf(invocation)),
        camel(options),
      )
      const registration = new Registration(procedure, endpoint as unknown as Endpoint, options ?? {}, held)
      return keep(this.#registrations, registration, registration.on_unregister)
    })
  }

  unsubscribe(subscription: Subscription): Promise<boolean> {
    return subscription.unsubscribe()
  }

  unregister(registration: Registration): Promise<boolean> {
    return registration.unregister()
  }

  /** Leaves the realm; the connection closes, and does not open again. */
  leave(reason = 'wamp.close.normal', message?: string): Promise<void> {
    return this.#asked((session) => session.leave(reason, message))
  }

  /** Lets `name:rest` stand for `uri.rest` in all requests; without `uri` no longer. */
  prefix(name: string, uri?: string | null): void {
    if (uri) this.#prefixes.set(name, uri)
    else this.#prefixes.delete(name)
  }

  /** The URI that `name:rest` stands for. */
  resolve(curie: string): string {
    const [name = '', ...rest] = String(curie).split(':')
    const prefix = this.#prefixes.get(name)
    return prefix === undefined || rest.length === 0 ? curie : `${prefix}.${rest.join(':')}`
  }

  get #open(): client.Session {
    if (this.#session === undefined || !this.isOpen) throw new UsageError('session not open')
    return this.#session
  }

  async #asked<T>(ask: (session: client.Session) => Promise<T>): Promise<T> {
    try {
      return await ask(this.#open)
    } catch (error) {
      throw errorOf(error)
    }
  }

  #disclosing(options: Options | null | undefined, byDefault: boolean): Options {
    return { ...(byDefault && { disclose_me: true }), ...options }
  }
}

/** The promise of a call: `then` takes a third function, for progressive results. */
export class CallPromise<T> extends Promise<T> {
  readonly #heard: ((value: unknown) => unknown)[] = []
  readonly #call: OpenCall | undefined

  /** @param open sends the call; what it hears are progressive results */
  constructor(open: (hear: (value: unknown) => void) => OpenCall) {
    let settle: (result: Promise<T>) => void = () => undefined
    super((resolve) => {
      settle = resolve
    })
    try {
      this.#call = open((value) => this.#heard.forEach((listener) => listener(value)))
      settle(this.#call.result.then((result) => valueOf(result) as T, thrown))
    } catch (error) {
      settle(Promise.reject(errorOf(error)))
    }
  }

  /** What `then` gives is a promise like any other. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  // oxlint-disable-next-line unicorn/no-thenable -- a promise, and it stays one
  override then<R = T, E = never>(
    onResult?: ((value: T) => R | PromiseLike<R>) | null,
    onError?: ((reason: AutobahnError) => E | PromiseLike<E>) | null,
    onProgress?: ((value: never) => unknown) | null,
  ): Promise<R | E> {
    if (typeof onProgress === 'function') this.#heard.push(onProgress as (value: unknown) => unknown)
    return super.then(onResult, onError)
  }

  /** Cancels the call. With `kill` the callee's answer settles it, else it rejects at once. */
  cancel({ mode }: { readonly mode?: CancelMode } = {}): void {
    this.#call?.cancel(mode, new AutobahnError('Cancelled'))
  }
}

function thrown(error: unknown): never {
  throw errorOf(error)
}

/** Keeps an entry until it ends. */
function keep<T>(entries: Set<T>, entry: T, ended: Promise<unknown>): T {
  entries.add(entry)
  void ended.then(() => entries.delete(entry))
  return entry
}

/** Options with the client's names. */
function camel(options: Options | null | undefined): Options {
  return Object.fromEntries(Object.entries(options ?? {}).map(([name, value]) => [name.startsWith('_') ? name : camelCase(name), value]))
}
