// The events of one log in memory, in order. Bounded by its rule.

import type { EventQuery, KeepRule } from '../core/ports/index.ts'
import { DroppedTopics } from './dropped-topics.ts'
import type { EventRecords } from './event-record.ts'
import type { Source } from './scan.ts'
import { fitting } from './topic-filter.ts'

/** An event as it lies in memory. */
export interface MemoryRecord {
  readonly position: number
  readonly topic: string
  readonly time: number
  readonly octets: Uint8Array
}

/** How many events that do not fit are looked at for one piece of work. */
const PIECE = 64

export class MemoryLog {
  readonly #records: EventRecords
  readonly #onDrop: (record: MemoryRecord) => void
  #rule: KeepRule
  readonly #dropped = new DroppedTopics()
  /** Events are dropped from the front at constant cost: the list is shortened only when half of it is empty. */
  #slots: (MemoryRecord | undefined)[] = []
  #first = 0
  #bytes = 0

  /** @param onDrop told of each event that is dropped */
  constructor(records: EventRecords, rule: KeepRule, onDrop: (record: MemoryRecord) => void) {
    this.#records = records
    this.#rule = rule
    this.#onDrop = onDrop
  }

  get size(): number {
    return this.#slots.length - this.#first
  }

  get dropped(): Pick<DroppedTopics, 'of'> {
    return this.#dropped
  }

  change(rule: KeepRule): void {
    this.#rule = rule
    this.#shrink()
  }

  append(record: MemoryRecord): void {
    this.#slots.push(record)
    this.#bytes += record.octets.length
    this.#shrink()
  }

  /** @param now in milliseconds since 1970 */
  expire(now: number): void {
    const { ageMs } = this.#rule
    if (ageMs === undefined) return
    for (let oldest = this.#oldest; oldest !== undefined && oldest.time < now - ageMs; oldest = this.#oldest) this.#dropOldest()
  }

  /** The events that fit a query, as they are when each is asked for. */
  *source({ filter, first, from }: EventQuery): Source {
    const fits = fitting(filter)
    const isUp = first === 'oldest'
    let looked = 0
    // By position, not by place: events may be dropped in between.
    for (let at = from, record = this.#behind(at, isUp); record !== undefined; record = this.#behind(at, isUp)) {
      at = record.position
      if (fits(record.topic)) yield this.#found(record)
      else if (++looked % PIECE === 0) yield at
    }
  }

  #found({ position, octets }: MemoryRecord) {
    return { position, bytes: octets.length, read: () => this.#records.decode(octets, 0, octets.length, position) }
  }

  /** The next event above a position, or below it. */
  #behind(position: number, isUp: boolean): MemoryRecord | undefined {
    let [low, high] = [this.#first, this.#slots.length]
    while (low < high) {
      const middle = (low + high) >> 1
      const at = this.#slots[middle]?.position ?? 0
      if (isUp ? at <= position : at < position) low = middle + 1
      else high = middle
    }
    return isUp ? this.#slots[low] : this.#slots[low - 1]
  }

  get #oldest(): MemoryRecord | undefined {
    return this.#slots[this.#first]
  }

  #shrink(): void {
    const { bytes = Number.POSITIVE_INFINITY, events = Number.POSITIVE_INFINITY } = this.#rule
    while (this.size > 0 && (this.#bytes > bytes || this.size > events)) this.#dropOldest()
  }

  #dropOldest(): void {
    const oldest = this.#oldest
    if (oldest === undefined) return
    this.#bytes -= oldest.octets.length
    this.#dropped.add(oldest.topic, oldest.position)
    this.#slots[this.#first++] = undefined
    this.#onDrop(oldest)
    if (this.#first * 2 < this.#slots.length) return
    this.#slots = this.#slots.slice(this.#first)
    this.#first = 0
  }
}
