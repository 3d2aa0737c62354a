// The last events of a log: bounded, newest first, and counted when they are dropped.

/** An entry of a log, which its number tells from all others. */
export interface Numbered {
  /** From 1, in the order in which they came. */
  readonly number: number
}

export class KeptEvents<Entry> {
  readonly #most: number
  #entries: readonly Entry[] = []
  #dropped = 0

  constructor(most: number) {
    this.#most = most
  }

  /** Newest first. */
  get entries(): readonly Entry[] {
    return this.#entries
  }

  /** How many are gone, since there were too many. */
  get dropped(): number {
    return this.#dropped
  }

  /** @param newest oldest first, as they came */
  add(newest: readonly Entry[]): void {
    const all = [...newest.toReversed(), ...this.#entries]
    this.#dropped += Math.max(0, all.length - this.#most)
    this.#entries = all.slice(0, this.#most)
  }

  clear(): void {
    this.#entries = []
    this.#dropped = 0
  }
}
