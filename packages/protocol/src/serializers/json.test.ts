// The JSON serializer: its text in and out, literal, and everything that it refuses.

import { describe, expect, it } from 'vitest'
import { ProtocolError, UsageError } from '../errors.ts'
import type { CallMessage } from '../messages.ts'
import { EMPTY_DICT } from '../messages.ts'
import { owned, rawIn } from '../payload-forms.ts'
import { Payload } from '../payload.ts'
import { createJsonSerializer } from './json.ts'
import { LARGE_MESSAGE } from './serializer.ts'

const json = createJsonSerializer()
const octets = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
const call = (payload: Payload | undefined): CallMessage => ({ type: 48, request: 1, options: EMPTY_DICT, procedure: 'a.b', payload })
const decodeCall = (message: string): CallMessage => json.decode(octets(message)) as CallMessage
const decodeArgs = (args: string): unknown => decodeCall(`[48,1,{},"a.b",${args}]`).payload?.items[0]

describe('a JSON message', () => {
  it('is recognised by its names in the transports [BP-SER-01 BP-SER-03]', () => {
    expect([json.name, json.subprotocol, json.rawSocketId, json.isBinary]).toEqual(['json', 'wamp.2.json', 1, false])
  })

  it('is read up to its payload, which stays the octets that came [BP-MSG-01 BP-MSG-08 BP-MSG-28 BP-SER-09]', () => {
    const message = decodeCall('[48, 7814135, {"receive_progress" : true}, "com.example.add", [1, 2.50,"\\u00e9"] , {"b" : 1,"a":2} ]')
    expect(message).toMatchObject({ type: 48, request: 7814135, procedure: 'com.example.add' })
    expect({ ...message.options }).toEqual({ receive_progress: true })
    expect(text(message.payload === undefined ? octets('') : rawIn(message.payload, json))).toBe('[1, 2.50,"\\u00e9"] , {"b" : 1,"a":2}')
    expect(message.payload?.items).toEqual([[1, 2.5, 'é'], { b: 1, a: 2 }])
  })

  it('may have blanks of all four kinds anywhere between tokens [BP-SER-03]', () => {
    const message = decodeCall(' \t\r\n[ 48\n,\t1 , { } ,\r"a.b" , [ ] , { "k" : [ 1 , { } ] } ] \n')
    expect(message.payload?.items).toEqual([[], { k: [1, {}] }])
  })

  it('is written compactly, and its payload as it came [BP-MSG-34 BP-MSG-35 BP-SER-09]', () => {
    const { payload } = decodeCall('[48,1,{},"a.b",[ 1.0 ,"\\/"],{"x":1e2}]')
    const encoded = json.encode({ type: 68, request: 6131533, registration: 9007199254740992, details: EMPTY_DICT, payload })
    expect(text(encoded)).toBe('[68,6131533,9007199254740992,{},[ 1.0 ,"\\/"],{"x":1e2}]')
  })

  it('keeps the presence of empty args and kwargs that the sender chose, and adds none [BP-MSG-12 BP-MSG-13 BP-MSG-14]', () => {
    for (const message of ['[48,1,{},"a.b"]', '[48,1,{},"a.b",[]]', '[48,1,{},"a.b",[],{}]', '[48,1,{},"a.b",[],{"a":1}]']) {
      expect(text(json.encode(decodeCall(message)))).toBe(message)
    }
    expect(text(json.encode(call(Payload.fromValues([], { a: 1 }))))).toBe('[48,1,{},"a.b",[],{"a":1}]')
    expect(text(json.encode(call(Payload.fromValues([], {}))))).toBe('[48,1,{},"a.b"]')
  })

  it('writes details of every kind that WAMP uses [BP-SER-06]', () => {
    const details = {
      roles: { broker: { features: {} } },
      n: 12,
      yes: true,
      list: ['a', 2 ** 40],
      absent: undefined,
      'q"': '"\\\n\u0001é😀',
    }
    expect(text(json.encode({ type: 2, session: 1234567890123456, details }))).toBe(
      '[2,1234567890123456,{"roles":{"broker":{"features":{}}},"n":12,"yes":true,"list":["a",1099511627776],"q\\"":"\\"\\\\\\n\\u0001é😀"}]',
    )
  })

  it('of LARGE_MESSAGE octets or more is an array of its own; a shorter one is overwritten by the next', () => {
    const empty = json.encode(call(Payload.fromValues(['']))).length
    const large = json.encode(call(Payload.fromValues(['x'.repeat(LARGE_MESSAGE - empty)])))
    const small = json.encode(call(Payload.fromValues(['x'.repeat(LARGE_MESSAGE - empty - 1)])))
    expect(large.length).toBe(LARGE_MESSAGE)
    expect(large.buffer.byteLength).toBe(LARGE_MESSAGE)
    json.encode(call(undefined))
    expect(text(large).endsWith('xxx"]]')).toBe(true)
    expect(small.buffer).toBe(json.encode(call(undefined)).buffer)
  })

  it('with a long header and no payload is written whole', () => {
    const long = 'é'.repeat(40_000)
    expect(text(json.encode({ type: 6, details: { message: long }, reason: 'a.b' }))).toBe(`[6,{"message":"${long}"},"a.b"]`)
  })

  it('leaves its payload independent of a Buffer that the listener uses again', () => {
    const buffer = Buffer.from('[48,1,{},"a.b",["keep"]]')
    const { payload } = json.decode(buffer) as CallMessage
    owned(payload)
    buffer.fill(0)
    expect(payload?.args).toEqual(['keep'])
  })
})

