// Shows what it costs to send retained events to subscribers with other serializers.

import { StepwiseConverter } from '@trunkline/protocol'
import type { TestPeer } from '@trunkline/testkit'
import { ALLOW_ALL, World } from '@trunkline/testkit'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { realmIn } from '../../testing/realm-in.ts'

const TOPIC = 'com.house.picture'
const MEBIBYTE = 'x'.repeat(1024 * 1024)

function formatIn(world: World, peer: TestPeer) {
  const format = realmIn(world, 'realm1')?.sessions.get(peer.session)?.link.format
  if (format === undefined) throw new Error('no session')
  return format
}

describe('a retained event in the serializer of another client', () => {
  let world: World
  afterEach(() => {
    vi.restoreAllMocks()
    world.end()
  })

  /** Opens a realm that has room for events of 1 MiB each, and publishes some. */
  function publish(events: number): void {
    world = World.of({ limits: { retainedBytes: 64 * 1024 * 1024, retainedShare: 100 } })
    const publisher = world.join({ serializer: 'msgpack' })
    for (let i = 1; i <= events; i++) publisher.say(16, i, { retain: true }, `${TOPIC}.${i}`, [MEBIBYTE])
  }

  /** Counts what is converted from now on. */
  function countConversions(): () => number {
    const begun = vi.spyOn(StepwiseConverter.prototype, 'begin')
    return () => begun.mock.calls.length
  }

  /** Subscribes to some topics one after the other; how many retained events came. */
  function asked(peer: TestPeer, first: number, last: number): number {
    for (let i = first; i <= last; i++) peer.say(32, peer.nextRequest, { get_retained: true }, `${TOPIC}.${i}`)
    return peer.take().filter(([type]) => type === 36).length
  }

  it('is made once for all who ask for it, again and again', () => {
    publish(2)
    const [one, other] = [world.join(), world.join()]
    const conversions = countConversions()
    for (let i = 0; i < 20; i++) for (const reader of [one, other]) expect(asked(reader, 1, 2)).toBe(2)
    expect(conversions()).toBe(2)
  })

  it('is made for one owner, in all its sessions, at a rate; what is beyond it waits, and comes if it is still retained', () => {
    publish(20)
    const [one, other, plain] = [world.join(), world.join(), world.join({ serializer: 'msgpack' })]
    const conversions = countConversions()
    expect(asked(one, 1, 12) + asked(other, 13, 20)).toBe(16)
    expect(conversions()).toBe(16)
    expect([asked(other, 2, 12), asked(plain, 1, 20)]).toEqual([11, 20])
    plain.say(16, plain.nextRequest, { retain: true }, `${TOPIC}.18`, ['new'])
    expect(other.takeOne().at(-1)).toEqual(['new'])
    world.advance(6000)
    const came = other.take().filter(([type]) => type === 36)
    expect(came.map(([, , , details]) => details)).toEqual([17, 19, 20].map(() => ({ retained: true })))
    expect(conversions()).toBe(19)
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

  it.each(['retained', 'kept in a history'])('is converted in steps where it is long, each in a task of its own (%s)', (kind) => {
    world = World.of({
      limits: { retainedBytes: 64 * 1024 * 1024, retainedShare: 100 },
      topics: [{ uri: TOPIC, history: { events: 10, bytes: 16 * 1024 * 1024 } }],
      roles: { anonymous: [...ALLOW_ALL, { uri: 'wamp.**', allow: ['call'] }] },
    })
    const [publisher, reader] = [world.join({ serializer: 'msgpack' }), world.join()]
    const numbers = Array.from({ length: 40_000 }, (_, i) => i)
    publisher.say(16, publisher.nextRequest, { retain: true }, TOPIC, numbers)
    const subscription = publisher.subscribe(TOPIC)
    const steps = vi.spyOn(StepwiseConverter.prototype, 'goOn')
    const inOneTurn = vi.spyOn(formatIn(world, reader), 'convertItems')
    const deferred = vi.spyOn(world.scheduler, 'defer')
    if (kind === 'retained') reader.say(32, reader.nextRequest, { get_retained: true }, TOPIC)
    else reader.say(48, reader.nextRequest, {}, 'wamp.subscription.get_events', [subscription])
    const came = reader.take().at(-1)
    expect(kind === 'retained' ? came?.at(-1) : (came?.[3] as { args: unknown }[] | undefined)?.[0]?.args).toEqual(numbers)
    expect(inOneTurn).not.toHaveBeenCalled()
    expect(steps.mock.calls.length).toBeGreaterThan(3)
    expect(deferred.mock.calls.length).toBeGreaterThanOrEqual(steps.mock.calls.length)
  })

  it.each(['retained', 'kept in a history'])('is left out where the serializer cannot hold it, and tried once (%s)', (kind) => {
    world = World.of({
      limits: { retainedBytes: 64 * 1024 * 1024, retainedShare: 100 },
      topics: [{ uri: TOPIC, history: { events: 10, bytes: 16 * 1024 * 1024 } }],
      roles: { anonymous: [...ALLOW_ALL, { uri: 'wamp.**', allow: ['call'] }] },
    })
    const [publisher, reader] = [world.join({ serializer: 'msgpack' }), world.join()]
    publisher.say(16, publisher.nextRequest, { retain: true }, TOPIC, [...Array<number>(80_000).fill(1), Number.NaN])
    const subscription = publisher.subscribe(TOPIC)
    const begun = countConversions()
    for (let i = 0; i < 2; i++) {
      if (kind === 'retained') reader.say(32, reader.nextRequest, { get_retained: true }, TOPIC)
      else reader.say(48, reader.nextRequest, {}, 'wamp.subscription.get_events', [subscription])
      const came = reader.take()
      if (kind === 'retained') expect(came.map(([type]) => type)).toEqual([33])
      else expect(came[0]?.slice(3)).toEqual([[], { is_limit_reached: false, _gap: 1 }])
    }
    expect(begun()).toBe(1)
  })
})
