// How much the check of one value may do, whatever its length: alternatives that refer to themselves, or many keywords about one long
// text, make much work of few octets.

/** Thrown, not returned, when a check does too much: below `not` a fault would count as right. */
export class TooMuch extends Error {}

/** So many octets of a text are looked at in the time of one step. */
const OCTETS_A_STEP = 8
const EASY_STEPS = 500
const EASY_STEPS_AN_OCTET = 2
const MOST_STEPS = 20_000
const MOST_STEPS_AN_OCTET = 20

/** What is left of it. One step is the look at one part of a value with one subschema, some 20 to 200 ns. */
export class Work {
  #left: number

  constructor(steps: number) {
    this.#left = steps
  }

  /** What the check of a payload of so many octets does with nearly every contract; beyond that its owner pays. */
  static easy(octets: number): Work {
    return new Work(EASY_STEPS + octets * EASY_STEPS_AN_OCTET)
  }

  /** The most: some 4 ms for a kilobyte. */
  static most(octets: number): Work {
    return new Work(MOST_STEPS + octets * MOST_STEPS_AN_OCTET)
  }

  get isSpent(): boolean {
    return this.#left < 0
  }

  /** @throws {TooMuch} */
  spend(steps: number): void {
    this.#left -= steps
    if (this.#left < 0) throw new TooMuch()
  }

  /** @throws {TooMuch} */
  look(octets: number): void {
    this.spend(1 + octets / OCTETS_A_STEP)
  }
}
