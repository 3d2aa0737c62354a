// The CBOR serializer: its octets in and out, literal, and everything that it refuses.

import { describe, expect, it } from 'vitest'
import { ProtocolError } from '../errors.ts'
import type { CallMessage } from '../messages.ts'
import { EMPTY_DICT } from '../messages.ts'
import { rawIn } from '../payload-forms.ts'
import { Payload, PayloadError } from '../payload.ts'
import { createCborSerializer } from './cbor.ts'
import { LARGE_MESSAGE } from './serializer.ts'

const cbor = createCborSerializer()
const octets = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(/[ _]/g, ''), 'hex'))
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const call = (payload: Payload | undefined): CallMessage => ({ type: 48, request: 1, options: EMPTY_DICT, procedure: 'a.b', payload })
/** `[48, 1, {}, "a.b"` as a list of 5 or 6 elements. */
const HEAD5 = '85 1830 01 a0 63612e62'
const HEAD6 = '86 1830 01 a0 63612e62'
const decodeCall = (message: string): CallMessage => cbor.decode(octets(message)) as CallMessage
const decodeArgs = (args: string): unknown => decodeCall(HEAD5 + args).payload?.items[0]
const encodeArgs = (...args: unknown[]): string => hex(cbor.encode(call(Payload.fromItems([args])))).slice(HEAD5.replaceAll(' ', '').length)
const expectRefusal = (message: string): void => {
  expect(() => cbor.decode(octets(message))).toThrow(ProtocolError)
}

describe('a CBOR message', () => {
  it('is recognised by its names in the transports [BP-SER-01 BP-SER-05]', () => {
    expect([cbor.name, cbor.subprotocol, cbor.rawSocketId, cbor.isBinary]).toEqual(['cbor', 'wamp.2.cbor', 3, true])
  })

  it('is read up to its payload, which stays the octets that came [BP-SER-05 BP-SER-09 BP-MSG-08 BP-MSG-28]', () => {
    const message = decodeCall('86 1830 1a00773bf7 a1655f61626364f5 63612e62 82 1b0000000000000001 43010203 a1616b 9800')
    expect(message).toMatchObject({ type: 48, request: 7814135, options: { _abcd: true }, procedure: 'a.b' })
    expect(hex(message.payload === undefined ? octets('') : rawIn(message.payload, cbor))).toBe('821b000000000000000143010203a1616b9800')
    expect(message.payload?.items).toEqual([[1, new Uint8Array([1, 2, 3])], { k: [] }])
  })

  it('is read with indefinite lengths everywhere [BP-SER-05]', () => {
    const message = decodeCall('9f 1830 01 bf 645f616263 9f 01 ff ff 7f 61 61 62 2e62 ff 9f 7fff 5f 41 01 ff ff bf 61 6b bf ff ff ff')
    expect(message).toMatchObject({ type: 48, request: 1, options: { _abc: [1] }, procedure: 'a.b' })
    expect(message.payload?.items).toEqual([['', new Uint8Array([1])], { k: {} }])
    expect(decodeCall('9f 1830 01 a0 63612e62 ff').payload).toBe(undefined)
    expect(decodeCall('9f 1830 01 a0 63612e62 80 ff').payload?.count).toBe(1)
  })

  it('may begin with the tag that says that it is CBOR [BP-SER-05]', () => {
    expect(decodeCall(`d9d9f7 ${HEAD5} 80`).payload?.items).toEqual([[]])
    expectRefusal(`d9d9f7 d9d9f7 ${HEAD5} 80`)
    expectRefusal('d9d9f7')
  })

  it('is written with shortest and definite lengths, ids as integers, and its payload as it came [BP-SER-05 BP-SER-09 BP-MSG-34]', () => {
    const { payload } = decodeCall(`${HEAD5} 9f 1b0000000000000001 ff`)
    expect(hex(cbor.encode({ type: 68, request: 300, registration: 9007199254740992, details: { a: 1 }, payload }))).toBe(
      '85184419012c1b0020000000000000a16161019f1b0000000000000001ff',
    )
  })

  it('keeps the presence of empty args and kwargs that the sender chose [BP-MSG-14]', () => {
    for (const message of ['84 1830 01 a0 63612e62', `${HEAD5} 80`, `${HEAD6} 80 a0`, `${HEAD6} 80 a1616101`]) {
      expect(hex(cbor.encode(decodeCall(message)))).toBe(message.replaceAll(' ', ''))
    }
  })

  it('of LARGE_MESSAGE octets or more is an array of its own', () => {
    const large = cbor.encode(call(Payload.fromValues(['x'.repeat(LARGE_MESSAGE - 13)])))
    expect(large.length).toBe(LARGE_MESSAGE)
    expect(large.buffer.byteLength).toBe(LARGE_MESSAGE)
    expect(cbor.encode(call(Payload.fromValues(['x'.repeat(LARGE_MESSAGE - 14)]))).buffer).toBe(cbor.encode(call(undefined)).buffer)
  })
})

