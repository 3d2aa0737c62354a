// The keys of publications in the file: one row for each, written with its event. What is known of them is in memory too.

import type { KeyedEvent, KeyHashes } from './event-keys.ts'
import { EventKeys, HASH } from './event-keys.ts'
import { eventKeyIn, eventKeyKey, eventKeysOf } from './lmdb-keys.ts'
import type { Changes, Table } from './lmdb-table.ts'
import { allRows, octetsOf } from './lmdb-table.ts'
import { RecordError } from './record-error.ts'
import { sealed, unsealed } from './sealed.ts'

/** Publication, position, time as a double, hash of the owner. */
const LENGTH = 8 + 8 + 8 + HASH
/** Octets that a row takes in the file. */
export const KEY_ROW = octetsOf(LENGTH + 4)
/** So many rows that are past are removed without anything else to write. */
const MANY = 256

export class LmdbEventKeys {
  readonly #realm: number
  readonly #keys: EventKeys
  /** Rows that the next transaction removes. */
  #past: string[] = []

  /** @param most of one owner */
  constructor(realm: number, most: number) {
    this.#realm = realm
    this.#keys = new EventKeys(most)
  }

  /** Those that are in the file. @throws {RecordError} */
  static load(realm: number, { table, maxKeys }: { readonly table: Table; readonly maxKeys: number }): LmdbEventKeys {
    const loaded = new LmdbEventKeys(realm, maxKeys)
    for (const row of [...eventKeysIn(table, realm)].sort((one, other) => one.position - other.position)) loaded.#keys.add(row, row)
    return loaded
  }

  /** Octets that they take in the file. */
  get octets(): number {
    return this.#keys.size * KEY_ROW
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

  /** Adds one to a transaction. */
  add(changes: Changes, hashes: KeyHashes, event: KeyedEvent): void {
    this.#keys.add(hashes, event)
    const row = Buffer.allocUnsafe(LENGTH)
    row.writeBigUInt64BE(BigInt(event.publication), 0)
    row.writeBigUInt64BE(BigInt(event.position), 8)
    row.writeDoubleBE(event.time, 16)
    row.write(hashes.owner, 24, 'latin1')
    changes.put(eventKeyKey(this.#realm, hashes.id), sealed(row))
  }

  /** @param now in milliseconds since 1970 */
  expire(now: number): void {
    for (const id of this.#keys.expire(now)) this.#past.push(id)
  }

  /** Removes what is past, unless it came again. */
  write(changes: Changes): void {
    for (const id of this.#past) if (!this.#keys.has(id)) changes.remove(eventKeyKey(this.#realm, id))
    this.#past = []
  }
}

/** What is in the file. @throws {RecordError} */
export function* eventKeysIn(table: Table, realm: number): Iterable<KeyedEvent & KeyHashes> {
  for (const { key, value } of allRows(table, eventKeysOf(realm))) yield { id: eventKeyIn(key), ...keyedIn(value) }
}

/** @throws {RecordError} */
function keyedIn(value: Buffer): KeyedEvent & { readonly owner: string } {
  const row = unsealed(value)
  if (row.length !== LENGTH) throw new RecordError('a key has another length')
  const [publication, position] = [Number(row.readBigUInt64BE(0)), Number(row.readBigUInt64BE(8))]
  if (!Number.isSafeInteger(publication) || !Number.isSafeInteger(position)) throw new RecordError('a key has a number beyond 2^53')
  return { publication, position, time: row.readDoubleBE(16), owner: row.toString('latin1', 24) }
}
