// Reads everything that the file of a store has, and says what is wrong. Changes nothing.

import { entriesOf, readIndex } from './chunk.ts'
import { consumerIn } from './consumer-record.ts'
import type { EventRecords } from './event-record.ts'
import { keysIn } from './lmdb-event-keys.ts'
import { baseIn, chunkKey, consumersOf, eventKeysOf, indexesOf, logIn, logsOf, positionKey, REALMS, retainedOf } from './lmdb-keys.ts'
import { recordsIn } from './lmdb-retained.ts'
import type { Row, Table } from './lmdb-table.ts'
import { allRows } from './lmdb-table.ts'
import { RecordError } from './record-error.ts'
import { numberIn, textIn, unsealedJson } from './sealed.ts'

/** Something that cannot be read. */
export interface Damage {
  readonly what: string
  readonly realm?: string | undefined
  readonly log?: string | undefined
  /** Of the first event that is concerned. */
  readonly position?: number | undefined
}

/** The most damaged places that are reported. */
const MOST_DAMAGES = 1_000

export function verified(table: Table, records: EventRecords, onEvents: (events: number) => void) {
  const verifying = new Verifying(table, records, onEvents)
  verifying.all()
  return { damages: verifying.damages, events: verifying.events }
}

class Verifying {
  readonly damages: Damage[] = []
  events = 0
  readonly #table: Table
  readonly #records: EventRecords
  readonly #onEvents: (events: number) => void

  constructor(table: Table, records: EventRecords, onEvents: (events: number) => void) {
    this.#table = table
    this.#records = records
    this.#onEvents = onEvents
  }

  all(): void {
    for (const { value } of allRows(this.#table, REALMS)) this.#try({}, () => this.#realm(unsealedJson(value)))
  }

  #realm({ name, number }: Readonly<Record<string, unknown>>): void {
    const [realm, id] = [textIn(name), numberIn(number, 0xffff_ffff)]
    this.#try({ realm }, () => {
      const value = this.#table.get(positionKey(id))
      if (value !== undefined) numberIn(unsealedJson(value)['last'])
    })
    for (const row of allRows(this.#table, logsOf(id))) this.#try({ realm }, () => this.#log({ realm, id }, row))
    for (const { value } of allRows(this.#table, retainedOf(id)))
      this.#try({ realm }, () => {
        for (const { octets, position } of recordsIn(value)) this.#records.decode(octets, 0, octets.length, position)
      })
    for (const { value } of allRows(this.#table, consumersOf(id))) this.#try({ realm }, () => void consumerIn(value))
    for (const { value } of allRows(this.#table, eventKeysOf(id))) this.#try({ realm }, () => void keysIn(value))
  }

  #log({ realm, id }: { readonly realm: string; readonly id: number }, { key, value }: Row): void {
    const number = logIn(key)
    const { name, droppedTo } = unsealedJson(value)
    const [log, dropped] = [textIn(name), numberIn(droppedTo)]
    for (const index of allRows(this.#table, indexesOf(id, number))) {
      const position = baseIn(index.key)
      this.#try({ realm, log, position }, () => this.#chunk(index, chunkKey(id, number, position), dropped))
      this.#onEvents(this.events)
      if (this.damages.length >= MOST_DAMAGES) return
    }
  }

  #chunk(index: Row, key: Buffer, droppedTo: number): void {
    const base = baseIn(index.key)
    const chunk = this.#table.get(key)
    const { last, events, bytes } = readIndex(this.#table.get(index.key) ?? index.value)
    if (chunk === undefined) {
      if (this.#table.get(index.key) === undefined) return // A router has dropped it meanwhile.
      throw new RecordError('a chunk is missing')
    }
    const entries = entriesOf(chunk, base)
    const sum = entries.reduce((octets, { start, end }) => octets + end - start, 0)
    if (entries.length !== events || entries.at(-1)?.position !== last || sum !== bytes)
      throw new RecordError('a chunk is not as its index says')
    for (const { position, start, end } of entries) {
      this.#records.decode(chunk, start, end, position)
      if (position > droppedTo) this.events++
    }
  }

  #try(place: Omit<Damage, 'what'>, read: () => void): void {
    try {
      read()
    } catch (error) {
      if (!(error instanceof RecordError)) throw error
      this.damages.push({ what: error.message, ...place })
    }
  }
}
