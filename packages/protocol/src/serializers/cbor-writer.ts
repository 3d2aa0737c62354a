// Values to CBOR: shortest integers and lengths, definite lengths, members in the order given, floats as float64,
// integers never as floats.

import type { TextPort } from '../text.ts'
import { check64, NONE_REFUSED, Numbers, utf8Length, writeHead } from './binary.ts'
import type { Writer } from './format-serializer.ts'
import { Output } from './output.ts'

const TWO_32 = 0x1_0000_0000
const NEGATIVE = 0x20
const BYTES = 0x40
const TEXT = 0x60
const LIST = 0x80
const DICT = 0xa0

/**
 * Appends CBOR to {@link CborWriter.out}. `string`, `text` and `bytes` are as in the writer of MessagePack: every value passes here, so
 * each has its own.
 */
export class CborWriter implements Writer {
  readonly out: Output = new Output()
  #text: TextPort
  #numbers = new Numbers()

  constructor(text: TextPort) {
    this.#text = text
  }

  begin(): void {
    this.out.reset()
  }

  beforeItems(): void {}

  null(): void {
    this.out.byte(0xf6)
  }

  boolean(value: boolean): void {
    this.out.byte(value ? 0xf5 : 0xf4)
  }

  integer(value: number | bigint): void {
    if (typeof value === 'bigint') {
      check64(value)
      if (value >= 0n) this.#numbers.writeBig(this.out, 0x1b, value)
      else this.#numbers.writeBig(this.out, NEGATIVE | 0x1b, -1n - value)
    } else if (value >= 0) this.#head(0, value)
    else this.#head(NEGATIVE, -1 - value)
  }

  float(value: number): void {
    this.out.byte(0xfb)
    this.#numbers.writeFloat(this.out, value)
  }

  text(source: Uint8Array, start: number, end: number): void {
    this.#head(TEXT, end - start)
    this.out.copy(source, start, end)
  }

  /** Assumes ASCII, with as many octets as characters, as most text is; for other text it counts the octets and writes it again. */
  string(value: string): void {
    const out = this.out
    const start = out.length
    this.#head(TEXT, value.length)
    if (out.ascii(value, NONE_REFUSED)) return
    const contents = out.length
    out.utf8(this.#text, value)
    if (out.length - contents === value.length) return
    out.length = start
    this.#head(TEXT, utf8Length(value))
    out.utf8(this.#text, value)
  }

  bytes(source: Uint8Array, start: number, end: number): void {
    this.#head(BYTES, end - start)
    this.out.copy(source, start, end)
  }

  list(count: number): void {
    this.#head(LIST, count)
  }

  endList(): void {}

  dict(count: number): void {
    this.#head(DICT, count)
  }

  endDict(): void {}

  key(source: Uint8Array, start: number, end: number): void {
    this.text(source, start, end)
  }

  stringKey(value: string): void {
    this.string(value)
  }

  integerKey(value: number | bigint): void {
    this.integer(value)
  }

  #head(major: number, value: number): void {
    const out = this.out
    if (value < 24) out.byte(major | value)
    else if (value < 0x100) writeHead(out, major | 24, 1, value)
    else if (value < 0x1_0000) writeHead(out, major | 25, 2, value)
    else if (value < TWO_32) writeHead(out, major | 26, 4, value)
    else writeHead(out, major | 27, 8, value)
  }
}
