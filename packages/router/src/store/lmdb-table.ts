// The file's ordered table of octets, as the rest sees it, and the changes of one transaction.

import type { KeyRange } from './lmdb-keys.ts'

export interface Row {
  readonly key: Buffer
  readonly value: Buffer
}

/** What was committed. */
export interface Table {
  /** A copy. */
  get(key: Buffer): Buffer | undefined
  /** Rows in order of their keys, a copy of at most so many. */
  rows(range: KeyRange, most: number): readonly Row[]
}

/** What one transaction changes. */
export class Changes {
  readonly #table: Table
  readonly #rows = new Map<string, { readonly key: Buffer; readonly value: Buffer | undefined }>()
  #octets = 0

  constructor(table: Table) {
    this.#table = table
  }

  get rows(): Iterable<{ readonly key: Buffer; readonly value: Buffer | undefined }> {
    return this.#rows.values()
  }

  get size(): number {
    return this.#rows.size
  }

  /** Octets of all values. */
  get octets(): number {
    return this.#octets
  }

  /** A value as it will be. */
  get(key: Buffer): Buffer | undefined {
    const changed = this.#rows.get(key.toString('latin1'))
    return changed === undefined ? this.#table.get(key) : changed.value
  }

  put(key: Buffer, value: Buffer): void {
    this.#octets += value.length
    this.#rows.set(key.toString('latin1'), { key, value })
  }

  remove(key: Buffer): void {
    this.#rows.set(key.toString('latin1'), { key, value: undefined })
  }

  /** All keys of a range as they will be. */
  *keys(range: KeyRange): Iterable<Buffer> {
    for (const { key } of allRows(this.#table, range)) if (!this.#rows.has(key.toString('latin1'))) yield key
    for (const { key, value } of this.#rows.values())
      if (value !== undefined && range.start.compare(key) <= 0 && key.compare(range.end) < 0) yield key
  }
}

/** All rows of a range, read some at a time. */
export function* allRows(table: Table, { start: first, end }: KeyRange): Iterable<Row> {
  for (let start = first; ;) {
    const rows = table.rows({ start, end }, AT_ONCE)
    yield* rows
    const last = rows.at(-1)
    if (last === undefined || rows.length < AT_ONCE) return
    start = Buffer.concat([last.key, Buffer.of(0)])
  }
}

/** Octets that a value takes in the file: short ones lie together, a long one has pages of its own. */
export function octetsOf(length: number): number {
  return length < SHORT ? length + KEY : Math.ceil((length + KEY) / PAGE) * PAGE
}

const AT_ONCE = 64
const SHORT = 2_000
/** About what a key and the head of a page take. */
const KEY = 48
const PAGE = 4_096
