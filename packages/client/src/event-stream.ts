// The events of one subscription for a loop: a bounded queue that drops nothing without saying so.

import type { Aborts } from './aborts.ts'
import { checkSignal } from './aborts.ts'
import { check } from './checks.ts'
import { Inbox } from './inbox.ts'
import type { Overflow, SharedLoopOptions } from '@trunkline/protocol'
import { UsageError } from '@trunkline/protocol'
import type { SubscribeOptions } from './options.ts'
import type { Args, Kwargs } from './results.ts'
import type { EventHandler, ReceivedEvent, Subscription } from './subscriber.ts'

const MOST_QUEUED = 1000

/** Options of a subscription in a loop. */
export interface StreamOptions extends SubscribeOptions, SharedLoopOptions {
  /** Ends the loop when it aborts, with its reason. */
  readonly signal?: AbortSignal | undefined
}

/** An event in a loop. */
export interface StreamedEvent<A extends Args = Args, K extends object = Kwargs> extends ReceivedEvent<A, K> {
  /** How many events before this one were dropped, by the loop or by the router; absent: none. */
  readonly lost?: number
  /** Present with the first event after the client has subscribed again: an unknown number of events may be missing. */
  readonly reconnected?: true
  /** Present with the first event after the client has subscribed again to durable topics: the router has given all that was missed. */
  readonly recovered?: true
}

/** More events waited for a loop than its `buffer` holds. */
export class OverflowError extends Error {
  override readonly name = 'OverflowError'
  readonly code = 'TL_OVERFLOW'
}

const OVERFLOWS: readonly unknown[] = ['fail', 'drop_oldest', 'drop_newest', 'latest']

type Queued = { -readonly [Name in keyof StreamedEvent]: StreamedEvent[Name] }

/**
 * Events for one `for await` loop. It ends with `return` or `break`, with `await using`, when its signal aborts, on overflow, and when
 * the client stops.
 */
export class EventStream<A extends Args = Args, K extends object = Kwargs> extends Inbox<StreamedEvent<A, K>> {
  readonly #most: number
  readonly #overflow: Overflow
  readonly #leave: () => void
  /** Of events that were dropped, for the next one. */
  #lost = 0
  #isReconnected = false
  #isRecovered = false
  #subscription: Subscription | undefined

  /**
   * @param leave unsubscribes
   * @throws {UsageError} for options that cannot work
   */
  constructor({ buffer = MOST_QUEUED, overflow = 'fail', signal }: StreamOptions, leave: () => void) {
    check('buffer', buffer, 'number')
    if (!(buffer >= 1)) throw new UsageError('buffer: expected a number from 1 on')
    if (signal !== undefined) checkSignal(signal)
    if (!OVERFLOWS.includes(overflow)) throw new UsageError(`overflow: expected one of ${OVERFLOWS.join(', ')}`)
    const most = overflow === 'latest' ? 1 : buffer
    super(most, leave)
    this.#most = most
    this.#overflow = overflow
    this.#leave = leave
  }

  /** Ends the loop when the signal aborts. */
  obey(signal: AbortSignal, aborts: Aborts): void {
    const abort = (): void => this.#fail(signal.reason)
    if (signal.aborted) abort()
    else aborts.on(signal, abort)
  }

  /** The router has granted a subscription. */
  granted(subscription: Subscription): void {
    if (this.#subscription === subscription) return
    if (this.#subscription !== undefined) {
      if (subscription.recovered === true) this.#isRecovered = true
      else this.#isReconnected = true
    }
    this.#subscription = subscription
  }

  /** Takes the events of the subscription. */
  readonly handler: EventHandler = (event) => {
    const gap = event.details['_gap']
    this.#lost += typeof gap === 'number' ? gap : 0
    this.granted(event.subscription)
    const queued: Queued = { ...event }
    if (this.#lost > 0) queued.lost = this.#lost
    if (this.#isReconnected) queued.reconnected = true
    else if (this.#isRecovered) queued.recovered = true
    if (this.put(queued as StreamedEvent<A, K>)) this.#forget()
    else this.#overflowed(queued)
  }

  #overflowed(event: Queued): void {
    if (this.#overflow === 'fail') return this.#fail(new OverflowError(`more than ${this.#most} events wait for the loop`))
    this.#lost++
    if (this.#overflow === 'drop_newest') return
    const { lost = 0, reconnected, recovered } = this.waiting.shift() ?? {}
    const next = (this.waiting[0] as Queued | undefined) ?? event
    next.lost = (next.lost ?? 0) + lost + 1
    if (reconnected) next.reconnected = true
    else if (recovered && !next.reconnected) next.recovered = true
    this.waiting.push(event as StreamedEvent<A, K>)
    this.#forget()
  }

  #forget(): void {
    this.#lost = 0
    this.#isReconnected = false
    this.#isRecovered = false
  }

  #fail(error: unknown): void {
    if (this.end({ error })) this.#leave()
  }
}
