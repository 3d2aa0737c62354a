// Shows that what a realm's settings say holds from the moment of a change: rules about topics, slow consumers and trust, and limits.

import type { RealmOptions } from '@trunkline/router'
import type { TestPeer } from '@trunkline/testkit'
import { ALLOW_ALL, OPEN_REALM, World } from '@trunkline/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { ORDERS, publish, subscriptionOf, valuesIn } from './testing/history.ts'

const NEWS = 'com.shop.news'
const kilobyte = 'x'.repeat(1_000)

let world: World
afterEach(() => world.end())

function start(options: RealmOptions = {}): void {
  world = new World({ realms: { realm1: { ...OPEN_REALM, ...options } }, limits: { outboxBytes: 10_000 } })
}

function change(options: RealmOptions): readonly string[] {
  return world.router.updateRealm('realm1', { ...OPEN_REALM, ...options }).needRestart
}

function subscribe(peer: TestPeer, topic: string, options: Record<string, unknown> = {}): number {
  peer.say(32, peer.nextRequest, options, topic)
  return (peer.take()[0]?.[2] ?? 0) as number
}

describe('trustLevels', () => {
  it('of calls and events are those of the last change', () => {
    start({ trustLevels: [{ level: 1 }] })
    const [caller, callee] = [world.join(), world.join({ features: { callee: ['call_trustlevels'] } })]
    callee.say(64, callee.nextRequest, {}, ORDERS)
    subscribe(callee, ORDERS)
    /** The levels sent with a call and with an event. */
    const levels = (): unknown[] => {
      callee.take()
      caller.say(48, caller.nextRequest, {}, ORDERS)
      caller.say(16, caller.nextRequest, {}, ORDERS)
      return callee.take().map((message) => (message[3] as { trustlevel?: number }).trustlevel)
    }
    expect(levels()).toEqual([1, 1])
    expect(change({ trustLevels: [{ level: 2 }] })).toEqual([])
    expect(levels()).toEqual([2, 2])
    change({})
    expect(levels()).toEqual([undefined, undefined])
    change({ trustLevels: [{ uri: ORDERS, level: 3 }] })
    expect(levels()).toEqual([3, 3])
  })
})

describe('slowConsumers', () => {
  it('decide about events that are published after the change', () => {
    start()
    const [slow, publisher] = [world.join(), world.join()]
    subscribe(slow, ORDERS)
    expect(change({ slowConsumers: { policy: 'drop_oldest' } })).toEqual([])
    slow.stopReading()
    for (let i = 0; i < 30; i++) publisher.say(16, publisher.nextRequest, {}, ORDERS, [kilobyte])
    expect(world.router.counters).toMatchObject({ slowConsumersClosed: 0, eventsDropped: 21 })
    slow.resumeReading()
    slow.take()
    change({ slowConsumers: { policy: 'disconnect' } })
    slow.stopReading()
    for (let i = 0; i < 30; i++) publisher.say(16, publisher.nextRequest, {}, ORDERS, [kilobyte])
    world.advance(3_000)
    expect(world.router.counters).toMatchObject({ slowConsumersClosed: 1, eventsDropped: 21 })
  })
})

describe('history in topics', () => {
  const keep = (events: number, uri = ORDERS): RealmOptions => ({ topics: [{ uri, history: { events } }] })

  it('begins with a rule, for a topic that is subscribed and for one that is not', () => {
    start()
    const peer = world.join()
    const held = subscribe(peer, NEWS)
    publish(peer, [1], {}, NEWS)
    expect(change({ topics: [ORDERS, NEWS].map((uri) => ({ uri, history: { events: 5 } })) })).toEqual([])
    expect(subscriptionOf(peer, NEWS)).toBe(held)
    publish(peer, [2], {}, NEWS)
    publish(peer, [3])
    expect(valuesIn(peer, held)).toEqual([2])
    expect(valuesIn(peer, subscriptionOf(peer, ORDERS))).toEqual([3])
  })

  it('keeps what it has as far as a changed rule has room for it', () => {
    start(keep(5))
    const peer = world.join()
    const id = subscriptionOf(peer, ORDERS)
    for (let i = 1; i <= 5; i++) publish(peer, [i])
    change(keep(2))
    expect(valuesIn(peer, id)).toEqual([4, 5])
    change(keep(3))
    for (let i = 6; i <= 7; i++) publish(peer, [i])
    expect(valuesIn(peer, id)).toEqual([5, 6, 7])
  })

  it('ends with its rule: the subscription goes unless a session holds it', () => {
    start({ topics: [ORDERS, NEWS].map((uri) => ({ uri, history: { events: 5 } })) })
    const [peer, watcher] = [world.join(), world.join()]
    const id = subscribe(peer, NEWS)
    publish(peer, [1], {}, NEWS)
    change({})
    expect(subscriptionOf(peer, ORDERS)).toBeNull()
    expect(subscriptionOf(peer, NEWS)).toBe(id)
    expect(valuesIn(peer, id)).toEqual([])
    subscribe(watcher, 'wamp.subscription.on_delete')
    peer.say(34, peer.nextRequest, id)
    peer.take()
    expect(watcher.take().map((event) => event[4])).toEqual([[peer.session, id]])
    expect(subscriptionOf(peer, NEWS)).toBeNull()
  })

  it('of a pattern ends and begins for the topics that it answers', () => {
    start(keep(5, 'com.shop.**'))
    const peer = world.join()
    const id = subscribe(peer, ORDERS)
    publish(peer, [1])
    expect(valuesIn(peer, id)).toEqual([1])
    change({})
    expect(valuesIn(peer, id)).toEqual([])
    change(keep(5, 'com.shop.**'))
    publish(peer, [2])
    expect(valuesIn(peer, id)).toEqual([2])
  })
})

