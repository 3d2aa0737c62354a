// What the file holds of one realm, and the changes that a transaction makes to it.

import { randomBytes } from 'node:crypto'
import type { UriPattern } from '@trunkline/protocol'
import { UsageError } from '@trunkline/protocol'
import type { DurableConsumer, EventQuery, KeepRule, StoreSize } from '../core/ports/index.ts'
import { consumerIn } from './consumer-record.ts'
import type { KeyedEvent, KeyHashes } from './event-keys.ts'
import { LmdbEventKeys } from './lmdb-event-keys.ts'
import { consumerKey, consumersOf, logIn, logsOf, positionKey, realmKey, retainedOf } from './lmdb-keys.ts'
import type { LogPlace } from './lmdb-log.ts'
import { LmdbLog } from './lmdb-log.ts'
import { LmdbRetained } from './lmdb-retained.ts'
import type { Changes } from './lmdb-table.ts'
import { allRows, octetsOf } from './lmdb-table.ts'
import { numberIn, sealedJson, textIn, unsealedJson } from './sealed.ts'
import type { Source } from './scan.ts'

/** An event on its way into the file. */
export interface StagedEvent {
  readonly log: string
  readonly topic: string
  readonly isRetained: boolean
  readonly octets: Buffer
  readonly keyed: KeyedPublication | undefined
}

/** What is kept of a publication with a key. */
export interface KeyedPublication {
  readonly hashes: KeyHashes
  readonly publication: number
  readonly time: number
}

/** Where a realm is. */
export interface RealmPlace extends Omit<LogPlace, 'log'> {
  /** The most keys of publications of one owner. */
  readonly maxKeys: number
}

export class LmdbRealm {
  readonly name: string
  readonly number: number
  readonly epoch: string
  readonly retained: LmdbRetained
  readonly #place: RealmPlace
  #logs = new Map<string, LmdbLog>()
  #nextLog = 1
  /** Rules given since the store was opened. */
  readonly #rules = new Map<string, KeepRule>()
  #last = 0
  #next = 0
  /** Octets of what is in no log. */
  #otherOctets = 0
  #isNew: boolean
  #keys: LmdbEventKeys

  private constructor(identity: { name: string; epoch: string; isNew: boolean }, place: RealmPlace) {
    this.name = identity.name
    this.epoch = identity.epoch
    this.number = place.realm
    this.#isNew = identity.isNew
    this.#place = place
    this.#keys = new LmdbEventKeys(this.number, place.maxKeys)
    this.retained = new LmdbRetained(place.realm, place.table, place.records)
  }

  static begin(name: string, place: RealmPlace): LmdbRealm {
    return new LmdbRealm({ name, epoch: randomBytes(9).toString('base64url'), isNew: true }, place)
  }

  /** One that is in the file. @throws {RecordError} */
  static load(value: Buffer, placeOf: (realm: number) => RealmPlace): LmdbRealm {
    const { name, number, epoch } = unsealedJson(value)
    const realm = new LmdbRealm({ name: textIn(name), epoch: textIn(epoch), isNew: false }, placeOf(numberIn(number, 0xffff_ffff)))
    realm.load()
    return realm
  }

