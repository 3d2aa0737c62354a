// Shows which entries the match index finds, against literal cases.

import { describe, expect, it } from 'vitest'
import { PatternIndex } from './pattern-index.ts'
import { tableKey } from './table-key.ts'
import type { Row } from '../../testing/pattern-rows.ts'
import { patternsFor, withRows } from '../../testing/pattern-rows.ts'

const indexOf = (...rows: readonly Row[]): PatternIndex<string> => withRows(new PatternIndex(), rows)

describe('PatternIndex as a table', () => {
  it('is empty at first', () => {
    const index = new PatternIndex<string>()
    expect([index.size, index.hasPatterns, index.nodeCount]).toEqual([0, false, 0])
    expect([index.best('a'), index.best(''), index.exact('a'), patternsFor(index, 'a')]).toEqual([undefined, undefined, undefined, []])
  })

  it('has no text of digits as a key, and tells apart what begins with the mark', () => {
    for (const digits of ['0', '65543', '4294967294', '9007199254740991'])
      expect(String(Number(tableKey(digits)))).not.toBe(tableKey(digits))
    const uris = ['1', '#1', '##1', '', '#', '-1', '.1', 'a1']
    const index = indexOf(...uris.flatMap((uri): Row[] => [['exact', uri], ['wildcard', `a.${uri}.`]])) // prettier-ignore
    expect(uris.map((uri) => index.exact(uri))).toEqual(uris.map((uri) => `exact:${uri}`))
    expect(index.best('a.#1.x')).toBe('wildcard:a.#1.')
    expect(index.delete('exact', '#1')).toBe(true)
    expect([index.exact('#1'), index.exact('1')]).toEqual([undefined, 'exact:1'])
  })

  it('keeps one entry for each policy of the same URI [AP-RPC-PAT-14]', () => {
    const index = indexOf(['exact', 'a.b'], ['prefix', 'a.b'], ['wildcard', 'a.b'])
    expect(index.size).toBe(3)
    expect(index.get('exact', 'a.b')).toBe('exact:a.b')
    expect(index.get('prefix', 'a.b')).toBe('prefix:a.b')
    expect(index.get('wildcard', 'a.b')).toBe('wildcard:a.b')
    expect(index.delete('prefix', 'a.b')).toBe(true)
    expect(index.get('prefix', 'a.b')).toBeUndefined()
    expect(index.get('exact', 'a.b')).toBe('exact:a.b')
    expect(patternsFor(index, 'a.b')).toEqual(['wildcard:a.b'])
  })

  it('gets only what is stored under that very pattern, not what matches it', () => {
    const index = indexOf(['prefix', 'a'], ['wildcard', 'a.'])
    expect(index.get('prefix', 'a.b')).toBeUndefined()
    expect(index.get('wildcard', 'a.b')).toBeUndefined()
    expect(index.get('exact', 'a')).toBeUndefined()
  })

  it.each(['exact', 'prefix', 'wildcard'] as const)('replaces an entry stored again under %s', (match) => {
    const index = new PatternIndex<string>()
    index.set(match, 'a', 'old')
    index.set(match, 'b', 'other')
    index.set(match, 'a', 'new')
    expect(index.size).toBe(2)
    expect(index.best('a')).toBe('new')
    expect([...index.entries(match)]).toEqual(['new', 'other'])
  })

  it('lists the entries of one policy in order of insertion', () => {
    const index = indexOf(['prefix', 'z'], ['exact', 'm'], ['prefix', 'a'], ['prefix', ''], ['prefix', 'za'])
    index.delete('prefix', 'z')
    index.set('prefix', 'z', 'again')
    expect([...index.entries('prefix')]).toEqual(['prefix:a', 'prefix:', 'prefix:za', 'again'])
    expect([...index.entries('exact')]).toEqual(['exact:m'])
    expect([...index.entries('wildcard')]).toEqual([])
  })

  it('answers false to a delete of what is not stored, and changes nothing', () => {
    const index = indexOf(['prefix', 'ab'], ['prefix', 'ac'], ['wildcard', 'a..c'])
    const nodes = index.nodeCount
    const absent: readonly Row[] = [
      ['prefix', 'a'],
      ['prefix', 'abc'],
      ['prefix', ''],
      ['wildcard', 'a..'],
      ['wildcard', 'a.b.c'],
      ['exact', 'ab'],
    ]
    for (const [match, uri] of absent) expect(index.delete(match, uri)).toBe(false)
    expect([index.size, index.nodeCount]).toEqual([3, nodes])
  })

  it('takes names of Object.prototype as URIs like any other', () => {
    const index = indexOf(['exact', '__proto__'], ['wildcard', 'constructor.'], ['wildcard', '.toString'])
    expect(index.best('__proto__')).toBe('exact:__proto__')
    expect(index.best('constructor.toString')).toBe('wildcard:constructor.')
    expect([index.exact('toString'), index.best('hasOwnProperty.valueOf')]).toEqual([undefined, undefined])
  })

  it('says whether there are patterns', () => {
    const index = indexOf(['exact', 'a'])
    expect(index.hasPatterns).toBe(false)
    index.set('wildcard', '', 'w')
    expect(index.hasPatterns).toBe(true)
    index.set('prefix', '', 'p')
    index.delete('wildcard', '')
    expect(index.hasPatterns).toBe(true)
    index.delete('prefix', '')
    expect(index.hasPatterns).toBe(false)
  })
})

