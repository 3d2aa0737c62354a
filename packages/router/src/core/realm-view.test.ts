// Shows that a view tells what a realm holds at the time, and hands out nothing of it.

import { World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

describe('the view of a realm', () => {
  let world: World

  beforeEach(() => void (world = new World()))
  afterEach(() => world.end())

  const view = () => {
    const realm = world.router.realm('realm1')
    if (realm === undefined) throw new Error('no realm1')
    return realm
  }

  it('is of realms that exist', () => {
    expect(world.router.realm('realm2')).toBeUndefined()
    expect(world.router.realms.map(({ name }) => name)).toEqual(['realm1'])
  })

  it('tells of each session what it holds', () => {
    const [callee, caller] = [world.join(), world.join()]
    callee.say(64, 1, {}, 'com.a')
    callee.say(32, 2, {}, 'com.topic')
    caller.say(48, 1, {}, 'com.a')
    const nothing = { authrole: 'anonymous', isInternal: false, subscriptions: 0, registrations: 0, calls: 0, invocations: 0 }
    expect(view().session(callee.session)).toMatchObject({
      ...nothing,
      ...{ id: callee.session, subscriptions: 1, registrations: 1, invocations: 1, lastInvocation: 1 },
    })
    expect(view().session(caller.session)).toMatchObject({ ...nothing, calls: 1, lastInvocation: 0 })
    expect(view().memberCount).toBe(2)
    expect(view().sessions.filter(({ isInternal }) => !isInternal)).toEqual([
      view().session(callee.session),
      view().session(caller.session),
    ])
  })

  it('tells of no session that has left', () => {
    const peer = world.join()
    peer.drop()
    expect(view().session(peer.session)).toBeUndefined()
    expect(view().may(peer.session, 'call', 'com.a', 'exact')).toBeUndefined()
  })

  it('tells who holds subscriptions and registrations', () => {
    const peers = [world.join(), world.join()]
    for (const peer of peers) peer.say(32, 1, { match: 'prefix' }, 'com')
    for (const peer of peers) peer.say(64, 2, { invoke: 'roundrobin' }, 'com.a')
    expect(view().subscriptions).toMatchObject([{ uri: 'com', match: 'prefix', subscribers: 2, hasHistory: false }])
    expect(view().registrations.filter(({ isInternal }) => !isInternal)).toMatchObject([{ uri: 'com.a', match: 'exact', callees: 2 }])
    expect(view().registrations.find(({ uri }) => uri === 'wamp.session.count')).toMatchObject({ isInternal: true, callees: 1 })
  })

  it('tells how many events a history keeps', () => {
    world.end()
    world = World.of({ topics: [{ uri: 'com.topic', history: { events: 2 } }] })
    const peer = world.join()
    for (let request = 1; request <= 3; request++) {
      peer.say(16, request, {}, 'com.topic')
      expect(view().subscriptions).toMatchObject([{ uri: 'com.topic', hasHistory: true, subscribers: 0, pastEvents: Math.min(2, request) }])
    }
  })

  it('is as it was when it was asked for', () => {
    const [realm, peer] = [view(), world.join()]
    const before = realm.session(peer.session)
    peer.say(32, 1, {}, 'com.topic')
    expect(before?.subscriptions).toBe(0)
    expect(realm.session(peer.session)?.subscriptions).toBe(1)
  })

  it('tells what a session may do, without asking', () => {
    const roles = { anonymous: [{ uri: 'com.**', allow: ['call'] as const }] }
    world.router.addRealm('ruled', { anonymousRole: 'anonymous', roles })
    world.router.addRealm('asked', { anonymousRole: 'anonymous', authorizer: { allows: () => undefined } })
    const [ruled, asked] = [world.join({ realm: 'ruled' }), world.join({ realm: 'asked' })]
    expect(world.router.realm('ruled')?.may(ruled.session, 'call', 'com.a', 'exact')).toBe(true)
    expect(world.router.realm('ruled')?.may(ruled.session, 'register', 'com.a', 'exact')).toBe(false)
    expect(world.router.realm('asked')?.may(asked.session, 'call', 'com.a', 'exact')).toBeUndefined()
  })
})
