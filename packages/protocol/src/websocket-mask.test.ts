// Masking against the definition of RFC 6455, at every alignment.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { applyMask } from './websocket-mask.ts'

describe('applyMask', () => {
  it('turns each octet by the key octet of its place, and touches nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 700 }), fc.nat(7), fc.nat(7), (data, offset, margin) => {
        const bytes = new Uint8Array(offset + data.length + margin).fill(0x55)
        const window = bytes.subarray(offset)
        window.set(data)
        const expected = data.map((octet, i) => (i < 4 ? octet : octet ^ (data[i % 4] ?? 0)))
        applyMask(window, 4, data.length, 0)
        expect(window.slice(0, data.length)).toEqual(expected)
        expect(window.slice(data.length)).toEqual(new Uint8Array(margin).fill(0x55))
      }),
      { numRuns: 500 },
    )
  })
})
