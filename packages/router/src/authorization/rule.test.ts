// Shows rules with placeholders, and rules that grant more or less than a plain yes.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { UsageError } from '@trunkline/protocol'
import { describe, expect, it } from 'vitest'
import type { Action, Principal, Verdict } from '../core/ports/index.ts'
import { RoleAuthorizer } from './roles.ts'
import type { Rule } from './rule.ts'
import { both, parseRule } from './rule.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const ALL: readonly Action[] = ['call', 'register', 'publish', 'subscribe']

function principal(authid: string, authrole = 'user', id = 7): Principal {
  return { id, authid, authrole, authmethod: 'ticket' }
}

/** Which of the URIs the session may call. */
function callable(rules: readonly Rule[], session: Principal, ...uris: string[]): (Verdict | undefined)[] {
  const rights = new RoleAuthorizer({ [session.authrole]: rules }).rightsOf(session)
  return uris.map((uri) => rights.judge('call', uri, 'exact'))
}

describe('placeholders', () => {
  it('stand for the authid, the authrole and the id of the session', () => {
    const rules: Rule[] = [
      { uri: 'shop.user.{authid}.**', allow: ['call'] },
      { uri: 'shop.role.{authrole}', allow: ['call'] },
      { uri: 'shop.session.{session}', allow: ['call'] },
      { uri: 'shop..of.{authid}', allow: ['call'] },
    ]
    const uris = ['shop.user.peter.cart', 'shop.user.paula.cart', 'shop.role.user', 'shop.role.admin', 'shop.session.7', 'shop.session.8']
    expect(callable(rules, principal('peter'), ...uris)).toEqual([true, false, true, false, true, false])
    expect(callable(rules, principal('paula'), ...uris)).toEqual([false, true, true, false, true, false])
    expect(callable(rules, principal('peter'), 'shop.a.of.peter', 'shop.a.of.paula', 'shop.of.peter')).toEqual([true, false, false])
  })

  it.each(['', 'a.b', '.', 'a b', 'a#', 'a\n', 'peter.secret', '\u00a0'])('hold for nothing when the authid is %j', (authid) => {
    const rules: Rule[] = [{ uri: 'shop.{authid}.**', allow: ['call'] }]
    const uris = [
      'shop..cart',
      'shop.cart',
      `shop.${authid}.cart`,
      'shop.peter.cart',
      'shop.peter.secret.cart',
      'shop.{authid}.cart',
      'shop.',
    ]
    expect(callable(rules, principal(authid), ...uris)).toEqual(uris.map(() => false))
    expect(new RoleAuthorizer({ user: rules }).rightsOf(principal(authid)).judge('call', 'shop.', 'prefix')).toBe(false)
  })

  it('are filled once: a name that looks like a placeholder is a name', () => {
    const rules: Rule[] = [{ uri: 'shop.{authid}', allow: ['call'] }]
    expect(callable(rules, principal('{authrole}'), 'shop.{authrole}', 'shop.user')).toEqual([true, false])
  })

  it.each(['wamp', 'trunkline'])('do not make a session that calls itself %s the master of the router', (authid) => {
    const rules: Rule[] = [
      { uri: '{authid}.**', allow: ALL },
      { uri: '{authid}.session.kill_all', allow: ALL },
      { uri: '{authid}..list', allow: ALL },
    ]
    expect(callable(rules, principal(authid), `${authid}.session.kill_all`, `${authid}.session.list`)).toEqual([false, false])
    expect(callable(rules, principal('peter'), 'peter.session.kill_all')).toEqual([true])
  })

  it('weigh as much as what they stand for: a denial of the same URI wins, a more specific rule decides', () => {
    const rules: Rule[] = [
      { uri: 'shop.{authid}.**', allow: ALL },
      { uri: 'shop.admin.**', allow: [] },
      { uri: 'shop.peter.secret', allow: [] },
      { uri: 'shop.**', allow: [] },
    ]
    expect(callable(rules, principal('admin'), 'shop.admin.x')).toEqual([false])
    expect(callable(rules, principal('peter'), 'shop.peter.x', 'shop.peter.secret')).toEqual([true, false])
  })

  it('count in patterns: all URIs of the pattern must be granted [AP-PS-PAT-10]', () => {
    const rights = new RoleAuthorizer({ user: [{ uri: 'shop.{authid}.**', allow: ALL }] }).rightsOf(principal('peter'))
    const asked = [
      ['shop.peter.', 'prefix'],
      ['shop.peter..x', 'wildcard'],
      ['shop.peter', 'prefix'],
      ['shop.', 'prefix'],
      ['shop..x', 'wildcard'],
      ['shop.{authid}.', 'prefix'],
    ] as const
    expect(asked.map(([uri, match]) => rights.judge('subscribe', uri, match))).toEqual([true, true, false, false, false, false])
  })

  it('decide beside rules without placeholders as if all were of one kind: exact, then the longer prefix, then wildcards', () => {
    const rules: Rule[] = [
      { uri: '..{authid}', allow: ALL },
      { uri: '..', allow: [] },
      { uri: '.{authid}.off', allow: [] },
      { uri: 'shop.{authid}.**', allow: ALL },
      { uri: 'shop.peter.private.**', allow: [] },
      { uri: 'shop.peter.private.{authid}', allow: ALL },
      { uri: 'shop.{authrole}.**', allow: [] },
    ]
    const uris = [
      'a.b.peter',
      'a.b.paula',
      'a.peter.off',
      'shop.peter.x',
      'shop.peter.private.x',
      'shop.peter.private.peter',
      'shop.user.x',
    ]
    expect(callable(rules, principal('peter'), ...uris)).toEqual([true, false, false, true, false, true, false])
    expect(callable(rules, principal('user'), 'shop.user.x')).toEqual([false])
  })

  it('keep nothing of the URIs of one session: all sessions of a role share what is kept', () => {
    const authorizer = new RoleAuthorizer({ user: [{ uri: 'com.{authid}.**', allow: ALL }] })
    const rights = Array.from({ length: 40 }, (_, id) => authorizer.rightsOf(principal('peter', 'user', id)))
    collectGarbage()
    const before = process.memoryUsage().heapUsed
    for (const [session, each] of rights.entries())
      for (let i = 0; i < 900; i++) each.judge('publish', `com.x.${session}.${i}.`.padEnd(256, 'ж'), 'exact')
    collectGarbage()
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(4_000_000)
    expect(rights.map((each) => each.judge('publish', 'com.peter.x', 'exact'))).toEqual(rights.map(() => true))
  })

  it.each(['shop.{authId}.**', 'shop.u-{authid}', 'shop.{authid}{session}', '{}', 'shop.{realm}'])('refuse %j', (uri) => {
    expect(() => parseRule({ uri, allow: [] })).toThrow(UsageError)
  })

  it('refuse a prefix that would go on in the same component: bob is not bobby', () => {
    expect(() => parseRule({ uri: 'shop.{authid}', match: 'prefix', allow: ALL })).toThrow('add a dot')
    const rules: Rule[] = [{ uri: 'shop.{authid}.', match: 'prefix', allow: ALL }]
    expect(callable(rules, principal('bob'), 'shop.bob.x', 'shop.bobby.x')).toEqual([true, false])
  })
})

