// One call again and again: when each begins, what they took, and how many failed.

import { setTimeout as wait } from 'node:timers/promises'
import { ApplicationError } from '@trunkline/client'
import { Latencies } from './latencies.ts'
import type { LatencySummary } from './latencies.ts'
import { orStopped } from './waiting.ts'

export interface Repetition {
  readonly times: number
  /** Between the beginnings of two calls; without it each begins when the one before has ended. */
  readonly everyMs: number | undefined
}

/** What became of the calls. */
export interface Statistics {
  readonly calls: number
  readonly errors: number
  readonly seconds: number
  /** Of the calls with a result. */
  readonly latency_ms: LatencySummary
}

/** Runs calls, one at a time. */
export class RepeatedCall {
  readonly #latencies = new Latencies()
  readonly #begin = performance.now()
  #calls = 0
  #errors = 0

  /**
   * Runs the calls to their end. An ERROR ends one call, any other error all.
   * @param call makes one call, and prints its result
   * @param onError gets each ERROR but the first, with the number of the call
   * @returns the first ERROR
   * @throws the error that ends all
   */
  async run(
    call: () => Promise<void>,
    { times, everyMs }: Repetition,
    onError: (error: Error, call: number) => void,
    stop: AbortSignal,
  ): Promise<Error | undefined> {
    let first: Error | undefined
    while (this.#calls < times) {
      const pause = this.#calls === 0 || everyMs === undefined ? 0 : this.#begin + this.#calls * everyMs - performance.now()
      if (pause > 0) await orStopped(wait(pause), stop)
      this.#calls++
      const begin = performance.now()
      try {
        await call()
        this.#latencies.record(performance.now() - begin)
      } catch (error) {
        this.#errors++
        if (!(error instanceof ApplicationError)) throw error
        if (first === undefined) first = error
        else onError(error, this.#calls)
      }
    }
    return first
  }

  statistics(): Statistics {
    const seconds = Number(((performance.now() - this.#begin) / 1_000).toFixed(3))
    return { calls: this.#calls, errors: this.#errors, seconds, latency_ms: this.#latencies.summary() }
  }
}

/** The statistics on one line, for people. */
export function statisticsText({ calls, errors, seconds, latency_ms: latency }: Statistics): string {
  const { min, p50, p95, p99, max } = latency
  return `${calls} calls, ${errors} errors, ${seconds} s; ms: least ${min}, median ${p50}, p95 ${p95}, p99 ${p99}, most ${max}\n`
}
