// How late the timers of this process are: how long everything else waits.

import { monitorEventLoopDelay } from 'node:perf_hooks'

/** Milliseconds. */
export interface Delay {
  readonly mean: number
  readonly p99: number
  readonly max: number
}

/** How long one of the two windows is; the older one is shown, so that there is always one that has seen enough. */
const WINDOW_MS = 10_000
/** How often the delay is measured, in milliseconds. */
const RESOLUTION = 20

export class EventLoopDelay {
  #older = monitorEventLoopDelay({ resolution: RESOLUTION })
  #newer = monitorEventLoopDelay({ resolution: RESOLUTION })
  readonly #timer: NodeJS.Timeout

  constructor() {
    this.#older.enable()
    this.#newer.enable()
    this.#timer = setInterval(() => this.#turn(), WINDOW_MS).unref()
  }

  get recent(): Delay {
    const { mean, max } = this.#older
    return { mean: milliseconds(mean), p99: milliseconds(this.#older.percentile(99)), max: milliseconds(max) }
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#older.disable()
    this.#newer.disable()
  }

  #turn(): void {
    this.#older.reset()
    const before = this.#older
    this.#older = this.#newer
    this.#newer = before
  }
}

/** What is measured includes the time between two measurements. */
function milliseconds(nanoseconds: number): number {
  return Number.isFinite(nanoseconds) ? Math.round(Math.max(0, nanoseconds / 1e6 - RESOLUTION) * 100) / 100 : 0
}
