// Subscriptions and registrations, by autobahn-js's names.

import type * as invocation from '../invocation.ts'
import type * as subscriber from '../subscriber.ts'
import type { Args, Kwargs } from '../results.ts'
import type { Event, Invocation } from './values.ts'

/** Options of requests, by their names on the wire: `{ disclose_me: true }`. */
export type Options = Readonly<Record<string, unknown>>
/** Gets events. The types of `args` and `kwargs` are believed. */
export type Handler<A extends Args = Args, K extends Kwargs = Kwargs> = (
  args: A,
  kwargs: K,
  details: Event,
  subscription?: Subscription,
) => unknown
/** Answers calls, by a value, a `Result` or a promise; it throws an `Error` of this entry to choose what the caller gets. */
export type Endpoint<A extends Args = Args, K extends Kwargs = Kwargs> = (args: A, kwargs: K, details: Invocation) => unknown

/** What an application has asked for, and the session has: a subscription or a registration. */
class Declared {
  readonly options: Options
  readonly id: number
  active = true
  /** Resolves when it has ended, to the reason if the router ended it. */
  protected readonly ended: Promise<string | undefined>

  constructor(options: Options, { id, ended }: Pick<subscriber.Subscription | invocation.Registration, 'id' | 'ended'>) {
    this.options = options
    this.id = id
    this.ended = ended.then(({ reason }) => {
      this.active = false
      return reason
    })
  }

  protected async withdraw(end: () => Promise<void>): Promise<boolean> {
    this.active = false
    await end()
    return true
  }
}

/** One handler on one topic. */
export class Subscription extends Declared {
  readonly topic: string
  readonly handler: Handler
  readonly #held: subscriber.Subscription

  constructor(topic: string, handler: Handler, options: Options, held: subscriber.Subscription) {
    super(options, held)
    this.topic = topic
    this.handler = handler
    this.#held = held
  }

  /** Resolves when it has ended, to the reason if the router ended it. */
  get on_unsubscribe(): Promise<string | undefined> {
    return this.ended
  }

  /** Resolves when the router knows. */
  unsubscribe(): Promise<boolean> {
    return this.withdraw(() => this.#held.unsubscribe())
  }
}

/** One procedure of this session. */
export class Registration extends Declared {
  readonly procedure: string
  readonly endpoint: Endpoint
  readonly #held: invocation.Registration

  constructor(procedure: string, endpoint: Endpoint, options: Options, held: invocation.Registration) {
    super(options, held)
    this.procedure = procedure
    this.endpoint = endpoint
    this.#held = held
  }

  /** Resolves when it has ended, to the reason if the router ended it. */
  get on_unregister(): Promise<string | undefined> {
    return this.ended
  }

  /** Resolves when the router knows. */
  unregister(): Promise<boolean> {
    return this.withdraw(() => this.#held.unregister())
  }
}
