// Shows retained events: what late subscribers get, and what they never get (specification: "Event Retention").

import type { Rule } from '@trunkline/router'
import type { TestPeer } from '@trunkline/testkit'
import { ALLOW_ALL, helloDetails, OPEN_REALM, World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { realmIn } from '../../testing/realm-in.ts'
import { SortedNames } from './sorted.ts'

const TOPIC = 'com.house.temperature'
const CLEAR = 'trunkline.admin.clear_retained'

describe('event retention', () => {
  let world: World
  beforeEach(() => {
    world = new World()
  })
  afterEach(() => world.end())

  /** Publishes with acknowledgement; the publication's id. */
  function publish(peer: TestPeer, args: unknown[], options: Record<string, unknown> = { retain: true }, topic = TOPIC): number {
    return peer.publish(topic, args, options)
  }

  /** Publishes and does not ask what became of it. */
  function tell(peer: TestPeer, args: unknown[], topic = TOPIC): void {
    peer.say(16, peer.nextRequest, { retain: true }, topic, args)
  }

  /** Subscribes; the messages that came after SUBSCRIBED. */
  function subscribe(peer: TestPeer, topic = TOPIC, options: Record<string, unknown> = { get_retained: true }): unknown[][] {
    peer.say(32, peer.nextRequest, options, topic)
    const [answer, ...events] = peer.take()
    expect(answer?.[0]).toBe(33)
    for (const event of events) expect(event.slice(0, 2)).toEqual([36, answer?.[2]])
    return events
  }

  function payloads(events: unknown[][]): unknown[] {
    return events.map((event) => (event[4] as unknown[])[0])
  }

  it('sends the newest retained event after SUBSCRIBED, marked, with its own publication id [AP-PS-RET-04 AP-PS-RET-10 AP-PS-RET-12 AP-PS-RET-13]', () => {
    const [publisher, late] = [world.join(), world.join()]
    publish(publisher, [20])
    const publication = publish(publisher, [21])
    expect(subscribe(late)).toEqual([[36, expect.any(Number), publication, { retained: true }, [21]]])
  })

  it('keeps nothing without `retain`, and sends nothing without `get_retained` [AP-PS-RET-03 AP-PS-RET-09]', () => {
    const [publisher, late] = [world.join(), world.join()]
    publish(publisher, [1], {})
    publish(publisher, [2], { retain: false })
    expect(subscribe(late)).toEqual([])
    publish(publisher, [3], { retain: true }, 'com.house.light')
    expect(subscribe(late, 'com.house.light', {})).toEqual([])
    expect(subscribe(late, 'com.house.light', { get_retained: false })).toEqual([])
  })

  it('keeps the retained event when others follow that are not to be retained [AP-PS-RET-04]', () => {
    const [publisher, late] = [world.join(), world.join()]
    publish(publisher, [1])
    publish(publisher, [2], {})
    expect(payloads(subscribe(late))).toEqual([1])
  })

  it('does not mark live events [AP-PS-RET-13]', () => {
    const [publisher, subscriber] = [world.join(), world.join()]
    expect(subscribe(subscriber)).toEqual([])
    const publication = publish(publisher, [1])
    expect(subscriber.takeOne()).toEqual([36, expect.any(Number), publication, {}, [1]])
  })

  it('sends it again to a session that subscribes again and asks for it [AP-PS-RET-10]', () => {
    const [publisher, late] = [world.join(), world.join()]
    publish(publisher, [1])
    expect(payloads(subscribe(late))).toEqual([1])
    expect(payloads(subscribe(late))).toEqual([1])
  })

  it('keeps what disclosed the publisher, also after it left [AP-PS-RET-13 AP-PS-RET-06]', () => {
    const [publisher, late] = [world.join(), world.join()]
    publish(publisher, [1], { retain: true, disclose_me: true })
    publisher.drop()
    expect(subscribe(late)[0]?.[3]).toEqual({
      retained: true,
      publisher: publisher.session,
      publisher_authid: expect.any(String),
      publisher_authrole: 'anonymous',
    })
  })

  it('is refused with the publication: nothing is kept of what was not accepted [AP-PS-RET-04]', () => {
    world = World.of({ allowsDisclosure: false })
    const [publisher, late] = [world.join(), world.join()]
    publisher.say(16, publisher.nextRequest, { acknowledge: true, retain: true, disclose_me: true }, TOPIC, [1])
    expect(publisher.takeOne()[0]).toBe(8)
    expect(subscribe(late)).toEqual([])
  })

  it('converts what it kept for the late subscriber, and counts what that cannot hold as a gap', () => {
    const [cbor, json, msgpack] = [world.join({ serializer: 'cbor' }), world.join(), world.join({ serializer: 'msgpack' })]
    publish(cbor, [Number.NaN])
    expect(payloads(subscribe(msgpack))).toEqual([Number.NaN])
    expect(subscribe(json)).toEqual([])
    publish(cbor, [2])
    expect(json.takeOne().slice(3)).toEqual([{ _gap: 1 }, [2]])
  })

  describe('for some', () => {
    /** Joins with an authid of the form role:name. */
    function join(authid: string): TestPeer {
      const peer = world.connect()
      peer.say(1, 'realm1', { roles: { publisher: {}, subscriber: {}, caller: {} }, authmethods: ['ticket'], authid })
      return peer.welcomed()
    }

    beforeEach(() => {
      world = World.of({
        roles: { anonymous: [], admin: ALLOW_ALL, guest: ALLOW_ALL },
        authenticate: ({ authid = '' }, _, done) => {
          const [authrole = '', name = ''] = authid.split(':')
          done({ accept: { authid: name, authrole, authmethod: 'ticket', authprovider: 'test' } })
        },
      })
    })

    it('gives each late subscriber the newest that it would have received [AP-PS-RET-07 AP-PS-RET-10 AP-PS-RET-11]', () => {
      const publisher = join('admin:a')
      publish(publisher, ['all'])
      publish(publisher, ['admins'], { retain: true, eligible_authrole: ['admin'] })
      publish(publisher, ['not x'], { retain: true, exclude_authid: ['x'] })
      publish(publisher, ['x'], { retain: true, eligible_authid: ['x'] })
      publish(publisher, ['nobody'], { retain: true, eligible: [] })
      expect(payloads(subscribe(join('admin:b')))).toEqual(['not x'])
      expect(payloads(subscribe(join('admin:x')))).toEqual(['x'])
      publish(publisher, ['admins again'], { retain: true, eligible_authrole: ['admin'] })
      expect(payloads(subscribe(join('admin:x')))).toEqual(['admins again'])
      expect(payloads(subscribe(join('guest:g')))).toEqual(['not x'])
    })

    it('never gives one that was for others only [AP-PS-RET-11]', () => {
      const [publisher, listed, other] = [join('admin:a'), join('guest:g'), join('guest:h')]
      publish(publisher, [1], { retain: true, eligible: [listed.session] })
      publish(publisher, [2], { retain: true, exclude: [other.session], eligible_authrole: ['guest'] })
      expect(subscribe(other)).toEqual([])
      expect(payloads(subscribe(listed))).toEqual([2])
      expect(subscribe(join('admin:b'))).toEqual([])
    })

    it('gives up all older ones for one that is for all [AP-PS-RET-04]', () => {
      const publisher = join('admin:a')
      publish(publisher, ['admins'], { retain: true, eligible_authrole: ['admin'] })
      publish(publisher, ['all'])
      expect(payloads(subscribe(join('admin:b')))).toEqual(['all'])
      expect(realmIn(world, 'realm1')?.broker.retained.size).toBe(1)
    })

    it('keeps a bounded number for some of one topic', () => {
      const publisher = join('admin:a')
      publish(publisher, ['all'])
      for (let i = 0; i < 100; i++) publish(publisher, [i], { retain: true, eligible_authid: [`x${i}`] })
      expect(realmIn(world, 'realm1')?.broker.retained.size).toBe(17)
      expect(payloads(subscribe(join('guest:x0')))).toEqual(['all'])
      expect(payloads(subscribe(join('guest:x99')))).toEqual([99])
    })
  })

  it('does not give a publisher its own event, unless it asked for its events [AP-PS-RET-11]', () => {
    const publisher = world.join()
    publish(publisher, [1])
    expect(subscribe(publisher)).toEqual([])
    publish(publisher, [2], { retain: true, exclude_me: false }, 'com.house.light')
    expect(payloads(subscribe(publisher, 'com.house.light'))).toEqual([2])
  })

  describe('for patterns', () => {
    it.each([
      ['prefix', 'com.house.', ['b', 'a', 'deep']],
      ['prefix', '', ['b', 'a', 'other', 'deep']],
      ['prefix', 'com.house.te', ['b']],
      ['wildcard', 'com..light', ['a', 'other']],
      ['wildcard', 'com.house.', ['b', 'a']],
      ['wildcard', '..', ['b', 'a', 'other']],
      ['exact', 'com.house.light', ['a']],
    ])('gives one of each topic, oldest first, with the topic: %s %s [AP-PS-RET-14]', (match, pattern, expected) => {
      const [publisher, late] = [world.join(), world.join()]
      const topics: Record<string, string> = { a: 'com.house.light', b: TOPIC, other: 'com.garden.light', deep: 'com.house.cellar.light' }
      publish(publisher, ['old'], { retain: true }, topics['a'])
      for (const name of ['b', 'a', 'other', 'deep']) publish(publisher, [name], { retain: true }, topics[name])
      const events = subscribe(late, pattern, { match, get_retained: true })
      expect(payloads(events)).toEqual(expected)
      const details = expected.map((name) => ({ retained: true, ...(match !== 'exact' && { topic: topics[name] }) }))
      expect(events.map((event) => event[3])).toEqual(details)
    })

    it.each([
      ['so many', { retainedAtOnce: 2 }],
      ['so many octets', { retainedBytesAtOnce: 11 }],
    ])('gives no more at once than the limit, %s, the newest, and tells of the others by a gap [AP-PS-RET-14]', (_, limits) => {
      world = World.of({ limits })
      const [publisher, late] = [world.join(), world.join()]
      for (const name of ['a', 'b', 'c', 'd']) publish(publisher, [name], { retain: true }, `com.house.${name}`)
      const events = subscribe(late, 'com.house.', { match: 'prefix', get_retained: true })
      expect(events.map((event) => [event[3], event[4]])).toEqual([
        [{ retained: true, topic: 'com.house.c', _gap: 2 }, ['c']],
        [{ retained: true, topic: 'com.house.d' }, ['d']],
      ])
    })
  })

  it('gives the newest of very many in any order of their topics, oldest first, and passes over those for others', () => {
    const [publisher, late] = [world.join(), world.join()]
    for (let i = 0; i < 1_500; i++) publish(publisher, [i], { retain: true }, `com.house.${(i * 7) % 1_500}`)
    for (let i = 0; i < 500; i++) publish(publisher, [i], { retain: true, eligible_authid: ['nobody'] }, `com.house.of-others.${i}`)
    const events = subscribe(late, 'com.house.', { match: 'prefix', get_retained: true })
    expect(payloads(events)).toEqual(Array.from({ length: 1_000 }, (_, i) => 500 + i))
    expect(events[0]?.[3]).toMatchObject({ _gap: 500 })
  })

  it('gives the newest however long it is', () => {
    world = World.of({ limits: { retainedBytesAtOnce: 4 } })
    const [publisher, late] = [world.join(), world.join()]
    for (const name of ['a', 'b']) publish(publisher, [name], { retain: true }, `com.house.${name}`)
    expect(payloads(subscribe(late, 'com.house.', { match: 'prefix', get_retained: true }))).toEqual(['b'])
  })

  it('counts octets as they are in the serializer of the subscriber, once that is known', () => {
    world = World.of({ limits: { retainedBytesAtOnce: 20 } })
    const [publisher, late] = [world.join({ serializer: 'msgpack' }), world.join()]
    const nulls = [null, null, null]
    for (const name of ['a', 'b', 'c']) publish(publisher, nulls, { retain: true }, `com.house.${name}`)
    const gaps: unknown[] = []
    for (let i = 0; i < 2; i++) {
      const events = subscribe(late, 'com.house.', { match: 'prefix', get_retained: true })
      gaps.push(events.map((event) => (event[3] as Record<string, unknown>)['_gap']))
    }
    expect(gaps).toEqual([[undefined, undefined, undefined], [2]])
  })

  describe('rules and limits', () => {
    it('does not retain where a rule says so, and publishes all the same [AP-PS-RET-05]', () => {
      world = World.of({
        topics: [
          { uri: '**', retain: false },
          { uri: 'com.house.**', retain: true },
        ],
      })
      const [publisher, live, late] = [world.join(), world.join(), world.join()]
      subscribe(live, 'com.other')
      publish(publisher, [1], { retain: true }, 'com.other')
      publish(publisher, [2])
      expect(payloads(live.take())).toEqual([1])
      expect(subscribe(late, 'com.other')).toEqual([])
      expect(payloads(subscribe(late))).toEqual([2])
    })

    it('gives up a retained event after its time', () => {
      world = World.of({ topics: [{ uri: 'com.house.**', retain: { ageMs: 5000 } }] })
      const [publisher, late] = [world.join(), world.join()]
      publish(publisher, [1])
      publish(publisher, [2], { retain: true }, 'com.garden')
      world.advance(4000)
      expect(payloads(subscribe(late))).toEqual([1])
      world.clock.advance(1000)
      expect(subscribe(late)).toEqual([])
      world.router.tick()
      expect(realmIn(world, 'realm1')?.broker.retained.size).toBe(1)
      expect(payloads(subscribe(late, 'com.garden'))).toEqual([2])
    })

    it('keeps no more events than the limit, counts those that it does not keep, and never serves an older one for them', () => {
      world = World.of({ limits: { retainedEvents: 2, retainedShare: 100 } })
      const [publisher, late] = [world.join(), world.join()]
      for (const topic of ['a', 'b', 'c']) tell(publisher, [topic], topic)
      tell(publisher, ['b2'], 'b')
      expect(world.router.counters.eventsNotRetained).toBe(1)
      expect(payloads(subscribe(late, '', { match: 'prefix', get_retained: true }))).toEqual(['a', 'b2'])
    })

    it('keeps no more octets than the limit, and never serves an older event in place of the one that it did not keep', () => {
      world = World.of({ limits: { retainedBytes: 2000, retainedShare: 100 } })
      const [publisher, late] = [world.join(), world.join()]
      tell(publisher, ['x'.repeat(1000)])
      tell(publisher, ['y'.repeat(3000)])
      expect(subscribe(late)).toEqual([])
      expect(world.router.counters.eventsNotRetained).toBe(1)
      publish(publisher, ['z'.repeat(1000)])
      expect(payloads(subscribe(world.join()))).toEqual(['z'.repeat(1000)])
    })

    describe('are shared by their owners', () => {
      const limits = { retainedEvents: 4, retainedShare: 50 }

      function joinFrom(address: string): TestPeer {
        const peer = world.connect()
        peer.info = { ...peer.info, address }
        peer.say(1, 'realm1', helloDetails())
        return peer.welcomed()
      }

      it('none has more than a share, however many sessions and topics it makes, and the others have theirs', () => {
        world = World.of({ limits })
        for (const topic of ['a', 'b', 'c', 'd', 'e']) tell(joinFrom('192.0.2.1'), [topic], topic)
        publish(joinFrom('192.0.2.2'), ['other'], { retain: true }, 'other')
        expect(payloads(subscribe(world.join(), '', { match: 'prefix', get_retained: true }))).toEqual(['a', 'b', 'other'])
        expect(world.router.counters.eventsNotRetained).toBe(3)
      })

      it('a publisher that wants an acknowledgement is told when its share is used up, and nothing is published or dropped', () => {
        world = World.of({ limits })
        const [publisher, listener] = [joinFrom('192.0.2.1'), world.join()]
        subscribe(listener, '', { match: 'prefix' })
        for (const topic of ['a', 'b']) publish(publisher, [topic], { retain: true }, topic)
        listener.take()
        publisher.say(16, publisher.nextRequest, { acknowledge: true, retain: true }, 'c', ['c'])
        const details = { limit: 'retainedEvents', value: 2 }
        expect(publisher.takeOne()).toEqual([8, 16, 3, details, 'trunkline.error.limit_exceeded', ['more than 2 retainedEvents']])
        expect(listener.take()).toEqual([])
        // What takes the place of its own costs no more than that did.
        publisher.say(16, publisher.nextRequest, { acknowledge: true, retain: true }, 'a', ['a2'])
        expect(publisher.takeOne()[0]).toBe(17)
        expect(payloads(subscribe(world.join(), '', { match: 'prefix', get_retained: true }))).toEqual(['b', 'a2'])
      })

      it('octets are shared alike', () => {
        world = World.of({ limits: { retainedBytes: 4000, retainedShare: 50 } })
        const [publisher, other] = [joinFrom('192.0.2.1'), joinFrom('192.0.2.2')]
        publish(publisher, ['x'.repeat(1000)], { retain: true }, 'a')
        publisher.say(16, publisher.nextRequest, { acknowledge: true, retain: true }, 'b', ['y'.repeat(1000)])
        expect(publisher.takeOne()[3]).toEqual({ limit: 'retainedBytes', value: 2000 })
        other.say(16, other.nextRequest, { acknowledge: true, retain: true }, 'b', ['y'.repeat(1000)])
        expect(other.takeOne()[0]).toBe(17)
      })

      it('an event that takes the place of that of another is its publisher’s, and what is dropped gives its share back', () => {
        world = World.of({ limits, roles: { anonymous: [...ALLOW_ALL, { uri: 'trunkline.**', allow: ['call'] }] satisfies Rule[] } })
        const [one, two] = [joinFrom('192.0.2.1'), joinFrom('192.0.2.2')]
        for (const topic of ['a', 'b']) publish(one, [topic], { retain: true }, topic)
        publish(two, ['a2'], { retain: true }, 'a')
        publish(one, ['c'], { retain: true }, 'c')
        const { retained } = realmIn(world, 'realm1')?.broker ?? {}
        expect([retained?.size, retained?.owners]).toEqual([3, 2])
        expect(one.call(CLEAR, ['', { match: 'prefix' }])[3]).toEqual([3])
        expect([retained?.size, retained?.owners]).toEqual([0, 0])
      })
    })

    it('clears a topic, or all topics of a pattern, when an administrator says so', () => {
      world = World.of({ roles: { anonymous: [...ALLOW_ALL, { uri: 'trunkline.**', allow: ['call', 'subscribe'] }] satisfies Rule[] } })
      const [publisher, late] = [world.join(), world.join()]
      for (const topic of ['com.a', 'com.b', 'org.a']) publish(publisher, [topic], { retain: true }, topic)
      expect(publisher.call(CLEAR, ['org.a'])[3]).toEqual([1])
      expect(publisher.call(CLEAR, ['org.a'])[3]).toEqual([0])
      expect(payloads(subscribe(late, '', { match: 'prefix', get_retained: true }))).toEqual(['com.a', 'com.b'])
      expect(publisher.call(CLEAR, ['com.', { match: 'prefix' }])[3]).toEqual([2])
      expect(subscribe(world.join(), 'com.a')).toEqual([])
      expect(publisher.call(CLEAR, ['com.', { match: 'all' }])[4]).toBe('wamp.error.invalid_argument')
      expect(publisher.call(CLEAR)[4]).toBe('wamp.error.invalid_argument')
      expect(realmIn(world, 'realm1')?.broker.retained.size).toBe(0)
    })
  })
})

describe('retained events of very many topics', () => {
  afterEach(() => void vi.restoreAllMocks())

  const RULE = { uri: 'com.**', retain: { ageMs: 5_000 } }

  it.each([
    ['cleared', (world: World) => expect(realmIn(world, 'realm1')?.broker.clearRetained('prefix', 'com.')).toBe(300)],
    ['expired', (world: World): void => world.advance(10_000)],
    [
      'no longer retained',
      (world: World): void => void world.router.updateRealm('realm1', { ...OPEN_REALM, topics: [{ uri: '**', retain: false }] }),
    ],
  ])('are %s together: their names are not taken out one by one, each of which moves all behind it', (_, end) => {
    const world = World.of({ topics: [RULE] })
    const peer = world.join()
    for (let i = 0; i < 300; i++) peer.publish(`com.topic.n${i}`, [], { retain: true })
    const one = vi.spyOn(SortedNames.prototype, 'delete')
    end(world)
    expect(one).not.toHaveBeenCalled()
    const retained = realmIn(world, 'realm1')?.broker.retained
    expect(retained?.size).toBe(0)
    world.router.updateRealm('realm1', OPEN_REALM)
    peer.publish('com.topic.n7', ['new'], { retain: true })
    expect(retained?.size).toBe(1)
    peer.drop()
  })
})
