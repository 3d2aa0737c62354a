// Shows what durable subscriptions cannot do with dead letters: multiply them, or put more on its way to the store than publications may.

import { describe, expect, it, vi } from 'vitest'
import { DurableNames } from '../../testing/durable-names.ts'

describe('dead letters', () => {
  it('of two durable subscriptions to each other end with the first', () => {
    const durable = DurableNames.of()
    const peer = durable.world.join()
    const [one, other] = ['com.shop.one', 'com.shop.other'] as const
    for (const [name, topic, dead_letters] of [
      ['a', one, other],
      ['b', other, one],
    ] as const)
      durable.subscribe(peer, { name, attempts: 1, ack_wait: 1, dead_letters }, topic)
    durable.publishTo(one, 'poison')
    const came: unknown[] = []
    for (let i = 0; i < 10; i++) {
      came.push(...durable.values(peer))
      durable.pass(1_000)
    }
    expect(came).toEqual(['poison', 'poison'])
    expect([durable.store.size.events, durable.world.router.counters.durableDead]).toEqual([2, 2])
    expect(durable.world.log.lines.map(({ fields }) => fields['reason'])).toContain('it is a dead letter already')
    durable.publishTo(other, 'next')
    expect(durable.take(peer).map(({ value, details }) => [value, details['_gap']])).toEqual([['next', 1]])
  })

  it('on their way to the store count to the owner, and those that have no room are published later', () => {
    const durable = DurableNames.of({ maxBytes: 256 * 1024 * 1024 })
    const peer = durable.world.join()
    durable.subscribe(peer, { name: 'invoices', attempts: 1, dead_letters: 'com.shop.dead' })
    const large = 'x'.repeat(3 * 1024 * 1024)
    for (let i = 0; i < 23; i++) durable.publish(large)
    const answers: (() => void)[] = []
    const store = durable.store.open('other')
    const append = vi.spyOn(Object.getPrototypeOf(store) as typeof store, 'append')
    try {
      append.mockImplementation((_log, _event, done) => void answers.push(() => done({ position: 100 + answers.length })))
      const events = durable.take(peer)
      expect(events).toHaveLength(23)
      durable.ack(peer, events, { _again: true })
      durable.pass(1_000)
      expect(answers).toHaveLength(21)
      for (const answer of answers.splice(0)) answer()
      durable.pass(1_000)
      expect(answers).toHaveLength(2)
    } finally {
      append.mockRestore()
    }
    expect(durable.world.router.counters.durableDead).toBe(21)
  })
})