describe('the header of a JSON message', () => {
  it('gives equal URIs as equal strings, whatever stood in the same place before', () => {
    const names = Array.from({ length: 3000 }, (_, i) => `com.example.procedure${i}`)
    for (const name of [...names, ...names]) expect(decodeCall(`[48,1,{},"${name}"]`).procedure).toBe(name)
  })

  it('gives text with escapes and beyond ASCII', () => {
    const long = 'ü'.repeat(100)
    expect(decodeCall('[48,1,{"_a":"\\ud83d\\ude00\\n"},"a.\\u0062é"]')).toMatchObject({ procedure: 'a.bé', options: { _a: '😀\n' } })
    expect(decodeCall(`[48,1,{},"${long}"]`).procedure).toBe(long)
  })

  it('takes __proto__ and constructor as keys like any other', () => {
    const { options } = decodeCall('[48,1,{"__proto__":{"x":1},"constructor":2},"a.b"]')
    expect('toString' in options).toBe(false)
    expect(Object.keys(options)).toEqual(['__proto__', 'constructor'])
    expect(options['x']).toBe(undefined)
  })

  it('counts null members as absent', () => {
    expect(Object.keys(decodeCall('[48,1,{"timeout":null,"_a":{"b":null,"c":[null]}},"a.b"]').options)).toEqual(['_a'])
  })

  it('takes byte arrays in details [AP-BJS-02]', () => {
    expect(decodeCall('[48,1,{"_a":"\\u0000AQID"},"a.b"]').options['_a']).toEqual(new Uint8Array([1, 2, 3]))
  })

  it.each([
    ['a repeated key [BP-MSG-03]', '[48,1,{"_abc":1,"_abc":2},"a.b"]'],
    ['a float as id', '[48,1.0,{},"a.b"]'],
    ['an exponent as id', '[48,1e3,{},"a.b"]'],
    ['the float zero as id', '[35,0.0]'],
    ['leading zeros', '[48,01,{},"a.b"]'],
    ['a float as id beyond 15 digits', '[48,1000000000000000.0,{},"a.b"]'],
    ['an id beyond 2^53', '[48,9007199254740993,{},"a.b"]'],
    ['an id of many digits', `[48,${'9'.repeat(1000)},{},"a.b"]`],
    ['a negative id', '[48,-1,{},"a.b"]'],
    ['an infinite number', '[48,1,{"_abc":1e999},"a.b"]'],
    ['an integer beyond 64 bits', '[48,1,{"_abc":18446744073709551616},"a.b"]'],
    ['a lone surrogate', '[48,1,{},"a.\\ud800"]'],
    ['a lone surrogate in a key', '[48,1,{"\\udc00":1},"a.b"]'],
    ['a byte array as URI [BP-MSG-07]', '[48,1,{},"\\u0000AQID"]'],
    ['null as URI [BP-MSG-07]', '[48,1,{},null]'],
    ['a list as options [BP-MSG-07]', '[48,1,[],"a.b"]'],
    ['a missing element', '[48,1,{}]'],
    ['an element too many', '[33,1,2,3]'],
    ['a third element of payload', '[48,1,{},"a.b",[],{},[]]'],
    ['args that are no list [BP-MSG-07]', '[48,1,{},"a.b",{}]'],
    ['args that are a string', '[48,1,{},"a.b","\\u0000AQID"]'],
    ['kwargs that are no dict [BP-MSG-07]', '[48,1,{},"a.b",[],[]]'],
  ])('refuses %s [BP-PERR-17]', (_, message) => {
    expect(() => json.decode(octets(message))).toThrow(ProtocolError)
  })

  it.each(['[]', '{}', '""', 'null', '48', '[999]', '["48"]', '[48.0,1,{},"a.b"]', '[-1]', '[[48]]', '[null]', '[4800000000000000000000]'])(
    'refuses %s as a message [BP-PERR-17 BP-MSG-01]',
    (message) => {
      expect(() => json.decode(octets(message))).toThrow(ProtocolError)
    },
  )

  it('takes ids up to 2^53', () => {
    for (const id of [1, 2 ** 32, 999999999999999, 1000000000000000, 9007199254740991, 9007199254740992]) {
      expect(decodeCall(`[48,${id},{},"a.b"]`).request).toBe(id)
    }
  })

  it('takes one byte array in the place of args with the older names of payload passthru', () => {
    const message = '[48,1,{"enc_algo":"cryptobox"},"a.b","\\u0000AQID"]'
    expect(decodeCall(message).payload?.count).toBe(1)
    expect(decodeCall(message).payload?.items).toEqual([new Uint8Array([1, 2, 3])])
    expect(text(json.encode(decodeCall(message)))).toBe(message)
    expect(() => decodeCall('[48,1,{"enc_algo":"cryptobox"},"a.b","AQID"]')).toThrow(ProtocolError)
    expect(() => decodeCall('[48,1,{"enc_algo":"cryptobox"},"a.b","\\u0000AQID",{}]')).toThrow(ProtocolError)
  })
})

