// Shows that what the router tells of a session with very many subscriptions and registrations, when it leaves, leaves turns
// for others.

import { World } from '@trunkline/testkit'
import { describe, expect, it } from 'vitest'
import { oneByOne } from '../../testing/one-by-one.ts'

const LEAVE = [6, {}, 'wamp.close.close_realm']

describe('a session that leaves', () => {
  it('with very many subscriptions and registrations is told of in several turns, in order', () => {
    const world = new World()
    const [leaver, other, witness] = [world.join(), world.join(), world.join()]
    const topics = Array.from({ length: 300 }, (_, i) => `a${i}`)
    leaver.sayAll(...topics.flatMap((uri, i) => [[32, 2 * i + 1, {}, uri] as unknown[], [64, 2 * i + 2, {}, uri]]))
    witness.say(32, 1, { match: 'prefix' }, 'wamp.')
    witness.take()
    const tasks = oneByOne(world)
    leaver.say(...LEAVE)
    // A name is free at once: its end is told before its new beginning.
    other.say(64, 1, {}, 'a0')
    expect(other.take().at(-1)?.[0]).toBe(65)
    const first = ['on_unregister', 'on_delete', 'on_create', 'on_register'].map((name) => `wamp.registration.${name}`)
    const counts: number[] = []
    const told: unknown[] = []
    const look = (): void => {
      const events = witness.take()
      counts.push(events.length)
      told.push(...events.map((event) => (event[3] as { topic: string }).topic))
    }
    look()
    while (!tasks.isIdle) {
      tasks.turn()
      look()
    }
    expect(counts[0]).toBe(first.length)
    expect(Math.max(...counts)).toBeLessThanOrEqual(8)
    const [registrations, subscriptions] = ['registration', 'subscription'].map((kind) =>
      topics
        .slice(kind === 'registration' ? 1 : 0)
        .flatMap(() =>
          (kind === 'registration' ? ['on_unregister', 'on_delete'] : ['on_unsubscribe', 'on_delete']).map(
            (name) => `wamp.${kind}.${name}`,
          ),
        ),
    )
    expect(told).toEqual([...first, ...(registrations ?? []), ...(subscriptions ?? []), 'wamp.session.on_leave'])
    other.say(32, 2, {}, 'b')
    expect(witness.take().length).toBe(2)
  })

  it('with few is told of at once', () => {
    const world = new World()
    const [leaver, witness] = [world.join(), world.join()]
    leaver.say(32, 1, {}, 'a')
    witness.say(32, 1, { match: 'prefix' }, 'wamp.')
    witness.take()
    oneByOne(world)
    leaver.say(...LEAVE)
    expect(witness.take().length).toBe(3)
  })
})
