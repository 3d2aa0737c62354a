// Sessions that are not read while much that their owner sent is on its way to another node: it waits with its sender, in place of the link,
// where all others would stand behind it. Never refuses anything, and never waits for ever.

import type { Clock, Link, Scheduler } from '../core/ports/index.ts'
import type { OwnerShares } from './owner-shares.ts'

/** A session that can wait; others go on. */
export type Paced = Pick<Link, 'waitForRoom'>

/** An owner with so much on its way waits until half of it is acknowledged. */
const MOST = 1 << 20
/** Where that takes longer, as over a slow network, a session is read again all the same: it may have another message, or end. */
const MOST_MS = 5_000

interface Waiting {
  readonly since: number
  readonly goOn: () => void
}

export interface PacingParts {
  readonly shares: OwnerShares
  readonly clock: Clock
  readonly scheduler: Scheduler
}

export class Pacing {
  readonly #parts: PacingParts
  /** By owner, those that have waited longest first. */
  readonly #waiting = new Map<number, Waiting[]>()
  #isDeferred = false

  constructor(parts: PacingParts) {
    this.#parts = parts
  }

  /** A session has sent something of an owner: where that has much on its way, it waits. @returns whether it does */
  pace(owner: number, session: Paced): boolean {
    const { shares, clock } = this.#parts
    if (shares.of(owner) < MOST || session.waitForRoom === undefined) return false
    return session.waitForRoom((goOn) => {
      const waiting = { since: clock.monotonic(), goOn }
      const others = this.#waiting.get(owner)
      if (others === undefined) this.#waiting.set(owner, [waiting])
      else others.push(waiting)
    })
  }

  /** Something was acknowledged. Of each owner with room one session goes on, and another in the next turn if there still is. */
  goOn(): void {
    if (this.#waiting.size === 0 || this.#isDeferred) return
    for (const [owner, waiting] of this.#waiting) {
      if (this.#parts.shares.of(owner) <= MOST / 2) this.#release(owner, waiting, 1)
    }
    if (![...this.#waiting.keys()].some((owner) => this.#parts.shares.of(owner) <= MOST / 2)) return
    this.#isDeferred = true
    this.#parts.scheduler.defer(this.#again)
  }

  /** Called about once a second. */
  tick(now: number): void {
    for (const [owner, waiting] of this.#waiting) {
      const late = waiting.findIndex(({ since }) => now - since < MOST_MS)
      this.#release(owner, waiting, late < 0 ? waiting.length : late)
    }
  }

  /** The link is down: all go on. */
  end(): void {
    for (const [owner, waiting] of this.#waiting) this.#release(owner, waiting, waiting.length)
  }

  readonly #again = (): void => {
    this.#isDeferred = false
    this.goOn()
  }

  #release(owner: number, waiting: Waiting[], count: number): void {
    for (const { goOn } of waiting.splice(0, count)) goOn()
    if (waiting.length === 0) this.#waiting.delete(owner)
  }
}
