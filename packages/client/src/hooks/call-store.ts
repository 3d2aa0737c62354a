// The outcome of a call, made once for all components that look at the same procedure with the same parameters.

import { WITH_SIGNAL } from '@trunkline/protocol'
import { systemClock } from '../clock.ts'
import { settlable } from '../settlable.ts'
import type { Place, Store } from './shared-store.ts'
import { SharedStore, sharedStore } from './shared-store.ts'

/** A procedure as its caller has it: that of a contract, or any function that returns a promise and names what it calls. */
export type AnyCall<Parameters extends readonly unknown[], Value> = ((...parameters: Parameters) => Promise<Value>) & {
  readonly uri: string
}

/**
 * What is known of a call.
 * - `pending`: there is no outcome yet.
 * - `success`: `data` is the latest value.
 * - `error`: the latest call failed with `error`; `data` is the value before it, if there is one.
 */
export interface CallState<Value> {
  readonly status: 'pending' | 'success' | 'error'
  readonly data: Value | undefined
  readonly error: unknown
  /** Whether a call is in flight. */
  readonly isFetching: boolean
}

export interface CallStore<Value> extends Store<CallState<Value>> {
  /** Calls again; an earlier call in flight is cancelled. Never rejects: resolves when the outcome is in `get()`. */
  readonly refetch: () => Promise<void>
}

/** What a component needs that waits for the first outcome, and cannot look before. */
export interface AwaitableCall<Value> extends CallStore<Value> {
  /** Makes the call, and resolves when there is an outcome, which is kept for some seconds. */
  readonly settled: () => Promise<void>
  /** The outcome was a failure, which a component has thrown: the next one calls again. */
  readonly release: () => void
}

export const PENDING: CallState<never> = { status: 'pending', data: undefined, error: undefined, isFetching: true }

/** How long an outcome is kept for a component that waits for it. */
const KEPT_MS = 5000

/**
 * The store of a call. The call is made when the first component looks, and cancelled when the last one has left before the outcome.
 * A turn after that the store is forgotten: the next component calls again.
 * @param call the same function each time: make `client.use(contract)` once, outside of components
 *
 * @example
 * import { connect } from '@trunkline/client'
 * import { callStore } from '@trunkline/client/store'
 * import { contract, procedure } from '@trunkline/contract'
 * import { z } from 'zod'
 *
 * const sums = contract('com.example', { add: procedure({ args: [z.number(), z.number()], result: z.number() }) })
 * const client = await connect({ url: 'ws://127.0.0.1:8080/ws', realm: 'realm1' })
 * const store = callStore(client.use(sums).add, 2, 3)
 * await new Promise((resolve) => {
 *   store.subscribe(() => resolve(undefined))
 * })
 * console.log(store.get().data) // 5
 * await client.stop()
 */
export function callStore<Parameters extends readonly unknown[], Value>(
  call: AnyCall<Parameters, Value>,
  ...parameters: Parameters
): CallStore<Value> {
  return awaitableCall(call, ...parameters)
}

/** The same store, for components that wait. */
export function awaitableCall<Parameters extends readonly unknown[], Value>(
  call: AnyCall<Parameters, Value>,
  ...parameters: Parameters
): AwaitableCall<Value> {
  return sharedStore(call, parameters, (place) => new SharedCall((signal) => cancellable(call, signal)(...parameters), place))
}

/** The call that a signal cancels: a function of the application takes none. */
export function cancellable<Parameters extends readonly unknown[], Value>(
  call: AnyCall<Parameters, Value>,
  signal: AbortSignal,
): (...parameters: Parameters) => Promise<Value> {
  const { [WITH_SIGNAL]: withSignal } = call as { [WITH_SIGNAL]?: (signal: AbortSignal) => typeof call }
  return withSignal?.(signal) ?? call
}

class SharedCall<Value> extends SharedStore<CallState<Value>> implements AwaitableCall<Value> {
  readonly #call: (signal: AbortSignal) => Promise<Value>
  /** Cancels the call in flight. */
  #flight: AbortController | undefined
  #first = settlable<void>()
  /** Whether a component waits, or may be about to look. */
  #isAwaited = false

  constructor(call: (signal: AbortSignal) => Promise<Value>, place: Place) {
    super(PENDING, place)
    this.#call = call
  }

  readonly refetch = async (): Promise<void> => {
    this.#flight?.abort()
    const flight = new AbortController()
    this.#flight = flight
    const before = this.get()
    if (!before.isFetching) this.set({ ...before, isFetching: true })
    const after = await this.#outcome(flight.signal)
    if (this.#flight !== flight) return
    this.#flight = undefined
    this.set(after)
    this.#first.resolve()
  }

  readonly settled = (): Promise<void> => {
    this.wake()
    if (!this.#isAwaited) void this.#keep(this.#first.promise)
    return this.#first.promise
  }

  readonly release = (): void => {
    this.#isAwaited = false
    this.sleepLater()
  }

  protected override get isKept(): boolean {
    return this.#isAwaited
  }

  protected wake(): void {
    if (this.#flight === undefined && this.get().status === 'pending') void this.refetch()
  }

  protected sleep(): void {
    this.#flight?.abort()
    this.#flight = undefined
    this.#first = settlable<void>()
    // For a component that was only hidden, and looks again.
    this.set(PENDING)
  }

  async #keep(first: Promise<void>): Promise<void> {
    this.#isAwaited = true
    await first
    systemClock.setTimer(this.release, KEPT_MS)
  }

  async #outcome(signal: AbortSignal): Promise<CallState<Value>> {
    try {
      return { status: 'success', data: await this.#call(signal), error: undefined, isFetching: false }
    } catch (error) {
      return { status: 'error', data: this.get().data, error, isFetching: false }
    }
  }
}
