// Which request ids of a caller belong to progressive calls: under way, waiting for their turn, or finished lately.
// It remembers ids only; the calls themselves are in the tables.

/** How many finished progressive calls of a session are remembered, so that a late chunk of them is known as one. */
const REMEMBERED = 1_000

/** Specification: "Verification of CALL Request IDs". */
export class CallStreams {
  /** Whether the first CALL of each had its turn, by request id, the oldest first. */
  readonly #hadTurn = new Map<number, boolean>()
  #waiting = 0

  /** Whether a CALL with this id continues a progressive call, even if that has ended. */
  has(request: number): boolean {
    return this.#hadTurn.has(request)
  }

  /**
   * Takes note of a progressive CALL that arrived; nothing when its id is known.
   * @param open the open calls of the session, which are never forgotten
   */
  arrived(request: number, open: ReadonlyMap<number, unknown>): void {
    if (this.#hadTurn.has(request)) return
    this.#hadTurn.set(request, false)
    this.#waiting++
    if (this.#hadTurn.size > REMEMBERED + open.size + this.#waiting) this.#forgetOne(open)
  }

  /** Whether it is the turn of the first CALL with this id; false for all later ones. */
  begin(request: number): boolean {
    if (this.#hadTurn.get(request) !== false) return false
    this.#hadTurn.set(request, true)
    this.#waiting--
    return true
  }

  /** Forgets the oldest that has ended; those under way go to the end of the row. */
  #forgetOne(open: ReadonlyMap<number, unknown>): void {
    for (let tries = this.#hadTurn.size; tries > 0; tries--) {
      const [oldest] = this.#hadTurn
      if (oldest === undefined) return
      const [request, hadTurn] = oldest
      this.#hadTurn.delete(request)
      if (hadTurn && !open.has(request)) return
      this.#hadTurn.set(request, hadTurn)
    }
  }
}
