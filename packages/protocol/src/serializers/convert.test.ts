// The converter: every kind of value in every direction, literal, and what no other form can hold.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rawIn } from '../payload-forms.ts'
import { Payload, PayloadError } from '../payload.ts'
import type { SerializerName } from '../payload.ts'
import { createCborSerializer } from './cbor.ts'
import { createConverter, StepwiseConverter } from './convert.ts'
import { createJsonSerializer } from './json.ts'
import { createMsgpackSerializer } from './msgpack.ts'

const convert = createConverter()
const stepwise = new StepwiseConverter()
const serializers = [createJsonSerializer({ convert }), createMsgpackSerializer({ convert }), createCborSerializer({ convert })]

/** JSON as text, the others as hexadecimal digits. */
const octets = (form: string, name: SerializerName): Uint8Array =>
  Uint8Array.from(Buffer.from(name === 'json' ? form : form.replaceAll(' ', ''), name === 'json' ? 'utf8' : 'hex'))
const shown = (bytes: Uint8Array, name: SerializerName): string => Buffer.from(bytes).toString(name === 'json' ? 'utf8' : 'hex')
/** A value in a list of one, converted, and out of its list again. */
const converted = (from: SerializerName, to: SerializerName, form: string): string => {
  const list = { json: `[${form}]`, msgpack: `91${form}`, cbor: `81${form}` }[from]
  const result = shown(convert(from, to, octets(list, from), 1), to)
  return to === 'json' ? result.slice(1, -1) : result.slice(2)
}

/** Args and kwargs converted in the shortest steps. */
function inSteps(from: SerializerName, to: SerializerName, raw: Uint8Array): Uint8Array {
  stepwise.begin(from, to, raw, 2)
  for (;;) {
    const form = stepwise.goOn(0)
    if (form !== undefined) return form
  }
}

/** The least number of octets or entries that takes four octets. */
const MANY = 65_536
const KEYS = Array.from({ length: MANY }, (_, i) => String(10_000 + i))

