// Shows static rights: which rule decides, and that no pattern reaches what the direct way denies.

import type { MatchPolicy } from '@trunkline/protocol'
import { UsageError } from '@trunkline/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Action, Verdict } from '../core/ports/index.ts'
import { RoleAuthorizer } from './roles.ts'
import type { Rule } from './rule.ts'
import { parseRule } from './rule.ts'
import { RuleSet } from './rules.ts'

const ALL: readonly Action[] = ['call', 'register', 'publish', 'subscribe']

function ruleSet(rules: readonly Rule[]): RuleSet {
  return new RuleSet(rules.map(parseRule))
}

/** Which of the URIs may be called. */
function callable(rules: readonly Rule[], ...uris: string[]): Verdict[] {
  const set = ruleSet(rules)
  return uris.map((uri) => set.judge('call', uri, 'exact'))
}

describe('rules', () => {
  it('deny what no rule names', () => {
    expect(callable([], 'com.a')).toEqual([false])
    expect(callable([{ uri: 'com.a', allow: ['call'] }], 'com.a', 'com.a.b', 'com')).toEqual([true, false, false])
  })

  it('grant only the actions that they list', () => {
    const set = ruleSet([{ uri: '**', allow: ['call', 'subscribe'] }])
    expect(ALL.map((action) => set.judge(action, 'com.a', 'exact'))).toEqual([true, false, false, true])
  })

  it('take `**` at the end for all that begins so, at the border of a component', () => {
    expect(callable([{ uri: 'com.shop.**', allow: ['call'] }], 'com.shop.buy', 'com.shop.a.b', 'com.shop', 'com.shopping')).toEqual([
      true,
      true,
      false,
      false,
    ])
    expect(callable([{ uri: '**', allow: ['call'] }], 'a', 'a.b')).toEqual([true, true])
  })

  it('take an empty component for one whole component', () => {
    expect(callable([{ uri: 'com..status', allow: ['call'] }], 'com.a.status', 'com.a.b.status', 'com.status')).toEqual([
      true,
      false,
      false,
    ])
  })

  it('take the URI literally under a policy that is given', () => {
    expect(callable([{ uri: 'com.sh', match: 'prefix', allow: ['call'] }], 'com.shop', 'com.s')).toEqual([true, false])
  })

  it('let the most specific decide: exact, then longer prefix, then shorter prefix, then wildcards by their first literal', () => {
    const rules: Rule[] = [
      { uri: 'com..secret', allow: ['call'] },
      { uri: '**', allow: ['call'] },
      { uri: 'com.shop.**', allow: [] },
      { uri: 'com.shop.open', allow: ['call'] },
      { uri: 'com.shop.open.**', allow: ['call'] },
    ]
    const uris = ['com.shop.x', 'com.shop.open', 'com.shop.open.x', 'com.a', 'com.shop.secret']
    const expected = [false, true, true, true, false]
    expect(callable(rules, ...uris)).toEqual(expected)
    expect(callable([...rules].reverse(), ...uris)).toEqual(expected)
  })

  it('let a denial win a tie, in whatever order they are written', () => {
    const rules: Rule[] = [
      { uri: 'com.a', allow: ['call'] },
      { uri: 'com.a', allow: ['publish', 'subscribe'] },
    ]
    for (const each of [rules, [...rules].reverse()]) {
      const set = ruleSet(each)
      expect(ALL.map((action) => set.judge(action, 'com.a', 'exact'))).toEqual([false, false, false, false])
    }
  })

  it.each(['com..a.**', 'com.a b', '', 'com.#'])('refuse %j as a pattern', (uri) => {
    expect(() => ruleSet([{ uri, match: uri === '' ? 'exact' : undefined, allow: [] }])).toThrow(UsageError)
  })

  it('grant a pattern only if every URI that it matches is granted [AP-PS-PAT-10]', () => {
    const set = ruleSet([
      { uri: 'com.open.**', allow: ALL },
      { uri: 'com.open.secret', allow: [] },
      { uri: 'org.**', allow: ALL },
    ])
    const contradicted = ruleSet([
      { uri: '**', allow: ALL },
      { uri: 'com.denied.**', allow: [] },
    ])
    expect(contradicted.judge('subscribe', 'com..x', 'wildcard')).toBe(false)
    expect(contradicted.judge('subscribe', 'com.open..x', 'wildcard')).toBe(true)
    const asked: [string, MatchPolicy, boolean][] = [
      ['com.open.', 'prefix', false],
      ['com.open.sec', 'prefix', false],
      ['com.open.secret.', 'prefix', true],
      ['com.open.a', 'prefix', true],
      ['com.open.', 'wildcard', false],
      ['com.open..', 'wildcard', true],
      ['com..secret', 'wildcard', false],
      ['', 'prefix', false],
      ['org.', 'prefix', true],
      ['org', 'prefix', false],
      ['org..x', 'wildcard', true],
      ['.a', 'wildcard', false],
      ['org.a..x', 'wildcard', true],
      ['com..a', 'wildcard', false],
    ]
    for (const [uri, match, isGranted] of asked) expect([uri, match, set.judge('subscribe', uri, match)]).toEqual([uri, match, isGranted])
  })

  it('grant what begins with `trunkline.` only where they name it', () => {
    const uri = 'trunkline.admin.slowest_sessions'
    expect(callable([{ uri: '**', allow: ALL }], uri, 'trunklines.a')).toEqual([false, true])
    expect(callable([{ uri: 'wamp.**', allow: ALL }], uri)).toEqual([false])
    expect(callable([{ uri: 'trunkline.**', allow: ALL }], uri, 'wamp.session.count')).toEqual([true, false])
  })

  it('grant what begins with `wamp.` only where they name it [AP-META-SES-19]', () => {
    const kill = 'wamp.session.kill_all'
    expect(callable([{ uri: '**', allow: ALL }], kill, 'wamp.session.count')).toEqual([false, false])
    expect(callable([{ uri: 'w', match: 'prefix', allow: ALL }], kill)).toEqual([false])
    expect(callable([{ uri: '..', match: 'wildcard', allow: ALL }], kill, 'wamp.session.list')).toEqual([false, false])
    expect(callable([{ uri: 'wamp.session.**', allow: ALL }], kill)).toEqual([true])
    expect(callable([{ uri: kill, allow: ALL }], kill, 'wamp.session.kill')).toEqual([true, false])
  })
})

