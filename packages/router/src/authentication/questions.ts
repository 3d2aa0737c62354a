// Asks procedures who a client is, with a limit of time. Reads no answer.

import type { CallOutcome, ProcedureCaller } from '../core/ports/index.ts'

/** What came of a question; undefined: nothing in time. */
type Done = (outcome: CallOutcome | undefined) => void

interface Question {
  readonly deadline: number
  readonly done: Done
  giveUp: () => void
}

export class Questions {
  readonly #now: () => number
  readonly #open = new Set<Question>()

  /** @param now the clock for durations */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Calls a procedure; `done` is called once, in a later turn. */
  ask(caller: ProcedureCaller, procedure: string, args: readonly unknown[], deadlineMs: number, done: Done): void {
    const question: Question = { deadline: this.#now() + deadlineMs, done, giveUp: () => {} }
    this.#open.add(question)
    question.giveUp = caller.call(procedure, args, deadlineMs, (outcome) => this.#settle(question, outcome))
  }

  /** Gives up what took too long. */
  tick(now: number): void {
    for (const question of this.#open) if (now >= question.deadline) this.#drop(question)
  }

  /** Gives everything up. */
  close(): void {
    for (const question of this.#open) this.#drop(question)
  }

  #drop(question: Question): void {
    question.giveUp()
    this.#settle(question, undefined)
  }

  #settle(question: Question, outcome: CallOutcome | undefined): void {
    if (this.#open.delete(question)) question.done(outcome)
  }
}
