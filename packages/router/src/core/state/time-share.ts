// How much of the router's time the long answers of one owner, and its publications that name very many receivers, may take: others have
// the rest. What is beyond waits; nothing is refused.

import type { Clock } from '../ports/clock.ts'
import type { Deadlines } from './deadlines.ts'

/** A step that takes less does not count, unless more steps follow it: most answers take less. */
const UNNOTICED_MS = 0.2
/** The answers of an owner may take a quarter of the time, and half a second at once. */
const PART = 4
const AT_ONCE_MS = 500 * PART
/** Who has waited may take so much before it waits again: many short waits would each be longer than they have to. */
const REST_MS = 25 * PART

export class TimeShare {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #deadlines: Pick<Deadlines, 'set'>
  /** When what the answers of an owner took is made good. */
  readonly #goodAt = new Map<string, number>()
  #lastLook = 0

  constructor(clock: Pick<Clock, 'monotonic'>, deadlines: Pick<Deadlines, 'set'>) {
    this.#clock = clock
    this.#deadlines = deadlines
  }

  /** How many owners have a debt, or had one a while ago. */
  get debtors(): number {
    return this.#goodAt.size
  }

  /** Whether an owner has taken so much that its answers wait. */
  isUsedUp(owner: string): boolean {
    return (this.#goodAt.get(owner) ?? 0) > this.#clock.monotonic() + AT_ONCE_MS
  }

  /** Calls a function once when an owner whose share is used up may go on. */
  whenGood(owner: string, then: () => void): void {
    this.#deadlines.set({ at: 0, place: -1, expire: then }, (this.#goodAt.get(owner) ?? 0) - AT_ONCE_MS + REST_MS)
  }

  /** Runs a step of an answer, whose time counts to an owner. @param step tells whether more follow */
  run(owner: string, step: () => 'done' | 'more'): 'done' | 'more' {
    const before = this.#clock.monotonic()
    const result = step()
    const now = this.#clock.monotonic()
    const took = now - before
    if (took >= UNNOTICED_MS || (took > 0 && result === 'more')) this.#owe(owner, now, took * PART)
    return result
  }

  #owe(owner: string, now: number, debt: number): void {
    this.#forgetGood(now)
    this.#goodAt.set(owner, Math.max(this.#goodAt.get(owner) ?? 0, now) + debt)
  }

  #forgetGood(now: number): void {
    if (now - this.#lastLook < LOOK_MS) return
    this.#lastLook = now
    for (const [owner, until] of this.#goodAt) if (until <= now) this.#goodAt.delete(owner)
  }
}

const LOOK_MS = 1_000
