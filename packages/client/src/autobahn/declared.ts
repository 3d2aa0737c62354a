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

/** One handler on one topic. */
export class Subscription {
  readonly topic: string
  readonly handler: Handler
  readonly options: Options
  readonly id: number
  /** Resolves when it has ended, to the reason if the router ended it. */
  readonly on_unsubscribe: Promise<string | undefined>
  active = true
  readonly #held: subscriber.Subscription

  constructor(topic: string, handler: Handler, options: Options, held: subscriber.Subscription) {
    this.topic = topic
    this.handler = handler
    this.options = options
    this.id = held.id
    this.#held = held
    this.on_unsubscribe = held.ended.then(({ reason }) => {
      this.active = false
      return reason
    })
  }

  /** Resolves when the router knows. */
  async unsubscribe(): Promise<boolean> {
    this.active = false
    await this.#held.unsubscribe()
    return true
  }
}

/** One procedure of this session. */
export class Registration {
  readonly procedure: string
  readonly endpoint: Endpoint
  readonly options: Options
  readonly id: number
  /** Resolves when it has ended, to the reason if the router ended it. */
  readonly on_unregister: Promise<string | undefined>
  active = true
  readonly #held: invocation.Registration

  constructor(procedure: string, endpoint: Endpoint, options: Options, held: invocation.Registration) {
    this.procedure = procedure
    this.endpoint = endpoint
    this.options = options
    this.id = held.id
    this.#held = held
    this.on_unregister = held.ended.then(({ reason }) => {
      this.active = false
      return reason
    })
  }

  /** Resolves when the router knows. */
  async unregister(): Promise<boolean> {
    this.active = false
    await this.#held.unregister()
    return true
  }
}
