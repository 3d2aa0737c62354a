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

  /** How many durations were added. */
  get total(): number {
    return this.counts.reduce((all, count) => all + count, 0)
  }

  /** The duration that a share of the counts did not exceed, as if those between two bounds were spread evenly; the last bound for longer ones. */
  quantile(share: number): number {
    const wanted = this.total * share
    let [seen, lower] = [0, 0]
    for (const [i, bound] of this.bounds.entries()) {
      const count = this.counts[i] ?? 0
      if (count > 0 && seen + count >= wanted) return lower + ((bound - lower) * (wanted - seen)) / count
      seen += count
      lower = bound
    }
    return lower
  }
}
