// The retained events of a realm in the file: one row for each topic.

import type { UriPattern } from '@trunkline/protocol'
import type { KeptEvent, RetainedPage, RetainedQuery } from '../core/ports/index.ts'
import type { EventRecords } from './event-record.ts'
import { retainedKey, retainedOf } from './lmdb-keys.ts'
import type { Changes, Row, Table } from './lmdb-table.ts'
import { octetsOf } from './lmdb-table.ts'
import { RecordError } from './record-error.ts'
import type { PlacedRecord } from './retained-records.ts'
import { withRetained } from './retained-records.ts'
import { sealed, unsealed } from './sealed.ts'
import { fitting } from './topic-filter.ts'

const ENTRY_HEAD = 12
/** How many rows are looked at in one turn. */
const ROWS = 128

export class LmdbRetained {
  readonly #realm: number
  readonly #table: Table
  readonly #records: EventRecords

  constructor(realm: number, table: Table, records: EventRecords) {
    this.#realm = realm
    this.#table = table
    this.#records = records
  }

  /** Adds an event to a transaction; returns how many octets more the file takes. A row that cannot be read is replaced. */
  add(changes: Changes, topic: string, newest: PlacedRecord): number {
    const key = retainedKey(this.#realm, topic)
    const value = changes.get(key)
    const next = rowOf(withRetained(this.#readable(value), newest, this.#records))
    changes.put(key, next)
    return octetsOf(next.length) - (value === undefined ? 0 : octetsOf(value.length))
  }

  /** Removes those of a filter; returns of how many topics there were some, and how many octets they took. */
  clear(changes: Changes, filter: UriPattern): { readonly topics: number; readonly octets: number } {
    let [topics, octets] = [0, 0]
    for (const key of filter.match === 'exact' ? [retainedKey(this.#realm, filter.uri)] : changes.keys(retainedOf(this.#realm))) {
      const value = changes.get(key)
      if (value === undefined || !this.#isCleared(value, filter)) continue
      topics++
      octets += octetsOf(value.length)
      changes.remove(key)
    }
    return { topics, octets }
  }

  /** A page, made in slices: undefined after some rows without the end. @throws {RecordError} */
  *page({ filter, from, most, mostBytes }: RetainedQuery): Generator<RetainedPage | undefined, RetainedPage> {
    const events: KeptEvent[] = []
    const { start, end } = retainedOf(this.#realm)
    let [bytes, next] = [0, from]
    for (let at = from === '' ? start : after(Buffer.from(from, 'latin1')); ;) {
      const rows: readonly Row[] = this.#rows(filter, at, end)
      for (const { key, value } of rows) {
        if (!this.#fits(value, filter)) continue
        const kept = recordsIn(value)
        bytes += value.length
        if (events.length > 0 && (events.length + kept.length > most || bytes > mostBytes)) return { events, next, isLast: false }
        for (const { octets, position } of kept) events.push(this.#records.decode(octets, 0, octets.length, position))
        next = key.toString('latin1')
      }
      const last = rows.at(-1)
      if (last === undefined || rows.length < ROWS) return { events, next, isLast: true }
      at = after(last.key)
      yield undefined
    }
  }

  /** The rows from a key on; of one topic its own. */
  #rows(filter: UriPattern, start: Buffer, end: Buffer): readonly Row[] {
    if (filter.match !== 'exact') return this.#table.rows({ start, end }, ROWS)
    const key = retainedKey(this.#realm, filter.uri)
    const value = key.compare(start) < 0 ? undefined : this.#table.get(key)
    return value === undefined ? [] : [{ key, value }]
  }

  /** What cannot be read can be cleared by its topic, or with everything. */
  #isCleared(value: Buffer, filter: UriPattern): boolean {
    if (filter.match === 'exact' || (filter.match === 'prefix' && filter.uri === '')) return true
    try {
      return this.#fits(value, filter)
    } catch (error) {
      if (error instanceof RecordError) return false
      throw error
    }
  }

  /** @throws {RecordError} */
  #fits(value: Buffer, filter: UriPattern): boolean {
    const [first] = recordsIn(value)
    return first !== undefined && fitting(filter)(this.#records.headOf(first.octets, 0, first.octets.length).topic)
  }

  #readable(value: Buffer | undefined): readonly PlacedRecord[] {
    if (value === undefined) return []
    try {
      const kept = recordsIn(value)
      for (const { octets, position } of kept) this.#records.decode(octets, 0, octets.length, position)
      return kept
    } catch (error) {
      if (error instanceof RecordError) return []
      throw error
    }
  }
}

function rowOf(kept: readonly PlacedRecord[]): Buffer {
  return sealed(
    Buffer.concat(
      kept.flatMap(({ position, octets }) => {
        const head = Buffer.allocUnsafe(ENTRY_HEAD)
        head.writeUInt32BE(octets.length, 0)
        head.writeBigUInt64BE(BigInt(position), 4)
        return [head, octets]
      }),
    ),
  )
}

/** The events of one topic. @throws {RecordError} */
export function recordsIn(value: Buffer): readonly PlacedRecord[] {
  const octets = unsealed(value)
  const kept: PlacedRecord[] = []
  for (let at = 0; at < octets.length;) {
    const start = at + ENTRY_HEAD
    const end = start <= octets.length ? start + octets.readUInt32BE(at) : start
    if (end > octets.length) throw new RecordError('a retained event ends too late')
    const position = Number(octets.readBigUInt64BE(at + 4))
    if (!Number.isSafeInteger(position)) throw new RecordError('a position is beyond 2^53')
    kept.push({ position, octets: octets.subarray(start, end) })
    at = end
  }
  return kept
}

/** The least key behind a key. */
function after(key: Buffer): Buffer {
  return Buffer.concat([key, Buffer.of(0)])
}
