// MessagePack to a sink. It checks the octets itself.

import { ProtocolError } from '../errors.ts'
import { PayloadError } from '../payload.ts'
import type { TextPort } from '../text.ts'
import { int32, Numbers, uint16, uint32 } from './binary.ts'
import { announced, headSize, isBinary, isDict, isList, isString, malformed } from './msgpack-layout.ts'
import type { Sink, Source } from './sink.ts'
import { isUtf8 } from './strings.ts'

/** Reads MessagePack values, one at a time, without recursion. */
export class MsgpackSource implements Source {
  #text: TextPort
  #maxDepth: number
  #numbers = new Numbers()
  #bytes: Uint8Array = new Uint8Array(0)
  #end = 0
  #pos = 0
  /** What {@link goOn} reads to. */
  #sink: Sink | undefined
  /** The number of lists and dicts around the next value, and around the values that were asked for. */
  #depth = 0
  #base = 0
  /** The values or members left in the innermost list or dict, and in those around it. */
  #left = 0
  readonly #lefts: Float64Array
  /** Whether the list or dict at each depth is a dict. */
  readonly #isDict: Uint8Array

  constructor(text: TextPort, maxDepth: number) {
    this.#text = text
    this.#maxDepth = maxDepth
    this.#lefts = new Float64Array(maxDepth + 1)
    this.#isDict = new Uint8Array(maxDepth + 1)
  }

  // oxlint-disable-next-line max-params -- Runs for each value: an object for each position would be garbage.
  read(bytes: Uint8Array, start: number, end: number, depth: number, sink: Sink): number {
    this.#bytes = bytes
    this.#pos = start
    this.#end = end
    this.#base = this.#depth = depth
    this.#left = 1
    this.#run(end, sink)
    return this.#pos
  }

  begin(raw: Uint8Array, count: number, sink: Sink): void {
    this.#bytes = raw
    this.#pos = 0
    this.#end = raw.length
    this.#sink = sink
    this.#base = this.#depth = 1
    this.#left = count
  }

  goOn(octets: number): boolean {
    return this.#sink === undefined || this.#run(this.#pos + octets, this.#sink)
  }

  /** Reads values until all are read or the position is beyond `until`; returns whether all are. */
  #run(until: number, sink: Sink): boolean {
    for (;;) {
      while (this.#left === 0) {
        if (this.#depth === this.#base) return true
        if (this.#isDict[this.#depth] === 1) sink.endDict()
        else sink.endList()
        this.#left = this.#lefts[--this.#depth] as number
      }
      if (this.#pos > until) return false
      this.#left--
      if (this.#depth > this.#base && this.#isDict[this.#depth] === 1) this.#key(sink)
      this.#value(sink)
    }
  }

  #value(sink: Sink): void {
    const bytes = this.#bytes
    const pos = this.#pos
    const size = headSize(bytes, pos, this.#end)
    const c = bytes[pos] as number
    this.#pos += size
    if (isString(c)) {
      const start = this.#contents(announced(bytes, pos, c))
      this.#pos = this.#afterText(start, announced(bytes, pos, c))
      sink.text(bytes, start, this.#pos)
    } else if (isList(c)) {
      const count = announced(bytes, pos, c)
      this.#open(count, false)
      sink.list(count)
    } else if (isDict(c)) {
      const count = announced(bytes, pos, c)
      this.#open(count, true)
      sink.dict(count)
    } else if (isBinary(c)) {
      const start = this.#contents(announced(bytes, pos, c))
      this.#pos = start + announced(bytes, pos, c)
      sink.bytes(bytes, start, this.#pos)
    } else if (c === 0xc0) sink.null()
    else if (c === 0xc2 || c === 0xc3) sink.boolean(c === 0xc3)
    else if (c === 0xca) sink.float(this.#numbers.float32(bytes, pos + 1))
    else if (c === 0xcb) sink.float(this.#numbers.float64(bytes, pos + 1))
    else if (isInteger(c)) sink.integer(integerAt(bytes, pos, this.#numbers))
    else if (isUndefined(bytes, pos)) sink.null()
    else throw new PayloadError('an extension type of MessagePack cannot be converted')
  }

  #key(sink: Sink): void {
    const bytes = this.#bytes
    const pos = this.#pos
    const size = headSize(bytes, pos, this.#end)
    const c = bytes[pos] as number
    this.#pos += size
    if (isString(c)) {
      const start = this.#contents(announced(bytes, pos, c))
      this.#pos = this.#afterText(start, announced(bytes, pos, c))
      sink.key(bytes, start, this.#pos)
    } else if (isInteger(c)) sink.integerKey(integerAt(bytes, pos, this.#numbers))
    else throw new PayloadError('a key is neither a string nor an integer')
  }

  #open(count: number, isDict: boolean): void {
    if (this.#depth >= this.#maxDepth) throw new ProtocolError(`a message is nested deeper than ${this.#maxDepth}`)
    this.#contents(isDict ? count * 2 : count)
    this.#lefts[this.#depth++] = this.#left
    this.#isDict[this.#depth] = isDict ? 1 : 0
    this.#left = count
  }

  /** The position of contents of at least `count` octets; checks that the octets exist. */
  #contents(count: number): number {
    return count > this.#end - this.#pos ? malformed(this.#pos) : this.#pos
  }

  #afterText(start: number, length: number): number {
    if (!isUtf8(this.#text, this.#bytes, start, start + length)) throw new ProtocolError('a string is not UTF-8')
    return start + length
  }
}

/**
 * Whether the value at `pos`, whose octets exist, is the form in which a library in wide use writes JavaScript's undefined:
 * extension type 0 with the one octet 0. wampy sends it for each option that is not set.
 */
function isUndefined(bytes: Uint8Array, pos: number): boolean {
  return bytes[pos] === 0xd4 && bytes[pos + 1] === 0 && bytes[pos + 2] === 0
}

/** Whether a first octet opens an integer. */
export function isInteger(c: number): boolean {
  return c < 0x80 || c >= 0xe0 || (c >= 0xcc && c <= 0xd3)
}

/** The integer at `pos`; the caller has checked that its octets exist. */
export function integerAt(bytes: Uint8Array, pos: number, numbers: Numbers): number | bigint {
  const c = bytes[pos] as number
  if (c < 0x80) return c
  if (c >= 0xe0) return c - 0x100
  switch (c) {
    case 0xcc:
      return bytes[pos + 1] as number
    case 0xcd:
      return uint16(bytes, pos + 1)
    case 0xce:
      return uint32(bytes, pos + 1)
    case 0xcf:
      return numbers.uint64(bytes, pos + 1)
    case 0xd0:
      return ((bytes[pos + 1] as number) << 24) >> 24
    case 0xd1:
      return (uint16(bytes, pos + 1) << 16) >> 16
    case 0xd2:
      return int32(bytes, pos + 1)
    default:
      return numbers.int64(bytes, pos + 1)
  }
}
