// Shows logins that put a client into another realm than the one it asked for, and what holds for its session there.

import type { RealmOptions } from '@trunkline/router'
import { ALLOW_ALL, World } from '@trunkline/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { arrive, outcomeOf } from './testing/arrivals.ts'

const FAILED = 'wamp.error.authentication_failed'
const DENIED = 'wamp.error.authentication_denied'
const USER: RealmOptions = { roles: { user: ALLOW_ALL } }

describe('a user with a realm', () => {
  let world: World
  afterEach(() => world.end())

  const people = (realm = 'shop'): RealmOptions => ({
    roles: { clerk: [] },
    authentication: { users: { ann: { role: 'user', ticket: 'ann', realm } } },
  })
  const open = (options: RealmOptions = people()): void =>
    void (world = new World({ realms: { people: options, shop: USER, other: USER } }))
  const ann = { realm: 'people', authid: 'ann', ticket: 'ann' }

  it('joins it under a role of that realm, and WELCOME names it', () => {
    open()
    const { peer, outcome } = arrive(world, ann)
    expect(outcome).toBe('ann user shop')
    expect(world.router.realm('shop')?.memberCount).toBe(1)
    expect(world.router.realm('people')?.memberCount).toBe(0)
    peer.say(16, 1, { acknowledge: true }, 'com.example.a')
    expect(peer.takeOne()[0]).toBe(17)
  })

  it('is refused where that realm is not there, and none is made on demand', () => {
    world = new World({ realms: { people: people('nowhere') }, onDemand: { realm: USER, most: 10 } })
    expect(arrive(world, ann).outcome).toBe(FAILED)
    expect(world.router.realm('nowhere')).toBeUndefined()
    expect(world.log.lines).toMatchObject([
      { event: 'a login assigns a realm that is not there', fields: { realm: 'nowhere' } },
      { event: 'login refused', fields: { realm: 'people' } },
    ])
  })

  it('is refused where that realm has no such role, or the listener does not show it', () => {
    open({ ...people(), authentication: { users: { ann: { role: 'clerk', ticket: 'ann', realm: 'shop' } } } })
    expect(arrive(world, ann).outcome).toBe('wamp.error.no_such_role')
    open()
    expect(arrive(world, { ...ann, info: { logins: { realms: ['people'] } } }).outcome).toBe(DENIED)
    expect(arrive(world, { ...ann, info: { logins: { realms: ['people', 'shop'] } } }).outcome).toBe('ann user shop')
  })

  it.each<[string, RealmOptions | undefined, number]>([
    ['stays while both realms have it', { ...people(), limits: { sessions: 9 } }, 0],
    ['leaves when the realm that let it in drops it', { roles: { clerk: [] } }, 1],
    ['leaves when it is given another realm', people('other'), 1],
    ['leaves when the realm that let it in is taken away', undefined, 1],
  ])('%s', (_, options, ended) => {
    open()
    const { peer } = arrive(world, ann)
    const count = options === undefined ? world.router.removeRealm('people') : world.router.updateRealm('people', options).sessionsEnded
    expect(count).toBe(ended)
    expect(peer.take().map(([type]) => type)).toEqual(ended === 1 ? [6] : [])
  })

  it('stays when the realm that it is in changes and keeps its role', () => {
    open()
    const { peer } = arrive(world, ann)
    expect(world.router.updateRealm('shop', { roles: { user: [] } }).sessionsEnded).toBe(0)
    expect(world.router.updateRealm('shop', { roles: { clerk: [] } }).sessionsEnded).toBe(1)
    expect(peer.take().map(([type]) => type)).toEqual([6])
  })
})

describe('a dynamic authenticator that names a realm', () => {
  let world: World
  afterEach(() => world.end())

  function outcome(assigns: readonly string[] | undefined, answer: unknown): unknown {
    const people: RealmOptions = {
      roles: { user: [], service: ALLOW_ALL },
      authentication: {
        users: { judge: { role: 'service', ticket: 'judge' } },
        dynamic: [{ procedure: 'com.judge', methods: ['ticket'], assigns }],
      },
    }
    world = new World({ realms: { people, shop: USER, bare: { roles: {} } } })
    const judge = arrive(world, { realm: 'people', authid: 'judge', ticket: 'judge' }).peer
    judge.say(64, 1, {}, 'com.judge')
    judge.take()
    const { peer } = arrive(world, { realm: 'people', authid: 'joe', ticket: 'joe' })
    judge.say(70, judge.takeOne()[1], {}, [answer])
    return outcomeOf(peer.take())
  }

  it('is believed in the realms that it may assign, and in the one that the client asked for [AP-DYN-02]', () => {
    expect(outcome(['shop'], { role: 'user', realm: 'shop' })).toBe('joe user shop')
    world.end()
    expect(outcome(undefined, { role: 'user', realm: 'people' })).toBe('joe user people')
  })

  it.each([
    ['one that it may not assign', ['bare'], 'shop', FAILED],
    ['one where nothing may be assigned', undefined, 'shop', FAILED],
    ['one that is not there', ['nowhere'], 'nowhere', FAILED],
    ['one without that role', ['bare'], 'bare', 'wamp.error.no_such_role'],
    ['what is no name', ['shop'], 7, FAILED],
  ])('fails the login for %s', (_, assigns, realm, reason) => {
    expect(outcome(assigns, { role: 'user', realm })).toBe(reason)
  })
})