describe('PatternIndex with prefixes', () => {
  it('matches a prefix of the string, not of the components [AP-RPC-PAT-03 AP-PS-PAT-03]', () => {
    const index = indexOf(['prefix', 'com.myapp.myobject1'], ['prefix', 'com.myapp.topic.emergency'])
    expect(index.best('com.myapp.myobject1-mysubobject1')).toBe('prefix:com.myapp.myobject1')
    expect(index.best('com.myapp.myobject1.myprocedure1')).toBe('prefix:com.myapp.myobject1')
    expect(index.best('com.myapp.myobject2')).toBeUndefined()
    expect(index.best('com.myapp.myobject')).toBeUndefined()
    expect(patternsFor(index, 'com.myapp.topic.emergency-low')).toEqual(['prefix:com.myapp.topic.emergency'])
    expect(patternsFor(index, 'com.myapp.topic.emergency.category.severe')).toEqual(['prefix:com.myapp.topic.emergency'])
    expect(patternsFor(index, 'com.myapp.topic.emerge')).toEqual([])
  })

  it('matches the prefix itself [AP-RPC-PAT-04 AP-PS-PAT-03]', () => {
    const index = indexOf(['prefix', 'com.myapp'])
    expect(index.best('com.myapp')).toBe('prefix:com.myapp')
    expect(patternsFor(index, 'com.myapp')).toEqual(['prefix:com.myapp'])
  })

  it('keeps to the component border when the prefix ends with a dot', () => {
    const index = indexOf(['prefix', 'com.myapp.'])
    expect(index.best('com.myapp.x')).toBe('prefix:com.myapp.')
    expect([index.best('com.myapp'), index.best('com.myapp2.x')]).toEqual([undefined, undefined])
  })

  it('matches every URI with the empty prefix', () => {
    const index = indexOf(['prefix', ''])
    expect([index.best('a'), index.best('a.b.c'), index.best('€')]).toEqual(['prefix:', 'prefix:', 'prefix:'])
  })

  it('lets the longest prefix win, whatever the order of insertion [AP-RPC-PAT-08]', () => {
    const rows: readonly Row[] = [
      ['prefix', 'a1.b2.c3'],
      ['prefix', 'a1.b2.c3.d4'],
      ['prefix', ''],
      ['prefix', 'a1.b2.c3.d4.e5.f6'],
    ]
    for (const order of [rows, rows.toReversed()]) {
      const index = indexOf(...order)
      expect(index.best('a1.b2.c3.d4.e5')).toBe('prefix:a1.b2.c3.d4')
      expect(index.best('a1.b2.c3.d')).toBe('prefix:a1.b2.c3')
      expect(index.best('a1.b2')).toBe('prefix:')
    }
  })

  it('holds a chain of prefixes as long as the longest URI', () => {
    const longest = 'x'.repeat(1024)
    const index = new PatternIndex<number>()
    for (let length = 0; length <= 1024; length++) index.set('prefix', longest.slice(0, length), length)
    expect(index.best(longest)).toBe(1024)
    expect(index.nodeCount).toBe(1024)
    expect(patternsFor(index, longest)).toEqual(Array.from({ length: 1025 }, (_, length) => length))
    for (let length = 0; length <= 1024; length++) index.delete('prefix', longest.slice(0, length))
    expect(index.nodeCount).toBe(0)
  })
})

