// The text of a JSON string with escapes, as UTF-8. The grammar has checked the escapes.

import type { Output } from './output.ts'

/** The octet for an escape of one letter, by its letter. */
const SHORT = new Uint8Array(128)
for (const [letter, character] of ['""', '\\\\', '//', 'b\b', 'f\f', 'n\n', 'r\r', 't\t']) {
  SHORT[(letter as string).charCodeAt(0)] = (character as string).charCodeAt(0)
}

/**
 * Reads the text between the quotes of a string into `out`, which it resets first.
 * @returns false where it holds a lone surrogate, which UTF-8 cannot encode
 */
export function readEscaped(bytes: Uint8Array, start: number, end: number, out: Output): boolean {
  out.reset()
  // The text of an escape has no more octets than the escape.
  out.ensure(end - start)
  const target = out.bytes
  let at = 0
  for (let i = start; i < end;) {
    const c = bytes[i++] as number
    if (c !== 0x5c) target[at++] = c
    else if (bytes[i] !== 0x75) target[at++] = SHORT[bytes[i++] as number] as number
    else {
      const unit = hexadecimal(bytes, i + 1)
      i += 5
      if ((unit & 0xf800) !== 0xd800) at = writePoint(target, at, unit)
      else {
        const low = unit < 0xdc00 && bytes[i] === 0x5c && bytes[i + 1] === 0x75 ? hexadecimal(bytes, i + 2) : 0
        if ((low & 0xfc00) !== 0xdc00) return false
        at = writePoint(target, at, 0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff))
        i += 6
      }
    }
  }
  out.length = at
  return true
}

/** The value of four hexadecimal digits. */
function hexadecimal(bytes: Uint8Array, at: number): number {
  let value = 0
  for (let i = at; i < at + 4; i++) {
    const c = bytes[i] as number
    value = (value << 4) | ((c & 15) + (c >> 6) * 9)
  }
  return value
}

/** Writes a character as UTF-8 and returns the position after it. */
function writePoint(target: Uint8Array, at: number, point: number): number {
  if (point < 0x80) target[at++] = point
  else {
    if (point < 0x800) target[at++] = 0xc0 | (point >> 6)
    else {
      if (point < 0x10000) target[at++] = 0xe0 | (point >> 12)
      else {
        target[at++] = 0xf0 | (point >> 18)
        target[at++] = 0x80 | ((point >> 12) & 63)
      }
      target[at++] = 0x80 | ((point >> 6) & 63)
    }
    target[at++] = 0x80 | (point & 63)
  }
  return at
}
