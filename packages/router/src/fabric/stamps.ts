// Numbers that order what all nodes do alike: they follow the clock, and are above all that were given or seen before.

/** Stamps of one millisecond. */
const PER_MS = 1_024

export class Stamps {
  readonly #now: () => number
  #last = 0

  /** @param now milliseconds since 1970 */
  constructor(now: () => number) {
    this.#now = now
  }

  next(): number {
    this.#last = Math.max(this.#last + 1, this.#now() * PER_MS)
    return this.#last
  }

  /** A stamp of another node has come. */
  saw(stamp: number): void {
    if (stamp > this.#last) this.#last = stamp
  }
}
