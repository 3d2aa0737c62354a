// The layout of CBOR (RFC 8949): finds where a value ends without recursion and without building it.
// It compares every announced length with the octets that are left.

import { ProtocolError } from '../errors.ts'
import type { TextPort } from '../text.ts'
import { uint16, uint32 } from './binary.ts'
import { isUtf8 } from './strings.ts'

export const BYTES = 2
export const TEXT = 3
export const LIST = 4
export const DICT = 5
export const TAG = 6
export const OTHER = 7

/** The additional information of lists, dicts and strings of indefinite length, which a break ends. */
export const INDEFINITE = 31
export const BREAK = 0xff

/** The values left in a list of indefinite length, and in such a dict before a key and before the value of a key. */
const OPEN_LIST = -1
const OPEN_KEY = -2
const OPEN_VALUE = -3

/** Throws the error for octets that are not CBOR. */
export function malformed(pos: number): never {
  throw new ProtocolError(`malformed CBOR at octet ${pos}`)
}

/** The number of octets of the head at `pos`: the first octet and its argument. */
export function headSize(bytes: Uint8Array, pos: number, end: number): number {
  if (pos >= end) malformed(end)
  const c = bytes[pos] as number
  const info = c & 31
  if (info < 24) return 1
  if (info > 27) return info === INDEFINITE && c >= 0x5f && c < 0xc0 ? 1 : malformed(pos)
  const size = 1 + (1 << (info - 24))
  if (pos + size > end) malformed(end)
  if (c === 0xf8 && (bytes[pos + 1] as number) < 32) malformed(pos)
  return size
}

/** The argument of the head at `pos` as a length; not exact beyond 2^53, but then longer than any message. */
export function lengthAt(bytes: Uint8Array, pos: number): number {
  const info = (bytes[pos] as number) & 31
  if (info < 24) return info
  if (info === 24) return bytes[pos + 1] as number
  if (info === 25) return uint16(bytes, pos + 1)
  const high = uint32(bytes, pos + 1)
  return info === 26 ? high : high * 0x1_0000_0000 + uint32(bytes, pos + 5)
}

/** Finds the end of values, one at a time. */
export class CborLayout {
  #text: TextPort
  #maxDepth: number
  /** The number of values left in each open list, dict or tag. */
  #left: Float64Array

  constructor(text: TextPort, maxDepth: number) {
    this.#text = text
    this.#maxDepth = maxDepth
    this.#left = new Float64Array(maxDepth + 1)
  }

  /**
   * The position after the value that begins at `start`.
   * @param depth the number of lists, dicts and tags around it
   * @throws {ProtocolError} when it is not CBOR, incomplete, or too deep
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
      if (pos >= end) malformed(end)
      const c = bytes[pos] as number
      if (left > 0) left--
      else if (c === BREAK && left !== OPEN_VALUE) {
        pos++
        left = 0
        continue
      } else if (left !== OPEN_LIST) left = left === OPEN_KEY ? OPEN_VALUE : OPEN_KEY
      const major = c >> 5
      const isShort = (c & 31) < 24
      if (major === BYTES && isShort) {
        pos = afterShortBytes(pos, c, end)
        continue
      }
      const size = isShort ? 1 : headSize(bytes, pos, end)
      if (major < BYTES || major === OTHER) pos += size
      else if (major < LIST) pos = this.afterString(bytes, pos, end)
      else {
        if (depth >= this.#maxDepth) throw new ProtocolError(`a message is nested deeper than ${this.#maxDepth}`)
        lefts[depth++] = left
        left = leftOf(bytes, pos, c)
        pos += size
        if (left > end - pos) malformed(pos)
      }
    }
  }

  /** The position after the text or byte string at `start`, with its chunks if it has any. Checks the UTF-8 of text. */
  afterString(bytes: Uint8Array, start: number, end: number): number {
    const c = bytes[start] as number
    if ((c & 31) !== INDEFINITE) return this.afterChunk(bytes, start, end)
    let pos = start + 1
    while (pos < end && bytes[pos] !== BREAK) {
      const chunk = bytes[pos] as number
      if (chunk >> 5 !== c >> 5 || (chunk & 31) === INDEFINITE) malformed(pos)
      pos = this.afterChunk(bytes, pos, end)
    }
    return pos < end ? pos + 1 : malformed(end)
  }

  /** The position after the string of definite length at `start`. */
  afterChunk(bytes: Uint8Array, start: number, end: number): number {
    const pos = start + headSize(bytes, start, end)
    const length = lengthAt(bytes, start)
    if (length > end - pos) malformed(pos)
    if ((bytes[start] as number) >> 5 === TEXT && !isUtf8(this.#text, bytes, pos, pos + length)) {
      throw new ProtocolError('a string is not UTF-8')
    }
    return pos + length
  }
}

/** The position after the byte array at `pos`, whose first octet holds its length. */
function afterShortBytes(pos: number, c: number, end: number): number {
  const after = pos + 1 + (c & 31)
  return after > end ? malformed(pos + 1) : after
}

/** The number of values that the list, dict or tag at `pos` announces. */
function leftOf(bytes: Uint8Array, pos: number, c: number): number {
  const major = c >> 5
  if (major === TAG) return 1
  if ((c & 31) === INDEFINITE) return major === LIST ? OPEN_LIST : OPEN_KEY
  return lengthAt(bytes, pos) * (major === LIST ? 1 : 2)
}
