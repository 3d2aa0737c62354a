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

/** Reads CBOR values, one at a time. */
export class CborSource implements Source {
  #maxDepth: number
  #layout: CborLayout
  #numbers = new Numbers()
  #joined = new Output()
  #bytes: Uint8Array = new Uint8Array(0)
  #end = 0
  #pos = 0
  #counts: Counts | undefined

  constructor(text: TextPort, maxDepth: number) {
    this.#maxDepth = maxDepth
    this.#layout = new CborLayout(text, maxDepth)
  }

  // oxlint-disable-next-line max-params -- Runs for each value: an object for each position would be garbage.
  read(bytes: Uint8Array, start: number, end: number, depth: number, sink: Sink, counts?: Counts): number {
    this.#bytes = bytes
    this.#pos = start
    this.#end = end
    this.#counts = counts
    this.#value(depth, sink)
    return this.#pos
  }

  items(raw: Uint8Array, count: number, sink: Sink, counts?: Counts): void {
    let pos = 0
    for (let i = 0; i < count; i++) pos = this.read(raw, pos, raw.length, 1, sink, counts)
  }

  #value(depth: number, sink: Sink): void {
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
        this.#list(pos, depth + 1, sink)
        return
      case DICT:
        this.#pos = pos + size
        this.#dict(pos, depth + 1, sink)
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

  #list(at: number, depth: number, sink: Sink): void {
    const count = this.#open(at, depth, 1)
    sink.list(this.#counted(count))
    for (let i = 0; this.#continues(i, count); i++) this.#value(depth, sink)
    sink.endList()
  }

  #dict(at: number, depth: number, sink: Sink): void {
    const count = this.#open(at, depth, 2)
    sink.dict(this.#counted(count))
    for (let i = 0; this.#continues(i, count); i++) {
      this.#key(sink)
      this.#value(depth, sink)
    }
    sink.endDict()
  }

  #open(at: number, depth: number, values: number): number {
    if (depth > this.#maxDepth) throw new ProtocolError(`a message is nested deeper than ${this.#maxDepth}`)
    if (((this.#bytes[at] as number) & 31) === INDEFINITE) return UNCOUNTED
    const count = lengthAt(this.#bytes, at)
    return count * values > this.#end - this.#pos ? malformed(at) : count
  }

  /** The count of a list or dict; for an indefinite length it comes from the caller's counts. */
  #counted(count: number): number {
    return count === UNCOUNTED && this.#counts !== undefined ? this.#counts.next() : count
  }

  #continues(index: number, count: number): boolean {
    if (count !== UNCOUNTED) return index < count
    if (this.#bytes[this.#pos] !== BREAK) return true
    this.#pos++
    return false
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
