// Shows event history: what is kept, what a query answers, and who sees it (specification: "Event History").

import type { TestPeer } from '@trunkline/testkit'
import { ALLOW_ALL, World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RecentEvents } from './event-history.ts'
import type { StoredEvent } from '../state/stored-event.ts'
import { GET_EVENTS, ORDERS, eventsIn, publish, subscriptionOf, valuesIn } from '../../testing/history.ts'
import { realmIn } from '../../testing/realm-in.ts'

describe('event history', () => {
  let world: World
  beforeEach(() => {
    world = World.of({ topics: [{ uri: ORDERS, history: { events: 5 } }] })
  })
  afterEach(() => world.end())

  it('is kept from the start, before anybody subscribes; the meta API gives the id [AP-PS-HIS-02 AP-PS-HIS-28 AP-PS-HIS-30]', () => {
    const [peer, subscriber] = [world.join(), world.join()]
    const id = subscriptionOf(peer, ORDERS)
    publish(peer, [1])
    publish(peer, [2])
    expect(valuesIn(peer, id)).toEqual([1, 2])
    expect(peer.call('wamp.subscription.count_subscribers', [id])[3]).toEqual([0])
    subscriber.say(32, subscriber.nextRequest, {}, ORDERS)
    expect(subscriber.takeOne()[2]).toBe(id)
    subscriber.say(34, subscriber.nextRequest, id)
    subscriber.take()
    publish(peer, [3])
    expect(valuesIn(peer, id)).toEqual([1, 2, 3])
    expect(subscriptionOf(peer, ORDERS)).toBe(id)
  })

  it('answers with the events as positional results, each with time, ids, details and payload [AP-PS-HIS-04 AP-PS-HIS-18 AP-PS-HIS-26]', () => {
    const peer = world.join()
    const id = subscriptionOf(peer, ORDERS)
    const first = publish(peer, ['a'], { disclose_me: true })
    world.advance(1500)
    peer.say(16, peer.nextRequest, {}, ORDERS, [], { key: 'b' })
    peer.say(16, peer.nextRequest, {}, ORDERS)
    const disclosed = { publisher: peer.session, publisher_authid: expect.any(String), publisher_authrole: 'anonymous' }
    expect(peer.call(GET_EVENTS, [id])).toEqual([
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
    const id = subscriptionOf(peer, ORDERS)
    subscriber.say(32, 1, {}, ORDERS)
    subscriber.take()
    publish(peer, [1])
    const [, , publication] = subscriber.takeOne()
    expect(eventsIn(peer, id)[0]?.publication).toBe(publication)
  })

  it('keeps the newest events only, as many as the rule says', () => {
    const peer = world.join()
    const id = subscriptionOf(peer, ORDERS)
    for (let i = 1; i <= 12; i++) publish(peer, [i])
    expect(valuesIn(peer, id)).toEqual([8, 9, 10, 11, 12])
  })

  it('keeps no more octets than the rule says', () => {
    world = World.of({ topics: [{ uri: ORDERS, history: { events: 100, bytes: 5000 } }] })
    const peer = world.join()
    const id = subscriptionOf(peer, ORDERS)
    for (let i = 1; i <= 10; i++) publish(peer, [i, 'x'.repeat(1000)])
    expect(valuesIn(peer, id)).toEqual([8, 9, 10])
    publish(peer, [11, 'x'.repeat(5000)])
    expect(valuesIn(peer, id)).toEqual([])
  })

  it('keeps no event longer than the rule says', () => {
    world = World.of({ topics: [{ uri: ORDERS, history: { events: 100, ageMs: 10_000 } }] })
    const peer = world.join()
    const id = subscriptionOf(peer, ORDERS)
    publish(peer, [1])
    world.advance(6000)
    publish(peer, [2])
    world.advance(4000)
    expect(valuesIn(peer, id)).toEqual([1, 2])
    world.advance(1)
    expect(valuesIn(peer, id)).toEqual([2])
    world.advance(60_000)
    expect(valuesIn(peer, id)).toEqual([])
  })

  it.each([{ events: 0 }, { events: 1.5 }, { events: 5, ageMs: -1 }, { events: 5, bytes: Number.NaN }])('is refused with %j', (history) => {
    expect(() => World.of({ topics: [{ uri: ORDERS, history }] })).toThrow('positive integers')
    expect(() => World.of({ topics: [{ uri: 'com..x', match: 'exact', history: { events: 5 } }] })).toThrow('not a valid URI pattern')
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
      const prefix = subscriptionOf(peer, 'com.shop.', 'prefix')
      publish(peer, [1], {}, 'com.shop.orders')
      publish(peer, [2], {}, 'com.shop.returns')
      publish(peer, [3], {}, 'com.farm.orders')
      expect(eventsIn(peer, prefix).map(({ details, args }) => [details['topic'], args])).toEqual([
        ['com.shop.orders', [1]],
        ['com.shop.returns', [2]],
      ])
      expect(valuesIn(peer, prefix, { topic: 'com.shop.returns' })).toEqual([2])
      expect(valuesIn(peer, subscriptionOf(peer, 'com..orders', 'wildcard'))).toEqual([1, 3])
    })

    it('answers for a topic from the history of its pattern [AP-PS-HIS-02]', () => {
      const peer = world.join()
      publish(peer, [1], {}, 'com.shop.returns')
      publish(peer, [2], {}, 'com.shop.orders')
      peer.say(32, peer.nextRequest, {}, 'com.shop.returns')
      const id = peer.takeOne()[2] as number
      expect(eventsIn(peer, id)).toMatchObject([{ subscription: id, details: {}, args: [1] }])
    })

    it('keeps nothing of topics of the router', () => {
      world = World.of({ topics: [{ uri: '**', history: { events: 10 } }] })
      const peer = world.join()
      world.join()
      expect(valuesIn(peer, subscriptionOf(peer, '', 'prefix'))).toEqual([])
      expect(() => World.of({ topics: [{ uri: 'wamp.session.**', history: { events: 10 } }] })).toThrow('keeps no events of its own topics')
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
      const id = subscriptionOf(admin, 'com.shop.', 'prefix')
      publish(admin, [1], {}, 'com.shop.returns')
      admin.say(32, admin.nextRequest, {}, 'com.shop.orders')
      const orders = admin.takeOne()[2] as number
      expect(guest.call(GET_EVENTS, [id]).slice(1)).toEqual([48, 1, {}, 'wamp.error.not_authorized'])
      expect(outsider.call(GET_EVENTS, [id]).slice(1)).toEqual([48, 1, {}, 'wamp.error.not_authorized', [expect.any(String)]])
      expect(guest.call(GET_EVENTS, [orders]).slice(3)).toEqual([[], { is_limit_reached: false }])
    })

    it('applies lists of authids and authroles to the reader [AP-PS-HIS-22]', () => {
      const [admin, guest, other] = [join('admin'), join('guest'), join('guest', 'other')]
      publish(admin, ['all'])
      publish(admin, ['admins'], { eligible_authrole: ['admin'] })
      publish(admin, ['no guests'], { exclude_authrole: ['guest'] })
      publish(admin, ['other'], { eligible_authid: ['other'] })
      publish(admin, ['not other'], { exclude_authid: ['other'] })
      publish(admin, ['nobody'], { eligible_authrole: [] })
      admin.say(32, admin.nextRequest, {}, ORDERS)
      const id = admin.takeOne()[2] as number
      expect(valuesIn(admin, id)).toEqual(['all', 'admins', 'no guests', 'not other'])
      expect(valuesIn(guest, id)).toEqual(['all', 'not other'])
      expect(valuesIn(other, id)).toEqual(['all', 'other'])
    })

    it('does not keep what was meant for, or kept from, certain sessions [AP-PS-HIS-23 AP-PS-HIS-24]', () => {
      const admin = join('admin')
      const id = subscriptionOf(admin, 'com.shop.', 'prefix')
      publish(admin, [1], { eligible: [admin.session] })
      publish(admin, [2], { exclude: [1] })
      publish(admin, [3], { exclude: [] })
      publish(admin, [4])
      expect(valuesIn(admin, id)).toEqual([4])
    })

    it('does not find a place in history by an event that the reader may not see [AP-PS-HIS-22]', () => {
      const [admin, guest] = [join('admin'), join('guest')]
      const hidden = publish(admin, ['admins'], { eligible_authrole: ['admin'] })
      publish(admin, ['all'])
      admin.say(32, admin.nextRequest, {}, ORDERS)
      const id = admin.takeOne()[2] as number
      expect(valuesIn(guest, id, { after_publication: hidden })).toEqual([])
      expect(valuesIn(admin, id, { after_publication: hidden })).toEqual(['all'])
    })

    it('waits for an authorizer that has to ask, and says when it fails [AP-PS-HIS-21]', () => {
      const asked: ((verdict: boolean | 'failed') => void)[] = []
      world = World.of({
        topics: [{ uri: ORDERS, history: { events: 10 } }],
        authorizer: {
          allows: ({ action }, answer) => {
            if (action !== 'subscribe') return true
            asked.push(answer)
            return undefined
          },
        },
      })
      const peer = world.join()
      const id = realmIn(world, 'realm1')?.broker.index.get('exact', ORDERS)?.id
      publish(peer, [1])
      for (const verdict of [true, false, 'failed'] as const) {
        peer.say(48, peer.nextRequest, {}, GET_EVENTS, [id])
        expect(peer.take()).toEqual([])
        asked.shift()?.(verdict)
        world.settle()
        const answer = peer.takeOne()
        if (verdict === true) expect(answer[3]).toMatchObject([{ args: [1] }])
        else expect(answer[4]).toBe(verdict === false ? 'wamp.error.not_authorized' : 'wamp.error.authorization_failed')
      }
      peer.say(48, peer.nextRequest, {}, GET_EVENTS, [id])
      peer.drop()
      asked.shift()?.(true)
      world.settle()
    })
  })

  describe('serializers', () => {
    it('leaves out what the reader cannot hold, and says how many', () => {
      const [json, cbor] = [world.join(), world.join({ serializer: 'cbor' })]
      const id = subscriptionOf(json, ORDERS)
      publish(cbor, [1])
      publish(cbor, [Number.NaN])
      publish(cbor, [new Uint8Array([1, 2])])
      expect(json.call(GET_EVENTS, [id]).slice(3)).toMatchObject([
        [{ args: [1] }, { args: [new Uint8Array([1, 2])] }],
        { is_limit_reached: false, _gap: 1 },
      ])
      expect(valuesIn(cbor, id)).toEqual([1, Number.NaN, new Uint8Array([1, 2])])
    })

    it('is not spoilt by an event that is nested as deep as an event may be, or by one that the answer would nest too deep', () => {
      const peer = world.join()
      const id = subscriptionOf(peer, ORDERS)
      const shown = [58, 59, 60, 61, 62].filter((depth) => {
        let deep: unknown = 1
        for (let i = 0; i < depth; i++) deep = [deep]
        publish(peer, [deep])
        publish(peer, [depth])
        const [events, { _gap: left }] = peer.call(GET_EVENTS, [id], { limit: 2, reverse: true }).slice(3) as [
          { args: unknown[] }[],
          { _gap?: number },
        ]
        expect(events[0]?.args).toEqual([depth])
        return left === undefined
      })
      expect(shown).toEqual([58, 59, 60])
    })

    it('answers with no more octets at once than the limit [AP-PS-HIS-20]', () => {
      world = World.of({ topics: [{ uri: ORDERS, history: { events: 100 } }], limits: { historyAnswerBytes: 3000 } })
      const peer = world.join()
      const id = subscriptionOf(peer, ORDERS)
      const published = [1, 2, 3, 4].map((value) => publish(peer, [value, 'x'.repeat(1200)]))
      const answer = peer.call(GET_EVENTS, [id])
      expect(answer.slice(3)).toMatchObject([
        [{ args: [1, expect.any(String)] }, { args: [2, expect.any(String)] }],
        { is_limit_reached: true },
      ])
      expect(valuesIn(peer, id, { after_publication: published[1] })).toEqual([3, 4])
    })

    it('counts what the reader cannot hold in one answer only, also where octets end it', () => {
      world = World.of({ topics: [{ uri: ORDERS, history: { events: 100 } }], limits: { historyAnswerBytes: 3000 } })
      const [json, cbor] = [world.join(), world.join({ serializer: 'cbor' })]
      const id = subscriptionOf(json, ORDERS)
      const text = 'x'.repeat(2000)
      const first = publish(cbor, [1, text])
      publish(cbor, [Number.NaN])
      publish(cbor, [2, text])
      expect(json.call(GET_EVENTS, [id])[4]).toEqual({ is_limit_reached: true })
      expect(json.call(GET_EVENTS, [id], { after_publication: first })[4]).toEqual({ is_limit_reached: false, _gap: 1 })
    })
  })
})

