// Payload of one format: checked without being read, then read; JSON is compared with JSON.parse.

import type { Payload, SerializerName } from '@trunkline/protocol'
import { payloadOf, ProtocolError, rawIn } from '@trunkline/protocol'
import { AROUND, makeSerializers, TOKENS } from '@trunkline/testkit'
import { FILES, payloadSeeds } from './formats.ts'
import type { Target } from './target.ts'
import { check, concat, countValues, isSame, refusal, unlessPayload } from './target.ts'

export function payloadTarget(format: SerializerName): Target {
  const serializer = makeSerializers()[format]

  /** The payload of a CALL around the input. */
  function take(input: Uint8Array): Payload | undefined {
    const [before, behind] = AROUND[format](1)
    try {
      return payloadOf(serializer.decode(concat(before, input, behind)))
    } catch (error) {
      if (format !== 'msgpack' || !(error instanceof ProtocolError)) throw error
    }
    return payloadOf(serializer.decode(concat(AROUND[format](2)[0], input)))
  }

  function run(input: Uint8Array): string {
    let payload: Payload | undefined
    try {
      payload = take(input)
    } catch (error) {
      const kind = refusal(error)
      if (format === 'json')
        check(!kind.includes('deeper') === !isListOrMore(input) || kind.includes('deeper'), 'JSON.parse accepts what was refused')
      return kind
    }
    if (format === 'json') check(isListOrMore(input), 'JSON.parse refuses what was accepted')
    if (payload === undefined) return 'no payload'
    const { count } = payload
    const raw = rawIn(payload, serializer)
    const items = unlessPayload(() => serializer.decodeItems(raw, count))
    if (items === undefined) return 'cannot be values'
    check(items.length === count, 'another number of items came out')
    check(countValues(items) <= 2 * input.length + 2, 'more values came out than octets went in')
    if (format === 'json')
      check(
        isAsParsed(items, JSON.parse(`[${new TextDecoder('utf-8', { ignoreBOM: true }).decode(raw)}]`)),
        'JSON.parse reads other values',
      )
    const written = unlessPayload(() => serializer.encodeItems(items))
    if (written === undefined) return 'cannot be written'
    check(written.length <= 9 * input.length + 64, 'the payload grew out of proportion')
    if (format !== 'json') check(isSame(serializer.decodeItems(written, count), items), 'values changed on their way through')
    return `values ${count}`
  }

  return { name: `${format}-payload`, files: FILES[format], seeds: payloadSeeds(serializer), tokens: TOKENS[format], run }
}

/** A list, perhaps with a dict behind it: what may be in the place of the payload. Null is read as an empty one. */
function isListOrMore(input: Uint8Array): boolean {
  try {
    const items = JSON.parse(`[${new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(input)}]`) as unknown[]
    const [first, second] = items
    const isDict = typeof second === 'object' && !Array.isArray(second)
    return (Array.isArray(first) || first === null) && (items.length === 1 || (items.length === 2 && isDict))
  } catch {
    return false // Neither UTF-8 nor JSON: it does not matter which of the two errors is reported.
  }
}

/** Whether values equal those of JSON.parse, except for exact integers and byte arrays. */
function isAsParsed(value: unknown, parsed: unknown): boolean {
  if (typeof value === 'bigint') return Number(value) === parsed
  if (value instanceof Uint8Array) return parsed === `\u0000${Buffer.from(value).toString('base64')}` || isOtherBase64(value, parsed)
  if (typeof value !== 'object' || value === null) return value === parsed
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(value) !== Array.isArray(parsed)) return false
  const keys = Object.keys(value)
  const [left, right] = [value as Record<string, unknown>, parsed as Record<string, unknown>]
  return keys.length === Object.keys(parsed).length && keys.every((key) => Object.hasOwn(parsed, key) && isAsParsed(left[key], right[key]))
}

/** Base64 whose last digit holds bits that belong to no octet. */
function isOtherBase64(bytes: Uint8Array, text: unknown): boolean {
  return typeof text === 'string' && text.startsWith('\u0000') && Buffer.from(text.slice(1), 'base64').equals(bytes)
}
