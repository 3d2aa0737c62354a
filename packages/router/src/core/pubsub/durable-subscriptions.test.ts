// Shows durable subscriptions by name: events wait while nobody is there, each goes to one session, and is sent again until it is acknowledged.

import { describe, expect, it } from 'vitest'
import { DurableNames, ORDERS } from '../../testing/durable-names.ts'
import type { DurableWorldOptions } from '../../testing/durable-world.ts'
import { OPEN_REALM } from '@trunkline/testkit'

const INVALID = 'wamp.error.invalid_argument'

function made(options: DurableWorldOptions = {}) {
  const durable = DurableNames.of(options)
  return { durable, peer: durable.world.join() }
}

/** How often each event was sent before. */
function redelivered(events: ReturnType<DurableNames['take']>): unknown[][] {
  return events.map(({ value, details }) => [value, details['_redelivered']])
}

describe('SUBSCRIBE by the name of a durable subscription', () => {
  it('makes it, and says what waits for it', () => {
    const { durable, peer } = made()
    durable.publish('before')
    const answer = durable.subscribe(peer, 'invoices')
    expect(answer.slice(0, 3)).toEqual([33, expect.any(Number), expect.any(Number)])
    expect(answer[3]).toEqual({ _durable: { name: 'invoices', waiting: 0, created: true }, _epoch: expect.any(String), _position: 1 })
    durable.publish(1, 2)
    const events = durable.take(peer)
    expect(events.map(({ value }) => value)).toEqual([1, 2])
    expect(events[0]?.subscription).toBe(answer[2])
    expect(events[0]?.details).toEqual({ _position: 2, _epoch: expect.any(String) })
  })

  it('begins with the oldest event that is kept, where that is asked for, without a gap', () => {
    const { durable, peer } = made({ keep: { events: 3 } })
    durable.publish(1, 2, 3, 4, 5)
    expect(durable.subscribe(peer, { name: 'invoices', from: 'oldest' })[3]).toMatchObject({ _durable: { waiting: 3 }, _position: 2 })
    const events = durable.take(peer)
    expect(events.map(({ value }) => value)).toEqual([3, 4, 5])
    expect(events[0]?.details).not.toHaveProperty('_gap')
  })

  it('is refused where the topics are not durable, or a setting is wrong, with a text that says what', () => {
    const { durable, peer } = made()
    const refusal = (asked: unknown, topic?: string, options?: Record<string, unknown>): unknown[] =>
      durable.subscribe(peer, asked, topic, options).slice(4)
    expect(refusal('invoices', 'com.other')).toEqual([INVALID, [expect.stringContaining('not all durable')]])
    expect(refusal('invoices', 'com.', { match: 'prefix' })).toEqual([INVALID, [expect.stringContaining('not all durable')]])
    expect(refusal('')).toEqual([INVALID, [expect.stringContaining('a name has 1 to 128')]])
    expect(refusal('two words')).toEqual([INVALID, [expect.stringContaining('a name has 1 to 128')]])
    expect(refusal(7)).toEqual([INVALID, [expect.stringContaining('a name or a dict')]])
    expect(refusal({ name: 'a', from: 3 })).toEqual([INVALID, [expect.stringContaining('now or oldest')]])
    expect(refusal({ name: 'a', ack_wait: 0 })).toEqual([INVALID, [expect.stringContaining('ack_wait is an integer from 1')]])
    expect(refusal({ name: 'a', max_in_flight: 1_001 })).toEqual([INVALID, [expect.stringContaining('from 1 to 1000')]])
    expect(refusal({ name: 'a', constructor: 3 })).toEqual([INVALID, [expect.stringContaining('no setting constructor')]])
    expect(refusal({ name: 'a', dead_letters: 3 })).toEqual([INVALID, [expect.stringContaining('is a topic')]])
    expect(refusal({ name: 'a', dead_letters: ORDERS })).toEqual([INVALID, [expect.stringContaining('one of its own topics')]])
    expect(refusal({ name: 'a', dead_letters: 'wamp.a' })[0]).toBe('wamp.error.invalid_uri')
    expect(refusal('a', ORDERS, { nkey: 'x' })).toEqual([INVALID, [expect.stringContaining('nkey cannot be combined')]])
    expect(refusal('a', ORDERS, { _resume: {} })).toEqual([INVALID, [expect.stringContaining('_resume cannot be combined')]])
  })

  it('is refused to another user, and for another topic or other settings; what is not given is as it was', () => {
    const durable = DurableNames.of()
    const [first, second, other] = [durable.of('10.0.0.1'), durable.of('10.0.0.1'), durable.of('10.0.0.2')]
    durable.subscribe(first, { name: 'invoices', ack_wait: 500, from: 'oldest' })
    expect(durable.subscribe(second, 'invoices')[0]).toBe(33)
    expect(durable.subscribe(other, 'invoices').slice(4)).toEqual(['wamp.error.not_authorized', [expect.stringContaining('another user')]])
    expect(durable.subscribe(second, 'invoices', 'com.shop.other').slice(4)).toEqual([INVALID, [expect.stringContaining(ORDERS)]])
    expect(durable.subscribe(second, { name: 'invoices', ack_wait: 501 }).slice(4)).toEqual([
      INVALID,
      [expect.stringContaining('ack_wait')],
    ])
    const third = durable.of('10.0.0.1')
    expect(durable.subscribe(third, { name: 'invoices', ack_wait: 500 })[3]).not.toHaveProperty('_durable.created')
  })

  it('is answered alike when the session has it already', () => {
    const { durable, peer } = made()
    const first = durable.subscribe(peer, 'invoices')
    expect(durable.subscribe(peer, 'invoices')[2]).toBe(first[2])
    durable.publish(1)
    expect(durable.values(peer)).toEqual([1])
  })

  it('leaves other subscriptions of the session to the topic as they are', () => {
    const { durable, peer } = made()
    const live = peer.subscribe(ORDERS)
    durable.subscribe(peer, 'invoices')
    durable.publish(1)
    const events = durable.take(peer)
    expect(events.map(({ value }) => value)).toEqual([1, 1])
    expect(events.filter(({ subscription }) => subscription === live)).toHaveLength(1)
  })

  it('is refused beyond the limits of an owner and of the realm', () => {
    const limits = { durableSubscriptionsPerUser: 2, durableSubscriptions: 3 }
    const durable = DurableNames.of({ realm: { ...OPEN_REALM, limits } })
    const [one, other] = [durable.of('10.0.0.1'), durable.of('10.0.0.2')]
    expect([1, 2].map((i) => durable.subscribe(one, `a${i}`)[0])).toEqual([33, 33])
    expect(durable.subscribe(one, 'a3')[3]).toEqual({ limit: 'durableSubscriptionsPerUser', value: 2 })
    expect(durable.subscribe(other, 'b1')[0]).toBe(33)
    expect(durable.subscribe(other, 'b2')[3]).toEqual({ limit: 'durableSubscriptions', value: 3 })
  })

  it('of several sessions at once makes one', () => {
    const { durable, peer } = made()
    const second = durable.world.join()
    for (const each of [peer, second]) each.say(32, each.nextRequest, { _durable: 'invoices' }, ORDERS)
    durable.sync()
    const [one, other] = [peer.takeOne(), second.takeOne()]
    expect([one[0], other[0], one[2]]).toEqual([33, 33, other[2]])
    expect([one[3], other[3]].filter((details) => JSON.stringify(details).includes('created'))).toHaveLength(1)
  })
})

