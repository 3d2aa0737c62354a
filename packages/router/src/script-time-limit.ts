// A time limit for synchronous work, such as that of a regular expression, which no other code of its thread can stop: Node stops a
// script that runs too long, with all that it has called. That takes some 30 µs of the processor for each task.

import type { Context } from 'node:vm'
import { createContext, Script } from 'node:vm'
import type { TimeLimit } from './core/ports/index.ts'

/** Longer than the check of any payload takes on a busy machine, and short enough for all who wait meanwhile. */
const MOST_MS = 200

export class ScriptTimeLimit implements TimeLimit {
  readonly #mostMs: number
  readonly #script = new Script('task()')
  /** Made at the first use: it takes some hundred kilobytes. */
  #context: Context | undefined

  constructor(mostMs: number = MOST_MS) {
    this.#mostMs = mostMs
  }

  run<Result>(task: () => Result, late: Result): Result {
    const context = (this.#context ??= createContext({}))
    context['task'] = task
    try {
      return this.#script.runInContext(context, { timeout: this.#mostMs }) as Result
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return late
      throw error
    } finally {
      context['task'] = undefined
    }
  }
}
