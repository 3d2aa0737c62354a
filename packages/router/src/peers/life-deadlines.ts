// The time limits of connected peers: each has at most one on the clock for durations and one date. Reads no clock.

import type { Scheduler } from '../core/ports/index.ts'
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

  /**
   * Expires the lives whose time is over; those whose date has come by `scheduler`: many tokens may expire together, and each session
   * may have much to end.
   */
  look(now: number, date: number, scheduler: Scheduler): void {
    for (const [life, at] of this.#waiting) if (now >= at) life.expire()
    for (const [life, at] of this.#dated) if (date >= at) scheduler.defer(() => this.#expireDated(life, at))
  }

  /** The date may have changed meanwhile, by another token. */
  #expireDated(life: Life, at: number): void {
    if (this.#dated.get(life) === at) life.expire()
  }
}
