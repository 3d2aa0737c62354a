// Time in a test: it stands until the test moves it, or runs as it does outside.

import type { ClientOptions } from '@trunkline/client'
import { UsageError } from '@trunkline/protocol'
import type { RouterOptions } from '@trunkline/router'
import type { Activity } from './activity.ts'
import { ManualClock, Timers } from './ports.ts'

/** Time as a test has it. */
export interface TestClock {
  /** Milliseconds since 1970. */
  now(): number
  /**
   * Lets milliseconds pass: what falls due happens in order, each time with all that follows from it, before this resolves.
   * Files, networks and threads that a handler waits for are not awaited.
   * @throws {UsageError} (rejects) with the clock of the system, and for a negative number
   */
  advance(milliseconds: number): Promise<void>
  /** Resolves when everything has happened that needs no time. */
  settle(): Promise<void>
}

/** Time as a test router has it. */
export interface Time extends TestClock {
  /** Milliseconds since the test router was made. */
  elapsed(): number
  /** Calls `run` once after `delayMs`, unless the returned function was called first. */
  setTimer(run: () => void, delayMs: number): () => void
  readonly ofRouter: Pick<RouterOptions, 'clock' | 'alarm'>
  readonly ofClients: Pick<ClientOptions, 'clock' | 'now' | 'environment'>
}

/** A router looks once a second whether something took too long. */
const SWEEP_MS = 1000

/** Time that stands until `advance`. */
export class ManualTime implements Time {
  readonly ofRouter: Required<Pick<RouterOptions, 'clock' | 'alarm'>>
  readonly ofClients: Pick<ClientOptions, 'clock' | 'now' | 'environment'>
  readonly #clock = new ManualClock()
  readonly #since = this.#clock.monotonic()
  readonly #timers = new Timers()
  readonly #activity: Activity
  readonly #tick: () => void
  #cancelAlarm = (): void => undefined

  /** @param tick has the router look at its clock */
  constructor(activity: Activity, tick: () => void) {
    this.#activity = activity
    this.#tick = tick
    this.ofRouter = { clock: this.#clock, alarm: { set: (at) => this.#setAlarm(at) } }
    this.ofClients = {
      clock: { setTimer: (run, delayMs) => this.setTimer(run, delayMs) },
      now: () => this.now(),
      environment: { onWake: () => () => undefined },
    }
    this.#sweepLater()
  }

  now(): number {
    return this.#clock.now()
  }

  elapsed(): number {
    return this.#clock.monotonic() - this.#since
  }

  setTimer(run: () => void, delayMs: number): () => void {
    this.#activity.note()
    // At least 1 ms, as with the timers of Node: otherwise attempts without a delay would never end.
    return this.#timers.add(this.#clock.monotonic() + Math.max(1, delayMs), run)
  }

  async advance(milliseconds: number): Promise<void> {
    if (!(milliseconds >= 0 && milliseconds < Infinity)) throw new UsageError('advance: expected milliseconds, 0 or more')
    await this.settle()
    const until = this.#clock.monotonic() + milliseconds
    for (;;) {
      const next = Math.min(this.#timers.nextAt(), until)
      this.#clock.advance(Math.max(0, next - this.#clock.monotonic()))
      const hasRun = this.#timers.run(next)
      if (hasRun) await this.settle()
      else return
    }
  }

  settle(): Promise<void> {
    return this.#activity.settle()
  }

  #setAlarm(at: number): void {
    this.#cancelAlarm()
    this.#cancelAlarm = this.#timers.add(at, this.#tick)
  }

  #sweepLater(): void {
    this.#timers.add(this.#clock.monotonic() + SWEEP_MS, () => {
      this.#sweepLater()
      this.#tick()
    })
  }
}

/** The time of the system. */
export class SystemTime implements Time {
  readonly ofRouter = {}
  readonly ofClients = {}
  readonly #since = performance.now()
  readonly #activity: Activity

  constructor(activity: Activity) {
    this.#activity = activity
  }

  now(): number {
    return Date.now()
  }

  elapsed(): number {
    return performance.now() - this.#since
  }

  setTimer(run: () => void, delayMs: number): () => void {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  }

  advance(): Promise<void> {
    return Promise.reject(new UsageError("advance: this test router has the clock of the system; leave out clock: 'system'"))
  }

  settle(): Promise<void> {
    return this.#activity.settle()
  }
}