/** The same value in JSON, MessagePack and CBOR, each as the converter writes it. */
const SAME: [kind: string, json: string, msgpack: string, cbor: string][] = [
  ['null', 'null', 'c0', 'f6'],
  ['true', 'true', 'c3', 'f5'],
  ['false', 'false', 'c2', 'f4'],
  ['zero', '0', '00', '00'],
  ['a small integer', '23', '17', '17'],
  ['an integer of one octet', '200', 'ccc8', '18c8'],
  ['an integer of two octets', '300', 'cd012c', '19012c'],
  ['an integer of four octets', '70000', 'ce00011170', '1a00011170'],
  ['an integer beyond 2^32', '4294967296', 'cf0000000100000000', '1b0000000100000000'],
  ['2^53', '9007199254740992', 'cf0020000000000000', '1b0020000000000000'],
  ['2^53 + 1', '9007199254740993', 'cf0020000000000001', '1b0020000000000001'],
  ['2^64 - 1', '18446744073709551615', 'cfffffffffffffffff', '1bffffffffffffffff'],
  ['a small negative integer', '-1', 'ff', '20'],
  ['a negative integer of one octet', '-100', 'd09c', '3863'],
  ['a negative integer of two octets', '-300', 'd1fed4', '39012b'],
  ['a negative integer of four octets', '-70000', 'd2fffeee90', '3a0001116f'],
  ['a negative integer beyond 2^32', '-4294967297', 'd3fffffffeffffffff', '3b0000000100000000'],
  ['-(2^53 + 1)', '-9007199254740993', 'd3ffdfffffffffffff', '3b0020000000000000'],
  ['-2^63', '-9223372036854775808', 'd38000000000000000', '3b7fffffffffffffff'],
  ['a float with a fraction', '1.5', 'cb3ff8000000000000', 'fb3ff8000000000000'],
  ['a float that is an integer', '1.0', 'cb3ff0000000000000', 'fb3ff0000000000000'],
  ['a float beyond 2^53', '1e+21', 'cb444b1ae4d6e2ef50', 'fb444b1ae4d6e2ef50'],
  ['the smallest float', '5e-324', 'cb0000000000000001', 'fb0000000000000001'],
  ['the float zero', '0.0', 'cb0000000000000000', 'fb0000000000000000'],
  ['the float minus zero', '-0.0', 'cb8000000000000000', 'fb8000000000000000'],
  ['no text', '""', 'a0', '60'],
  ['text', '"a.b"', 'a3612e62', '63612e62'],
  ['text beyond ASCII', '"é😀"', 'a6c3a9f09f9880', '66c3a9f09f9880'],
  ['text with escapes', '"\\"\\\\/\\n\\u0001\u007f"', 'a6225c2f0a017f', '66225c2f0a017f'],
  ['text of 32 octets', `"${'a'.repeat(32)}"`, `d920${'61'.repeat(32)}`, `7820${'61'.repeat(32)}`],
  ['text of 256 octets', `"${'a'.repeat(256)}"`, `da0100${'61'.repeat(256)}`, `790100${'61'.repeat(256)}`],
  ['a byte array', '"\\u0000AQID"', 'c403010203', '43010203'],
  ['an empty byte array', '"\\u0000"', 'c400', '40'],
  [
    'the byte array of the specification',
    '"\\u0000EOP/kFMHXFJvX8BtT+N82w=="',
    'c41010e3ff9053075c526f5fc06d4fe37cdb',
    '5010e3ff9053075c526f5fc06d4fe37cdb',
  ],
  ['an empty list', '[]', '90', '80'],
  ['lists in lists', '[[1],[],[[2,3],4]]', '939101909292020304', '838101808282020304'],
  ['a list of 16', `[${Array(16).fill(0).join()}]`, `dc0010${'00'.repeat(16)}`, `90${'00'.repeat(16)}`],
  ['an empty dict', '{}', '80', 'a0'],
  ['members in the order given', '{"b":1,"a":{"":[]}}', '82a16201a16181a090', 'a26162016161a16080'],
  ['a repeated key', '{"a":1,"a":2}', '82a16101a16102', 'a2616101616102'],
  ['the key __proto__', '{"__proto__":{"x":1}}', '81a95f5f70726f746f5f5f81a17801', 'a1695f5f70726f746f5f5fa1617801'],
  ['a key with escapes', '{"\\n\\u0000":1}', '81a20a0001', 'a1620a0001'],
  ['text of 65,536 octets', `"${'a'.repeat(MANY)}"`, `db00010000${'61'.repeat(MANY)}`, `7a00010000${'61'.repeat(MANY)}`],
  [
    'a byte array of 65,536 octets',
    `"\\u0000${Buffer.alloc(MANY).toString('base64')}"`,
    `c600010000${'00'.repeat(MANY)}`,
    `5a00010000${'00'.repeat(MANY)}`,
  ],
  ['a list of 65,536', `[${Array(MANY).fill(0).join()}]`, `dd00010000${'00'.repeat(MANY)}`, `9a00010000${'00'.repeat(MANY)}`],
  [
    'a dict of 65,536',
    `{${KEYS.map((key) => `"${key}":0`).join()}}`,
    `df00010000${KEYS.map((key) => `a5${Buffer.from(key).toString('hex')}00`).join('')}`,
    `ba00010000${KEYS.map((key) => `65${Buffer.from(key).toString('hex')}00`).join('')}`,
  ],
]

