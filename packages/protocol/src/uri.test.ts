// Shows the URI rules against the regular expressions of the specification.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MatchPolicy, UriRule } from './uri.ts'
import { isOwn, isReserved, isUri, matchPolicy } from './uri.ts'

/** Not whitespace for JavaScript nor for Python, no dot, no number sign. */
const C = String.raw`[^\s\u001c-\u001f\u0085.#]`
const S = '[0-9a-z_]'
const EXPRESSIONS: Record<UriRule, Record<MatchPolicy, RegExp>> = {
  loose: {
    exact: new RegExp(`^(${C}+\\.)*(${C}+)$`),
    prefix: new RegExp(`^(${C}+\\.)*(${C}*)$`),
    wildcard: new RegExp(`^((${C}+\\.)|\\.)*(${C}+)?$`),
  },
  strict: {
    exact: new RegExp(`^(${S}+\\.)*(${S}+)$`),
    prefix: new RegExp(`^(${S}+\\.)*(${S}*)$`),
    wildcard: new RegExp(`^((${S}+\\.)|\\.)*(${S}+)?$`),
  },
}
const MATCHES: readonly MatchPolicy[] = ['exact', 'prefix', 'wildcard']
const RULES: readonly UriRule[] = ['loose', 'strict']

describe('isUri', () => {
  it.each([
    ['com.example.topic', true, true, true],
    ['a', true, true, true],
    ['', false, true, true],
    ['com.', false, true, true],
    ['com..topic', false, false, true],
    ['.com', false, false, true],
    ['.', false, false, true],
    ['..', false, false, true],
    ['com.exa mple', false, false, false],
    ['com.#', false, false, false],
    ['com.a\n', false, false, false],
    ['com.\u00a0', false, false, false],
    ['com.Ünïcode-1.話題', true, true, true],
  ])('judges %j: exact %j, prefix %j, wildcard %j [BP-URI-01 BP-URI-02 BP-URI-03 BP-URI-04 BP-URI-10]', (uri, exact, prefix, wildcard) => {
    expect(MATCHES.map((match) => isUri(uri, match))).toEqual([exact, prefix, wildcard])
  })

  it.each([
    ['com.example.topic_1', true],
    ['com.Example', false],
    ['com.exam-ple', false],
    ['com.ünïcode', false],
    ['com..x', false],
  ])('judges %j by the strict rule: %j [BP-URI-05]', (uri, isValid) => {
    expect(isUri(uri, 'exact', 'strict')).toBe(isValid)
  })

  it('judges patterns by the strict rule [BP-URI-06]', () => {
    expect(isUri('com..x', 'wildcard', 'strict')).toBe(true)
    expect(isUri('com.', 'prefix', 'strict')).toBe(true)
    expect(isUri('com..X', 'wildcard', 'strict')).toBe(false)
    expect(isUri('com.X', 'prefix', 'strict')).toBe(false)
  })

  it('agrees with the regular expressions of the specification on whole strings [BP-URI-02 BP-URI-03 BP-URI-04 BP-URI-05 BP-URI-06 BP-URI-10]', () => {
    const character = fc.constantFrom(
      'a',
      'z',
      '0',
      '_',
      'A',
      '-',
      '.',
      '.',
      '.',
      '#',
      ' ',
      '\n',
      '\t',
      '\u001c',
      '\u0085',
      '\u00a0',
      '\u2028',
      '\ufeff',
      'ü',
      '😀',
    )
    // `unit: 'binary'` would give the same, after a second for the tables of Unicode.
    const anyCharacter = fc
      .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
      .map((code) => String.fromCodePoint(code))
    const uri = fc.oneof(
      fc.array(character, { maxLength: 8 }).map((all) => all.join('')),
      fc.string({ unit: anyCharacter, maxLength: 12 }),
    )
    fc.assert(
      fc.property(uri, fc.constantFrom(...MATCHES), fc.constantFrom(...RULES), (text, match, rule) => {
        expect(isUri(text, match, rule)).toBe(EXPRESSIONS[rule][match].test(text))
      }),
      { numRuns: 3_000 },
    )
  })

  it('holds every character to the same set of whitespace [BP-URI-10]', () => {
    const allowed = EXPRESSIONS.loose.exact
    for (let code = 0; code < 0x1_0000; code++) {
      const character = String.fromCharCode(code)
      if (isUri(character) !== allowed.test(character)) expect(code.toString(16)).toBe('judged alike')
    }
    expect(isUri('a')).toBe(true)
  })
})

describe('reserved names', () => {
  it('are those whose first component is literally wamp or trunkline [BP-URI-08]', () => {
    expect(['wamp', 'wamp.', 'wamp.session.count', 'wamps', 'com.wamp', 'wam', '.wamp', ''].map(isReserved)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
      false,
      false,
    ])
    expect(['trunkline', 'trunkline.admin', 'trunklines', 'com.trunkline'].map(isOwn)).toEqual([true, true, false, false])
  })
})

describe('matchPolicy', () => {
  it('is exact when absent', () => {
    expect([{}, { match: null }, { match: 'exact' }, { match: 'prefix' }, { match: 'wildcard' }].map(matchPolicy)).toEqual([
      'exact',
      'exact',
      'exact',
      'prefix',
      'wildcard',
    ])
  })
})
