// Shows that long lists are made in many turns, one at a time, and what becomes of those whose caller leaves.

import { createCborSerializer, SLOWEST_SESSIONS } from '@trunkline/protocol'
import { ALLOW_ALL, World } from '@trunkline/testkit'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { realmIn } from '../../testing/realm-in.ts'
import type { Link, SendOutcome } from '../ports/link.ts'
import { sorted } from './list-turns.ts'
import { META_PROFILE } from './meta-session.ts'

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

/** A peer for which as many octets are queued. */
function silent(eventBytes: number): Link {
  const backlog = { events: 1, eventBytes, replies: 0, replyBytes: 0, dropped: 0, stalledMs: 0 }
  const [take, end] = [(): SendOutcome => 'queued', (): void => {}]
  const format = createCborSerializer()
  return { format, send: take, sendEvent: take, abort: end, goodbye: end, answerGoodbye: end, backlog: () => backlog }
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
    // Two steps to look at all, one to encode: the third caller does that.
    for (let i = 0; i < 2; i++) tasks.turn()
    expect(kept).not.toHaveBeenCalled()
    tasks.turn()
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

  it.each([['wamp.session.list'], ['wamp.session.list', ['anonymous']], ['wamp.session.count', ['anonymous']], [SLOWEST_SESSIONS, 1]])(
    'is made in many turns for %s with %j',
    (procedure, ...args) => {
      world = World.of({ roles: { anonymous: [...ALLOW_ALL, { uri: SLOWEST_SESSIONS, allow: ['call'] }] } })
      const [realm, caller] = [realmIn(world, 'realm1') ?? expect.fail(), world.join()]
      const identity = { authid: 'x', authrole: 'anonymous', authmethod: 'anonymous', authprovider: 'static' }
      const profile = { ...META_PROFILE, identity, isInternal: false }
      const crowd = Array.from({ length: 2_010 }, (_, i) => realm.join(silent(i), profile, () => {}))
      const tasks = byHand()
      caller.say(48, 1, {}, procedure, args)
      tasks.turn()
      expect(caller.take()).toEqual([])
      tasks.all()
      const [answer] = caller.takeOne()[3] as [unknown]
      const ids = [caller.session, ...crowd.map(({ id }) => id)]
      if (procedure === SLOWEST_SESSIONS) expect(answer).toMatchObject([{ session: crowd[2_009]?.id }])
      else if (Array.isArray(answer)) expect(new Set(answer)).toEqual(new Set(ids))
      else expect(answer).toBe(2_011)
      for (const session of crowd) realm.leave(session)
      tasks.all()
    },
  )

  it('is refused where it would be longer than 4 MiB, as soon as that is seen, and not looked through again for each change', () => {
    world = World.of({ limits: { uriLength: 100_000, subscriptions: 2_500 } })
    const [holder, caller] = [world.join(), world.join()]
    for (let i = 0; i < 2_400; i++) holder.say(32, i + 1, {}, `com.${i}.${'x'.repeat(2_000)}`)
    holder.take()
    const kept = vi.spyOn(realmIn(world, 'realm1')?.lists ?? expect.fail(), 'keep')
    const tasks = byHand()
    for (let i = 0; i < 3; i++) {
      caller.say(48, i + 1, {}, 'wamp.reflection.topic.list')
      tasks.all()
      expect(caller.takeOne()[4]).toBe('wamp.error.payload_size_exceeded')
      holder.say(32, 2_401 + i, {}, `com.more.${i}`)
    }
    expect(kept).toHaveBeenCalledTimes(1)
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
