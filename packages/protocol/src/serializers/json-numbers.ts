// Reads the numbers of JSON text exactly, most of them without making a string. The grammar finds where a number ends.

import { PayloadError } from '../payload.ts'
import type { TextPort } from '../text.ts'
import { Numbers } from './binary.ts'

const MAX_EXACT = 9_007_199_254_740_992
/** Decimal digits of the longest integers that it reads (64 octets). */
const MOST_DIGITS = 154
/** Decimal digits of the longest integers of 64 bits. */
const DIGITS_64 = 20
/** The powers of ten that are exact floats. */
const TENS = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`))
/** The octets converted to a string at once, since many numbers are close together. */
const WINDOW = 1024
const NOTHING = new Uint8Array(0)

/** Reads numbers. */
export class JsonNumbers {
  /** Whether the last number read has a fraction or an exponent. */
  isFloat = false
  #text: TextPort
  #numbers = new Numbers()
  #window = ''
  #windowStart = 0
  #bytes: Uint8Array = NOTHING

  constructor(text: TextPort) {
    this.#text = text
  }

  /**
   * The number in a range: an integer is exact, and a bigint beyond 2^53; a float may be infinite.
   * @throws {PayloadError} for an integer of more than 154 digits
   */
  read(bytes: Uint8Array, start: number, end: number): number | bigint {
    const isNegative = bytes[start] === 0x2d
    let pos = isNegative ? start + 1 : start
    let size = 0
    let digit = (bytes[pos] as number) - 0x30
    while (pos < end && digit >= 0 && digit <= 9) {
      size = size * 10 + digit
      digit = (bytes[++pos] as number) - 0x30
    }
    this.isFloat = pos < end
    if (pos < end) return this.#float(bytes, start, end, isNegative, size, pos)
    // Rounding keeps the order: a result below 2^53 was not rounded.
    if (size < MAX_EXACT) return isNegative && size > 0 ? -size : size
    return this.#large(bytes, start, end, isNegative)
  }

  /** Releases the last octets read. */
  release(): void {
    this.#bytes = NOTHING
    this.#window = ''
  }

  /** Computes the product or quotient of two exact floats, which is rounded once and so correct; reads all other numbers by a string. */
  // oxlint-disable-next-line max-params -- Runs for each float: an object for what is read so far would be garbage.
  #float(bytes: Uint8Array, start: number, end: number, isNegative: boolean, whole: number, point: number): number {
    let pos = point
    let size = whole
    let digit = 0
    if (bytes[pos] === 0x2e) {
      for (pos++; pos < end && (digit = (bytes[pos] as number) - 0x30) >= 0 && digit <= 9; pos++) size = size * 10 + digit
    }
    const decimals = pos > point ? pos - point - 1 : 0
    const scale = exponent(bytes, pos, end) - decimals
    if (size >= MAX_EXACT || scale < -22 || scale > 22) return Number(this.#string(bytes, start, end))
    const value = scale < 0 ? size / (TENS[-scale] as number) : size * (TENS[scale] as number)
    return isNegative ? -value : value
  }

  #large(bytes: Uint8Array, start: number, end: number, isNegative: boolean): number | bigint {
    const first = isNegative ? start + 1 : start
    const value = (end - first > DIGITS_64 ? undefined : this.#integer64(bytes, first, end)) ?? this.#long(bytes, first, end)
    return isNegative ? -value : value
  }

  /** An integer of up to 20 digits; undefined when 64 bits cannot hold it. */
  #integer64(bytes: Uint8Array, start: number, end: number): number | bigint | undefined {
    let high = 0
    let low = 0
    for (let pos = start; pos < end;) {
      const stop = Math.min(pos + 9, end)
      const factor = TENS[stop - pos] as number
      let digits = 0
      while (pos < stop) digits = digits * 10 + (bytes[pos++] as number) - 0x30
      const lower = (low & 0xffff) * factor + digits
      const upper = (low >>> 16) * factor + Math.floor(lower / 0x10000)
      low = (((upper & 0xffff) << 16) | (lower & 0xffff)) >>> 0
      high = high * factor + Math.floor(upper / 0x10000)
    }
    return high > 0xffff_ffff ? undefined : this.#numbers.unsigned(high, low)
  }

  #long(bytes: Uint8Array, start: number, end: number): number | bigint {
    if (end - start > MOST_DIGITS) throw new PayloadError('an integer has too many digits')
    return BigInt(this.#string(bytes, start, end))
  }

  /** The ASCII of a range. */
  #string(bytes: Uint8Array, start: number, end: number): string {
    if (end - start > WINDOW) return this.#text.decode(bytes, start, end)
    const from = start - this.#windowStart
    const to = end - this.#windowStart
    if (bytes === this.#bytes && from >= 0 && to <= this.#window.length) return this.#window.slice(from, to)
    let stop = start
    const most = Math.min(start + WINDOW, bytes.length)
    while (stop < most && (bytes[stop] as number) < 0x80) stop++
    this.#bytes = bytes
    this.#windowStart = start
    this.#window = this.#text.decode(bytes, start, stop)
    return this.#window.slice(0, end - start)
  }
}

/** The exponent at the end of a range; 0 where there is none. An exponent so large that the result is 0 or infinite may be inexact. */
function exponent(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) return 0
  const sign = bytes[start + 1]
  let value = 0
  for (let pos = sign === 0x2b || sign === 0x2d ? start + 2 : start + 1; pos < end && value < 1e6; pos++) {
    value = value * 10 + (bytes[pos] as number) - 0x30
  }
  return sign === 0x2d ? -value : value
}
