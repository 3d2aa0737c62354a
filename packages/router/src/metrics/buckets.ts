// Counts of durations by their upper bounds, in seconds. Only counts.

import type { HistogramReading } from './metric.ts'

export class Buckets implements HistogramReading {
  readonly bounds: readonly number[]
  readonly counts: Float64Array
  sum = 0

  /** @param bounds ascending */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = new Float64Array(bounds.length + 1)
  }

  add(seconds: number): void {
    let i = 0
    while (i < this.bounds.length && seconds > (this.bounds[i] ?? 0)) i++
    this.counts[i] = (this.counts[i] ?? 0) + 1
    this.sum += seconds
  }
}
