// Chooses messages at random where there are many, so that looking at them costs the same however many there are.

/** Of the first ones in each tick all are chosen, of the next one in eight, of the rest one in 64. */
const ALL = 100
const STRIDE = 8
const MANY = 10 * ALL

export class Sample {
  #seen = 0
  #until = 0
  #weight = 1

  /** How many messages the one that has come stands for; 0: it is not chosen. */
  next(): number {
    this.#seen++
    if (this.#until > 0) {
      this.#until--
      return 0
    }
    const weight = this.#weight
    this.#weight = this.#seen < ALL ? 1 : this.#seen < MANY ? STRIDE : STRIDE * STRIDE
    // The gap is random, so that messages that come in turn are chosen alike; on average one in `weight` is chosen.
    this.#until = this.#weight === 1 ? 0 : Math.floor(Math.random() * (2 * this.#weight - 1))
    return weight
  }

  /** A new tick begins. */
  tick(): void {
    this.#seen = 0
    this.#until = 0
    this.#weight = 1
  }
}
