// A WAMP message in CBOR: reads the part before the payload, and checks that the payload is well-formed without decoding it
// and without recursion.

import { ProtocolError } from '../errors.ts'
import { AUTHENTICATE, EMPTY_DICT } from '../messages.ts'
import type { ItemCount } from '../payload.ts'
import type { TextPort } from '../text.ts'
import { Numbers } from './binary.ts'
import { BREAK, BYTES, CborLayout, DICT, headSize, INDEFINITE, lengthAt, LIST, malformed, TAG, TEXT } from './cbor-layout.ts'
import { CborSource, integerAt, TYPED_OCTETS } from './cbor-source.ts'
import type { MessageReader } from './format-serializer.ts'
import { HeaderValues } from './header-values.ts'
import { Strings } from './strings.ts'

const NOTHING = new Uint8Array(0)
/** The values left in a list of indefinite length. */
const OPEN = -1

export class CborReader implements MessageReader {
  tailStart = 0
  tailEnd = 0
  lacksArgs = false
  #strings: Strings
  #layout: CborLayout
  #values: HeaderValues
  #numbers = new Numbers()
  #bytes: Uint8Array = NOTHING
  #pos = 0
  /** The number of elements left in the message. */
  #left = 0
  #type = 0

  constructor(text: TextPort, maxDepth: number, knownOptionsOnly = false) {
    this.#strings = new Strings(text)
    this.#layout = new CborLayout(text, maxDepth)
    this.#values = new HeaderValues(new CborSource(text, maxDepth), this.#strings, knownOptionsOnly)
  }

  start(bytes: Uint8Array): number {
    this.#bytes = bytes
    // Tag 55799 only marks the octets as CBOR (RFC 8949, "Self-Described CBOR").
    const start = bytes[0] === 0xd9 && bytes[1] === 0xd9 && bytes[2] === 0xf7 ? 3 : 0
    const size = headSize(bytes, start, bytes.length)
    const c = bytes[start] as number
    this.#left = (c & 31) === INDEFINITE ? OPEN : lengthAt(bytes, start)
    this.#pos = start + size
    if (c >> 5 !== LIST || !this.more()) throw new ProtocolError('a message must be a list that begins with its type')
    const typeSize = headSize(bytes, this.#pos, bytes.length)
    const type = (bytes[this.#pos] as number) < 0x20 ? integerAt(bytes, this.#pos, this.#numbers) : undefined
    if (typeof type !== 'number') throw new ProtocolError('the type of a message must be an integer')
    this.#pos += typeSize
    this.#took()
    this.#type = type
    return type
  }

  more(): boolean {
    if (this.#left !== OPEN) return this.#left > 0
    if (this.#bytes[this.#pos] !== BREAK) return true
    this.#pos++
    this.#left = 0
    return false
  }

  /** An id may be a float: clients in wide use write every integer above 2^32 as one. */
  element(): unknown {
    const bytes = this.#bytes
    const pos = this.#pos
    const size = headSize(bytes, pos, bytes.length)
    const c = bytes[pos] as number
    this.#took()
    if (c < 0x40) {
      this.#pos = pos + size
      return integerAt(bytes, pos, this.#numbers)
    }
    if (c === 0xa0) {
      this.#pos = pos + 1
      return EMPTY_DICT
    }
    if (c >> 5 === TEXT && (c & 31) !== INDEFINITE) return this.#string(pos + size, lengthAt(bytes, pos))
    this.#pos = this.#values.read(bytes, pos, this.#type)
    return this.#values.value
  }

  tail(mayBeBinary: boolean): ItemCount {
    const bytes = this.#bytes
    const start = this.#pos
    headSize(bytes, start, bytes.length)
    const isPassthru = mayBeBinary && this.#isBinary(start)
    this.lacksArgs = isNull(bytes[start])
    if ((bytes[start] as number) >> 5 !== LIST && !isPassthru && !this.lacksArgs) throw new ProtocolError('Arguments is not a list')
    this.tailStart = start
    this.tailEnd = this.#pos = this.#layout.afterValue(bytes, start, bytes.length, 1)
    this.#took()
    const count = this.lacksArgs ? 0 : 1
    if (!this.more()) return count
    if (isPassthru) throw new ProtocolError('a message with payload passthru has more than one element of payload')
    this.#took()
    if (this.lacksArgs) this.tailStart = this.#pos
    if (isNull(bytes[this.#pos])) {
      this.#pos++
      return count
    }
    this.tailEnd = this.#pos = this.#afterKwargs(this.#pos)
    return 2
  }

  finish(): void {
    if (this.#pos !== this.#bytes.length) throw new ProtocolError('the message is followed by further octets')
    this.#bytes = NOTHING
  }

  #took(): void {
    if (this.#left !== OPEN) this.#left--
  }

  #string(start: number, length: number): string {
    const end = start + length
    if (end > this.#bytes.length) malformed(start)
    if (this.#bytes[start] === 0 && length > 0) throw new ProtocolError('a string before the payload begins with U+0000')
    this.#pos = end
    return this.#type === AUTHENTICATE ? this.#strings.own(this.#bytes, start, end) : this.#strings.shared(this.#bytes, start, end)
  }

  #isBinary(pos: number): boolean {
    const c = this.#bytes[pos] as number
    if (c >> 5 !== TAG) return c >> 5 === BYTES
    const contents = this.#bytes[pos + headSize(this.#bytes, pos, this.#bytes.length)]
    return lengthAt(this.#bytes, pos) === TYPED_OCTETS && contents !== undefined && contents >> 5 === BYTES
  }

  #afterKwargs(start: number): number {
    const bytes = this.#bytes
    const end = bytes.length
    let pos = start + headSize(bytes, start, end)
    const c = bytes[start] as number
    if (c >> 5 !== DICT) throw new ProtocolError('ArgumentsKw is not a dict')
    const count = (c & 31) === INDEFINITE ? Infinity : lengthAt(bytes, start)
    for (let i = 0; i < count; i++) {
      if (count === Infinity && bytes[pos] === BREAK) return pos + 1
      if ((bytes[pos] ?? 0) >> 5 !== TEXT) throw new ProtocolError('a key of ArgumentsKw is not a string')
      pos = this.#layout.afterValue(bytes, pos, end, 2)
      pos = this.#layout.afterValue(bytes, pos, end, 2)
    }
    return pos
  }
}

/** Whether it is null or undefined; other formats have null for both. */
function isNull(c: number | undefined): boolean {
  return c === 0xf6 || c === 0xf7
}
