// Walks one received message without building values: numbers, skipping, and comparing a text. One class a format.
// Never throws: an element that does not fit sets `isBad`.

import type { SerializerName } from '@trunkline/protocol'

/** Reads a message element by element. */
export interface Cursor {
  isBad: boolean
  /** Takes the octets of one message and enters its list. */
  open(bytes: Uint8Array, start: number, end: number): void
  /** Enters a list inside the message. */
  enter(): void
  /** Reads an integer that is not negative. */
  number(): number
  /** Skips one element of any kind. */
  skip(): void
  /** Reads a text and says whether it is this one (plain ASCII without escapes). */
  isText(expected: Buffer): boolean
}

export function createCursor(name: SerializerName): Cursor {
  if (name === 'json') return new JsonCursor()
  return name === 'msgpack' ? new MsgpackCursor() : new CborCursor()
}

/** Below this, a loop is quicker than a call of Buffer.compare. */
const SHORT = 48
const NOTHING: Uint8Array = new Uint8Array(0)

function isSame(bytes: Uint8Array, at: number, expected: Buffer): boolean {
  const length = expected.length
  if (length > SHORT) return expected.compare(bytes, at, at + length) === 0
  for (let i = 0; i < length; i++) if (bytes[at + i] !== expected[i]) return false
  return true
}

const [TAB, LF, CR, SPACE, QUOTE, COMMA, COLON, BACKSLASH] = [9, 10, 13, 32, 34, 44, 58, 92]
const [LIST_START, LIST_END, DICT_START, DICT_END] = [91, 93, 123, 125]

class JsonCursor implements Cursor {
  isBad = false
  #bytes: Uint8Array = NOTHING
  #at = 0
  #end = 0

  open(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
    this.isBad = false
    this.enter()
  }

