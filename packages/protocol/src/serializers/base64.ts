// Base64 (RFC 4648, section 4, padded) for byte arrays in JSON. Never decides whether a string is one.

import type { Output } from './output.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
/** The value of each ASCII digit, -1 for all other characters. */
const VALUES = Int8Array.from({ length: 128 }, (_, c) => ALPHABET.indexOf(String.fromCharCode(c)))
const PAD = 0x3d

/** Appends the Base64 of octets. */
export function writeBase64(out: Output, source: Uint8Array, start: number, end: number): void {
  out.ensure(Math.ceil((end - start) / 3) * 4)
  const bytes = out.bytes
  let at = out.length
  for (let i = start; i < end; i += 3) {
    const a = source[i] as number
    const b = i + 1 < end ? (source[i + 1] as number) : 0
    const c = i + 2 < end ? (source[i + 2] as number) : 0
    bytes[at++] = ALPHABET.charCodeAt(a >> 2)
    bytes[at++] = ALPHABET.charCodeAt(((a & 3) << 4) | (b >> 4))
    bytes[at++] = i + 1 < end ? ALPHABET.charCodeAt(((b & 15) << 2) | (c >> 6)) : PAD
    bytes[at++] = i + 2 < end ? ALPHABET.charCodeAt(c & 63) : PAD
  }
  out.length = at
}

/**
 * Reads the Base64 in `text` from index `start` to its end.
 * @returns the octets, or undefined when it is not Base64 with padding
 */
export function readBase64(text: string, start: number): Uint8Array | undefined {
  const length = text.length - start
  if (length % 4 !== 0) return undefined
  const padding = length > 0 && text.endsWith('=') ? (text.endsWith('==') ? 2 : 1) : 0
  const digits = text.length - padding
  const bytes = new Uint8Array((length / 4) * 3 - padding)
  let at = 0
  let bits = 0
  let held = 0
  for (let i = start; i < digits; i++) {
    const value = VALUES[text.charCodeAt(i)] ?? -1
    if (value < 0) return undefined
    bits = ((bits << 6) | value) & 0xffff
    held += 6
    if (held >= 8) {
      held -= 8
      bytes[at++] = bits >> held
    }
  }
  return bytes
}
