// UTF-8 to JavaScript strings for what a message names again and again: URIs and keys are made once and found again.
// Never used for what may be secret (it would stay in the cache).

import { ProtocolError } from '../errors.ts'
import type { TextPort } from '../text.ts'

const SLOTS = 512
const LONGEST = 64
const EMPTY_SLOTS: readonly string[] = Array.from({ length: SLOTS }, () => '')

/** Reads strings; keeps up to 512 short ASCII ones, whichever came last for their slot. */
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

/** Whether a range is UTF-8: a short ASCII one is recognised without asking the runtime. */
export function isUtf8(text: TextPort, bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > LONGEST) return text.isUtf8(bytes, start, end)
  let high = 0
  for (let i = start; i < end; i++) high |= bytes[i] as number
  return high < 0x80 || text.isUtf8(bytes, start, end)
}

function isSame(text: string, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false
  return true
}
