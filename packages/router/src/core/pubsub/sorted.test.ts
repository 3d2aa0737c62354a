// Shows that searching by halves finds what looking at all would find.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { placeOf, SortedNames } from './sorted.ts'

const name = fc.stringMatching(/^[ab.\u{1f600}]{0,6}$/u)

describe('placeOf', () => {
  it('is the number of smaller values', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), fc.integer({ min: -1, max: 21 }), (values, value) => {
        const sorted = values.toSorted((a, b) => a - b)
        expect(placeOf(sorted, value)).toBe(sorted.filter((each) => each < value).length)
      }),
    )
  })
})

describe('SortedNames', () => {
  it('gives those whose names begin with a text, in order', () => {
    fc.assert(
      fc.property(fc.uniqueArray(name), fc.array(name), name, (added, deleted, prefix) => {
        const names = new SortedNames<string>()
        for (const each of added) names.add(each, each)
        for (const each of deleted) names.delete(each)
        const left = added.filter((each) => !deleted.includes(each) && each.startsWith(prefix))
        expect(names.beginningWith(prefix)).toEqual(left.toSorted((a, b) => (a < b ? -1 : 1)))
      }),
    )
  })

  it('deletes many names as it would one after the other', () => {
    fc.assert(
      fc.property(fc.uniqueArray(name), fc.array(name), name, (added, deleted, prefix) => {
        const [one, all] = [new SortedNames<string>(), new SortedNames<string>()]
        for (const each of added) for (const names of [one, all]) names.add(each, each)
        for (const each of deleted) one.delete(each)
        all.deleteAll(new Set(deleted))
        expect(all.beginningWith(prefix)).toEqual(one.beginningWith(prefix))
      }),
    )
  })
})
