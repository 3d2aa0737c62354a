// The MessagePack serializer: its octets in and out, literal, and everything that it refuses.

import { describe, expect, it } from 'vitest'
import { ProtocolError } from '../errors.ts'
import type { CallMessage } from '../messages.ts'
import { EMPTY_DICT } from '../messages.ts'
import { rawIn } from '../payload-forms.ts'
import { Payload, PayloadError } from '../payload.ts'
import { createMsgpackSerializer } from './msgpack.ts'
import { LARGE_MESSAGE } from './serializer.ts'

const msgpack = createMsgpackSerializer()
const octets = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(/[ _]/g, ''), 'hex'))
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const call = (payload: Payload | undefined): CallMessage => ({ type: 48, request: 1, options: EMPTY_DICT, procedure: 'a.b', payload })
/** `[48, 1, {}, "a.b"` as a list of 5 or 6 elements. */
const HEAD5 = '95 30 01 80 a3612e62'
const HEAD6 = '96 30 01 80 a3612e62'
const decodeArgs = (args: string): unknown => (msgpack.decode(octets(HEAD5 + args)) as CallMessage).payload?.items[0]
const encodeArgs = (...args: unknown[]): string =>
  hex(msgpack.encode(call(Payload.fromItems([args])))).slice(HEAD5.replaceAll(' ', '').length)
const expectRefusal = (message: string): void => {
  expect(() => msgpack.decode(octets(message))).toThrow(ProtocolError)
}

describe('a MessagePack message', () => {
  it('is recognised by its names in the transports [BP-SER-01 BP-SER-04]', () => {
    expect([msgpack.name, msgpack.subprotocol, msgpack.rawSocketId, msgpack.isBinary]).toEqual(['msgpack', 'wamp.2.msgpack', 2, true])
  })

  it('is read up to its payload, which stays the octets that came [BP-SER-04 BP-SER-09 BP-MSG-08 BP-MSG-28]', () => {
    const message = msgpack.decode(
      octets('96 30 ce00773bf7 81a5 5f6162 6364c3 a3612e62 92 d30000000000000001 c403010203 81a16b dc0001 c0'),
    ) as CallMessage
    expect(message).toMatchObject({ type: 48, request: 7814135, options: { _abcd: true }, procedure: 'a.b' })
    expect(hex(message.payload === undefined ? octets('') : rawIn(message.payload, msgpack))).toBe(
      '92d30000000000000001c40301020381a16bdc0001c0',
    )
    expect(message.payload?.items).toEqual([[1, new Uint8Array([1, 2, 3])], { k: [null] }])
  })

  it('is written with shortest lengths, ids as integers, and its payload as it came [BP-SER-04 BP-SER-09 BP-MSG-34]', () => {
    const { payload } = msgpack.decode(octets(`${HEAD5} dc0001 d30000000000000001`)) as CallMessage
    expect(hex(msgpack.encode({ type: 68, request: 300, registration: 9007199254740992, details: EMPTY_DICT, payload }))).toBe(
      '9544cd012ccf002000000000000080dc0001d30000000000000001',
    )
  })

  it('keeps the presence of empty args and kwargs that the sender chose [BP-MSG-14]', () => {
    for (const message of ['94 30 01 80 a3612e62', `${HEAD5} 90`, `${HEAD6} 90 80`, `${HEAD6} 90 81a16101`]) {
      expect(hex(msgpack.encode(msgpack.decode(octets(message))))).toBe(message.replaceAll(' ', ''))
    }
  })

  it('of LARGE_MESSAGE octets or more is an array of its own', () => {
    const large = msgpack.encode(call(Payload.fromValues(['x'.repeat(LARGE_MESSAGE - 12)])))
    expect(large.length).toBe(LARGE_MESSAGE)
    expect(large.buffer.byteLength).toBe(LARGE_MESSAGE)
    expect(msgpack.encode(call(Payload.fromValues(['x'.repeat(LARGE_MESSAGE - 13)]))).buffer).toBe(msgpack.encode(call(undefined)).buffer)
  })
})

