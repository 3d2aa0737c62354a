// Values to MessagePack: shortest integers and lengths, `str` and `bin` distinct, floats as float64,
// integers never as floats.

import { PayloadError } from '../payload.ts'
import type { TextPort } from '../text.ts'
import { check64, NONE_REFUSED, Numbers, utf8Length, writeHead } from './binary.ts'
import type { Writer } from './format-serializer.ts'
import { Output } from './output.ts'

const TWO_32 = 0x1_0000_0000

/** Appends MessagePack to {@link MsgpackWriter.out}. */
export class MsgpackWriter implements Writer {
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
    this.out.byte(0xc0)
  }

  boolean(value: boolean): void {
    this.out.byte(value ? 0xc3 : 0xc2)
  }

  integer(value: number | bigint): void {
    const out = this.out
    if (typeof value === 'bigint') {
      check64(value)
      this.#numbers.writeBig(out, value < 0n ? 0xd3 : 0xcf, value)
    } else if (value >= 0) {
      if (value < 0x80) out.byte(value)
      else if (value < 0x100) writeHead(out, 0xcc, 1, value)
      else if (value < 0x1_0000) writeHead(out, 0xcd, 2, value)
      else if (value < TWO_32) writeHead(out, 0xce, 4, value)
      else writeHead(out, 0xcf, 8, value)
    } else if (value >= -0x20) out.byte(value & 0xff)
    else if (value >= -0x80) writeHead(out, 0xd0, 1, value)
    else if (value >= -0x8000) writeHead(out, 0xd1, 2, value)
    else if (value >= -0x8000_0000) writeHead(out, 0xd2, 4, value)
    else writeHead(out, 0xd3, 8, value)
  }

  float(value: number): void {
    this.out.byte(0xcb)
    this.#numbers.writeFloat(this.out, value)
  }

  text(source: Uint8Array, start: number, end: number): void {
    this.#textHead(end - start)
    this.out.copy(source, start, end)
  }

  /** Assumes ASCII, with as many octets as characters, as most text is; for other text it counts the octets and writes it again. */
  string(value: string): void {
    const out = this.out
    const start = out.length
    this.#textHead(value.length)
    if (out.ascii(value, NONE_REFUSED)) return
    const contents = out.length
    out.utf8(this.#text, value)
    if (out.length - contents === value.length) return
    out.length = start
    this.#textHead(utf8Length(value))
    out.utf8(this.#text, value)
  }

  bytes(source: Uint8Array, start: number, end: number): void {
    const length = end - start
    if (length < 0x100) writeHead(this.out, 0xc4, 1, length)
    else if (length < 0x1_0000) writeHead(this.out, 0xc5, 2, length)
    else writeHead(this.out, 0xc6, 4, checkLength(length))
    this.out.copy(source, start, end)
  }

  list(count: number): void {
    this.#head(count, 0x90, 0xdc)
  }

  endList(): void {}

  dict(count: number): void {
    this.#head(count, 0x80, 0xde)
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

  #head(count: number, few: number, many: number): void {
    if (count < 0x10) this.out.byte(few | count)
    else if (count < 0x1_0000) writeHead(this.out, many, 2, count)
    else writeHead(this.out, many + 1, 4, checkLength(count))
  }

  #textHead(length: number): void {
    if (length < 0x20) this.out.byte(0xa0 | length)
    else if (length < 0x100) writeHead(this.out, 0xd9, 1, length)
    else if (length < 0x1_0000) writeHead(this.out, 0xda, 2, length)
    else writeHead(this.out, 0xdb, 4, checkLength(length))
  }
}

function checkLength(length: number): number {
  if (length >= TWO_32) throw new PayloadError('a value is too long for MessagePack')
  return length
}
