// Numbers of JSON text: whatever way they are read, they are what the runtime makes of the same text.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PayloadError } from '../payload.ts'
import { universalText } from '../text.ts'
import { JsonNumbers } from './json-numbers.ts'

const numbers = new JsonNumbers(universalText)
/** The number in the midst of other text, and whether it is a float. */
const read = (text: string, before = '[é,', after = ',é]'): [number | bigint, boolean] => {
  const [head, digits, tail] = [before, text, after].map((each) => new TextEncoder().encode(each)) as [Uint8Array, Uint8Array, Uint8Array]
  numbers.release()
  const value = numbers.read(Uint8Array.of(...head, ...digits, ...tail), head.length, head.length + digits.length)
  return [value, numbers.isFloat]
}

const digits = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...Array.from('0123456789')), minLength: 1, maxLength })
const sign = fc.constantFrom('', '-')
const whole = (maxLength: number): fc.Arbitrary<string> => digits(maxLength).map((text) => text.replace(/^0+(?=.)/, ''))

describe('a number of JSON', () => {
  it('is a float as Number reads it', () => {
    const fraction = fc.oneof(
      fc.constant(''),
      digits(30).map((text) => `.${text}`),
    )
    const exponent = fc
      .tuple(fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), fc.oneof(digits(1), digits(2), digits(3), digits(12)))
      .map((parts) => parts.join(''))
    const float = fc.tuple(sign, whole(25), fraction, exponent).map((parts) => parts.join(''))
    fc.assert(
      fc.property(float, (text) => {
        expect(read(text)).toEqual([Number(text), true])
      }),
      { numRuns: 3000 },
    )
  })

  it('is an exact integer: a number up to 2^53, beyond a bigint', () => {
    fc.assert(
      fc.property(sign, whole(30), (minus, text) => {
        const exact = BigInt(minus + text)
        const isSafe = exact <= 2n ** 53n && exact >= -(2n ** 53n)
        expect(read(minus + text)).toEqual([isSafe ? Number(exact) : exact, false])
      }),
      { numRuns: 3000 },
    )
  })

  it.each<[string, number | bigint]>([
    ['-0', 0],
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992],
    ['9007199254740993', 9007199254740993n],
    ['-9007199254740993', -9007199254740993n],
    ['18446744073709551615', 2n ** 64n - 1n],
    ['18446744073709551616', 2n ** 64n],
    ['99999999999999999999', 99999999999999999999n],
    ['-18446744073709551616', -(2n ** 64n)],
    ['1'.repeat(154), BigInt('1'.repeat(154))],
  ])('%s is the integer %s', (text, expected) => {
    expect(read(text)).toEqual([expected, false])
  })

  it.each([
    '-0.0',
    '0e999',
    '1e23',
    '1e22',
    '9007199254740993.0',
    '123456789012345678e-22',
    '1e-400',
    '-1e400',
    '5e-324',
    `0.${'3'.repeat(2000)}`,
  ])('%s is the float that Number makes of it', (text) => {
    expect(read(text)).toEqual([Number(text), true])
  })

  it('of more than 154 digits is refused when it is an integer', () => {
    expect(() => read('1'.repeat(155))).toThrow(PayloadError)
  })

  it('is read anew, though the same octets held others before', () => {
    const bytes = new TextEncoder().encode('1e300,1e300')
    numbers.release()
    expect(numbers.read(bytes, 0, 5)).toBe(1e300)
    expect(numbers.read(bytes, 6, 11)).toBe(1e300)
    bytes.set(new TextEncoder().encode('2e299'), 6)
    numbers.release()
    expect(numbers.read(bytes, 6, 11)).toBe(2e299)
  })
})
