// CBOR to a sink: tag 64 is a byte array; it refuses every other tag, since other formats cannot hold tags.
// It checks the octets itself.

import { ProtocolError } from '../errors.ts'
import { PayloadError } from '../payload.ts'
import type { TextPort } from '../text.ts'
import { Numbers, uint16, uint32 } from './binary.ts'
import { BREAK, BYTES, CborLayout, DICT, headSize, INDEFINITE, lengthAt, LIST, malformed, TAG, TEXT } from './cbor-layout.ts'
import { Output } from './output.ts'
import type { Counts, Sink, Source } from './sink.ts'
import { UNCOUNTED } from './sink.ts'

/** The tag of a typed array of octets (RFC 8746). */
export const TYPED_OCTETS = 64

/** Reads CBOR values, one at a time, without recursion. */
export class CborSource implements Source {
  #maxDepth: number
  #layout: CborLayout
  #numbers = new Numbers()
  #joined = new Output()
  #bytes: Uint8Array = new Uint8Array(0)
  #end = 0
  #pos = 0
  #counts: Counts | undefined
  /** What {@link goOn} reads to. */
  #sink: Sink | undefined
  /** The number of lists and dicts around the next value, and around the values that were asked for. */
  #depth = 0
  #base = 0
  /** The values or members left in the innermost list or dict, and in those around it; UNCOUNTED where a break ends it. */
  #left = 0
  readonly #lefts: Float64Array
  /** Whether the list or dict at each depth is a dict. */
  readonly #isDict: Uint8Array

  constructor(text: TextPort, maxDepth: number) {
    this.#maxDepth = maxDepth
    this.#layout = new CborLayout(text, maxDepth)
    this.#lefts = new Float64Array(maxDepth + 1)
    this.#isDict = new Uint8Array(maxDepth + 1)
  }

  // oxlint-disable-next-line max-params -- Runs for each value: an object for each position would be garbage.
  read(bytes: Uint8Array, start: number, end: number, depth: number, sink: Sink): number {
    this.#bytes = bytes
    this.#pos = start
    this.#end = end
    this.#counts = undefined
    this.#base = this.#depth = depth
    this.#left = 1
    this.#run(end, sink)
    return this.#pos
  }

