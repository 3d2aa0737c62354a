// The only source of randomness of a simulated world: every random choice uses it.

import type { Ids } from '@trunkline/router'

/** Numbers that look random and are the same for the same seed (mulberry32). */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0
  }

  /** 32 bits. */
  bits(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let x = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x
    return (x ^ (x >>> 14)) >>> 0
  }

  /** An integer from 0 to `limit` - 1. */
  below(limit: number): number {
    return this.bits() % limit
  }

  /** An integer from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  /** True in this percentage of cases. */
  percent(share: number): boolean {
    return this.bits() % 100 < share
  }

  /** One of a list that is not empty. */
  pick<Item>(list: readonly Item[]): Item {
    return list[this.below(list.length)] as Item
  }

  /** One of a list, or undefined when it is empty. */
  pickAny<Item>(list: readonly Item[]): Item | undefined {
    return list.length === 0 ? undefined : list[this.below(list.length)]
  }

  /** Some of a list, in its order. */
  some<Item>(list: readonly Item[], share: number): Item[] {
    return list.filter(() => this.percent(share))
  }
}

/** The ids of a simulated router. */
export class RandomIds implements Ids {
  readonly #random: Random
  #last = 0

  constructor(random: Random) {
    this.#random = random
  }

  random(): number {
    return (this.#random.bits() & 0x1f_ffff) * 0x1_0000_0000 + this.#random.bits() || 1
  }

  sequential(): number {
    return ++this.#last
  }

  choose(below: number): number {
    return this.#random.below(below)
  }
}
