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
  /** Whether the slice of this turn of the event loop has begun; all that is deferred in the turn has it together. */
  #hasBegun = false
  #end = 0
  readonly #run = (): void => this.#runSome()
  readonly #onNextTurn = (): void => {
    this.#hasBegun = false
    if (this.#isScheduled) this.#runSome()
  }

  /**
   * @param soon begins after what runs now
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

  #runSome(): void {
    const tasks = this.#tasks
    let isOver = this.#isOver()
    let done = 0
    // Reaches also those that a task adds.
    for (const task of tasks) {
      if (isOver) break
      task()
      done++
      isOver = done < tasks.length && this.#isOver()
    }
    tasks.splice(0, done)
    this.#isScheduled = tasks.length > 0
  }

  /** Begins the slice of this turn, if it has not; after it the next turn goes on with what is left. */
  #isOver(): boolean {
    const now = this.#clock.monotonic()
    if (this.#hasBegun) return now >= this.#end
    this.#hasBegun = true
    this.#end = now + SLICE_MS
    this.#nextTurn(this.#onNextTurn)
    return false
  }
}
