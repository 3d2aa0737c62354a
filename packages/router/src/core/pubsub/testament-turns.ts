// Publishes testaments in the turns of later tasks once those of one turn have brought many events. Knows no sessions.

import type { Scheduler } from '../ports/clock.ts'

/** Events that the testaments of one turn may bring, and of each turn after it; the last may go beyond. */
const MOST_EVENTS = 4_096
/** What a testament takes besides its events. */
const OF_A_TESTAMENT = 16

interface Waiting {
  readonly events: number
  readonly publish: () => void
}

export class TestamentTurns {
  readonly #scheduler: Scheduler
  #waiting: Waiting[] = []
  #done = 0
  #left = MOST_EVENTS
  #isDeferred = false

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  /** Runs a task, behind those that wait. @param events for how many subscribers it publishes */
  run(events: number, publish: () => void): void {
    if (this.isEmpty && this.#left > 0) return this.#now({ events, publish })
    this.#waiting.push({ events, publish })
    this.#defer()
  }

  #now({ events, publish }: Waiting): void {
    this.#left -= OF_A_TESTAMENT + events
    this.#defer()
    publish()
  }

  #defer(): void {
    if (this.#isDeferred) return
    this.#isDeferred = true
    this.#scheduler.defer(() => {
      this.#isDeferred = false
      this.#left = MOST_EVENTS
      this.#goOn()
    })
  }

  #goOn(): void {
    for (let next = this.#waiting[this.#done]; next !== undefined && this.#left > 0; next = this.#waiting[this.#done]) {
      this.#done++
      this.#now(next)
    }
    if (this.#done < this.#waiting.length) return this.#defer()
    this.#waiting = []
    this.#done = 0
  }
}
