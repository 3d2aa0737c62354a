// Shows that durations are counted by a clock that nothing sets: steps of the date end nothing early and keep nothing long.

import { OPEN_REALM, World } from '@trunkline/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import type { RouterOptions } from './router-options.ts'
import { realmIn } from './testing/realm-in.ts'

const HOUR = 3_600_000
const STEPS = [
  ['forward', HOUR],
  ['back', -HOUR],
] as const

describe.each(STEPS)('when the date is set an hour %s', (_, step) => {
  let world: World
  const open = (options: RouterOptions = {}): World => (world = new World(options))
  afterEach(() => world.end())

  it('a call keeps its limit of time', () => {
    open()
    const [callee, caller] = [world.join(), world.join()]
    callee.register('com.example.slow')
    caller.say(48, 1, { timeout: 2_000 }, 'com.example.slow')
    world.clock.step(step)
    world.advance(1_900)
    expect(caller.take()).toEqual([])
    world.advance(100)
    expect(caller.takeOne()[4]).toBe('wamp.error.timeout')
  })

  it('who has not said HELLO, or reads nothing, keeps its time', () => {
    open()
    const [early, slow, publisher] = [world.connect(), world.join(), world.join()]
    slow.subscribe('com.example.topic')
    slow.stopReading()
    publisher.publish('com.example.topic')
    world.advance(1_000)
    world.clock.step(step)
    world.advance(8_000)
    expect([early.isClosed, slow.isClosed]).toEqual([false, false])
    world.advance(5_000)
    expect([early.isClosed, world.router.counters.slowConsumersClosed]).toEqual([true, 1])
  })

  it('what is kept of a topic ends by its age, and history tells the date', () => {
    open({ realms: { realm1: { ...OPEN_REALM, topics: [{ uri: 'com.example.**', retain: { ageMs: 10_000 } }] } } })
    world.join().publish('com.example.topic', [], { retain: true })
    const seen = (): number => {
      const peer = world.join()
      peer.say(32, 1, { get_retained: true }, 'com.example.topic')
      return peer.take().length - 1
    }
    world.clock.step(step)
    world.advance(9_000)
    expect(seen()).toBe(1)
    world.advance(1_000)
    expect(seen()).toBe(0)
  })

  it('a session that sent more than it may is read again in its time', () => {
    open({ realms: { realm1: { ...OPEN_REALM, limits: { messageRate: { perSecond: 10 } } } } })
    const peer = world.join()
    let isPaused = false
    Object.assign(peer, { pause: () => (isPaused = true), resume: () => (isPaused = false) })
    for (let i = 1; i <= 15; i++) peer.say(16, i, {}, 'com.example.topic')
    world.clock.step(step)
    world.advance(400)
    expect(isPaused).toBe(true)
    world.advance(300)
    expect(isPaused).toBe(false)
  })

  function openWithTokens(expires: number): void {
    open({
      realms: {
        realm1: {
          ...OPEN_REALM,
          authenticate: (_request, _info, next) =>
            next({ accept: { authid: 'eve', authrole: 'anonymous', authmethod: 'jwt', authprovider: 'jwt' }, expires }),
        },
      },
    })
  }

  it('sessions whose tokens expire together end one in a turn, and one whose token is renewed meanwhile stays', () => {
    openWithTokens(Date.UTC(2026, 0, 1) + 1_000)
    const [one, renewed] = [world.join(), world.join()]
    const tasks: (() => void)[] = []
    world.scheduler.defer = (task) => void tasks.push(task)
    world.clock.advance(1_000)
    world.router.tick()
    expect([one.take(), tasks.length]).toEqual([[], 2])
    realmIn(world, 'realm1')
      ?.sessions.get(renewed.session)
      ?.link.expireAt?.(world.clock.now() + 1_000)
    for (const task of tasks) task()
    expect([one.take().length, renewed.take().length]).toEqual([1, 0])
  })

  it('a session ends at the date of its token', () => {
    openWithTokens(Date.UTC(2026, 0, 1) + 2 * HOUR)
    const peer = world.join()
    world.clock.step(step)
    world.advance(2 * HOUR - step - 1_000)
    expect(peer.take()).toEqual([])
    world.advance(1_000)
    expect(peer.takeOne()[2]).toBe('trunkline.close.token_expired')
  })
})
