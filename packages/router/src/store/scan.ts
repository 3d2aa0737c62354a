// One page of events out of the logs of a realm, in the order of their positions. A long search goes on in later turns, so that others are
// served in between.

import type { Scheduler } from '../core/ports/index.ts'
import type { EventPage, EventQuery, KeptEvent, StoreFailure } from '../core/ports/index.ts'
import { RecordError } from './record-error.ts'

/** An event of a log that fits the query. */
export interface Found {
  readonly position: number
  readonly bytes: number
  /** @throws {RecordError} */
  read(): KeptEvent
}

/** The events of one log that fit, in the order asked for; undefined after some work that found none. */
export type Source = Generator<Found | undefined, void>

/** How many events, or pieces of work without one, are taken in one turn. */
const STEPS = 256

export interface ScanOf {
  readonly query: EventQuery
  readonly sources: readonly Source[]
  /** From where to go on when there is no more. */
  readonly end: number
  /** What the page says was dropped, asked for when all events were read: they may be dropped meanwhile. */
  readonly dropped: () => number
  readonly isClosed: () => boolean
}

/** Reads a page, and calls back in a later turn. */
export function scan(of: ScanOf, scheduler: Scheduler, done: (answer: EventPage | StoreFailure) => void): void {
  const page = new Page(of)
  const step = (): void => {
    const answer = page.step()
    if (answer === undefined) scheduler.defer(step)
    else done(answer)
  }
  scheduler.defer(step)
}

class Page {
  readonly #of: ScanOf
  readonly #heads: { readonly source: Source; found: Found | undefined }[]
  readonly #events: KeptEvent[] = []
  #bytes = 0

  constructor(of: ScanOf) {
    this.#of = of
    this.#heads = of.sources.map((source) => ({ source, found: undefined }))
  }

  /** @returns the page once it is whole */
  step(): EventPage | StoreFailure | undefined {
    if (this.#of.isClosed()) return { error: 'closed' }
    try {
      return this.#step()
    } catch (error) {
      if (error instanceof RecordError) return { error: 'damaged' }
      throw error
    }
  }

  #step(): EventPage | undefined {
    const { most, mostBytes } = this.#of.query
    for (let left = STEPS; left > 0;) {
      left -= this.#fill(left)
      if (left <= 0) return undefined
      const next = this.#next()
      if (next === undefined) return this.#page(true)
      const { found } = next
      const isFull = this.#events.length >= most || this.#bytes + found.bytes > mostBytes
      if (isFull && this.#events.length > 0) return this.#page(false)
      if (most <= 0) return this.#page(false)
      this.#events.push(found.read())
      this.#bytes += found.bytes
      next.head.found = undefined
    }
    return undefined
  }

  /** Finds the next event of each log; returns how much work that was. */
  #fill(most: number): number {
    let work = 0
    for (let i = 0; i < this.#heads.length && work < most;) {
      const head = this.#heads[i]
      if (head === undefined || head.found !== undefined) {
        i++
        continue
      }
      work++
      const { done, value } = head.source.next()
      if (done === true) this.#heads.splice(i, 1)
      else head.found = value
    }
    return work
  }

  #next(): { readonly head: { found: Found | undefined }; readonly found: Found } | undefined {
    const isUp = this.#of.query.first === 'oldest'
    let next: { readonly head: { found: Found | undefined }; readonly found: Found } | undefined
    for (const head of this.#heads) {
      const { found } = head
      if (found === undefined) continue
      if (next === undefined || (isUp ? found.position < next.found.position : found.position > next.found.position)) next = { head, found }
    }
    return next
  }

  #page(isLast: boolean): EventPage {
    const events = this.#events
    return { events, next: isLast ? this.#of.end : (events.at(-1)?.position ?? this.#of.query.from), isLast, dropped: this.#of.dropped() }
  }
}