describe('retain in topics', () => {
  const retained = (topic: string): number => {
    const late = world.join()
    late.say(32, 1, { get_retained: true }, topic)
    return late.take().length - 1
  }

  it('drops what may no longer be kept, and ends the rest when the rule of now says', () => {
    start()
    const peer = world.join()
    for (const topic of [ORDERS, NEWS]) publish(peer, [1], { retain: true }, topic)
    expect([ORDERS, NEWS].map(retained)).toEqual([1, 1])
    const topics = [
      { uri: ORDERS, retain: false },
      { uri: NEWS, retain: { ageMs: 5_000 } },
    ]
    expect(change({ topics })).toEqual([])
    expect([ORDERS, NEWS].map(retained)).toEqual([0, 1])
    world.advance(6_000)
    expect(retained(NEWS)).toBe(0)
    change({})
    publish(peer, [2], { retain: true })
    expect(retained(ORDERS)).toBe(1)
  })
})

describe('limits', () => {
  it.each([
    ['testaments', { testaments: 1 }, (peer: TestPeer) => peer.call('wamp.session.add_testament', [ORDERS, [], {}])],
    ['definitions', { definitions: 1 }, (peer: TestPeer) => peer.call('wamp.reflect.define', [`com.a${peer.nextRequest}`, {}])],
    [
      'retained events',
      { retainedEvents: 1 },
      (peer: TestPeer) => {
        peer.say(16, peer.nextRequest, { retain: true, acknowledge: true }, `com.a${peer.nextRequest}`)
        return peer.takeOne()
      },
    ],
  ] as const)('on %s hold from a change on', (_, limits, ask) => {
    start()
    const peer = world.join()
    expect(ask(peer)[0]).not.toBe(8)
    change({ limits })
    expect(ask(peer)[4]).toBe('trunkline.error.limit_exceeded')
    change({})
    expect(ask(peer)[0]).not.toBe(8)
  })

  it('on the nodes of wildcard patterns hold from the next start, which is told', () => {
    start()
    expect(change({ limits: { wildcardNodes: 100 } })).toEqual(['limits.wildcardNodes'])
    expect(change({ limits: { wildcardNodes: 100, testaments: 3 } })).toEqual([])
  })
})

describe('settings that cannot work', () => {
  it.each([
    [{ trustLevels: [{ level: -1 }] }, '-1 is not a trust level: an integer from 0'],
    [{ topics: [{ uri: 'a..#', history: { events: 1 } }] }, 'not a valid URI pattern'],
    [{ slowConsumers: { policy: 'conflate', topics: [{ uri: '#', policy: 'disconnect' }] } }, 'not a valid URI pattern'],
  ] as [RealmOptions, string][])('change nothing: %j', (options, text) => {
    start({ roles: { anonymous: ALLOW_ALL }, trustLevels: [{ level: 1 }] })
    const peer = world.join()
    subscribe(peer, ORDERS)
    expect(() => change({ ...options, roles: { anonymous: [] } })).toThrow(text)
    peer.say(16, peer.nextRequest, { exclude_me: false }, ORDERS)
    expect(peer.takeOne()[3]).toEqual({ trustlevel: 1 })
  })
})
