// Shows the range of ids and the counters.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { idFromBits, isId, MAX_ID, nextId } from './ids.ts'

describe('ids', () => {
  it('are the integers from 1 to 2^53 [BP-ID-01]', () => {
    expect([1, 2, 2 ** 32, 2 ** 53 - 1, 2 ** 53].every(isId)).toBe(true)
    expect([0, -0, -1, 1.5, 2 ** 53 + 2, NaN, Infinity, '1', 1n, null, undefined, true, {}, [1]].some(isId)).toBe(false)
  })

  it('of a counter begin with 1, grow by 1 and start again after 2^53 [BP-ID-06 BP-ID-07]', () => {
    expect([0, 1, 2, MAX_ID - 1, MAX_ID].map(nextId)).toEqual([1, 2, 3, 2 ** 53, 1])
  })

  it('made of random bits reach both ends of the range, and each is made by one pattern of bits [BP-ID-02 BP-ID-03]', () => {
    expect(idFromBits(0, 1)).toBe(1)
    expect(idFromBits(0x1f_ffff, 0xffff_ffff)).toBe(2 ** 53 - 1)
    expect(idFromBits(0xffff_ffff, -1)).toBe(2 ** 53 - 1)
    expect(idFromBits(0, 0)).toBe(undefined)
    expect(idFromBits(0x20_0000, 0)).toBe(undefined)
    fc.assert(
      fc.property(fc.nat(0x1f_ffff), fc.nat(0xffff_ffff), (high, low) => {
        const id = idFromBits(high, low)
        expect(id === undefined ? 0n : BigInt(id)).toBe((BigInt(high) << 32n) | BigInt(low))
      }),
    )
  })
})
