// The grammar of RFC 8259 over octets: finds where a value ends, strictly, without recursion and without building the value.
// `end` is always the length of the octets.

import { ProtocolError } from '../errors.ts'
import type { TextPort } from '../text.ts'
import { isUtf8 } from './strings.ts'

/** The octets that end a run of plain octets in a string: control characters, quote, backslash. */
const STOPS = Uint8Array.from({ length: 256 }, (_, c) => (c < 0x20 || c === 0x22 || c === 0x5c ? 1 : 0))
/** The characters that may follow a backslash, besides `u`. */
const ESCAPED = new Set(Array.from('"\\/bfnrt', (c) => c.charCodeAt(0)))
/** The number of octets of a string that are read one by one before words of four. */
const RUN = 24
const KEPT = 65_536
const NO_WORDS = new Int32Array(0)

/** Throws the error for text that is not JSON. */
export function malformed(pos: number): never {
  throw new ProtocolError(`malformed JSON at octet ${pos}`)
}

/** The position of the first non-blank octet from `pos`. */
export function afterBlanks(bytes: Uint8Array, pos: number, end: number): number {
  while (pos < end) {
    const c = bytes[pos] as number
    if (c > 0x20 || (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09)) break
    pos++
  }
  return pos
}

/** The same, fast where there is no blank; an octet past the end is undefined and matches no octet. */
function skipBlanks(bytes: Uint8Array, pos: number, end: number): number {
  return (bytes[pos] as number) > 0x20 ? pos : afterBlanks(bytes, pos, end)
}

/** The position after the number that begins at `pos`. A number that the end of the octets cuts is malformed. */
export function afterNumber(bytes: Uint8Array, pos: number): number {
  let c = bytes[pos] as number
  if (c === 0x2d) c = bytes[++pos] as number
  if (c === 0x30) c = bytes[++pos] as number
  else {
    if (!isDigit(c)) malformed(pos)
    do c = bytes[++pos] as number
    while (isDigit(c))
  }
  if (c === 0x2e) {
    c = bytes[++pos] as number
    if (!isDigit(c)) malformed(pos)
    do c = bytes[++pos] as number
    while (isDigit(c))
  }
  if (c === 0x65 || c === 0x45) {
    c = bytes[++pos] as number
    if (c === 0x2b || c === 0x2d) c = bytes[++pos] as number
    if (!isDigit(c)) malformed(pos)
    do c = bytes[++pos] as number
    while (isDigit(c))
  }
  return pos
}

/** The position after `true`, `false` or `null`. */
export function afterWord(bytes: Uint8Array, pos: number): number {
  const word = bytes[pos] === 0x74 ? 'true' : bytes[pos] === 0x66 ? 'false' : 'null'
  for (let i = 0; i < word.length; i++) if (bytes[pos + i] !== word.charCodeAt(i)) malformed(pos)
  return pos + word.length
}

function isDigit(c: number): boolean {
  return c >= 0x30 && c <= 0x39
}

/** Finds the end of values and strings. Works on one message at a time. */
export class JsonGrammar {
  #text: TextPort
  #maxDepth: number
  /** Whether the list or dict at each depth is a dict. */
  #isDict: Uint8Array
  /** Whether the last string read holds a backslash. */
  hadEscape = false
  #high = 0
  #words: Int32Array = NO_WORDS

  constructor(text: TextPort, maxDepth: number) {
    this.#text = text
    this.#maxDepth = maxDepth
    this.#isDict = new Uint8Array(maxDepth + 1)
  }

