// Asks procedures about clients, with a time limit and few questions for one address at a time: an address with many logins
// does not block a procedure for others. Reads no answer.

import type { CallOutcome, ProcedureCaller } from '../core/ports/index.ts'

/** Gets the outcome of a question; undefined when none came in time. */
type Done = (outcome: CallOutcome | undefined) => void

/** A procedure and the arguments of its call. */
export interface QuestionCall {
  readonly caller: ProcedureCaller
  readonly procedure: string
  readonly args: readonly unknown[]
  readonly deadlineMs: number
}

interface Question {
  readonly call: QuestionCall
  readonly deadline: number
  /** The address whose turn it takes; undefined: it waits for no turn. */
  readonly asker: string | undefined
  /** Undefined when the client has left. */
  done: Done | undefined
  /** Set once the procedure is called. */
  cancel: (() => void) | undefined
}

/** The questions of one address. */
interface Asker {
  asked: number
  readonly waiting: Set<Question>
}

/** How many questions of one address are open at procedures at a time. */
const MOST_ASKED = 16

export class Questions {
  readonly #now: () => number
  readonly #networkOf: (address: string) => string
  readonly #open = new Set<Question>()
  readonly #askers = new Map<string, Asker>()

  /**
   * @param now the clock for durations
   * @param networkOf returns the network that counts as one address
   */
  constructor(now: () => number, networkOf: (address: string) => string) {
    this.#now = now
    this.#networkOf = networkOf
  }

  /**
   * Calls a procedure; `done` is called once, in a later turn.
   * @returns abandons the question: `done` is not called. A procedure already called continues, and counts until it answers.
   */
  ask(call: QuestionCall, address: string | undefined, done: Done): () => void {
    const asker = address === undefined ? undefined : this.#networkOf(address)
    const question: Question = { call, deadline: this.#now() + call.deadlineMs, asker, done, cancel: undefined }
    this.#open.add(question)
    if (asker === undefined) this.#call(question)
    else this.#takeTurn(question, asker)
    return () => this.#forget(question)
  }

  /** Abandons questions that took too long. */
  tick(now: number): void {
    this.#dropAll((question) => now >= question.deadline)
  }

  /** Abandons all questions. */
  close(): void {
    this.#dropAll(() => true)
  }

  /** Abandons waiting questions first, so that they do not get the turns of called ones. */
  #dropAll(isOver: (question: Question) => boolean): void {
    for (const question of this.#open) if (question.cancel === undefined && isOver(question)) this.#drop(question)
    for (const question of this.#open) if (isOver(question)) this.#drop(question)
  }

  #takeTurn(question: Question, name: string): void {
    const asker = this.#askers.get(name) ?? { asked: 0, waiting: new Set() }
    this.#askers.set(name, asker)
    asker.waiting.add(question)
    this.#callNext(asker)
  }

  #callNext(asker: Asker): void {
    const [next] = asker.waiting
    if (next === undefined || asker.asked >= MOST_ASKED) return
    asker.waiting.delete(next)
    asker.asked++
    this.#call(next)
  }

  #call(question: Question): void {
    const { caller, procedure, args, deadlineMs } = question.call
    question.cancel = caller.call(procedure, args, { timeout: deadlineMs }, (outcome) => this.#settle(question, outcome))
  }

  #forget(question: Question): void {
    question.done = undefined
    if (question.cancel === undefined) this.#settle(question, undefined)
  }

  #drop(question: Question): void {
    question.cancel?.()
    this.#settle(question, undefined)
  }

  #settle(question: Question, outcome: CallOutcome | undefined): void {
    if (!this.#open.delete(question)) return
    if (question.asker !== undefined) this.#leave(question, question.asker)
    question.done?.(outcome)
  }

  #leave(question: Question, name: string): void {
    const asker = this.#askers.get(name)
    if (asker === undefined) return
    if (!asker.waiting.delete(question)) asker.asked--
    this.#callNext(asker)
    if (asker.asked === 0 && asker.waiting.size === 0) this.#askers.delete(name)
  }
}
