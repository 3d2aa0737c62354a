// Shows that few octets of a peer never become much memory of the router: who tries is ended with a clear word, others notice nothing.

import type { SerializerName } from '@trunkline/protocol'
import { World } from '@trunkline/testkit'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { realmIn } from '../testing/realm-in.ts'

let world: World
afterEach(() => world.end())

const FORMATS: readonly SerializerName[] = ['json', 'msgpack', 'cbor']
const many = (count: number): unknown[] => Array.from({ length: count }, () => ({}))

describe.each(FORMATS)('in %s', (serializer) => {
  it('a HELLO of more values than it may have is refused before they are built', () => {
    world = new World()
    const [attacker, bystander] = [world.connect(serializer), world.join()]
    attacker.say(1, 'realm1', { roles: { caller: {} }, authextra: { a: many(20_000) } })
    expect(attacker.takeOne()).toEqual([
      3,
      { message: expect.stringMatching(/more than 1000|longer than 65536/) as unknown },
      'wamp.error.protocol_violation',
    ])
    expect(attacker.closeCause).toBe('protocol_violation')
    expect(bystander.call('wamp.session.count')[3]).toEqual([1])
  })

  it('an option that nobody asks for is passed over, and one that holds too much ends the session', () => {
    world = new World()
    const peer = world.join({ serializer })
    peer.say(32, 1, { _mine: many(20_000) }, 'com.a')
    expect(peer.takeOne().slice(0, 2)).toEqual([33, 1])
    peer.say(16, 2, { forward_for: many(10_000) }, 'com.a')
    expect(peer.takeOne()).toEqual([
      3,
      { message: 'the message has more than 10000 lists, dicts and entries before the payload' },
      'wamp.error.protocol_violation',
    ])
  })

  it('arguments of the router that hold too much are an error, and the session goes on', () => {
    world = new World()
    const peer = world.join({ serializer })
    for (const [procedure, args] of [
      ['wamp.session.count', [many(20_000)]],
      ['wamp.reflect.define', ['com.a', { a: many(20_000) }]],
      ['wamp.session.add_testament', ['com.a', many(20_000), {}]],
      ['wamp.subscription.get_events', [1, { a: many(20_000) }]],
    ] as const) {
      peer.say(48, peer.nextRequest, {}, procedure, args)
      expect(peer.takeOne().slice(4)).toEqual(['wamp.error.invalid_argument', ['the payload has more than 20000 lists, dicts and entries']])
    }
    expect(peer.call('wamp.session.count')[3]).toEqual([1])
  })

  it('an event of very many values is kept, and not built for an answer, which holds its octets', () => {
    world = World.of({ topics: [{ uri: 'com.a', history: { events: 10 } }] })
    const peer = world.join({ serializer })
    for (const args of [[1], many(150_000), [2]]) peer.publish('com.a', args)
    const format = realmIn(world, 'realm1')?.sessions.get(peer.session)?.link.format
    if (format === undefined) throw new Error('no session')
    const decoded = vi.spyOn(format, 'decodeItems')
    const [id] = peer.call('wamp.subscription.lookup', ['com.a'])[3] as [number]
    const [, , , events, kwargs] = peer.call('wamp.subscription.get_events', [id])
    expect((events as { args: unknown[] }[]).map(({ args }) => args.length)).toEqual([1, 150_000, 1])
    expect(kwargs).toEqual({ is_limit_reached: false })
    expect(decoded.mock.calls.every(([raw]) => raw.length < 1_000)).toBe(true)
  })

  it('payload that is only handed on is never built, not to see whether it is of the older form of passthru either', () => {
    world = new World()
    const [peer, subscriber] = [world.join({ serializer }), world.join({ serializer })]
    subscriber.subscribe('com.a')
    peer.say(16, 1, { enc_algo: 'cryptobox' }, 'com.a', many(150_000))
    expect((subscriber.takeOne()[4] as unknown[]).length).toBe(150_000)
  })
})
