// Publishes the router's own events: at once, or in later turns where what ends brings more of them than one turn can deliver; then owner
// after owner, so that nobody waits behind the thousands of another. Knows no subscriptions.
//
// What is held is bounded by the tables: each end follows a beginning, and a beginning that has to wait publishes two others.

import { tableKey } from '../matching/table-key.ts'
import type { Scheduler } from '../ports/clock.ts'
import type { MetaEvent } from '../state/meta-events.ts'

/** Publishes an event of the router. @param isForAll whether other nodes get it too. @returns how many it was delivered to here */
type Publish = (event: MetaEvent, isForAll: boolean) => number

interface Held {
  readonly event: MetaEvent
  readonly isForAll: boolean
  readonly key: string | undefined
  /** An event of another owner about the same, which comes first. */
  before: Held | undefined
  /** The next of the same owner. */
  next: Held | undefined
  isPublished: boolean
}

interface Queue {
  first: Held
  last: Held
}

/** What ends in one turn is delivered so often before the rest has to wait: some 2 ms. */
const MOST_IN_A_TURN = 4_096
/** What the work for an event counts besides its deliveries. */
const OF_AN_EVENT = 8
/** A beginning that waits publishes as many others as it adds: itself, and its end that is to come. */
const PUBLISHED_BY_A_BEGINNING = 2

export class OwnEvents {
  readonly #scheduler: Scheduler
  readonly #publish: Publish
  /** By owner, in the order of their turns. */
  readonly #queues = new Map<string, Queue>()
  /** The newest event that waits, of each URI that any is about. */
  readonly #newest = new Map<string, Held>()
  /** Deliveries of this turn. */
  #delivered = 0
  #isDeferred = false
  #isForAll = true

  constructor(scheduler: Scheduler, publish: Publish) {
    this.#scheduler = scheduler
    this.#publish = publish
  }

  /** Publishes at once, or behind those that it has to follow: all of its owner, and those about the same URI. */
  publish(event: MetaEvent): void {
    if (!this.#mustWait(event)) {
      const delivered = this.#publish(event, this.#isForAll)
      return event.isEnd ? this.#count(delivered) : undefined
    }
    this.#hold(event)
    if (!event.isEnd) for (let left = PUBLISHED_BY_A_BEGINNING; left > 0 && this.#queues.size > 0; left--) this.#publishNext()
  }

  /** Runs a cause of events that only this node tells its subscribers: others have seen the cause themselves. */
  tellHere(cause: () => void): void {
    this.#isForAll = false
    cause()
    this.#isForAll = true
  }

  #mustWait({ owner, about, isEnd }: MetaEvent): boolean {
    if (isEnd && this.#delivered >= MOST_IN_A_TURN) return true
    if (this.#queues.size === 0) return false
    return this.#queues.has(owner) || (about !== undefined && this.#newest.has(keyOf(about)))
  }

  #hold(event: MetaEvent): void {
    const key = event.about && keyOf(event.about)
    const newest = key === undefined ? undefined : this.#newest.get(key)
    const held: Held = {
      event,
      isForAll: this.#isForAll,
      key,
      before: newest?.event.owner === event.owner ? undefined : newest,
      next: undefined,
      isPublished: false,
    }
    if (key !== undefined) this.#newest.set(key, held)
    const queue = this.#queues.get(event.owner)
    if (queue === undefined) this.#queues.set(event.owner, { first: held, last: held })
    else {
      queue.last.next = held
      queue.last = held
    }
    this.#goOnLater()
  }

  #count(delivered: number): void {
    if (delivered === 0) return
    this.#delivered += delivered
    this.#goOnLater()
  }

  #goOnLater(): void {
    if (this.#isDeferred) return
    this.#isDeferred = true
    this.#scheduler.defer(this.#goOn)
  }

  readonly #goOn = (): void => {
    this.#isDeferred = false
    this.#delivered = 0
    while (this.#queues.size > 0 && this.#delivered < MOST_IN_A_TURN) this.#count(OF_AN_EVENT + this.#publishNext())
  }

  /** Publishes the first event of the owner whose turn it is. One that must follow that of another waits: the oldest of all never does. */
  #publishNext(): number {
    for (const [owner, queue] of this.#queues) {
      const { first } = queue
      this.#queues.delete(owner)
      if (first.before?.isPublished === false) {
        this.#queues.set(owner, queue)
        continue
      }
      if (first.next !== undefined) this.#queues.set(owner, { first: first.next, last: queue.last })
      return this.#publishHeld(first)
    }
    return 0
  }

  #publishHeld(held: Held): number {
    const { event, isForAll, key } = held
    held.isPublished = true
    // Else it would keep all that came before it.
    held.before = undefined
    if (key !== undefined && this.#newest.get(key) === held) this.#newest.delete(key)
    return this.#publish(event, isForAll)
  }
}

function keyOf({ match, uri }: NonNullable<MetaEvent['about']>): string {
  return tableKey(`${match ?? ''} ${uri}`)
}
