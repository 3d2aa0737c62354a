// The counts of lists and dicts, for formats that write them first. Four octets each: few octets of payload open many lists.

import type { Counts } from './sink.ts'

const FIRST = 64
const KEPT = 16_384

/** Counts in the order in which lists and dicts open, and gives them in that order; one payload after another. */
export class OpenedCounts implements Counts {
  #counts = new Uint32Array(FIRST)
  #opened = 0
  #given = 0

  /** Starts anew; much room is given back. */
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

  /** One value more for the list or dict at a place. */
  add(place: number): void {
    this.#counts[place] = (this.#counts[place] as number) + 1
  }

  /** Keys were counted as values are. */
  halve(place: number): void {
    this.#counts[place] = (this.#counts[place] as number) >>> 1
  }

  next(): number {
    return this.#counts[this.#given++] as number
  }
}
