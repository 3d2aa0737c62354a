// Shows that what sessions hold in tables is bounded for their owner, and given back.

import type { TestPeer } from '@trunkline/testkit'
import { World } from '@trunkline/testkit'
import { describe, expect, it, vi } from 'vitest'
import { realmIn } from '../../testing/realm-in.ts'
import { OwnerTotal } from './owner-total.ts'
import { TableShare, tablesWithin } from './table-share.ts'

const LIMIT = 'octets of subscriptions, registrations and open calls'
const REFUSED = [{ limit: LIMIT, value: expect.any(Number) }, 'trunkline.error.limit_exceeded', [expect.any(String)]]

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

  it('take a quarter of the heap at most, one owner a quarter of that, and never more than 1 GiB', () => {
    const mebibyte = 2 ** 20
    for (const [heap, ofAll] of [
      [512, 128],
      [4_096, 1_024],
      [32_768, 1_024],
    ] as const) {
      const total = tablesWithin(heap * mebibyte)
      expect(new TableShare(() => 'anna', total).limit).toEqual([LIMIT, (ofAll / 4) * mebibyte])
      total.add('anna', (ofAll / 4) * mebibyte)
      expect([total.fits('anna', 1), total.fits('ben', 1)]).toEqual([false, true])
      for (const owner of ['ben', 'carl', 'dora']) total.add(owner, (ofAll / 4) * mebibyte)
      expect(total.fits('emil', 1)).toBe(false)
    }
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

  it('count what a sharded registration keeps of its callees besides', () => {
    const world = new World()
    const peer = world.join()
    const share = realmIn(world, 'realm1')?.sessions.get(peer.session)?.tables as TableShare
    fill(share)
    for (let i = 0; i < 8; i++) share.removePlace()
    const shards = Array.from({ length: 1_024 }, (_, shard) => shard)
    peer.say(64, peer.nextRequest, { invoke: '_sharded', _shard: shards }, 'com.example.sharded')
    expect(peer.takeOne()).toEqual([8, 64, 1, ...REFUSED])
    const plain = peer.register('com.example.plain')
    peer.say(66, peer.nextRequest, plain)
    peer.take()
    for (let i = 0; i < 8; i++) share.removePlace()
    expect(peer.register('com.example.sharded', { invoke: '_sharded', _shard: shards })).toBeGreaterThan(plain)
    world.end()
  })

  it.each([
    ['roundrobin', {}, 160],
    ['_sharded', {}, 352],
    ['_sharded', { _shard: [1] }, 736],
  ])('count what the place of a further callee takes: invoke %s with %j', (invoke, options, octets) => {
    const world = new World()
    const total = vi.spyOn(OwnerTotal.prototype, 'add')
    const peers = [world.join(), world.join(), world.join()]
    const tables = realmIn(world, 'realm1')?.sessions.get(peers[0]?.session ?? 0)?.tables
    peers[0]?.register('com.example.shared', { invoke })
    peers[1]?.register('com.example.shared', { invoke })
    total.mockClear()
    const registration = peers[2]?.register('com.example.shared', { invoke, ...options })
    peers[2]?.say(66, peers[2].nextRequest, registration)
    peers[2]?.take()
    expect(total.mock.calls).toEqual([octets, -octets].map((each) => [tables?.owner, each]))
    total.mockRestore()
    world.end()
  })

  it('count each component of a wildcard pattern, which has a node of its own', () => {
    const world = new World()
    const peer = world.join()
    const share = realmIn(world, 'realm1')?.sessions.get(peer.session)?.tables as TableShare
    fill(share)
    for (let i = 0; i < 8; i++) share.removePlace()
    peer.say(32, peer.nextRequest, { match: 'wildcard' }, `com.${'c.'.repeat(28)}.z`)
    expect(peer.takeOne()).toEqual([8, 32, 1, ...REFUSED])
    peer.say(64, peer.nextRequest, { match: 'wildcard' }, `com.${'c.'.repeat(28)}.z`)
    expect(peer.takeOne()).toEqual([8, 64, 2, ...REFUSED])
    expect(peer.subscribe('com..z', { match: 'wildcard' })).toBeGreaterThan(0)
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
