// What the strings and integers of JSON stand for. Knows nothing of octets or of where they were found.

import { PayloadError } from '../payload.ts'
import { readBase64 } from './base64.ts'

const MAX_EXACT = 9_007_199_254_740_992
/** Decimal digits of the longest integers that are read at all, 64 octets. */
const MOST_DIGITS = 154

/** Matches JSON text that JSON.parse may not give as it was meant: byte arrays, and integers that may be beyond 2^53. */
export const NEEDS_CARE: RegExp = /\\u0000|[^.\d](?:\d{17}|9\d{15})/

/** The byte array that a JSON string stands for, if it does (specification: "Binary conversion of JSON Strings"). */
export function bytesOf(value: string): Uint8Array | undefined {
  return value.charCodeAt(0) === 0 ? readBase64(value, 1) : undefined
}

/**
 * The exact value of an integer: a bigint beyond 2^53.
 * @param rounded the same as Number gives it
 * @throws {PayloadError} for more than 154 digits
 */
export function integerOf(rounded: number, digits: string): number | bigint {
  if (Math.abs(rounded) < MAX_EXACT) return rounded === 0 ? 0 : rounded
  if (digits.length > MOST_DIGITS) throw new PayloadError('an integer has too many digits')
  const exact = BigInt(digits)
  return exact === BigInt(MAX_EXACT) || exact === -BigInt(MAX_EXACT) ? rounded : exact
}
