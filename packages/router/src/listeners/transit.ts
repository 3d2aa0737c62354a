// What the kernel has taken of a connection and may be in transit over a slow link. Reads no clock: it is asked once a tick.

/** The slowest pace of reading that is waited for: what the kernel took may be in transit for that long. */
const LEAST_OCTETS_A_SECOND = 32_768
/** About how much a kernel takes for a peer that does not read. */
const MOST_OCTETS = 4_194_304

export class Transit {
  #takenThen = 0
  #octets = 0
  #wasFull = false

  /** How many octets may not have reached the peer yet. */
  get octets(): number {
    return this.#octets
  }

  /**
   * @param taken octets that the kernel has taken by now
   * @param isFull whether it takes no more now
   * @returns whether it has taken some of what it had no room for at the last tick
   */
  look(taken: number, isFull: boolean, tickMs: number): boolean {
    const moved = Math.max(0, taken - this.#takenThen)
    const hasMoved = this.#wasFull && moved > 0
    this.#octets = Math.max(0, Math.min(MOST_OCTETS, this.#octets + moved - (LEAST_OCTETS_A_SECOND * tickMs) / 1_000))
    this.#takenThen = taken
    this.#wasFull = isFull
    return hasMoved
  }
}
