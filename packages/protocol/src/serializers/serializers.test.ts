// What holds for all three serializers alike: properties over messages, and over octets that an attacker may send.

import fc from 'fast-check'
import { AROUND, ascii, makeSerializers, MESSAGES, TOKENS } from '@trunkline/testkit'
import { describe, expect, it } from 'vitest'
import { headerElements, rowOf, messageFromArray, messageToArray } from '../codec.ts'
import { ProtocolError } from '../errors.ts'
import { Lasting } from '../lasting.ts'
import { rawIn } from '../payload-forms.ts'
import { Payload } from '../payload.ts'
import type { TextPort } from '../text.ts'
import { universalText } from '../text.ts'
import { createCborSerializer } from './cbor.ts'
import { createJsonSerializer } from './json.ts'
import { createMsgpackSerializer } from './msgpack.ts'

const serializers = Object.values(makeSerializers())

/** The requirement rows for the shapes of messages. */
const SHAPES = {
  1: 16,
  2: 17,
  3: 18,
  6: 19,
  8: 20,
  16: 21,
  17: 22,
  32: 23,
  33: 24,
  34: 25,
  35: 26,
  36: 27,
  48: 28,
  50: 29,
  64: 30,
  65: 31,
  66: 32,
  67: 33,
  68: 34,
  70: 35,
}
/** What clients in wide use send as args and kwargs, and how it goes on. */
const NULL_ITEMS: readonly (readonly [items: readonly unknown[], read: readonly unknown[]])[] = [
  [[null], []],
  [[null, null], []],
  [
    [null, { a: 1 }],
    [[], { a: 1 }],
  ],
  [
    [null, {}],
    [[], {}],
  ],
  [[[1, null], null], [[1, null]]],
]

const ROWS: Record<number, string> = Object.fromEntries(Object.entries(SHAPES).map(([type, row]) => [type, `[BP-MSG-${row}]`]))

describe.each(serializers.map((serializer) => ({ name: serializer.name, serializer })))('$name', ({ serializer }) => {
  it.each(MESSAGES.map((message) => ({ message, form: JSON.stringify(message).slice(0, 60), row: ROWS[message[0] as number] ?? '' })))(
    'carries $form $row',
    ({ message }) => {
      const bytes = serializer.encode(messageFromArray(message)).slice()
      const decoded = serializer.decode(bytes)
      expect(messageToArray(decoded)).toEqual(message)
      expect(serializer.encode(decoded)).toEqual(bytes)
    },
  )

  it('writes a dict that lasts as it writes any dict, the first time and again', () => {
    const roles = { broker: { features: { a: true, b: [1, 'x'] } } }
    const lasting = new Lasting(roles)
    const plain = messageFromArray([2, 1, { list: [0, roles], roles, last: roles, realm: 'realm1' }])
    const made = messageFromArray([2, 1, { list: [0, lasting], roles: lasting, last: lasting, realm: 'realm1' }])
    const bytes = serializer.encode(plain).slice()
    for (let i = 0; i < 2; i++) expect(serializer.encode(made).slice()).toEqual(bytes)
  })

  it('carries each message to each other serializer and back [BP-SER-02 BP-SER-07]', () => {
    for (const message of MESSAGES) {
      const bytes = serializer.encode(messageFromArray(message)).slice()
      for (const other of serializers) {
        const there = other.encode(serializer.decode(bytes)).slice()
        expect(messageToArray(other.decode(there))).toEqual(message)
        expect(serializer.encode(other.decode(there))).toEqual(bytes)
      }
    }
  })

  it('tolerates null in the place of args and of kwargs: it goes on as an empty list or dict, or not at all', () => {
    const withPayload = MESSAGES.map((message) => headerElements(messageFromArray(message))).filter(
      ([type]) => rowOf(type as number).hasPayload,
    )
    expect(new Set(withPayload.map(([type]) => type))).toEqual(new Set([3, 8, 16, 36, 48, 50, 68, 70]))
    for (const header of withPayload) {
      for (const [items, read] of NULL_ITEMS) {
        const decoded = serializer.decode(serializer.encodeItems([[...header, ...items]]))
        expect(messageToArray(decoded)).toEqual([...header, ...read])
        for (const other of serializers) {
          const again = other.encode(serializer.decode(serializer.encodeItems([[...header, ...items]]))).slice()
          expect(again).toEqual(other.encode(messageFromArray([...header, ...read])))
        }
      }
    }
  })

  it('refuses each message that is cut anywhere [BP-PERR-18]', () => {
    for (const message of MESSAGES) {
      const bytes = serializer.encode(messageFromArray(message)).slice()
      for (let end = 0; end < bytes.length; end++) expect(() => serializer.decode(bytes.subarray(0, end))).toThrow(ProtocolError)
    }
  })

  it('refuses each message with an octet too many [BP-PERR-18]', () => {
    for (const message of MESSAGES) {
      const bytes = serializer.encode(messageFromArray(message))
      for (const more of [0, 0x5d, 0x80, 0xff]) expect(() => serializer.decode(Uint8Array.from([...bytes, more]))).toThrow(ProtocolError)
    }
  })

  it('gives a message or a ProtocolError for each message with one bit changed, and never changes the next [BP-PERR-18]', () => {
    for (const message of MESSAGES) {
      const bytes = serializer.encode(messageFromArray(message)).slice()
      for (let bit = 0; bit < bytes.length * 8; bit += bytes.length > 200 ? 13 : 1) {
        const changed = bytes.slice()
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        expectMessageOrRefusal(changed)
      }
      expect(messageToArray(serializer.decode(bytes))).toEqual(message)
    }
  })

  it('gives a message or a ProtocolError for any octets [BP-PERR-18]', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), expectMessageOrRefusal), { numRuns: 2000 })
    const [first] = AROUND[serializer.name](1)
    const parts = fc.array(fc.constantFrom(...TOKENS[serializer.name]), { maxLength: 12 })
    fc.assert(
      fc.property(parts, (more) => expectMessageOrRefusal(Uint8Array.from([...first, ...more.flatMap((token) => [...token])]))),
      { numRuns: 2000 },
    )
  })

  it('reads the same at any place in a buffer, also in a Node Buffer', () => {
    for (const message of MESSAGES) {
      const bytes = serializer.encode(messageFromArray(message)).slice()
      for (let offset = 0; offset < 5; offset++) {
        const buffer = Buffer.alloc(bytes.length + 9, 0x22)
        buffer.set(bytes, offset)
        expect(messageToArray(serializer.decode(buffer.subarray(offset, offset + bytes.length)))).toEqual(message)
      }
    }
  })

  it('reads the same with a text port that knows only the three functions [BP-SER-03]', () => {
    const asked: string[] = []
    const text: TextPort = {
      isUtf8: (bytes, start, end) => (asked.push('isUtf8'), universalText.isUtf8(bytes, start, end)),
      decode: (bytes, start, end) => (asked.push('decode'), universalText.decode(bytes, start, end)),
      write: (value, target, at) => (asked.push('write'), universalText.write(value, target, at)),
    }
    const make = { json: createJsonSerializer, msgpack: createMsgpackSerializer, cbor: createCborSerializer }[serializer.name]
    const other = make({ text })
    const message = [48, 1, {}, 'com.é', [`${'é'.repeat(100)}`]]
    expect(messageToArray(other.decode(other.encode(messageFromArray(message))))).toEqual(message)
    expect(new Set(asked)).toEqual(new Set(['isUtf8', 'decode', 'write']))
  })

  it('keeps no secret among the strings that it shares', () => {
    const decoded: string[] = []
    const text: TextPort = {
      ...universalText,
      decode: (bytes, start, end) => {
        const value = universalText.decode(bytes, start, end)
        decoded.push(value)
        return value
      },
    }
    const make = { json: createJsonSerializer, msgpack: createMsgpackSerializer, cbor: createCborSerializer }[serializer.name]
    const other = make({ text })
    for (const message of [
      [5, 'sesame', {}],
      [5, 'sesame', {}],
      [32, 1, {}, 'a.b'],
      [32, 2, {}, 'a.b'],
    ]) {
      other.decode(serializer.encode(messageFromArray(message)).slice())
    }
    expect(decoded).toEqual(['sesame', 'sesame', 'a.b'])
  })

  it('converts a payload that cannot be converted no better the second time', () => {
    const values = Payload.fromValues([() => 1])
    expect(() => (values === undefined ? undefined : rawIn(values, serializer))).toThrow('function')
    expect(() => (values === undefined ? undefined : rawIn(values, serializer))).toThrow('function')
  })

  function expectMessageOrRefusal(bytes: Uint8Array): void {
    try {
      const message = serializer.decode(bytes)
      // What was let in must go out again unchanged in its payload.
      const again = serializer.decode(serializer.encode(message).slice())
      expect(again).toMatchObject({ type: message.type })
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
    }
  }
})

