// Counts what a load does: how often it succeeded, what failed, and how long it took, in all and since the last look.

import type { LatencySummary } from '../latencies.ts'
import { Latencies } from '../latencies.ts'

export class Meter {
  #all = new Latencies()
  #recent = new Latencies()
  #errors = 0
  #lastError: string | undefined

  /** The time of one thing that succeeded, in milliseconds. */
  succeeded(milliseconds: number): void {
    this.#all.record(milliseconds)
    this.#recent.record(milliseconds)
  }

  failed(error: unknown): void {
    this.#errors++
    this.#lastError = error instanceof Error ? error.message : String(error)
  }

  get count(): number {
    return this.#all.count
  }

  get errors(): number {
    return this.#errors
  }

  get lastError(): string | undefined {
    return this.#lastError
  }

  get latency(): LatencySummary {
    return this.#all.summary()
  }

  /** What happened since the last call. */
  takeRecent(): { readonly count: number; readonly latency: LatencySummary } {
    const { count } = this.#recent
    const latency = this.#recent.summary()
    this.#recent = new Latencies()
    return { count, latency }
  }
}
