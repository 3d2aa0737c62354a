// Reads the store of a folder, also while a router writes to it. Changes nothing, and takes no lock: what it reads is what was committed when it
// looked, chunk by chunk.

import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { UriPattern } from '@trunkline/protocol'
import { UsageError } from '@trunkline/protocol'
import type { DurableConsumer, KeepRule, KeptEvent } from '../core/ports/index.ts'
import { entriesOf, readIndex } from './chunk.ts'
import { EventRecords } from './event-record.ts'
import { LmdbFile } from './lmdb-file.ts'
import { checkFormat } from './lmdb-format.ts'
import { damageOf } from './lmdb-header.ts'
import { baseIn, chunkKey, indexesOf, REALMS, retainedOf } from './lmdb-keys.ts'
import type { LmdbLog } from './lmdb-log.ts'
import { LmdbRealm } from './lmdb-realm.ts'
import { recordsIn } from './lmdb-retained.ts'
import { allRows } from './lmdb-table.ts'
import type { Damage } from './lmdb-verify.ts'
import { verified } from './lmdb-verify.ts'
import { walk } from './lmdb-walk.ts'
import { RecordError } from './record-error.ts'
import { STORE_FILE } from './store-folder.ts'
import { fitting } from './topic-filter.ts'

/** A realm as its store has it. */
export interface StoredRealm {
  readonly name: string
  readonly epoch: string
  /** The position of the newest event; 0 before the first. */
  readonly last: number
  readonly logs: readonly StoredLog[]
  /** Topics with retained events. */
  readonly retained: number
  readonly subscriptions: readonly DurableConsumer[]
}

/** The events of the topics of one rule. */
export interface StoredLog {
  /** The match policy and the URI of the rule: `prefix com.shop.`. */
  readonly name: string
  readonly keep: KeepRule
  readonly events: number
  /** Octets that they take in the file. */
  readonly bytes: number
  readonly oldest: StoredPlace | undefined
  readonly newest: StoredPlace | undefined
}

/** Where an event is, and when the router accepted it, in milliseconds since 1970. */
export interface StoredPlace {
  readonly position: number
  readonly time: number
}

/** An event with the log in which it is; undefined where only its retained form is left. */
export interface StoredEvent extends KeptEvent {
  readonly log: string | undefined
}

/** Which events of a realm are wanted. */
export interface StoredQuery {
  /** Default: all topics. */
  readonly filter?: UriPattern | undefined
  /** Events above this position. Default 0. */
  readonly after?: number | undefined
}

/** Address space that is reserved: the file may grow while it is read. */
const MAP = 64 * 1024 ** 3

export class LmdbStoreReader {
  readonly path: string
  readonly #file: LmdbFile
  readonly #records = new EventRecords()

  private constructor(file: LmdbFile) {
    this.path = file.path
    this.#file = file
  }

  /**
   * Opens the store of a folder.
   * @throws {UsageError} (rejects) `TL_STORE` when there is none, or its format is another
   * @throws {StoreDamage} (rejects) when it cannot be opened
   */
  static async open(folder: string): Promise<LmdbStoreReader> {
    const path = storeFileOf(folder)
    const damage = damageOf(path)
    if (damage !== undefined) throw new StoreDamage(damage)
    let file: LmdbFile | undefined
    try {
      file = new LmdbFile({ path, maxBytes: Math.max(MAP, 2 * statSync(path).size), isReadOnly: true })
      checkFormat(file, folder)
      return new LmdbStoreReader(file)
    } catch (error) {
      await file?.close()
      throw error instanceof UsageError ? error : new StoreDamage((error as Error).message, { cause: error })
    }
  }

  /** All realms by name. @throws {StoreDamage} */
  realms(): readonly StoredRealm[] {
    return this.#reading(() => this.#loaded().map((realm) => this.#summaryOf(realm)))
  }

