// How late timers run in this process: so long everything else waits as well. One timer for all users of it; none while there are none.

import { Histogram } from './core/index.ts'

/** How late timers were lately, in milliseconds. */
export interface LoopDelay {
  readonly mean: number
  /** An estimate. */
  readonly p99: number
  readonly max: number
}

const LOOK_MS = 50
/** Of two windows the older one is shown, so that there is always one that has seen enough. */
const WINDOW_LOOKS = 10_000 / LOOK_MS
/** In seconds. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

export class EventLoopWatch {
  /** Of all looks since the first start, in seconds. */
  readonly delays = new Histogram(BOUNDS)
  #older = new Window()
  #newer = new Window()
  #users = 0
  #timer: NodeJS.Timeout | undefined
  #planned = 0

  /** Looks 20 times a second. @returns ends that, unless others want it too */
  start(): () => void {
    this.#users++
    if (this.#timer === undefined) {
      this.#planned = performance.now() + LOOK_MS
      this.#timer = setInterval(() => this.#look(), LOOK_MS).unref()
    }
    let isStarted = true
    return () => {
      if (isStarted) this.#end()
      isStarted = false
    }
  }

  /** In the last 10 to 20 s. */
  get recent(): LoopDelay {
    return this.#older.looks > 0 ? this.#older.delay : this.#newer.delay
  }

  #end(): void {
    if (--this.#users > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Node plans a repeated timer from the end of its last run, so each look plans the next from its own time. */
  #look(): void {
    const now = performance.now()
    const seconds = Math.max(0, now - this.#planned) / 1000
    this.#planned = now + LOOK_MS
    this.delays.add(seconds)
    this.#older.add(seconds)
    this.#newer.add(seconds)
    if (this.#newer.looks < WINDOW_LOOKS) return
    this.#older = this.#newer
    this.#newer = new Window()
  }
}

/** What was seen in some time. */
class Window {
  readonly #delays = new Histogram(BOUNDS)
  #longest = 0
  looks = 0

  add(seconds: number): void {
    this.#delays.add(seconds)
    this.#longest = Math.max(this.#longest, seconds)
    this.looks++
  }

  get delay(): LoopDelay {
    const mean = this.looks === 0 ? 0 : this.#delays.sum / this.looks
    return {
      mean: milliseconds(mean),
      p99: milliseconds(Math.min(this.#longest, this.#delays.quantile(0.99))),
      max: milliseconds(this.#longest),
    }
  }
}

function milliseconds(seconds: number): number {
  return Math.round(seconds * 1e5) / 100
}
