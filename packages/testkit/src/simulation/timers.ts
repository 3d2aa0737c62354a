// The timers of real clients, on the clock of the world.

interface Timer {
  readonly at: number
  readonly task: () => void
}

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
