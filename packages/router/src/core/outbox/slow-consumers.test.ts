// Shows what happens to events for sessions that do not read, by the policy of their topic: which are dropped, how the session is notified,
// who never notices.

import { ALLOW_ALL, OPEN_REALM, World } from '@trunkline/testkit'
import type { TestPeer } from '@trunkline/testkit'
import type { SlowConsumerRules } from '@trunkline/router'
import { afterEach, describe, expect, it } from 'vitest'

const TOPIC = 'com.example.topic'
const ON_GAP = 'trunkline.session.on_gap'
const SLOWEST = 'trunkline.admin.slowest_sessions'
const kilobyte = 'x'.repeat(1_000)

let world: World
afterEach(() => world.end())

/** A world where 10,000 octets may wait, so that nine events of a kilobyte fit. */
function open(slowConsumers: SlowConsumerRules): World {
  const anonymous = [...ALLOW_ALL, { uri: 'trunkline.**', allow: ['call', 'subscribe'] as const }]
  world = new World({ realms: { realm1: { ...OPEN_REALM, roles: { anonymous }, slowConsumers } }, limits: { outboxBytes: 10_000 } })
  return world
}

/** Subscribes; returns the id. */
function subscribe(peer: TestPeer, request: number, topic: string, match = 'exact'): number {
  peer.say(32, request, { match }, topic)
  const [type, , id] = peer.takeOne()
  expect(type).toBe(33)
  return id as number
}

/** What came of events: the subscription, the reported gap, the first argument. */
function eventsOf(peer: TestPeer): unknown[] {
  return peer
    .take()
    .filter(([type]) => type === 36)
    .map(([, subscription, , details, args]) => [subscription, (details as { _gap?: number })._gap ?? 0, (args as unknown[])[0]])
}