describe('the header of a MessagePack message', () => {
  it('takes ids of every width, also as floats that are integers, as widespread clients write them', () => {
    const ids: [string, number][] = [
      ['01', 1],
      ['cc01', 1],
      ['cd0001', 1],
      ['ce00000001', 1],
      ['cf0000000000000001', 1],
      ['d001', 1],
      ['d10001', 1],
      ['d200000001', 1],
      ['d30000000000000001', 1],
      ['cf0020000000000000', 2 ** 53],
      ['cb4340000000000000', 2 ** 53],
      ['cb41f0000000000000', 2 ** 32],
      ['ca40000000', 2],
    ]
    for (const [id, value] of ids) expect(msgpack.decode(octets(`94 30 ${id} 80 a3612e62`))).toMatchObject({ request: value })
  })

  it('counts nil members as absent', () => {
    const { options } = msgpack.decode(octets('94 30 01 82 a774696d656f7574 c0 a45f616263 81 a161 c0 a3612e62')) as CallMessage
    expect(options).toEqual({ _abc: {} })
  })

  it('counts members as absent that are undefined, as msgpackr writes it', () => {
    const { options } = msgpack.decode(octets('94 30 01 82 a774696d656f7574 d40000 a45f616263 81 a161 c0 a3612e62')) as CallMessage
    expect(options).toEqual({ _abc: {} })
  })

  it.each([
    ['a float with a fraction as id', '94 30 cb3ff8000000000000 80 a3612e62'],
    ['an id beyond 2^53', '94 30 cf0020000000000001 80 a3612e62'],
    ['an id of 0', '94 30 00 80 a3612e62'],
    ['a negative id', '94 30 ff 80 a3612e62'],
    ['a repeated key [BP-MSG-03]', '94 30 01 82 a45f616263 01 a45f616263 01 a3612e62'],
    ['a key that is no string [BP-MSG-03]', '94 30 01 81 01 01 a3612e62'],
    ['an extension type', '94 30 01 81 a45f616263 d40100 a3612e62'],
    ['NaN', '94 30 01 81 a45f616263 cb7ff8000000000000 a3612e62'],
    ['a byte array as URI [BP-MSG-07]', '94 30 01 80 c403612e62'],
    ['a URI that begins with U+0000', '94 30 01 80 a400612e62'],
    ['an option that begins with U+0000', '94 30 01 81 a45f616263 a10061 a3612e62'],
    ['nil as options [BP-MSG-07]', '94 30 01 c0 a3612e62'],
    ['too few elements', '93 30 01 80'],
    ['too many elements', '94 21 01 02 03'],
    ['three elements of payload', '97 30 01 80 a3612e62 90 80 90'],
    ['args that are no list [BP-MSG-07]', `${HEAD5} 80`],
    ['args that are a byte array', `${HEAD5} c40101`],
    ['kwargs that are no dict [BP-MSG-07]', `${HEAD6} 90 90`],
    ['kwargs with a key that is no string [BP-MSG-03]', `${HEAD6} 90 81 01 01`],
    ['kwargs with a byte array as key [BP-MSG-03]', `${HEAD6} 90 81 c40161 01`],
  ])('refuses %s [BP-PERR-17]', (_, message) => {
    expectRefusal(message)
  })

  it.each([
    '90',
    'dc0000',
    '80',
    'c0',
    '30',
    'a0',
    '91 cd03e7',
    '91 a23438',
    '91 cb4048000000000000',
    '91 ff',
    '91 cfffffffffffffffff',
    '91 90',
    '',
  ])('refuses %s as a message [BP-PERR-17 BP-MSG-01]', (message) => {
    expectRefusal(message)
  })

  it('takes one byte array in the place of args with the older names of payload passthru', () => {
    const head = '95 30 01 81 a8656e635f616c676f a963727970746f626f78 a3612e62'
    const message = msgpack.decode(octets(`${head} c403010203`)) as CallMessage
    expect(message.payload?.items).toEqual([new Uint8Array([1, 2, 3])])
    expect(hex(msgpack.encode(message))).toBe(`${head} c403010203`.replaceAll(' ', ''))
    expectRefusal(`${head} a3010203`)
    expectRefusal(`${head.replace('95', '96')} c403010203 80`)
  })
})

