// The three formats for tests: their serializers, one message of every kind, and the pieces that a reader of each knows. Judges nothing.

import type { Serializer, SerializerName } from '@trunkline/protocol'
import { createCborSerializer, createConverter, createJsonSerializer, createMsgpackSerializer } from '@trunkline/protocol'

export const FORMATS: readonly SerializerName[] = ['json', 'msgpack', 'cbor']

/** Serializers as a router has them. */
export function makeSerializers(): Readonly<Record<SerializerName, Serializer>> {
  const convert = createConverter()
  return {
    json: createJsonSerializer({ convert }),
    msgpack: createMsgpackSerializer({ convert }),
    cbor: createCborSerializer({ convert }),
  }
}

/** One message of every kind, with every optional element once present and once absent. */
export const MESSAGES: readonly (readonly unknown[])[] = [
  [1, 'realm1', { roles: { caller: { features: { progressive_call_results: true } } }, authmethods: ['ticket'], authextra: { k: 'é' } }],
  [2, 9129137332, { roles: { broker: {} }, authid: 'x' }],
  [3, { message: 'no such realm' }, 'wamp.error.no_such_realm'],
  [3, {}, 'wamp.error.no_such_realm', [1], { a: [null] }],
  [4, 'wampcra', { challenge: '{"nonce":1}', salt: 'x', iterations: 1000 }],
  [5, 'gir1mSx+deCDUV7wRM5SGIn/+R/ClqLZuH4m7FJeBVI=', {}],
  [6, {}, 'wamp.close.close_realm'],
  [8, 48, 7814135, {}, 'com.example.error'],
  [8, 68, 7814135, {}, 'com.example.error', ['text'], { code: -1 }],
  [16, 239714735, { acknowledge: true, exclude: [1, 2 ** 53] }, 'com.example.topic', ['x'.repeat(300)]],
  [16, 239714735, {}, 'com.example.topic', [], { color: 'orange', sizes: [23, 42, 7.5], raw: new Uint8Array([0, 255]) }],
  [17, 239714735, 4429313566],
  [32, 713845233, { match: 'prefix' }, 'com.example.'],
  [33, 713845233, 5512315355],
  [34, 85346237, 5512315355],
  [34, 85346237, 5512315355, {}],
  [35, 85346237],
  [35, 0, { subscription: 5512315355, reason: 'gone' }],
  [36, 5512315355, 4429313566, {}],
  [36, 5512315355, 4429313566, { publisher: 2 ** 53 - 1 }, [[[]], { a: { b: -5 } }]],
  [48, 7814135, {}, 'com.example.add', [23, 7]],
  [48, 7814135, { timeout: 1000, _abcd: [{}, 'x', 1.5, -7] }, 'com.example.add', [], {}],
  [49, 7814135, { mode: 'kill' }],
  [50, 7814135, { progress: true }, [30]],
  [64, 25349185, {}, 'com.example.add'],
  [65, 25349185, 2103333224],
  [66, 788923562, 2103333224],
  [67, 788923562],
  [68, 6131533, 9823526, {}, [23, 7], { 'a b': '😀' }],
  [69, 6131533, { mode: 'killnowait' }],
  [70, 6131533, {}, [30, null, true, 2 ** 40, -0.25]],
  [337, 4429313566],
]

/** A CALL around raw items: the octets before and after them. Only MessagePack must know how many items there are. */
export const AROUND: Readonly<Record<SerializerName, (count: 1 | 2) => readonly [Uint8Array, Uint8Array]>> = {
  json: () => [ascii('[48,1,{},"a",'), ascii(']')],
  msgpack: (count) => [Uint8Array.of(0x94 + count, 48, 1, 0x80, 0xa1, 0x61), new Uint8Array(0)],
  cbor: () => [fromHex('9f 18 30 01 a0 61 61'), Uint8Array.of(0xff)],
}

