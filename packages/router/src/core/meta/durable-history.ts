// Looks through the events of durable topics for a query of history, page by page, each in a turn of its own. Keeps no more events than
// one answer may hold; never shows one that its reader would not have received.

import type { UriPattern } from '@trunkline/protocol'
import { ApplicationError, uris } from '@trunkline/protocol'
import type { EventPage, KeptEvent, StoreFailure } from '../ports/event-store.ts'
import type { Scheduler } from '../ports/clock.ts'
import type { DurableTopics } from '../pubsub/durable-topics.ts'
import { admitsByGiven } from '../pubsub/eligibility.ts'
import type { Session } from '../state/session.ts'
import type { StoredEvent } from '../state/stored-event.ts'
import type { HistoryQuery } from './history-query.ts'
import type { OwnOutcome } from './meta-session.ts'
import { Later } from './meta-session.ts'

/** What is looked for, for whom. */
export interface StoreSearch {
  readonly query: HistoryQuery
  readonly reader: Session
  readonly filter: UriPattern
  /** Octets of events that an answer may hold. */
  readonly mostBytes: number
}

/** Makes an outcome of what was found. @param isCut the store has more */
type Found = (events: readonly StoredEvent[], isCut: boolean) => OwnOutcome

/** Finds the events that answer a query, in its order. */
export function searchStore(topics: DurableTopics, scheduler: Scheduler, search: StoreSearch, found: Found): OwnOutcome {
  return new Later((finish) => new Search(topics, scheduler, search, (make) => finish(() => make(found))).begin())
}

class Search {
  readonly #topics: DurableTopics
  readonly #scheduler: Scheduler
  readonly #search: StoreSearch
  readonly #finish: (make: (found: Found) => OwnOutcome) => void
  readonly #events: StoredEvent[] = []
  /** The marks that were passed. */
  readonly #passed = new Set<number>()
  #bytes = 0
  /** More was found than one answer may hold. */
  #isFull = false

  constructor(topics: DurableTopics, scheduler: Scheduler, search: StoreSearch, finish: (make: (found: Found) => OwnOutcome) => void) {
    this.#topics = topics
    this.#scheduler = scheduler
    this.#search = search
    this.#finish = finish
  }

  begin(): void {
    this.#read(this.#search.query.isReverse ? this.#topics.delivered + 1 : 0)
  }

  #read(from: number): void {
    const { query, filter } = this.#search
    const first = query.isReverse ? 'newest' : 'oldest'
    this.#topics.store?.read({ filter, first, from, most: MOST_EVENTS, mostBytes: MOST_OCTETS }, (answer) => {
      this.#scheduler.defer(() => this.#take(answer))
    })
  }

  #take(answer: EventPage | StoreFailure): void {
    if ('error' in answer) {
      return this.#finish(() => {
        throw new ApplicationError(uris.UNAVAILABLE, ['the store cannot be read'])
      })
    }
    for (const kept of answer.events) this.#look(kept)
    const { marks } = this.#search.query
    const isSure = marks.every(({ publication }) => this.#passed.has(publication))
    if (answer.isLast || (this.#isFull && isSure)) {
      // None where a publication that is named is not among those that the reader may see.
      return this.#finish((found) => found(isSure ? this.#events : [], isSure && this.#isFull))
    }
    this.#read(answer.next)
  }

  #look(kept: KeptEvent): void {
    const { query, reader, mostBytes } = this.#search
    // Beyond that nobody has been told of them yet.
    if (kept.position > this.#topics.delivered || (kept.audience !== undefined && !admitsByGiven(kept.audience, reader))) return
    const isWanted = query.marks.every(({ publication, isWithin }) => isWithin(this.#sideOf(kept, publication), 0))
    if (query.marks.some(({ publication }) => publication === kept.publication)) this.#passed.add(kept.publication)
    if (!isWanted || this.#isFull) return
    const event = this.#topics.storedOf(kept)
    if (!query.accepts(event)) return
    this.#bytes += event.bytes
    this.#isFull = this.#events.length >= query.limit || (this.#events.length > 0 && this.#bytes > mostBytes * SPARE)
    if (!this.#isFull) this.#events.push(event)
  }

  /** Negative for an event before a publication in the order of the log, positive for one after it. */
  #sideOf({ publication: id }: KeptEvent, publication: number): number {
    if (id === publication) return 0
    return this.#passed.has(publication) === this.#search.query.isReverse ? -1 : 1
  }
}

/** Of one page. */
const MOST_EVENTS = 256
const MOST_OCTETS = 64 * 1024
/** Events may be shorter in the reader's serializer. */
const SPARE = 2
