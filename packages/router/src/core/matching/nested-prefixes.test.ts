// Compares the prefixes of a session with a count of all, for drawn sets of them.

import { describe, expect, it, vi } from 'vitest'
import { MOST_NESTED, NestedPrefixes } from './nested-prefixes.ts'

/** How many of some texts at most are prefixes of one of them. */
function deepest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => texts.filter((each) => text.startsWith(each)).length))
}

describe('the prefixes of a session', () => {
  it.each([1, 2, 3, 4])('may be added while no topic matches more than 32, in any order, also after others were removed (%i)', (seed) => {
    const held = new Set<string>()
    const nested = new NestedPrefixes([])
    let state = seed
    const below = (most: number): number => (state = (state * 48_271) % 2_147_483_647) % most
    let refused = 0
    for (let i = 0; i < 800; i++) {
      const text = 'x'.repeat(below(44)) + ['', '', '', 'a', 'ab', 'y'][below(6)]
      if (held.has(text)) {
        if (below(4) > 0) continue
        nested.delete(text)
        held.delete(text)
        continue
      }
      const mayAdd = nested.mayAdd(text)
      expect([text, mayAdd]).toEqual([text, deepest([...held, text]) <= MOST_NESTED])
      if (!mayAdd) refused++
      else {
        nested.add(text)
        held.add(text)
      }
    }
    expect(refused).toBeGreaterThan(10)
  })

  it('are compared with few others, however many are held', () => {
    const head = 'com.example.x'
    const nested = new NestedPrefixes(Array.from({ length: 4_000 }, (_, i) => `${head}${i}`))
    const looks = vi.spyOn(String.prototype, 'startsWith')
    const mayAdd = nested.mayAdd(head)
    const looked = looks.mock.calls.length
    looks.mockRestore()
    expect([mayAdd, looked < 40]).toEqual([true, true])
  })
})