describe('the converter', () => {
  for (const [kind, json, msgpack, cbor] of SAME) {
    const forms: Record<SerializerName, string> = { json, msgpack, cbor }
    it.each<[SerializerName, SerializerName]>([
      ['json', 'msgpack'],
      ['json', 'cbor'],
      ['msgpack', 'json'],
      ['msgpack', 'cbor'],
      ['cbor', 'json'],
      ['cbor', 'msgpack'],
    ])(`keeps ${kind} from %s to %s [BP-SER-02 BP-SER-07${kind.includes('byte array') ? ' AP-BJS-04' : ''}]`, (from, to) => {
      expect(converted(from, to, forms[from])).toBe(forms[to])
    })
  }

  it.each<[string, SerializerName, string, SerializerName, string]>([
    ['undefined becomes null', 'cbor', 'f7', 'json', 'null'],
    ['undefined becomes nil', 'cbor', 'f7', 'msgpack', 'c0'],
    ['undefined becomes null', 'msgpack', 'd40000', 'json', 'null'],
    ['undefined becomes null', 'msgpack', '91d40000', 'cbor', '81f6'],
    ['an undefined member becomes null', 'cbor', 'a16161f7', 'json', '{"a":null}'],
    ['tag 64 is a byte array', 'cbor', 'd84043010203', 'json', '"\\u0000AQID"'],
    ['tag 64 is a byte array', 'cbor', 'd84043010203', 'msgpack', 'c403010203'],
    ['a half float', 'cbor', 'f93c00', 'json', '1.0'],
    ['a half float', 'cbor', 'f93c00', 'msgpack', 'cb3ff0000000000000'],
    ['a single float', 'cbor', 'fa3dcccccd', 'json', '0.10000000149011612'],
    ['a single float', 'msgpack', 'ca3dcccccd', 'cbor', 'fb3fb99999a0000000'],
    ['NaN', 'cbor', 'f97e00', 'msgpack', 'cb7ff8000000000000'],
    ['an infinite number', 'msgpack', 'cbfff0000000000000', 'cbor', 'fbfff0000000000000'],
    ['an integer below 64 bits', 'cbor', '3bffffffffffffffff', 'json', '-18446744073709551616'],
    ['integers in more octets than they need', 'msgpack', 'cf0000000000000001', 'cbor', '01'],
    ['integers in more octets than they need', 'cbor', '1b0000000000000001', 'msgpack', '01'],
    ['minus zero without a fraction is an integer', 'json', '-0', 'msgpack', '00'],
    ['an exponent makes a float', 'json', '1E2', 'cbor', 'fb4059000000000000'],
    ['blanks', 'json', ' [ 1 , { "a" : 2 } ] ', 'cbor', '8201a1616102'],
    ['Base64 with escapes', 'json', '"\\u0000\\/\\u0077A="', 'msgpack', 'c402ff00'],
    ['U+0000 without Base64 stays text', 'json', '"\\u0000A"', 'msgpack', 'a20041'],
    ['U+0000 within text', 'json', '"A\\u0000QID"', 'cbor', '654100514944'],
    ['text that begins with U+0000 between the binary ones', 'msgpack', 'a20041', 'cbor', '620041'],
    [
      'integer keys between the binary ones',
      'msgpack',
      '82 01 c0 d3ffdfffffffffffff c0',
      'cbor',
      'a2 01 f6 3b0020000000000000 f6'.replaceAll(' ', ''),
    ],
    ['integer keys between the binary ones', 'cbor', 'a120f6', 'msgpack', '81ffc0'],
    [
      'indefinite lengths',
      'cbor',
      '9f bf 7f 6161 6162 ff 9f 01 ff ff 5f 4101 4102 ff 7fff 9fff ff',
      'msgpack',
      '9481a26162 9101 c4020102 a0 90'.replaceAll(' ', ''),
    ],
    [
      'indefinite lengths',
      'cbor',
      '9f bf 7f 6161 6162 ff 9f 01 ff ff 5f 4101 4102 ff 7fff 9fff ff',
      'json',
      '[{"ab":[1]},"\\u0000AQI=","",[]]',
    ],
    ['octets that only look like indefinite lengths', 'cbor', '82 189f 18bf', 'msgpack', '92cc9fccbf'],
  ])('%s (%s to %s) [BP-SER-07]', (...[, from, form, to, expected]) => {
    expect(converted(from, to, form)).toBe(expected)
  })

  it.each<[string, SerializerName, string, SerializerName]>([
    ['an integer beyond 64 bits', 'json', '18446744073709551616', 'msgpack'],
    ['an integer beyond 64 bits', 'json', '18446744073709551616', 'cbor'],
    ['a negative integer beyond 64 bits', 'json', '-9223372036854775809', 'msgpack'],
    ['a negative integer beyond 64 bits', 'json', '-9223372036854775809', 'cbor'],
    ['a negative integer beyond 64 bits', 'cbor', '3b8000000000000000', 'msgpack'],
    ['a number beyond all floats', 'json', '1e999', 'cbor'],
    ['a number beyond all floats', 'json', '-1.0e309', 'msgpack'],
    ['a lone surrogate', 'json', '"\\ud800"', 'msgpack'],
    ['a lone surrogate', 'json', '"a\\udc00b"', 'cbor'],
    ['a lone surrogate in a key', 'json', '{"\\ud800":1}', 'cbor'],
    ['NaN', 'msgpack', 'cb7ff8000000000000', 'json'],
    ['an infinite number', 'cbor', 'f97c00', 'json'],
    ['text that begins with U+0000', 'msgpack', 'a20041', 'json'],
    ['text that begins with U+0000', 'cbor', '620041', 'json'],
    ['an integer key', 'msgpack', '8101c0', 'json'],
    ['an integer key', 'cbor', 'a120f6', 'json'],
    ['a key that is a byte array', 'msgpack', '81c40161c0', 'cbor'],
    ['a key that is a byte array', 'cbor', 'a14161f6', 'msgpack'],
    ['a key that is nil', 'msgpack', '81c0c0', 'json'],
    ['a key that is a list', 'cbor', 'a180f6', 'json'],
    ['an extension type', 'msgpack', 'd40100', 'json'],
    ['an extension type', 'msgpack', 'c7020100ff', 'cbor'],
    ['a timestamp', 'msgpack', 'd6ff00000000', 'cbor'],
    ['a tag', 'cbor', 'c11a00000000', 'json'],
    ['a big number', 'cbor', 'c249010000000000000000', 'msgpack'],
    ['a shared reference', 'cbor', 'd81c81d81d00', 'json'],
    ['tag 64 of text', 'cbor', 'd8406161', 'msgpack'],
    ['a simple value', 'cbor', 'f0', 'json'],
    ['a simple value', 'cbor', 'f8ff', 'msgpack'],
  ])('refuses %s (%s %s to %s), and goes on as before [BP-SER-07 BP-PERR-18]', (_, from, form, to) => {
    expect(() => converted(from, to, form)).toThrow(PayloadError)
    expect(converted(from, to, { json: '"a"', msgpack: 'a161', cbor: '6161' }[from])).toBe(
      { json: '"a"', msgpack: 'a161', cbor: '6161' }[to],
    )
  })

  it.each<[string, SerializerName, string, SerializerName, number]>([
    ['empty byte arrays', 'cbor', '40', 'json', 9],
    ['nils', 'msgpack', 'c0', 'json', 5],
    ['control characters', 'msgpack', 'a401010101', 'json', 6],
    ['small half floats', 'cbor', 'f90001', 'json', 7.5],
    ['short floats', 'json', '1e9', 'msgpack', 2.5],
    ['escapes', 'json', '"\\u0001"', 'cbor', 1],
  ])('makes of one octet of %s (%s %s to %s) no more than %d', (...[, from, form, to, most]) => {
    const count = 1000
    const list = from === 'json' ? `[${Array(count).fill(form).join()}]` : `${{ msgpack: 'dc', cbor: '99' }[from]}03e8${form.repeat(count)}`
    const raw = octets(list, from)
    expect(convert(from, to, raw, 1).length).toBeLessThan(raw.length * most)
  })

  it('refuses an integer of very many digits without reading it', () => {
    expect(() => converted('json', 'cbor', '1'.repeat(1_000_000))).toThrow(PayloadError)
  })

  it('converts args and kwargs together [BP-SER-02]', () => {
    const forms: Record<SerializerName, string> = { json: '[1,[]],{"a":{}}', msgpack: '92019081a16180', cbor: '820180a16161a0' }
    for (const { name: from } of serializers) {
      for (const { name: to } of serializers) {
        if (from !== to) expect(shown(convert(from, to, octets(forms[from], from), 2), to)).toBe(forms[to])
      }
    }
    expect(shown(convert('json', 'cbor', octets('[1] , {"a" : [ ] }', 'json'), 2), 'cbor')).toBe('8101a1616180')
  })

  it('converts a payload at most once for each serializer, and hands out nothing of its own', () => {
    const first = convert('json', 'cbor', octets('[1]', 'json'), 1)
    convert('json', 'cbor', octets('[2]', 'json'), 1)
    expect(shown(first, 'cbor')).toBe('8101')
  })

  it('converts many lists in time that grows with their number only', () => {
    const wide = `[${Array(100_000).fill('[{}]').join()}]`
    const deep = Array(10_000)
      .fill(`${'['.repeat(50)}${']'.repeat(50)}`)
      .join()
    for (const form of [wide, `[${deep}]`]) {
      const cbor = convert('json', 'cbor', octets(form, 'json'), 1)
      expect(shown(convert('cbor', 'json', cbor, 1), 'json') === form).toBe(true)
    }
  })
})

