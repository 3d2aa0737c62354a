// Shows event history: what is kept, what a query answers, and who sees it (specification: "Event History").

import type { TestPeer } from '@trunkline/testkit'
import { ALLOW_ALL, World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const TOPIC = 'com.shop.orders'
const GET = 'wamp.subscription.get_events'

interface StoredEventDict {
  readonly timestamp: string
  readonly subscription: number
  readonly publication: number
  readonly details: Record<string, unknown>
  readonly args?: unknown[]
  readonly kwargs?: Record<string, unknown>
}

describe('event history', () => {
  let world: World
  beforeEach(() => {
    world = World.of({ topics: [{ uri: TOPIC, history: { events: 5 } }] })
  })
  afterEach(() => world.end())

  function idOf(peer: TestPeer, topic = TOPIC, match = 'exact'): number {
    return (peer.call('wamp.subscription.lookup', [topic, { match }])[3] as [number])[0]
  }

  function events(peer: TestPeer, id: number, kwargs: Record<string, unknown> = {}): StoredEventDict[] {
    return (peer.call(GET, [id], kwargs)[3] ?? []) as StoredEventDict[]
  }

  /** The first argument of each event. */
  function values(peer: TestPeer, id: number, kwargs: Record<string, unknown> = {}): unknown[] {
    return events(peer, id, kwargs).map(({ args }) => args?.[0])
  }

  /** Publishes with acknowledgement; the publication's id. */
  function publish(peer: TestPeer, args: unknown[], options: Record<string, unknown> = {}, topic = TOPIC): number {
    return peer.publish(topic, args, options)
  }

  it('is kept from the start, before anybody subscribes; the meta API gives the id [AP-PS-HIS-02 AP-PS-HIS-28 AP-PS-HIS-30]', () => {
    const [peer, subscriber] = [world.join(), world.join()]
    const id = idOf(peer)
    publish(peer, [1])
    publish(peer, [2])
    expect(values(peer, id)).toEqual([1, 2])
    expect(peer.call('wamp.subscription.count_subscribers', [id])[3]).toEqual([0])
    subscriber.say(32, subscriber.nextRequest, {}, TOPIC)
    expect(subscriber.takeOne()[2]).toBe(id)
    subscriber.say(34, subscriber.nextRequest, id)
    subscriber.take()
    publish(peer, [3])
    expect(values(peer, id)).toEqual([1, 2, 3])
    expect(idOf(peer)).toBe(id)
  })

  it('answers with the events as positional results, each with time, ids, details and payload [AP-PS-HIS-04 AP-PS-HIS-18 AP-PS-HIS-26]', () => {
    const peer = world.join()
    const id = idOf(peer)
    const first = publish(peer, ['a'], { disclose_me: true })
    world.advance(1500)
    peer.say(16, peer.nextRequest, {}, TOPIC, [], { key: 'b' })
    peer.say(16, peer.nextRequest, {}, TOPIC)
    const disclosed = { publisher: peer.session, publisher_authid: expect.any(String), publisher_authrole: 'anonymous' }
    expect(peer.call(GET, [id])).toEqual([
      50,
      expect.any(Number),
      {},
      [
        { timestamp: '2026-01-01T00:00:00.000Z', subscription: id, publication: first, details: disclosed, args: ['a'] },
        {
          timestamp: '2026-01-01T00:00:01.500Z',
          subscription: id,
          publication: expect.any(Number),
          details: {},
          args: [],
          kwargs: { key: 'b' },
        },
        { timestamp: '2026-01-01T00:00:01.500Z', subscription: id, publication: expect.any(Number), details: {} },
      ],
      { is_limit_reached: false },
    ])
  })

  it('gives the event the publication id that live subscribers got [AP-PS-HIS-18]', () => {
    const [peer, subscriber] = [world.join(), world.join()]
    const id = idOf(peer)
    subscriber.say(32, 1, {}, TOPIC)
    subscriber.take()
    publish(peer, [1])
    const [, , publication] = subscriber.takeOne()
    expect(events(peer, id)[0]?.publication).toBe(publication)
  })

  it('keeps the newest events only, as many as the rule says', () => {
    const peer = world.join()
    const id = idOf(peer)
    for (let i = 1; i <= 12; i++) publish(peer, [i])
    expect(values(peer, id)).toEqual([8, 9, 10, 11, 12])
  })

  it('keeps no more octets than the rule says', () => {
    world = World.of({ topics: [{ uri: TOPIC, history: { events: 100, bytes: 4000 } }] })
    const peer = world.join()
    const id = idOf(peer)
    for (let i = 1; i <= 10; i++) publish(peer, [i, 'x'.repeat(1000)])
    expect(values(peer, id)).toEqual([8, 9, 10])
    publish(peer, [11, 'x'.repeat(5000)])
    expect(values(peer, id)).toEqual([])
  })

  it('keeps no event longer than the rule says', () => {
    world = World.of({ topics: [{ uri: TOPIC, history: { events: 100, ageMs: 10_000 } }] })
    const peer = world.join()
    const id = idOf(peer)
    publish(peer, [1])
    world.advance(6000)
    publish(peer, [2])
    world.advance(4000)
    expect(values(peer, id)).toEqual([1, 2])
    world.advance(1)
    expect(values(peer, id)).toEqual([2])
    world.advance(60_000)
    expect(values(peer, id)).toEqual([])
  })

  it.each([{ events: 0 }, { events: 1.5 }, { events: 5, ageMs: -1 }, { events: 5, bytes: Number.NaN }])('is refused with %j', (history) => {
    expect(() => World.of({ topics: [{ uri: TOPIC, history }] })).toThrow('positive integers')
    expect(() => World.of({ topics: [{ uri: 'com..x', match: 'exact', history: { events: 5 } }] })).toThrow('not a valid URI pattern')
  })

  describe('queries', () => {
    let peer: TestPeer
    let id: number
    let published: number[]
    /** Five events, a second apart. */
    beforeEach(() => {
      peer = world.join()
      id = idOf(peer)
      published = [1, 2, 3, 4, 5].map((value) => {
        const publication = publish(peer, [value])
        world.advance(1000)
        return publication
      })
    })

    it('gives oldest first, and newest first when asked [AP-PS-HIS-05]', () => {
      expect(values(peer, id)).toEqual([1, 2, 3, 4, 5])
      expect(values(peer, id, { reverse: false })).toEqual([1, 2, 3, 4, 5])
      expect(values(peer, id, { reverse: true })).toEqual([5, 4, 3, 2, 1])
    })

    it('gives at most `limit`, and says whether there were more [AP-PS-HIS-06 AP-PS-HIS-20]', () => {
      expect(values(peer, id, { limit: 2 })).toEqual([1, 2])
      expect(values(peer, id, { limit: 2, reverse: true })).toEqual([5, 4])
      expect(peer.call(GET, [id], { limit: 2 })[4]).toEqual({ is_limit_reached: true })
      expect(peer.call(GET, [id], { limit: 5 })[4]).toEqual({ is_limit_reached: false })
    })

    it.each<[Record<string, string>, number[]]>([
      [{ from_time: '2026-01-01T00:00:02.000Z' }, [3, 4, 5]],
      [{ after_time: '2026-01-01T00:00:02Z' }, [4, 5]],
      [{ before_time: '2026-01-01T01:00:02+01:00' }, [1, 2]],
      [{ until_time: '2026-01-01t00:00:02.000000z' }, [1, 2, 3]],
      [{ from_time: '2026-01-01T00:00:02.0000001Z' }, [4, 5]],
      [{ before_time: '2026-01-01T00:00:02.0000001Z' }, [1, 2, 3]],
    ])('filters by time: %j gives %j [AP-PS-HIS-07 AP-PS-HIS-08 AP-PS-HIS-09 AP-PS-HIS-10]', (filter, expected) => {
      expect(values(peer, id, filter)).toEqual(expected)
    })

    it('filters by publication in the order of arrival, not of ids [AP-PS-HIS-12 AP-PS-HIS-13 AP-PS-HIS-14 AP-PS-HIS-15 AP-PS-HIS-17]', () => {
      expect(published).not.toEqual([...published].sort((a, b) => a - b))
      expect(values(peer, id, { from_publication: published[2] })).toEqual([3, 4, 5])
      expect(values(peer, id, { after_publication: published[2] })).toEqual([4, 5])
      expect(values(peer, id, { before_publication: published[2] })).toEqual([1, 2])
      expect(values(peer, id, { until_publication: published[2] })).toEqual([1, 2, 3])
    })

    it('pages forward and backward [AP-PS-HIS-13 AP-PS-HIS-14]', () => {
      expect(values(peer, id, { after_publication: published[1], limit: 2 })).toEqual([3, 4])
      expect(values(peer, id, { before_publication: published[3], limit: 2, reverse: true })).toEqual([3, 2])
    })

    it('combines filters [AP-PS-HIS-16]', () => {
      const filters = { after_publication: published[0], until_time: '2026-01-01T00:00:03Z', reverse: true, limit: 2, topic: TOPIC }
      expect(values(peer, id, filters)).toEqual([4, 3])
    })

    it.each([{ topic: 'com.shop.other' }, { after_publication: 1 }, { from_time: '2027-01-01T00:00:00Z' }])(
      'answers %j with no events, not with an error [AP-PS-HIS-19]',
      (filter) => {
        expect(peer.call(GET, [id], filter).slice(3)).toEqual([[], { is_limit_reached: false }])
      },
    )

    it.each([
      { limit: 0 },
      { limit: '3' },
      { limit: 1.5 },
      { reverse: 1 },
      { from_time: 12 },
      { from_time: 'yesterday' },
      { from_time: '2026-02-31T00:00:00Z' },
      { until_time: '2026-01-01T25:00:00Z' },
      { until_time: '2026-01-01T00:00:00' },
      { after_publication: 'x' },
      { topic: 5 },
    ])('refuses %j [AP-PS-HIS-27]', (filter) => {
      expect(peer.call(GET, [id], filter)).toEqual([
        8,
        48,
        expect.any(Number),
        {},
        'wamp.error.invalid_argument',
        [expect.stringContaining(Object.keys(filter)[0] ?? '')],
      ])
    })

    it.each([[[9_999]], [[]], [['x']]])('refuses the subscription %j [AP-PS-HIS-27]', (args) => {
      const error = typeof args[0] === 'number' ? 'wamp.error.no_such_subscription' : 'wamp.error.invalid_argument'
      expect(peer.call(GET, args)[4]).toBe(error)
    })

    it('answers for a subscription without history with no events [AP-PS-HIS-19]', () => {
      peer.say(32, peer.nextRequest, {}, 'com.shop.other')
      const other = peer.takeOne()[2] as number
      publish(peer, [1], {}, 'com.shop.other')
      expect(values(peer, other)).toEqual([])
    })

    it('does not show subscriptions to topics of the router [AP-PS-HIS-27]', () => {
      peer.say(32, peer.nextRequest, {}, 'wamp.session.on_join')
      const meta = peer.takeOne()[2] as number
      expect(peer.call(GET, [meta])[4]).toBe('wamp.error.no_such_subscription')
    })
  })

  describe('of patterns', () => {
    beforeEach(() => {
      world = World.of({
        topics: [
          { uri: 'com.shop.**', history: { events: 10 } },
          { uri: 'com..orders', history: { events: 10 } },
        ],
      })
    })

    it('holds all topics of the pattern, with the topic in the details, and can be asked for one [AP-PS-HIS-02 AP-PS-HIS-03 AP-PS-HIS-11]', () => {
      const peer = world.join()
      const prefix = idOf(peer, 'com.shop.', 'prefix')
      publish(peer, [1], {}, 'com.shop.orders')
      publish(peer, [2], {}, 'com.shop.returns')
      publish(peer, [3], {}, 'com.farm.orders')
      expect(events(peer, prefix).map(({ details, args }) => [details['topic'], args])).toEqual([
        ['com.shop.orders', [1]],
        ['com.shop.returns', [2]],
      ])
      expect(values(peer, prefix, { topic: 'com.shop.returns' })).toEqual([2])
      expect(values(peer, idOf(peer, 'com..orders', 'wildcard'))).toEqual([1, 3])
    })

    it('answers for a topic from the history of its pattern [AP-PS-HIS-02]', () => {
      const peer = world.join()
      publish(peer, [1], {}, 'com.shop.returns')
      publish(peer, [2], {}, 'com.shop.orders')
      peer.say(32, peer.nextRequest, {}, 'com.shop.returns')
      const id = peer.takeOne()[2] as number
      expect(events(peer, id)).toMatchObject([{ subscription: id, details: {}, args: [1] }])
    })

    it('keeps nothing of topics of the router', () => {
      world = World.of({ topics: [{ uri: '**', history: { events: 10 } }] })
      const peer = world.join()
      world.join()
      expect(values(peer, idOf(peer, '', 'prefix'))).toEqual([])
      expect(() => World.of({ topics: [{ uri: 'wamp.session.**', history: { events: 10 } }] })).toThrow('nothing is kept')
    })
  })

  describe('rights', () => {
    /** Sessions log in by local transports with their roles; here by rules for two realms' anonymous roles. */
    function join(role: 'admin' | 'guest', authid: string = role): TestPeer {
      const peer = world.connect()
      peer.say(1, 'realm1', { roles: { publisher: {}, subscriber: {}, caller: {} }, authmethods: ['ticket'], authid: `${role}:${authid}` })
      return peer.welcomed()
    }

    beforeEach(() => {
      world = World.of({
        topics: [{ uri: 'com.shop.**', history: { events: 10 } }],
        authenticate: ({ authid = '' }, _, done) => {
          const [authrole = '', name = ''] = authid.split(':')
          done({ accept: { authid: name, authrole, authmethod: 'ticket', authprovider: 'test' } })
        },
        roles: {
          admin: ALLOW_ALL,
          guest: [
            { uri: 'com.shop.orders', allow: ['subscribe'] },
            { uri: 'wamp.subscription.**', allow: ['call'] },
          ],
          anonymous: ALLOW_ALL,
          outsider: [{ uri: '**', allow: ['subscribe'] }],
        },
      })
    })

    it('refuses whoever may not subscribe, and whoever may not call the procedure [AP-PS-HIS-21]', () => {
      const [admin, guest, outsider] = [join('admin'), join('guest'), join('outsider' as 'guest')]
      const id = idOf(admin, 'com.shop.', 'prefix')
      publish(admin, [1], {}, 'com.shop.returns')
      admin.say(32, admin.nextRequest, {}, 'com.shop.orders')
      const orders = admin.takeOne()[2] as number
      expect(guest.call(GET, [id]).slice(1)).toEqual([48, 1, {}, 'wamp.error.not_authorized'])
      expect(outsider.call(GET, [id]).slice(1)).toEqual([48, 1, {}, 'wamp.error.not_authorized'])
      expect(guest.call(GET, [orders]).slice(3)).toEqual([[], { is_limit_reached: false }])
    })

    it('applies lists of authids and authroles to the reader [AP-PS-HIS-22]', () => {
      const [admin, guest, other] = [join('admin'), join('guest'), join('guest', 'other')]
      publish(admin, ['all'])
      publish(admin, ['admins'], { eligible_authrole: ['admin'] })
      publish(admin, ['no guests'], { exclude_authrole: ['guest'] })
      publish(admin, ['other'], { eligible_authid: ['other'] })
      publish(admin, ['not other'], { exclude_authid: ['other'] })
      publish(admin, ['nobody'], { eligible_authrole: [] })
      admin.say(32, admin.nextRequest, {}, TOPIC)
      const id = admin.takeOne()[2] as number
      expect(values(admin, id)).toEqual(['all', 'admins', 'no guests', 'not other'])
      expect(values(guest, id)).toEqual(['all', 'not other'])
      expect(values(other, id)).toEqual(['all', 'other'])
    })

    it('does not keep what was meant for, or kept from, certain sessions [AP-PS-HIS-23 AP-PS-HIS-24]', () => {
      const admin = join('admin')
      const id = idOf(admin, 'com.shop.', 'prefix')
      publish(admin, [1], { eligible: [admin.session] })
      publish(admin, [2], { exclude: [1] })
      publish(admin, [3], { exclude: [] })
      publish(admin, [4])
      expect(values(admin, id)).toEqual([4])
    })

    it('does not find a place in history by an event that the reader may not see [AP-PS-HIS-22]', () => {
      const [admin, guest] = [join('admin'), join('guest')]
      const hidden = publish(admin, ['admins'], { eligible_authrole: ['admin'] })
      publish(admin, ['all'])
      admin.say(32, admin.nextRequest, {}, TOPIC)
      const id = admin.takeOne()[2] as number
      expect(values(guest, id, { after_publication: hidden })).toEqual([])
      expect(values(admin, id, { after_publication: hidden })).toEqual(['all'])
    })

    it('waits for an authorizer that has to ask, and says when it fails [AP-PS-HIS-21]', () => {
      const asked: ((verdict: boolean | 'failed') => void)[] = []
      world = World.of({
        topics: [{ uri: TOPIC, history: { events: 10 } }],
        authorizer: {
          allows: ({ action }, answer) => {
            if (action !== 'subscribe') return true
            asked.push(answer)
            return undefined
          },
        },
      })
      const peer = world.join()
      const id = world.router.realm('realm1')?.broker.index.get('exact', TOPIC)?.id
      publish(peer, [1])
      for (const verdict of [true, false, 'failed'] as const) {
        peer.say(48, peer.nextRequest, {}, GET, [id])
        expect(peer.take()).toEqual([])
        asked.shift()?.(verdict)
        world.settle()
        const answer = peer.takeOne()
        if (verdict === true) expect(answer[3]).toMatchObject([{ args: [1] }])
        else expect(answer[4]).toBe(verdict === false ? 'wamp.error.not_authorized' : 'wamp.error.authorization_failed')
      }
      peer.say(48, peer.nextRequest, {}, GET, [id])
      peer.drop()
      asked.shift()?.(true)
      world.settle()
    })
  })

  describe('serializers', () => {
    it('leaves out what the reader cannot hold, and says how many', () => {
      const [json, cbor] = [world.join(), world.join({ serializer: 'cbor' })]
      const id = idOf(json)
      publish(cbor, [1])
      publish(cbor, [Number.NaN])
      publish(cbor, [new Uint8Array([1, 2])])
      expect(json.call(GET, [id]).slice(3)).toMatchObject([
        [{ args: [1] }, { args: [new Uint8Array([1, 2])] }],
        { is_limit_reached: false, _gap: 1 },
      ])
      expect(values(cbor, id)).toEqual([1, Number.NaN, new Uint8Array([1, 2])])
    })

    it('is not spoilt by an event that is nested as deep as an event may be', () => {
      const peer = world.join()
      const id = idOf(peer)
      let deep: unknown = 1
      for (let i = 0; i < 62; i++) deep = [deep]
      publish(peer, [deep])
      publish(peer, [2])
      expect(peer.call(GET, [id]).slice(3)).toMatchObject([[{ args: [2] }], { _gap: 1 }])
    })

    it('answers with no more octets at once than the limit [AP-PS-HIS-20]', () => {
      world = World.of({ topics: [{ uri: TOPIC, history: { events: 100 } }], limits: { historyAnswerBytes: 3000 } })
      const peer = world.join()
      const id = idOf(peer)
      const published = [1, 2, 3, 4].map((value) => publish(peer, [value, 'x'.repeat(1200)]))
      const answer = peer.call(GET, [id])
      expect(answer.slice(3)).toMatchObject([
        [{ args: [1, expect.any(String)] }, { args: [2, expect.any(String)] }],
        { is_limit_reached: true },
      ])
      expect(values(peer, id, { after_publication: published[1] })).toEqual([3, 4])
    })
  })
})
