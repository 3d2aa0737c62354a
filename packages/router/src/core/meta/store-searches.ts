// Searches of the store for calls: one page in a task, owner after owner, and of each session one search after the other, so that those
// that wait hold nothing. One whose call is no longer open gets no further page. Knows nothing of what is looked for.

import { ApplicationError, uris } from '@trunkline/protocol'
import type { EventPage, EventQuery, StoreFailure } from '../ports/event-store.ts'
import type { DurableTopics } from '../pubsub/durable-topics.ts'
import { noteLimit } from '../state/limits.ts'
import { ownerOf, shareOf } from '../state/owner.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { Session } from '../state/session.ts'
import type { TurnOf } from '../state/session-turns.ts'
import { SessionTurns } from '../state/session-turns.ts'

/** One search, for one call. */
export interface PagedSearch {
  readonly reader: Session
  /** Whether its call still waits for the answer. */
  isOpen(): boolean
  /** The page that it needs next. */
  query(): EventQuery
  /** Takes that page. @returns whether it needs another */
  take(answer: EventPage | StoreFailure): boolean
  /** It is not gone on with. */
  drop(): void
}

export class StoreSearches {
  readonly #context: RealmContext
  readonly #topics: Pick<DurableTopics, 'store'>
  readonly #turns = new SessionTurns<PagedSearch>()
  /** Until their answers are made. */
  readonly #open = new Map<string, Set<PagedSearch>>()
  #isReading = false

  constructor(context: RealmContext, topics: Pick<DurableTopics, 'store'>) {
    this.#context = context
    this.#topics = topics
  }

  /** @throws {ApplicationError} where the owner of a session has as many open as it may have */
  checkRoom(reader: Session): void {
    const open = this.#open.get(ownerOf(reader))
    if (open === undefined || open.size < MOST_OF_ONE || shareOf(reader) === undefined) return
    for (const search of open) if (!search.isOpen()) open.delete(search)
    if (open.size < MOST_OF_ONE) return
    noteLimit(this.#context, reader, ['open searches of the history of durable topics', MOST_OF_ONE])
    throw new ApplicationError(uris.UNAVAILABLE, [
      `${MOST_OF_ONE} requests of yours search the history of durable topics already; ask again later`,
    ])
  }

  /** Reads page after page until a search needs no more. It counts as open until {@link end}. */
  begin(search: PagedSearch): void {
    const owner = ownerOf(search.reader)
    this.#open.set(owner, (this.#open.get(owner) ?? new Set<PagedSearch>()).add(search))
    const isFirst = this.#turns.isEmpty
    this.#turns.add(turnOf(search), search)
    if (isFirst && !this.#isReading) this.#next()
  }

  /** The answer of a search is made, or is needed no more. */
  end(search: PagedSearch): void {
    const owner = ownerOf(search.reader)
    const open = this.#open.get(owner)
    open?.delete(search)
    if (open?.size === 0) this.#open.delete(owner)
  }

  #next(): void {
    if (!this.#turns.isEmpty) this.#context.scheduler.defer(() => this.#goOn())
  }

  /** Reads a page for the one whose turn it is. */
  #goOn(): void {
    if (this.#isReading) return
    const search = this.#turns.next()
    if (search === undefined) return
    const { store } = this.#topics
    if (!search.isOpen() || store === undefined) {
      search.drop()
      return this.#next()
    }
    this.#isReading = true
    store.read(search.query(), (answer) => {
      this.#context.scheduler.defer(() => {
        this.#isReading = false
        try {
          if (!search.isOpen()) search.drop()
          else if (search.take(answer)) this.#turns.addFirst(turnOf(search), search)
        } finally {
          this.#next()
        }
      })
    })
  }
}

function turnOf({ reader }: PagedSearch): TurnOf {
  return { owner: ownerOf(reader), session: reader.id }
}

/** Of one owner: each may hold twice what an answer may, until that is made. */
const MOST_OF_ONE = 32
