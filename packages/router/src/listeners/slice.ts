// One slice of time in each turn of the event loop for work of one kind: the event loop serves every socket between two slices.

/** A clock for durations, and a later turn of the event loop. */
export interface SliceTurns {
  readonly now: () => number
  readonly nextTurn: (goOn: () => void) => void
}

export const SLICE_MS = 5

export class Slice {
  readonly #turns: SliceTurns
  #hasBegun = false
  #end = 0
  readonly #onNextTurn: () => void

  /** @param goOn called in the turn after each slice, when the next one has not begun */
  constructor(turns: SliceTurns, goOn: () => void) {
    this.#turns = turns
    this.#onNextTurn = () => {
      this.#hasBegun = false
      goOn()
    }
  }

  /** Whether the slice of this turn has begun. */
  get hasBegun(): boolean {
    return this.#hasBegun
  }

  /** Milliseconds until its end. */
  get left(): number {
    return this.#end - this.#turns.now()
  }

  /** Begins the slice of this turn. @param ms 0: all that comes has to wait for a later turn */
  begin(ms = SLICE_MS): void {
    this.#hasBegun = true
    this.#end = this.#turns.now() + ms
    this.#turns.nextTurn(this.#onNextTurn)
  }
}
