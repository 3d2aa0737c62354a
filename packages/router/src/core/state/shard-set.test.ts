// Shows that a set of shards holds what a Set of numbers would.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ShardSet } from './shard-set.ts'

const shards = fc.uniqueArray(fc.integer({ min: 0, max: 1_023 }), { maxLength: 64 })
const held = (set: ShardSet): number[] => Array.from({ length: 1_024 }, (_, shard) => shard).filter((shard) => set.has(shard))
const sorted = (list: Iterable<number>): number[] => [...list].toSorted((a, b) => a - b)

it('has, joins, takes out and compares shards', () => {
  fc.assert(
    fc.property(shards, shards, (some, others) => {
      const [one, other] = [ShardSet.of(some), ShardSet.of(others)]
      expect(held(one)).toEqual(sorted(some))
      expect(one.common(other)).toBe(sorted(some).find((shard) => others.includes(shard)))
      expect(one.equals(other)).toBe(String(sorted(some)) === String(sorted(others)))
      one.addAll(other)
      expect(held(one)).toEqual(sorted(new Set([...some, ...others])))
      one.removeAll(other)
      expect(held(one)).toEqual(sorted(some).filter((shard) => !others.includes(shard)))
    }),
  )
})
