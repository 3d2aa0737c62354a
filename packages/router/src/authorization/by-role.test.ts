// Shows a realm in which single roles have an authorizer of their own, others have rules, and the rest may do nothing.

import type { RealmOptions } from '@trunkline/router'
import type { TestPeer } from '@trunkline/testkit'
import { ALLOW_ALL, World } from '@trunkline/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import type { Authorizer } from '../core/ports/index.ts'
import { answer, believing, joinAs } from '../testing/logins.ts'
import { AuthorizersByRole } from './by-role.ts'

describe('an authorizer of a role', () => {
  let world: World
  let judge: TestPeer
  afterEach(() => world.end())

  function open(options: Partial<RealmOptions> = {}): void {
    const dynamicAuthorizers = { user: { procedure: 'com.judge.user' }, device: { procedure: 'com.judge.device' } }
    world = new World({
      realms: { realm1: { authenticate: believing, roles: { judge: ALLOW_ALL, guest: [] }, dynamicAuthorizers, ...options } },
    })
    judge = joinAs(world, 'j@judge')
    for (const [i, procedure] of ['com.judge.user', 'com.judge.device', 'com.judge.all'].entries()) judge.say(64, i + 1, {}, procedure)
    registrations = new Map(judge.take().map((message, i) => [message[2], ['user', 'device', 'all'][i] ?? '']))
  }
  let registrations: ReadonlyMap<unknown, string>

  /** The judge answers; returns by which procedure it was asked. */
  function decide(verdict: unknown): unknown {
    const [, invocation, registration] = judge.takeOne()
    judge.say(70, invocation, {}, [verdict])
    return registrations.get(registration)
  }

  it('decides for that role alone', () => {
    open()
    const [user, device] = [joinAs(world, 'u@user'), joinAs(world, 'd@device')]
    user.say(32, 1, {}, 'com.a')
    expect(decide(true)).toBe('user')
    expect(answer(user)).toBe(33)
    device.say(32, 1, {}, 'com.a')
    expect(decide(false)).toBe('device')
    expect(answer(device)).toBe('wamp.error.not_authorized')
  })

  it('is not asked about roles with rules, and no other role is let in', () => {
    open()
    const guest = joinAs(world, 'g@guest')
    guest.say(32, 1, {}, 'com.a')
    expect(answer(guest)).toBe('wamp.error.not_authorized')
    expect(judge.take()).toEqual([])
    const stranger = world.connect()
    stranger.say(1, 'realm1', { authid: 's@stranger', roles: { caller: {} } })
    expect(stranger.takeOne()[2]).toBe('wamp.error.no_such_role')
  })

  it('goes before the one for all roles without rules', () => {
    open({ dynamicAuthorizer: { procedure: 'com.judge.all' } })
    const [user, other] = [joinAs(world, 'u@user'), joinAs(world, 'o@other')]
    user.say(32, 1, {}, 'com.a')
    expect(decide(true)).toBe('user')
    other.say(32, 1, {}, 'com.a')
    expect(decide(true)).toBe('all')
  })

  it('that does not answer in time denies; who waits for one that is taken away is judged by what comes', () => {
    open({ dynamicAuthorizers: { user: { procedure: 'com.judge.user', deadlineMs: 3_000 } } })
    const user = joinAs(world, 'u@user')
    user.say(32, 1, {}, 'com.a')
    world.advance(4_000)
    expect(answer(user)).toBe('wamp.error.authorization_failed')
    user.say(32, 2, {}, 'com.a')
    world.router.updateRealm('realm1', { authenticate: believing, roles: { judge: ALLOW_ALL, user: [] } })
    world.settle()
    expect(answer(user)).toBe('wamp.error.not_authorized')
  })

  it('stands in place of rules, not beside them', () => {
    expect(() => open({ roles: { user: [] } })).toThrow("role 'user' has both rules and an authorizer")
    world = new World()
  })
})

describe('several authorizers', () => {
  function each(name: string, told: string[]): Authorizer {
    return {
      allows: () => true,
      tick: () => void told.push(`${name} ticks`),
      close: () => void told.push(`${name} closes`),
    }
  }

  it('are all told that time passes, and of their end', () => {
    const told: string[] = []
    const all = new AuthorizersByRole(
      new Map([
        ['user', each('user', told)],
        ['device', each('device', told)],
      ]),
      each('others', told),
    )
    all.tick()
    expect(told.splice(0).toSorted()).toEqual(['device ticks', 'others ticks', 'user ticks'])
    all.close()
    expect(told.toSorted()).toEqual(['device closes', 'others closes', 'user closes'])
  })

  it('may have nothing to be told', () => {
    const all = new AuthorizersByRole(new Map(), { allows: () => true })
    expect(() => {
      all.tick()
      all.close()
    }).not.toThrow()
  })
})
