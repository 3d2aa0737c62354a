// Properties over messages of every type with anything in them, and over the octets that become of them when they are damaged:
// in each serializer a message comes back the same, and damage gives a message or a typed error, never more than went in.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { messageFromArray, messageToArray, payloadOf } from '../codec.ts'
import { ProtocolError } from '../errors.ts'
import type { FieldType, MessageRow, OptionType } from '../message-table.ts'
import { MESSAGES } from '../message-table.ts'
import type { Message } from '../messages.ts'
import { PayloadError } from '../payload.ts'
import { createCborSerializer } from './cbor.ts'
import { createConverter } from './convert.ts'
import { createJsonSerializer } from './json.ts'
import { createMsgpackSerializer } from './msgpack.ts'
import type { Serializer } from './serializer.ts'

const convert = createConverter()
const serializers = [createJsonSerializer({ convert }), createMsgpackSerializer({ convert }), createCborSerializer({ convert })]

// `unit: 'binary'` would give the same, after a second for the tables of Unicode.
const character = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code))
const text = fc.string({ unit: character, maxLength: 20 }).filter((value) => !value.startsWith('\u0000'))
const key = fc.oneof(text, fc.constantFrom('__proto__', 'constructor', 'toString', '0'))
const id = fc.oneof(
  fc.integer({ min: 1, max: 300 }),
  fc.maxSafeInteger().map((value) => Math.abs(value) || 1),
  fc.constant(2 ** 53),
)
const beyond = fc.oneof(fc.bigInt({ min: 2n ** 53n + 1n, max: 2n ** 64n - 1n }), fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) - 1n }))
const number = fc.oneof(fc.maxSafeInteger(), beyond, fc.double({ noNaN: true, noDefaultInfinity: true }))
const bytes = fc.uint8Array({ maxLength: 40 })

/** Anything that all three formats hold. */
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(fc.constantFrom(null, true, false), number, text, bytes),
    fc.array(tie('value'), { maxLength: 4 }),
    dictOf(tie('value')),
  ),
}))

/** The same for what stands before the payload, where null members count as absent. */
const { member } = fc.letrec<{ member: unknown }>((tie) => ({
  member: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(fc.boolean(), number, text, bytes),
    fc.array(fc.oneof(fc.constant(null), tie('member')), { maxLength: 3 }),
    dictOf(tie('member')),
  ),
}))

function dictOf(values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.array(fc.tuple(key, values), { maxLength: 4 }).map((members) => Object.fromEntries(members))
}

function option(type: OptionType): fc.Arbitrary<unknown> {
  if (typeof type === 'object') return fc.constantFrom(...type.oneOf)
  switch (type) {
    case 'bool':
      return fc.boolean()
    case 'integer':
    case 'id':
      return id
    case 'string':
      return text
    case 'dict':
      return dictOf(fc.constant(1))
    case 'ids':
      return fc.array(id, { maxLength: 3 })
    case 'strings':
      return fc.array(text, { maxLength: 3 })
    case 'dicts':
      return fc.array(dictOf(text), { maxLength: 2 })
    case 'any':
      return member
  }
}

function options(row: MessageRow): fc.Arbitrary<unknown> {
  // The older payload passthru puts one byte array in the place of args, which has its own tests.
  const known = Object.fromEntries([...row.keys].filter(([name]) => name !== 'enc_algo').map(([name, type]) => [name, option(type)]))
  const own = fc.dictionary(fc.constantFrom('_a', '_é', '_proto'), member)
  return fc.tuple(fc.record(known, { requiredKeys: [] }), own).map(([some, more]) => ({ ...some, ...more }))
}

function field(type: FieldType, row: MessageRow): fc.Arbitrary<unknown> {
  if (type === 'dict') return options(row)
  if (type === 'uri0') return fc.oneof(text, fc.constant(null))
  return type === 'uri' || type === 'string' ? text : id
}

/** A message of one type as a list of values. */
function message(row: MessageRow): fc.Arbitrary<unknown[]> {
  const header = fc.tuple(...row.fields.map(({ type }) => field(type, row)))
  const absent = fc.integer({ min: 0, max: row.optionalFields })
  const args = fc.array(value, { maxLength: 4 })
  const items = row.hasPayload ? fc.oneof(fc.constant([]), fc.tuple(args), fc.tuple(args, dictOf(value))) : fc.constant([])
  return fc
    .tuple(header, absent, items)
    .map(([elements, without, payload]) => [row.code, ...elements.slice(0, elements.length - without), ...payload])
}