/** Values whose every form converts to every other: no NaN, no lone surrogates, no leading U+0000. */
const text = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((value) => value.charCodeAt(0) !== 0)
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.integer(),
    fc.maxSafeInteger(),
    fc.bigInt({ min: 2n ** 53n + 1n, max: 2n ** 64n - 1n }),
    fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) - 1n }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie('value'), { maxLength: 8 }),
    fc.dictionary(fc.oneof(text, fc.constant('__proto__')), tie('value'), { maxKeys: 8 }),
  ),
}))

describe('any payload', () => {
  it('comes back the same from each serializer, and from each way through another [BP-SER-02 BP-SER-07 AP-BJS-04]', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 8 }), fc.dictionary(text, value, { maxKeys: 4 }), (args, kwargs) => {
        for (const from of serializers) {
          const raw = from.encodeItems([args, kwargs])
          const items = from.decodeItems(raw, 2)
          expect(items).toEqual([args, kwargs].map(withPlainDicts))
          for (const to of serializers) {
            if (to === from) continue
            const there = rawIn(Payload.fromRaw(from, raw, 2), to)
            expect(shown(there, to.name)).toBe(shown(to.encodeItems([args, kwargs]), to.name))
            expect(shown(inSteps(from.name, to.name, raw), to.name)).toBe(shown(there, to.name))
            expect(shown(rawIn(Payload.fromRaw(to, there, 2), from), from.name)).toBe(shown(raw, from.name))
          }
        }
      }),
      { numRuns: 100 },
    )
  })
})

