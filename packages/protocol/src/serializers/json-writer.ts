// Values to JSON text: compact, floats told from integers, byte arrays as Base64 behind U+0000.
// Never writes what RFC 8259 does not know (NaN, lone surrogates).

import { PayloadError } from '../payload.ts'
import type { TextPort } from '../text.ts'
import { writeBase64 } from './base64.ts'
import type { Writer } from './format-serializer.ts'
import { Output } from './output.ts'

const COMMA = 0x2c
const COLON = 0x3a
const QUOTE = 0x22

/** 1 for what is escaped in a string, as JSON.stringify does. */
const ESCAPED = Uint8Array.from({ length: 256 }, (_, c) => (c < 0x20 || c === 0x22 || c === 0x5c ? 1 : 0))
const NEEDS_ESCAPE = /[\u0000-\u001f"\\]/
const LONE_SURROGATE = /\p{Surrogate}/u

/** Appends JSON text to {@link JsonWriter.out}. */
export class JsonWriter implements Writer {
  readonly out: Output = new Output()
  #text: TextPort
  #needsComma = false

  constructor(text: TextPort) {
    this.#text = text
  }

  begin(): void {
    this.out.reset()
    this.#needsComma = false
  }

  beforeItems(): void {
    this.#separate()
  }

  null(): void {
    this.#word('null')
  }

  boolean(value: boolean): void {
    this.#word(value ? 'true' : 'false')
  }

  integer(value: number | bigint): void {
    if (typeof value === 'bigint') {
      this.#word(String(value))
      return
    }
    this.#separate()
    this.out.ensure(20)
    let rest = value
    if (rest < 0) {
      this.out.bytes[this.out.length++] = 0x2d
      rest = -rest
    }
    if (rest < 1e8) this.#digits(rest, countDigits(rest))
    else {
      const high = Math.floor(rest / 1e8)
      this.#digits(high, countDigits(high))
      this.#digits(rest - high * 1e8, 8)
    }
  }

  float(value: number): void {
    if (!Number.isFinite(value)) throw new PayloadError('JSON cannot hold NaN or an infinite number')
    const text = Object.is(value, -0) ? '-0' : String(value)
    this.#word(/[.e]/.test(text) ? text : `${text}.0`)
  }

  text(source: Uint8Array, start: number, end: number): void {
    if (source[start] === 0 && start < end) refuseNul()
    this.#separate()
    this.#quoted(source, start, end)
  }

  string(value: string): void {
    if (value.charCodeAt(0) === 0) refuseNul()
    this.#separate()
    this.#quotedString(value)
  }

  bytes(source: Uint8Array, start: number, end: number): void {
    this.#word('"\\u0000')
    writeBase64(this.out, source, start, end)
    this.out.byte(QUOTE)
  }

  list(): void {
    this.#open(0x5b)
  }

  endList(): void {
    this.#close(0x5d)
  }

  dict(): void {
    this.#open(0x7b)
  }

  endDict(): void {
    this.#close(0x7d)
  }

  key(source: Uint8Array, start: number, end: number): void {
    this.#separate()
    this.#quoted(source, start, end)
    this.#colon()
  }

  stringKey(value: string): void {
    this.#separate()
    this.#quotedString(value)
    this.#colon()
  }

  integerKey(): void {
    throw new PayloadError('JSON cannot hold keys that are no strings')
  }

  #separate(): void {
    if (this.#needsComma) this.out.byte(COMMA)
    this.#needsComma = true
  }

  #colon(): void {
    this.out.byte(COLON)
    this.#needsComma = false
  }

  #open(bracket: number): void {
    this.#separate()
    this.out.byte(bracket)
    this.#needsComma = false
  }

  #close(bracket: number): void {
    this.out.byte(bracket)
    this.#needsComma = true
  }

  /** ASCII that needs no escape. */
  #word(word: string): void {
    this.#separate()
    this.#ascii(word)
  }

  #ascii(word: string): void {
    const out = this.out
    out.ensure(word.length)
    for (let i = 0; i < word.length; i++) out.bytes[out.length++] = word.charCodeAt(i)
  }

  /** An integer below 10^9 with leading zeros up to `count` digits. */
  #digits(value: number, count: number): void {
    const bytes = this.out.bytes
    let rest = value | 0
    for (let i = this.out.length + count - 1; i >= this.out.length; i--) {
      const tenth = (rest / 10) | 0
      bytes[i] = 0x30 + rest - tenth * 10
      rest = tenth
    }
    this.out.length += count
  }

  #quoted(source: Uint8Array, start: number, end: number): void {
    const out = this.out
    out.byte(QUOTE)
    let run = start
    for (let i = start; i < end; i++) {
      const c = source[i] as number
      if (ESCAPED[c] === 0) continue
      out.copy(source, run, i)
      this.#ascii(JSON.stringify(String.fromCharCode(c)).slice(1, -1))
      run = i + 1
    }
    out.copy(source, run, end)
    out.byte(QUOTE)
  }

  #quotedString(value: string): void {
    const out = this.out
    const start = out.length
    out.byte(QUOTE)
    if (out.ascii(value, ESCAPED)) out.byte(QUOTE)
    else {
      out.length = start
      this.#quotedSlowly(value)
    }
  }

  #quotedSlowly(value: string): void {
    if (LONE_SURROGATE.test(value)) throw new PayloadError('a string holds a lone surrogate')
    if (NEEDS_ESCAPE.test(value)) this.out.utf8(this.#text, JSON.stringify(value))
    else {
      this.out.byte(QUOTE)
      this.out.utf8(this.#text, value)
      this.out.byte(QUOTE)
    }
  }
}

function refuseNul(): never {
  throw new PayloadError('JSON cannot hold a string that begins with U+0000: it stands for a byte array there')
}

function countDigits(value: number): number {
  let count = 1
  for (let limit = 10; value >= limit; limit *= 10) count++
  return count
}