describe('events of a durable subscription', () => {
  it('wait while nobody is there, and after the end of the router', () => {
    const { durable, peer } = made()
    durable.subscribe(peer, 'invoices')
    peer.drop()
    durable.publish(1, 2)
    durable.crash()
    durable.publish(3)
    const again = durable.world.join()
    expect(durable.subscribe(again, 'invoices')[3]).toMatchObject({ _durable: { name: 'invoices', waiting: 3 } })
    expect(durable.values(again)).toEqual([1, 2, 3])
  })

  it('that are acknowledged never come again', () => {
    const { durable, peer } = made()
    durable.subscribe(peer, 'invoices')
    durable.publish(1, 2, 3)
    const events = durable.take(peer)
    durable.ack(peer, events.slice(0, 1))
    durable.ack(peer, events.slice(2))
    peer.drop()
    durable.sync()
    durable.crash()
    const again = durable.world.join()
    durable.subscribe(again, 'invoices')
    expect(redelivered(durable.take(again))).toEqual([[2, 1]])
  })

  it('are acknowledged up to one of them', () => {
    const { durable, peer } = made()
    durable.subscribe(peer, { name: 'invoices', ack_wait: 1_000 })
    durable.publish(1, 2, 3, 4)
    durable.ack(peer, durable.take(peer).slice(2, 3), { _up_to: true })
    durable.pass(1_000)
    expect(redelivered(durable.take(peer))).toEqual([[4, 1]])
  })

  it('are not acknowledged up to one that the session had before them', () => {
    const { durable, peer } = made()
    const other = durable.world.join()
    for (const each of [peer, other]) durable.subscribe(each, { name: 'invoices', ack_wait: 1_000 })
    durable.publish(1, 2)
    expect(durable.values(peer)).toEqual([1])
    const events = durable.take(other)
    expect(events.map(({ value }) => value)).toEqual([2])
    // The first one is sent to the other session, which has not looked at it yet.
    peer.drop()
    durable.sync()
    durable.ack(other, events, { _up_to: true })
    durable.pass(1_000)
    expect(redelivered(durable.take(other))).toEqual([
      [1, 1],
      [1, 2],
    ])
  })

  it('come again after a time without acknowledgement, in order, marked and counted', () => {
    const { durable, peer } = made()
    durable.subscribe(peer, { name: 'invoices', ack_wait: 5_000 })
    durable.publish(1, 2)
    durable.take(peer)
    durable.pass(4_999)
    expect(durable.take(peer)).toEqual([])
    durable.pass(1)
    expect(redelivered(durable.take(peer))).toEqual([
      [1, 1],
      [2, 1],
    ])
    durable.pass(5_000)
    expect(redelivered(durable.take(peer))).toEqual([
      [1, 2],
      [2, 2],
    ])
    expect(durable.world.router.counters.durableRedelivered).toBe(4)
  })

  it('that are acknowledged late, before they were sent again, are done', () => {
    const { durable, peer } = made()
    durable.subscribe(peer, { name: 'invoices', ack_wait: 1_000 })
    durable.publish(1, 2)
    const [first] = durable.take(peer)
    const invoices = durable.realm.broker.named.all.get('invoices')
    if (invoices === undefined || first === undefined) throw new Error('there is none')
    durable.realm.broker.named.pause(invoices, true)
    durable.pass(1_000)
    durable.ack(peer, [first])
    durable.realm.broker.named.pause(invoices, false)
    expect(redelivered(durable.take(peer))).toEqual([[2, 1]])
  })

  it('are given back at once, or after a time', () => {
    const { durable, peer } = made()
    durable.subscribe(peer, 'invoices')
    durable.publish(1, 2)
    const [first, second] = durable.take(peer)
    durable.ack(peer, first ? [first] : [], { _again: true })
    expect(redelivered(durable.take(peer))).toEqual([[1, 1]])
    durable.ack(peer, second ? [second] : [], { _again: true, _after: 2_000 })
    durable.pass(1_999)
    expect(durable.take(peer)).toEqual([])
    durable.pass(1)
    expect(redelivered(durable.take(peer))).toEqual([[2, 1]])
  })

  it('are at most so many in flight', () => {
    const { durable, peer } = made()
    durable.subscribe(peer, { name: 'invoices', max_in_flight: 2 })
    durable.publish(1, 2, 3, 4, 5)
    const events = durable.take(peer)
    expect(events.map(({ value }) => value)).toEqual([1, 2])
    durable.ack(peer, events.slice(1))
    const more = durable.take(peer)
    expect(more.map(({ value }) => value)).toEqual([3])
    durable.ack(peer, [...events.slice(0, 1), ...more])
    expect(durable.values(peer)).toEqual([4, 5])
  })

  it('are at most so many in flight to all sessions of an owner, who has room again', () => {
    const { durable, peer } = made({ realm: { ...OPEN_REALM, limits: { durableInFlightPerUser: 3 } } })
    durable.subscribe(peer, 'a')
    durable.subscribe(peer, 'b')
    durable.publish(1, 2)
    const events = durable.take(peer)
    expect(events).toHaveLength(3)
    durable.ack(peer, events)
    durable.pass(1_000)
    expect(durable.take(peer)).toHaveLength(1)
  })

  it('go to one of the sessions that share the name, to each in its turn', () => {
    const { durable, peer } = made()
    const second = durable.world.join()
    for (const each of [peer, second]) durable.subscribe(each, 'invoices')
    durable.publish(1, 2, 3, 4)
    expect([durable.values(peer), durable.values(second)]).toEqual([
      [1, 3],
      [2, 4],
    ])
  })

  it('in flight to a session that is lost or unsubscribes go to the others at once', () => {
    const { durable, peer } = made()
    const [second, third] = [durable.world.join(), durable.world.join()]
    for (const each of [peer, second, third]) durable.subscribe(each, 'invoices')
    durable.publish(1, 2, 3)
    const [, subscription] = [durable.take(peer), durable.take(second)[0]?.subscription]
    peer.drop()
    expect(redelivered([...durable.take(second), ...durable.take(third)])).toContainEqual([1, 1])
    second.say(34, second.nextRequest, subscription)
    expect(second.take().map(([type]) => type)).toContain(35)
    const all = durable.values(third)
    expect(all).toContain(2)
  })

  it('that a session may not receive go to another, and are passed over where none may', () => {
    const { durable, peer } = made()
    const second = durable.world.join()
    durable.subscribe(peer, 'invoices')
    durable.subscribe(second, 'invoices')
    // Its own publication.
    peer.say(16, peer.nextRequest, {}, ORDERS, ['own'])
    expect([durable.values(peer), durable.values(second)]).toEqual([[], ['own']])
    peer.say(16, peer.nextRequest, { eligible_authrole: ['nobody'] }, ORDERS, ['for nobody'])
    durable.publish('next')
    expect([...durable.values(peer), ...durable.values(second)]).toEqual(['next'])
  })

  it('that the store has dropped are counted, and the next event tells of them', () => {
    const { durable, peer } = made({ keep: { events: 3 } })
    durable.subscribe(peer, 'invoices')
    peer.drop()
    durable.publish(1, 2, 3, 4, 5)
    const again = durable.world.join()
    durable.subscribe(again, 'invoices')
    const events = durable.take(again)
    expect(events.map(({ value, details }) => [value, details['_gap']])).toEqual([
      [3, 2],
      [4, undefined],
      [5, undefined],
    ])
    durable.publish(6, 7, 8, 9)
    again.drop()
    const third = durable.world.join()
    durable.subscribe(third, 'invoices')
    expect(durable.values(third)).toEqual([7, 8, 9])
    expect(durable.world.router.counters.durableDropped).toBe(2 + 4)
  })

  it('wait where their receiver reads nothing, and none is lost', () => {
    const durable = DurableNames.of({ outboxBytes: 4_000 })
    const peer = durable.world.join()
    durable.subscribe(peer, { name: 'invoices', ack_wait: 86_400_000 })
    peer.stopReading()
    durable.publish(...Array.from({ length: 60 }, (_, i) => `${i}`.padEnd(100, '.')))
    peer.pendingBytes = 0
    for (let i = 0; i < 20; i++) {
      peer.resumeReading()
      durable.sync()
    }
    expect(durable.values(peer)).toHaveLength(60)
  })
})

