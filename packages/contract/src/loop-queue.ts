// A bounded queue between what arrives and one loop.

/** The most values that wait for a loop. */
const MOST_UNREAD = 1000

interface Taker<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void
  readonly reject: (error: unknown) => void
}

export class LoopQueue<T> implements AsyncIterableIterator<T, undefined> {
  readonly #waiting: T[] = []
  readonly #takers: Taker<T>[] = []
  readonly #leave: () => void
  #end: { readonly error?: unknown } | undefined

  /** @param leave called when the loop is left early */
  constructor(leave: () => void) {
    this.#leave = leave
  }

  /** Returns false, without queueing, when too many wait. */
  put(value: T): boolean {
    if (this.#end !== undefined) return true
    const taker = this.#takers.shift()
    if (taker !== undefined) taker.resolve({ value, done: false })
    else if (this.#waiting.length >= MOST_UNREAD) return false
    else this.#waiting.push(value)
    return true
  }

  /** Ends the loop behind what waits; with an error it throws that once. */
  end(how: { readonly error?: unknown } = {}): void {
    if (this.#end !== undefined) return
    this.#end = how
    for (const taker of this.#takers.splice(0)) this.#finish(taker)
  }

  next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      const [value] = this.#waiting
      if (this.#waiting.length > 0) {
        this.#waiting.shift()
        resolve({ value: value as T, done: false })
      } else if (this.#end === undefined) this.#takers.push({ resolve, reject })
      else this.#finish({ resolve, reject })
    })
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#waiting.length = 0
    const isEarly = this.#end === undefined
    this.end()
    if (isEarly) this.#leave()
    return Promise.resolve({ value: undefined, done: true })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #finish({ resolve, reject }: Taker<T>): void {
    const how = this.#end ?? {}
    this.#end = {}
    if ('error' in how) reject(how.error)
    else resolve({ value: undefined, done: true })
  }
}