describe('the header of a CBOR message', () => {
  it('takes ids of every width, also as floats that are integers, as widespread clients write them', () => {
    const ids: [string, number][] = [
      ['01', 1],
      ['1801', 1],
      ['190001', 1],
      ['1a00000001', 1],
      ['1b0000000000000001', 1],
      ['1b0020000000000000', 2 ** 53],
      ['fb4340000000000000', 2 ** 53],
      ['fb41f0000000000000', 2 ** 32],
      ['fa40000000', 2],
      ['f94000', 2],
    ]
    for (const [id, value] of ids) expect(decodeCall(`84 1830 ${id} a0 63612e62`).request).toBe(value)
  })

  it('counts null and undefined members as absent', () => {
    expect(decodeCall('84 1830 01 a3 6774696d656f7574 f6 645f616263 a1 6161 f7 645f616264 f7 63612e62').options).toEqual({ _abc: {} })
  })

  it('takes byte arrays, tagged or not', () => {
    expect(decodeCall('84 1830 01 a2 645f616263 4101 645f616264 d8404102 63612e62').options).toEqual({
      _abc: new Uint8Array([1]),
      _abd: new Uint8Array([2]),
    })
  })

  it.each([
    ['a float with a fraction as id', '84 1830 fb3ff8000000000000 a0 63612e62'],
    ['an id beyond 2^53', '84 1830 1b0020000000000001 a0 63612e62'],
    ['an id of 0', '84 1830 00 a0 63612e62'],
    ['a negative id', '84 1830 20 a0 63612e62'],
    ['a repeated key [BP-MSG-03]', '84 1830 01 a2 645f616263 01 645f616263 01 63612e62'],
    ['a key that is no string [BP-MSG-03]', '84 1830 01 a1 01 01 63612e62'],
    ['a tag', '84 1830 01 a1 645f616263 c11a00000000 63612e62'],
    ['a simple value', '84 1830 01 a1 645f616263 e0 63612e62'],
    ['NaN', '84 1830 01 a1 645f616263 f97e00 63612e62'],
    ['an integer below 64 bits', '84 1830 01 a1 645f616263 3bffffffffffffffff 63612e62'],
    ['a byte array as URI [BP-MSG-07]', '84 1830 01 a0 43612e62'],
    ['a URI that begins with U+0000', '84 1830 01 a0 6400612e62'],
    ['undefined as options [BP-MSG-07]', '84 1830 01 f7 63612e62'],
    ['too few elements', '83 1830 01 a0'],
    ['too many elements', '84 1821 01 02 03'],
    ['three elements of payload', '87 1830 01 a0 63612e62 80 a0 80'],
    ['a third element of payload, without a count', '9f 1830 01 a0 63612e62 80 a0 80 ff'],
    ['args that are no list [BP-MSG-07]', `${HEAD5} a0`],
    ['args that are a byte array', `${HEAD5} 4101`],
    ['args with a tag', `${HEAD5} c180`],
    ['kwargs that are no dict [BP-MSG-07]', `${HEAD6} 80 80`],
    ['kwargs with a key that is no string [BP-MSG-03]', `${HEAD6} 80 a1 01 01`],
    ['kwargs with a byte array as key [BP-MSG-03]', `${HEAD6} 80 a1 4161 01`],
  ])('refuses %s [BP-PERR-17]', (_, message) => {
    expectRefusal(message)
  })

  it.each(['80', '9fff', 'a0', 'f6', '1830', '60', '81 1903e7', '81 623438', '81 f95200', '81 20', '81 1bffffffffffffffff', '81 80', ''])(
    'refuses %s as a message [BP-PERR-17 BP-MSG-01]',
    (message) => {
      expectRefusal(message)
    },
  )

  it('takes one byte array in the place of args with the older names of payload passthru', () => {
    const head = '85 1830 01 a1 68656e635f616c676f 6963727970746f626f78 63612e62'
    for (const bytes of ['43010203', 'd84043010203', '5f 4101 420203 ff']) {
      const message = decodeCall(`${head} ${bytes}`)
      expect(message.payload?.items).toEqual([new Uint8Array([1, 2, 3])])
      expect(hex(cbor.encode(message))).toBe(`${head} ${bytes}`.replaceAll(' ', ''))
    }
    expectRefusal(`${head} 63010203`)
    expectRefusal(`${head} c243010203`)
    expectRefusal(`${head.replace('85', '86')} 43010203 a0`)
  })
})

