// The router's one timer for deadlines. It only wakes the router, which finds what is due.

import type { Alarm, Clock } from './core/ports/index.ts'

/** The longest delay of a Node timer, in milliseconds. */
const LONGEST_MS = 2_147_483_647

export const SYSTEM_CLOCK: Clock = { now: () => Date.now(), monotonic: () => performance.now() }

export class TimerAlarm implements Alarm {
  readonly #clock: Clock
  readonly #wake: () => void
  #timer: NodeJS.Timeout | undefined

  /** @param wake called at the time, or earlier where a timer cannot wait that long */
  constructor(clock: Clock, wake: () => void) {
    this.#clock = clock
    this.#wake = wake
  }

  set(at: number): void {
    clearTimeout(this.#timer)
    const delay = Math.min(Math.max(at - this.#clock.monotonic(), 1), LONGEST_MS)
    this.#timer = setTimeout(this.#wake, delay).unref()
  }

  /** Ends the timer. */
  stop(): void {
    clearTimeout(this.#timer)
  }
}
