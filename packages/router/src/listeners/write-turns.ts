// The pieces of long messages that all connections of a listener give to their sockets share a number of octets in each turn of the
// event loop: one event of megabytes for hundreds of sessions would otherwise be encrypted in one turn. Writes nothing itself.

/** Some six milliseconds of work. */
const MOST_OCTETS = 8 * 1024 * 1024
/** An octet counts so often under TLS, where it is encrypted, and in HTTP. */
export const DEAR_OCTET = 4

export class WriteTurns {
  readonly #most: number
  #left = 0
  #hasBegun = false
  #waiting: (() => void)[] = []
  /** Whether the one whose turn has come may take a piece, although others wait. */
  #mayTake = false
  readonly #onNextTurn = (): void => {
    this.#hasBegun = false
    if (this.#waiting.length > 0) this.#serve()
  }

  /** @param most octets in a turn; the last piece may exceed it */
  constructor(most = MOST_OCTETS) {
    this.#most = most
  }

  /**
   * Whether a piece may be written in this turn; it counts then. If not, the caller has to {@link wait}.
   * @param octets of the piece, {@link DEAR_OCTET} times as many where that applies
   */
  take(octets: number): boolean {
    if (!this.#hasBegun) this.#begin()
    if (this.#left <= 0 || (this.#waiting.length > 0 && !this.#mayTake)) return false
    this.#mayTake = false
    this.#left -= octets
    return true
  }

  /** @param goOn called in a later turn, after those who wait already; it may take one piece, and must not throw */
  wait(goOn: () => void): void {
    if (!this.#hasBegun) this.#begin()
    this.#waiting.push(goOn)
  }

  #begin(): void {
    this.#hasBegun = true
    this.#left = this.#most
    setImmediate(this.#onNextTurn)
  }

  /** Also reaches those who wait for a further piece, after all others. */
  #serve(): void {
    this.#begin()
    let done = 0
    for (const goOn of this.#waiting) {
      if (this.#left <= 0) break
      this.#mayTake = true
      goOn()
      done++
    }
    this.#mayTake = false
    this.#waiting.splice(0, done)
  }
}