/** A value of CBOR in which lists, dicts and strings may have a break instead of a length, and the same without. */
const breakable = fc.letrec<{ value: [withBreaks: string, without: string] }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<[string, string]>(
      ['01', '01'],
      ['f6', 'f6'],
      ['189f', '189f'],
      ['d8404101', '4101'],
      ['7f61616162ff', '626162'],
      ['5fff', '40'],
    ),
    fc.tuple(fc.boolean(), fc.array(tie('value'), { maxLength: 6 })).map(([isOpen, values]): [string, string] => {
      const [broken, plain] = [0, 1].map((side) => values.map((each) => each[side]).join('')) as [string, string]
      const head = (0x80 + values.length).toString(16)
      return [isOpen ? `9f${broken}ff` : head + broken, head + plain]
    }),
    fc.tuple(fc.boolean(), fc.array(tie('value'), { maxLength: 4 })).map(([isOpen, values]): [string, string] => {
      const [broken, plain] = [0, 1].map((side) => values.map((each, i) => `610${i}${each[side]}`).join('')) as [string, string]
      const head = (0xa0 + values.length).toString(16)
      return [isOpen ? `bf${broken}ff` : head + broken, head + plain]
    }),
  ),
})).value

describe('CBOR whose lists and dicts end with a break', () => {
  it('comes out as the same with lengths does', () => {
    fc.assert(
      fc.property(fc.array(breakable, { maxLength: 5 }), (values) => {
        const [broken, plain] = [0, 1].map((side) => `9f${values.map((each) => each[side]).join('')}ff`) as [string, string]
        for (const to of ['json', 'msgpack'] as const) {
          expect(shown(convert('cbor', to, octets(broken, 'cbor'), 1), to)).toBe(shown(convert('cbor', to, octets(plain, 'cbor'), 1), to))
        }
      }),
      { numRuns: 500 },
    )
  })
})

/** What a decoder makes of a value: dicts with the usual prototype. */
function withPlainDicts(each: unknown): unknown {
  if (Array.isArray(each)) return each.map(withPlainDicts)
  if (typeof each !== 'object' || each === null || each instanceof Uint8Array) return each
  return Object.fromEntries(Object.entries(each).map(([key, member]) => [key, withPlainDicts(member)]))
}
