// The store that keeps the publications of one subscription (specification: "Event History"). The code that reads it checks the
// rights.

import type { HistoryRule } from '../ports/settings.ts'
import type { EventHistory, StoredEvent } from '../state/stored-event.ts'

/** The newest events of one subscription in memory, bounded in number, octets and age. */
export class RecentEvents implements EventHistory {
  #rule: HistoryRule
  /** Events are dropped from the front at constant cost: the list is shortened only when half of it is empty. */
  #slots: (StoredEvent | undefined)[] = []
  #first = 0
  #bytes = 0

  constructor(rule: HistoryRule) {
    this.#rule = rule
  }

  get size(): number {
    return this.#slots.length - this.#first
  }

  change(rule: HistoryRule): void {
    this.#rule = rule
    this.#shrink()
  }

  append(event: StoredEvent): void {
    this.#slots.push(event)
    this.#bytes += event.bytes
    this.#shrink()
    this.expire(event.keptAt)
  }

  expire(now: number): void {
    const { ageMs } = this.#rule
    if (ageMs === undefined) return
    for (let oldest = this.#slots[this.#first]; oldest !== undefined && oldest.keptAt < now - ageMs; oldest = this.#slots[this.#first]) {
      this.#dropOldest()
    }
  }

  events(): readonly StoredEvent[] {
    return this.#slots.filter((event) => event !== undefined)
  }

  #shrink(): void {
    const { events, bytes = DEFAULT_BYTES } = this.#rule
    while (this.#bytes > bytes || this.size > events) this.#dropOldest()
  }

  #dropOldest(): void {
    this.#bytes -= this.#slots[this.#first]?.bytes ?? 0
    this.#slots[this.#first++] = undefined
    if (this.#first * 2 < this.#slots.length) return
    this.#slots = this.#slots.slice(this.#first)
    this.#first = 0
  }
}

const DEFAULT_BYTES = 4 * 1024 * 1024
