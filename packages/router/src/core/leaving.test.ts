// Shows that a session with very many subscriptions, registrations or calls leaves in several turns, and what it is to others meanwhile.

import type { AuthenticationStep } from '@trunkline/protocol'
import type { RealmOptions } from '@trunkline/router'
import type { TestPeer } from '@trunkline/testkit'
import { helloDetails, OPEN_REALM, World } from '@trunkline/testkit'
import { describe, expect, it } from 'vitest'
import type { Tasks } from '../testing/one-by-one.ts'
import { oneByOne } from '../testing/one-by-one.ts'
import type { Realm } from './realm.ts'
import { NodeWorlds } from '../testing/node-worlds.ts'
import { realmIn } from '../testing/realm-in.ts'

const LEAVE = [6, {}, 'wamp.close.close_realm']
const MANY = Array.from({ length: 1_000 }, (_, i) => `com.example.n${i}`)
const FEATURES = {
  caller: ['call_canceling'],
  callee: ['call_canceling', 'shared_registration', 'pattern_based_registration'],
}

interface Scene {
  readonly world: World
  readonly leaver: TestPeer
  readonly other: TestPeer
}

function scene(realm: RealmOptions = {}): Scene {
  const world = World.of({ ...realm, requestIds: 'tolerant' })
  return { world, leaver: world.join({ features: FEATURES }), other: world.join({ features: FEATURES }) }
}

function register(peer: TestPeer, options = {}): void {
  peer.sayAll(...MANY.map((uri, i) => [64, i + 1, options, uri]))
  expect(peer.take().map(([type]) => type)).toEqual(MANY.map(() => 65))
}

function subscribe(peer: TestPeer, options = {}): void {
  peer.sayAll(...MANY.map((uri, i) => [32, i + 1, options, uri]))
  expect(peer.take().map(([type]) => type)).toEqual(MANY.map(() => 33))
}

/** Sends GOODBYE. What follows is deferred. */
function begin({ world, leaver }: Scene): Tasks {
  const tasks = oneByOne(world)
  leaver.say(...LEAVE)
  expect(leaver.takeOne()[0]).toBe(6)
  expect(tasks.isIdle).toBe(false)
  return tasks
}

/** What is left in each turn, until nothing is. */
function turns(tasks: Tasks, left: () => number): number[] {
  const counts = [left()]
  while (!tasks.isIdle) {
    tasks.turn()
    counts.push(left())
  }
  return counts
}

describe('a session with very many', () => {
  it.each([
    ['registrations', (peer: TestPeer): void => register(peer), (world: World) => world.router.realms[0]?.registrations.length ?? 0],
    ['subscriptions', (peer: TestPeer): void => subscribe(peer), (world: World) => world.router.realms[0]?.subscriptions.length ?? 0],
  ])('%s leaves in several turns', (_, fill, count) => {
    const all = scene()
    const before = count(all.world)
    fill(all.leaver)
    const counts = turns(begin(all), () => count(all.world))
    expect(counts[0]).toBe(before + MANY.length)
    expect(counts.at(-1)).toBe(before)
    const steps = counts.slice(1).map((left, i) => (counts[i] ?? 0) - left)
    expect(Math.max(...steps)).toBeLessThanOrEqual(100)
    all.world.end()
  })

  it('open calls ends them in several turns, each once, also those that are answered meanwhile', () => {
    const all = scene()
    const { leaver, other } = all
    other.register('slow')
    leaver.sayAll(...MANY.map((_, i) => [48, i + 1, {}, 'slow']))
    const invocations = other.take().map(([, id]) => id as number)
    const before = { ...all.world.router.counters.callsEnded }
    const tasks = begin(all)
    tasks.turn()
    other.say(70, invocations.at(-1), {})
    const counts = turns(tasks, () => other.take().length)
    expect(counts.reduce((sum, each) => sum + each, 0)).toBe(MANY.length - 1)
    expect(Math.max(...counts)).toBeLessThanOrEqual(100)
    const { callsEnded } = all.world.router.counters
    expect([callsEnded.result - before.result, callsEnded.caller_left - before.caller_left]).toEqual([1, MANY.length - 1])
    expect(leaver.take()).toEqual([])
    all.world.end()
  })
})

