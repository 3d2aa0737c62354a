// Shows how values of JavaScript are written as JSON.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UsageError } from '../errors.ts'
import type { CallMessage } from '../messages.ts'
import { EMPTY_DICT } from '../messages.ts'
import { Payload, PayloadError } from '../payload.ts'
import { createConverter } from './convert.ts'
import { createJsonSerializer } from './json.ts'

const json = createJsonSerializer()
const convert = createConverter()
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
const call = (payload: Payload | undefined): CallMessage => ({ type: 48, request: 1, options: EMPTY_DICT, procedure: 'a.b', payload })
const encodeArgs = (...args: unknown[]): string => text(json.encode(call(Payload.fromItems([args])))).slice('[48,1,{},"a.b",'.length, -1)

describe('values as JSON', () => {
  const written: [unknown, string][] = [
    [0, '0'],
    [-1, '-1'],
    [99999999, '99999999'],
    [100000000, '100000000'],
    [1000000001, '1000000001'],
    [2 ** 32, '4294967296'],
    [2 ** 53, '9007199254740992'],
    [-(2 ** 53), '-9007199254740992'],
    [1.5, '1.5'],
    [-0, '-0.0'],
    [1e21, '1e+21'],
    [2 ** 60, '1152921504606847000.0'],
    [5e-324, '5e-324'],
    [2n ** 64n - 1n, '18446744073709551615'],
    [-(2n ** 63n), '-9223372036854775808'],
    [true, 'true'],
    [null, 'null'],
    [undefined, 'null'],
    ['', '""'],
    ['a"b\\c\n\u0001\u007f', '"a\\"b\\\\c\\n\\u0001\u007f"'],
    ['é😀\u2028', '"é😀\u2028"'],
    [new Uint8Array([255, 0]), '"\\u0000/wA="'],
    [new Uint8Array(0), '"\\u0000"'],
    [new Uint8Array([1, 2, 3]).buffer, '"\\u0000AQID"'],
    [Buffer.from('abc'), '"\\u0000YWJj"'],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
    [{ a: undefined, b: [undefined] }, '{"b":[null]}'],
    [new Map([['k', 1]]), '{"k":1}'],
    [{ toJSON: () => ({ x: 1 }) }, '{"x":1}'],
    [{ toJSON: () => undefined }, 'null'],
    [[[], {}], '[[],{}]'],
  ]
  const isOctets = ([, expected]: readonly [unknown, string]): boolean => expected.includes('u0000')

  it.each(written.filter((each) => !isOctets(each)))('%o is written as %s', (value, expected) => {
    expect(encodeArgs(value)).toBe(`[${expected}]`)
  })

  it.each(written.filter(isOctets))('octets %o are written as %s: U+0000 and Base64 [AP-BJS-01 BP-SER-08]', (value, expected) => {
    expect(encodeArgs(value)).toBe(`[${expected}]`)
  })

  it('writes strings just as JSON.stringify does', () => {
    for (let c = 1; c < 0xd800; c += c < 300 ? 1 : 97) {
      const short = `${String.fromCharCode(c)}x`
      const long = `${'y'.repeat(80)}${short}`
      expect(encodeArgs(short, long)).toBe(JSON.stringify([short, long]))
    }
    const pairs = '😀'.repeat(20_000)
    expect(encodeArgs(`x${pairs}`) === JSON.stringify([`x${pairs}`])).toBe(true)
  })

  it('writes floats just as String does, in as few digits', () => {
    const decimal = fc
      .tuple(fc.integer({ min: -(10 ** 15), max: 10 ** 15 }), fc.integer({ min: 0, max: 22 }))
      .map(([units, places]) => units / 10 ** places)
    const half = fc.tuple(fc.nat(2047), fc.integer({ min: -24, max: 5 })).map(([mantissa, power]) => mantissa * 2 ** power)
    const single = fc.float({ noNaN: true, noDefaultInfinity: true })
    const double = fc.double({ noNaN: true, noDefaultInfinity: true })
    fc.assert(
      fc.property(fc.oneof(decimal, half, single, double), (value) => {
        // A float that is an integer up to 2^53 is written as one where it comes from JavaScript; not where it comes from other octets.
        const octets = new Uint8Array(10)
        octets.set([0x81, 0xfb])
        new DataView(octets.buffer).setFloat64(2, value)
        const expected = Object.is(value, -0) ? '-0' : String(value)
        expect(text(convert('cbor', 'json', octets, 1))).toBe(`[${/[.e]/.test(expected) ? expected : `${expected}.0`}]`)
      }),
      { numRuns: 5000 },
    )
  })

  const cycle: unknown[] = []
  cycle.push([cycle, cycle])
  let deep: unknown = 1
  for (let i = 0; i < 100_000; i++) deep = [deep]
  it.each<[string, unknown]>([
    ['NaN', NaN],
    ['an infinite number', -Infinity],
    ['an integer beyond 64 bits', 2n ** 64n],
    ['one below', -(2n ** 63n) - 1n],
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a function as member', { f: () => 1 }],
    ['a lone surrogate', 'a\ud800'],
    ['one in a long string', 'a'.repeat(100) + '\udc00'],
    ['one in a key', { '\ud800': 1 }],
    ['a string that begins with U+0000 [AP-BJS-05]', '\u0000AQID'],
    ['a cycle', cycle],
    ['deep nesting', deep],
    ['a Set', new Set([1])],
    ['floats as typed array', new Float64Array(2)],
    ['a Map with other keys', new Map([[1, 2]])],
  ])('refuses %s, leaving the serializer as it was [BP-PERR-18]', (_, value) => {
    expect(() => encodeArgs('before', value)).toThrow(PayloadError)
    expect(encodeArgs('after')).toBe('["after"]')
  })

  it('are nested as deep as a message may be, and not deeper [BP-PERR-18]', () => {
    const nested = (depth: number, around: (value: unknown) => unknown): unknown =>
      Array.from({ length: depth }).reduce<unknown>((value) => around(value), 1)
    for (const around of [
      (value: unknown) => [value],
      (value: unknown) => ({ a: value }),
      (value: unknown) => new Map([['a', value]]),
      (value: unknown) => ({ toJSON: () => [value] }),
    ]) {
      const encoded = json.encode(call(Payload.fromItems([[nested(62, around)]])))
      expect(json.decode(encoded)).toMatchObject({ type: 48 })
      expect(() => encodeArgs(nested(63, around))).toThrow(PayloadError)
    }
  })

  it('lets the same value stand twice', () => {
    const shared = { a: [1] }
    expect(encodeArgs(shared, [shared])).toBe('[{"a":[1]},[{"a":[1]}]]')
  })

  it('takes options that cannot be sent as the fault of the caller', () => {
    expect(() => json.encode({ type: 32, request: 1, options: { _a: NaN }, topic: 'a.b' })).toThrow(UsageError)
    expect(() => json.encode({ type: 32, request: 1, options: {}, topic: 'a.\ud800' })).toThrow(UsageError)
  })

  it('reads one member once, so that a getter cannot change what was counted', () => {
    let reads = 0
    const value = {
      get a() {
        return ++reads
      },
    }
    expect(encodeArgs(value)).toBe('[{"a":1}]')
  })
})
