// Counts of durations by their upper bounds. Only counts.

export class Histogram {
  /** In seconds, ascending. */
  readonly bounds: readonly number[]
  /** One count for each bound, and one for what is longer than all. */
  readonly counts: Float64Array
  /** Seconds. */
  sum = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = new Float64Array(bounds.length + 1)
  }

  /** @param times how many durations it stands for */
  add(seconds: number, times = 1): void {
    let i = 0
    while (i < this.bounds.length && seconds > (this.bounds[i] ?? 0)) i++
    this.counts[i] = (this.counts[i] ?? 0) + times
    this.sum += times * seconds
  }
}
