// What waits by caller, in turns: each caller has one after the other, so that one with thousands delays the next by one.

export class CallerTurns<T> {
  readonly #byCaller = new Map<number, T[]>()

  get isEmpty(): boolean {
    return this.#byCaller.size === 0
  }

  /** What one caller adds keeps its order. */
  add(caller: number, what: T): void {
    const waiting = this.#byCaller.get(caller)
    if (waiting === undefined) this.#byCaller.set(caller, [what])
    else waiting.push(what)
  }

  /** What goes on has the next turn of its caller. */
  addFirst(caller: number, what: T): void {
    const waiting = this.#byCaller.get(caller)
    if (waiting === undefined) this.#byCaller.set(caller, [what])
    else waiting.unshift(what)
  }

  /** Takes out the first of the caller whose turn it is. */
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