describe('the payload of a JSON message', () => {
  it.each([
    '[NaN]',
    '[Infinity]',
    '[-Infinity]',
    '[undefined]',
    '[01]',
    '[-01]',
    '[+1]',
    '[1.]',
    '[.5]',
    '[1e]',
    '[1e+]',
    '[-]',
    '[0x1]',
    '[1,]',
    '[,1]',
    '[1 2]',
    "['a']",
    '["a]',
    '["\\x"]',
    '["\\u12"]',
    '["\\u12g4"]',
    '["a\nb"]',
    '["\u0000"]',
    '["\t"]',
    '[tru]',
    '[True]',
    '[nul]',
    '[1}',
    '[{"a":1]',
    '[{"a"}]',
    '[{"a":}]',
    '[{"a":1,}]',
    '[{,}]',
    '[{1:2}]',
    '[{a:1}]',
    '[]]',
    '[',
    '[[]',
    '[/**/]',
    '[1]//',
  ])('is refused where it is not JSON: %j [BP-PERR-18 BP-SER-03]', (args) => {
    expect(() => decodeCall(`[48,1,{},"a.b",${args}]`)).toThrow(ProtocolError)
  })

  it('is refused with octets that are not UTF-8 [BP-PERR-18 BP-SER-03]', () => {
    for (const bad of ['80', 'c080', 'ed a0 80', 'f4908080', 'e282', 'ff']) {
      for (const padding of ['', 'x'.repeat(100)]) {
        const message = Buffer.concat([
          octets(`[48,1,{},"a.b",["${padding}`),
          Buffer.from(bad.replaceAll(' ', ''), 'hex'),
          octets(`${padding}"]]`),
        ])
        expect(() => json.decode(message)).toThrow(ProtocolError)
      }
    }
  })

  it('is refused with octets that are not UTF-8 in the header, too [BP-PERR-18]', () => {
    for (const [before, after] of [
      ['[48,1,{},"a.', '"]'],
      ['[48,1,{"', '":1},"a.b"]'],
      ['[48,1,{"_a":"\\n', '"},"a.b"]'],
    ] as const) {
      expect(() => json.decode(Buffer.concat([octets(before), Buffer.from('c328', 'hex'), octets(after)]))).toThrow(ProtocolError)
    }
  })

  it('is refused with a byte order mark before the message, or anything after it [BP-PERR-18]', () => {
    expect(() => json.decode(octets('\ufeff[48,1,{},"a.b"]'))).toThrow(ProtocolError)
    expect(() => json.decode(octets('[48,1,{},"a.b"]x'))).toThrow(ProtocolError)
    expect(() => json.decode(octets('[48,1,{},"a.b"][]'))).toThrow(ProtocolError)
    expect(() => json.decode(octets(''))).toThrow(ProtocolError)
  })

  it('finds quotes, backslashes and control characters wherever they stand in a long string', () => {
    for (let shift = 0; shift < 8; shift++) {
      for (let at = 0; at < 70; at++) {
        const plain = 'p'.repeat(at)
        const padding = ' '.repeat(shift)
        expect(decodeArgs(`${padding}["${plain}\\"${'q'.repeat(90)}"]`)).toEqual([`${plain}"${'q'.repeat(90)}`])
        for (const c of ['\u0000', '\u001f', '\n', '\\q']) {
          expect(() => decodeArgs(`${padding}["${plain}${c}${'q'.repeat(90)}"]`)).toThrow(ProtocolError)
        }
      }
    }
  })

  it('is nested as deep as the limit, and not deeper [BP-PERR-18]', () => {
    const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`
    const dicts = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
    expect(json.decode(octets(`[48,1,{},"a.b",${nested(63)}]`))).toMatchObject({ type: 48 })
    expect(() => json.decode(octets(`[48,1,{},"a.b",${nested(64)}]`))).toThrow(ProtocolError)
    expect(json.decode(octets(`[48,1,{},"a.b",[],${dicts(63)}]`))).toMatchObject({ type: 48 })
    expect(() => json.decode(octets(`[48,1,{},"a.b",[],${dicts(64)}]`))).toThrow(ProtocolError)
    expect(json.decode(octets(`[48,1,${dicts(63)},"a.b"]`))).toMatchObject({ type: 48 })
    expect(() => json.decode(octets(`[48,1,${dicts(64)},"a.b"]`))).toThrow(ProtocolError)
    for (const deep of ['['.repeat(100_000), nested(100_000), `[48,1,{},"a.b",${nested(100_000)}]`, `[48,1,${dicts(100_000)},"a.b"]`]) {
      expect(() => json.decode(octets(deep))).toThrow(ProtocolError)
    }
    expect(createJsonSerializer({ maxDepth: 3 }).decode(octets('[48,1,{},"a.b",[[]]]'))).toMatchObject({ type: 48 })
    expect(() => createJsonSerializer({ maxDepth: 2 }).decode(octets('[48,1,{},"a.b",[[]]]'))).toThrow(ProtocolError)
  })

  it('gives integers beyond 2^53 exactly, and floats as numbers [BP-SER-07]', () => {
    expect(decodeArgs('[9007199254740993,-9007199254740993,18446744073709551615,1.0,1e3,-0.5,9007199254740992,1234567890123456]')).toEqual([
      9007199254740993n,
      -9007199254740993n,
      18446744073709551615n,
      1,
      1000,
      -0.5,
      9007199254740992,
      1234567890123456,
    ])
  })

  it('gives strings that begin with U+0000 as byte arrays, all others as strings [AP-BJS-02 AP-BJS-03 BP-SER-08]', () => {
    expect(decodeArgs('["\\u0000EOP\\/kFMHXFJvX8BtT+N82w==","\\u0000","a\\u0000AQID","AQID"]')).toEqual([
      Uint8Array.from(Buffer.from('10e3ff9053075c526f5fc06d4fe37cdb', 'hex')),
      new Uint8Array(0),
      'a\u0000AQID',
      'AQID',
    ])
  })

  it('keeps a string whose U+0000 is not followed by Base64 [AP-BJS-05]', () => {
    for (const rest of ['A', 'AQI', 'AQI*', 'AQ=D', '====', 'é===', 'AQID AQID'])
      expect(decodeArgs(`["\\u0000${rest}"]`)).toEqual([`\u0000${rest}`])
  })

  it('gives __proto__ as an ordinary member, by both ways of reading [BP-SER-07]', () => {
    for (const more of ['1', '12345678901234567890']) {
      const [dict] = decodeArgs(`[{"__proto__":{"x":1},"n":${more}}]`) as [Record<string, unknown>]
      expect(Object.keys(dict)).toEqual(['__proto__', 'n'])
      expect(dict['x']).toBe(undefined)
    }
  })

  it('gives numbers beyond all floats as infinite, as JSON.parse does, by both ways of reading', () => {
    expect(decodeArgs('[1e999]')).toEqual([Infinity])
    expect(decodeArgs('[-1e999,12345678901234567890]')).toEqual([-Infinity, 12345678901234567890n])
  })

  it('gives lone surrogates as they are, by both ways of reading', () => {
    expect(decodeArgs('["\\ud800"]')).toEqual(['\ud800'])
    expect(decodeArgs('["\\ud800",1234567890123456]')).toEqual(['\ud800', 1234567890123456])
  })
})

describe('the options of a serializer', () => {
  it('are checked', () => {
    for (const maxDepth of [1, 513, 2.5, NaN]) expect(() => createJsonSerializer({ maxDepth })).toThrow(UsageError)
  })

  it('lack a converter in a client, which never needs one', () => {
    expect(() => json.convertItems('cbor', new Uint8Array([0x80]), 1)).toThrow(UsageError)
  })
})