describe('the payload of a MessagePack message', () => {
  it('is refused where a length is announced that is not there [BP-PERR-18]', () => {
    for (const giant of [
      'dcffff',
      'ddffffffff',
      'deffff',
      'df80000000',
      'dfffffffff',
      'd9ff',
      'daffff',
      'dbffffffff',
      'c4ff',
      'c5ffff',
      'c6ffffffff',
      'c7ff01',
      'c8ffff01',
      'c9ffffffff01',
      'bf',
      '9f',
      '8f',
    ]) {
      expectRefusal(giant)
      expectRefusal(`${HEAD5} 91 ${giant}`)
      expectRefusal(`${HEAD5} ${giant}`)
      expectRefusal(`${HEAD6} 90 ${giant}`)
      expectRefusal(`94 30 01 ${giant}`)
      expectRefusal(`94 30 01 80 ${giant}`)
      expectRefusal(`94 30 01 81 ${giant}`)
      expectRefusal(`94 30 01 81 a161 ${giant}`)
    }
  })

  it('is refused with octets after it, or one missing [BP-PERR-18]', () => {
    expectRefusal(`${HEAD5} 90 00`)
    expectRefusal(`${HEAD5} 9101 01`)
    for (const value of [
      'ca000000',
      'cb00000000000000',
      'cc',
      'cd00',
      'ce000000',
      'cf00000000000000',
      'd0',
      'd100',
      'd2000000',
      'd300000000000000',
      'd401',
      'd8010000',
    ]) {
      expectRefusal(`${HEAD5} 91 ${value}`)
    }
  })

  it('is refused with the first octet that MessagePack never uses [BP-PERR-18]', () => {
    expectRefusal(`${HEAD5} 91 c1`)
    expectRefusal(`94 30 01 81 a161 c1 a3612e62`)
  })

  it('is refused with text that is not UTF-8, in a short string, a long one and a key [BP-PERR-18 BP-SER-04]', () => {
    for (const bad of ['80', 'c080', 'eda080', 'f4908080', 'ff']) {
      const length = bad.length / 2
      expectRefusal(`${HEAD5} 91 a${length}${bad}`)
      expectRefusal(`${HEAD5} 91 d9${(100 + length).toString(16)}${'61'.repeat(100)}${bad}`)
      expectRefusal(`${HEAD6} 90 81 a${length}${bad} c0`)
      expectRefusal(`94 30 01 81 a${length}${bad} 01 a3612e62`)
      expectRefusal(`94 30 01 80 a${length}${bad}`)
    }
  })

  it('is nested as deep as the limit, and not deeper [BP-PERR-18]', () => {
    expect(msgpack.decode(octets(`${HEAD5} ${'91'.repeat(62)}90`))).toMatchObject({ type: 48 })
    expect(msgpack.decode(octets(`${HEAD6} 90 ${'81a161'.repeat(62)}80`))).toMatchObject({ type: 48 })
    expectRefusal(`${HEAD5} ${'91'.repeat(63)}90`)
    expectRefusal(`${HEAD6} 90 ${'81a161'.repeat(63)}80`)
    expectRefusal(`94 30 01 ${'81a161'.repeat(63)}80 a3612e62`)
    expectRefusal('91'.repeat(100_000))
    expectRefusal(`${HEAD5} ${'91'.repeat(100_000)}90`)
    expectRefusal(`94 30 01 ${'81a161'.repeat(100_000)}80`)
  })

  it('passes with extension types, keys of any kind and repeated keys, as it came [BP-SER-09]', () => {
    for (const value of [
      'd40100',
      'd5010000',
      'd601000000ff',
      'd7010000000000000000',
      `d801${'00'.repeat(16)}`,
      'c702010000',
      'c8000101ff',
      'c90000000101ff',
      '8201c0c201',
      '82a161c0a161c2',
      '81c0c0',
      '8190c0',
    ]) {
      const message = octets(`${HEAD5} 91 ${value}`)
      expect(hex(msgpack.encode(msgpack.decode(message)))).toBe(hex(message))
    }
  })

  it('gives values exactly [BP-SER-07]', () => {
    expect(
      decodeArgs(
        '9c cf0020000000000001 d3ffdfffffffffffff cfffffffffffffffff d38000000000000000 d3ffe0000000000000 e0 d080 d18000 d280000000 ca3f800000 cb8000000000000000 a3e282ac',
      ),
    ).toEqual([
      9007199254740993n,
      -9007199254740993n,
      18446744073709551615n,
      -9223372036854775808n,
      -9007199254740992,
      -32,
      -128,
      -32768,
      -2147483648,
      1,
      -0,
      '€',
    ])
    expect(decodeArgs('96 c0 c2 c3 d903616263 da0003616263 db00000003616263')).toEqual([null, false, true, 'abc', 'abc', 'abc'])
    expect(decodeArgs('94 c40101 c5000102 c60000000103 c400')).toEqual([[1], [2], [3], []].map((bytes) => Uint8Array.from(bytes)))
  })

  it('gives dicts whose members are their own, integer keys as names [BP-SER-07]', () => {
    const [dict] = decodeArgs('91 84 a95f5f70726f746f5f5f 81a17801 01 a3626967 cf0020000000000001 02 a161 03') as [Record<string, unknown>]
    expect(Object.keys(dict)).toEqual(['1', '__proto__', '9007199254740993', 'a'])
    expect(dict['x']).toBe(undefined)
    expect(Object.getPrototypeOf(dict)).toBe(Object.prototype)
  })

  it('cannot be given as values where JavaScript has none', () => {
    for (const value of ['91 d40100', '91 81c0c0', '91 8190c0', '91 81c40100c0']) expect(() => decodeArgs(value)).toThrow(PayloadError)
  })
})

