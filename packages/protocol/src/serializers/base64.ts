// Base64 (RFC 4648, section 4, padded) for byte arrays in JSON.

import type { Output } from './output.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
/** The value of each digit, -1 for all other octets. */
const VALUES = Int8Array.from({ length: 256 }, (_, c) => ALPHABET.indexOf(String.fromCharCode(c)))
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
 * Decodes the Base64 in a range to its octets, in place.
 * @returns the position after them, or -1 when the range is not Base64 with padding; then the octets are unchanged
 */
export function readBase64(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start
  if (length % 4 !== 0) return -1
  const padding = length === 0 || bytes[end - 1] !== PAD ? 0 : bytes[end - 2] === PAD ? 2 : 1
  const digits = end - padding
  let all = 0
  for (let i = start; i < digits; i++) all |= VALUES[bytes[i] as number] as number
  if (all < 0) return -1
  let at = start
  // The result does not include the octets that padding yields.
  for (let i = start; i < digits; i += 4) {
    const bits =
      ((VALUES[bytes[i] as number] as number) << 18) |
      ((VALUES[bytes[i + 1] as number] as number) << 12) |
      (((VALUES[bytes[i + 2] as number] as number) & 63) << 6) |
      ((VALUES[bytes[i + 3] as number] as number) & 63)
    bytes[at++] = bits >> 16
    bytes[at++] = bits >> 8
    bytes[at++] = bits
  }
  return at - padding
}