describe('the payload of a CBOR message', () => {
  it('is refused where a length is announced that is not there [BP-PERR-18]', () => {
    const giants = [
      '58ff',
      '59ffff',
      '5affffffff',
      '5bffffffffffffffff',
      '78ff',
      '7bffffffffffffffff',
      '98ff',
      '99ffff',
      '9affffffff',
      '9b8000000000000000',
      '9bffffffffffffffff',
      'b8ff',
      'baffffffff',
      'bb7fffffffffffffff',
      'bbffffffffffffffff',
      '8f',
      'af',
      '6f',
    ]
    for (const giant of giants) {
      expectRefusal(giant)
      expectRefusal(`${HEAD5} 81 ${giant}`)
      expectRefusal(`${HEAD5} ${giant}`)
      expectRefusal(`${HEAD6} 80 ${giant}`)
      expectRefusal(`84 1830 01 ${giant}`)
      expectRefusal(`84 1830 01 a0 ${giant}`)
      expectRefusal(`84 1830 01 a1 ${giant}`)
      expectRefusal(`84 1830 01 a1 6161 ${giant}`)
    }
  })

  it.each([
    ['additional information 28', '1c'],
    ['29', '3d'],
    ['30', '5e'],
    ['30 in a list', '9e'],
    ['28 of a tag', 'dc'],
    ['28 of a simple value', 'fc'],
    ['an integer of indefinite length', '1f'],
    ['a negative one', '3f'],
    ['a tag of indefinite length', 'df'],
    ['a break without a beginning', 'ff'],
    ['a break after a key', 'bf 6161 ff'],
    ['a break as a member of a definite list', '81 ff'],
    ['a break as what a tag holds', 'c1 ff'],
    ['a simple value below 32 in two octets', 'f81f'],
    ['true in two octets', 'f815'],
    ['chunks of another type', '7f 4161 ff'],
    ['chunks of other text', '5f 6161 ff'],
    ['chunks of indefinite length', '7f 7f 6161 ff ff'],
    ['a number among chunks', '5f 01 ff'],
    ['chunks that do not end', '5f 4101'],
    ['a list that does not end', '9f 01'],
    ['a dict that does not end', 'bf 6161 01'],
    ['a tag of nothing', 'c1'],
    ['a character split over chunks', '7f 61c3 61a9 ff'],
    ['a float cut short', 'fb00000000000000'],
    ['a half float cut short', 'f900'],
    ['an integer cut short', '1b00000000000000'],
  ])('is refused with %s [BP-PERR-18 BP-SER-05]', (_, value) => {
    expectRefusal(`${HEAD5} 81 ${value}`)
    expectRefusal(`${HEAD6} 80 a1 6161 ${value}`)
    expectRefusal(`84 1830 01 a1 6161 ${value} 63612e62`)
  })

  it('is refused with octets after it [BP-PERR-18]', () => {
    expectRefusal(`${HEAD5} 80 00`)
    expectRefusal(`9f 1830 01 a0 63612e62 ff ff`)
  })

  it('is refused with text that is not UTF-8, in a short string, a long one and a key [BP-PERR-18 BP-SER-05]', () => {
    for (const bad of ['80', 'c080', 'eda080', 'f4908080', 'ff']) {
      const length = bad.length / 2
      expectRefusal(`${HEAD5} 81 6${length}${bad}`)
      expectRefusal(`${HEAD5} 81 78${(100 + length).toString(16)}${'61'.repeat(100)}${bad}`)
      expectRefusal(`${HEAD6} 80 a1 6${length}${bad} f6`)
      expectRefusal(`84 1830 01 a1 6${length}${bad} 01 63612e62`)
      expectRefusal(`84 1830 01 a0 6${length}${bad}`)
    }
  })

  it('is nested as deep as the limit, and not deeper; a tag is a level, too [BP-PERR-18]', () => {
    for (const [one, end] of [
      ['81', '80'],
      ['9f', `80`],
      ['a16161', '80'],
      ['c1', '80'],
    ] as const) {
      const closed = (depth: number): string => `${HEAD5} 81 ${one.repeat(depth)}${end}${one === '9f' ? 'ff'.repeat(depth) : ''}`
      expect(cbor.decode(octets(closed(61)))).toMatchObject({ type: 48 })
      expectRefusal(closed(62))
      expectRefusal(closed(100_000))
    }
    expectRefusal(`84 1830 01 ${'a16161'.repeat(63)}a0 63612e62`)
    expectRefusal(`84 1830 01 ${'a16161'.repeat(100_000)}`)
    expectRefusal('81'.repeat(100_000))
    expectRefusal('9f'.repeat(100_000))
  })

  it('passes with tags, simple values, keys of any kind and repeated keys, as it came [BP-SER-09]', () => {
    for (const value of [
      'c11a00000000',
      'c249010000000000000000',
      'd81c80',
      'd81d00',
      'd9ffff00',
      'daffffffff00',
      'dbffffffffffffffff00',
      'e0',
      'f3',
      'f820',
      'f8ff',
      'a201f6f401',
      'a26161f66161f4',
      'a180f6',
      'a1a0f6',
      'f97e00',
    ]) {
      const message = octets(`${HEAD5} 81 ${value}`)
      expect(hex(cbor.encode(cbor.decode(message)))).toBe(hex(message))
    }
  })

  it('gives values exactly [BP-SER-07]', () => {
    expect(
      decodeArgs(
        '8a 1b0020000000000001 3b0020000000000000 3b001fffffffffffff 1bffffffffffffffff 3bffffffffffffffff 20 3863 397fff 3a7fffffff fb8000000000000000',
      ),
    ).toEqual([
      9007199254740993n,
      -9007199254740993n,
      -9007199254740992,
      18446744073709551615n,
      -18446744073709551616n,
      -1,
      -100,
      -32768,
      -2147483648,
      -0,
    ])
    expect(decodeArgs('8c f90000 f98000 f93c00 f97bff f90001 f90400 f97c00 f9fc00 f97e00 f9c400 fa47c35000 fa7f800000')).toEqual([
      0,
      -0,
      1,
      65504,
      2 ** -24,
      2 ** -14,
      Infinity,
      -Infinity,
      NaN,
      -4,
      100000,
      Infinity,
    ])
    expect(decodeArgs('87 f6 f7 f4 f5 7803616263 d84041ff 60')).toEqual([null, null, false, true, 'abc', new Uint8Array([255]), ''])
  })

  it('gives dicts whose members are their own, integer keys as names [BP-SER-07]', () => {
    const [dict] = decodeArgs('81 a4 695f5f70726f746f5f5f a1617801 01 63626967 20 02 7f6161ff 03') as [Record<string, unknown>]
    expect(Object.keys(dict)).toEqual(['1', '__proto__', '-1', 'a'])
    expect(dict['x']).toBe(undefined)
  })

  it('cannot be given as values where JavaScript has none, and no tag is acted upon', () => {
    for (const value of ['c11a00000000', 'c24101', 'd84080', 'd8406161', 'd81c8100', 'f0', 'f8ff', 'a1f600', 'a18000', 'a1c10000']) {
      expect(() => decodeArgs(`81 ${value}`)).toThrow(PayloadError)
    }
  })
})

