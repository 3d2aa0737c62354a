// What clients under test do differently from the specification, or where they lose a value in a round trip. Each row changes what is
// expected, so that it is noticed when the client changes. Nothing of our router or client belongs here.

import type { NeutralValues } from './protocol.ts'
import type { Neutral } from './value.ts'
import { canonical, isList } from './value.ts'

/** One end of a pair. */
export interface End {
  readonly peer: string
  readonly serializer: string
  readonly transport: 'websocket' | 'rawsocket'
}

/** The direction of values between a client and its application. */
export type Step = 'sends arguments' | 'receives arguments' | 'sends result' | 'receives result' | 'sends event' | 'receives event'

export interface Deviation {
  readonly peer: string
  readonly reason: string
  /** Default: all. */
  readonly serializers?: readonly string[]
  readonly steps: readonly Step[]
  readonly cases: RegExp
  /** The values after the step. Without it the client cannot survive the case, which is left out and counted separately. */
  readonly becomes?: (values: NeutralValues) => NeutralValues
}

const RECEIVES: readonly Step[] = ['receives arguments', 'receives result', 'receives event']

export const KNOWN_DEVIATIONS: readonly Deviation[] = [
  {
    peer: 'autobahn-js',
    reason: 'msgpack5 throws at a key __proto__, out of the message handler: the process ends',
    serializers: ['msgpack'],
    steps: RECEIVES,
    cases: /__proto__/,
  },
  {
    peer: 'autobahn-js',
    reason: 'JSON: a text received for octets is octets again when it is sent',
    serializers: ['json'],
    steps: ['sends result'],
    cases: /^binary/,
    becomes: (values) => mapped(values, textAsOctets),
  },
  {
    peer: 'autobahn-js',
    reason: 'JSON: knows no octets, hands out the text that stands for them',
    serializers: ['json'],
    steps: RECEIVES,
    cases: /^binary/,
    becomes: (values) => mapped(values, octetsAsText),
  },
  {
    peer: 'autobahn-js',
    reason: 'JSON: knows no octets, sends a Buffer as {type, data}',
    serializers: ['json'],
    steps: ['sends arguments', 'sends event'],
    cases: /^binary: (?!1 MiB)/,
    becomes: (values) => mapped(values, octetsAsBufferDict),
  },
  {
    peer: 'autobahn-js',
    reason: 'JSON: knows no octets, a Buffer of 1 MiB would be a message of more than 4 MiB',
    serializers: ['json'],
    steps: ['sends arguments', 'sends event'],
    cases: /^binary: 1 MiB/,
  },
  {
    peer: 'autobahn-js',
    reason: 'CBOR: hands out a dict with the key __proto__ as a Map',
    serializers: ['cbor'],
    steps: RECEIVES,
    cases: /^dict: key __proto__/,
    becomes: (values) => (hasProtoKey(values) ? { args: [{ $other: 'Map' }], kwargs: {} } : values),
  },
  {
    peer: 'autobahn-js',
    reason: 'CBOR: a Map received for a dict is a dict again when it is sent',
    serializers: ['cbor'],
    steps: ['sends result'],
    cases: /^dict: key __proto__/,
    becomes: (values) => mapped(values, mapAsDict),
  },
  {
    peer: 'autobahn-js',
    reason: 'an empty result and a result of one null are handed out alike',
    steps: ['receives result'],
    cases: /^nothing$/,
    becomes: () => ({ args: [null], kwargs: {} }),
  },
  {
    peer: 'autobahn-js',
    reason: 'CBOR: hands out kwargs with the key __proto__ as a Map',
    serializers: ['cbor'],
    steps: RECEIVES,
    cases: /^kwargs: key __proto__/,
    becomes: (values) => (hasProtoKey(values) ? { args: values.args, kwargs: {} } : values),
  },
  {
    peer: 'wampy',
    reason: 'JSON: knows no octets, sends a Buffer as {type, data}',
    serializers: ['json'],
    steps: ['sends arguments', 'sends event'],
    cases: /^binary: (?!1 MiB)/,
    becomes: (values) => mapped(values, octetsAsBufferDict),
  },
  {
    peer: 'wampy',
    reason: 'JSON: knows no octets, a Buffer of 1 MiB would be a message of more than 4 MiB',
    serializers: ['json'],
    steps: ['sends arguments', 'sends event'],
    cases: /^binary: 1 MiB/,
  },
  {
    peer: 'wampy',
    reason: 'JSON: a text received for octets is octets again when it is sent',
    serializers: ['json'],
    steps: ['sends result'],
    cases: /^binary/,
    becomes: (values) => mapped(values, textAsOctets),
  },
  {
    peer: 'wampy',
    reason: 'JSON: knows no octets, hands out the text that stands for them',
    serializers: ['json'],
    steps: RECEIVES,
    cases: /^binary/,
    becomes: (values) => mapped(values, octetsAsText),
  },
  {
    peer: 'wampy',
    reason: 'MessagePack and CBOR: sends integers of more than 32 bits as floats',
    serializers: ['msgpack', 'cbor'],
    steps: ['sends arguments', 'sends result', 'sends event'],
    cases: /^integer/,
    becomes: (values) => mapped(values, longIntegerAsFloat),
  },
  {
    peer: 'wampy',
    reason: 'CBOR: octets received are sent again with tag 64',
    serializers: ['cbor'],
    steps: ['sends result'],
    cases: /^binary/,
    becomes: (values) => mapped(values, (value) => (octetsOf(value) === undefined ? undefined : { $tag64: value })),
  },
  {
    peer: 'wampy',
    reason: 'MessagePack: hands out integers of 64 bits as BigInt',
    serializers: ['msgpack'],
    steps: RECEIVES,
    cases: /^integer/,
    becomes: (values) => mapped(values, longIntegerAsBigint),
  },
  {
    peer: 'wampy',
    reason: 'MessagePack: a BigInt is an integer when it is sent',
    serializers: ['msgpack'],
    steps: ['sends result'],
    cases: /^integer/,
    becomes: (values) => mapped(values, bigintAsInteger),
  },
  {
    peer: 'wampy',
    reason: 'MessagePack and CBOR: a key __proto__ is renamed to __proto_',
    serializers: ['msgpack', 'cbor'],
    steps: RECEIVES,
    cases: /__proto__/,
    becomes: (values) => renamed(values),
  },
  {
    peer: 'autobahn-python',
    reason: 'an empty result and a result of one None are handed out alike',
    steps: ['receives result'],
    cases: /^nothing$/,
    becomes: () => ({ args: [null], kwargs: {} }),
  },
  {
    peer: 'autobahn-python',
    reason: 'CBOR: hands out octets with tag 64 as a CBORTag',
    serializers: ['cbor'],
    steps: RECEIVES,
    cases: /^binary/,
    becomes: (values) => mapped(values, (value) => (tagged(value) === undefined ? undefined : { $other: 'CBORTag' })),
  },
]

