// Publishes the router's own events in order: at once, or in later turns when one cause makes very many of them. Knows no
// subscriptions.

import type { Payload } from '@trunkline/protocol'
import type { Scheduler } from '../ports/clock.ts'

/** Publishes an event of the router. @param isForAll whether other nodes get it too */
type Publish = (topic: string, payload: Payload | undefined, isForAll: boolean) => void

interface OwnEvent {
  readonly topic: string
  readonly payload: Payload | undefined
  readonly isForAll: boolean
}

/** Events that are published in one task. */
const MOST_IN_A_TASK = 8
const LEAST_COMPACTED = 1_024

export class OwnEvents {
  readonly #scheduler: Scheduler
  readonly #publish: Publish
  /** The first `#published` events have been published. */
  #pending: OwnEvent[] = []
  #published = 0
  #isHeld = false
  #isForAll = true

  constructor(scheduler: Scheduler, publish: Publish) {
    this.#scheduler = scheduler
    this.#publish = publish
  }

  /** Publishes at once; behind pending events, queues and publishes the oldest of them, so that their number does not grow. */
  publish(topic: string, payload: Payload | undefined): void {
    if (!this.#isHeld && this.#pending.length === 0) return this.#publish(topic, payload, this.#isForAll)
    this.#pending.push({ topic, payload, isForAll: this.#isForAll })
    if (!this.#isHeld) this.#publishSome(1)
  }

  /** Runs a cause of events that only this node tells its subscribers: others have seen the cause themselves. */
  tellHere(cause: () => void): void {
    this.#isForAll = false
    cause()
    this.#isForAll = true
  }

  /** Runs a cause of very many events, which are then published in several turns. */
  hold(cause: () => void): void {
    const isFirst = this.#pending.length === 0
    this.#isHeld = true
    cause()
    this.#isHeld = false
    if (isFirst && this.#pending.length > 0) this.#goOnLater()
  }

  #goOnLater(): void {
    this.#scheduler.defer(() => {
      this.#publishSome(MOST_IN_A_TASK)
      if (this.#pending.length > 0) this.#goOnLater()
    })
  }

  #publishSome(most: number): void {
    const end = Math.min(this.#published + most, this.#pending.length)
    for (const { topic, payload, isForAll } of this.#pending.slice(this.#published, end)) this.#publish(topic, payload, isForAll)
    this.#published = end
    const areAll = end === this.#pending.length
    if (!areAll && (end < LEAST_COMPACTED || end * 2 < this.#pending.length)) return
    this.#pending = areAll ? [] : this.#pending.slice(end)
    this.#published = 0
  }
}