describe('drop_oldest', () => {
  it('gives up the oldest events until the newest fits, and the first that is left tells how many', () => {
    open({ policy: 'drop_oldest' })
    const [slow, publisher] = [world.join(), world.join()]
    const id = subscribe(slow, 1, TOPIC)
    slow.stopReading()
    for (let i = 1; i <= 30; i++) publisher.say(16, i, {}, TOPIC, [i, kilobyte])
    slow.resumeReading()
    publisher.say(16, 31, {}, TOPIC, [31])
    const left = Array.from({ length: 9 }, (_, i) => [id, i === 0 ? 21 : 0, 22 + i])
    expect(eventsOf(slow)).toEqual([...left, [id, 0, 31]])
    expect(world.router.counters).toMatchObject({ eventsDropped: 21, slowConsumersClosed: 0, slowConsumersWarned: 1 })
    expect(world.log.lines).toEqual([
      { event: 'slow consumer', fields: { area: 'sessions', session: slow.session, peer: 'peer-1', bytes: expect.any(Number) as number } },
    ])
  })

  it('makes room for replies too, which are never given up, and lets nothing overtake', () => {
    open({ policy: 'drop_oldest' })
    const [slow, publisher] = [world.join(), world.join()]
    subscribe(slow, 1, TOPIC)
    slow.stopReading()
    for (let i = 1; i <= 9; i++) publisher.say(16, i, {}, TOPIC, [i, kilobyte])
    for (let i = 2; i <= 31; i++) slow.say(48, i, {}, 'wamp.session.count')
    for (let i = 10; i <= 14; i++) publisher.say(16, i, {}, TOPIC, [i, kilobyte])
    slow.resumeReading()
    const came = slow.take()
    const results = came.filter(([type]) => type === 50).map(([, request]) => request)
    expect(results).toEqual(Array.from({ length: 30 }, (_, i) => i + 2))
    const order = came.map(([type, , , , args]) => (type === 50 ? 'reply' : (args as unknown[])[0]))
    expect(order).toEqual([...order.slice(0, order.indexOf('reply')), ...results.map(() => 'reply'), 10, 11, 12, 13, 14])
  })

  it('closes the session when what may not be given up does not fit', () => {
    open({ policy: 'drop_oldest', topics: [{ uri: 'com.ordered.**', policy: 'disconnect' }] })
    const [slow, other, publisher] = [world.join(), world.join(), world.join()]
    subscribe(slow, 1, 'com.', 'prefix')
    subscribe(other, 1, 'com.', 'prefix')
    slow.stopReading()
    for (let i = 1; i <= 5; i++) publisher.say(16, i, {}, TOPIC, [i, kilobyte])
    for (let i = 6; i <= 20; i++) publisher.say(16, i, {}, 'com.ordered.a', [i, kilobyte])
    world.advance(3_000)
    expect(world.router.counters).toMatchObject({ eventsDropped: 5, slowConsumersClosed: 1 })
    slow.resumeReading()
    expect(slow.take()).toEqual([[3, expect.any(Object), 'trunkline.close.slow_consumer']])
    expect(eventsOf(other).length).toBe(20)
  })

  it('counts on when the event that tells of a gap is itself given up', () => {
    open({ policy: 'drop_oldest' })
    const [slow, publisher] = [world.join(), world.join()]
    const [one, two] = [subscribe(slow, 1, 'com.one'), subscribe(slow, 2, 'com.two')]
    slow.stopReading()
    publisher.say(16, 1, {}, 'com.one', ['a', kilobyte])
    for (let i = 2; i <= 11; i++) publisher.say(16, i, {}, 'com.two', [i, kilobyte])
    publisher.say(16, 12, {}, 'com.one', ['b', kilobyte])
    for (let i = 13; i <= 21; i++) publisher.say(16, i, {}, 'com.two', [i, kilobyte])
    publisher.say(16, 22, {}, 'com.one', ['c', kilobyte])
    slow.resumeReading()
    const came = eventsOf(slow)
    expect(came[0]).toEqual([two, 11, 14])
    expect(came.at(-1)).toEqual([one, 2, 'c'])
  })

  it.each(['json', 'msgpack', 'cbor'] as const)('tells of a gap in %s too, payload as it came', (serializer) => {
    open({ policy: 'drop_oldest' })
    const [slow, publisher] = [world.join({ serializer }), world.join()]
    subscribe(slow, 1, 'com.', 'prefix')
    slow.stopReading()
    const payload = [[{ deep: [1, null, 'é'] }, 9_007_199_254_740_991, kilobyte], { key: true }]
    for (let i = 1; i <= 12; i++) publisher.say(16, i, {}, TOPIC, ...payload)
    slow.resumeReading()
    const [first, ...rest] = slow.take()
    expect(first).toEqual([36, expect.any(Number), expect.any(Number), { topic: TOPIC, _gap: 11 - rest.length }, ...payload])
    expect(rest.map(([, , , details]) => details)).toEqual(rest.map(() => ({ topic: TOPIC })))
  })

  it('leaves what waits for a session alone when its session is over and another follows', () => {
    open({ policy: 'drop_oldest' })
    const [slow, other, publisher] = [world.join(), world.join(), world.join()]
    const id = subscribe(slow, 1, TOPIC)
    subscribe(other, 1, TOPIC)
    slow.stopReading()
    for (let i = 1; i <= 5; i++) publisher.say(16, i, {}, TOPIC, [i, kilobyte])
    slow.say(6, {}, 'wamp.close.close_realm')
    slow.say(1, 'realm1', { roles: { subscriber: {} } })
    slow.say(32, 1, {}, TOPIC)
    for (let i = 6; i <= 20; i++) publisher.say(16, i, {}, TOPIC, [i, kilobyte])
    slow.resumeReading()
    const came = slow.take()
    expect(came.slice(0, 8).map(([type]) => type)).toEqual([36, 36, 36, 36, 36, 6, 2, 33])
    expect(came.slice(0, 5).map(([, , , details, args]) => [details, (args as unknown[])[0]])).toEqual([1, 2, 3, 4, 5].map((i) => [{}, i]))
    // As many as fit beside the WELCOME, whose length is that of our announcements.
    const left = came.slice(8)
    const first = 21 - left.length
    expect(left.length).toBeGreaterThan(1)
    expect(left.map(([type, , , details, args]) => [type, details, (args as unknown[])[0]])).toEqual(
      left.map((_, i) => [36, i === 0 ? { _gap: first - 6 } : {}, first + i]),
    )
    expect(came[7]).toEqual([33, 1, id])
  })
})

describe('conflate', () => {
  it('keeps only the newest event of each topic waiting, at the end, and tells what it took the place of', () => {
    open({ policy: 'disconnect', topics: [{ uri: 'com.price.**', policy: 'conflate' }] })
    const [slow, publisher] = [world.join(), world.join()]
    const id = subscribe(slow, 1, 'com.price.', 'prefix')
    const exact = subscribe(slow, 2, 'com.price.a')
    slow.stopReading()
    for (const [i, topic] of ['a', 'b', 'a', 'a', 'c', 'b'].entries()) publisher.say(16, i + 1, {}, `com.price.${topic}`, [`${topic}${i}`])
    slow.resumeReading()
    expect(eventsOf(slow)).toEqual([
      [exact, 2, 'a3'],
      [id, 3, 'a3'],
      [id, 0, 'c4'],
      [id, 0, 'b5'],
    ])
  })

  it('never closes a session for one topic, however often it is published to', () => {
    open({ policy: 'conflate' })
    const [slow, publisher] = [world.join(), world.join()]
    const id = subscribe(slow, 1, TOPIC)
    slow.stopReading()
    for (let i = 1; i <= 5_000; i++) publisher.say(16, i, {}, TOPIC, [i, kilobyte])
    slow.resumeReading()
    expect(eventsOf(slow)).toEqual([[id, 4_999, 5_000]])
    expect(world.router.counters.slowConsumersClosed).toBe(0)
  })
})

