// Ids of a running router: random ones from the system's generator, sequential ones from a counter. Not for tests.

import { randomFillSync, randomInt } from 'node:crypto'
import { idFromBits } from '@trunkline/protocol'
import type { Ids } from './core/ports/index.ts'

/** Random ids from the system's generator, drawn in blocks. */
export class RandomIds implements Ids {
  readonly #block = new Uint32Array(512)
  #at = this.#block.length
  #last = 0

  random(): number {
    for (;;) {
      if (this.#at >= this.#block.length) {
        randomFillSync(this.#block)
        this.#at = 0
      }
      const id = idFromBits(this.#block[this.#at] ?? 0, this.#block[this.#at + 1] ?? 0)
      this.#at += 2
      if (id !== undefined) return id
    }
  }

  sequential(): number {
    return ++this.#last
  }

  choose(below: number): number {
    return randomInt(below)
  }
}