  /** Reads again what is in the file, in place of what is known. @throws {RecordError} */
  load(): void {
    const { table } = this.#place
    this.#logs = new Map()
    this.#nextLog = 1
    for (const { key, value } of allRows(table, logsOf(this.number))) {
      const number = logIn(key)
      const log = LmdbLog.load(value, { ...this.#place, log: number })
      this.#logs.set(log.name, log)
      this.#nextLog = Math.max(this.#nextLog, number + 1)
    }
    this.#keys = LmdbEventKeys.load(this.number, this.#place)
    this.#otherOctets = 0
    for (const range of [retainedOf(this.number), consumersOf(this.number)])
      for (const { value } of allRows(table, range)) this.#otherOctets += octetsOf(value.length)
    this.#isNew = table.get(realmKey(this.name)) === undefined
    const value = table.get(positionKey(this.number))
    this.#last = value === undefined ? 0 : numberIn(unsealedJson(value)['last'])
    for (const { last } of this.#logs.values()) this.#last = Math.max(this.#last, last)
    this.#next = this.#last
    for (const [name, rule] of this.#rules) this.keep(name, rule)
  }

  get last(): number {
    return this.#last
  }

  get logs(): readonly LmdbLog[] {
    return [...this.#logs.values()]
  }

  get size(): StoreSize {
    let [events, bytes] = [0, this.#otherOctets + this.#keys.octets]
    for (const log of this.#logs.values()) {
      events += log.events
      bytes += log.octets
    }
    return { events, bytes }
  }

  /** Whether it has something to write. */
  get isChanged(): boolean {
    return this.#isNew || this.#keys.isChanged || [...this.#logs.values()].some(({ isChanged }) => isChanged)
  }

  keep(name: string, rule: KeepRule): void {
    this.#rules.set(name, rule)
    const log = this.#logs.get(name)
    if (log === undefined) this.#logs.set(name, LmdbLog.begin(name, { ...this.#place, log: this.#nextLog++ }, rule))
    else log.change(rule)
  }

  /** @throws {UsageError} when there is no such log */
  check(log: string): void {
    if (!this.#logs.has(log)) throw new UsageError(`there is no log ${log}`)
  }

  /** The event that came first with the key of a publication. */
  firstOf({ hashes, time }: KeyedPublication): KeyedEvent | undefined {
    return this.#keys.find(hashes, time)
  }

  hasRoomFor({ hashes, time }: KeyedPublication): boolean {
    return this.#keys.hasRoom(hashes, time)
  }

  /** Adds an event to a transaction; returns its position. */
  append(changes: Changes, { log, topic, isRetained, octets, keyed }: StagedEvent): number {
    const position = ++this.#next
    if (keyed !== undefined) this.#keys.add(keyed.hashes, { ...keyed, position })
    this.#logs.get(log)?.add(position, topic, octets)
    if (isRetained) this.#otherOctets += this.retained.add(changes, topic, { position, octets })
    return position
  }

  clearRetained(changes: Changes, filter: UriPattern): number {
    const { topics, octets } = this.retained.clear(changes, filter)
    this.#otherOctets -= octets
    return topics
  }

  /** @param value a sealed consumer */
  saveConsumer(changes: Changes, name: string, value: Buffer): undefined {
    const key = consumerKey(this.number, name)
    this.removeConsumer(changes, name)
    changes.put(key, value)
    this.#otherOctets += octetsOf(value.length)
  }

  removeConsumer(changes: Changes, name: string): undefined {
    const key = consumerKey(this.number, name)
    const value = changes.get(key)
    if (value === undefined) return
    changes.remove(key)
    this.#otherOctets -= octetsOf(value.length)
  }

  /** @throws {RecordError} */
  consumers(): readonly DurableConsumer[] {
    return Array.from(allRows(this.#place.table, consumersOf(this.number)), ({ value }) => consumerIn(value))
  }

  /** Writes into a transaction what was added, and what has changed besides. */
  write(changes: Changes): void {
    const { name, number, epoch } = this
    if (this.#isNew) changes.put(realmKey(name), sealedJson({ name, number, epoch }))
    this.#isNew = false
    for (const log of this.#logs.values()) log.write(changes)
    this.#keys.write(changes)
    if (this.#next > this.#last) changes.put(positionKey(number), sealedJson({ last: this.#next }))
  }

  /** The transaction was committed. */
  committed(): void {
    this.#last = this.#next
    for (const log of this.#logs.values()) log.committed()
  }

  expire(now: number): void {
    this.#keys.expire(now)
    for (const log of this.#logs.values()) log.expire(now)
  }

  /** The events of each log that fit a query, up to the newest of now. */
  sources(query: EventQuery): readonly Source[] {
    const end = this.#last
    return [...this.#logs.values()].map((log) => log.source(query, end))
  }

  droppedOf(filter: UriPattern): number {
    let last = 0
    for (const log of this.#logs.values()) last = Math.max(last, log.droppedOf(filter))
    return last
  }
}
