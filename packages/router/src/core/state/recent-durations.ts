// How long the recent calls of one registration took: counts by duration, which halve each minute. Only counts.

import { Histogram } from './histogram.ts'

const MINUTE_MS = 60_000
/** After so many halvings nothing is left. */
const MOST_HALVINGS = 32

/** Seconds. */
export interface Latency {
  readonly mean: number
  readonly p50: number
  readonly p99: number
}

export class RecentDurations {
  readonly #histogram: Histogram
  #minute: number

  /** @param bounds in seconds, ascending */
  constructor(bounds: readonly number[], now: number) {
    this.#histogram = new Histogram(bounds)
    this.#minute = minuteOf(now)
  }

  /** @param now the clock for durations, in milliseconds. @param times how many calls it stands for */
  add(seconds: number, times: number, now: number): void {
    this.#age(now)
    this.#histogram.add(seconds, times)
  }

  /** Undefined while no call was timed. Half of what counts came in the last minute, if calls come evenly. */
  latency(now: number): Latency | undefined {
    this.#age(now)
    const { sum, total } = this.#histogram
    if (total < LEAST) return undefined
    return { mean: sum / total, p50: this.#histogram.quantile(0.5), p99: this.#histogram.quantile(0.99) }
  }

  #age(now: number): void {
    const minute = minuteOf(now)
    if (minute === this.#minute) return
    const factor = 0.5 ** Math.min(MOST_HALVINGS, minute - this.#minute)
    this.#minute = minute
    const { counts } = this.#histogram
    for (let i = 0; i < counts.length; i++) counts[i] = (counts[i] ?? 0) * factor
    this.#histogram.sum *= factor
  }
}

function minuteOf(now: number): number {
  return Math.floor(now / MINUTE_MS)
}

/** Less than a call, seven minutes ago. */
const LEAST = 0.01
