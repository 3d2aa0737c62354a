// Shows what a query of the history may ask for, and what it gets (specification: "Event History").

import type { TestPeer } from '@trunkline/testkit'
import { World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GET_EVENTS, ORDERS, publish, subscriptionOf, valuesIn } from '../../testing/history.ts'

let world: World
beforeEach(() => {
  world = World.of({ topics: [{ uri: ORDERS, history: { events: 5 } }] })
})
afterEach(() => world.end())

describe('queries', () => {
  let peer: TestPeer
  let id: number
  let published: number[]
  /** Five events, a second apart. */
  beforeEach(() => {
    peer = world.join()
    id = subscriptionOf(peer, ORDERS)
    published = [1, 2, 3, 4, 5].map((value) => {
      const publication = publish(peer, [value])
      world.advance(1000)
      return publication
    })
  })

  it('gives oldest first, and newest first when asked [AP-PS-HIS-05]', () => {
    expect(valuesIn(peer, id)).toEqual([1, 2, 3, 4, 5])
    expect(valuesIn(peer, id, { reverse: false })).toEqual([1, 2, 3, 4, 5])
    expect(valuesIn(peer, id, { reverse: true })).toEqual([5, 4, 3, 2, 1])
  })

  it('gives at most `limit`, and says whether there were more [AP-PS-HIS-06 AP-PS-HIS-20]', () => {
    expect(valuesIn(peer, id, { limit: 2 })).toEqual([1, 2])
    expect(valuesIn(peer, id, { limit: 2, reverse: true })).toEqual([5, 4])
    expect(peer.call(GET_EVENTS, [id], { limit: 2 })[4]).toEqual({ is_limit_reached: true })
    expect(peer.call(GET_EVENTS, [id], { limit: 5 })[4]).toEqual({ is_limit_reached: false })
  })

  it.each<[Record<string, string>, number[]]>([
    [{ from_time: '2026-01-01T00:00:02.000Z' }, [3, 4, 5]],
    [{ after_time: '2026-01-01T00:00:02Z' }, [4, 5]],
    [{ before_time: '2026-01-01T01:00:02+01:00' }, [1, 2]],
    [{ until_time: '2026-01-01t00:00:02.000000z' }, [1, 2, 3]],
    [{ from_time: '2026-01-01T00:00:02.0000001Z' }, [4, 5]],
    [{ before_time: '2026-01-01T00:00:02.0000001Z' }, [1, 2, 3]],
  ])('filters by time: %j gives %j [AP-PS-HIS-07 AP-PS-HIS-08 AP-PS-HIS-09 AP-PS-HIS-10]', (filter, expected) => {
    expect(valuesIn(peer, id, filter)).toEqual(expected)
  })

  it('filters by publication in the order of arrival, not of ids [AP-PS-HIS-12 AP-PS-HIS-13 AP-PS-HIS-14 AP-PS-HIS-15 AP-PS-HIS-17]', () => {
    expect(published).not.toEqual([...published].sort((a, b) => a - b))
    expect(valuesIn(peer, id, { from_publication: published[2] })).toEqual([3, 4, 5])
    expect(valuesIn(peer, id, { after_publication: published[2] })).toEqual([4, 5])
    expect(valuesIn(peer, id, { before_publication: published[2] })).toEqual([1, 2])
    expect(valuesIn(peer, id, { until_publication: published[2] })).toEqual([1, 2, 3])
  })

  it('pages forward and backward [AP-PS-HIS-13 AP-PS-HIS-14]', () => {
    expect(valuesIn(peer, id, { after_publication: published[1], limit: 2 })).toEqual([3, 4])
    expect(valuesIn(peer, id, { before_publication: published[3], limit: 2, reverse: true })).toEqual([3, 2])
  })

  it('combines filters [AP-PS-HIS-16]', () => {
    const filters = { after_publication: published[0], until_time: '2026-01-01T00:00:03Z', reverse: true, limit: 2, topic: ORDERS }
    expect(valuesIn(peer, id, filters)).toEqual([4, 3])
  })

  it.each([{ topic: 'com.shop.other' }, { after_publication: 1 }, { from_time: '2027-01-01T00:00:00Z' }])(
    'answers %j with no events, not with an error [AP-PS-HIS-19]',
    (filter) => {
      expect(peer.call(GET_EVENTS, [id], filter).slice(3)).toEqual([[], { is_limit_reached: false }])
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
    expect(peer.call(GET_EVENTS, [id], filter)).toEqual([
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
    expect(peer.call(GET_EVENTS, args)[4]).toBe(error)
  })

  it('answers for a subscription without history with no events [AP-PS-HIS-19]', () => {
    peer.say(32, peer.nextRequest, {}, 'com.shop.other')
    const other = peer.takeOne()[2] as number
    publish(peer, [1], {}, 'com.shop.other')
    expect(valuesIn(peer, other)).toEqual([])
  })

  it('does not show subscriptions to topics of the router [AP-PS-HIS-27]', () => {
    peer.say(32, peer.nextRequest, {}, 'wamp.session.on_join')
    const meta = peer.takeOne()[2] as number
    expect(peer.call(GET_EVENTS, [meta])[4]).toBe('wamp.error.no_such_subscription')
  })
})