describe('the check of JSON payload', () => {
  const json = createJsonSerializer()
  const encoder = new TextEncoder()

  it('agrees with JSON.parse on documents with an octet changed, left out or put in [BP-SER-03 BP-PERR-18]', () => {
    const bracket = (at: number) => ({ at, octet: 0x5b, kind: 'drop' as const })
    const change = fc.record({
      at: fc.nat(),
      octet: fc.constantFrom(...ascii('[]{}",:\\ \t\n\u0001019-+.eEtfnul/x\u007fé')),
      kind: fc.constantFrom('set', 'drop', 'insert'),
    })
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue({ maxDepth: 4 })),
        fc.array(change, { maxLength: 3 }),
        fc.constantFrom(undefined, 1),
        (value, changes, indent) => {
          const octets = [...encoder.encode(JSON.stringify(value, null, indent))]
          for (const { at, octet, kind } of changes)
            octets.splice(at % (octets.length + 1), kind === 'insert' ? 0 : 1, ...(kind === 'drop' ? [] : [octet]))
          const document = Uint8Array.from(octets)
          expect(isAccepted(document)).toBe(isListOrMore(document))
        },
      ),
      { numRuns: 1_500, examples: [[[null], [bracket(5), bracket(0)], undefined]] },
    )
  })

  function isAccepted(args: Uint8Array): boolean {
    try {
      json.decode(Uint8Array.from([...ascii('[48,1,{},"a",'), ...args, 0x5d]))
      return true
    } catch (error) {
      if (error instanceof ProtocolError) return false
      throw error
    }
  }

  /** A list, perhaps with a dict behind it, or null in place of either: what may stand where the payload does. */
  function isListOrMore(args: Uint8Array): boolean {
    if (!universalText.isUtf8(args, 0, args.length)) return false
    try {
      const items = JSON.parse(`[${universalText.decode(args, 0, args.length)}]`) as unknown[]
      const [first, second] = items
      const isDict = typeof second === 'object' && !Array.isArray(second)
      return (first === null || Array.isArray(first)) && (items.length === 1 || (items.length === 2 && isDict))
    } catch (error) {
      if (error instanceof SyntaxError) return false
      throw error
    }
  }
})
