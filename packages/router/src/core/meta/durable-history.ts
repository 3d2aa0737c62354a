// Looks through the events of durable topics for a query of history, page by page, each in a turn of its own. Keeps no more events than
// one answer may hold; never shows one that its reader would not have received.

import type { UriPattern } from '@trunkline/protocol'
import { ApplicationError, uris } from '@trunkline/protocol'
import type { EventPage, EventQuery, KeptEvent, StoreFailure } from '../ports/event-store.ts'
import type { DurableTopics } from '../pubsub/durable-topics.ts'
import { admitsByGiven } from '../pubsub/eligibility.ts'
import type { Session } from '../state/session.ts'
import type { StoredEvent } from '../state/stored-event.ts'
import type { HistoryQuery } from './history-query.ts'
import type { Finish, OwnOutcome } from './meta-session.ts'
import { Later } from './meta-session.ts'
import type { PagedSearch, StoreSearches } from './store-searches.ts'

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

/** What a search works with. */
export interface SearchParts {
  readonly topics: DurableTopics
  readonly searches: StoreSearches
}

/**
 * Finds the events that answer a query, in its order.
 * @throws {ApplicationError} where the owner of the reader has too many such searches open
 */
export function searchStore(parts: SearchParts, search: StoreSearch, found: Found): OwnOutcome {
  parts.searches.checkRoom(search.reader)
  return new Later((finish, isWanted) => parts.searches.begin(new Search(parts, search, { found, finish, isWanted })))
}

/** The call that a search is for. */
interface Asking {
  readonly found: Found
  readonly finish: Finish
  readonly isWanted: () => boolean
}

class Search implements PagedSearch {
  readonly #parts: SearchParts
  readonly #search: StoreSearch
  readonly #asking: Asking
  readonly #events: StoredEvent[] = []
  /** The marks that were passed. */
  readonly #passed = new Set<number>()
  #from: number
  #bytes = 0
  /** More was found than one answer may hold. */
  #isFull = false

  constructor(parts: SearchParts, search: StoreSearch, asking: Asking) {
    this.#parts = parts
    this.#search = search
    this.#asking = asking
    this.#from = search.query.isReverse ? parts.topics.delivered + 1 : 0
  }

  get reader(): Session {
    return this.#search.reader
  }

  isOpen(): boolean {
    return this.reader.isMember && this.#asking.isWanted()
  }

  query(): EventQuery {
    const { query, filter } = this.#search
    const first = query.isReverse ? 'newest' : 'oldest'
    return { filter, first, from: this.#from, most: MOST_EVENTS, mostBytes: MOST_OCTETS }
  }

  take(answer: EventPage | StoreFailure): boolean {
    if ('error' in answer) {
      this.#finish(unreadable)
      return false
    }
    for (const kept of answer.events) this.#look(kept)
    const { marks } = this.#search.query
    const isSure = marks.every(({ publication }) => this.#passed.has(publication))
    this.#from = answer.next
    if (!answer.isLast && !(this.#isFull && isSure)) return true
    // None where a publication that is named is not among those that the reader may see.
    this.#finish(() => this.#asking.found(isSure ? this.#events : [], isSure && this.#isFull))
    return false
  }

  drop(): void {
    this.#finish(unreadable)
  }

  #finish(make: () => OwnOutcome): void {
    const end = (): void => this.#parts.searches.end(this)
    this.#asking.finish(() => {
      end()
      return make()
    }, end)
  }

  #look(kept: KeptEvent): void {
    const { query, reader, mostBytes } = this.#search
    // Beyond that nobody has been told of them yet.
    if (kept.position > this.#parts.topics.delivered || (kept.audience !== undefined && !admitsByGiven(kept.audience, reader))) return
    const isWanted = query.marks.every(({ publication, isWithin }) => isWithin(this.#sideOf(kept, publication), 0))
    if (query.marks.some(({ publication }) => publication === kept.publication)) this.#passed.add(kept.publication)
    if (!isWanted || this.#isFull) return
    const event = this.#parts.topics.storedOf(kept)
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

function unreadable(): OwnOutcome {
  throw new ApplicationError(uris.UNAVAILABLE, ['the store cannot be read'])
}

/** Of one page. */
const MOST_EVENTS = 256
const MOST_OCTETS = 64 * 1024
/** Events may be shorter in the reader's serializer. */
const SPARE = 2