describe('rules against a model that looks at each URI by itself', () => {
  // A small universe: all URIs of one to three components of these names. Patterns are made of the same.
  const NAMES = ['a', 'b', 'ab']
  const UNIVERSE = [1, 2, 3].flatMap((length) => urisOf(length))

  function urisOf(length: number): string[] {
    return length === 1 ? NAMES : urisOf(length - 1).flatMap((start) => NAMES.map((name) => `${start}.${name}`))
  }

  function matches(match: MatchPolicy, pattern: string, uri: string): boolean {
    if (match === 'exact') return uri === pattern
    if (match === 'prefix') return uri.startsWith(pattern)
    const [wanted, given] = [pattern.split('.'), uri.split('.')]
    return wanted.length === given.length && wanted.every((component, i) => component === '' || component === given[i])
  }

  /** Greater is more specific. Only rules that match the same URI are compared. */
  function rank(match: MatchPolicy, pattern: string): string {
    if (match === 'exact') return '3'
    if (match === 'prefix') return `2${String(pattern.length).padStart(3, '0')}`
    return `1${pattern
      .split('.')
      .map((component) => (component === '' ? '0' : '1'))
      .join('')}`
  }

  interface ModelRule {
    readonly match: MatchPolicy
    readonly uri: string
    readonly allow: readonly Action[]
  }

  function isGranted(rules: readonly ModelRule[], action: Action, uri: string): boolean {
    const matching = rules.filter((rule) => matches(rule.match, rule.uri, uri))
    const best = matching
      .map((rule) => rank(rule.match, rule.uri))
      .sort()
      .at(-1)
    const deciding = matching.filter((rule) => rank(rule.match, rule.uri) === best)
    return deciding.length > 0 && deciding.every((rule) => rule.allow.includes(action))
  }

  const exact = fc.constantFrom(...UNIVERSE).map((uri) => ({ match: 'exact' as const, uri }))
  const prefix = fc
    .tuple(fc.constantFrom(...UNIVERSE), fc.nat(5))
    .map(([uri, length]) => ({ match: 'prefix' as const, uri: uri.slice(0, length) }))
    .filter(({ uri }) => !uri.startsWith('.') && !uri.includes('..'))
  const wildcard = fc
    .array(fc.constantFrom('', ...NAMES), { minLength: 1, maxLength: 3 })
    .map((components) => ({ match: 'wildcard' as const, uri: components.join('.') }))
  const pattern = fc.oneof(exact, prefix, wildcard)
  const allowed = fc.oneof(fc.constant<Action[]>([]), fc.constant([...ALL]), fc.subarray([...ALL]))
  const rule = fc.tuple(pattern, allowed).map(([{ match, uri }, allow]): ModelRule => ({ match, uri, allow }))
  const EVERYTHING: ModelRule = { match: 'prefix', uri: '', allow: ALL }
  const narrow = fc.array(rule, { maxLength: 6 })
  const rules = fc.oneof(
    narrow,
    narrow.map((all) => [...all, EVERYTHING]),
  )
  const action = fc.constantFrom(...ALL)

  it('decide on single URIs exactly as the model', () => {
    fc.assert(
      fc.property(rules, action, (given, asked) => {
        const set = ruleSet(given)
        for (const uri of UNIVERSE) expect([uri, set.judge(asked, uri, 'exact')]).toEqual([uri, isGranted(given, asked, uri)])
      }),
      { numRuns: 400 },
    )
  })

  it('never grant a pattern of which the model denies any URI [AP-PS-PAT-10]', () => {
    fc.assert(
      fc.property(rules, action, pattern, (given, asked, { match, uri }) => {
        if (!ruleSet(given).judge(asked, uri, match)) return
        for (const each of UNIVERSE) if (matches(match, uri, each)) expect([each, isGranted(given, asked, each)]).toEqual([each, true])
      }),
      { numRuns: 2_000 },
    )
  })

  it('grant a pattern under one broad rule that nothing contradicts', () => {
    fc.assert(
      fc.property(pattern, action, ({ match, uri }, asked) => {
        expect(ruleSet([{ uri: '**', allow: [asked] }]).judge(asked, uri, match)).toBe(true)
      }),
      { numRuns: 200 },
    )
  })
})

describe('roles', () => {
  it('have each their own rules; one without rules may do nothing', () => {
    const authorizer = new RoleAuthorizer({ user: [{ uri: 'com.**', allow: ['call'] }], admin: [{ uri: '**', allow: ['call'] }] })
    const asks = (authrole: string): Verdict | undefined =>
      authorizer.allows({
        action: 'call',
        uri: 'org.a',
        match: 'exact',
        session: { id: 1, authid: 'peter', authrole, authmethod: 'ticket' },
      })
    expect(['user', 'admin', 'nobody', 'constructor', '__proto__'].map(asks)).toEqual([false, true, false, false, false])
  })
})
