// The growing copy: what it holds, and that it never runs ahead of what came.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { PartialFrame } from './partial-frame.ts'

describe('PartialFrame', () => {
  it('holds what was appended, in order, whatever the pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (pieces) => {
        const partial = new PartialFrame()
        for (const piece of pieces) partial.append(piece, 0, piece.length, 100_000)
        expect([...partial.bytes]).toEqual(pieces.flatMap((piece) => [...piece]))
      }),
    )
  })

  it('takes no more than the target asks for and says how much', () => {
    const partial = new PartialFrame()
    expect(partial.fill(4, Uint8Array.of(1, 2, 3), 1, 3)).toBe(2)
    expect(partial.fill(4, Uint8Array.of(4, 5, 6, 7), 0, 4)).toBe(2)
    expect(partial.fill(4, Uint8Array.of(8), 0, 1)).toBe(0)
    expect([...partial.bytes]).toEqual([2, 3, 4, 5])
  })

  it('allocates at most twice what arrived, however much was announced', () => {
    const partial = new PartialFrame()
    for (let arrived = 1; arrived <= 5_000; arrived++) {
      partial.fill(2 ** 24, Uint8Array.of(0), 0, 1)
      expect(partial.bytes.buffer.byteLength).toBeLessThanOrEqual(Math.max(64, 2 * arrived))
    }
  })
})