describe('values as MessagePack', () => {
  const written: [unknown, string][] = [
    [0, '00'],
    [127, '7f'],
    [128, 'cc80'],
    [255, 'ccff'],
    [256, 'cd0100'],
    [65535, 'cdffff'],
    [65536, 'ce00010000'],
    [2 ** 32 - 1, 'ceffffffff'],
    [2 ** 32, 'cf0000000100000000'],
    [2 ** 53, 'cf0020000000000000'],
    [-1, 'ff'],
    [-32, 'e0'],
    [-33, 'd0df'],
    [-128, 'd080'],
    [-129, 'd1ff7f'],
    [-32768, 'd18000'],
    [-32769, 'd2ffff7fff'],
    [-(2 ** 31), 'd280000000'],
    [-(2 ** 31) - 1, 'd3ffffffff7fffffff'],
    [-(2 ** 53), 'd3ffe0000000000000'],
    [1.5, 'cb3ff8000000000000'],
    [-0, 'cb8000000000000000'],
    [NaN, 'cb7ff8000000000000'],
    [2 ** 60, 'cb43b0000000000000'],
    [2n ** 64n - 1n, 'cfffffffffffffffff'],
    [-(2n ** 63n), 'd38000000000000000'],
    [1n, 'cf0000000000000001'],
    [null, 'c0'],
    [undefined, 'c0'],
    [false, 'c2'],
    [true, 'c3'],
    ['', 'a0'],
    ['é', 'a2c3a9'],
    ['😀', 'a4f09f9880'],
    ['a'.repeat(31), `bf${'61'.repeat(31)}`],
    ['a'.repeat(32), `d920${'61'.repeat(32)}`],
    ['a'.repeat(256), `da0100${'61'.repeat(256)}`],
    [new Uint8Array(0), 'c400'],
    [Buffer.from('a'), 'c40161'],
    [new ArrayBuffer(2), 'c4020000'],
    [new Uint8Array(256), `c50100${'00'.repeat(256)}`],
    [[], '90'],
    [Array(16).fill(0), `dc0010${'00'.repeat(16)}`],
    [{}, '80'],
    [{ a: undefined, b: 1 }, '81a16201'],
    [
      new Map<string, unknown>([
        ['a', undefined],
        ['b', 1],
      ]),
      '81a16201',
    ],
    [new Date(0), 'b8313937302d30312d30315430303a30303a30302e3030305a'],
  ]
  it.each(written.map(([value, expected]) => ({ value, expected })))('are written as $expected [BP-SER-04]', ({ value, expected }) => {
    expect(encodeArgs(value)).toBe(`91${expected}`)
  })

  it('are written with 32-bit lengths where 16 do not do [BP-SER-04]', () => {
    expect(encodeArgs('a'.repeat(65536)).slice(0, 12)).toBe('91db00010000')
    expect(encodeArgs('é'.repeat(50_000))).toBe(`91db000186a0${'c3a9'.repeat(50_000)}`)
    expect(encodeArgs(new Uint8Array(65536)).slice(0, 12)).toBe('91c600010000')
    expect(encodeArgs(Array(65536).fill(0)).slice(0, 12)).toBe('91dd00010000')
    expect(encodeArgs(Object.fromEntries(Array.from({ length: 65536 }, (_, i) => [i, 0]))).slice(0, 12)).toBe('91df00010000')
    expect(encodeArgs(Object.fromEntries(Array.from({ length: 16 }, (_, i) => [i, 0]))).slice(0, 8)).toBe('91de0010')
  })

  const cycle: unknown[] = []
  cycle.push(cycle, cycle)
  it.each<[string, unknown]>([
    ['an integer beyond 64 bits', 2n ** 64n],
    ['one below', -(2n ** 63n) - 1n],
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a lone surrogate', 'a\ud800'],
    ['a second half alone', '\udc00'],
    ['two first halves', '\ud800\ud800'],
    ['one in a key', { '\ud800': 1 }],
    ['a cycle', cycle],
  ])('refuses %s, leaving the serializer as it was [BP-PERR-18]', (_, value) => {
    expect(() => encodeArgs('before', value)).toThrow(PayloadError)
    expect(encodeArgs(1)).toBe('9101')
  })
})
