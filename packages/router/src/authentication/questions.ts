// Asks procedures about clients, with a time limit and few questions at a time, for which addresses take turns: those with many logins
// do not block a procedure for others. Reads no answer.

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
  /** Undefined when the client has left, or has waited too long. */
  done: Done | undefined
  /** Set once the procedure is called. */
  cancel: (() => void) | undefined
}

/** The questions of one address to one procedure. */
interface Asker {
  asked: number
  readonly waiting: Set<Question>
}

/** The questions to one procedure. */
interface Line {
  readonly caller: ProcedureCaller
  readonly procedure: string
  asked: number
  /** In the order of their turns. */
  readonly askers: Map<string, Asker>
}

/** How many questions of one address are open at a procedure at a time. An address has never more than are left for the others. */
const MOST_ASKED = 16
/** How many are of all addresses: what one callee answers one after another in 50 ms each is done in 3 s. */
const MOST_OF_ALL = 64
/**
 * A procedure that is called works on, also when its client has heard that it took too long: the question counts meanwhile, or the callee
 * would get ever more. After so many times the limit it is cancelled: a callee that never answers must not stop all logins.
 */
const LIMITS_UNTIL_CANCELLED = 2

export class Questions {
  readonly #now: () => number
  readonly #networkOf: (address: string) => string
  readonly #open = new Set<Question>()
  readonly #lines = new Set<Line>()

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
    // Waiting ones first, so that they do not get the turns of called ones.
    for (const question of this.#open) if (question.cancel === undefined && now >= question.deadline) this.#drop(question)
    for (const question of this.#open) {
      const { deadline, call } = question
      if (now >= deadline + (LIMITS_UNTIL_CANCELLED - 1) * call.deadlineMs) this.#drop(question)
      else if (now >= deadline) answer(question, undefined)
    }
  }

  /** Abandons all questions. */
  close(): void {
    for (const question of this.#open) if (question.cancel === undefined) this.#drop(question)
    for (const question of this.#open) this.#drop(question)
  }

  #takeTurn(question: Question, name: string): void {
    const line = this.#lineOf(question.call) ?? newLine(question.call)
    this.#lines.add(line)
    const asker = line.askers.get(name) ?? { asked: 0, waiting: new Set() }
    line.askers.set(name, asker)
    asker.waiting.add(question)
    this.#callNext(line)
  }

  /** Realms have few procedures for this. */
  #lineOf({ caller, procedure }: QuestionCall): Line | undefined {
    for (const line of this.#lines) if (line.caller === caller && line.procedure === procedure) return line
    return undefined
  }

  /** Calls for those whose turn it is. */
  #callNext(line: Line): void {
    for (let left = MOST_OF_ALL - line.asked; left > 0; left--) {
      const next = takeNext(line, Math.min(MOST_ASKED, left))
      if (next === undefined) return
      line.asked++
      this.#call(next)
    }
  }

  #call(question: Question): void {
    const { caller, procedure, args, deadlineMs } = question.call
    const timeout = LIMITS_UNTIL_CANCELLED * deadlineMs
    question.cancel = caller.call(procedure, args, { timeout }, (outcome) => this.#settle(question, outcome))
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
    answer(question, outcome)
  }

  #leave(question: Question, name: string): void {
    const line = this.#lineOf(question.call)
    const asker = line?.askers.get(name)
    if (line === undefined || asker === undefined) return
    if (!asker.waiting.delete(question)) {
      asker.asked--
      line.asked--
    }
    if (asker.asked === 0 && asker.waiting.size === 0) line.askers.delete(name)
    if (line.askers.size === 0) this.#lines.delete(line)
    else this.#callNext(line)
  }
}

function newLine({ caller, procedure }: QuestionCall): Line {
  return { caller, procedure, asked: 0, askers: new Map() }
}

/** Takes the next question of the first address that may ask, whose next turn comes after those of the others. */
function takeNext({ askers }: Line, most: number): Question | undefined {
  for (const [name, asker] of askers) {
    const [next] = asker.waiting
    if (next === undefined || asker.asked >= most) continue
    asker.waiting.delete(next)
    asker.asked++
    askers.delete(name)
    askers.set(name, asker)
    return next
  }
  return undefined
}

/** The client hears it once. */
function answer(question: Question, outcome: CallOutcome | undefined): void {
  const { done } = question
  question.done = undefined
  done?.(outcome)
}
