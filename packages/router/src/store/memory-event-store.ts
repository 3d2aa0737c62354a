// Events of durable topics in memory: for development and tests. They outlive sessions and realms, and end with the process.

import type { UriPattern } from '@trunkline/protocol'
import { UsageError } from '@trunkline/protocol'
import type {
  Appended,
  DurableConsumer,
  EventPage,
  EventQuery,
  EventStore,
  Ids,
  KeepRule,
  NewEvent,
  RealmStore,
  RetainedPage,
  RetainedQuery,
  Scheduler,
  StoreFailure,
  StoreSize,
} from '../core/ports/index.ts'
import { copyOfConsumer } from './consumer-copy.ts'
import { DEFAULT_KEYS, EventKeys, hashesOf } from './event-keys.ts'
import { EventRecords } from './event-record.ts'
import type { MemoryRecord } from './memory-log.ts'
import { MemoryLog } from './memory-log.ts'
import type { PlacedRecord } from './retained-records.ts'
import { withRetained } from './retained-records.ts'
import { scan } from './scan.ts'
import { fitting } from './topic-filter.ts'

export interface MemoryEventStoreOptions {
  readonly scheduler: Scheduler
  readonly ids: Pick<Ids, 'random'>
  /** What all events take at most; beyond it events are refused. Default 64 MiB. */
  readonly maxBytes?: number | undefined
  /** The keys of publications that are known of one user or network in a realm; of all four times as many. Default 100,000. */
  readonly maxKeys?: number | undefined
}

const DEFAULT_BYTES = 64 * 1024 * 1024
/** Roughly how many octets an event takes besides its own. */
const OVERHEAD = 256
/** Roughly how many octets a key takes. */
const KEY = 192

/** What all realms share. */
interface Shared {
  readonly scheduler: Scheduler
  readonly records: EventRecords
  readonly maxBytes: number
  readonly maxKeys: number
  bytes: number
  events: number
}

export class MemoryEventStore implements EventStore {
  readonly #shared: Shared
  readonly #ids: Pick<Ids, 'random'>
  readonly #realms = new Map<string, RealmMemory>()
  readonly #open = new Map<string, OpenRealm>()

  constructor({ scheduler, ids, maxBytes = DEFAULT_BYTES, maxKeys = DEFAULT_KEYS }: MemoryEventStoreOptions) {
    this.#shared = { scheduler, records: new EventRecords(), maxBytes, maxKeys, bytes: 0, events: 0 }
    this.#ids = ids
  }

  get size(): StoreSize {
    const { events, bytes } = this.#shared
    return { events, bytes }
  }

  get maxBytes(): number {
    return this.#shared.maxBytes
  }

  open(realm: string): RealmStore {
    this.#open.get(realm)?.close()
    const memory = this.#realms.get(realm) ?? new RealmMemory(this.#ids.random().toString(36), this.#shared)
    this.#realms.set(realm, memory)
    const opened = new OpenRealm(memory, this.#shared.scheduler)
    this.#open.set(realm, opened)
    return opened
  }
}

/** What is kept of a realm. */
class RealmMemory {
  readonly epoch: string
  readonly logs = new Map<string, MemoryLog>()
  readonly retained = new Map<string, readonly PlacedRecord[]>()
  readonly consumers = new Map<string, DurableConsumer>()
  readonly records: EventRecords
  readonly #keys: EventKeys
  last = 0
  events = 0
  bytes = 0
  readonly #shared: Shared

  constructor(epoch: string, shared: Shared) {
    this.epoch = epoch
    this.records = shared.records
    this.#keys = new EventKeys(shared.maxKeys)
    this.#shared = shared
  }