describe('a rule', () => {
  it('grants the options that it names; retained events unless it names others [AP-AUZ-08]', () => {
    const rights = (rule: Partial<Rule>): Verdict => parseRule({ uri: 'a', allow: ALL, ...rule }).verdicts.register
    expect(rights({})).toBe(true)
    expect(rights({ options: [] })).toEqual({ disclose: 'asked', mayForce: false, mayRetain: false })
    expect(rights({ options: ['force_reregister'] })).toEqual({ disclose: 'asked', mayForce: true, mayRetain: false })
    expect(rights({ allow: [], options: ['force_reregister'] })).toBe(false)
  })

  it('says for callers and publishers apart whether they are disclosed', () => {
    const { verdicts } = parseRule({ uri: 'a', allow: ALL, disclose: { caller: 'always', publisher: 'never' } })
    expect(verdicts.call).toMatchObject({ disclose: 'always' })
    expect(verdicts.publish).toMatchObject({ disclose: 'never' })
    expect([verdicts.register, verdicts.subscribe]).toEqual([true, true])
  })

  it('gives the narrower right where two are for the same pattern', () => {
    const wide: Verdict = { disclose: 'asked', mayForce: true, mayRetain: true }
    const narrow: Verdict = { disclose: 'never', mayForce: false, mayRetain: false }
    expect([both(wide, narrow), both(narrow, wide)]).toEqual([narrow, narrow])
    expect([both(wide, false), both(false, narrow), both(true, true)]).toEqual([false, false, true])
    expect(both(true, wide)).toEqual({ disclose: 'asked', mayForce: false, mayRetain: true })
  })

  it('is found among many, whatever was asked before', () => {
    const rules = Array.from({ length: 50 }, (_, i): Rule => ({ uri: `com.p${i}.**`, allow: i % 2 === 0 ? ALL : ['call'] }))
    const rights = new RoleAuthorizer({ user: rules }).rightsOf(principal('peter'))
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 2_000; i++) {
        expect(rights.judge('publish', `com.p${i % 60}.x${i}`, 'exact')).toBe(i % 60 < 50 && (i % 60) % 2 === 0)
      }
    }
    expect([rights.judge('call', 'com.p1.x', 'exact'), rights.judge('publish', 'com.p1.x', 'exact')]).toEqual([true, false])
  })
})
