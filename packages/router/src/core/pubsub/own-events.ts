// The events that the router publishes in its own name, in their order: at once, but for those of much at a time, which are
// told in later turns. Knows no subscription.

import type { Payload } from '@trunkline/protocol'
import type { Scheduler } from '../ports/clock.ts'
import type { PublishOwn } from '../state/meta-events.ts'

/** Events told in one task. */
const MOST_IN_A_TASK = 8
const LEAST_COMPACTED = 1_024

export class OwnEvents {
  readonly #scheduler: Scheduler
  readonly #tell: PublishOwn
  /** Those before `#told` have been told. */
  #pending: { readonly topic: string; readonly payload: Payload | undefined }[] = []
  #told = 0
  #isHeld = false

  constructor(scheduler: Scheduler, tell: PublishOwn) {
    this.#scheduler = scheduler
    this.#tell = tell
  }

  /** Told at once, unless others are pending: then behind them, and one of those is told, so that they become no more. */
  publish(topic: string, payload: Payload | undefined): void {
    if (!this.#isHeld && this.#pending.length === 0) return this.#tell(topic, payload)
    this.#pending.push({ topic, payload })
    if (!this.#isHeld) this.#tellSome(1)
  }

  /** Does something of which there is so much to tell that it takes several turns. */
  hold(cause: () => void): void {
    const isFirst = this.#pending.length === 0
    this.#isHeld = true
    cause()
    this.#isHeld = false
    if (isFirst && this.#pending.length > 0) this.#goOnLater()
  }

  #goOnLater(): void {
    this.#scheduler.defer(() => {
      this.#tellSome(MOST_IN_A_TASK)
      if (this.#pending.length > 0) this.#goOnLater()
    })
  }

  #tellSome(most: number): void {
    const end = Math.min(this.#told + most, this.#pending.length)
    for (const { topic, payload } of this.#pending.slice(this.#told, end)) this.#tell(topic, payload)
    this.#told = end
    const areAll = end === this.#pending.length
    if (!areAll && (end < LEAST_COMPACTED || end * 2 < this.#pending.length)) return
    this.#pending = areAll ? [] : this.#pending.slice(end)
    this.#told = 0
  }
}
