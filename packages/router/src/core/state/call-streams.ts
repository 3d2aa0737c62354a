// Which request ids of a caller belong to progressive calls: pending, open, or ended lately.
// It stores ids only; the calls themselves are in the tables.
//
// It is asked twice about a CALL, on purpose. On arrival only the id is noted: request ids are checked on arrival, also those of chunks
// whose first CALL is still pending. Whether a CALL begins a call or continues one is decided once, in its turn. Then all that came before
// it has had its effect (a last chunk may free the id), so an answer from the arrival could be wrong by then.

/** How many ended progressive calls of a session are remembered, so that the router recognizes their late chunks. */
const REMEMBERED = 1_000
const LOOKED_AT = 16

/** Specification: "Verification of CALL Request IDs". */
export class CallStreams {
  /** By request id, the oldest first: whether the first CALL has been processed, or is still pending. */
  readonly #hadTurn = new Map<number, boolean>()
  #waiting = 0

  /** How many ids it holds; for tests. */
  get size(): number {
    return this.#hadTurn.size
  }

  /** Whether a CALL with this id continues a progressive call, even if that has ended. */
  has(request: number): boolean {
    return this.#hadTurn.has(request)
  }

  /**
   * Notes the arrival of a progressive CALL; does nothing when its id is known.
   * @param open the open calls of the session, which are never forgotten
   */
  arrived(request: number, open: ReadonlyMap<number, unknown>): void {
    if (this.#hadTurn.has(request)) return
    this.#hadTurn.set(request, false)
    this.#waiting++
    this.#forgetSome(REMEMBERED + open.size + this.#waiting, open)
  }

  /** Whether a CALL that is now processed continues a progressive call. A progressive CALL that does not begins one. */
  goesOn(request: number, isProgressive: boolean): boolean {
    const hadTurn = this.#hadTurn.get(request)
    if (hadTurn === true || !isProgressive) return hadTurn === true
    if (hadTurn === false) this.#waiting--
    this.#hadTurn.set(request, true)
    return false
  }

  /** The last chunk has been processed: no late one can come, and the id is free once the call has ended. */
  forget(request: number): void {
    this.#hadTurn.delete(request)
  }

  /**
   * Forgets the oldest that have ended, beyond a number; pending and open ones move to the end of the row. It looks at few, and at the
   * others when more arrive: a client can choose ids of which each takes long to find.
   */
  #forgetSome(most: number, open: ReadonlyMap<number, unknown>): void {
    for (let looks = LOOKED_AT; looks > 0 && this.#hadTurn.size > most; looks--) {
      const [oldest] = this.#hadTurn
      if (oldest === undefined) return
      const [request, hadTurn] = oldest
      this.#hadTurn.delete(request)
      if (!hadTurn || open.has(request)) this.#hadTurn.set(request, hadTurn)
    }
  }
}
