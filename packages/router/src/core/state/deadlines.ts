// Deadlines in order of time, over all realms of a router. One alarm serves them all; without deadlines nothing runs.

import type { Alarm } from '../ports/clock.ts'

/** A time and what happens then; made by the code that sets it. */
export interface Deadline {
  /** On the clock for durations. Changed only by {@link Deadlines}. */
  at: number
  /** Its place in the heap; -1 while it is not set. Changed only by {@link Deadlines}. */
  place: number
  /** The time has come; the deadline is no longer set. */
  expire(): void
}

/** A binary heap whose members know their place, so that each of them can be moved or removed at once. */
export class Deadlines {
  readonly #alarm: Alarm
  readonly #heap: Deadline[] = []
  /** The time that the alarm is set to. It may be earlier than needed, never later. */
  #alarmAt = Number.POSITIVE_INFINITY

  constructor(alarm: Alarm) {
    this.#alarm = alarm
  }

  /** How many are set. */
  get size(): number {
    return this.#heap.length
  }

  /** Sets a deadline, or moves one that is set. */
  set(deadline: Deadline, at: number): void {
    if (deadline.place === -1) {
      deadline.place = this.#heap.length
      this.#heap.push(deadline)
    }
    deadline.at = at
    this.#rise(deadline)
    this.#sink(deadline)
    this.#wakeAt(at)
  }

  /** Removes a deadline; does nothing when it is not set. */
  clear(deadline: Deadline): void {
    const { place } = deadline
    if (place === -1) return
    deadline.place = -1
    const last = this.#heap.pop()
    if (last === undefined || last === deadline) return
    this.#put(last, place)
    this.#rise(last)
    this.#sink(last)
  }

  /**
   * Expires those whose time has come, the earliest first; of very many the rest when the alarm rings again, which is at once. The
   * alarm calls it; a call at another time does no harm.
   */
  run(now: number): void {
    this.#alarmAt = Number.POSITIVE_INFINITY
    let next = this.#heap[0]
    for (let left = MOST_EXPIRED_AT_ONCE; left > 0 && next !== undefined && next.at <= now; left--) {
      this.clear(next)
      next.expire()
      next = this.#heap[0]
    }
    if (next !== undefined) this.#wakeAt(next.at)
  }

  #wakeAt(at: number): void {
    if (at >= this.#alarmAt) return
    this.#alarmAt = at
    this.#alarm.set(at)
  }

  #put(deadline: Deadline, place: number): void {
    this.#heap[place] = deadline
    deadline.place = place
  }

  #rise(deadline: Deadline): void {
    while (deadline.place > 0) {
      const { place } = deadline
      const above = this.#heap[(place - 1) >> 1]
      if (above === undefined || above.at <= deadline.at) return
      this.#put(deadline, above.place)
      this.#put(above, place)
    }
  }

  #sink(deadline: Deadline): void {
    for (;;) {
      const { place } = deadline
      const left = this.#heap[2 * place + 1]
      const right = this.#heap[2 * place + 2]
      const below = right !== undefined && left !== undefined && right.at < left.at ? right : left
      if (below === undefined || below.at >= deadline.at) return
      this.#put(deadline, below.place)
      this.#put(below, place)
    }
  }
}

/** Some milliseconds of work, so that others have their turn between. */
const MOST_EXPIRED_AT_ONCE = 1_024
