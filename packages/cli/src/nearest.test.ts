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

  it('allows one difference for each three letters that have begun, and no more', () => {
    expect(['x', 'ax', 'axx'].map((name) => nearest(name, ['a']))).toEqual(['a', 'a', undefined])
    expect(['abcdxx', 'abcxxx'].map((name) => nearest(name, ['abcdef']))).toEqual(['abcdef', undefined])
    expect(['abcdxxx', 'abcxxxx'].map((name) => nearest(name, ['abcdefg']))).toEqual(['abcdefg', undefined])
  })

  it('takes two neighbours that are swapped for one difference, and the first of two that are as near', () => {
    expect([nearest('ba', ['ab']), nearest('bcda', ['abcd'])]).toEqual(['ab', 'abcd'])
    expect([nearest('cat', ['car', 'cab']), nearest('cat', ['dart', 'car', 'cats'])]).toEqual(['car', 'car'])
    expect(nearest('badc', ['abcd'])).toBe('abcd')
  })

  it('finds none when nothing is near', () => {
    expect(nearest('cluster', NAMES)).toBeUndefined()
    expect(didYouMean('cluster', NAMES)).toBe('')
  })

  it('asks in words', () => {
    expect(didYouMean('realm', NAMES)).toBe("; did you mean 'realms'?")
  })
})