function hasProtoKey(values: NeutralValues): boolean {
  return JSON.stringify(values).includes('"__proto__":')
}

function mapAsDict(value: Neutral): Neutral | undefined {
  return canonical(value) === '{"$other":"Map"}' ? Object.fromEntries([['__proto__', 1]]) : undefined
}

function longIntegerAsBigint(value: Neutral): Neutral | undefined {
  return isLong(value) ? { $bigint: String(value) } : undefined
}

function longIntegerAsFloat(value: Neutral): Neutral | undefined {
  return isLong(value) ? { $float: value } : undefined
}

function isLong(value: Neutral): value is number {
  return typeof value === 'number' && Number.isInteger(value) && (value > 0xffff_ffff || value < -0x8000_0000)
}

function bigintAsInteger(value: Neutral): Neutral | undefined {
  return value !== null && typeof value === 'object' && !isList(value) && '$bigint' in value ? Number(value['$bigint']) : undefined
}

function renamed({ args, kwargs }: NeutralValues): NeutralValues {
  return JSON.parse(JSON.stringify({ args, kwargs }).replaceAll('"__proto__":', '"__proto_":')) as NeutralValues
}

/**
 * What a client hands out without any deviation: octets, whether they came with tag 64 or not. JavaScript has one kind of
 * number, so every client written in it hands out a float without a fraction as it does an integer.
 */
export function asHandedOut(peer: string, values: NeutralValues): NeutralValues {
  return mapped(values, (value) => tagged(value) ?? (peer === 'autobahn-python' ? undefined : floatOf(value)))
}

function floatOf(value: Neutral): Neutral | undefined {
  return value !== null && typeof value === 'object' && !isList(value) ? value['$float'] : undefined
}

/** What is in a CBOR tag 64. */
function tagged(value: Neutral): Neutral | undefined {
  return value !== null && typeof value === 'object' && !isList(value) ? value['$tag64'] : undefined
}

/** `\0` and Base64, as the specification has it ("Binary support in JSON"). */
function octetsAsText(value: Neutral): Neutral | undefined {
  const octets = octetsOf(value)
  return octets === undefined ? undefined : `\u0000${Buffer.from(octets).toString('base64')}`
}

function textAsOctets(value: Neutral): Neutral | undefined {
  return typeof value === 'string' && value.startsWith('\u0000') ? { $bin: value.slice(1) } : undefined
}

/** The form into which JSON.stringify turns a Buffer. */
function octetsAsBufferDict(value: Neutral): Neutral | undefined {
  const octets = octetsOf(value)
  return octets === undefined ? undefined : { type: 'Buffer', data: [...octets] }
}

function octetsOf(value: Neutral): Uint8Array | undefined {
  if (value === null || typeof value !== 'object' || isList(value)) return undefined
  if (typeof value['$bin'] === 'string') return Buffer.from(value['$bin'], 'base64')
  return isList(value['$fill']) ? Buffer.alloc(Number(value['$fill'][1]), Number(value['$fill'][0])) : undefined
}

/** The values with everything in them replaced for which `replace` has something else. What is tagged is one value. */
function mapped({ args, kwargs }: NeutralValues, replace: (value: Neutral) => Neutral | undefined): NeutralValues {
  const map = (value: Neutral): Neutral => {
    const replaced = replace(value)
    if (replaced !== undefined || value === null || typeof value !== 'object') return replaced ?? value
    if (isList(value)) return value.map(map)
    if (Object.keys(value).some((key) => key.startsWith('$'))) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, map(item)]))
  }
  return { args: args.map(map), kwargs: map(kwargs) as NeutralValues['kwargs'] }
}
