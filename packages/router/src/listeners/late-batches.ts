// What is to be written in later turns, because very many connections have something: one of each owner after the other, so that an event
// for thousands of sessions of one user is not before what others get. Writes nothing itself.

import { Row } from './row.ts'

/** What a connection has to write. */
export interface LateBatch {
  /** Whose turn it takes. */
  readonly holder: string
}

export class LateBatches<Batch extends LateBatch> {
  /** By owner, in the order of their turns. */
  readonly #byHolder = new Map<string, Row<Batch>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  add(batch: Batch): void {
    const { holder } = batch
    let row = this.#byHolder.get(holder)
    if (row === undefined) this.#byHolder.set(holder, (row = new Row()))
    row.push(batch)
    this.#size++
  }

  /** Takes the oldest of the owner whose turn it is. */
  take(): Batch | undefined {
    for (const [holder, row] of this.#byHolder) {
      const batch = row.shift()
      if (row.size === 0) this.#byHolder.delete(holder)
      else if (this.#byHolder.size > 1) {
        this.#byHolder.delete(holder)
        this.#byHolder.set(holder, row)
      }
      this.#size--
      return batch
    }
    return undefined
  }
}