const ROWS = MESSAGES.map((row) => ({ name: row.name, row }))

describe.each(serializers.map((serializer) => ({ name: serializer.name, serializer })))('any message in $name', ({ serializer }) => {
  const others = serializers.filter((other) => other !== serializer)

  it.each(ROWS)('$name comes back the same, also by way of each other serializer [BP-SER-02 BP-SER-07]', ({ row }) => {
    const property = fc.property(message(row), (list) => {
      const octets = serializer.encode(messageFromArray(list)).slice()
      expectSame(serializer.decode(octets), list)
      expect(serializer.encode(serializer.decode(octets))).toEqual(octets)
      for (const other of others) {
        const there = other.encode(serializer.decode(octets)).slice()
        expectSame(other.decode(there), list)
        expect(serializer.encode(other.decode(there))).toEqual(octets)
      }
    })
    fc.assert(property, { numRuns: 10 })
  })

  it.each(ROWS)('$name cut anywhere is refused [BP-PERR-18]', ({ row }) => {
    const property = fc.property(message(row), (list) => {
      const octets = serializer.encode(messageFromArray(list)).slice()
      const taken = octets.findIndex((_, end) => isTaken(serializer, octets.subarray(0, end)))
      expect(taken).toBe(-1)
    })
    fc.assert(property, { numRuns: 3 })
  })

  it.each(ROWS)('$name with bits changed is a message or refused, and never grows [BP-PERR-18]', ({ row }) => {
    const bits = fc.array(fc.nat(), { minLength: 1, maxLength: 3 })
    const property = fc.property(message(row), fc.array(bits, { minLength: 30, maxLength: 30 }), (list, changes) => {
      const octets = serializer.encode(messageFromArray(list)).slice()
      for (const change of changes) {
        const changed = octets.slice()
        for (const bit of change) changed[(bit >> 3) % changed.length] = (changed[(bit >> 3) % changed.length] ?? 0) ^ (1 << (bit & 7))
        isTaken(serializer, changed)
      }
      expectSame(serializer.decode(octets), list)
    })
    fc.assert(property, { numRuns: 4 })
  })

  it('random octets are a message or refused, alone and behind the head of each message that has a payload [BP-PERR-18]', () => {
    const heads = MESSAGES.filter(({ hasPayload }) => hasPayload).map(({ code, fields }) => headOf(serializer, code, fields))
    const property = fc.property(fc.constantFrom(new Uint8Array(0), ...heads), fc.uint8Array({ maxLength: 80 }), (head, octets) => {
      isTaken(serializer, Uint8Array.from([...head, ...octets]))
    })
    fc.assert(property, { numRuns: 1500 })
  })
})

/** Compares with exact types; dicts before the payload have no prototype. */
function expectSame(got: Message, expected: unknown[]): void {
  expect(messageToArray(got)).toEqual(expected)
}

/**
 * Whether octets are a message; what is thrown otherwise must be a ProtocolError, and a PayloadError where values are read.
 * No more values come out than octets went in, and what was let in goes out again.
 */
function isTaken(serializer: Serializer, octets: Uint8Array): boolean {
  let taken: Message
  try {
    taken = serializer.decode(octets)
  } catch (error) {
    if (error instanceof ProtocolError) return false
    throw error
  }
  const again = serializer.encode(taken).slice()
  expect(serializer.encode(serializer.decode(again))).toEqual(again)
  expect(again.length).toBeLessThanOrEqual(9 * octets.length)
  try {
    expect(countValues(payloadOf(taken)?.items)).toBeLessThanOrEqual(2 * octets.length)
  } catch (error) {
    if (!(error instanceof PayloadError)) throw error
  }
  return true
}

function countValues(some: unknown): number {
  if (typeof some !== 'object' || some === null || some instanceof Uint8Array) return 1
  return Object.values(some).reduce((count: number, each) => count + countValues(each), 1)
}

/** The octets of a message up to its payload. */
function headOf(serializer: Serializer, code: number, fields: MessageRow['fields']): Uint8Array {
  const elements = fields.map(({ type }) => (type === 'dict' ? {} : type.startsWith('uri') || type === 'string' ? 'a.b' : 1))
  const whole = serializer.encode(messageFromArray([code, ...elements, []])).slice()
  return whole.subarray(0, whole.length - (serializer.name === 'json' ? 3 : 1))
}
