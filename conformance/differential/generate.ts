// Values and messages, the same for the same seed: each limit of each format, and mixtures of all types. Never encodes.

import type { FieldType, MessageRow, OptionType } from '@trunkline/protocol'
import { MESSAGES } from '@trunkline/protocol'
import type { Random } from '../fuzz/random.ts'
import type { Neutral } from './neutral.ts'
import { dict, float, integer, octets } from './neutral.ts'

const LENGTHS = [0, 1, 15, 16, 23, 24, 31, 32, 255, 256, 65_535, 65_536]
const POWERS = Array.from({ length: 65 }, (_, i) => 2n ** BigInt(i))
const INTEGERS = [
  ...new Set([0n, ...POWERS.flatMap((power) => [power - 1n, power, power + 1n, -power - 1n, -power, 1n - power]), -24n, -25n, -32n, -33n]),
]
const FLOATS = [
  ...[0, -0, 0.5, -1.5, 1, -1, 1.1, 1 / 3, 1e21, 1e22, -1e300, 123456789012345680, 2 ** 53, 2 ** 63, 2 ** 64, 5e-324, -5e-324],
  ...[
    2.2250738585072014e-308,
    2.225073858507201e-308,
    Number.MAX_VALUE,
    65_504,
    65_505,
    65_536,
    2 ** -24,
    2 ** -25,
    2 ** -14,
    1023 * 2 ** -24,
  ],
  ...[3.4028234663852886e38, 3.402823669209385e38, 2 ** -149, 2 ** -150, 1.401298464324817e-45, 16_777_217, NaN, Infinity, -Infinity],
]
const TEXTS = [
  ...[
    '',
    'a',
    'é',
    'ß漢字',
    '😀👩‍👩‍👧',
    '\u0301',
    '\ufeffbom',
    '\u2028\u2029',
    '\u007f\u0080\u07ff\u0800\uffff\u{10000}\u{10ffff}',
    '"\\/\b\f\n\r\t',
    '\u0001\u001f',
  ],
  ...['\u0000', '\u0000text', 'a\u0000b', '__proto__', 'null', '1', 'x\u0000AQ=='],
]
const KEYS = ['a', 'é', '', '__proto__', 'constructor', 'toJSON', 'hasOwnProperty', '😀', 'a b', '"', '\n', '0', '10', 'length', 'a\u0000']

/** Each limit alone. */
export function borders(): Neutral[] {
  const bytes = LENGTHS.map((length) => octets(Uint8Array.from({ length }, (_, i) => i * 7)))
  const texts = LENGTHS.flatMap((length) => ['x'.repeat(length), 'é'.repeat(length >> 1)])
  const lists = LENGTHS.map((length) => Array.from({ length }, (_, i) => integer(i & 7)))
  const dicts = LENGTHS.filter((length) => length < 300).map((length) => dict(Array.from({ length }, (_, i) => [`k${i}`, null] as const)))
  const odd = [
    dict(KEYS.map((key) => [key, key])),
    dict([
      [integer(5), 'five'],
      [integer(-1), 'minus'],
      ['x', []],
    ]),
    dict([[integer(2n ** 60n), null]]),
  ]
  const deep = Array.from({ length: 20 }).reduce<Neutral>((inner, _, i) => (i % 2 === 0 ? [inner] : dict([['k', inner]])), null)
  const plain: Neutral[] = [null, true, false, [], dict([])]
  return [...plain, ...INTEGERS.map(integer), ...FLOATS.map(float), ...TEXTS, ...texts, ...bytes, ...lists, ...dicts, ...odd, deep]
}

/** A mixture of all types. */
export function anyValue(random: Random, depth = 0): Neutral {
  switch (random.below(depth > 4 ? 7 : 10)) {
    case 0:
      return random.pick([null, true, false])
    case 1:
      return integer(random.pick(INTEGERS))
    case 2:
      return integer(((BigInt(random.next()) << 32n) | BigInt(random.next())) >> BigInt(random.below(64)))
    case 3:
      return float(random.pick(FLOATS))
    case 4:
      return anyFloat(random)
    case 5:
      return text(random)
    case 6:
      return octets(Uint8Array.from({ length: random.below(40) }, () => random.below(256)))
    case 7:
    case 8:
      return Array.from({ length: random.below(5) }, () => anyValue(random, depth + 1))
    default:
      return anyDict(random, () => anyValue(random, depth + 1))
  }
}

