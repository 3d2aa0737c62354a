// The keys of publications in the file: those of a transaction lie in one row, under the position of the first, so that rows are added at the end
// and removed at the beginning. They are found in memory.

import type { KeyedEvent, KeyHashes } from './event-keys.ts'
import { EventKeys, HASH, isPast } from './event-keys.ts'
import { eventKeysKey, eventKeysOf, positionIn } from './lmdb-keys.ts'
import type { Changes, Table } from './lmdb-table.ts'
import { allRows, octetsOf } from './lmdb-table.ts'
import { RecordError } from './record-error.ts'
import { sealed, unsealed } from './sealed.ts'

/** Octets of a key in a row: publication, position, time as a double, hashes of the owner and of all. */
export const KEY_OCTETS = 8 + 8 + 8 + 2 * HASH
/** The most keys in a row. */
const MOST_IN_ROW = 1_024
/** So many rows that are past are removed without anything else to write. */
const MANY = 64

type Key = KeyedEvent & KeyHashes

/** A row in the file. */
interface KeyRow {
  readonly base: number
  /** The time of the newest of its keys. */
  readonly newest: number
  readonly octets: number
}

export class LmdbEventKeys {
  readonly #realm: number
  readonly #keys: EventKeys
  /** Oldest first. */
  #rows: KeyRow[] = []
  #octets = 0
  /** Keys of the transaction that is being made. */
  #staged: Key[] = []
  /** Rows that the next transaction removes. */
  #past: number[] = []

  /** @param most of one owner */
  constructor(realm: number, most: number) {
    this.#realm = realm
    this.#keys = new EventKeys(most)
  }

  /** Those that are in the file. @throws {RecordError} */
  static load(realm: number, { table, maxKeys }: { readonly table: Table; readonly maxKeys: number }): LmdbEventKeys {
    const loaded = new LmdbEventKeys(realm, maxKeys)
    for (const { key, value } of allRows(table, eventKeysOf(realm))) {
      const keys = keysIn(value)
      for (const each of keys) loaded.#keys.add(each, each)
      loaded.#note(positionIn(key), keys, value.length)
    }
    return loaded
  }

  /** Octets that they take in the file. */
  get octets(): number {
    return this.#octets
  }

  /** Whether there is enough to remove. */
  get isChanged(): boolean {
    return this.#past.length >= MANY
  }

  find(hashes: KeyHashes, time: number): KeyedEvent | undefined {
    return this.#keys.find(hashes, time)
  }

  hasRoom({ owner }: KeyHashes, time: number): boolean {
    this.expire(time)
    return this.#keys.hasRoom(owner)
  }

  /** Adds one to the transaction. */
  add({ owner, id }: KeyHashes, { publication, position, time }: KeyedEvent): void {
    const key = { owner, id, publication, position, time }
    this.#keys.add(key, key)
    this.#staged.push(key)
  }

  /** @param now in milliseconds since 1970 */
  expire(now: number): void {
    this.#keys.expire(now)
    const first = this.#rows.findIndex(({ newest }) => !isPast(newest, now))
    for (const { base, octets } of this.#rows.splice(0, first < 0 ? this.#rows.length : first)) {
      this.#past.push(base)
      this.#octets -= octets
    }
  }

  /** Writes into the transaction what was added, and removes what is past. */
  write(changes: Changes): void {
    for (const base of this.#past) changes.remove(eventKeysKey(this.#realm, base))
    this.#past = []
    const staged = this.#staged
    this.#staged = []
    for (let at = 0; at < staged.length; at += MOST_IN_ROW) {
      const keys = staged.slice(at, at + MOST_IN_ROW)
      const [base, value] = [keys[0]?.position ?? 0, rowOf(keys)]
      changes.put(eventKeysKey(this.#realm, base), value)
      this.#note(base, keys, value.length)
    }
  }

  #note(base: number, keys: readonly Key[], length: number): void {
    const octets = octetsOf(length)
    this.#rows.push({ base, newest: keys.reduce((newest, { time }) => Math.max(newest, time), 0), octets })
    this.#octets += octets
  }
}

function rowOf(keys: readonly Key[]): Buffer {
  const row = Buffer.allocUnsafe(keys.length * KEY_OCTETS)
  keys.forEach(({ publication, position, time, owner, id }, i) => {
    const at = i * KEY_OCTETS
    row.writeBigUInt64BE(BigInt(publication), at)
    row.writeBigUInt64BE(BigInt(position), at + 8)
    row.writeDoubleBE(time, at + 16)
    row.write(owner, at + 24, HASH, 'latin1')
    row.write(id, at + 24 + HASH, HASH, 'latin1')
  })
  return sealed(row)
}

/** The keys of a row. @throws {RecordError} */
export function keysIn(value: Buffer): readonly Key[] {
  const row = unsealed(value)
  if (row.length === 0 || row.length % KEY_OCTETS !== 0) throw new RecordError('a row of keys has another length')
  return Array.from({ length: row.length / KEY_OCTETS }, (_, i) => {
    const at = i * KEY_OCTETS
    const [publication, position] = [Number(row.readBigUInt64BE(at)), Number(row.readBigUInt64BE(at + 8))]
    if (!Number.isSafeInteger(publication) || !Number.isSafeInteger(position)) throw new RecordError('a key has a number beyond 2^53')
    const owner = row.toString('latin1', at + 24, at + 24 + HASH)
    return { publication, position, time: row.readDoubleBE(at + 16), owner, id: row.toString('latin1', at + 24 + HASH, at + KEY_OCTETS) }
  })
}
