// One direction of a connection: what is sent arrives in order and in a later turn, after a delay, or never.

import type { Activity } from './activity.ts'
import type { Time } from './time.ts'

/** What is on its way. */
interface Parcel {
  /** The earliest time of its arrival, in milliseconds since the test router was made. */
  readonly at: number
  readonly arrive: () => void
  readonly isLost: () => void
}

/** Why nothing arrives at present. */
export type Hold = 'nobody listens' | 'stalled' | 'paused'

export class Lane {
  readonly #time: Time
  readonly #activity: Activity
  readonly #holds = new Set<Hold>()
  #parcels: Parcel[] = []
  #isWoken = false

  constructor(time: Time, activity: Activity) {
    this.#time = time
    this.#activity = activity
  }

  /** Neither function may throw. */
  send(delayMs: number, arrive: () => void, isLost: () => void = () => undefined): void {
    // A shorter delay than before lets nothing overtake.
    const at = Math.max(this.#time.elapsed() + delayMs, this.#parcels.at(-1)?.at ?? 0)
    this.#parcels.push({ at, arrive, isLost })
    this.#wake()
  }

  hold(why: Hold): void {
    this.#holds.add(why)
  }

  release(why: Hold): void {
    this.#holds.delete(why)
    this.#wake()
  }

  /** Loses what is on its way. */
  clear(): void {
    for (const { isLost } of this.#parcels.splice(0)) isLost()
  }

  #wake(): void {
    const [next] = this.#parcels
    if (next === undefined || this.#holds.size > 0 || this.#isWoken) return
    this.#isWoken = true
    this.#activity.note()
    const left = next.at - this.#time.elapsed()
    if (left > 0) this.#time.setTimer(this.#deliver, left)
    else queueMicrotask(this.#deliver)
  }

  readonly #deliver = (): void => {
    this.#isWoken = false
    const [next] = this.#parcels
    if (next !== undefined && this.#holds.size === 0 && next.at <= this.#time.elapsed()) {
      this.#parcels.shift()
      next.arrive()
    }
    this.#wake()
  }
}