  begin(raw: Uint8Array, count: number, sink: Sink, counts?: Counts): void {
    this.#bytes = raw
    this.#pos = 0
    this.#end = raw.length
    this.#counts = counts
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
      while (this.#isAtEnd()) {
        if (this.#depth === this.#base) return true
        if (this.#isDict[this.#depth] === 1) sink.endDict()
        else sink.endList()
        this.#left = this.#lefts[--this.#depth] as number
      }
      if (this.#pos > until) return false
      if (this.#left > 0) this.#left--
      if (this.#depth > this.#base && this.#isDict[this.#depth] === 1) this.#key(sink)
      this.#value(sink)
    }
  }

  /** Whether the innermost list or dict has no further value; reads its break. */
  #isAtEnd(): boolean {
    if (this.#left !== UNCOUNTED) return this.#left === 0
    if (this.#bytes[this.#pos] !== BREAK) return false
    this.#pos++
    return true
  }

  #value(sink: Sink): void {
    const pos = this.#pos
    const size = headSize(this.#bytes, pos, this.#end)
    const c = this.#bytes[pos] as number
    switch (c >> 5) {
      case BYTES:
      case TEXT:
        this.#string(c, sink)
        return
      case LIST:
        this.#pos = pos + size
        sink.list(this.#open(pos, false))
        return
      case DICT:
        this.#pos = pos + size
        sink.dict(this.#open(pos, true))
        return
      case TAG:
        this.#pos = pos + size
        this.#tagged(lengthAt(this.#bytes, pos), sink)
        return
      default:
        this.#pos = pos + size
        if (c < 0x40) sink.integer(integerAt(this.#bytes, pos, this.#numbers))
        else this.#other(c, pos + 1, sink)
    }
  }

  /** Opens the list or dict whose head is at `at`. @returns its count; for an indefinite length it comes from the caller's counts */
  #open(at: number, isDict: boolean): number {
    if (this.#depth >= this.#maxDepth) throw new ProtocolError(`a message is nested deeper than ${this.#maxDepth}`)
    const isCounted = ((this.#bytes[at] as number) & 31) !== INDEFINITE
    const count = isCounted ? lengthAt(this.#bytes, at) : UNCOUNTED
    if (count * (isDict ? 2 : 1) > this.#end - this.#pos) malformed(at)
    this.#lefts[this.#depth++] = this.#left
    this.#isDict[this.#depth] = isDict ? 1 : 0
    this.#left = count
    return isCounted || this.#counts === undefined ? count : this.#counts.next()
  }

  #key(sink: Sink): void {
    const pos = this.#pos
    const size = headSize(this.#bytes, pos, this.#end)
    const c = this.#bytes[pos] as number
    if (c >> 5 === TEXT) {
      this.#pos = this.#layout.afterString(this.#bytes, pos, this.#end)
      if ((c & 31) !== INDEFINITE) sink.key(this.#bytes, pos + size, this.#pos)
      else {
        this.#join(pos)
        sink.key(this.#joined.bytes, 0, this.#joined.length)
      }
    } else if (c < 0x40) {
      this.#pos = pos + size
      sink.integerKey(integerAt(this.#bytes, pos, this.#numbers))
    } else throw new PayloadError('a key is neither a string nor an integer')
  }

  #string(c: number, sink: Sink): void {
    const pos = this.#pos
    this.#pos = this.#layout.afterString(this.#bytes, pos, this.#end)
    let source = this.#bytes
    let start = pos + 1
    let end = this.#pos
    if ((c & 31) === INDEFINITE) {
      this.#join(pos)
      source = this.#joined.bytes
      start = 0
      end = this.#joined.length
    } else start = pos + headSize(source, pos, this.#end)
    if (c >> 5 === TEXT) sink.text(source, start, end)
    else sink.bytes(source, start, end)
  }

  /** Joins the chunks of the string at `at`, whose structure has been checked. */
  #join(at: number): void {
    this.#joined.reset()
    for (let pos = at + 1; this.#bytes[pos] !== BREAK;) {
      const start = pos + headSize(this.#bytes, pos, this.#end)
      pos = start + lengthAt(this.#bytes, pos)
      this.#joined.copy(this.#bytes, start, pos)
    }
  }

  #tagged(tag: number, sink: Sink): void {
    const c = this.#bytes[this.#pos]
    if (tag !== TYPED_OCTETS || c === undefined || c >> 5 !== BYTES) throw new PayloadError(`CBOR tag ${tag} cannot be converted`)
    this.#string(c, sink)
  }

  /** Reads simple values and floats. undefined counts as null. */
  #other(c: number, argument: number, sink: Sink): void {
    if (c === 0xf4 || c === 0xf5) sink.boolean(c === 0xf5)
    else if (c === 0xf6 || c === 0xf7) sink.null()
    else if (c === 0xf9) sink.float(float16(uint16(this.#bytes, argument)))
    else if (c === 0xfa) sink.float(this.#numbers.float32(this.#bytes, argument))
    else if (c === 0xfb) sink.float(this.#numbers.float64(this.#bytes, argument))
    else throw new PayloadError('a simple value of CBOR cannot be converted')
  }
}

/** The integer at `pos`; the caller has checked that its octets exist. */
export function integerAt(bytes: Uint8Array, pos: number, numbers: Numbers): number | bigint {
  const c = bytes[pos] as number
  const value = unsignedAt(bytes, pos, c & 31, numbers)
  if (c < 0x20) return value
  return typeof value === 'number' && value < 9_007_199_254_740_992 ? -1 - value : -1n - BigInt(value)
}

function unsignedAt(bytes: Uint8Array, pos: number, info: number, numbers: Numbers): number | bigint {
  if (info < 24) return info
  if (info === 24) return bytes[pos + 1] as number
  if (info === 25) return uint16(bytes, pos + 1)
  return info === 26 ? uint32(bytes, pos + 1) : numbers.uint64(bytes, pos + 1)
}

/** The unit of the mantissa of a half float, by its exponent. */
const HALF_UNITS = Float64Array.from({ length: 31 }, (_, exponent) => 2 ** (Math.max(exponent, 1) - 25))

/** RFC 8949, appendix D. */
function float16(bits: number): number {
  const exponent = (bits >> 10) & 31
  const mantissa = bits & 1023
  const size =
    exponent === 31 ? (mantissa === 0 ? Infinity : NaN) : (mantissa + (exponent === 0 ? 0 : 1024)) * (HALF_UNITS[exponent] as number)
  return bits >= 0x8000 ? -size : size
}
