// The octets of something that has not come whole yet: a frame cut by the network, a message in fragments.
// Never allocates for what was only announced: it holds at most twice what arrived.

const EMPTY = new Uint8Array(0)
const SMALLEST = 64

/** A growing copy of octets, made by doubling, so that many small pieces cost no more than one large. */
export class PartialFrame {
  #buffer: Uint8Array = EMPTY
  #length = 0

  /** How many octets have come. */
  get length(): number {
    return this.#length
  }

  /** What has come; a view that holds until the next call of {@link append}. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length)
  }

  /**
   * Copies `source[from, to)` behind what is there.
   * @param limit the most that can ever come; bounds how far the copy grows ahead
   */
  append(source: Uint8Array, from: number, to: number, limit: number): void {
    const length = this.#length + (to - from)
    if (length > this.#buffer.length) this.#grow(length, limit)
    this.#buffer.set(source.subarray(from, to), this.#length)
    this.#length = length
  }

  /**
   * Copies from `source[from, to)` until `target` octets are there or the source is used up.
   * @returns how many octets were taken
   */
  fill(target: number, source: Uint8Array, from: number, to: number): number {
    const taken = Math.max(0, Math.min(target - this.#length, to - from))
    this.append(source, from, from + taken, target)
    return taken
  }

  #grow(length: number, limit: number): void {
    const buffer = new Uint8Array(Math.max(length, Math.min(limit, Math.max(SMALLEST, this.#buffer.length * 2))))
    buffer.set(this.bytes)
    this.#buffer = buffer
  }
}
