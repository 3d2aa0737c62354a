// Shows the meta API of sessions: procedures as ordinary calls, events as ordinary events, in the realm that they concern.

import type { TestPeer, World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { call, metaWorld, nextRequest, say, watching } from '../../testing/meta-calls.ts'
import { realmIn } from '../../testing/realm-in.ts'

let world: World
beforeEach(() => {
  world = metaWorld()
})
afterEach(() => world.end())

const identity = (peer: TestPeer, realm = 'realm1'): { authid: string; authrole: string } => {
  const session = realmIn(world, realm)?.sessions.get(peer.session)
  if (session === undefined) throw new Error('no session')
  return session.identity
}

describe('session meta events', () => {
  it('tells of a session that joins with one dict, and of one that leaves with three values [AP-META-SES-03 AP-META-SES-04]', () => {
    const { taken } = watching(world, ['wamp.session.on_join', 'wamp.session.on_leave'])
    const peer = world.join()
    const { authid } = identity(peer)
    const details = {
      session: peer.session,
      authid,
      authrole: 'anonymous',
      authmethod: 'anonymous',
      authprovider: 'static',
      transport: { type: 'websocket' },
    }
    expect(taken()).toEqual([['session.on_join', [details]]])
    peer.drop()
    expect(taken()).toEqual([['session.on_leave', [peer.session, authid, 'anonymous']]])
  })

  it('tells of every way to leave once', () => {
    const { taken } = watching(world, ['wamp.session.on_leave'])
    const ways: ((peer: TestPeer) => void)[] = [
      (peer) => peer.say(6, {}, 'wamp.close.close_realm'),
      (peer) => peer.say(3, {}, 'com.example.reason'),
      (peer) => peer.sayText('[]'),
    ]
    for (const leave of ways) {
      const peer = world.join()
      leave(peer)
      peer.drop()
      expect(taken().length).toBe(1)
    }
  })

  it('does not tell another realm [AP-META-SES-02 AP-META-REG-08 AP-META-SUB-07]', () => {
    const { taken } = watching(
      world,
      ['wamp.session.on_join', 'wamp.session.on_leave', 'wamp.registration.on_create', 'wamp.subscription.on_create'],
      'realm2',
    )
    const peer = world.join()
    say(peer, 64, {}, 'com.example.procedure')
    say(peer, 32, {}, 'com.example.topic')
    peer.drop()
    expect(taken()).toEqual([])
  })

  it('does not tell a session of its own leaving', () => {
    const { watcher } = watching(world, ['wamp.session.on_leave'])
    watcher.say(6, {}, 'wamp.close.close_realm')
    expect(watcher.take()).toEqual([[6, {}, 'wamp.close.goodbye_and_out']])
  })
})

describe('session meta procedures', () => {
  it('counts and lists the sessions of the realm, those of the router itself not [AP-META-SES-02 AP-META-SES-05 AP-META-SES-06 AP-META-SES-17]', () => {
    const [first, second] = [world.join(), world.join()]
    const elsewhere = world.join({ realm: 'realm2' })
    expect(call(first, 'wamp.session.count')).toEqual([2])
    expect(call(first, 'wamp.session.count', [['anonymous']])).toEqual([2])
    expect(call(first, 'wamp.session.count', [['admin']])).toEqual([0])
    expect(call(first, 'wamp.session.count', [['trunkline']])).toEqual([0])
    expect(call(first, 'wamp.session.list')).toEqual([expect.arrayContaining([first.session, second.session])])
    expect(call(first, 'wamp.session.list', [['admin']])).toEqual([[]])
    expect(call(elsewhere, 'wamp.session.list')).toEqual([[elsewhere.session]])
  })

  it('are not looked for, each of them, in a long list of authroles', () => {
    const peer = world.join()
    world.join()
    const roles = [...Array.from({ length: 50 }, () => ''), 'anonymous']
    const searches = vi.spyOn(Array.prototype, 'includes')
    const count = call(peer, 'wamp.session.count', [roles])
    const long = searches.mock.contexts.filter((list) => (list as readonly unknown[]).length === roles.length)
    searches.mockRestore()
    expect(count).toEqual([2])
    expect(long).toEqual([])
  })

  it('gets the details of a session, without address or authextra [AP-META-SES-07]', () => {
    const [asker, other] = [world.join(), world.join()]
    expect(call(asker, 'wamp.session.get', [other.session])).toEqual([
      {
        session: other.session,
        authid: identity(other).authid,
        authrole: 'anonymous',
        authmethod: 'anonymous',
        authprovider: 'static',
        transport: { type: 'websocket' },
      },
    ])
  })

  it('knows no session of another realm, none of the router, none that left [AP-META-SES-08 AP-META-SES-17]', () => {
    const [asker, gone, elsewhere] = [world.join(), world.join(), world.join({ realm: 'realm2' })]
    gone.drop()
    const own = [...(realmIn(world, 'realm1')?.sessions.values() ?? [])].find((session) => session.isInternal)?.id
    expect(own).toBeTypeOf('number')
    for (const id of [gone.session, elsewhere.session, own, 4711]) {
      expect(call(asker, 'wamp.session.get', [id])).toBe('wamp.error.no_such_session')
      expect(call(asker, 'wamp.session.kill', [id])).toBe('wamp.error.no_such_session')
    }
  })

  it('kills one session with GOODBYE; the default reason without a message [AP-META-SES-09 AP-META-SES-11 AP-ERR-01]', () => {
    const { taken } = watching(world, ['wamp.session.on_leave'])
    const [killer, first, second] = [world.join(), world.join(), world.join()]
    expect(call(killer, 'wamp.session.kill', [first.session])).toEqual([])
    expect(first.take()).toEqual([[6, {}, 'wamp.close.killed']])
    expect(call(killer, 'wamp.session.kill', [second.session], { reason: 'com.example.misbehaved', message: 'not here' })).toEqual([])
    expect(second.take()).toEqual([[6, { message: 'not here' }, 'com.example.misbehaved']])
    expect(taken().map(([, args]) => (args as unknown[])[0])).toEqual([first.session, second.session])
    expect(call(killer, 'wamp.session.count')).toEqual([2])
  })

  it('does not kill the caller itself [AP-META-SES-10]', () => {
    const killer = world.join()
    expect(call(killer, 'wamp.session.kill', [killer.session])).toBe('wamp.error.no_such_session')
    expect(killer.isClosed).toBe(false)
  })

  it.each(['', 'not a uri', 'com..example', 'com.a\n'])('refuses the reason %j and kills nobody [AP-META-SES-12]', (reason) => {
    const [killer, other] = [world.join(), world.join()]
    for (const [procedure, args] of [
      ['kill', [other.session]],
      ['kill_by_authid', [identity(other).authid]],
      ['kill_by_authrole', ['anonymous']],
      ['kill_all', []],
    ] as const) {
      expect(call(killer, `wamp.session.${procedure}`, args, { reason })).toBe('wamp.error.invalid_uri')
    }
    expect(other.take()).toEqual([])
  })

  it.each([
    ['a message', { message: 'x'.repeat(1_001) }],
    ['a reason', { reason: `com.${'x'.repeat(1_000)}` }],
  ])('refuses %s of more than a thousand characters, which very many sessions could get, and kills nobody', (_, kwargs) => {
    const [killer, other] = [world.join(), world.join()]
    for (const [procedure, args] of [
      ['kill', [other.session]],
      ['kill_all', []],
    ] as const) {
      expect(call(killer, `wamp.session.${procedure}`, args, kwargs)).toBe('wamp.error.invalid_argument')
    }
    expect(other.take()).toEqual([])
    expect(call(killer, 'wamp.session.kill', [other.session], { message: 'x'.repeat(1_000) })).toEqual([])
  })

  it('kills by authid and lists whom [AP-META-SES-13]', () => {
    const [killer, other, bystander] = [world.join(), world.join(), world.join()]
    expect(call(killer, 'wamp.session.kill_by_authid', [identity(other).authid])).toEqual([[other.session]])
    expect(other.take()).toEqual([[6, {}, 'wamp.close.killed']])
    expect(call(killer, 'wamp.session.kill_by_authid', [identity(killer).authid])).toEqual([[]])
    expect(call(killer, 'wamp.session.kill_by_authid', ['nobody'])).toEqual([[]])
    expect(bystander.take()).toEqual([])
    expect(killer.isClosed).toBe(false)
  })

  it('kills by authrole all but the caller and counts them [AP-META-SES-14]', () => {
    const [killer, first, second, elsewhere] = [world.join(), world.join(), world.join(), world.join({ realm: 'realm2' })]
    expect(call(killer, 'wamp.session.kill_by_authrole', ['admin'])).toEqual([0])
    expect(call(killer, 'wamp.session.kill_by_authrole', ['anonymous'])).toEqual([2])
    expect([first, second].map((peer) => peer.takeOne()[0])).toEqual([6, 6])
    expect(elsewhere.take()).toEqual([])
    expect(call(killer, 'wamp.session.count')).toEqual([1])
  })

  it('kills all but the caller, counts them, and tells nobody by session meta events [AP-META-SES-15 AP-META-SES-16]', () => {
    const killer = world.join()
    say(killer, 32, {}, 'wamp.session.on_leave')
    const others = [world.join(), world.join()]
    killer.take()
    killer.say(48, nextRequest(killer), {}, 'wamp.session.kill_all', [], { reason: 'com.example.end' })
    expect(killer.take()).toEqual([[50, 2, {}, [2]]])
    for (const other of others) expect(other.take()).toEqual([[6, {}, 'com.example.end']])
    expect(call(killer, 'wamp.session.count')).toEqual([1])
  })

  it.each([
    ['wamp.session.count', ['anonymous']],
    ['wamp.session.list', [[1]]],
    ['wamp.session.get', []],
    ['wamp.session.get', ['1']],
    ['wamp.session.kill', [null]],
    ['wamp.session.kill_by_authid', [1]],
    ['wamp.session.kill_by_authrole', []],
    ['wamp.registration.get', ['x']],
    ['wamp.registration.lookup', [1]],
    ['wamp.registration.lookup', ['com.example', 'prefix']],
    ['wamp.registration.lookup', ['com.example', { match: 'half' }]],
    ['wamp.registration.match', []],
    ['wamp.subscription.count_subscribers', [{}]],
    ['wamp.subscription.match', [null]],
  ])('answers %s %j with invalid_argument [AP-META-SES-18]', (procedure, args) => {
    expect(call(world.join(), procedure, args)).toBe('wamp.error.invalid_argument')
  })
})
