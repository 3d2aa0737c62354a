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

/** Reads JSON values, one at a time, without recursion. */
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
  /** What {@link goOn} reads to. */
  #sink: Sink | undefined
  /** The number of lists and dicts around the next value, and around the values that were asked for. */
  #depth = 0
  #base = 0
  /** The items left, that which is being read included. */
  #items = 0
  /** Whether the list or dict at each depth is a dict. */
  readonly #isDict: Uint8Array

  /** @param isLenient whether a number too large for a float becomes infinite, as JSON.parse does; otherwise it is refused */
  constructor(text: TextPort, maxDepth: number, isLenient = false) {
    this.#text = text
    this.#maxDepth = maxDepth
    this.#isLenient = isLenient
    this.#grammar = new JsonGrammar(text, maxDepth)
    this.#numbers = new JsonNumbers(text)
    this.#isDict = new Uint8Array(maxDepth + 1)
  }

  // oxlint-disable-next-line max-params -- Runs for each value: an object for each position would be garbage.
  read(bytes: Uint8Array, start: number, end: number, depth: number, sink: Sink): number {
    this.begin(bytes, 1, sink)
    this.#pos = start
    this.#end = end
    this.#base = this.#depth = depth
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
    this.#items = count
    this.#numbers.release()
  }

  goOn(octets: number): boolean {
    return this.#sink === undefined || this.#run(this.#pos + octets, this.#sink)
  }

  /** Reads values until all are read or the position is beyond `until`; returns whether all are. */
  #run(until: number, sink: Sink): boolean {
    if (this.#items === 0) return true
    for (;;) {
      if (this.#pos > until) return false
      const c = this.#next()
      if (c === 0x22) this.#string(sink, false)
      else if (c === 0x7b || c === 0x5b) {
        if (!this.#open(c === 0x7b, sink)) continue
      } else if (c === 0x2d || (c >= 0x30 && c <= 0x39)) this.#number(sink)
      else this.#word(c, sink)
      if (!this.#toNextValue(sink)) return true
    }
  }

  #word(c: number, sink: Sink): void {
    this.#pos = afterWord(this.#bytes, this.#pos)
    if (c === 0x6e) sink.null()
    else sink.boolean(c === 0x74)
  }

  /** Opens a list or dict, and reads the first key of a dict. @returns whether it was empty, and so is read */
  #open(isDict: boolean, sink: Sink): boolean {
    if (this.#depth >= this.#maxDepth) throw new ProtocolError(`a message is nested deeper than ${this.#maxDepth}`)
    this.#pos++
    const count = this.#counts?.next() ?? UNCOUNTED
    if (isDict) sink.dict(count)
    else sink.list(count)
    const isEmpty = this.#next() === (isDict ? 0x7d : 0x5d)
    if (isEmpty) {
      this.#pos++
      if (isDict) sink.endDict()
      else sink.endList()
      return true
    }
    this.#isDict[++this.#depth] = isDict ? 1 : 0
    if (isDict) this.#key(sink)
    return false
  }

  /** After a value: closes what it completes, and goes to the next, whose key it reads. @returns whether there is one */
  #toNextValue(sink: Sink): boolean {
    while (this.#depth > this.#base) {
      const isDict = this.#isDict[this.#depth] === 1
      if (this.#continues(isDict ? 0x7d : 0x5d)) {
        if (isDict) this.#key(sink)
        return true
      }
      if (isDict) sink.endDict()
      else sink.endList()
      this.#depth--
    }
    if (--this.#items === 0) return false
    if (this.#next() !== 0x2c) malformed(this.#pos)
    this.#pos++
    return true
  }

  #key(sink: Sink): void {
    if (this.#next() !== 0x22) malformed(this.#pos)
    this.#string(sink, true)
    if (this.#next() !== 0x3a) malformed(this.#pos)
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
