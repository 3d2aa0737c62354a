// Base64 in place: what Node makes of it, or nothing at all.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readBase64, writeBase64 } from './base64.ts'
import { Output } from './output.ts'

const ascii = (text: string): Uint8Array => Uint8Array.from(Buffer.from(`"${text}"`, 'latin1'))
/** The octets of a text that stands between others; undefined where it is no Base64. */
const read = (text: string): Uint8Array | undefined => {
  const bytes = ascii(text)
  const end = readBase64(bytes, 1, bytes.length - 1)
  if (end >= 0) return bytes.slice(1, end)
  expect(bytes).toEqual(ascii(text))
  return undefined
}

describe('Base64', () => {
  it('is written as Node writes it, and comes back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (octets) => {
        const out = new Output()
        writeBase64(out, octets, 0, octets.length)
        const text = Buffer.from(out.view()).toString('latin1')
        expect(text).toBe(Buffer.from(octets).toString('base64'))
        expect(read(text)).toEqual(octets)
      }),
      { numRuns: 500 },
    )
  })

  it.each(['A', 'AA', 'AAA', 'A===', '====', 'AA=A', '=AAA', 'AAA-', 'AAA_', 'AA\u0080A', 'AAÿ=', 'AAAA\n', 'AAAAA', 'AQ==AQ==', ' AAA'])(
    'is not what %j is, and nothing of it changes',
    (text) => {
      expect(read(text)).toBeUndefined()
    },
  )
})
