// A WAMP message in JSON: reads the part before the payload, and checks that the payload is JSON without decoding it
// and without recursion.

import { ProtocolError } from '../errors.ts'
import { AUTHENTICATE, EMPTY_DICT } from '../messages.ts'
import type { ItemCount } from '../payload.ts'
import type { TextPort } from '../text.ts'
import type { MessageReader } from './format-serializer.ts'
import { HeaderValues } from './header-values.ts'
import { afterBlanks, afterNumber, JsonGrammar, malformed } from './json-grammar.ts'
import { JsonSource, shortInteger } from './json-source.ts'
import { Strings } from './strings.ts'

const NOTHING = new Uint8Array(0)
/** The first octet of null; the grammar allows no other value with it. */
const NULL = 0x6e
/** The beginning of a byte array in JSON. */
const BINARY = Uint8Array.from('"\\u0000', (c) => c.charCodeAt(0))

export class JsonReader implements MessageReader {
  tailStart = 0
  tailEnd = 0
  lacksArgs = false
  #strings: Strings
  #grammar: JsonGrammar
  #values: HeaderValues
  #bytes: Uint8Array = NOTHING
  #pos = 0
  #type = 0

  constructor(text: TextPort, maxDepth: number, knownOptionsOnly = false) {
    this.#strings = new Strings(text)
    this.#grammar = new JsonGrammar(text, maxDepth)
    this.#values = new HeaderValues(new JsonSource(text, maxDepth), this.#strings, knownOptionsOnly)
  }

  start(bytes: Uint8Array): number {
    this.#bytes = bytes
    this.#pos = 0
    if (this.#next() !== 0x5b) throw new ProtocolError('a message must be a list that begins with its type')
    this.#pos++
    const start = afterBlanks(bytes, this.#pos, bytes.length)
    const c = bytes[start] as number
    if (!(c >= 0x30 && c <= 0x39)) throw new ProtocolError('the type of a message must be an integer')
    this.#pos = afterNumber(bytes, start)
    const type = shortInteger(bytes, start, this.#pos)
    if (type < 0) throw new ProtocolError('the type of a message must be an integer')
    this.#type = type
    return type
  }

  more(): boolean {
    const c = this.#next()
    if (c !== 0x2c && c !== 0x5d) malformed(this.#pos)
    this.#pos++
    return c === 0x2c
  }

  element(): unknown {
    const bytes = this.#bytes
    const c = this.#next()
    const start = this.#pos
    if (c === 0x7b && bytes[start + 1] === 0x7d) {
      this.#pos = start + 2
      return EMPTY_DICT
    }
    if (c === 0x2d || (c >= 0x30 && c <= 0x39)) return this.#number(start)
    return c === 0x22 ? this.#string(start) : this.#value(start)
  }

  tail(mayBeBinary: boolean): ItemCount {
    const bytes = this.#bytes
    const end = bytes.length
    const first = this.#next()
    this.tailStart = this.#pos
    const isBinary = first === 0x22 && mayBeBinary && this.#isBinary()
    this.lacksArgs = first === NULL
    if (first !== 0x5b && !isBinary && !this.lacksArgs) throw new ProtocolError('Arguments is not a list')
    this.tailEnd = this.#pos = this.#grammar.afterValue(bytes, this.#pos, end, 1)
    const count = this.lacksArgs ? 0 : 1
    if (this.#next() !== 0x2c) return count
    const start = afterBlanks(bytes, this.#pos + 1, end)
    const c = bytes[start]
    if ((c !== 0x7b && c !== NULL) || isBinary) throw new ProtocolError('ArgumentsKw is not a dict')
    this.#pos = this.#grammar.afterValue(bytes, start, end, 1)
    if (c === NULL) return count
    if (this.lacksArgs) this.tailStart = start
    this.tailEnd = this.#pos
    return 2
  }

  finish(): void {
    const end = afterBlanks(this.#bytes, this.#pos, this.#bytes.length)
    if (end !== this.#bytes.length) malformed(end)
    this.#bytes = NOTHING
    this.#grammar.release()
  }

  /** Moves the position to the next non-blank octet and returns the octet. */
  #next(): number {
    const bytes = this.#bytes
    this.#pos = afterBlanks(bytes, this.#pos, bytes.length)
    return this.#pos < bytes.length ? (bytes[this.#pos] as number) : malformed(this.#pos)
  }

  #number(start: number): unknown {
    const bytes = this.#bytes
    let pos = start
    let value = 0
    let c = bytes[pos] as number
    while (c >= 0x30 && c <= 0x39) {
      value = value * 10 + (c - 0x30)
      c = bytes[++pos] as number
    }
    const isPlain = (c === 0x2c || c === 0x5d) && pos - start <= 15 && (bytes[start] !== 0x30 || pos === start + 1)
    if (!isPlain) return this.#otherNumber(start)
    this.#pos = pos
    return value
  }

  /** Refuses numbers with a fraction or an exponent: no element before the payload is a float. */
  #otherNumber(start: number): unknown {
    const end = afterNumber(this.#bytes, start)
    for (let i = start; i < end; i++) {
      const c = this.#bytes[i] as number
      if (c === 0x2e || c === 0x65 || c === 0x45) throw new ProtocolError('an id must be an integer, not a float')
    }
    return this.#value(start)
  }

  #string(start: number): unknown {
    const bytes = this.#bytes
    this.#pos = this.#grammar.afterString(bytes, start + 1, bytes.length)
    if (this.#grammar.hadEscape) return this.#value(start)
    if (this.#type === AUTHENTICATE) return this.#strings.own(bytes, start + 1, this.#pos - 1)
    return this.#strings.shared(bytes, start + 1, this.#pos - 1)
  }

  #value(start: number): unknown {
    this.#pos = this.#values.read(this.#bytes, start, this.#type)
    return this.#values.value
  }

  #isBinary(): boolean {
    return BINARY.every((c, i) => this.#bytes[this.#pos + i] === c)
  }
}