describe('an event that was sent as often as it may be', () => {
  it('is published to the topic for dead letters, which may be durable', () => {
    for (const topic of ['com.dead', 'com.shop.dead']) {
      const { durable, peer } = made()
      const undertaker = durable.world.join()
      undertaker.subscribe(topic)
      durable.subscribe(peer, { name: 'invoices', ack_wait: 1_000, attempts: 2, dead_letters: topic })
      durable.publish('poison', 'good')
      const [poison, good] = durable.take(peer)
      durable.ack(peer, good ? [good] : [])
      durable.pass(1_000)
      expect(redelivered(durable.take(peer))).toEqual([['poison', 1]])
      durable.pass(1_000)
      expect(durable.take(peer)).toEqual([])
      const [dead] = durable.take(undertaker)
      expect(dead?.value).toBe('poison')
      expect(dead?.details['_dead_letter']).toEqual({
        durable: 'invoices',
        topic: ORDERS,
        publication: poison?.publication,
        position: 1,
        epoch: expect.any(String),
        attempts: 2,
      })
      expect(dead?.details['_position']).toBe(topic === 'com.dead' ? undefined : 3)
      expect(durable.world.router.counters.durableDead).toBe(1)
      durable.pass(10_000)
      expect(durable.take(peer)).toEqual([])
    }
  })

  it('is dropped where there is no such topic: counted, logged, and told of', () => {
    const { durable, peer } = made()
    durable.subscribe(peer, { name: 'invoices', attempts: 1 })
    durable.publish('poison')
    durable.ack(peer, durable.take(peer), { _again: true })
    expect(durable.world.router.counters.durableDead).toBe(1)
    expect(durable.world.log.lines.some(({ event }) => event.includes('not acknowledged after all attempts'))).toBe(true)
    durable.publish('next')
    expect(durable.take(peer).map(({ value, details }) => [value, details['_gap']])).toEqual([['next', 1]])
  })

  it('is given up when its last session is lost, without another one', () => {
    const { durable, peer } = made()
    const undertaker = durable.world.join()
    undertaker.subscribe('com.dead')
    durable.subscribe(peer, { name: 'invoices', attempts: 1, dead_letters: 'com.dead' })
    durable.publish('poison')
    peer.drop()
    expect(durable.values(undertaker)).toEqual(['poison'])
  })
})
