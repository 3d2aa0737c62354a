// The time limits of connected peers: each has at most one on the clock for durations and one date. Reads no clock.

import type { Life } from './life-host.ts'

export class LifeDeadlines {
  readonly #waiting = new Map<Life, number>()
  readonly #dated = new Map<Life, number>()

  watch(life: Life, at: number): void {
    this.#waiting.set(life, at)
  }

  watchDate(life: Life, at: number): void {
    this.#dated.set(life, at)
  }

  unwatch(life: Life): void {
    this.#waiting.delete(life)
    this.#dated.delete(life)
  }

  /** Expires the lives whose time is over. */
  look(now: number, date: number): void {
    for (const [life, at] of this.#waiting) if (now >= at) life.expire()
    for (const [life, at] of this.#dated) if (date >= at) life.expire()
  }
}
