// A payload as the octets of a serializer. Functions, not methods: a client that reads and writes values need not carry them.

import type { Payload, PayloadFormat } from './payload.ts'
import { PayloadError } from './payload.ts'

/**
 * The raw items in a serializer's form, converted at most once for each serializer.
 * @throws {PayloadError} when that serializer cannot hold a value; the same error each time
 */
export function rawIn(payload: Payload, target: PayloadFormat): Uint8Array {
  if (payload.format !== undefined && payload.format.name === target.name) return payload.raw
  const form = formIn(payload, target)
  if (form instanceof PayloadError) throw form
  return form
}

/** Why a serializer cannot hold a payload, or undefined when it can. */
export function faultIn(payload: Payload, target: PayloadFormat): PayloadError | undefined {
  if (payload.format !== undefined && payload.format.name === target.name) return undefined
  const form = formIn(payload, target)
  return form instanceof PayloadError ? form : undefined
}

/** Copies the octets out of the received chunk, for whatever outlives the turn in which they came. Returns the same payload. */
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
