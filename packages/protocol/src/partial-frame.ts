// The octets of an incomplete unit: a frame of which the network has delivered a part, or a message in fragments.
// Its memory is at most twice the octets that arrived, whatever length was announced.

const EMPTY = new Uint8Array(0)
const SMALLEST = 64

/** A growing copy of octets. It doubles its room, so that many small pieces cost no more than one large piece. */
export class PartialFrame {
  #buffer: Uint8Array = EMPTY
  #length = 0

  /** The number of octets that have arrived. */
  get length(): number {
    return this.#length
  }

  /** The octets that have arrived, as a view that is valid until the next call of {@link append}. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length)
  }

  /**
   * Appends a copy of `source[from, to)`.
   * @param limit the greatest length that the unit can have; the room never grows beyond it
   */
  append(source: Uint8Array, from: number, to: number, limit: number): void {
    const length = this.#length + (to - from)
    if (length > this.#buffer.length) this.#grow(length, limit)
    this.#buffer.set(source.subarray(from, to), this.#length)
    this.#length = length
  }

  /**
   * Copies from `source[from, to)` until it has `target` octets or the source has no more.
   * @returns the number of octets taken
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