  keep(name: string, rule: KeepRule): void {
    const log = this.logs.get(name)
    if (log !== undefined) log.change(rule)
    else this.logs.set(name, new MemoryLog(this.records, rule, (record) => this.#count(record, -1)))
  }

  append(name: string, event: NewEvent): Appended {
    const log = this.logs.get(name)
    if (log === undefined) throw new UsageError(`there is no log ${name}`)
    const hashes = event.once && hashesOf(event.once, event.topic)
    if (hashes !== undefined) {
      const first = this.#keys.find(hashes, event.time)
      if (first !== undefined) return { position: first.position, repeated: first.publication }
      this.#expireKeys(event.time)
      if (!this.#keys.hasRoom(hashes.owner)) return { error: 'keys' }
    }
    const octets = Uint8Array.from(this.records.encode(event))
    const { topic, time, isRetained } = event
    const record: MemoryRecord = { position: this.last + 1, topic, time, octets }
    const bytes = bytesOf(record)
    const keyBytes = hashes === undefined ? 0 : KEY
    if (this.#shared.bytes + (isRetained ? 2 * bytes : bytes) + keyBytes > this.#shared.maxBytes) return { error: 'full' }
    this.last = record.position
    this.#count(record, 1)
    log.append(record)
    if (hashes !== undefined) {
      const isNew = this.#keys.add(hashes, { publication: event.publication, position: record.position, time })
      if (isNew) this.#weigh(keyBytes)
    }
    if (isRetained) this.#retain(topic, withRetained(this.retained.get(topic) ?? [], record, this.records))
    return { position: record.position }
  }

  clearRetained(filter: UriPattern): number {
    const fits = fitting(filter)
    const topics = [...this.retained.keys()].filter(fits)
    for (const topic of topics) this.#retain(topic, [])
    return topics.length
  }

  /** @param now in milliseconds since 1970 */
  expire(now: number): void {
    this.#expireKeys(now)
    for (const log of this.logs.values()) log.expire(now)
  }

  #expireKeys(now: number): void {
    this.#weigh(-KEY * this.#keys.expire(now))
  }

  #retain(topic: string, kept: readonly PlacedRecord[]): void {
    for (const record of this.retained.get(topic) ?? []) this.#weigh(-bytesOf(record))
    for (const record of kept) this.#weigh(bytesOf(record))
    if (kept.length > 0) this.retained.set(topic, kept)
    else this.retained.delete(topic)
  }

  #count(record: PlacedRecord, sign: 1 | -1): void {
    this.events += sign
    this.#shared.events += sign
    this.#weigh(sign * bytesOf(record))
  }

  #weigh(bytes: number): void {
    this.bytes += bytes
    this.#shared.bytes += bytes
  }
}

/** A realm as the router has it open. */
class OpenRealm implements RealmStore {
  readonly #memory: RealmMemory
  readonly #scheduler: Scheduler
  #isClosed = false

  constructor(memory: RealmMemory, scheduler: Scheduler) {
    this.#memory = memory
    this.#scheduler = scheduler
  }

  get epoch(): string {
    return this.#memory.epoch
  }

  get last(): number {
    return this.#memory.last
  }

  get size(): StoreSize {
    const { events, bytes } = this.#memory
    return { events, bytes }
  }

  keep(log: string, rule: KeepRule): void {
    if (!this.#isClosed) this.#memory.keep(log, rule)
  }

  append(log: string, event: NewEvent, done: (outcome: Appended) => void): void {
    this.#answer<Appended>(() => this.#memory.append(log, event), done)
  }

  read(query: EventQuery, done: (answer: EventPage | StoreFailure) => void): void {
    const logs = [...this.#memory.logs.values()]
    const isUp = query.first === 'oldest'
    scan(
      {
        query,
        sources: logs.map((log) => log.source(query)),
        end: isUp ? Math.max(query.from, this.last) : 0,
        dropped: () => logs.reduce((last, { dropped }) => Math.max(last, dropped.of(query.filter)), 0),
        isClosed: () => this.#isClosed,
      },
      this.#scheduler,
      done,
    )
  }

  retained({ filter, from, most, mostBytes }: RetainedQuery, done: (answer: RetainedPage | StoreFailure) => void): void {
    this.#answer(() => {
      const { retained, records } = this.#memory
      const fits = fitting(filter)
      const topics = [...retained.keys()].filter((topic) => topic > from && fits(topic)).sort()
      const found: PlacedRecord[] = []
      let [bytes, next, taken] = [0, from, 0]
      for (const topic of topics) {
        const kept = retained.get(topic) ?? []
        bytes += kept.reduce((sum, { octets }) => sum + octets.length, 0)
        if (found.length > 0 && (found.length + kept.length > most || bytes > mostBytes)) break
        found.push(...kept)
        next = topic
        taken++
      }
      const events = found.map(({ octets, position }) => records.decode(octets, 0, octets.length, position))
      return { events, next, isLast: taken === topics.length }
    }, done)
  }

  clearRetained(filter: UriPattern, done: (outcome: { readonly topics: number } | StoreFailure) => void): void {
    this.#answer(() => ({ topics: this.#memory.clearRetained(filter) }), done)
  }

  consumers(done: (answer: { readonly consumers: readonly DurableConsumer[] } | StoreFailure) => void): void {
    this.#answer(() => ({ consumers: [...this.#memory.consumers.values()] }), done)
  }

  saveConsumer(consumer: DurableConsumer, done: (outcome: StoreFailure | undefined) => void): void {
    const kept = copyOfConsumer(consumer)
    this.#answer(() => void this.#memory.consumers.set(kept.name, kept), done)
  }

  removeConsumer(name: string, done: (outcome: StoreFailure | undefined) => void): void {
    this.#answer(() => void this.#memory.consumers.delete(name), done)
  }

  expire(now: number): void {
    if (!this.#isClosed) this.#memory.expire(now)
  }

  close(): void {
    this.#isClosed = true
  }

  /** Does something at once, and answers in a later turn. */
  #answer<T>(work: () => T, done: (answer: T | StoreFailure) => void): void {
    const answer: T | StoreFailure = this.#isClosed ? { error: 'closed' } : work()
    this.#scheduler.defer(() => done(answer))
  }
}

function bytesOf({ octets }: PlacedRecord): number {
  return octets.length + OVERHEAD
}