  /**
   * The events of a realm that fit, in the order of their positions, and among them retained ones that their log has dropped.
   * {@link KeptEvent.isRetained} is true only for those that are retained now. What comes after the call may be left out.
   * @throws {StoreDamage} at the first that cannot be read; {@link verify} tells of all
   */
  *events(realm: string, { filter = EVERYTHING, after = 0 }: StoredQuery = {}): Iterable<StoredEvent> {
    const found = this.#reading(() => this.#loaded().find(({ name }) => name === realm))
    if (found === undefined) return
    const fits = fitting(filter)
    const retained = this.#reading(() => this.#retainedOf(found.number))
    const sources = found.logs.map((log) => this.#eventsOf(found.number, log, after))
    const heads = sources.map((source) => ({ source, next: this.#reading(() => source.next()) }))
    let rest = [...retained.values()].filter(({ position }) => position > after).sort((one, other) => one.position - other.position)
    for (;;) {
      const open = heads.filter(({ next }) => next.done !== true)
      const first = open.reduce<(typeof open)[number] | undefined>(
        (least, head) => (least === undefined || positionOf(head.next) < positionOf(least.next) ? head : least),
        undefined,
      )
      const event = first?.next.value ?? undefined
      // A retained event that no log has any more.
      for (const kept of rest) {
        if (event !== undefined && kept.position >= event.position) break
        if (fits(kept.topic)) yield { ...kept, log: undefined }
      }
      if (event === undefined || first === undefined) return
      rest = rest.filter(({ position }) => position > event.position)
      if (fits(event.topic)) yield { ...event, isRetained: retained.has(event.position) }
      first.next = this.#reading(() => first.source.next())
    }
  }

  /**
   * Reads everything. A file that ends the process which reads it is found by another process.
   * @param onEvents told now and then how many events were read
   * @returns what is damaged, and how many events are not
   */
  async verify(onEvents: (events: number) => void = () => {}): Promise<{ readonly damages: readonly Damage[]; readonly events: number }> {
    const said: string[] = []
    const log = { debug() {}, info() {}, error() {}, warn: (event: string) => void said.push(event) }
    const damage = await walk(this.path, { isFull: true, log })
    if (damage?.startsWith('to read it') === true) return { damages: [{ what: damage }], events: 0 }
    const found = verified(this.#file, this.#records, onEvents)
    // What only the other process has seen.
    const more = damage === undefined || found.damages.length > 0 ? said : [damage, ...said]
    return { ...found, damages: [...found.damages, ...more.map((what) => ({ what }))] }
  }

  /** Copies the store as it is to a new file, while it is used. @throws (rejects) what the disk says */
  backup(path: string): Promise<void> {
    return this.#file.backup(path)
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  #loaded(): readonly LmdbRealm[] {
    const place = { table: this.#file, records: this.#records, maxKeys: 0, onDamage: () => {} }
    return Array.from(allRows(this.#file, REALMS), ({ value }) => LmdbRealm.load(value, (realm) => ({ realm, ...place }))).sort(
      (one, other) => (one.name < other.name ? -1 : 1),
    )
  }

  #summaryOf(realm: LmdbRealm): StoredRealm {
    let retained = 0
    for (const _row of allRows(this.#file, retainedOf(realm.number))) retained++
    const logs = realm.logs.map((log) => ({
      name: log.name,
      keep: log.rule,
      events: log.events,
      bytes: log.octets,
      oldest: this.#placeAfter(realm.number, log, 0),
      newest: this.#placeAfter(realm.number, log, log.last - 1),
    }))
    const subscriptions = [...realm.consumers()].sort((one, other) => (one.name < other.name ? -1 : 1))
    return { name: realm.name, epoch: realm.epoch, last: realm.last, logs, retained, subscriptions }
  }

  /** The place of the first event of a log above a position. */
  #placeAfter(realm: number, log: LmdbLog, position: number): StoredPlace | undefined {
    const { value } = this.#eventsOf(realm, log, position).next()
    return value && { position: value.position, time: value.time }
  }

  *#eventsOf(realm: number, { number, name, droppedTo }: LmdbLog, after: number): Generator<StoredEvent, undefined> {
    const from = Math.max(after, droppedTo)
    for (const { key, value } of allRows(this.#file, indexesOf(realm, number))) {
      if (readIndex(value).last <= from) continue
      const base = baseIn(key)
      const chunk = this.#file.get(chunkKey(realm, number, base))
      if (chunk === undefined) {
        // A router has dropped it meanwhile.
        if (this.#file.get(key) === undefined) continue
        throw new RecordError('a chunk is missing')
      }
      for (const { position, start, end } of entriesOf(chunk, base))
        if (position > from) yield { ...this.#records.decode(chunk, start, end, position), log: name }
    }
    return undefined
  }

  /** Retained events by their positions. */
  #retainedOf(realm: number): ReadonlyMap<number, KeptEvent> {
    const all = new Map<number, KeptEvent>()
    for (const { value } of allRows(this.#file, retainedOf(realm)))
      for (const { position, octets } of recordsIn(value)) all.set(position, this.#records.decode(octets, 0, octets.length, position))
    return all
  }

  #reading<T>(read: () => T): T {
    try {
      return read()
    } catch (error) {
      if (error instanceof RecordError) throw new StoreDamage(error.message, { cause: error })
      throw error
    }
  }
}

/** A store cannot be read, or not all of it. */
export class StoreDamage extends Error {
  override readonly name = 'StoreDamage'
  readonly code = 'TL_STORE_DAMAGE'

  constructor(what: string, options?: { readonly cause?: unknown }) {
    super(`the event store is damaged: ${what}`, options)
  }
}

/** @throws {UsageError} when there is no store in a folder */
function storeFileOf(folder: string): string {
  const path = join(folder, STORE_FILE)
  if (existsSync(path) && statSync(path).size > 0) return path
  throw new UsageError(`there is no event store in ${folder}`, 'TL_STORE')
}

function positionOf({ value }: IteratorResult<StoredEvent, undefined>): number {
  return value?.position ?? Number.POSITIVE_INFINITY
}

const EVERYTHING: UriPattern = { match: 'prefix', uri: '' }
