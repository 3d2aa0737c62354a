// Runs tasks in later turns, in their order, in slices of time: between two slices the event loop serves every socket.

import type { Clock, Scheduler } from './core/ports/index.ts'

/** A slice ends with the task that passes this time. */
const SLICE_MS = 5

/** Has something run later: queueMicrotask, setImmediate, or a test's own. */
export type Later = (run: () => void) => void

export class SlicedScheduler implements Scheduler {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #soon: Later
  readonly #nextTurn: Later
  readonly #tasks: (() => void)[] = []
  #isScheduled = false
  readonly #run = (): void => this.#runSlice()

  /**
   * @param soon begins a slice after what runs now
   * @param nextTurn goes on when the event loop has had its turn
   */
  constructor(clock: Pick<Clock, 'monotonic'>, soon: Later = queueMicrotask, nextTurn: Later = setImmediate) {
    this.#clock = clock
    this.#soon = soon
    this.#nextTurn = nextTurn
  }

  /** @param task throws nothing */
  defer(task: () => void): void {
    this.#tasks.push(task)
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#soon(this.#run)
  }

  #runSlice(): void {
    const tasks = this.#tasks
    const end = this.#clock.monotonic() + SLICE_MS
    let done = 0
    // Reaches also those that a task adds.
    for (const task of tasks) {
      task()
      done++
      if (done < tasks.length && this.#clock.monotonic() >= end) break
    }
    tasks.splice(0, done)
    if (tasks.length > 0) this.#nextTurn(this.#run)
    else this.#isScheduled = false
  }
}
