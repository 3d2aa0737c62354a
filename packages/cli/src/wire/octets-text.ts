// Octets as people copy them: text of JSON, hexadecimal digits, Base64, or as they are.

import { UsageError } from '@trunkline/client'

export const NOTATIONS = ['text', 'hex', 'base64'] as const
export type Notation = (typeof NOTATIONS)[number]

/** Hexadecimal digits as tools print them: `0x` in front, blanks, colons or commas between. */
const HEX = /^(?:0x)?[\da-f]+$/i
const BASE64 = /^[A-Za-z\d+/_-]+={0,2}$/

/**
 * The octets of a copied text. Without a notation, what begins with a bracket or brace is text, what holds hexadecimal digits only
 * is hexadecimal, anything else Base64, with or without padding, of either alphabet.
 * @throws {UsageError} when the text is none of these
 */
export function octetsOf(text: string, notation?: Notation): Buffer {
  const trimmed = text.trim()
  const digits = trimmed.replaceAll(/[\s:,]|\b0x/gi, '')
  const chosen = notation ?? (/^[[{"]/.test(trimmed) ? 'text' : HEX.test(digits) ? 'hex' : 'base64')
  if (chosen === 'text') return Buffer.from(trimmed)
  if (chosen === 'hex') {
    if (!HEX.test(digits) || digits.length % 2 !== 0) throw new UsageError('expected an even number of hexadecimal digits')
    return Buffer.from(digits, 'hex')
  }
  const packed = trimmed.replaceAll(/\s/g, '')
  if (!BASE64.test(packed)) throw new UsageError('expected a message as JSON, in hexadecimal or in Base64')
  return Buffer.from(packed, 'base64')
}

/** The octets of a file: its text if it is printable ASCII, else they themselves. */
export function octetsIn(content: Buffer, notation?: Notation): Buffer {
  const isText = content.every((octet) => (octet >= 0x20 && octet < 0x7f) || octet === 0x0a || octet === 0x0d || octet === 0x09)
  if (notation !== undefined || isText) return octetsOf(content.toString('utf8'), notation)
  return /^\s*\[/.test(content.toString('latin1')) ? Buffer.from(content.toString('utf8').trim()) : content
}
