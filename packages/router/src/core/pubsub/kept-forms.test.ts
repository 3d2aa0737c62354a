// Shows what it costs to send retained events to subscribers with other serializers.

import type { TestPeer } from '@trunkline/testkit'
import { World } from '@trunkline/testkit'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { realmIn } from '../../testing/realm-in.ts'

const TOPIC = 'com.house.picture'
const MEBIBYTE = 'x'.repeat(1024 * 1024)

describe('a retained event in the serializer of another client', () => {
  let world: World
  afterEach(() => world.end())

  /** Opens a realm that has room for events of 1 MiB each, and publishes some. */
  function publish(events: number): void {
    world = World.of({ limits: { retainedBytes: 64 * 1024 * 1024, retainedShare: 100 } })
    const publisher = world.join({ serializer: 'msgpack' })
    for (let i = 1; i <= events; i++) publisher.say(16, i, { retain: true }, `${TOPIC}.${i}`, [MEBIBYTE])
  }

  /** Counts what is made for the serializer of a peer from now on. */
  function conversionsFor(peer: TestPeer): () => number {
    const format = realmIn(world, 'realm1')?.sessions.get(peer.session)?.link.format
    if (format === undefined) throw new Error('no session')
    const conversions = vi.spyOn(format, 'convertItems')
    return () => conversions.mock.calls.length
  }

  /** Subscribes to some topics one after the other; how many retained events came. */
  function asked(peer: TestPeer, first: number, last: number): number {
    for (let i = first; i <= last; i++) peer.say(32, peer.nextRequest, { get_retained: true }, `${TOPIC}.${i}`)
    return peer.take().filter(([type]) => type === 36).length
  }

  it('is made once for all who ask for it, again and again', () => {
    publish(2)
    const [one, other] = [world.join(), world.join()]
    const conversions = conversionsFor(one)
    for (let i = 0; i < 20; i++) for (const reader of [one, other]) expect(asked(reader, 1, 2)).toBe(2)
    expect(conversions()).toBe(2)
  })

  it('is made for one owner, in all its sessions, at a rate; what is beyond it waits, and comes if it is still retained', () => {
    publish(20)
    const [one, other, plain] = [world.join(), world.join(), world.join({ serializer: 'msgpack' })]
    const conversions = conversionsFor(one)
    expect(asked(one, 1, 12) + asked(other, 13, 20)).toBe(16)
    expect(conversions()).toBe(16)
    expect([asked(other, 2, 12), asked(plain, 1, 20)]).toEqual([11, 20])
    plain.say(16, plain.nextRequest, { retain: true }, `${TOPIC}.18`, ['new'])
    expect(other.takeOne().at(-1)).toEqual(['new'])
    world.advance(6000)
    const came = other.take().filter(([type]) => type === 36)
    expect(came.map(([, , , details]) => details)).toEqual([17, 19, 20].map(() => ({ retained: true })))
    expect(conversions()).toBe(19 + 1)
  })

  it('counts as missed, and is announced, where more of its owner waits than may', () => {
    world = World.of({ limits: { retainedBytes: 64 * 1024 * 1024, retainedShare: 100 } })
    const [publisher, reader] = [world.join({ serializer: 'msgpack' }), world.join()]
    for (let i = 1; i <= 17; i++) publisher.say(16, i, { retain: true }, `${TOPIC}.${i}`, [MEBIBYTE])
    expect(asked(reader, 1, 17)).toBe(16)
    for (let i = 0; i < 10_000; i++) asked(reader, 17, 17)
    publisher.say(16, 18, {}, `${TOPIC}.17`, ['next'])
    expect(reader.takeOne()[3]).toEqual({ _gap: 1 })
    expect(world.router.counters.eventsDropped).toBe(1)
  })
})