const JSON_TOKENS = [
  ...['[', ']', '{', '}', ',', ':', '"', '\\', '-', '+', '.', 'e', 'E', '0', '1', '/', '\t', ' '],
  ...[
    '""',
    '"a"',
    '"a":',
    '[]',
    '{}',
    'true',
    'false',
    'null',
    '-0',
    '0.0',
    '1e5',
    '1E-400',
    '1e400',
    '"\\u0000',
    '"\\u0000AQ=="',
    '\\ud800',
    '\\udc00',
  ],
  ...[
    '\\uD83D\\uDE00',
    '\\n',
    '\\/',
    '"__proto__":',
    '9007199254740992',
    '9007199254740993',
    '18446744073709551615',
    '18446744073709551616',
  ],
  ...[
    '-9223372036854775808',
    '-9223372036854775809',
    '00',
    '01',
    '\u00ef\u00bb\u00bf',
    '\u00c3\u00a9',
    '\u00ed\u00a0\u0080',
    '\u00f0\u009f\u0098\u0080',
    '\u00ff',
  ],
  ...['.5', '"a":1', '\u00e9'],
]
const MSGPACK_TOKENS = [
  ...[
    '90',
    '91',
    '9f',
    'dc 00 01',
    'dd 00 00 00 01',
    'dd ff ff ff ff',
    '80',
    '81',
    '81 a1 61',
    'de 00 01',
    'df 00 00 00 01',
    'df ff ff ff ff',
  ],
  ...[
    'a0',
    'a1 61',
    'd9 01 61',
    'da 00 01 61',
    'db 00 00 00 01 61',
    'a2 c3 a9',
    'a3 ed a0 80',
    'c0',
    'c1',
    'c2',
    'c3',
    'c4 01 00',
    'c5 00 01 00',
  ],
  ...[
    'c6 00 00 00 01 00',
    'c7 01 05 00',
    'd4 00 00',
    'd4 01 00',
    'd6 ff 00 00 00 00',
    'd8',
    'ca 7f c0 00 00',
    'ca 3f 80 00 00',
    'cb',
    'cc ff',
  ],
  ...[
    'cb 7f f8 00 00 00 00 00 00',
    'cb 80 00 00 00 00 00 00 00',
    'cd ff ff',
    'ce ff ff ff ff',
    'cf ff ff ff ff ff ff ff ff',
    'd0 80',
    'd1 80 00',
  ],
  ...['d2 80 00 00 00', 'd3 80 00 00 00 00 00 00 00', 'cf 00 20 00 00 00 00 00 01', 'e0', 'ff', '7f', '81 01 01'],
  ...['92', 'c4 01', 'c7 01', 'cf', 'd4', 'd9', 'dd', 'df', '00'],
]
const CBOR_TOKENS = [
  ...[
    '80',
    '81',
    '97',
    '98 01',
    '9b 00 00 00 00 00 00 00 01',
    '9b ff ff ff ff ff ff ff ff',
    '9f',
    'ff',
    'a0',
    'a1',
    'a1 61 61',
    'b8 01',
    'bf',
    'bb ff',
  ],
  ...[
    '60',
    '61 61',
    '78 01 61',
    '7f 61 61 ff',
    '7f ff',
    '5f 41 00 ff',
    '40',
    '41 00',
    '58 01 00',
    '62 c3 a9',
    '63 ed a0 80',
    '7b 00 00 00 00 00 00 00 01',
  ],
  ...[
    'd8 40',
    'd8 40 41 00',
    'c2 41 01',
    'c0',
    'd9 d9 f7',
    'db 00 00 00 00 00 00 00 40',
    'f4',
    'f5',
    'f6',
    'f7',
    'e0',
    'f8 20',
    'f8 18',
    'f9 7e 00',
  ],
  ...[
    'f9 00 01',
    'f9 80 00',
    'fa 7f 80 00 00',
    'fb 3f f0 00 00 00 00 00 00',
    '18 ff',
    '19 ff ff',
    '1a ff ff ff ff',
    '1b ff ff ff ff ff ff ff ff',
    '20',
  ],
  ...[
    '37',
    '38 ff',
    '3b ff ff ff ff ff ff ff ff',
    '3b 7f ff ff ff ff ff ff ff',
    '1b 00 20 00 00 00 00 00 01',
    'a1 01 01',
    '1c',
    '1f',
    'fc',
  ],
  ...['5f', '7f', '41 01', 'c1', 'f8', 'f9', 'fb', '1b', '3b', '9b', '00'],
]

/** Octets that mean something to the reader of a format, complete or cut off. */
export const TOKENS: Readonly<Record<SerializerName, readonly Uint8Array[]>> = {
  json: JSON_TOKENS.map(ascii),
  msgpack: MSGPACK_TOKENS.map(fromHex),
  cbor: CBOR_TOKENS.map(fromHex),
}

/** Octets by their characters, each of one octet. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0))
}

/** Octets in hexadecimal; other characters are skipped. */
export function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/[0-9a-f]{2}/g) ?? [], (octet) => parseInt(octet, 16))
}