  enter(): void {
    if (this.#peek() !== LIST_START) this.isBad = true
    this.#at++
  }

  number(): number {
    this.#peek()
    const start = this.#at
    let value = 0
    for (; this.#at < this.#end; this.#at++) {
      const digit = (this.#bytes[this.#at] ?? 0) - 48
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
    }
    if (this.#at === start) this.isBad = true
    return value
  }

  skip(): void {
    const first = this.#peek()
    if (first === QUOTE) this.#skipText()
    else if (first === DICT_START || first === LIST_START) this.#skipNested()
    else while (this.#at < this.#end && !isBoundary(this.#bytes[this.#at] ?? SPACE)) this.#at++
  }

  isText(expected: Buffer): boolean {
    if (this.#peek() !== QUOTE) return false
    const start = this.#at + 1
    this.#at = start + expected.length + 1
    return this.#at <= this.#end && this.#bytes[this.#at - 1] === QUOTE && isSame(this.#bytes, start, expected)
  }

  /** The next octet that is neither blank nor a separator; -1 at the end. */
  #peek(): number {
    while (this.#at < this.#end) {
      const octet = this.#bytes[this.#at] ?? SPACE
      if (octet !== COMMA && octet !== COLON && octet !== SPACE && octet !== LF && octet !== CR && octet !== TAB) return octet
      this.#at++
    }
    this.isBad = true
    return -1
  }

  #skipText(): void {
    for (this.#at++; this.#at < this.#end && this.#bytes[this.#at] !== QUOTE; this.#at++)
      if (this.#bytes[this.#at] === BACKSLASH) this.#at++
    this.#at++
  }

  #skipNested(): void {
    let depth = 0
    while (this.#at < this.#end) {
      const octet = this.#bytes[this.#at] ?? SPACE
      if (octet === QUOTE) {
        this.#skipText()
        continue
      }
      this.#at++
      if (octet === DICT_START || octet === LIST_START) depth++
      else if ((octet === DICT_END || octet === LIST_END) && --depth === 0) return
    }
    this.isBad = true
  }
}

function isBoundary(octet: number): boolean {
  return octet === COMMA || octet === LIST_END || octet === DICT_END || octet <= SPACE
}

/** What MessagePack and CBOR have in common: lengths come first, so that a text can be compared in place. */
abstract class BinaryCursor implements Cursor {
  isBad = false
  protected bytes: Uint8Array = NOTHING
  protected at = 0
  #end = 0

  open(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes
    this.at = start
    this.#end = end
    this.isBad = false
    this.enter()
  }

  isText(expected: Buffer): boolean {
    const length = this.textLength()
    const start = this.at
    this.take(length)
    return !this.isBad && length === expected.length && isSame(this.bytes, start, expected)
  }

  /** An unsigned integer of this number of octets. */
  protected bigEndian(octets: number): number {
    const start = this.at
    this.take(octets)
    if (this.isBad) return 0
    let value = 0
    for (let i = start; i < this.at; i++) value = value * 256 + (this.bytes[i] ?? 0)
    return value
  }

  protected take(octets: number): void {
    this.at += octets
    if (this.at > this.#end) this.isBad = true
  }

  protected fail(): number {
    this.isBad = true
    return 0
  }

  protected skipMany(count: number): void {
    for (let i = 0; i < count && !this.isBad; i++) this.skip()
  }

  abstract enter(): void
  abstract number(): number
  abstract skip(): void
  protected abstract textLength(): number
}

class MsgpackCursor extends BinaryCursor {
  enter(): void {
    const head = this.bigEndian(1)
    if (head >> 4 === 0x9) return
    if (head === 0xdc) this.take(2)
    else this.isBad = true
  }

  number(): number {
    const head = this.bigEndian(1)
    if (head < 0x80) return head
    return head >= 0xcc && head <= 0xcf ? this.bigEndian(1 << (head - 0xcc)) : this.fail()
  }

  skip(): void {
    const head = this.bigEndian(1)
    if (head < 0x80 || head >= 0xe0 || head === 0xc0 || head === 0xc2 || head === 0xc3) return
    if (head < 0x90) return this.skipMany(2 * (head & 15))
    if (head < 0xa0) return this.skipMany(head & 15)
    if (head < 0xc0) return this.take(head & 31)
    if (head >= 0xc4 && head <= 0xc6) return this.take(this.bigEndian(1 << (head - 0xc4)))
    if (head >= 0xd9 && head <= 0xdb) return this.take(this.bigEndian(1 << (head - 0xd9)))
    if (head === 0xca || head === 0xcb) return this.take(4 << (head - 0xca))
    if (head >= 0xcc && head <= 0xd3) return this.take(1 << (head & 3))
    this.isBad = true
  }

  protected textLength(): number {
    const head = this.bigEndian(1)
    if (head >> 5 === 0x5) return head & 31
    return head >= 0xd9 && head <= 0xdb ? this.bigEndian(1 << (head - 0xd9)) : this.fail()
  }
}

class CborCursor extends BinaryCursor {
  enter(): void {
    const head = this.bigEndian(1)
    this.#argument(head)
    if (head >> 5 !== 4) this.isBad = true
  }

  number(): number {
    const head = this.bigEndian(1)
    return head >> 5 === 0 ? this.#argument(head) : this.fail()
  }

  skip(): void {
    const head = this.bigEndian(1)
    const kind = head >> 5
    const argument = this.#argument(head)
    if (kind === 2 || kind === 3) this.take(argument)
    else if (kind === 4) this.skipMany(argument)
    else if (kind === 5) this.skipMany(2 * argument)
    else if (kind === 6) this.skip()
  }

  protected textLength(): number {
    const head = this.bigEndian(1)
    return head >> 5 === 3 ? this.#argument(head) : this.fail()
  }

  #argument(head: number): number {
    const short = head & 31
    if (short < 24) return short
    return short < 28 ? this.bigEndian(1 << (short - 24)) : this.fail()
  }
}
