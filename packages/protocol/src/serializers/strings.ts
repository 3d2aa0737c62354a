// UTF-8 to JavaScript strings, with a cache for repeated ones: URIs and keys.
// It must not cache secrets, which would stay in memory.

import { ProtocolError } from '../errors.ts'
import type { TextPort } from '../text.ts'

const SLOTS = 512
const LONGEST = 64
const EMPTY_SLOTS: readonly string[] = Array.from({ length: SLOTS }, () => '')

/** Reads strings; caches up to 512 short ASCII strings, in each slot the last one. */
export class Strings {
  readonly text: TextPort
  #slots = EMPTY_SLOTS.slice()

  constructor(text: TextPort) {
    this.text = text
  }

  /**
   * The string of a range, from the cache where possible.
   * @throws {ProtocolError} when it is not UTF-8
   */
  shared(bytes: Uint8Array, start: number, end: number): string {
    const length = end - start
    if (length > LONGEST) return this.own(bytes, start, end)
    let hash = length
    let high = 0
    for (let i = start; i < end; i++) {
      const c = bytes[i] as number
      hash = Math.imul(hash ^ c, 0x01000193)
      high |= c
    }
    if (high >= 0x80) return this.own(bytes, start, end)
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1)
    const found = this.#slots[slot] as string
    if (found.length === length && isSame(found, bytes, start)) return found
    const made = this.text.decode(bytes, start, end)
    this.#slots[slot] = made
    return made
  }

  /**
   * The string of a range.
   * @throws {ProtocolError} when it is not UTF-8
   */
  own(bytes: Uint8Array, start: number, end: number): string {
    if (!isUtf8(this.text, bytes, start, end)) throw new ProtocolError('a string is not UTF-8')
    return start === end ? '' : this.text.decode(bytes, start, end)
  }
}

/** Whether a range is UTF-8. It checks short ranges itself, since the runtime takes longer for them. */
export function isUtf8(text: TextPort, bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > LONGEST) return text.isUtf8(bytes, start, end)
  let high = 0
  for (let i = start; i < end; i++) high |= bytes[i] as number
  return high < 0x80 || isShortUtf8(bytes, start, end)
}

/** RFC 3629, "Syntax of UTF-8 Byte Sequences". */
function isShortUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const c = bytes[i] as number
    if (c < 0x80) continue
    const more = c < 0xc2 || c > 0xf4 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3
    if (more === 0 || i + more >= end) return false
    const second = bytes[++i] as number
    const least = c === 0xe0 ? 0xa0 : c === 0xf0 ? 0x90 : 0x80
    const most = c === 0xed ? 0x9f : c === 0xf4 ? 0x8f : 0xbf
    if (second < least || second > most) return false
    for (let left = more - 1; left > 0; left--) if (((bytes[++i] as number) & 0xc0) !== 0x80) return false
  }
  return true
}

function isSame(text: string, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false
  return true
}
