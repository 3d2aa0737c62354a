// Shows that long lists are made in many turns, one at a time, and what becomes of those whose caller leaves.

import { World } from '@trunkline/testkit'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { realmIn } from '../../testing/realm-in.ts'
import { sorted } from './list-turns.ts'

let world: World
afterEach(() => {
  vi.restoreAllMocks()
  world.end()
})

/** Tasks are run by the test from now on. */
function byHand() {
  const tasks: (() => void)[] = []
  vi.spyOn(world.scheduler, 'defer').mockImplementation((task) => void tasks.push(task))
  vi.spyOn(world, 'settle').mockImplementation(() => {})
  return {
    turn: (): void => tasks.shift()?.(),
    all: (): number => {
      let run = 0
      for (let task = tasks.shift(); task !== undefined; task = tasks.shift(), run++) task()
      return run
    },
  }
}

/** A realm in which 2,500 topics have a subscription, of one session. */
function many(): void {
  world = World.of({ limits: { subscriptions: 2_500 } })
  const holder = world.join()
  for (let i = 0; i < 2_500; i++) holder.say(32, i + 1, {}, `com.topic.${(i * 7_919) % 2_500}`)
  holder.take()
}

describe('a list of many entries', () => {
  it.each(['wamp.subscription.list', 'wamp.reflection.topic.list'])(
    'is made in many turns, others are answered between: %s',
    (procedure) => {
      many()
      const [caller, other] = [world.join(), world.join()]
      const tasks = byHand()
      caller.say(48, 1, {}, procedure)
      other.say(48, 1, {}, 'wamp.session.count')
      tasks.turn()
      tasks.turn()
      expect([caller.take(), other.take().length]).toEqual([[], 1])
      expect(tasks.all()).toBeGreaterThan(0)
      const [list] = caller.takeOne()[3] as [string[] | { exact: number[] }]
      const expected = Array.from({ length: 2_500 }, (_, i) => `com.topic.${i}`).sort()
      if (Array.isArray(list)) expect(list).toEqual(expected)
      else expect(new Set(list.exact).size).toBe(2_500)
    },
  )

  it('is made for one caller at a time: others help to finish it, and share it where they see the same', () => {
    many()
    const callers = Array.from({ length: 5 }, () => world.join())
    const kept = vi.spyOn(realmIn(world, 'realm1')?.lists ?? expect.fail(), 'keep')
    const tasks = byHand()
    for (const caller of callers) caller.say(48, 1, {}, 'wamp.subscription.list')
    // The second caller finishes it.
    for (let i = 0; i < 2; i++) tasks.turn()
    expect(kept).toHaveBeenCalledTimes(1)
    tasks.all()
    expect(kept).toHaveBeenCalledTimes(1)
    const answers = callers.map((caller) => caller.take())
    expect(answers.map(([result]) => result?.[0])).toEqual([50, 50, 50, 50, 50])
  })

  it('is finished by the next caller when its own has left, which then gets another', () => {
    many()
    const [gone, caller] = [world.join(), world.join()]
    const tasks = byHand()
    gone.say(48, 1, {}, 'wamp.subscription.list')
    tasks.turn()
    gone.drop()
    caller.say(48, 1, {}, 'wamp.reflection.topic.list')
    tasks.all()
    expect(caller.takeOne()[3]).toEqual([expect.objectContaining({ length: 2_500 })])
  })

  it('shows what may be seen when it is done', () => {
    many()
    const caller = world.join()
    const tasks = byHand()
    caller.say(48, 1, {}, 'wamp.subscription.list')
    tasks.turn()
    const rules = [{ uri: 'wamp.**', allow: ['call'] as const }]
    world.router.updateRealm('realm1', { anonymousRole: 'anonymous', roles: { anonymous: rules } })
    tasks.all()
    expect(caller.take().find(([type]) => type === 50)?.[3]).toEqual([{ exact: [], prefix: [], wildcard: [] }])
  })
})

it('texts are sorted in steps as at once', () => {
  world = new World()
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 3 }), { maxLength: 40 }), fc.integer({ min: 1, max: 300 }), (some, times) => {
      const texts = some.flatMap((text) => Array.from({ length: times }, (_, i) => `${text}${i % 7}`))
      const steps = sorted(texts)
      for (;;) {
        const { done, value } = steps.next()
        if (done !== true) continue
        expect(value).toEqual([...texts].sort())
        return
      }
    }),
    { numRuns: 20 },
  )
})
