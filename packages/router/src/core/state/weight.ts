// Estimates how much memory a value takes, for bounds. Reads only values that the codec has checked, so that the depth is bounded.

import type { Message } from '@trunkline/protocol'
import { payloadOf } from '@trunkline/protocol'
import { textOctets } from './text-octets.ts'

/** What an entry of a list or dictionary, a number, or the head of a text takes. */
const ENTRY = 16

/** About how many octets a header value takes: texts, numbers, and lists and dictionaries of them. */
export function weightOf(value: unknown): number {
  if (typeof value === 'string') return ENTRY + textOctets(value)
  if (value instanceof Uint8Array) return ENTRY + value.byteLength
  if (typeof value !== 'object' || value === null) return ENTRY
  let octets = ENTRY
  if (Array.isArray(value)) return octets + weightOfList(value)
  for (const [key, each] of Object.entries(value)) octets += textOctets(key) + weightOf(each)
  return octets
}

/** Lists may be very long: most entries are texts and numbers. */
function weightOfList(list: readonly unknown[]): number {
  let octets = list.length * ENTRY
  for (const each of list) {
    if (typeof each === 'string') octets += textOctets(each)
    else if (typeof each !== 'number') octets += weightOf(each) - ENTRY
  }
  return octets
}

/** What a message takes besides: itself, its dict of options and its payload without their content, as measured. */
const MESSAGE = 256

/** About how many octets a message takes, with its URI, options and payload. */
export function weightOfMessage(message: Message): number {
  const payload = payloadOf(message)
  let octets = MESSAGE + (payload?.raw.byteLength ?? 0)
  for (const value of Object.values(message) as unknown[]) if (value !== payload) octets += weightOf(value)
  return octets
}
