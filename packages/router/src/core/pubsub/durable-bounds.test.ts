// Shows how many events of durable subscriptions may be open, sent or given back, in each and for their owner.

import type { TestPeer } from '@trunkline/testkit'
import { ALLOW_ALL, OPEN_REALM } from '@trunkline/testkit'
import { describe, expect, it } from 'vitest'
import { DurableNames } from '../../testing/durable-names.ts'

const HOUR = 3_600_000
const MOST = 4_096
const BACK = { _again: true, _after: HOUR }

/** Acknowledges all events that come until none comes any more, or says more about them; how many came. */
function answerAll(durable: DurableNames, peer: TestPeer, details?: Record<string, unknown>): number {
  for (let came = 0; ;) {
    const events = durable.take(peer)
    if (events.length === 0) return came
    came += events.length
    durable.ack(peer, events, details)
  }
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1)
}

/** A session by a name that has one of so many events in hand, and has done as many others as it may. */
function withOneInHand(events: number): { durable: DurableNames; peer: TestPeer; first: ReturnType<DurableNames['take']> } {
  const durable = DurableNames.of()
  const peer = durable.world.join()
  durable.subscribe(peer, { name: 'invoices', max_in_flight: 1_000 })
  durable.publish(1)
  const first = durable.take(peer)
  durable.publish(...numbers(events - 1))
  expect(answerAll(durable, peer)).toBe(MOST - 1)
  return { durable, peer, first }
}

describe('events of a durable subscription that are not done', () => {
  it('are bounded where they are given back for later, and the others come when some of them are done', () => {
    const durable = DurableNames.of()
    const peer = durable.world.join()
    durable.subscribe(peer, { name: 'invoices', max_in_flight: 1_000 })
    durable.publish(...numbers(MOST + 500))
    expect(answerAll(durable, peer, BACK)).toBe(MOST)
    durable.pass(HOUR)
    let came = 0
    // Those that are due come in several turns.
    for (let second = 0; second < 20; second++) {
      came += answerAll(durable, peer)
      durable.pass(1_000)
    }
    expect(came).toBe(MOST + 500)
  })

  it('are bounded together with those that are done behind the first of them', () => {
    const { durable, peer, first } = withOneInHand(MOST + 500)
    durable.ack(peer, first)
    expect(answerAll(durable, peer)).toBe(500)
  })

  it('come after a restart, although all that may be held is done behind the first of them', () => {
    const { durable } = withOneInHand(MOST + 500)
    durable.pass(1_000)
    durable.crash()
    const again = durable.world.join()
    durable.subscribe(again, 'invoices')
    expect(answerAll(durable, again)).toBe(1 + 500)
  })

  it('are bounded for their owner, four times what may be in flight, until they are done or their subscription begins anew', () => {
    const roles = { anonymous: [...ALLOW_ALL, { uri: 'trunkline.durable.**', allow: ['call'] as const }] }
    const durable = DurableNames.of({ realm: { ...OPEN_REALM, roles, limits: { durableInFlightPerUser: 3 } } })
    const peer = durable.world.join()
    for (const name of ['a', 'b']) durable.subscribe(peer, name)
    durable.publish(...numbers(10))
    const countBack = (): number => {
      let came = 0
      for (let second = 0; second < 20; second++) {
        came += answerAll(durable, peer, BACK)
        durable.pass(1_000)
      }
      return came
    }
    expect(countBack()).toBe(12)
    durable.call(peer, 'seek', 'a', 'now')
    durable.call(peer, 'delete', 'b')
    durable.publish(...numbers(20))
    expect(countBack()).toBe(12)
  })

  it('that are given back for longer than an hour come after an hour', () => {
    const durable = DurableNames.of()
    const peer = durable.world.join()
    durable.subscribe(peer, 'invoices')
    durable.publish('later')
    durable.ack(peer, durable.take(peer), { _again: true, _after: 24 * HOUR })
    durable.pass(HOUR - 1)
    expect(durable.values(peer)).toEqual([])
    durable.pass(1)
    expect(durable.values(peer)).toEqual(['later'])
  })
})
