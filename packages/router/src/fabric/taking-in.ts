// Takes in the packets of one life in order, in a slice of each turn: what a few octets of another node cause here, as an event for a
// thousand subscribers does, must not hold up the sessions of this node. What came and has to wait is not acknowledged yet.

import type { Clock, Scheduler } from '../core/ports/index.ts'
import type { Incoming } from './incoming.ts'
import { ASK, DATA, HEAD } from './packet.ts'

/** For so long packets are taken in before others have their turn. */
const SLICE_MS = 5

export interface TakingInParts {
  readonly incoming: Incoming
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** The most octets that wait; a node that heeds the window sends no more. */
  readonly most: number
  /** A packet was taken in, to its last frame. @param isAsked whether it asks for an acknowledgement at once */
  onTaken(octets: number, isAsked: boolean): void
  onMalformed(): void
}

interface Waiting {
  readonly packet: Uint8Array
  readonly kind: number
  readonly flags: number
  /** Where its first frame begins that was not taken in. */
  from: number
}

export class TakingIn {
  /** The number of the last packet that was taken in. */
  last = 0
  readonly #parts: TakingInParts
  #waiting: Waiting[] = []
  #octets = 0
  #isTurn = false
  /** The owner is being given the frames of a packet. */
  #isTaking = false
  #sliceEnds = -Infinity

  constructor(parts: TakingInParts) {
    this.#parts = parts
  }

  /**
   * Takes in the packet that comes next, or lets it wait.
   * @param packet a view that holds during the call only
   * @returns false where there is no room: then it has not come
   */
  take(packet: Uint8Array, kind: number, flags: number): boolean {
    const next = { packet, kind, flags, from: HEAD }
    if (this.#waiting.length === 0 && this.#hasTime() && this.#isTaken(next)) return true
    if (this.#octets + packet.length > this.#parts.most) return false
    this.#octets += packet.length
    this.#waiting.push({ ...next, packet: packet.slice() })
    return true
  }

  /** The life ends: a packet of which some frames were taken in counts as taken in. */
  countBegun(): void {
    const [next] = this.#waiting
    if (this.#isTaking || (next !== undefined && next.from > HEAD)) this.last++
  }

  /** Whether a packet was taken in whole; of a long one a part may be. A malformed one ends everything. */
  #isTaken(next: Waiting): boolean {
    const { incoming } = this.#parts
    const { packet, kind, flags, from } = next
    this.#isTaking = true
    next.from = kind === DATA ? incoming.takeFrames(packet, from, this.#hasTime) : incoming.takePiece(packet, flags)
    this.#isTaking = false
    if (incoming.isStopped) return true
    if (next.from < 0) {
      this.#parts.onMalformed()
      return true
    }
    if (next.from < packet.length) return false
    this.last++
    this.#parts.onTaken(packet.length, (flags & ASK) !== 0)
    return true
  }

  readonly #hasTime = (): boolean => {
    const now = this.#parts.clock.monotonic()
    if (!this.#isTurn) this.#beginTurn(now)
    return now < this.#sliceEnds
  }

  #beginTurn(now: number): void {
    this.#isTurn = true
    this.#sliceEnds = now + SLICE_MS
    this.#parts.scheduler.defer(this.#endTurn)
  }

  readonly #endTurn = (): void => {
    this.#isTurn = false
    if (this.#parts.incoming.isStopped) this.#waiting = []
    let done = 0
    for (const next of this.#waiting) {
      if (!this.#hasTime() || !this.#isTaken(next)) break
      this.#octets -= next.packet.length
      done++
    }
    this.#waiting.splice(0, done)
  }
}
