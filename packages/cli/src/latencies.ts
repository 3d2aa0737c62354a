// Durations as a distribution: counted in buckets, so that memory does not grow with their number.

/** Each bucket is one percent wider than the one before. */
const RATIO = Math.log(1.01)
const LEAST_MS = 0.001
const BUCKETS = 2_500

/** Durations in milliseconds, 0 where there are none. */
export interface LatencySummary {
  readonly min: number
  readonly mean: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

/** Durations in milliseconds. Quantiles are exact to one percent. */
export class Latencies {
  readonly #buckets = new Float64Array(BUCKETS)
  #count = 0
  #sum = 0
  #min = Infinity
  #max = 0

  get count(): number {
    return this.#count
  }

  record(milliseconds: number): void {
    const bucket = Math.floor(Math.log(Math.max(milliseconds, LEAST_MS) / LEAST_MS) / RATIO)
    const at = Math.min(BUCKETS - 1, bucket)
    this.#buckets[at] = (this.#buckets[at] ?? 0) + 1
    this.#count++
    this.#sum += milliseconds
    this.#min = Math.min(this.#min, milliseconds)
    this.#max = Math.max(this.#max, milliseconds)
  }

  /** The least duration that a share of them does not exceed. */
  quantile(share: number): number {
    let rest = Math.max(1, Math.ceil(share * this.#count))
    for (const [i, count] of this.#buckets.entries()) {
      rest -= count
      if (rest <= 0 && i === BUCKETS - 1) return this.#max
      if (rest <= 0) return Math.min(this.#max, Math.max(this.#min, LEAST_MS * Math.exp((i + 1) * RATIO)))
    }
    return 0
  }

  summary(): LatencySummary {
    const isEmpty = this.#count === 0
    return {
      min: isEmpty ? 0 : rounded(this.#min),
      mean: isEmpty ? 0 : rounded(this.#sum / this.#count),
      p50: rounded(this.quantile(0.5)),
      p95: rounded(this.quantile(0.95)),
      p99: rounded(this.quantile(0.99)),
      max: rounded(this.#max),
    }
  }
}

function rounded(milliseconds: number): number {
  return Number(milliseconds.toPrecision(3))
}
