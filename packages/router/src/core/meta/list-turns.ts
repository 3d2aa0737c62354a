// The making of long lists in many turns. One list at a time is made, for all callers together, since each takes
// memory until it is done: a call for another list first goes on with this one.

import type { OwnOutcome } from './meta-session.ts'
import { Unfinished } from './meta-session.ts'

/** The steps in which a list is made, of some milliseconds at most. */
export type Steps<T> = Generator<undefined, T, undefined>

/** Entries that are looked at in one step. */
export const ENTRIES_IN_A_STEP = 2_000

/** A list that is being made; undefined until it is. */
interface Making {
  next(): void
}

export class ListTurns {
  #making: Making | undefined

  /**
   * Makes a list, in one turn if it is short.
   * @param entries how many there are to look at
   * @param steps makes the list; they never throw
   * @param then makes the answer
   * @param again called in a later turn when another list is made in this one; it may find that the list is not needed any more
   */
  make<T>(entries: number, steps: () => Steps<T>, then: (made: T) => OwnOutcome, again: () => OwnOutcome): OwnOutcome {
    if (entries > ENTRIES_IN_A_STEP) return this.#making === undefined ? this.#begin(steps(), then) : this.#help(again)
    const short = steps()
    for (;;) {
      const { done, value } = short.next()
      if (done === true) return then(value)
    }
  }

  #help(again: () => OwnOutcome): OwnOutcome {
    this.#making?.next()
    return new Unfinished(again)
  }

  #begin<T>(steps: Steps<T>, then: (made: T) => OwnOutcome): OwnOutcome {
    let made: IteratorReturnResult<T> | undefined
    const making: Making = {
      next: () => {
        const result = steps.next()
        if (result.done !== true) return
        made = result
        this.#making = undefined
      },
    }
    const goOn = (): OwnOutcome => {
      // Others may have finished it meanwhile, and begun another.
      if (made === undefined) making.next()
      return made === undefined ? new Unfinished(goOn) : then(made.value)
    }
    this.#making = making
    return goOn()
  }
}

/** Sorts texts, some in each step. */
export function* sorted(texts: readonly string[]): Steps<string[]> {
  let runs: string[][] = []
  for (let i = 0; i < texts.length; i += ENTRIES_IN_A_STEP) {
    runs.push(texts.slice(i, i + ENTRIES_IN_A_STEP).sort())
    yield
  }
  while (runs.length > 1) {
    const merged: string[][] = []
    for (let i = 0; i < runs.length; i += 2) merged.push(yield* merge(runs[i] ?? [], runs[i + 1] ?? []))
    runs = merged
  }
  return runs[0] ?? []
}

function* merge(a: readonly string[], b: readonly string[]): Steps<string[]> {
  const merged: string[] = []
  let [inA, inB] = [0, 0]
  while (merged.length < a.length + b.length) {
    const [first, second] = [a[inA], b[inB]]
    const isFirst = second === undefined || (first !== undefined && first <= second)
    if (isFirst) inA++
    else inB++
    merged.push((isFirst ? first : second) as string)
    if (merged.length % ENTRIES_IN_A_STEP === 0) yield
  }
  return merged
}
