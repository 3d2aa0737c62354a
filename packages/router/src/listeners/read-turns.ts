// Takes what came at once in slices: between two slices the event loop serves the other sockets.

/** Messages between two looks at the clock. */
const MESSAGES_A_LOOK = 8
const SLICE_MS = 5

/** A clock for durations, and a later turn of the event loop. */
export interface TurnsOfReading {
  readonly now: () => number
  readonly nextTurn: (goOn: () => void) => void
}

export const EVENT_LOOP: TurnsOfReading = { now: () => performance.now(), nextTurn: (goOn) => void setImmediate(goOn) }

/** The time of one connection in a turn. */
export class ReadSlice {
  readonly #turns: TurnsOfReading
  #messages = 0
  #end = 0

  constructor(turns: TurnsOfReading) {
    this.#turns = turns
  }

  /** Begins a slice. A single message looks at no clock. */
  begin(): void {
    this.#messages = 0
  }

  /** Counts a message; answers whether the slice is over. */
  isOver(): boolean {
    this.#messages++
    if (this.#messages === 1) return false
    if (this.#messages === 2) this.#end = this.#turns.now() + SLICE_MS
    return this.#messages % MESSAGES_A_LOOK === 0 && this.#turns.now() >= this.#end
  }
}
