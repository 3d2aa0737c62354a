// The vectors runner itself: that it sees what agrees and what does not, on samples made here.

import type { Message, Serializer } from '@trunkline/protocol'
import { messageFromArray, messageToArray } from '@trunkline/protocol'
import { describe, expect, it } from 'vitest'
import { listOf, ordered, textOf } from './attributes.ts'
import type { Outcome } from './checks.ts'
import { checkFile } from './checks.ts'
import type { SerializationSample, ValidationSample } from './suite.ts'
import { octetsOf } from './suite.ts'

/** Enough of a serializer for the runner: whole messages through JSON.parse and JSON.stringify. */
function plainJson(encode = (message: Message) => JSON.stringify(messageToArray(message))): Serializer {
  const unused = (): never => {
    throw new Error('not used by the runner')
  }
  return {
    name: 'json',
    subprotocol: 'wamp.2.json',
    rawSocketId: 1,
    isBinary: false,
    decode: (bytes) => messageFromArray(JSON.parse(Buffer.from(bytes).toString())),
    encode: (message) => new Uint8Array(Buffer.from(encode(message))),
    opensWithList: () => true,
    itemsOf: () => [],
    decodeItems: unused,
    encodeItems: unused,
    convertItems: unused,
  }
}

function run(sample: SerializationSample | ValidationSample, serializer = plainJson(), messageType = 'CALL'): Outcome[] {
  return checkFile({ path: 'x.json', messageType, samples: [sample] }, new Map([['json', serializer]]))
}

function kinds(outcomes: Outcome[]): string[] {
  return outcomes.map((outcome) => outcome.kind)
}

const CALL: SerializationSample = {
  description: 'a call',
  serializers: { json: [{ bytes: '[48, 1, {}, "a.b", [1]]' }, { bytes: '[48,1,{},"a.b",[1]]' }] },
  expected_attributes: { message_type: 48, request_id: 1, options: {}, procedure: 'a.b', args: [1], kwargs: null },
}

describe('attributes', () => {
  it('become the list of the message, whatever names the suite gives them', () => {
    expect(listOf(CALL.expected_attributes)).toEqual([48, 1, {}, 'a.b', [1]])
    expect(listOf({ message_type: 1, realm: 'r', roles: { caller: {} } })).toEqual([1, 'r', { roles: { caller: {} } }])
    expect(listOf({ message_type: 4, method: 'ticket', extra: {} })).toEqual([4, 'ticket', {}])
    expect(listOf({ message_type: 8, request_type: 48, request_id: 1, error: 'a.b' })).toEqual([8, 48, 1, {}, 'a.b'])
    expect(listOf({ message_type: 35, request_id: 1 })).toEqual([35, 1])
    expect(listOf({ message_type: 36, subscription: 1, publication: 2, kwargs: { a: 1 } })).toEqual([36, 1, 2, {}, [], { a: 1 }])
    expect(listOf({ message_type: 36, subscription: 1, publication: 2, payload: 'ff00' })).toEqual([36, 1, 2, {}, new Uint8Array([255, 0])])
  })

  it('are refused when a field is missing or one has no place', () => {
    expect(() => listOf({ message_type: 48, request_id: 1 })).toThrow('no attribute for CALL.Procedure')
    expect(() => listOf({ message_type: 65, request_id: 1, registration_id: 2, novelty: 3 })).toThrow('novelty')
    expect(() => listOf({ message_type: 7 })).toThrow('7')
  })

  it('compare without regard to the order of keys, but tell bytes from text', () => {
    expect(textOf({ a: 1, b: [2n] })).toBe(textOf({ b: [2n], a: 1 }))
    expect(textOf(new Uint8Array([0xab]))).not.toBe(textOf('ab'))
    expect(Object.keys(Object(ordered({ a: 1, b: 2, c: 3 }, { b: 0, a: 0 })))).toEqual(['b', 'a', 'c'])
  })
})

describe('a serialization sample', () => {
  it('passes when each variant decodes, one is what we encode, and that is stable', () => {
    expect(kinds(run(CALL))).toEqual(['passed', 'passed', 'passed', 'passed'])
  })

  it('fails for a variant that means something else', () => {
    const other = { ...CALL, serializers: { json: [{ bytes: '[48,1,{},"a.b",[1]]' }, { bytes: '[48,2,{},"a.b",[1]]' }] } }
    expect(kinds(run(other))).toEqual(['passed', 'failed', 'passed', 'passed'])
  })

  it('fails when no variant is what we encode', () => {
    expect(
      kinds(
        run(
          CALL,
          plainJson((message) => ` ${JSON.stringify(messageToArray(message))}`),
        ),
      ),
    ).toEqual(['passed', 'passed', 'failed', 'passed'])
  })

  it('fails when a second encoding differs from the first', () => {
    let count = 0
    const unstable = plainJson((message) => `${' '.repeat(count++)}${JSON.stringify(messageToArray(message))}`)
    expect(kinds(run(CALL, unstable))).toEqual(['passed', 'passed', 'passed', 'failed'])
  })

  it('is skipped for a serializer that we do not have', () => {
    expect(run({ ...CALL, serializers: { ubjson: [{ bytes_hex: '00' }] } })).toEqual([
      { kind: 'skipped', name: 'x.json: a call: ubjson', reason: 'no serializer for ubjson' },
    ])
  })

  it('fails for a variant whose forms disagree', () => {
    expect(() => octetsOf({ bytes: 'a', bytes_hex: '62' })).toThrow('disagree')
    expect(octetsOf({ bytes: 'a', bytes_hex: '61', bytes_base64: 'YQ==' })).toEqual(new Uint8Array([0x61]))
  })
})

describe('a validation sample', () => {
  const wrong = [16, 1, { acknowledge: 1 }, 'a.b']
  const right = [16, 1, { acknowledge: true }, 'a.b']
  const refused = { type: 'protocol_violation', contains: 'acknowledge' }

  it('passes when the list is accepted or refused as demanded', () => {
    expect(kinds(run({ description: 'x', wmsg: right }))).toEqual(['passed'])
    expect(kinds(run({ description: 'x', wmsg: wrong, expected_error: refused }))).toEqual(['passed'])
  })

  it('fails when it is refused, accepted, or refused with other words or another type against the demand', () => {
    expect(kinds(run({ description: 'x', wmsg: wrong }))).toEqual(['failed'])
    expect(kinds(run({ description: 'x', wmsg: right, expected_error: refused }))).toEqual(['failed'])
    expect(kinds(run({ description: 'x', wmsg: wrong, expected_error: { ...refused, contains: 'exclude_me' } }))).toEqual(['failed'])
    expect(kinds(run({ description: 'x', wmsg: wrong, expected_error: { ...refused, type: 'invalid_uri' } }))).toEqual(['failed'])
  })

  it('is excluded, with the reason, when the suite itself is wrong', () => {
    const sample = {
      description: 'PUBLISH.Options.enc_algo cryptobox (valid with payload)',
      wmsg: [16, 1, { enc_algo: 'cryptobox' }, 'a.b', 'ff'],
    }
    expect(kinds(run(sample, plainJson(), 'PUBLISH'))).toEqual(['excluded'])
    expect(kinds(run(sample, plainJson(), 'CALL'))).toEqual(['passed'])
  })
})
