// Shows that a user whose answers take long waits when it has had its share of the router's time, while others go on.

import type { TestPeer } from '@trunkline/testkit'
import { World } from '@trunkline/testkit'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { realmIn } from '../testing/realm-in.ts'
import type { Realm } from './realm.ts'

let world: World
let realm: Realm
let [user, other]: TestPeer[] = []
let publisher: TestPeer

beforeEach(() => {
  world = new World()
  realm = realmIn(world, 'realm1') as Realm
  publisher = world.join()
  ;[user, other] = ['192.0.2.1', '192.0.2.2'].map((address) => {
    const peer = world.connect('json', { address })
    peer.say(1, 'realm1', { roles: { caller: {}, subscriber: {}, publisher: {} } })
    return peer.welcomed()
  })
})

const types = (peer: TestPeer | undefined): unknown[] => peer?.take().map(([type]) => type) ?? []

describe("calls of the router's own procedures", () => {
  const CALLS = Array.from({ length: 20 }, (_, i) => [48, i + 1, {}, 'com.example.slow'])

  beforeEach(() => {
    const slow = (): unknown[] => {
      world.clock.advance(100)
      return []
    }
    realm.offer(new Map([['com.example.slow', slow]]))
    world.settle()
  })

  it('that take long wait when their user has had its share, in order; those of others do not', () => {
    user?.sayAll(...CALLS)
    expect(types(user).length).toBe(7)
    other?.say(48, 1, {}, 'com.example.slow')
    expect(types(other)).toEqual([50])
    const begun = world.clock.monotonic()
    const rest: unknown[] = []
    for (; rest.length < 13; world.advance(100)) rest.push(...(user?.take().map(([, request]) => request) ?? []))
    expect(rest).toEqual(CALLS.slice(7).map(([, request]) => request))
    expect(world.clock.monotonic() - begun).toBeGreaterThan(13 * 300)
    world.end()
  })

  it('that wait are dropped with their session', () => {
    user?.sayAll(...CALLS)
    user?.drop()
    const before = world.clock.monotonic()
    world.advance(10_000)
    expect(world.clock.monotonic()).toBe(before + 10_000)
    world.end()
  })

  it('that wait get an answer when the realm ends', () => {
    user?.sayAll(...CALLS, [48, 21, {}, 'com.example.slow'])
    world.router.removeRealm('realm1')
    world.settle()
    expect(types(user).at(-1)).toBe(6)
    world.advance(10_000)
    expect(world.clock.monotonic()).toBeGreaterThan(0)
  })
})

describe('retained events for a pattern', () => {
  beforeEach(() => {
    for (let i = 0; i < 3; i++) publisher.publish(`com.example.t${i}`, [i], { retain: true })
    const { retained } = realm.broker
    const matching = retained.matching.bind(retained)
    vi.spyOn(retained, 'matching').mockImplementation((...wanted) => {
      world.clock.advance(700)
      return matching(...wanted)
    })
    user?.subscribe('com.example', { match: 'prefix' })
    user?.say(32, user.nextRequest, { match: 'prefix', get_retained: true }, 'com.example')
    if (user?.take().length !== 4) throw new Error('the first retained events did not come')
  })

  const ask = (): void => user?.say(32, user.nextRequest, { match: 'prefix', get_retained: true }, 'com.')

  it('wait for a user who has had its share, and leave out what came as it was published meanwhile', () => {
    ask()
    expect(types(user)).toEqual([33])
    publisher.publish('com.example.t0', ['new'], { retain: true })
    expect(types(user)).toEqual([36, 36])
    other?.say(32, other.nextRequest, { match: 'prefix', get_retained: true }, 'com.')
    expect(types(other)).toEqual([33, 36, 36, 36])
    world.advance(3_000)
    expect(user?.take().map((event) => event[4])).toEqual([[1], [2]])
    world.end()
  })

  it('that wait do not come after UNSUBSCRIBE, nor twice where the session asks again', () => {
    ask()
    const subscription = user?.takeOne()[2]
    user?.say(34, user.nextRequest, subscription)
    ask()
    ask()
    const again = user?.take().at(-1)?.[2]
    world.advance(10_000)
    expect(user?.take().map(([, id]) => id)).toEqual([again, again, again])
    world.end()
  })
})
