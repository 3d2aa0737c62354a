// The entry of @trunkline/testing/ports: clock, alarm, ids, scheduler and log of `createRouter`, and timers of clients, that a test controls.

import type { Alarm, Clock, Ids, Log, LogFields, LogLevel, Scheduler } from '@trunkline/router'

/** Time that stands still until the test moves it. */
export class ManualClock implements Clock {
  #monotonic = 1_000_000
  #date = Date.UTC(2026, 0, 1) - this.#monotonic

  now(): number {
    return this.#date + this.#monotonic
  }

  monotonic(): number {
    return this.#monotonic
  }

  /** Lets time pass. */
  advance(milliseconds: number): void {
    this.#monotonic += milliseconds
  }

  /** Sets the date forward, or back, without time passing: as NTP or an administrator does. */
  step(milliseconds: number): void {
    this.#date += milliseconds
  }
}

/** Keeps the time for which it was set; the code that moves the clock checks it. */
export class ManualAlarm implements Alarm {
  #at = Number.POSITIVE_INFINITY

  set(at: number): void {
    this.#at = at
  }

  off(): void {
    this.#at = Number.POSITIVE_INFINITY
  }

  /** Milliseconds until it rings; infinite while it is off. */
  ringsIn(now: number): number {
    return this.#at - now
  }
}

interface Timer {
  readonly at: number
  readonly task: () => void
}

/** Timers that run when the test says so. */
export class Timers {
  readonly #timers = new Set<Timer>()

  /** Returns a function that cancels the timer. */
  add(at: number, task: () => void): () => void {
    const timer = { at, task }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  /** When the next is due. */
  nextAt(): number {
    let next = Infinity
    for (const { at } of this.#timers) next = Math.min(next, at)
    return next
  }

  /** Runs those that are due, in the order in which they were set. Returns whether there were any. */
  run(now: number): boolean {
    if (this.nextAt() > now) return false
    let hasRun = false
    for (const timer of [...this.#timers]) {
      if (timer.at > now || !this.#timers.delete(timer)) continue
      hasRun = true
      timer.task()
    }
    return hasRun
  }
}

/** Ids that look random and are the same in every run. */
export class SeededIds implements Ids {
  #state: number
  #last = 0

  constructor(seed = 1) {
    this.#state = seed
  }

  random(): number {
    return (this.#next() & 0x1f_ffff) * 0x1_0000_0000 + (this.#next() >>> 0) || 1
  }

  sequential(): number {
    return ++this.#last
  }

  choose(below: number): number {
    return (this.#next() >>> 0) % below
  }

  /** xorshift32 */
  #next(): number {
    let x = this.#state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#state = x
    return x
  }
}

/** Deferred tasks that run when the test says so, in the order in which they were deferred. */
export class ManualScheduler implements Scheduler {
  #tasks: (() => void)[] = []

  defer(task: () => void): void {
    this.#tasks.push(task)
  }

  /** Runs every deferred task, also those that are deferred meanwhile. */
  settle(): void {
    for (let task = this.#tasks.shift(); task !== undefined; task = this.#tasks.shift()) task()
  }
}

/** Log lines that a test can read: all but those of level `debug`, unless it asks for them. */
export class RecordingLog implements Log {
  readonly lines: { readonly event: string; readonly fields: LogFields }[] = []
  readonly #hasDebug: boolean

  constructor({ debug = false }: { readonly debug?: boolean } = {}) {
    this.#hasDebug = debug
  }

  error(event: string, fields: LogFields): void {
    this.lines.push({ event, fields })
  }

  warn(event: string, fields: LogFields): void {
    this.lines.push({ event, fields })
  }

  info(event: string, fields: LogFields): void {
    this.lines.push({ event, fields })
  }

  debug(event: string, fields: LogFields): void {
    if (this.#hasDebug) this.lines.push({ event, fields })
  }

  isLogged(level: LogLevel): boolean {
    return this.#hasDebug || level !== 'debug'
  }
}
