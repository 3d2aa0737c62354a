// Values to JSON text: compact, floats distinct from integers, byte arrays as Base64 behind U+0000.
// It refuses values that RFC 8259 does not have (NaN, lone surrogates).

import { PayloadError } from '../payload.ts'
import type { TextPort } from '../text.ts'
import { writeBase64 } from './base64.ts'
import type { Writer } from './format-serializer.ts'
import { Output } from './output.ts'

const COMMA = 0x2c
const COLON = 0x3a
const QUOTE = 0x22

/** 1 for the characters that JSON.stringify escapes in a string. */
const ESCAPED = Uint8Array.from({ length: 256 }, (_, c) => (c < 0x20 || c === 0x22 || c === 0x5c ? 1 : 0))
/** The letter after the backslash for a character with a short escape. */
const LETTERS = new Uint8Array(256)
for (const [character, letter] of ['""', '\\\\', '\bb', '\ff', '\nn', '\rr', '\tt']) {
  LETTERS[(character as string).charCodeAt(0)] = (letter as string).charCodeAt(0)
}
const HEXADECIMAL = '0123456789abcdef'
const NEEDS_ESCAPE = /[\u0000-\u001f"\\]/
const LONE_SURROGATE = /\p{Surrogate}/u

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0))
const NULL = ascii('null')
const TRUE = ascii('true')
const FALSE = ascii('false')
const BINARY = ascii('"\\u0000')
const NO_OCTETS = ascii('"\\u0000"')
const TENS = Float64Array.from({ length: 16 }, (_, power) => 10 ** power)

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
    this.#word(NULL)
  }

  boolean(value: boolean): void {
    this.#word(value ? TRUE : FALSE)
  }

  integer(value: number | bigint): void {
    if (typeof value === 'bigint') {
      this.#separate()
      this.#ascii(String(value))
      return
    }
    this.#separate()
    this.out.ensure(20)
    let rest = value
    if (rest < 0) {
      this.out.bytes[this.out.length++] = 0x2d
      rest = -rest
    }
    this.#whole(rest)
  }

  float(value: number): void {
    if (!Number.isFinite(value)) throw new PayloadError('JSON cannot encode NaN or an infinite number')
    this.#separate()
    if (this.#decimal(value)) return
    const text = String(value)
    this.#ascii(Number.isInteger(value) && Math.abs(value) < 1e21 ? `${text}.0` : text)
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
    if (start === end) return this.#word(NO_OCTETS)
    this.#word(BINARY)
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
    throw new PayloadError('JSON cannot encode keys that are not strings')
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

  #word(word: Uint8Array): void {
    this.#separate()
    this.out.copy(word, 0, word.length)
  }

  /** Writes ASCII that needs no escape. */
  #ascii(word: string): void {
    const out = this.out
    out.ensure(word.length)
    for (let i = 0; i < word.length; i++) out.bytes[out.length++] = word.charCodeAt(i)
  }

  /**
   * Writes a float of up to 15 digits as String does, but faster. No two decimals of 15 digits are the same float, so that the
   * decimal found is the shortest. Returns false for other floats.
   */
  #decimal(value: number): boolean {
    const size = Math.abs(value)
    if (size >= 1e14 || (size < 1e-6 && size !== 0)) return false
    const whole = Math.trunc(size)
    const places = 15 - countDigits(whole)
    const unit = TENS[places] as number
    const units = Math.round(size * unit)
    if (units / unit !== size) return false
    const out = this.out
    out.ensure(20)
    if (value < 0 || Object.is(value, -0)) out.bytes[out.length++] = 0x2d
    this.#whole(whole)
    out.bytes[out.length++] = 0x2e
    const first = out.length
    this.#fraction(units - whole * unit, places)
    while (out.length > first + 1 && out.bytes[out.length - 1] === 0x30) out.length--
    return true
  }

  #whole(value: number): void {
    if (value < 1e8) return this.#digits(value, countDigits(value))
    const high = Math.floor(value / 1e8)
    this.#digits(high, countDigits(high))
    this.#digits(value - high * 1e8, 8)
  }

  /** Writes `places` decimal places. */
  #fraction(units: number, places: number): void {
    if (places <= 8) return this.#digits(units, places)
    const high = Math.floor(units / 1e8)
    this.#digits(high, places - 8)
    this.#digits(units - high * 1e8, 8)
  }

  /** Writes an integer below 10^9 with leading zeros up to `count` digits. */
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
      if (run < i) out.copy(source, run, i)
      this.#escape(c)
      run = i + 1
    }
    out.copy(source, run, end)
    out.byte(QUOTE)
  }

  /** Writes the escape of a character as JSON.stringify does. */
  #escape(c: number): void {
    const out = this.out
    out.ensure(6)
    const bytes = out.bytes
    let at = out.length
    bytes[at++] = 0x5c
    if (LETTERS[c] !== 0) bytes[at++] = LETTERS[c] as number
    else {
      bytes[at++] = 0x75
      bytes[at++] = 0x30
      bytes[at++] = 0x30
      bytes[at++] = 0x30 + (c >> 4)
      bytes[at++] = HEXADECIMAL.charCodeAt(c & 15)
    }
    out.length = at
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
    if (LONE_SURROGATE.test(value)) throw new PayloadError('a string contains a lone surrogate')
    if (NEEDS_ESCAPE.test(value)) this.out.utf8(this.#text, JSON.stringify(value))
    else {
      this.out.byte(QUOTE)
      this.out.utf8(this.#text, value)
      this.out.byte(QUOTE)
    }
  }
}

function refuseNul(): never {
  throw new PayloadError('JSON cannot encode a string that begins with U+0000, since it would stand for a byte array')
}

function countDigits(value: number): number {
  let count = 1
  for (let limit = 10; value >= limit; limit *= 10) count++
  return count
}