describe('values as CBOR', () => {
  const written: [unknown, string][] = [
    [0, '00'],
    [23, '17'],
    [24, '1818'],
    [255, '18ff'],
    [256, '190100'],
    [65536, '1a00010000'],
    [2 ** 32 - 1, '1affffffff'],
    [2 ** 32, '1b0000000100000000'],
    [2 ** 53, '1b0020000000000000'],
    [-1, '20'],
    [-24, '37'],
    [-25, '3818'],
    [-256, '38ff'],
    [-257, '390100'],
    [-(2 ** 32), '3affffffff'],
    [-(2 ** 32) - 1, '3b0000000100000000'],
    [-(2 ** 53), '3b001fffffffffffff'],
    [1.5, 'fb3ff8000000000000'],
    [-0, 'fb8000000000000000'],
    [Infinity, 'fb7ff0000000000000'],
    [2n ** 64n - 1n, '1bffffffffffffffff'],
    [-(2n ** 63n), '3b7fffffffffffffff'],
    [null, 'f6'],
    [undefined, 'f6'],
    [false, 'f4'],
    [true, 'f5'],
    ['', '60'],
    ['é', '62c3a9'],
    ['a'.repeat(24), `7818${'61'.repeat(24)}`],
    [new Uint8Array([1]), '4101'],
    [new ArrayBuffer(2), '420000'],
    [[], '80'],
    [{}, 'a0'],
    [{ b: 1, a: undefined, aa: [2] }, 'a26162016261618102'],
  ]
  it.each(written.map(([value, expected]) => ({ value, expected })))('are written as $expected [BP-SER-05]', ({ value, expected }) => {
    expect(encodeArgs(value)).toBe(`81${expected}`)
  })

  it('are written with the lengths that they need [BP-SER-05]', () => {
    expect(encodeArgs(new Uint8Array(65536)).slice(0, 12)).toBe('815a00010000')
    expect(encodeArgs(Array(300).fill(0)).slice(0, 8)).toBe('8199012c')
  })

  it.each<[string, unknown]>([
    ['an integer beyond 64 bits', 2n ** 64n],
    ['a function', () => 1],
    ['a lone surrogate', 'a\ud800'],
  ])('refuses %s, leaving the serializer as it was [BP-PERR-18]', (_, value) => {
    expect(() => encodeArgs('before', value)).toThrow(PayloadError)
    expect(encodeArgs(1)).toBe('8101')
  })
})
