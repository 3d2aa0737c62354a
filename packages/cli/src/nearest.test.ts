// Shows which name a mistyped one is taken for.

import { describe, expect, it } from 'vitest'
import { didYouMean, nearest } from './nearest.ts'

const NAMES = ['listeners', 'realms', 'limits']

describe('nearest', () => {
  it('finds the name meant in spite of a letter missing, added, changed or swapped', () => {
    expect(['listners', 'realmss', 'lemits', 'ralems', 'Realms'].map((name) => nearest(name, NAMES))).toEqual([
      'listeners',
      'realms',
      'limits',
      'realms',
      'realms',
    ])
  })

  it('finds none when nothing is near', () => {
    expect(nearest('cluster', NAMES)).toBeUndefined()
    expect(didYouMean('cluster', NAMES)).toBe('')
  })

  it('asks in words', () => {
    expect(didYouMean('realm', NAMES)).toBe("; did you mean 'realms'?")
  })
})
