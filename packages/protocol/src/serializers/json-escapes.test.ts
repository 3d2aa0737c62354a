// Escapes of JSON strings: the text is what JSON.parse makes of them, in UTF-8.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readEscaped } from './json-escapes.ts'
import { Output } from './output.ts'

const out = new Output()
/** The text of a string with its quotes; undefined where it holds a lone surrogate. */
const read = (json: string): string | undefined => {
  const bytes = new TextEncoder().encode(json)
  return readEscaped(bytes, 1, bytes.length - 1, out) ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(out.view()) : undefined
}
const byNumber = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`

describe('the escapes of a JSON string', () => {
  it('are read as JSON.parse reads them, but for lone surrogates', () => {
    const piece = fc.oneof(
      fc.constantFrom('\\"', '\\\\', '\\/', '\\b', '\\f', '\\n', '\\r', '\\t', 'a', 'é', '€', '😀', 'u', ' '),
      fc.nat(0xffff).map(byNumber),
      fc.nat(0xffff).map((unit) => byNumber(unit).toUpperCase().replace('U', 'u')),
      fc.integer({ min: 0xd7fe, max: 0xe001 }).map(byNumber),
      fc.nat(0xfffff).map((point) => byNumber(0xd800 + (point >> 10)) + byNumber(0xdc00 + (point & 0x3ff))),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const json = `"${pieces.join('')}"`
        const expected = JSON.parse(json) as string
        expect(read(json)).toBe(/\p{Surrogate}/u.test(expected) ? undefined : expected)
      }),
      { numRuns: 3000 },
    )
  })

  it('are read one by one, each that there is', () => {
    for (let unit = 0; unit < 0x10000; unit += unit < 0x900 || unit > 0xd700 ? 1 : 61) {
      const isSurrogate = unit >= 0xd800 && unit < 0xe000
      expect(read(`"${byNumber(unit)}"`)).toBe(isSurrogate ? undefined : String.fromCharCode(unit))
    }
  })

  it.each(['"\\ud83d"', '"\\ud83dx"', '"\\ud83d\\n"', '"\\ude00\\ud83d"', '"\\ud83d\\ud83d\\ude00"', '"\\ud83d\\u0041"'])(
    'of %s are no UTF-8',
    (json) => {
      expect(read(json)).toBeUndefined()
    },
  )
})
