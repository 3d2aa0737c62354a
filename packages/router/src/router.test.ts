// Shows the composition root: what a router does by default, limits of time, local sessions, an orderly end.

import { ALLOW_ALL, World } from '@trunkline/testkit'
import { describe, expect, it } from 'vitest'

describe('a router by default', () => {
  it('takes request ids that increase, counts their gaps, and refuses repeated ones [BP-ID-10]', () => {
    const world = new World({ realms: { realm1: { anonymousRole: 'anonymous', roles: { anonymous: ALLOW_ALL } } } })
    const peer = world.join()
    peer.say(32, 1, {}, 'com.example.a')
    peer.say(32, 7, {}, 'com.example.b')
    expect(peer.take().map(([type]) => type)).toEqual([33, 33])
    expect(world.router.counters.requestIdGaps).toBe(1)
    peer.say(32, 7, {}, 'com.example.c')
    expect(peer.takeOne()).toEqual([3, { message: 'SUBSCRIBE has request id 7, expected 8' }, 'wamp.error.protocol_violation'])
    expect(peer.closeCause).toBe('protocol_violation')
    world.end()
  })

  it('has no realm and lets nobody in [BP-ERR-04]', () => {
    const world = new World({ realms: {} })
    const peer = world.connect()
    peer.say(1, 'realm1', { roles: { caller: {} } })
    expect(peer.takeOne()).toEqual([3, { message: "there is no realm 'realm1'" }, 'wamp.error.no_such_realm'])
    expect(peer.isClosed).toBe(true)
    world.end()
  })
})

describe('realms on demand', () => {
  it('are made for any name up to a number', () => {
    const world = new World({ realms: {}, onDemand: { most: 1, realm: { anonymousRole: 'anonymous' } } })
    world.join({ realm: 'first' })
    const second = world.connect()
    second.say(1, 'second', { roles: { caller: {} } })
    expect(second.takeOne()[2]).toBe('wamp.error.no_such_realm')
    world.join({ realm: 'first' })
    world.end()
  })
})

describe('closing a router', () => {
  it('says goodbye to open sessions, aborts those that are being opened, and resolves when all are gone [BP-SES-19 BP-ERR-07]', async () => {
    const world = new World()
    const open = world.join()
    const opening = world.connect()
    const closed = world.router.close()
    world.settle()
    expect(open.takeOne()).toEqual([6, { message: 'the router shuts down' }, 'wamp.close.system_shutdown'])
    expect(opening.takeOne()).toEqual([3, { message: 'the router shuts down' }, 'wamp.close.system_shutdown'])
    open.say(6, {}, 'wamp.close.goodbye_and_out')
    expect([open.closeCause, opening.closeCause]).toEqual(['normal', 'going_away'])
    open.drop()
    opening.drop()
    await closed
    world.end()
  })
})
