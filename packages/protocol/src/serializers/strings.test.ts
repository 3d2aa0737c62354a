// What is UTF-8: short ranges are looked at here, and come out as the runtime judges them.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { universalText } from '../text.ts'
import { isUtf8 } from './strings.ts'

const expectSame = (...octets: number[]): void => {
  const bytes = Uint8Array.of(0xc3, ...octets, 0xa9)
  const end = bytes.length - 1
  expect([octets, isUtf8(universalText, bytes, 1, end)]).toEqual([octets, universalText.isUtf8(bytes, 1, end)])
}

describe('a short range of octets', () => {
  it('is UTF-8 or not as the runtime has it: each pair of octets', () => {
    for (let first = 0x7e; first < 0x100; first++) for (let second = 0x7e; second < 0x100; second++) expectSame(first, second)
  })

  it('is UTF-8 or not as the runtime has it: at the borders of each octet', () => {
    const firsts = [0x7f, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff]
    const others = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff]
    for (const first of firsts) {
      for (const second of others) {
        for (const third of others) {
          expectSame(first, second, third)
          for (const fourth of others) expectSame(first, second, third, fourth)
        }
      }
    }
  })

  it('is UTF-8 or not as the runtime has it: any text, damaged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 12 }), fc.nat(), fc.nat(255), (text, place, octet) => {
        const bytes = new TextEncoder().encode(text)
        expectSame(...bytes)
        if (bytes.length > 0) expectSame(...bytes.with(place % bytes.length, octet))
      }),
      { numRuns: 2000 },
    )
  })
})
