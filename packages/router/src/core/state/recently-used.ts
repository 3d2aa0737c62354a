// What all realms of a router keep to give it again, in the order of its last use: beyond a bound of octets, whatever was used
// longest ago is dropped, since each realm has its own bounds and there may be any number of realms.

/** Something kept; its octets may grow while it is used. */
export interface Droppable {
  readonly octets: number
  /** Removes it from where it is kept. */
  drop(): void
}

const MOST_OCTETS = 64 * 1024 * 1024

export class RecentlyUsed {
  readonly #most: number
  /** With the octets that were counted, in the order of their last use. */
  readonly #counted = new Map<Droppable, number>()
  #octets = 0
  #last: Droppable | undefined

  constructor(most = MOST_OCTETS) {
    this.#most = most
  }

  /** How many octets are counted. */
  get octets(): number {
    return this.#octets
  }

  /** Counts what is used now, and again what was used before it, whose octets may have grown since. */
  use(one: Droppable): void {
    if (this.#last !== undefined && this.#counted.has(this.#last)) this.#count(this.#last)
    this.forget(one)
    this.#count(one)
    this.#last = one
    for (const oldest of this.#counted.keys()) {
      if (this.#octets <= this.#most) return
      this.forget(oldest)
      oldest.drop()
    }
  }

  /** It is kept no longer. */
  forget(one: Droppable): void {
    this.#octets -= this.#counted.get(one) ?? 0
    this.#counted.delete(one)
  }

  #count(one: Droppable): void {
    const { octets } = one
    this.#octets += octets - (this.#counted.get(one) ?? 0)
    this.#counted.set(one, octets)
  }
}
