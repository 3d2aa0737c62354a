// Group `amplification`: few octets that try to take much memory or time, before a login and after it, in every serializer and over
// every transport.

import type { Bytes, Case, Expectation, SerializerId, Via } from '../case.ts'
import { VIOLATION } from './make.ts'

const SERIALIZERS: readonly SerializerId[] = ['json', 'msgpack', 'cbor']
const KINDS = ['ws', 'rs', 'batched'] as const

/** What a message is made of in one format: octets before many values, the values, and octets after them. */
interface Shape {
  readonly before: string
  readonly behind: string
}

/** A HELLO for the realm `open` whose authextra is `{ "a": … }`, around that value. */
const HELLO: Readonly<Record<SerializerId, Shape>> = {
  json: { before: '[1,"open",{"roles":{"caller":{}},"authextra":{"a":', behind: '}}]' },
  msgpack: { before: 'hex:9301a46f70656e82a5726f6c657381a663616c6c657280a9617574686578747261 81a161', behind: '' },
  cbor: { before: 'hex:8301646f70656ea265726f6c6573a16663616c6c6572a069617574686578747261a16161', behind: '' },
}

/** A PUBLISH with the option `forward_for`, around its value. */
const PUBLISH: Readonly<Record<SerializerId, Shape>> = {
  json: { before: '[16,1,{"acknowledge":true,"forward_for":', behind: '},"com.a"]' },
  msgpack: { before: 'hex:9410 0182ab61636b6e6f776c65646765c3ab666f72776172645f666f72', behind: 'hex:a5636f6d2e61' },
  cbor: { before: 'hex:841001a26b61636b6e6f776c65646765f56b666f72776172645f666f72', behind: 'hex:65636f6d2e61' },
}

/** The same with an option that no router knows. */
const UNKNOWN: Readonly<Record<SerializerId, Shape>> = {
  json: { before: '[16,1,{"acknowledge":true,"_anything__":', behind: '},"com.a"]' },
  msgpack: { before: 'hex:94100182ab61636b6e6f776c65646765c3ab5f616e797468696e675f5f', behind: 'hex:a5636f6d2e61' },
  cbor: { before: 'hex:841001a26b61636b6e6f776c65646765f56b5f616e797468696e675f5f', behind: 'hex:65636f6d2e61' },
}

/** A CALL of `wamp.session.count`, around its args. */
const CALL: Readonly<Record<SerializerId, Shape>> = {
  json: { before: '[48,1,{},"wamp.session.count",', behind: ']' },
  msgpack: { before: 'hex:953001 80b277616d702e73657373696f6e2e636f756e74', behind: '' },
  cbor: { before: 'hex:85183001a07277616d702e73657373696f6e2e636f756e74', behind: '' },
}

/** A list of a number of small values of one kind. */
const LISTS: Readonly<Record<SerializerId, Readonly<Record<string, (times: number) => Bytes>>>> = {
  json: {
    'empty dicts': (times) => ['[', { of: '{},', times }, '{}]'],
    'empty lists': (times) => ['[', { of: '[],', times }, '[]]'],
    'lists of one': (times) => ['[', { of: '[0],', times }, '[]]'],
    'strings of an escape': (times) => ['[', { of: '"\\u0041",', times }, '""]'],
  },
  msgpack: {
    'empty dicts': (times) => [`hex:dd${uint32(times)}`, { of: 'hex:80', times }],
    'empty lists': (times) => [`hex:dd${uint32(times)}`, { of: 'hex:90', times }],
    'lists of one': (times) => [`hex:dd${uint32(times)}`, { of: 'hex:9100', times }],
    'dicts of one': (times) => [`hex:dd${uint32(times)}`, { of: 'hex:81a16100', times }],
    'empty byte arrays': (times) => [`hex:dd${uint32(times)}`, { of: 'hex:c400', times }],
  },
  cbor: {
    'empty dicts': (times) => [`hex:9a${uint32(times)}`, { of: 'hex:a0', times }],
    'empty dicts without a length': (times) => ['hex:9f', { of: 'hex:bfff', times }, 'hex:ff'],
    'lists of one': (times) => [`hex:9a${uint32(times)}`, { of: 'hex:8100', times }],
    'empty byte arrays': (times) => [`hex:9a${uint32(times)}`, { of: 'hex:40', times }],
    'texts in empty chunks': (times) => [`hex:9a${uint32(times)}`, { of: 'hex:7f60ff', times }],
  },
}

export function amplificationCases(): Case[] {
  return KINDS.flatMap((kind) => SERIALIZERS.flatMap((serializer) => casesOf(serializer, `${kind}.${serializer}`)))
}

function casesOf(serializer: SerializerId, via: Via): Case[] {
  const one = (name: string, message: Bytes, expect: Expectation, more: Partial<Case> = {}): Case => ({
    name: `${via}: ${name}`,
    via,
    ...more,
    steps: [{ message, expect }],
  })
  const around = ({ before, behind }: Shape, value: Bytes): Bytes => [before, ...(typeof value === 'string' ? [value] : value), behind]
  const dicts = LISTS[serializer]['empty dicts'] ?? (() => '')
  return [
    ...Object.entries(LISTS[serializer]).map(([what, list]) =>
      one(`a HELLO with 5,000 ${what}`, around(HELLO[serializer], list(5_000)), VIOLATION),
    ),
    one('a HELLO with a million empty dicts', around(HELLO[serializer], dicts(1_000_000)), VIOLATION),
    ...Object.entries(LISTS[serializer]).map(([what, list]) =>
      one(`a PUBLISH with an option of 20,000 ${what}`, around(PUBLISH[serializer], list(20_000)), VIOLATION, { join: 'open' }),
    ),
    one('an unknown option of 100,000 empty dicts', around(UNKNOWN[serializer], dicts(100_000)), [17, 1, '*'], { join: 'open' }),
    one('a CALL of the router with 200,000 empty dicts', around(CALL[serializer], dicts(200_000)), error('wamp.error.invalid_argument'), {
      join: 'meta',
    }),
    one('payload of 200,000 empty dicts that passes', around(CALL[serializer], dicts(200_000)), error('wamp.error.not_authorized'), {
      join: 'open',
    }),
    ...(via.startsWith('batched') ? batchCases(via) : []),
  ]
}

/** A WebSocket message that is a batch of nothing but separators or lengths. */
function batchCases(via: Via): Case[] {
  const isText = via.endsWith('.json')
  const empty = isText ? '1e' : '00000000'
  const batch = (times: number): Bytes => [
    `hex:${isText ? '81' : '82'}ff00000000${uint32((times * empty.length) / 2)}00000000`,
    { of: `hex:${empty}`, times },
  ]
  return [
    { name: `${via}: a batch of 15,000 empty messages`, via, steps: [{ octets: batch(15_000), expect: VIOLATION }] },
    {
      name: `${via}: a batch of 500,000 empty messages after the login`,
      via,
      join: 'open',
      steps: [{ octets: batch(500_000), expect: VIOLATION }],
    },
  ]
}

/** An ERROR for the request in the octets, with a text or without. */
function error(uri: string): Expectation {
  return {
    any: [
      [8, 48, 1, '*', uri],
      [8, 48, 1, '*', uri, '*'],
    ],
  }
}

function uint32(value: number): string {
  return value.toString(16).padStart(8, '0')
}
