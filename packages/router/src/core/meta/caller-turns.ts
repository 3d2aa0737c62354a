// A queue for each caller, served in turns: one entry of each after the other, so that a caller with thousands delays others by one.

export class CallerTurns<T> {
  readonly #byCaller = new Map<number, T[]>()

  get isEmpty(): boolean {
    return this.#byCaller.size === 0
  }

  /** Entries of one caller keep their order. */
  add(caller: number, what: T): void {
    const waiting = this.#byCaller.get(caller)
    if (waiting === undefined) this.#byCaller.set(caller, [what])
    else waiting.push(what)
  }

  /** Adds an entry in front, for the next turn of its caller. */
  addFirst(caller: number, what: T): void {
    const waiting = this.#byCaller.get(caller)
    if (waiting === undefined) this.#byCaller.set(caller, [what])
    else waiting.unshift(what)
  }

  /** Removes and returns the first entry of the caller whose turn it is. */
  next(): T | undefined {
    for (const [caller, waiting] of this.#byCaller) {
      this.#byCaller.delete(caller)
      const first = waiting.shift()
      if (waiting.length > 0) this.#byCaller.set(caller, waiting)
      return first
    }
    return undefined
  }
}
