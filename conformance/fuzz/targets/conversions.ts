// Payload of one format in the two others: the converter refuses it, or its result is read there as the same values.

import type { ItemCount, Payload, SerializerName } from '@trunkline/protocol'
import { createConverter, payloadOf, ProtocolError, rawIn } from '@trunkline/protocol'
import { AROUND, FORMATS, makeSerializers, TOKENS } from '@trunkline/testkit'
import { payloadSeeds } from './formats.ts'
import type { Target } from './target.ts'
import { check, concat, isSame, refusal, unlessPayload } from './target.ts'

const COUNTS = [1, 2] as const

/** Values as a format holds them. */
interface Encoded {
  readonly format: SerializerName
  readonly raw: Uint8Array
}

export function conversionTarget(from: SerializerName): Target {
  const serializers = makeSerializers()
  const convert = createConverter()
  const others = FORMATS.filter((format) => format !== from)

  function take(format: SerializerName, raw: Uint8Array): Payload | undefined {
    for (const count of COUNTS) {
      const [before, behind] = AROUND[format](count)
      try {
        return payloadOf(serializers[format].decode(concat(before, raw, behind)))
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error
      }
    }
    return undefined
  }

  /** The converter promises to trust no input, so it gets the input unchecked. */
  function convertAnything(input: Uint8Array, to: SerializerName): string {
    let kind = ''
    for (const count of COUNTS) {
      try {
        const out = convert(from, to, input, count)
        check(out.length <= 9 * input.length + 64, `the payload grew out of proportion in ${to}`)
        kind += ` ${count}`
      } catch (error) {
        kind += refusal(error)
      }
    }
    return kind
  }

  function convertChecked(payload: Payload, to: SerializerName): string {
    const { count } = payload
    const out = unlessPayload(() => rawIn(payload, serializers[to]))
    if (out === undefined) return `none ${to}`
    const there = take(to, out)
    check(there !== undefined && there.count === count, `${to} refuses what the converter made`)
    const sent = { format: from, raw: rawIn(payload, serializers[from]) }
    check(isRead(sent, { format: to, raw: out }, count), `other values in ${to}`)
    const back = unlessPayload(() => convert(to, from, out, count))
    if (back !== undefined) check(isRead(sent, { format: from, raw: back }, count), `other values back from ${to}`)
    return `${to} ${count} ${back === undefined}`
  }

  /** What cannot be values in the first format cannot be converted either; so both can be read. */
  function isRead(left: Encoded, right: Encoded, count: ItemCount): boolean {
    const itemsOf = ({ format, raw }: Encoded): readonly unknown[] => serializers[format].decodeItems(raw, count)
    return isSame(itemsOf(left), itemsOf(right), from === 'json')
  }

  function run(input: Uint8Array): string {
    let kind = ''
    for (const to of others) kind += convertAnything(input, to)
    const payload = take(from, input)
    if (payload === undefined) return kind
    for (const to of others) kind += convertChecked(payload, to)
    return kind
  }

  return {
    name: `${from}-conversion`,
    files: /protocol\/src\/serializers\//,
    seeds: payloadSeeds(serializers[from]),
    tokens: TOKENS[from],
    run,
  }
}
