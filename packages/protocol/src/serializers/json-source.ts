// JSON text to a sink, exactly: integers stay integers, and Base64 behind U+0000 becomes byte arrays.
// It checks the text itself.

import { ProtocolError } from '../errors.ts'
import { PayloadError } from '../payload.ts'
import type { TextPort } from '../text.ts'
import { readBase64 } from './base64.ts'
import { readEscaped } from './json-escapes.ts'
import { afterBlanks, afterNumber, afterWord, JsonGrammar, malformed } from './json-grammar.ts'
import { JsonNumbers } from './json-numbers.ts'
import { Output } from './output.ts'
import type { Counts, Sink, Source } from './sink.ts'
import { UNCOUNTED } from './sink.ts'
import { isUtf8 } from './strings.ts'

/** Reads JSON values, one at a time. */
export class JsonSource implements Source {
  #text: TextPort
  #maxDepth: number
  #isLenient: boolean
  #grammar: JsonGrammar
  #numbers: JsonNumbers
  #unescaped = new Output()
  #bytes: Uint8Array = new Uint8Array(0)
  #end = 0
  #pos = 0
  #counts: Counts | undefined

  /** @param isLenient whether a number too large for a float becomes infinite, as JSON.parse does; otherwise it is refused */
  constructor(text: TextPort, maxDepth: number, isLenient = false) {
    this.#text = text
    this.#maxDepth = maxDepth
    this.#isLenient = isLenient
    this.#grammar = new JsonGrammar(text, maxDepth)
    this.#numbers = new JsonNumbers(text)
  }

  // oxlint-disable-next-line max-params -- Runs for each value: an object for each position would be garbage.
  read(bytes: Uint8Array, start: number, end: number, depth: number, sink: Sink, counts?: Counts): number {
    this.#counts = counts
    this.#bytes = bytes
    this.#pos = start
    this.#end = end
    this.#numbers.release()
    this.#value(depth, sink)
    return this.#pos
  }

  items(raw: Uint8Array, count: number, sink: Sink, counts?: Counts): void {
    let pos = this.read(raw, 0, raw.length, 1, sink, counts)
    if (count < 2) return
    pos = afterBlanks(raw, pos, raw.length)
    if (raw[pos] !== 0x2c) malformed(pos)
    this.read(raw, pos + 1, raw.length, 1, sink, counts)
  }

  #value(depth: number, sink: Sink): void {
    const c = this.#next()
    if (c === 0x22) this.#string(sink, false)
    else if (c === 0x7b) this.#dict(depth + 1, sink)
    else if (c === 0x5b) this.#list(depth + 1, sink)
    else if (c === 0x2d || (c >= 0x30 && c <= 0x39)) this.#number(sink)
    else {
      this.#pos = afterWord(this.#bytes, this.#pos)
      if (c === 0x6e) sink.null()
      else sink.boolean(c === 0x74)
    }
  }

  #list(depth: number, sink: Sink): void {
    this.#open(depth)
    sink.list(this.#counts?.next() ?? UNCOUNTED)
    if (this.#next() === 0x5d) this.#pos++
    else {
      do this.#value(depth, sink)
      while (this.#continues(0x5d))
    }
    sink.endList()
  }

  #dict(depth: number, sink: Sink): void {
    this.#open(depth)
    sink.dict(this.#counts?.next() ?? UNCOUNTED)
    if (this.#next() === 0x7d) this.#pos++
    else {
      do {
        if (this.#next() !== 0x22) malformed(this.#pos)
        this.#string(sink, true)
        if (this.#next() !== 0x3a) malformed(this.#pos)
        this.#pos++
        this.#value(depth, sink)
      } while (this.#continues(0x7d))
    }
    sink.endDict()
  }

  #open(depth: number): void {
    if (depth > this.#maxDepth) throw new ProtocolError(`a message is nested deeper than ${this.#maxDepth}`)
    this.#pos++
  }

  /** Moves the position to the next non-blank octet and returns the octet. */
  #next(): number {
    this.#pos = afterBlanks(this.#bytes, this.#pos, this.#end)
    return this.#pos < this.#end ? (this.#bytes[this.#pos] as number) : malformed(this.#end)
  }

  #continues(close: number): boolean {
    const c = this.#next()
    if (c !== 0x2c && c !== close) malformed(this.#pos)
    this.#pos++
    return c === 0x2c
  }

  #string(sink: Sink, isKey: boolean): void {
    const bytes = this.#bytes
    const start = this.#pos + 1
    this.#pos = this.#grammar.afterString(bytes, start, this.#end)
    const end = this.#pos - 1
    if (this.#grammar.hadEscape) this.#escaped(start, end, sink, isKey)
    else if (!isUtf8(this.#text, bytes, start, end)) throw new ProtocolError('a string is not UTF-8')
    else if (isKey) sink.key(bytes, start, end)
    else sink.text(bytes, start, end)
  }

  #escaped(start: number, end: number, sink: Sink, isKey: boolean): void {
    if (!isUtf8(this.#text, this.#bytes, start, end)) throw new ProtocolError('a string is not UTF-8')
    const out = this.#unescaped
    if (!readEscaped(this.#bytes, start, end, out)) this.#withSurrogate(start, end, sink, isKey)
    else if (isKey) sink.key(out.bytes, 0, out.length)
    else {
      const octets = out.length > 0 && out.bytes[0] === 0 ? readBase64(out.bytes, 1, out.length) : -1
      if (octets < 0) sink.text(out.bytes, 0, out.length)
      else sink.bytes(out.bytes, 1, octets)
    }
    // This releases the room of a long string.
    out.reset()
  }

  /** Reads a string with a lone surrogate, which UTF-8 cannot hold and a JavaScript string can. */
  #withSurrogate(start: number, end: number, sink: Sink, isKey: boolean): void {
    const value = JSON.parse(this.#text.decode(this.#bytes, start - 1, end + 1)) as string
    if (isKey) sink.stringKey(value)
    else sink.string(value)
  }

  #number(sink: Sink): void {
    const start = this.#pos
    this.#pos = afterNumber(this.#bytes, start)
    const value = this.#numbers.read(this.#bytes, start, this.#pos)
    if (!this.#numbers.isFloat) sink.integer(value)
    else if (Number.isFinite(value) || this.#isLenient) sink.float(value as number)
    else throw new PayloadError('a number is too large for a float')
  }
}

/** The integer of up to 15 digits that a range holds, or -1 when it holds another number. */
export function shortInteger(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > 15) return -1
  let value = 0
  for (let i = start; i < end; i++) {
    const digit = (bytes[i] as number) - 0x30
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}
