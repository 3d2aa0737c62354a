import type { Rule } from '@trunkline/router'
import { actsOnOthersByPattern } from '@trunkline/router'
import { describe, expect, it } from 'vitest'
import { RoleAuthorizer } from './roles.ts'

const KILL = 'wamp.session.kill'
const call = (...uris: string[]): Rule[] => uris.map((uri) => ({ uri, allow: ['call', 'subscribe'] }))

function judge(rules: readonly Rule[], uri = KILL, authid = 'eve') {
  return new RoleAuthorizer({ session: rules })
    .rightsOf({ id: 1, authid, authrole: 'session', authmethod: 'ticket' })
    .judge('call', uri, 'exact')
}

describe('procedures that act on others', () => {
  it.each<[readonly Rule[], boolean]>([
    [call('wamp.session.**'), false],
    [call('wamp.session.'), false],
    [call('wamp.session.**', '**'), false],
    [[...call('wamp.session.**'), { uri: 'wamp.**', allow: [] }], false],
    [[...call('wamp.**'), { uri: 'wamp.session.**', allow: [] }], false],
    [[...call('wamp.**'), { uri: KILL, allow: [] }], false],
    [call('wamp.{authrole}.**'), false],
    [call('wamp.{authrole}.**', 'wamp.**'), true],
    [call('wamp.**'), true],
    [call('wamp.**', 'wamp.session.**'), true],
    [[{ uri: KILL, match: 'prefix', allow: ['call'] }], true],
    [call('wamp..kill'), true],
    [call(KILL, 'wamp.session.**'), true],
  ])('are granted by rules that name them or all of the protocol: %j: %j', (rules, isGranted) => {
    expect(judge(rules)).toBe(isGranted)
  })

  it('do not narrow what a rule for a part of the meta API grants besides', () => {
    const rights = new RoleAuthorizer({ user: call('wamp.session.**') }).rightsOf({
      id: 1,
      authid: 'a',
      authrole: 'user',
      authmethod: 'ticket',
    })
    expect([rights.judge('call', 'wamp.session.list', 'exact'), rights.judge('subscribe', 'wamp.session.', 'prefix')]).toEqual([true, true])
  })

  it('are found where a pattern grants them', () => {
    expect(actsOnOthersByPattern(call('wamp.**'))).toHaveLength(6)
    expect(actsOnOthersByPattern(call('wamp.registration.**', KILL))).toEqual([])
    expect(actsOnOthersByPattern([{ uri: 'wamp.session.kill_by', match: 'prefix', allow: ['call'] }])).toEqual([
      'wamp.session.kill_by_authid',
      'wamp.session.kill_by_authrole',
    ])
  })
})
