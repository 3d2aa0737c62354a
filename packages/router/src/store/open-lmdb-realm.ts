// A realm as the router has it open: what it asks for becomes changes of the next group, or is read from the file in later turns.

import type { UriPattern } from '@trunkline/protocol'
import type {
  Appended,
  DurableConsumer,
  EventPage,
  EventQuery,
  KeepRule,
  NewEvent,
  RealmStore,
  RetainedPage,
  RetainedQuery,
  Scheduler,
  StoreError,
  StoreFailure,
  StoreSize,
} from '../core/ports/index.ts'
import { sealedConsumer } from './consumer-record.ts'
import { hashesOf } from './event-keys.ts'
import type { EventRecords } from './event-record.ts'
import type { Queued } from './group.ts'
import { KEY_OCTETS } from './lmdb-event-keys.ts'
import type { KeyedPublication, LmdbRealm } from './lmdb-realm.ts'
import type { Changes } from './lmdb-table.ts'
import { RecordError } from './record-error.ts'
import { scan } from './scan.ts'

/** What the router asked for, on its way into the file. */
export interface Change extends Queued {
  readonly realm: LmdbRealm
  /** Octets that it will take in the file; 0 for what makes none. */
  readonly takes: number
  /** Whether it is an event that came before, so that there is nothing to write. */
  readonly isRepeated?: (() => boolean) | undefined
  /** Makes it a part of a transaction; returns what tells the router once that is committed. */
  readonly stage: (changes: Changes) => () => void
  readonly fail: (error: StoreError) => void
}

/** What a realm needs of its store. */
export interface RealmParts {
  readonly records: EventRecords
  readonly scheduler: Scheduler
  /** Queues a change; false when too many wait. */
  readonly add: (change: Change) => boolean
  readonly isClosed: () => boolean
}

/** Octets of a change besides its value. */
const OVERHEAD = 64

export class OpenLmdbRealm implements RealmStore {
  readonly #realm: LmdbRealm
  readonly #parts: RealmParts
  #isClosed = false

  constructor(realm: LmdbRealm, parts: RealmParts) {
    this.#realm = realm
    this.#parts = parts
  }

  get epoch(): string {
    return this.#realm.epoch
  }

  get last(): number {
    return this.#realm.last
  }

  get size(): StoreSize {
    return this.#realm.size
  }

  keep(log: string, rule: KeepRule): void {
    if (!this.#isOver) this.#realm.keep(log, rule)
  }

  append(log: string, event: NewEvent, done: (outcome: Appended) => void): void {
    if (this.#isOver) return this.#later(() => done({ error: 'closed' }))
    const realm = this.#realm
    realm.check(log)
    const octets = Buffer.from(this.#parts.records.encode(event))
    const { topic, isRetained, publication, time, once } = event
    const keyed = once && { hashes: hashesOf(once, topic), publication, time }
    const staged = { log, topic, isRetained, octets, keyed }
    this.#add({
      realm,
      octets: octets.length + OVERHEAD,
      takes: (isRetained ? 2 * octets.length : octets.length) + (keyed === undefined ? 0 : KEY_OCTETS),
      isRepeated: keyed && (() => realm.firstOf(keyed) !== undefined),
      stage: (changes) => {
        const answer = (keyed && answerOf(realm, keyed)) ?? { position: realm.append(changes, staged) }
        return () => done(answer)
      },
      fail: (error) => done({ error }),
    })
  }

  read(query: EventQuery, done: (answer: EventPage | StoreFailure) => void): void {
    if (this.#isOver) return this.#later(() => done({ error: 'closed' }))
    const end = query.first === 'oldest' ? Math.max(query.from, this.last) : 0
    scan(
      {
        query,
        sources: this.#realm.sources(query),
        end,
        dropped: () => this.#realm.droppedOf(query.filter),
        isClosed: () => this.#isOver,
      },
      this.#parts.scheduler,
      done,
    )
  }

  retained(query: RetainedQuery, done: (answer: RetainedPage | StoreFailure) => void): void {
    const page = this.#realm.retained.page(query)
    const step = (): void => {
      const answer = this.#reading(() => page.next().value)
      if (answer === undefined) this.#later(step)
      else done(answer)
    }
    this.#later(step)
  }

  clearRetained(filter: UriPattern, done: (outcome: { readonly topics: number } | StoreFailure) => void): void {
    this.#change((changes) => ({ topics: this.#realm.clearRetained(changes, filter) }), done)
  }

  consumers(done: (answer: { readonly consumers: readonly DurableConsumer[] } | StoreFailure) => void): void {
    this.#later(() => done(this.#reading(() => ({ consumers: this.#realm.consumers() }))))
  }

  saveConsumer(consumer: DurableConsumer, done: (outcome: StoreFailure | undefined) => void): void {
    const { name } = consumer
    // Written out now: a group may have very many of them.
    const value = sealedConsumer(consumer)
    this.#change((changes): undefined => this.#realm.saveConsumer(changes, name, value), done, OVERHEAD + value.length)
  }

  removeConsumer(name: string, done: (outcome: StoreFailure | undefined) => void): void {
    this.#change((changes): undefined => this.#realm.removeConsumer(changes, name), done)
  }

  expire(now: number): void {
    if (this.#isOver) return
    this.#realm.expire(now)
    if (this.#realm.isChanged)
      this.#change(
        () => undefined,
        () => undefined,
      )
  }

  close(): void {
    this.#isClosed = true
  }

  get #isOver(): boolean {
    return this.#isClosed || this.#parts.isClosed()
  }

  #change<T>(make: (changes: Changes) => T, done: (outcome: T | StoreFailure) => void, takes = 0): void {
    if (this.#isOver) return this.#later(() => done({ error: 'closed' }))
    this.#add({
      realm: this.#realm,
      octets: takes + OVERHEAD,
      takes,
      stage: (changes) => {
        const outcome = make(changes)
        return () => done(outcome)
      },
      fail: (error) => done({ error }),
    })
  }

  #add(change: Change): void {
    if (!this.#parts.add(change)) this.#later(() => change.fail('busy'))
  }

  #reading<T>(read: () => T): T | StoreFailure {
    if (this.#isOver) return { error: 'closed' }
    try {
      return read()
    } catch (error) {
      if (error instanceof RecordError) return { error: 'damaged' }
      throw error
    }
  }

  #later(task: () => void): void {
    this.#parts.scheduler.defer(task)
  }
}

/** Why a publication with a key is not kept; undefined when it is. */
function answerOf(realm: LmdbRealm, keyed: KeyedPublication): Appended | undefined {
  const first = realm.firstOf(keyed)
  if (first !== undefined) return { position: first.position, repeated: first.publication }
  return realm.hasRoomFor(keyed) ? undefined : { error: 'keys' }
}
