// Shows that no answer "every value" about two schemas is refuted by the validator of the router. What is said of each change
// shows contract-changes.test.ts.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareDrawn, noCounts } from '../testing/drawn-comparisons.ts'
import { drawsFrom } from '../testing/drawn-schemas.ts'
import { reasonsAgainst } from './schema-inclusion.ts'

describe('whether every value is one of another schema', () => {
  it.each([true, false])('is never refuted by the validator (keys that are not named count: %s)', (withUndeclared) => {
    const counts = noCounts()
    const one = (seed: number): void => {
      compareDrawn(drawsFrom(seed), withUndeclared, counts)
      expect(counts.wrong).toEqual([])
    }
    fc.assert(fc.property(fc.integer(), one), { numRuns: 70, seed: 7 })
    // Neither answer is rare, and most of the answers "not every" are right.
    expect(counts.every).toBeGreaterThan(30)
    expect(counts.confirmed).toBeGreaterThan(30)
    expect(counts.confirmed).toBeGreaterThan(counts.some / 2)
  })

  it('is not told of schemas that are too large', () => {
    const choices = Array.from({ length: 300 }, (_, i) => ({ properties: { [`a${i}`]: { minimum: i } } }))
    const reasons = reasonsAgainst({ small: { anyOf: choices }, big: { type: 'object' }, newer: 'big' })
    expect(reasons).toEqual([{ path: '', why: 'the schemas are too large to be compared', isUnsure: true }])
  })
})
