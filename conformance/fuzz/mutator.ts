// Changes octets: flips bits, and inserts limits of lengths, tokens of a format and pieces of other inputs. Knows nothing of the format.

import type { Random } from './random.ts'

/** Values at which lengths and numbers often go wrong, for each width in octets. */
const BORDERS: Readonly<Record<1 | 2 | 4 | 8, readonly bigint[]>> = {
  1: [0n, 1n, 0x17n, 0x18n, 0x1fn, 0x20n, 0x7fn, 0x80n, 0x9fn, 0xbfn, 0xffn],
  2: [0n, 1n, 0x7fn, 0x80n, 0xffn, 0x100n, 0x7fffn, 0x8000n, 0xffffn],
  4: [0n, 1n, 0xffffn, 0x1_0000n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_fffen, 0xffff_ffffn],
  8: [0n, 1n, 0xffff_ffffn, 0x1_0000_0000n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n],
}
const WIDTHS = [1, 2, 4, 8] as const

/** Creates new inputs from earlier ones. One instance changes one input at a time. */
export class Mutator {
  readonly #random: Random
  readonly #tokens: readonly Uint8Array[]
  readonly #bytes: Uint8Array
  #length = 0

  constructor(random: Random, tokens: readonly Uint8Array[], maxLength: number) {
    this.#random = random
    this.#tokens = tokens
    this.#bytes = new Uint8Array(maxLength)
  }

  /** A copy of `input` with one to sixteen changes, some of them pieces of `other`. */
  mutate(input: Uint8Array, other: Uint8Array): Uint8Array {
    this.#length = Math.min(input.length, this.#bytes.length)
    this.#bytes.set(input.subarray(0, this.#length))
    const changes = this.#random.oneIn(2) ? 1 : this.#random.oneIn(6) ? 16 : 2 + this.#random.below(3)
    for (let i = 0; i < changes; i++) this.#change(other)
    return this.#bytes.slice(0, this.#length)
  }

  #change(other: Uint8Array): void {
    const random = this.#random
    const at = random.below(this.#length + 1)
    switch (random.below(14)) {
      case 0:
      case 1:
        return this.#replace(at, 1, Uint8Array.of((this.#bytes[at] ?? 0) ^ (1 << random.below(8))))
      case 2:
        return this.#replace(at, 1, Uint8Array.of(random.below(256)))
      case 3:
        return this.#replace(at, 1, Uint8Array.of((this.#bytes[at] ?? 0) + random.below(71) - 35))
      case 4:
        return this.#border(at, true)
      case 5:
        return this.#border(at, false)
      case 6:
        return this.#replace(at, this.#shortLength(), new Uint8Array(0))
      case 7:
        return this.#insert(random.below(this.#length + 1), this.#bytes.slice(at, Math.min(this.#length, at + this.#shortLength())))
      case 8:
        return this.#insert(
          at,
          Uint8Array.from({ length: this.#shortLength() }, () => random.below(256)),
        )
      case 9:
      case 10:
        return this.#token(at)
      case 11:
        return this.#insertPiece(at, other)
      case 12:
        return this.#splice(at, other)
      default:
        return random.oneIn(4) ? this.#repeat(at) : this.#cut(at)
    }
  }

  #shortLength(): number {
    return 1 + this.#random.below(this.#random.oneIn(4) ? 64 : 6)
  }

  #border(at: number, inPlace: boolean): void {
    const width = this.#random.pick(WIDTHS)
    const value = this.#random.pick(BORDERS[width])
    const octets = Uint8Array.from({ length: width }, (_, i) => Number((value >> BigInt(8 * (width - 1 - i))) & 0xffn))
    if (inPlace) this.#replace(at, width, octets)
    else this.#insert(at, octets)
  }

  #token(at: number): void {
    if (this.#tokens.length === 0) return
    const token = this.#random.pick(this.#tokens)
    if (this.#random.oneIn(2)) this.#insert(at, token)
    else this.#replace(at, token.length, token)
  }

  #insertPiece(at: number, other: Uint8Array): void {
    const from = this.#random.below(other.length)
    this.#insert(at, other.subarray(from, from + 1 + this.#random.below(Math.min(64, other.length - from))))
  }

  #splice(at: number, other: Uint8Array): void {
    this.#length = at
    this.#insert(at, other.subarray(this.#random.below(other.length)))
  }

  /** The same few octets many times over: nesting, long lists, long strings. */
  #repeat(at: number): void {
    const piece = this.#bytes.slice(at, Math.min(this.#length, at + 1 + this.#random.below(8)))
    if (piece.length === 0) return
    const times = 1 + this.#random.below(this.#random.oneIn(8) ? 1024 : 80)
    const repeated = new Uint8Array(piece.length * times)
    for (let i = 0; i < times; i++) repeated.set(piece, i * piece.length)
    this.#insert(at, repeated)
  }

  #cut(at: number): void {
    if (this.#random.oneIn(2)) this.#length = at
    else this.#replace(0, Math.min(at, this.#length - 1), new Uint8Array(0))
  }

  #replace(at: number, count: number, octets: Uint8Array): void {
    const end = Math.min(this.#length, at + Math.max(0, count))
    this.#bytes.copyWithin(at, end, this.#length)
    this.#length -= end - at
    this.#insert(at, octets)
  }

  #insert(at: number, octets: Uint8Array): void {
    const count = Math.min(octets.length, this.#bytes.length - this.#length)
    this.#bytes.copyWithin(at + count, at, this.#length)
    this.#bytes.set(octets.subarray(0, count), at)
    this.#length += count
  }
}