  /**
   * The position after the value that begins at `pos`; it also checks the UTF-8.
   * @param depth the number of lists and dicts around it
   * @throws {ProtocolError} when it is not JSON, or too deep
   */
  afterValue(bytes: Uint8Array, pos: number, end: number, depth: number): number {
    this.#high = 0
    const after = this.#walk(bytes, pos, end, depth)
    if (this.#high >= 0x80 && !isUtf8(this.#text, bytes, pos, after)) throw new ProtocolError('a string is not UTF-8')
    return after
  }

  /** The position after the string whose first octet within the quotes is at `pos`. Its UTF-8 is not checked. */
  afterString(bytes: Uint8Array, start: number, end: number): number {
    let pos = start
    let high = 0
    this.hadEscape = false
    for (;;) {
      const stop = pos + RUN
      let c = bytes[pos] as number
      while (STOPS[c] === 0 && pos < stop) {
        high |= c
        c = bytes[++pos] as number
      }
      if (c === 0x22) {
        this.#high |= high
        return pos + 1
      }
      if (c === 0x5c) {
        this.hadEscape = true
        pos = afterEscape(bytes, pos + 1, end)
      } else if (pos < stop) malformed(pos)
      else if (end - pos >= RUN) pos = this.#afterPlainWords(bytes, pos, end)
    }
  }

  /** Releases a large message. */
  release(): void {
    if (this.#words.byteLength > KEPT) this.#words = NO_WORDS
  }

  #walk(bytes: Uint8Array, start: number, end: number, base: number): number {
    const isDict = this.#isDict
    let pos = start
    let depth = base
    let inDict = false
    for (;;) {
      pos = skipBlanks(bytes, pos, end)
      let c = bytes[pos] as number
      if (c === 0x22) pos = this.afterString(bytes, pos + 1, end)
      else if (c === 0x7b || c === 0x5b) {
        if (++depth > this.#maxDepth) throw new ProtocolError(`a message is nested deeper than ${this.#maxDepth}`)
        inDict = c === 0x7b
        isDict[depth] = inDict ? 1 : 0
        pos = skipBlanks(bytes, pos + 1, end)
        if (bytes[pos] === (inDict ? 0x7d : 0x5d)) {
          pos++
          inDict = isDict[--depth] === 1
        } else {
          if (inDict) pos = this.#afterKey(bytes, pos, end)
          continue
        }
      } else if (c === 0x2d || isDigit(c)) pos = afterNumber(bytes, pos)
      else pos = afterWord(bytes, pos)
      // After a value: close the lists and dicts that it completes, then continue with the next value.
      for (;;) {
        if (depth === base) return pos
        pos = skipBlanks(bytes, pos, end)
        c = bytes[pos] as number
        if (c === 0x2c) {
          pos++
          if (inDict) pos = this.#afterKey(bytes, skipBlanks(bytes, pos, end), end)
          break
        }
        if (c !== (inDict ? 0x7d : 0x5d)) malformed(pos)
        pos++
        inDict = isDict[--depth] === 1
      }
    }
  }

  #afterKey(bytes: Uint8Array, pos: number, end: number): number {
    if (bytes[pos] !== 0x22) malformed(pos)
    const after = skipBlanks(bytes, this.afterString(bytes, pos + 1, end), end)
    return bytes[after] === 0x3a ? after + 1 : malformed(after)
  }

  /** Reads four octets at a time and stops before the first four that hold a control character, a quote or a backslash. */
  #afterPlainWords(bytes: Uint8Array, start: number, end: number): number {
    const words = this.#wordsOf(bytes.buffer)
    const offset = bytes.byteOffset
    let pos = start
    // The caller reads the octets up to the next word.
    while (((pos + offset) & 3) !== 0) {
      const c = bytes[pos] as number
      if (STOPS[c] !== 0) return pos
      this.#high |= c
      pos++
    }
    const stop = (end + offset) >> 2
    let high = 0
    let i = (pos + offset) >> 2
    while (i < stop) {
      const word = words[i] as number
      const quote = word ^ 0x22222222
      const backslash = word ^ 0x5c5c5c5c
      // The subtraction sets the top bit of each octet that is below the number subtracted: Warren, "Hacker's Delight".
      if ((((word - 0x20202020) | (quote - 0x01010101) | (backslash - 0x01010101)) & ~word & 0x80808080) !== 0) break
      high |= word
      i++
    }
    if ((high & 0x80808080) !== 0) this.#high = 0x80
    return (i << 2) - offset
  }

  #wordsOf(buffer: ArrayBufferLike): Int32Array {
    if (this.#words.buffer !== buffer) this.#words = new Int32Array(buffer, 0, buffer.byteLength >> 2)
    return this.#words
  }
}

function afterEscape(bytes: Uint8Array, pos: number, end: number): number {
  if (pos >= end) malformed(end)
  const c = bytes[pos] as number
  if (c !== 0x75) return ESCAPED.has(c) ? pos + 1 : malformed(pos)
  if (pos + 5 > end) malformed(end)
  for (let i = pos + 1; i < pos + 5; i++) {
    const digit = bytes[i] as number
    const letter = digit | 0x20
    if (!isDigit(digit) && (letter < 0x61 || letter > 0x66)) malformed(i)
  }
  return pos + 5
}
