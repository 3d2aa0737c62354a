// What clients make of values: the forms that the table of deviations names. Judges nothing.

import type { NeutralValues } from '../protocol.ts'
import type { Neutral } from '../value.ts'
import { canonical, isList } from '../value.ts'

export function hasProtoKey(values: NeutralValues): boolean {
  return JSON.stringify(values).includes('"__proto__":')
}

export function mapAsDict(value: Neutral): Neutral | undefined {
  return canonical(value) === '{"$other":"Map"}' ? Object.fromEntries([['__proto__', 1]]) : undefined
}

export function longIntegerAsBigint(value: Neutral): Neutral | undefined {
  return isLong(value) ? { $bigint: String(value) } : undefined
}

export function longIntegerAsFloat(value: Neutral): Neutral | undefined {
  return isLong(value) ? { $float: value } : undefined
}

function isLong(value: Neutral): value is number {
  return typeof value === 'number' && Number.isInteger(value) && (value > 0xffff_ffff || value < -0x8000_0000)
}

export function bigintAsInteger(value: Neutral): Neutral | undefined {
  return value !== null && typeof value === 'object' && !isList(value) && '$bigint' in value ? Number(value['$bigint']) : undefined
}

export function renamed({ args, kwargs }: NeutralValues): NeutralValues {
  return JSON.parse(JSON.stringify({ args, kwargs }).replaceAll('"__proto__":', '"__proto_":')) as NeutralValues
}

/**
 * What a client hands out without any deviation: octets, whether they came with tag 64 or not. JavaScript has one kind of
 * number, so every client written in it hands out a float without a fraction as it does an integer.
 */
export function asHandedOut(client: string, values: NeutralValues): NeutralValues {
  return mapped(values, (value) => tagged(value) ?? (client === 'autobahn-python' ? undefined : floatOf(value)))
}

function floatOf(value: Neutral): Neutral | undefined {
  return value !== null && typeof value === 'object' && !isList(value) ? value['$float'] : undefined
}

/** What is in a CBOR tag 64. */
export function tagged(value: Neutral): Neutral | undefined {
  return value !== null && typeof value === 'object' && !isList(value) ? value['$tag64'] : undefined
}

/** `\0` and Base64, as the specification has it ("Binary support in JSON"). */
export function octetsAsText(value: Neutral): Neutral | undefined {
  const octets = octetsOf(value)
  return octets === undefined ? undefined : `\u0000${Buffer.from(octets).toString('base64')}`
}

export function textAsOctets(value: Neutral): Neutral | undefined {
  return typeof value === 'string' && value.startsWith('\u0000') ? { $bin: value.slice(1) } : undefined
}

/** The form into which JSON.stringify turns a Buffer. */
export function octetsAsBufferDict(value: Neutral): Neutral | undefined {
  const octets = octetsOf(value)
  return octets === undefined ? undefined : { type: 'Buffer', data: [...octets] }
}

export function octetsOf(value: Neutral): Uint8Array | undefined {
  if (value === null || typeof value !== 'object' || isList(value)) return undefined
  if (typeof value['$bin'] === 'string') return Buffer.from(value['$bin'], 'base64')
  return isList(value['$fill']) ? Buffer.alloc(Number(value['$fill'][1]), Number(value['$fill'][0])) : undefined
}

/** The values with everything in them replaced for which `replace` has something else. What is tagged is one value. */
export function mapped({ args, kwargs }: NeutralValues, replace: (value: Neutral) => Neutral | undefined): NeutralValues {
  const map = (value: Neutral): Neutral => {
    const replaced = replace(value)
    if (replaced !== undefined || value === null || typeof value !== 'object') return replaced ?? value
    if (isList(value)) return value.map(map)
    if (Object.keys(value).some((key) => key.startsWith('$'))) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, map(item)]))
  }
  return { args: args.map(map), kwargs: map(kwargs) as NeutralValues['kwargs'] }
}
