// Runs tasks in later turns, in order, in slices of time: between two slices the event loop serves every socket.

import type { Clock, Scheduler } from './core/ports/index.ts'

/** A slice ends with the task during which this time is over. */
const SLICE_MS = 5

/** Runs a function later: queueMicrotask, setImmediate, or that of a test. */
export type Later = (run: () => void) => void

export class SlicedScheduler implements Scheduler {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #thisTurn: Later
  readonly #nextTurn: Later
  readonly #tasks: (() => void)[] = []
  #isScheduled = false
  /** Whether the slice of this turn of the event loop has begun; all tasks deferred in the turn share it. */
  #hasBegun = false
  #end = 0
  readonly #run = (): void => this.#runSome()
  readonly #onNextTurn = (): void => {
    this.#hasBegun = false
    if (this.#isScheduled) this.#runSome()
  }

  /**
   * @param thisTurn runs a function after the present code
   * @param nextTurn runs a function in the next turn of the event loop
   */
  constructor(clock: Pick<Clock, 'monotonic'>, thisTurn: Later = queueMicrotask, nextTurn: Later = setImmediate) {
    this.#clock = clock
    this.#thisTurn = thisTurn
    this.#nextTurn = nextTurn
  }

  /** @param task must not throw */
  defer(task: () => void): void {
    this.#tasks.push(task)
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#thisTurn(this.#run)
  }

  #runSome(): void {
    const tasks = this.#tasks
    let isOver = this.#isOver()
    let done = 0
    // The loop also reaches tasks that a task adds.
    for (const task of tasks) {
      if (isOver) break
      task()
      done++
      isOver = done < tasks.length && this.#isOver()
    }
    tasks.splice(0, done)
    this.#isScheduled = tasks.length > 0
  }

  /** Begins the slice of this turn, if it has not begun; the next turn continues with the remaining tasks. */
  #isOver(): boolean {
    const now = this.#clock.monotonic()
    if (this.#hasBegun) return now >= this.#end
    this.#hasBegun = true
    this.#end = now + SLICE_MS
    this.#nextTurn(this.#onNextTurn)
    return false
  }
}
