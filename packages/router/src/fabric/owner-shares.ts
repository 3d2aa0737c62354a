// What is on its way over a link for each owner, so that none fills it for the others. Counts only while much is on its way: a link that
// keeps up costs nothing here. Never holds a frame.

/** Frames that follow one another, over so many octets, or that count so many, are counted together. */
const BLOCK = 64 << 10

interface Block {
  /** Where the first and the last of its frames end, in octets since the life began. */
  readonly begin: number
  end: number
  /** What it counts for all owners. */
  counted: number
  readonly octets: Map<number, number>
}

/** The octets of each owner that are not acknowledged; an owner is a number other than 0. */
export class OwnerShares {
  readonly #held = new Map<number, number>()
  #blocks: Block[] = []

  /** How many owners have anything on its way. */
  get owners(): number {
    return this.#held.size
  }

  /** The octets of an owner on their way. */
  of(owner: number): number {
    return this.#held.get(owner) ?? 0
  }

  /** A frame of an owner was taken. @param octets what it counts @param end the octets of the life up to its end */
  add(owner: number, octets: number, end: number): void {
    let block = this.#blocks.at(-1)
    if (block === undefined || block.end - block.begin >= BLOCK || block.counted >= BLOCK)
      this.#blocks.push((block = { begin: end, end, counted: 0, octets: new Map() }))
    block.end = end
    block.counted += octets
    block.octets.set(owner, (block.octets.get(owner) ?? 0) + octets)
    this.#held.set(owner, this.of(owner) + octets)
  }

  /** The other node has taken in all up to a number of octets. */
  acknowledged(end: number): void {
    let done = 0
    for (const block of this.#blocks) {
      if (block.end > end) break
      done++
      for (const [owner, octets] of block.octets) this.#giveBack(owner, octets)
    }
    if (done > 0) this.#blocks = this.#blocks.slice(done)
  }

  #giveBack(owner: number, octets: number): void {
    const left = this.of(owner) - octets
    if (left > 0) this.#held.set(owner, left)
    else this.#held.delete(owner)
  }
}
