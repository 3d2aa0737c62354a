// The request ids of a client that speaks in literal arrays: 1, 2, 3 and so on, or out of order if its realm accepts that.

import type { Random } from './random.ts'

export class RequestIds {
  readonly #isOrderly: boolean
  readonly #random: Random
  /** The next id in order. */
  #last = 0

  constructor(isOrderly: boolean, random: Random) {
    this.#isOrderly = isOrderly
    this.#random = random
  }

  /** The right next id in a strict realm. */
  get next(): number {
    return this.#last + 1
  }

  /** @param isOpen whether the id may not be used now */
  draw(isOpen: (id: number) => boolean): number {
    const drawn = this.#isOrderly || this.#random.percent(40) ? this.next : this.#irregular()
    if (drawn > this.#last && drawn < this.#last + 10) this.#last = drawn
    if (!isOpen(drawn)) return drawn
    do this.#last++
    while (isOpen(this.#last))
    return this.#last
  }

  /** Takes the next id, or continues from one that is a little higher. */
  skipTo(id = this.next): void {
    if (id > this.#last && id < this.#last + 10) this.#last = id
  }

  #irregular(): number {
    const random = this.#random
    switch (random.below(4)) {
      case 0: // One that it skipped, or one that was answered.
        return random.between(1, this.next)
      case 1: // Out of the order in which they were taken.
        return this.next + random.between(1, 4)
      case 2:
        return random.bits() * 0x20_0000 + 1
      default:
        return random.pick([2 ** 53, 2 ** 53 - 1])
    }
  }
}