function anyDict(random: Random, value: () => Neutral): Neutral {
  return dict([...new Set(Array.from({ length: random.below(5) }, () => random.pick(KEYS)))].map((key) => [key, value()] as const))
}

function anyFloat(random: Random): Neutral {
  const bits = Buffer.alloc(8)
  bits.writeUInt32BE(random.next())
  bits.writeUInt32BE(random.next(), 4)
  return float(bits.readDoubleBE())
}

function text(random: Random): string {
  return random.oneIn(2) ? random.pick(TEXTS) : String.fromCodePoint(...Array.from({ length: random.below(40) }, () => codePoint(random)))
}

function codePoint(random: Random): number {
  const code = random.below(random.pick([0x80, 0x800, 0x1_0000, 0x11_0000]))
  return code >= 0xd800 && code < 0xe000 ? 0x20 : code
}

/** One message of each type, as a list; the values before the payload keep their types in JavaScript. */
export function messages(random: Random): Neutral[][] {
  return MESSAGES.map((row) => {
    const given = row.fields.length - (random.oneIn(2) ? row.optionalFields : 0)
    const header = row.fields.slice(0, given).map(({ type }) => field(random, type, row))
    return [integer(row.code), ...header, ...(row.hasPayload ? payload(random) : [])]
  })
}

function payload(random: Random): Neutral[] {
  const args = Array.from({ length: random.below(4) }, () => anyValue(random, 2))
  return [[], [args], [args, anyDict(random, () => anyValue(random, 2))]][random.below(3)] ?? []
}

function field(random: Random, type: FieldType, row: MessageRow): Neutral {
  if (type === 'dict') return options(random, row)
  if (type === 'uri' || type === 'uri0' || type === 'string') return `com.example.${headerText(random)}`
  return id(random)
}

function id(random: Random): Neutral {
  return integer(
    random.pick([1n, 23n, 24n, 127n, 128n, 255n, 256n, 65_535n, 65_536n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n]),
  )
}

/** Some predefined keys, and some keys of an implementation with values of any type. */
function options(random: Random, { keys }: MessageRow): Neutral {
  const known = [...keys].filter(() => random.oneIn(4)).map(([key, type]) => [key, option(random, type)] as const)
  const own = ['_x', '_é', '___proto__'].filter(() => random.oneIn(3)).map((key) => [key, headerValue(random, 0)] as const)
  return dict([...known.filter(([key]) => key !== 'enc_algo'), ...own])
}

function option(random: Random, type: OptionType): Neutral {
  if (typeof type === 'object') return random.pick(type.oneOf)
  switch (type) {
    case 'bool':
      return random.oneIn(2)
    case 'integer':
    case 'id':
      return id(random)
    case 'ids':
      return [id(random), id(random)]
    case 'strings':
      return ['', headerText(random)]
    case 'dict':
      return dict([['k', headerValue(random, 1)]])
    case 'dicts':
      return [dict([]), dict([['session', id(random)]])]
    default:
      return headerText(random)
  }
}

/** A text that does not begin with U+0000. */
function headerText(random: Random): string {
  return `t${text(random)}`
}

function headerValue(random: Random, depth: number): Neutral {
  switch (random.below(depth > 2 ? 5 : 7)) {
    case 0:
      return random.oneIn(2)
    case 1:
      return integer(random.pick(INTEGERS.filter((value) => value >= -(2n ** 63n) && value < 2n ** 64n)))
    case 2:
      return float(random.pick([0.5, -0.25, 1.1, -0, 5e-324, 1e300]))
    case 3:
      return headerText(random)
    case 4:
      return octets(Uint8Array.of(1, 2, 255))
    case 5:
      return [headerValue(random, depth + 1), null]
    default:
      return dict([['k', headerValue(random, depth + 1)]])
  }
}
