// Shows that what the router tells of a session with very many subscriptions and registrations, when it leaves, leaves turns
// for others.

import { World } from '@trunkline/testkit'
import { describe, expect, it } from 'vitest'

/** What a world defers from now on runs one by one; says whether there is more. */
function oneByOne(world: World): () => boolean {
  const tasks: (() => void)[] = []
  world.scheduler.defer = (task) => void tasks.push(task)
  return () => {
    tasks.shift()?.()
    return tasks.length > 0
  }
}

const LEAVE = [6, {}, 'wamp.close.close_realm']

describe('a session that leaves', () => {
  it('with very many subscriptions and registrations is told of in several turns, in order', () => {
    const world = new World()
    const [leaver, other, witness] = [world.join(), world.join(), world.join()]
    const topics = Array.from({ length: 300 }, (_, i) => `a${i}`)
    leaver.sayAll(...topics.flatMap((uri, i) => [[32, 2 * i + 1, {}, uri] as unknown[], [64, 2 * i + 2, {}, uri]]))
    witness.say(32, 1, { match: 'prefix' }, 'wamp.')
    witness.take()
    const turn = oneByOne(world)
    leaver.say(...LEAVE)
    // The names are free at once, and the events about them follow the earlier ones.
    other.say(64, 1, {}, 'a0')
    expect(other.take().at(-1)?.[0]).toBe(65)
    const behind = ['wamp.session.on_leave', 'wamp.registration.on_create', 'wamp.registration.on_register']
    const counts: number[] = []
    const told: unknown[] = []
    const look = (): void => {
      const events = witness.take()
      counts.push(events.length)
      told.push(...events.map((event) => (event[3] as { topic: string }).topic))
    }
    look()
    for (let goesOn = true; goesOn;) {
      goesOn = turn()
      look()
    }
    // One for each event that came behind.
    expect(counts[0]).toBe(behind.length)
    expect(Math.max(...counts)).toBeLessThanOrEqual(8)
    const [registrations, subscriptions] = ['registration', 'subscription'].map((kind) =>
      topics.flatMap(() =>
        (kind === 'registration' ? ['on_unregister', 'on_delete'] : ['on_unsubscribe', 'on_delete']).map((name) => `wamp.${kind}.${name}`),
      ),
    )
    expect(told).toEqual([...(registrations ?? []), ...(subscriptions ?? []), ...behind])
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
