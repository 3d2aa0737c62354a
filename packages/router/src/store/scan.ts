// One page of events out of the logs of a realm, in the order of their positions. A long search goes on in later turns, so that others are
// served in between; where it finds little it ends after some of them, so that who asks decides whether to go on.

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

/** The events of one log that fit, in the order asked for; a position after some work that found none up to there. */
export type Source = Generator<Found | number, void>

/** How many events, or pieces of work without one, are taken in one turn. */
const STEPS = 256
/** How many pieces of work without an event one page may have. */
const VAIN_STEPS = 8 * STEPS

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

/** How far one log was read. */
interface Head {
  readonly source: Source
  /** Nothing is left up to here but what was found. */
  at: number
  /** The event at that position. */
  found: Found | undefined
}

class Page {
  readonly #of: ScanOf
  /** Those of the logs that have more. */
  readonly #heads: Head[]
  readonly #events: KeptEvent[] = []
  #bytes = 0
  #vain = 0

  constructor(of: ScanOf) {
    this.#of = of
    this.#heads = of.sources.map((source) => ({ source, at: of.query.from, found: undefined }))
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
    for (let left = STEPS; left > 0;) {
      const head = this.#hindmost()
      if (head === undefined) return this.#page(this.#of.end, true)
      if (head.found === undefined) {
        // Not before every log has got on: else the next page would be the same.
        if (this.#vain >= VAIN_STEPS && head.at !== this.#of.query.from) return this.#page(this.#upTo(head.at), false)
        this.#advance(head)
        left--
      } else if (this.#isFull(head.found)) {
        return this.#page(this.#events.at(-1)?.position ?? this.#of.query.from, false)
      } else {
        this.#events.push(head.found.read())
        this.#bytes += head.found.bytes
        head.found = undefined
      }
    }
    return undefined
  }

  /** The log that was read least far: what was found there comes before whatever others have. */
  #hindmost(): Head | undefined {
    let hindmost: Head | undefined
    for (const head of this.#heads) if (hindmost === undefined || this.#isBehind(head, hindmost)) hindmost = head
    return hindmost
  }

  #isBehind(a: Head, b: Head): boolean {
    if (a.at === b.at) return a.found !== undefined
    return this.#of.query.first === 'oldest' ? a.at < b.at : a.at > b.at
  }

  #advance(head: Head): void {
    const { done, value } = head.source.next()
    if (done === true) this.#heads.splice(this.#heads.indexOf(head), 1)
    else if (typeof value === 'number') {
      head.at = value
      this.#vain++
    } else {
      head.found = value
      head.at = value.position
    }
  }

  #isFull({ bytes }: Found): boolean {
    const { most, mostBytes } = this.#of.query
    const isFull = this.#events.length >= most || this.#bytes + bytes > mostBytes
    return most <= 0 || (isFull && this.#events.length > 0)
  }

  /** What is written during the search may not be in the page, though the place was passed. */
  #upTo(position: number): number {
    const { query, end } = this.#of
    return query.first === 'oldest' ? Math.max(Math.min(position, end), this.#events.at(-1)?.position ?? 0) : position
  }

  #page(next: number, isLast: boolean): EventPage {
    return { events: this.#events, next, isLast, dropped: this.#of.dropped() }
  }
}