describe('PatternIndex with wildcards', () => {
  it('lets an empty component stand for exactly one whole component [AP-RPC-PAT-05 AP-PS-PAT-04]', () => {
    const index = indexOf(['wildcard', 'com.myapp..userevent'])
    expect(index.best('com.myapp.foo.userevent')).toBe('wildcard:com.myapp..userevent')
    expect(patternsFor(index, 'com.myapp.a-b.userevent')).toEqual(['wildcard:com.myapp..userevent'])
    const others = [
      'com.myapp.foo.userevent.bar',
      'com.myapp.userevent',
      'com.myapp.foo.bar.userevent',
      'com.myapp.foo.userevent2',
      'com.myapp2.foo.userevent',
    ]
    for (const uri of others) expect([index.best(uri), patternsFor(index, uri)]).toEqual([undefined, []])
  })

  it('takes wildcards at both ends and alone', () => {
    const index = indexOf(['wildcard', ''], ['wildcard', '.'], ['wildcard', 'a.'], ['wildcard', '.b'])
    expect(patternsFor(index, 'a')).toEqual(['wildcard:'])
    expect(patternsFor(index, 'a.b')).toEqual(['wildcard:a.', 'wildcard:.b', 'wildcard:.'])
    expect(patternsFor(index, 'x.y')).toEqual(['wildcard:.'])
    expect(patternsFor(index, 'a.b.c')).toEqual([])
  })

  it('takes a wildcard pattern without any empty component for itself alone', () => {
    const index = indexOf(['wildcard', 'a.b'])
    expect([index.best('a.b'), index.best('a.c')]).toEqual(['wildcard:a.b', undefined])
  })

  it('lets the literal win at the first component where two differ [AP-RPC-PAT-10]', () => {
    const rows: readonly Row[] = [
      ['wildcard', 'a...d.e'],
      ['wildcard', 'a.b...'],
      ['wildcard', '.b.c.d.e'],
      ['wildcard', 'a.b..d.'],
      ['wildcard', '....'],
    ]
    for (const order of [rows, rows.toReversed()]) {
      const index = indexOf(...order)
      expect(index.best('a.b.c.d.e')).toBe('wildcard:a.b..d.')
      expect(index.best('a.b.c.x.e')).toBe('wildcard:a.b...')
      expect(index.best('a.x.c.d.e')).toBe('wildcard:a...d.e')
      expect(index.best('x.b.c.d.e')).toBe('wildcard:.b.c.d.e')
      expect(index.best('x.x.c.d.e')).toBe('wildcard:....')
    }
  })

  it('goes back to the wildcard when the literal leads nowhere', () => {
    const index = indexOf(['wildcard', 'a.b..x'], ['wildcard', 'a...d'])
    expect(index.best('a.b.c.d')).toBe('wildcard:a...d')
  })
})

