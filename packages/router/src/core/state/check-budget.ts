// How much time the checks of one owner may take that are long, or do much for the length of their payload: others wait meanwhile.

import type { Clock, TimeLimit } from '../ports/clock.ts'

/** A check that takes so long, and a millisecond more for so many octets, does not count: most take less. */
const UNNOTICED_MS = 0.2
const OCTETS_A_MS = 20_000
/** The checks of an owner may take a quarter of the time, and half a second at once; those of short payloads a fifth of that. */
const PART = 4
const AT_ONCE_MS = 500 * PART
const SHORT_OCTETS = 16_384
const SHORT_AT_ONCE_MS = 100 * PART
/** After a check that was cut off: twenty-five times what a check may take. */
const WAIT_MS = 5_000
const CUT_OFF = Symbol('cut off')

export class CheckBudget {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #limit: TimeLimit
  /** When what the checks of an owner took is made good. */
  readonly #goodAt = new Map<string, number>()

  constructor(clock: Pick<Clock, 'monotonic'>, limit: TimeLimit) {
    this.#clock = clock
    this.#limit = limit
  }

  /** How many owners have a debt, or had one a while ago. */
  get debtors(): number {
    return this.#goodAt.size
  }

  /**
   * Runs a check that may take long, unless those of its owner have taken too much.
   * @param check gets the limit for the part of it that can be cut off
   * @param octets how long the payload is
   * @returns its result; `late` when it was not begun
   */
  run<Result>(owner: string, check: (limit: TimeLimit) => Result, late: Result, octets: number): Result {
    const before = this.#clock.monotonic()
    const goodAt = this.#goodAt.get(owner) ?? before
    const atOnce = octets <= SHORT_OCTETS ? SHORT_AT_ONCE_MS : AT_ONCE_MS
    if (goodAt > before + atOnce) return late
    let wasCutOff = false
    const result = check({
      run: <Part>(task: () => Part, latePart: Part): Part => {
        const part = this.#limit.run<Part | typeof CUT_OFF>(task, CUT_OFF)
        wasCutOff ||= part === CUT_OFF
        return part === CUT_OFF ? latePart : part
      },
    })
    const now = this.#clock.monotonic()
    const took = now - before
    if (wasCutOff) this.#owe(owner, now, now + atOnce + WAIT_MS)
    else if (took >= UNNOTICED_MS + octets / OCTETS_A_MS) this.#owe(owner, now, Math.max(goodAt, now) + took * PART)
    return result
  }

  #owe(owner: string, now: number, goodAt: number): void {
    for (const [other, until] of this.#goodAt) if (until <= now) this.#goodAt.delete(other)
    this.#goodAt.set(owner, goodAt)
  }
}
