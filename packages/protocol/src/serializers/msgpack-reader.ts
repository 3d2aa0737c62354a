// A WAMP message in MessagePack: reads the part before the payload, and checks that the payload is well-formed without decoding it
// and without recursion.

import { ProtocolError } from '../errors.ts'
import { AUTHENTICATE, EMPTY_DICT } from '../messages.ts'
import type { ItemCount } from '../payload.ts'
import type { TextPort } from '../text.ts'
import { Numbers } from './binary.ts'
import type { MessageReader } from './format-serializer.ts'
import { HeaderValues } from './header-values.ts'
import { announced, headSize, isBinary, isDict, isList, isString, malformed, MsgpackLayout } from './msgpack-layout.ts'
import { integerAt, isInteger, MsgpackSource } from './msgpack-source.ts'
import { Strings } from './strings.ts'

const NOTHING = new Uint8Array(0)
const NIL = 0xc0

export class MsgpackReader implements MessageReader {
  tailStart = 0
  tailEnd = 0
  lacksArgs = false
  #strings: Strings
  #layout: MsgpackLayout
  #values: HeaderValues
  #numbers = new Numbers()
  #bytes: Uint8Array = NOTHING
  #pos = 0
  /** The number of elements left in the message. */
  #left = 0
  #type = 0

  constructor(text: TextPort, maxDepth: number, knownOptionsOnly = false) {
    this.#strings = new Strings(text)
    this.#layout = new MsgpackLayout(text, maxDepth)
    this.#values = new HeaderValues(new MsgpackSource(text, maxDepth), this.#strings, knownOptionsOnly)
  }

  start(bytes: Uint8Array): number {
    this.#bytes = bytes
    const size = headSize(bytes, 0, bytes.length)
    const c = bytes[0] as number
    if (!isList(c) || announced(bytes, 0, c) === 0) throw new ProtocolError('a message must be a list that begins with its type')
    this.#left = announced(bytes, 0, c) - 1
    this.#pos = size
    const next = headSize(bytes, size, bytes.length)
    const type = isInteger(bytes[size] as number) ? integerAt(bytes, size, this.#numbers) : undefined
    if (typeof type !== 'number') throw new ProtocolError('the type of a message must be an integer')
    this.#pos += next
    this.#type = type
    return type
  }

  more(): boolean {
    return this.#left > 0
  }

  /** An id may be a float: clients in wide use write every integer above 2^32 as one. */
  element(): unknown {
    const bytes = this.#bytes
    const pos = this.#pos
    const size = headSize(bytes, pos, bytes.length)
    const c = bytes[pos] as number
    this.#left--
    if (isInteger(c)) {
      this.#pos = pos + size
      return integerAt(bytes, pos, this.#numbers)
    }
    if (c === 0x80) {
      this.#pos = pos + 1
      return EMPTY_DICT
    }
    if (isString(c)) return this.#string(pos + size, announced(bytes, pos, c))
    return this.#value(pos)
  }

  tail(mayBeBinary: boolean): ItemCount {
    const bytes = this.#bytes
    const start = this.#pos
    if (start >= bytes.length) malformed(start)
    const isPassthru = mayBeBinary && isBinary(bytes[start] as number)
    this.lacksArgs = bytes[start] === NIL
    if (!isList(bytes[start] as number) && !isPassthru && !this.lacksArgs) throw new ProtocolError('Arguments is not a list')
    this.tailStart = start
    this.tailEnd = this.#pos = this.#layout.afterValue(bytes, start, bytes.length, 1)
    const count = this.lacksArgs ? 0 : 1
    if (--this.#left === 0) return count
    if (isPassthru) throw new ProtocolError('a message with payload passthru has more than one element of payload')
    this.#left--
    if (this.lacksArgs) this.tailStart = this.#pos
    if (bytes[this.#pos] === NIL) {
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

  #string(start: number, length: number): string {
    const end = start + length
    if (end > this.#bytes.length) malformed(start)
    if (this.#bytes[start] === 0 && length > 0) throw new ProtocolError('a string before the payload begins with U+0000')
    this.#pos = end
    return this.#type === AUTHENTICATE ? this.#strings.own(this.#bytes, start, end) : this.#strings.shared(this.#bytes, start, end)
  }

  #value(pos: number): unknown {
    this.#pos = this.#values.read(this.#bytes, pos, this.#type)
    return this.#values.value
  }

  #afterKwargs(start: number): number {
    const bytes = this.#bytes
    const size = headSize(bytes, start, bytes.length)
    const c = bytes[start] as number
    if (!isDict(c)) throw new ProtocolError('ArgumentsKw is not a dict')
    const count = announced(bytes, start, c)
    let pos = start + size
    for (let i = 0; i < count; i++) {
      if (!isString(bytes[pos] ?? 0)) throw new ProtocolError('a key of ArgumentsKw is not a string')
      pos = this.#layout.afterValue(bytes, pos, bytes.length, 2)
      pos = this.#layout.afterValue(bytes, pos, bytes.length, 2)
    }
    return pos
  }
}
