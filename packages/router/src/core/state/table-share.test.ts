// Shows that what sessions hold in tables is bounded for their owner, and given back.

import type { TestPeer } from '@trunkline/testkit'
import { World } from '@trunkline/testkit'
import { describe, expect, it } from 'vitest'
import { realmIn } from '../../testing/realm-in.ts'
import { OwnerTotal } from './owner-total.ts'
import { TABLES_LIMIT, TableShare } from './table-share.ts'

const REFUSED = [{ limit: TABLES_LIMIT[0], value: TABLES_LIMIT[1] }, 'trunkline.error.limit_exceeded', [expect.any(String)]]

/** Takes places until there is no room for another. @returns how many */
function fill(share: TableShare): number {
  let places = 0
  for (; share.hasRoom(); places++) share.addPlace()
  return places
}

function empty(share: TableShare, places: number): void {
  for (let i = 0; i < places; i++) share.removePlace()
}

describe('subscriptions, registrations and open calls', () => {
  it('are bounded for all sessions of one owner, and leave room for other owners', () => {
    const total = new OwnerTotal()
    const shareOf = (owner: string): TableShare => new TableShare(() => owner, total)
    fill(shareOf('anna'))
    expect([shareOf('anna').hasRoom(), shareOf('ben').hasRoom()]).toEqual([false, true])
  })

  it('are refused beyond the bound, also those of further sessions, and granted again when others have ended', () => {
    const world = new World()
    const [callee, peer, other] = [world.join(), world.join(), world.join()]
    callee.register('com.example.slow')
    const known = peer.subscribe('com.example.known')
    const share = realmIn(world, 'realm1')?.sessions.get(other.session)?.tables as TableShare
    const places = fill(share)
    peer.say(32, peer.nextRequest, {}, 'com.example.topic')
    expect(peer.takeOne()).toEqual([8, 32, 2, ...REFUSED])
    peer.say(64, peer.nextRequest, {}, 'com.example.procedure')
    expect(peer.takeOne()).toEqual([8, 64, 3, ...REFUSED])
    // What is held already may be asked for again, and is kept.
    expect(peer.subscribe('com.example.known')).toBe(known)
    empty(share, places)
    expect(peer.subscribe('com.example.topic')).toBeGreaterThan(0)
    expect(peer.register('com.example.procedure')).toBeGreaterThan(0)
    world.end()
  })

  it('count calls only beyond the number that is usual', () => {
    const world = new World()
    const [callee, caller] = [world.join(), world.join()]
    callee.register('com.example.slow')
    const share = realmIn(world, 'realm1')?.sessions.get(caller.session)?.tables as TableShare
    const places = fill(share)
    for (let i = 1; i <= 128; i++) caller.say(48, i, {}, 'com.example.slow')
    expect([callee.take().length, caller.take()]).toEqual([128, []])
    caller.say(48, 129, {}, 'com.example.slow')
    expect(caller.takeOne()).toEqual([8, 48, 129, ...REFUSED])
    empty(share, places)
    caller.say(48, 130, {}, 'com.example.slow')
    expect([callee.take().length, caller.take()]).toEqual([1, []])
  })

  it.each<[string, (peer: TestPeer, callee: TestPeer) => void]>([
    ['one by one', endOneByOne],
    ['with their session', (peer) => peer.drop()],
    ['with their callee, and its registrations with it', (peer, callee) => (callee.drop(), peer.drop())],
  ])('are given back when they end %s', (_, end) => {
    const world = new World()
    const [callee, peer, other] = [world.join(), world.join(), world.join()]
    const share = realmIn(world, 'realm1')?.sessions.get(other.session)?.tables as TableShare
    const before = fill(share)
    empty(share, before)
    callee.register('com.example.slow')
    hold(peer, callee)
    const meanwhile = fill(share)
    empty(share, meanwhile)
    expect(meanwhile).toBeLessThan(before)
    end(peer, callee)
    callee.drop()
    expect(fill(share)).toBe(before)
  })
})

/** Subscribes alone and with another, registers, and makes more calls than are free. */
function hold(peer: TestPeer, callee: TestPeer): void {
  for (const topic of ['com.example.a', 'com.example.b']) peer.subscribe(topic)
  callee.subscribe('com.example.a')
  peer.register('com.example.procedure')
  for (let i = 0; i < 200; i++) peer.say(48, peer.nextRequest, {}, 'com.example.slow')
}

function endOneByOne(peer: TestPeer, callee: TestPeer): void {
  for (const [type, invocation] of callee.take()) if (type === 68) callee.say(70, invocation, {})
  peer.take()
  for (const topic of ['com.example.a', 'com.example.b']) {
    const id = peer.subscribe(topic)
    peer.say(34, peer.nextRequest, id)
    peer.take()
  }
  const id = peer.register('com.example.other')
  peer.say(66, peer.nextRequest, id)
  peer.drop()
}