describe('the notice of a gap', () => {
  it('goes by a meta event to that session alone when no event follows within a second, and is not told again', () => {
    open({ policy: 'disconnect' })
    const [small, other, publisher] = [world.join(), world.join(), world.join()]
    const id = subscribe(small, 1, TOPIC)
    const notice = subscribe(small, 2, ON_GAP)
    subscribe(other, 1, ON_GAP)
    small.maxSendBytes = 500
    publisher.say(16, 1, {}, TOPIC, [kilobyte])
    publisher.say(16, 2, {}, TOPIC, [kilobyte])
    world.advance(999)
    expect(small.take()).toEqual([])
    world.advance(1_000)
    expect(small.take()).toEqual([[36, notice, expect.any(Number), {}, [id, TOPIC, 2]]])
    publisher.say(16, 3, {}, TOPIC, ['fits'])
    world.advance(3_000)
    expect(eventsOf(small)).toEqual([[id, 0, 'fits']])
    expect(other.take()).toEqual([])
  })

  it('does not come when an event told in time', () => {
    open({ policy: 'disconnect' })
    const [small, publisher] = [world.join(), world.join()]
    const id = subscribe(small, 1, TOPIC)
    subscribe(small, 2, ON_GAP)
    small.maxSendBytes = 500
    publisher.say(16, 1, {}, TOPIC, [kilobyte])
    publisher.say(16, 2, {}, TOPIC, ['fits'])
    world.advance(3_000)
    expect(eventsOf(small)).toEqual([[id, 1, 'fits']])
  })

  it('waits for the next event of a session that did not ask for the meta event', () => {
    open({ policy: 'disconnect' })
    const [small, publisher] = [world.join(), world.join()]
    const id = subscribe(small, 1, TOPIC)
    small.maxSendBytes = 500
    publisher.say(16, 1, {}, TOPIC, [kilobyte])
    world.advance(5_000)
    publisher.say(16, 2, {}, TOPIC, ['fits'])
    expect(eventsOf(small)).toEqual([[id, 1, 'fits']])
  })

  it('comes for events given up of which none is left, to patterns with the topic', () => {
    open({ policy: 'drop_oldest' })
    const [slow, publisher] = [world.join(), world.join()]
    const rare = subscribe(slow, 1, 'com.rare')
    subscribe(slow, 2, 'com.often')
    const notice = subscribe(slow, 3, 'trunkline.', 'prefix')
    slow.stopReading()
    publisher.say(16, 1, {}, 'com.rare', ['lost', kilobyte])
    for (let i = 2; i <= 11; i++) publisher.say(16, i, {}, 'com.often', [i, kilobyte])
    world.advance(1_000)
    slow.resumeReading()
    expect(slow.take().at(-1)).toEqual([36, notice, expect.any(Number), { topic: ON_GAP }, [rare, 'com.rare', 1]])
  })
})

describe('the view of the slowest sessions', () => {
  it('lists those for which most waits, by class, with what was given up and how long nothing was taken', () => {
    open({ policy: 'drop_oldest' })
    const [most, less, none, publisher] = [world.join(), world.join(), world.join(), world.join()]
    for (const peer of [most, less, none]) subscribe(peer, 1, TOPIC)
    most.stopReading()
    for (let i = 1; i <= 12; i++) publisher.say(16, i, {}, TOPIC, [i, kilobyte])
    less.stopReading()
    publisher.say(16, 13, {}, TOPIC, [13])
    less.say(48, 2, {}, 'wamp.session.count')
    world.advance(4_000)
    publisher.say(48, 14, {}, SLOWEST)
    const list = publisher.takeOne()[3] as Record<string, unknown>[][]
    expect(list[0]).toEqual([
      {
        session: most.session,
        authid: expect.any(String) as string,
        authrole: 'anonymous',
        queued_bytes: expect.any(Number) as number,
        queued_events: 10,
        queued_replies: 0,
        dropped_events: 3,
        seconds_without_progress: 3,
      },
      expect.objectContaining({ session: less.session, queued_events: 1, queued_replies: 1, dropped_events: 0 }) as object,
    ])
    expect(list[0]?.[0]?.['queued_bytes']).toBeGreaterThan(9_000)
    publisher.say(48, 15, {}, SLOWEST, [1])
    expect((publisher.takeOne()[3] as unknown[][])[0]?.length).toBe(1)
    publisher.say(48, 16, {}, SLOWEST, ['all'])
    expect(publisher.takeOne()).toEqual([8, 48, 16, {}, 'wamp.error.invalid_argument', [expect.any(String)]])
  })

  it('is open only to a role with a rule that names it', () => {
    world = new World()
    const peer = world.join()
    peer.say(48, 1, {}, SLOWEST)
    expect(peer.takeOne()).toEqual([8, 48, 1, {}, 'wamp.error.not_authorized', [expect.any(String)]])
  })
})

describe('the rules', () => {
  it('are refused when a pattern is not valid', () => {
    expect(() => open({ policy: 'disconnect', topics: [{ uri: 'com.#', policy: 'conflate' }] })).toThrow(
      "'com.#' is not a valid URI pattern",
    )
    open({ policy: 'disconnect' })
  })
})
