// Shows the revocation of registrations by the router: what callees, callers and watchers see.

import type { TestPeer } from '@trunkline/testkit'
import { World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { realmIn } from '../../testing/realm-in.ts'
import type { Realm } from '../realm.ts'

const REASON = 'com.example.maintenance'

describe('revoking a registration', () => {
  let world: World
  let realm: Realm
  beforeEach(() => {
    world = new World()
    const found = realmIn(world, 'realm1')
    if (found === undefined) throw new Error('no realm')
    realm = found
  })
  afterEach(() => world.end())

  const join = (): TestPeer => world.join({ features: { callee: ['registration_revocation'] } })

  function register(peer: TestPeer, options: Record<string, unknown> = {}, request = 1): number {
    peer.say(64, request, options, 'com.example.procedure')
    return peer.takeOne()[2] as number
  }

  function revoke(peer: TestPeer, id: number): boolean {
    const [session, registration] = [realm.sessions.get(peer.session), realm.dealer.registrations.get(id)]
    if (session === undefined || registration === undefined) throw new Error('nothing to revoke')
    const wasRevoked = realm.dealer.revoke(session, registration, REASON)
    world.settle()
    return wasRevoked
  }

  it('tells a callee that knows revocation, with registration and reason [AP-RPC-REV-01 AP-RPC-REV-02 AP-RPC-REV-03 AP-RPC-REV-04]', () => {
    const [callee, caller] = [join(), world.join()]
    const id = register(callee)
    expect(revoke(callee, id)).toBe(true)
    expect(callee.take()).toEqual([[67, 0, { registration: id, reason: REASON }]])
    caller.say(48, 1, {}, 'com.example.procedure')
    expect(caller.take()).toEqual([[8, 48, 1, { callees: 0 }, 'wamp.error.no_such_procedure', [expect.any(String)]]])
    callee.say(66, 2, id)
    expect(callee.take()).toEqual([[8, 66, 2, {}, 'wamp.error.no_such_registration']])
  })

  it('says nothing to a callee that does not know revocation, except by meta event [AP-RPC-REV-05 AP-RPC-REV-06]', () => {
    const callee = world.join()
    const id = register(callee)
    callee.say(32, 2, {}, 'wamp.registration.on_unregister')
    callee.take()
    revoke(callee, id)
    expect(callee.take()).toEqual([[36, expect.any(Number), expect.any(Number), {}, [callee.session, id]]])
  })

  it('tells watchers that the callee is gone, and that the registration is when it was the last', () => {
    const [callee, other, watcher] = [join(), join(), world.join()]
    const id = register(callee, { invoke: 'first' })
    register(other, { invoke: 'first' })
    for (const [at, event] of ['on_unregister', 'on_delete'].entries()) watcher.say(32, at + 1, {}, `wamp.registration.${event}`)
    const [unregistered, deleted] = watcher.take().map((answer) => answer[2])
    revoke(callee, id)
    expect(watcher.take().map((event) => [event[1], event[4]])).toEqual([[unregistered, [callee.session, id]]])
    revoke(other, id)
    expect(watcher.take().map((event) => [event[1], event[4]])).toEqual([
      [unregistered, [other.session, id]],
      [deleted, [other.session, id]],
    ])
  })

  it('leaves the other callees of a shared registration in place', () => {
    const [callee, other, caller] = [join(), join(), world.join()]
    const id = register(callee, { invoke: 'first' })
    register(other, { invoke: 'first' })
    revoke(callee, id)
    caller.say(48, 1, {}, 'com.example.procedure')
    expect(other.take()).toEqual([[68, 1, id, {}]])
  })

  it('lets open invocations go on', () => {
    const [callee, caller] = [join(), world.join()]
    const id = register(callee)
    caller.say(48, 1, {}, 'com.example.procedure')
    revoke(callee, id)
    callee.say(70, 1, {}, ['done'])
    expect(caller.take()).toEqual([[50, 1, {}, ['done']]])
  })

  it('is to be had by a procedure, for those who may call it [AP-RPC-REV-08]', () => {
    const [callee, admin] = [join(), world.join()]
    const id = register(callee)
    const remove = 'wamp.registration.remove_callee'
    admin.say(48, 1, {}, remove, [id, callee.session], { reason: REASON })
    expect(admin.takeOne()).toEqual([50, 1, {}])
    expect(callee.take()).toEqual([[67, 0, { registration: id, reason: REASON }]])
    admin.say(48, 2, {}, remove, [id, callee.session])
    admin.say(48, 3, {}, remove, [register(callee, {}, 2), admin.session])
    admin.say(48, 4, {}, remove, [id])
    expect(admin.take().map((answer) => answer[4])).toEqual([
      'wamp.error.no_such_registration',
      'wamp.error.no_such_session',
      'wamp.error.no_such_registration',
    ])
  })

  it('refuses a reason that is not a URI, and takes nothing from anybody', () => {
    const [callee, admin] = [join(), world.join()]
    const id = register(callee)
    admin.say(48, 1, {}, 'wamp.registration.remove_callee', [id, callee.session], { reason: 'no uri' })
    expect(admin.takeOne().slice(0, 5)).toEqual([8, 48, 1, {}, 'wamp.error.invalid_uri'])
    expect(callee.take()).toEqual([])
  })

  it('gives no reason where none is given [AP-RPC-REV-04]', () => {
    const [callee, admin] = [join(), world.join()]
    const id = register(callee)
    admin.say(48, 1, {}, 'wamp.registration.remove_callee', [id, callee.session])
    expect(callee.take()).toEqual([[67, 0, { registration: id }]])
  })

  it('does nothing to a session that is no callee of the registration', () => {
    const [callee, other] = [join(), join()]
    const id = register(callee)
    expect(revoke(other, id)).toBe(false)
    expect([callee.take(), other.take()]).toEqual([[], []])
  })
})
