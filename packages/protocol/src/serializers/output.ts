// A growing array of octets that writers append to. Views of it are valid until the next reset; {@link Output.owned} copies.

import type { TextPort } from '../text.ts'

const FIRST = 4096
const KEPT = 65_536
const CHUNK = 8192
const SHORT = 64

/** Reusable room for one message or payload at a time. `bytes` and `length` are public, because hot loops use them. */
export class Output {
  bytes: Uint8Array = new Uint8Array(FIRST)
  length = 0

  /** Empties it; releases room beyond 64 KiB. */
  reset(): void {
    this.length = 0
    if (this.bytes.length > KEPT) this.bytes = new Uint8Array(FIRST)
  }

  /** Makes room for `count` more octets. */
  ensure(count: number): void {
    const needed = this.length + count
    if (needed <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
  }

  byte(value: number): void {
    this.ensure(1)
    this.bytes[this.length++] = value
  }

  append(source: Uint8Array): void {
    this.ensure(source.length)
    this.bytes.set(source, this.length)
    this.length += source.length
  }

  copy(source: Uint8Array, start: number, end: number): void {
    this.ensure(end - start)
    const bytes = this.bytes
    let length = this.length
    if (end - start < 40) for (let i = start; i < end; i++) bytes[length++] = source[i] as number
    else {
      bytes.set(source.subarray(start, end), length)
      length += end - start
    }
    this.length = length
  }

  /** Appends a short ASCII string, in which `refused` is 0 for every character; otherwise appends nothing and returns false. */
  ascii(value: string, refused: Uint8Array): boolean {
    const count = value.length
    if (count > SHORT) return false
    this.ensure(count)
    const bytes = this.bytes
    let at = this.length
    for (let i = 0; i < count; i++) {
      const c = value.charCodeAt(i)
      if (c >= 0x80 || refused[c] === 1) return false
      bytes[at++] = c
    }
    this.length = at
    return true
  }

  /** Appends the UTF-8 of well-formed text, piece by piece, so that it reserves little more room than it uses. */
  utf8(text: TextPort, value: string): void {
    for (let start = 0; start < value.length;) {
      let end = Math.min(start + CHUNK, value.length)
      if (end < value.length && (value.charCodeAt(end - 1) & 0xfc00) === 0xd800) end--
      this.ensure((end - start) * 3)
      this.length += text.write(start === 0 && end === value.length ? value : value.slice(start, end), this.bytes, this.length)
      start = end
    }
  }

  /** The octets written, as a view that is valid until the next {@link Output.reset}. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.length)
  }

  /** A copy of the octets written; then empties the output. */
  owned(): Uint8Array {
    const copy = this.bytes.slice(0, this.length)
    this.reset()
    return copy
  }
}
