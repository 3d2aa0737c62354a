// A payload as the octets of a serializer. These are functions and not methods:
// bundles of clients that read and write values do not contain them.

import type { Payload, PayloadFormat } from './payload.ts'
import { PayloadError } from './payload.ts'

/**
 * The raw items in the format of a serializer, converted at most once for each.
 * @throws {PayloadError} when that serializer cannot hold a value; the same error each time
 */
export function rawIn(payload: Payload, target: PayloadFormat): Uint8Array {
  if (payload.format !== undefined && payload.format.name === target.name) return payload.raw
  const form = formIn(payload, target)
  if (form instanceof PayloadError) throw form
  return form
}

/** The reason why a serializer cannot hold a payload; undefined when it can. */
export function faultIn(payload: Payload, target: PayloadFormat): PayloadError | undefined {
  if (payload.format !== undefined && payload.format.name === target.name) return undefined
  const form = formIn(payload, target)
  return form instanceof PayloadError ? form : undefined
}

/** Copies the octets out of the received chunk, for payloads kept beyond the turn in which they arrived. Returns the same payload. */
export function owned(payload: Payload): Payload
export function owned(payload: Payload | undefined): Payload | undefined
export function owned(payload: Payload | undefined): Payload | undefined {
  if (payload !== undefined) payload.raw = payload.raw.slice()
  return payload
}

function formIn(payload: Payload, target: PayloadFormat): Uint8Array | PayloadError {
  payload.forms ??= new Map()
  let form = payload.forms.get(target.name)
  if (form === undefined) {
    form = convert(payload, target)
    payload.forms.set(target.name, form)
  }
  return form
}

function convert(payload: Payload, target: PayloadFormat): Uint8Array | PayloadError {
  const { format, raw, count } = payload
  try {
    return format === undefined ? target.encodeItems(payload.items) : target.convertItems(format.name, raw, count)
  } catch (error) {
    if (error instanceof PayloadError) return error
    throw error
  }
}
