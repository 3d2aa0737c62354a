// The counts of lists and dicts, for formats that write them first. Each takes four octets,
// since few octets of payload may open many lists.

import type { Counts } from './sink.ts'

const FIRST = 64
const KEPT = 16_384

/** Records counts in the order in which lists and dicts open, and returns them in that order; for one payload at a time. */
export class OpenedCounts implements Counts {
  #counts = new Uint32Array(FIRST)
  #opened = 0
  #given = 0

  /** Begins a new payload; releases a large buffer. */
  begin(): void {
    this.#opened = 0
    this.#given = 0
    if (this.#counts.length > KEPT) this.#counts = new Uint32Array(FIRST)
  }

  /** Opens a list or dict that holds `count` values so far. @returns its place */
  open(count: number): number {
    if (this.#opened === this.#counts.length) {
      const grown = new Uint32Array(this.#opened * 2)
      grown.set(this.#counts)
      this.#counts = grown
    }
    this.#counts[this.#opened] = count
    return this.#opened++
  }

  /** Adds one value to the list or dict at a place. */
  add(place: number): void {
    this.#counts[place] = (this.#counts[place] as number) + 1
  }

  /** Halves the count of a dict, which counted keys and values. */
  halve(place: number): void {
    this.#counts[place] = (this.#counts[place] as number) >>> 1
  }

  next(): number {
    return this.#counts[this.#given++] as number
  }
}