describe('until it is out, a session that has left', () => {
  it('is not called: the call goes to another callee, or to the next pattern, or finds no procedure', () => {
    const all = scene()
    const { leaver, other } = all
    register(leaver, { invoke: 'first' })
    other.say(64, 1, { invoke: 'first' }, MANY[500])
    other.say(64, 2, { match: 'prefix' }, `${MANY[600]}`)
    const [shared, pattern] = other.take().map(([, , id]) => id)
    const tasks = begin(all)
    const caller = all.world.join()
    caller.sayAll([48, 1, {}, MANY[500]], [48, 2, {}, MANY[600]], [48, 3, {}, MANY[700]])
    expect(other.take().map(([, , registration]) => registration)).toEqual([shared, pattern])
    expect(caller.takeOne().slice(0, 5)).toEqual([8, 48, 3, { callees: 0 }, 'wamp.error.no_such_procedure'])
    tasks.rest()
    caller.say(48, 4, {}, MANY[500])
    expect(other.takeOne()[2]).toBe(shared)
    expect(leaver.take()).toEqual([])
  })

  it('leaves its procedures to who registers them, under another policy too', () => {
    const all = scene()
    const { leaver, other } = all
    register(leaver)
    const tasks = begin(all)
    other.sayAll([64, 1, {}, MANY[999]], [64, 2, { invoke: 'roundrobin' }, MANY[998]])
    expect(other.take().map(([type]) => type)).toEqual([65, 65])
    tasks.rest()
    const caller = all.world.join()
    caller.sayAll([48, 1, {}, MANY[999]], [48, 2, {}, MANY[998]])
    expect(other.take().map(([type]) => type)).toEqual([68, 68])
  })

  it('gets neither events nor results, nor does the next session of its connection get them', () => {
    const all = scene()
    const { leaver, other } = all
    subscribe(leaver)
    other.register('slow')
    leaver.say(48, 2_000, {}, 'slow')
    const invocation = other.takeOne()[1]
    const tasks = begin(all)
    leaver.say(1, 'realm1', helloDetails())
    leaver.welcomed()
    other.sayAll([16, 5_000, {}, MANY[999]], [70, invocation, {}])
    expect(leaver.take()).toEqual([])
    tasks.rest()
    other.say(16, 5_001, {}, MANY[999])
    expect(leaver.take()).toEqual([])
    expect(all.world.router.counters.eventsSent).toBe(0)
  })

  it('takes no event with a key from another nkey', () => {
    const all = scene()
    const { leaver, other } = all
    subscribe(leaver, { nkey: 'a' })
    other.subscribe(String(MANY[999]), { nkey: 'b' })
    const tasks = begin(all)
    const publisher = all.world.join()
    publisher.sayAll(...MANY.slice(0, 20).map((rkey, i) => [16, i + 1, { rkey }, MANY[999]]))
    expect(other.take().length).toBe(20)
    tasks.rest()
  })

  it('is told of after all it had, each once', () => {
    const all = scene()
    const { leaver, other } = all
    register(leaver)
    subscribe(leaver)
    other.say(32, 1, { match: 'prefix' }, 'wamp.')
    other.take()
    const tasks = begin(all)
    tasks.rest()
    const told = other.take().map((event) => (event[3] as { topic: string }).topic)
    expect(told.length).toBe(4 * MANY.length + 1)
    expect(told.indexOf('wamp.session.on_leave')).toBe(told.length - 1)
    for (const topic of ['registration.on_unregister', 'registration.on_delete', 'subscription.on_unsubscribe', 'subscription.on_delete'])
      expect(told.filter((each) => each === `wamp.${topic}`).length).toBe(MANY.length)
  })

  it('holds up its successor, which then has its names', () => {
    const identity = { authid: 'joe', authrole: 'anonymous', authmethod: 'ticket', authprovider: 'static' }
    const authenticate = (_: unknown, _before: unknown, next: (step: AuthenticationStep) => void): void => next({ accept: identity })
    const world = new World({ realms: { realm1: { ...OPEN_REALM, authenticate } } })
    const leaver = world.join()
    register(leaver)
    const tasks = oneByOne(world)
    const successor = world.connect()
    successor.say(1, 'realm1', { ...helloDetails(), authid: 'joe', _replaces: leaver.session })
    while (successor.take().every(([type]) => type !== 2)) {
      expect(tasks.isIdle).toBe(false)
      tasks.turn()
    }
    expect(world.router.realms[0]?.registrations.filter(({ isInternal }) => !isInternal).length).toBe(0)
  })

  it('holds up the end of its realm', () => {
    const all = scene()
    subscribe(all.leaver)
    const { broker, dealer } = realmIn(all.world, 'realm1') as Realm
    const tasks = oneByOne(all.world)
    all.world.router.removeRealm('realm1')
    for (; broker.subscriptions.size > 0; tasks.turn()) expect(dealer.ownRegistrations).toBeGreaterThan(0)
    tasks.rest()
    expect(dealer.ownRegistrations).toBe(0)
    expect(all.leaver.take().map(([type]) => type)).toEqual([6])
  })
})

it('a session with very many leaves a cluster, in which another node has its names when it has left', () => {
  const nodes = new NodeWorlds(2)
  const [one, two] = nodes.worlds.map((world) => world.join({ features: FEATURES })) as [TestPeer, TestPeer]
  nodes.deliver()
  one.sayAll(...MANY.map((uri, i) => [64, i + 1, {}, uri]))
  nodes.deliver()
  expect(one.take().length).toBe(MANY.length)
  one.drop()
  nodes.deliver()
  two.sayAll(...MANY.map((uri, i) => [64, i + 1, {}, uri]))
  nodes.deliver()
  expect(two.take().map(([type]) => type)).toEqual(MANY.map(() => 65))
  two.drop()
  nodes.end()
})
