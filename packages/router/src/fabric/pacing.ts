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
/** An owner that had much on its way is known so long: whatever session of it sends again, those that have waited before wait too. */
const KNOWN_MS = 30_000

interface Waiting {
  readonly session: Paced
  readonly since: number
  readonly goOn: () => void
}

/** The sessions of an owner that has much on its way, or had lately. */
interface Sessions {
  /** Those that have waited longest first. */
  readonly waiting: Waiting[]
  /** Those that have waited and go on. */
  readonly known: Set<Paced>
  /** When it had much on its way. */
  at: number
}

export interface PacingParts {
  readonly shares: OwnerShares
  readonly clock: Clock
  readonly scheduler: Scheduler
}

export class Pacing {
  readonly #parts: PacingParts
  readonly #owners = new Map<number, Sessions>()
  #isDeferred = false

  constructor(parts: PacingParts) {
    this.#parts = parts
  }

  /**
   * A session has sent something of an owner: where that has much on its way, it waits, and those of its owner that went on before. Else each
   * of very many sessions would send one more message.
   * @returns how many begin to wait
   */
  pace(owner: number, session: Paced): number {
    if (this.#parts.shares.of(owner) < MOST) return 0
    const sessions = this.#sessionsOf(owner)
    const { known, waiting } = sessions
    const before = waiting.length
    sessions.at = this.#parts.clock.monotonic()
    this.#hold(session, sessions)
    for (const each of known) this.#hold(each, sessions)
    known.clear()
    return waiting.length - before
  }

  /** Something was acknowledged. Of each owner with room one session goes on, and another in the next turn if there still is. */
  goOn(): void {
    if (this.#owners.size === 0 || this.#isDeferred) return
    let isMore = false
    for (const [owner, sessions] of this.#owners) {
      if (sessions.waiting.length === 0 || this.#parts.shares.of(owner) > MOST / 2) continue
      this.#release(sessions, 1)
      isMore ||= sessions.waiting.length > 0
    }
    if (!isMore) return
    this.#isDeferred = true
    this.#parts.scheduler.defer(this.#again)
  }

  /** Called about once a second. */
  tick(now: number): void {
    for (const [owner, sessions] of this.#owners) {
      const { waiting, at } = sessions
      const late = waiting.findIndex(({ since }) => now - since < MOST_MS)
      this.#release(sessions, late < 0 ? waiting.length : late)
      if (waiting.length === 0 && now - at >= KNOWN_MS) this.#owners.delete(owner)
    }
  }

  /** The link is down: all go on. */
  end(): void {
    for (const sessions of this.#owners.values()) this.#release(sessions, sessions.waiting.length)
    this.#owners.clear()
  }

  readonly #again = (): void => {
    this.#isDeferred = false
    this.goOn()
  }

  #sessionsOf(owner: number): Sessions {
    const known = this.#owners.get(owner)
    if (known !== undefined) return known
    const sessions: Sessions = { waiting: [], known: new Set(), at: 0 }
    this.#owners.set(owner, sessions)
    return sessions
  }

  /** One that cannot wait, as it has ended, is forgotten. */
  #hold(session: Paced, { waiting }: Sessions): void {
    session.waitForRoom?.((goOn) => waiting.push({ session, since: this.#parts.clock.monotonic(), goOn }))
  }

  #release({ waiting, known }: Sessions, count: number): void {
    for (const { session, goOn } of waiting.splice(0, count)) {
      known.add(session)
      goOn()
    }
  }
}