describe('PatternIndex with all policies', () => {
  it('chooses exact before the longest prefix before a wildcard [AP-RPC-PAT-07]', () => {
    const index = indexOf(['wildcard', 'a.b.'], ['prefix', 'a'], ['prefix', 'a.b'], ['exact', 'a.b.c'])
    expect(index.best('a.b.c')).toBe('exact:a.b.c')
    index.delete('exact', 'a.b.c')
    expect(index.best('a.b.c')).toBe('prefix:a.b')
    index.delete('prefix', 'a.b')
    expect(index.best('a.b.c')).toBe('prefix:a')
    index.delete('prefix', 'a')
    expect(index.best('a.b.c')).toBe('wildcard:a.b.')
    index.delete('wildcard', 'a.b.')
    expect(index.best('a.b.c')).toBeUndefined()
  })

  it('lets any matching prefix beat every wildcard [AP-RPC-PAT-09]', () => {
    const index = indexOf(['wildcard', 'a.b.c.d.'], ['prefix', ''])
    expect(index.best('a.b.c.d.e')).toBe('prefix:')
  })

  it.each([
    ['a1.b2.c3.d4.e55', 'exact:a1.b2.c3.d4.e55'],
    ['a1.b2.c3.d98.e74', 'prefix:a1.b2.c3'],
    ['a1.b2.c3.d4.e325', 'prefix:a1.b2.c3.d4'],
    ['a1.b2.c55.d4.e5', 'wildcard:a1.b2..d4.e5'],
    ['a1.b2.c33.d4.e5', 'prefix:a1.b2.c3'],
    ['a1.b2.c88.d4.e5.f6.g7', 'wildcard:a1.b2..d4.e5..g7'],
    ['a2.b2.c2.d2.e2', undefined],
  ])('routes %s of the seven registrations to %s [AP-RPC-PAT-07 AP-RPC-PAT-08 AP-RPC-PAT-10]', (call, expected) => {
    const index = indexOf(
      ['exact', 'a1.b2.c3.d4.e55'],
      ['prefix', 'a1.b2.c3'],
      ['prefix', 'a1.b2.c3.d4'],
      ['wildcard', 'a1.b2..d4.e5'],
      ['wildcard', 'a1.b2.c33..e5'],
      ['wildcard', 'a1.b2..d4.e5..g7'],
      ['wildcard', 'a1.b2..d4..f6.g7'],
    )
    expect(index.best(call)).toBe(expected)
  })

  it('prefers the literal third component once no prefix matches [AP-RPC-PAT-10]', () => {
    const index = indexOf(['wildcard', 'a1.b2..d4.e5'], ['wildcard', 'a1.b2.c33..e5'])
    expect(index.best('a1.b2.c33.d4.e5')).toBe('wildcard:a1.b2.c33..e5')
  })

  it('finds one exact and all matching patterns for a publication [AP-PS-PAT-05]', () => {
    const index = indexOf(
      ['wildcard', '..c'],
      ['prefix', 'a.b.c'],
      ['exact', 'a.b.c'],
      ['prefix', 'a.x'],
      ['prefix', ''],
      ['wildcard', 'a..'],
      ['prefix', 'a.'],
      ['wildcard', 'a..x'],
    )
    expect(index.exact('a.b.c')).toBe('exact:a.b.c')
    expect(patternsFor(index, 'a.b.c')).toEqual(['prefix:', 'prefix:a.', 'prefix:a.b.c', 'wildcard:a..', 'wildcard:..c'])
  })
})

describe('PatternIndex when patterns go', () => {
  it('merges the nodes that a deleted prefix had split', () => {
    const index = indexOf(['prefix', 'com.app.alpha'])
    expect(index.nodeCount).toBe(1)
    index.set('prefix', 'com.app.beta', 'b')
    expect(index.nodeCount).toBe(3)
    index.set('prefix', 'com.app.', 'c')
    expect(index.nodeCount).toBe(3)
    index.delete('prefix', 'com.app.beta')
    expect(index.nodeCount).toBe(2)
    index.delete('prefix', 'com.app.')
    expect(index.nodeCount).toBe(1)
    expect([index.best('com.app.alpha1'), index.best('com.app.x')]).toEqual(['prefix:com.app.alpha', undefined])
  })

  it('prunes the branch of a deleted wildcard as far as nobody else needs it', () => {
    const index = indexOf(['wildcard', 'a.b..d'])
    const before = index.nodeCount
    for (const pattern of ['a.b.c.', 'a.b..', 'a..', '', '...']) index.set('wildcard', pattern, pattern)
    for (const pattern of ['', 'a..', 'a.b..', '...', 'a.b.c.']) index.delete('wildcard', pattern)
    expect(index.nodeCount).toBe(before)
    expect(index.best('a.b.x.d')).toBe('wildcard:a.b..d')
  })
})
