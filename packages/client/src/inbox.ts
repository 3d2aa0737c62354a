// A bounded queue between a producer and a loop that takes its values. When it is full, `put` returns false, so that no
// value is dropped silently.

import { asyncDispose } from './dispose.ts'

interface Taker<Value> {
  resolve(result: IteratorResult<Value, undefined>): void
  reject(error: unknown): void
}

/** Values for one `for await` loop. */
export class Inbox<Value> implements AsyncIterableIterator<Value, undefined>, AsyncDisposable {
  protected readonly waiting: Value[] = []
  readonly #limit: number
  readonly #onReturn: (() => void) | undefined
  readonly #takers: Taker<Value>[] = []
  #end: { readonly error?: unknown } | undefined

  /**
   * @param limit the most queued values
   * @param onReturn called when the loop ends before the values do
   */
  constructor(limit: number, onReturn?: () => void) {
    this.#limit = limit
    this.#onReturn = onReturn
  }

  /** Returns false when the inbox is full. Ignores values after the end. */
  put(value: Value): boolean {
    if (this.#end !== undefined) return true
    const taker = this.#takers.shift()
    if (taker !== undefined) taker.resolve({ value, done: false })
    else if (this.waiting.length >= this.#limit) return false
    else this.waiting.push(value)
    return true
  }

  /** Ends the loop after the queued values, with an error if one is given. Only the first call has an effect, and returns true. */
  end(failure: { readonly error?: unknown } = {}): boolean {
    if (this.#end !== undefined) return false
    this.#end = failure
    if (this.#takers.length > 0) this.#takers.splice(0).forEach((taker) => this.#finish(taker))
    return true
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<Value, undefined>> {
    return new Promise((resolve, reject) => {
      const taker = { resolve, reject }
      if (this.waiting.length > 0) resolve({ value: this.waiting.shift() as Value, done: false })
      else if (this.#end === undefined) this.#takers.push(taker)
      else this.#finish(taker)
    })
  }

  return(): Promise<IteratorResult<Value, undefined>> {
    this.waiting.length = 0
    if (this.end()) this.#onReturn?.()
    return this.next()
  }

  async [asyncDispose](): Promise<void> {
    await this.return()
  }

  /** Ends the loop of a taker. Only the first one gets the error. */
  #finish(taker: Taker<Value>): void {
    const { error } = this.#end ?? {}
    this.#end = {}
    if (error === undefined) taker.resolve({ value: undefined, done: true })
    else taker.reject(error)
  }
}
