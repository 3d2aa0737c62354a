// The layout of MessagePack (revision 5): finds where a value ends without recursion and without building it.
// It compares every announced length with the octets that are left.

import { ProtocolError } from '../errors.ts'
import type { TextPort } from '../text.ts'
import { uint16, uint32 } from './binary.ts'
import { isUtf8 } from './strings.ts'

/** For the first octets c0 to df: the number of octets of fixed size that follow; the code handles announced sizes. */
const FOLLOWING = Uint8Array.from([0, 0, 0, 0, 1, 2, 4, 2, 3, 5, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 3, 5, 9, 17, 1, 2, 4, 2, 4, 2, 4])

/** Throws the error for octets that are not MessagePack. */
export function malformed(pos: number): never {
  throw new ProtocolError(`malformed MessagePack at octet ${pos}`)
}

/** The number of octets before the contents of the value at `pos` (announced size included), or of a whole value without contents. */
export function headSize(bytes: Uint8Array, pos: number, end: number): number {
  if (pos >= end) malformed(end)
  const c = bytes[pos] as number
  const size = c < 0xc0 || c > 0xdf ? 1 : 1 + (FOLLOWING[c - 0xc0] as number)
  return c === 0xc1 || pos + size > end ? malformed(pos) : size
}

/** Whether a first octet opens a string. */
export function isString(c: number): boolean {
  return (c >= 0xa0 && c <= 0xbf) || (c >= 0xd9 && c <= 0xdb)
}

/** Whether a first octet opens a byte array. */
export function isBinary(c: number): boolean {
  return c >= 0xc4 && c <= 0xc6
}

/** Whether a first octet opens a list. */
export function isList(c: number): boolean {
  return (c & 0xf0) === 0x90 || c === 0xdc || c === 0xdd
}

/** Whether a first octet opens a dict. */
export function isDict(c: number): boolean {
  return (c & 0xf0) === 0x80 || c === 0xde || c === 0xdf
}

/** The announced number of octets, values or members of the value at `pos`, whose first octet is `c`. */
export function announced(bytes: Uint8Array, pos: number, c: number): number {
  if (c < 0xa0) return c & 0x0f
  if (c < 0xc0) return c & 0x1f
  switch (c) {
    case 0xc4:
    case 0xc7:
    case 0xd9:
      return bytes[pos + 1] as number
    case 0xc5:
    case 0xc8:
    case 0xda:
    case 0xdc:
    case 0xde:
      return uint16(bytes, pos + 1)
    default:
      return uint32(bytes, pos + 1)
  }
}

/** Finds the end of values, one at a time. */
export class MsgpackLayout {
  #text: TextPort
  #maxDepth: number
  /** The number of values left in each open list or dict. */
  #left: Float64Array

  constructor(text: TextPort, maxDepth: number) {
    this.#text = text
    this.#maxDepth = maxDepth
    this.#left = new Float64Array(maxDepth + 1)
  }

  /**
   * The position after the value that begins at `start`.
   * @param depth the number of lists and dicts around it
   * @throws {ProtocolError} when it is not MessagePack, incomplete, or too deep
   */
  afterValue(bytes: Uint8Array, start: number, end: number, depth: number): number {
    const lefts = this.#left
    const base = depth
    let pos = start
    let left = 1
    for (;;) {
      while (left === 0) {
        if (depth === base) return pos
        left = lefts[--depth] as number
      }
      left--
      if (pos >= end) malformed(end)
      const c = bytes[pos] as number
      if (c < 0x80 || c >= 0xe0) {
        pos++
        continue
      }
      const size = headSize(bytes, pos, end)
      if (c >= 0xa0 && c < 0xc0) {
        const length = c & 0x1f
        pos = this.#afterText(bytes, pos + 1, length, end)
        continue
      }
      const isNested = c < 0xa0 || c >= 0xdc
      if (isNested) {
        const count = announced(bytes, pos, c) * (isDict(c) ? 2 : 1)
        pos += size
        if (count > end - pos) malformed(pos)
        if (depth >= this.#maxDepth) throw new ProtocolError(`a message is nested deeper than ${this.#maxDepth}`)
        lefts[depth++] = left
        left = count
      } else if (c >= 0xd9) pos = this.#afterText(bytes, pos + size, announced(bytes, pos, c), end)
      else if (c >= 0xc4 && c <= 0xc9) {
        const length = announced(bytes, pos, c)
        pos += size
        if (length > end - pos) malformed(pos)
        pos += length
      } else pos += size
    }
  }

  #afterText(bytes: Uint8Array, pos: number, length: number, end: number): number {
    if (length > end - pos) malformed(pos)
    if (!isUtf8(this.#text, bytes, pos, pos + length)) throw new ProtocolError('a string is not UTF-8')
    return pos + length
  }
}