describe('the newest events', () => {
  const event = (publication: number, bytes: number, keptAt = 0): StoredEvent => ({
    publication,
    topic: ORDERS,
    time: 0,
    keptAt,
    details: {},
    payload: undefined,
    audience: undefined,
    excluded: undefined,
    bytes,
    lengths: {},
    unreadableIn: {},
  })
  const ids = (kept: RecentEvents): readonly number[] => kept.events().map(({ publication }) => publication)

  it('are kept up to the last octet of the rule, and one octet more drops the oldest', () => {
    const kept = new RecentEvents({ events: 100, bytes: 1_000 })
    for (const [id, bytes] of [
      [1, 600],
      [2, 400],
    ] as const)
      kept.append(event(id, bytes))
    expect(ids(kept)).toEqual([1, 2])
    kept.change({ events: 100, bytes: 999 })
    expect(ids(kept)).toEqual([2])
    kept.append(event(3, 600))
    expect(ids(kept)).toEqual([3])
  })

  it('are kept up to 4 MiB where the rule does not say', () => {
    const kept = new RecentEvents({ events: 100 })
    for (const [id, bytes] of [
      [1, 1],
      [2, 4 * 1_048_576 - 1],
    ] as const)
      kept.append(event(id, bytes))
    expect(ids(kept)).toEqual([1, 2])
    kept.append(event(3, 1))
    expect(ids(kept)).toEqual([2, 3])
  })

  it('are dropped by an append when they are older than the rule says, not at that age', () => {
    const kept = new RecentEvents({ events: 100, ageMs: 50 })
    for (const at of [0, 1, 51]) kept.append(event(at, 1, at))
    expect(ids(kept)).toEqual([1, 51])
  })
})
