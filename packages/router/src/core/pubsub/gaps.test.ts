// Shows that very many gaps leave turns for others: those that are reported, and those that no session asks for.

import type { TestPeer } from '@trunkline/testkit'
import { World } from '@trunkline/testkit'
import { expect, it, vi } from 'vitest'
import { realmIn } from '../../testing/realm-in.ts'
import type { TableShare } from '../state/table-share.ts'

const ON_GAP = 'trunkline.session.on_gap'
const MANY = 1_000

/** What a world defers from now on runs one by one. */
function oneByOne(world: World): (() => void)[] {
  const tasks: (() => void)[] = []
  world.scheduler.defer = (task) => void tasks.push(task)
  return tasks
}

/** A session that misses one event of each of very many topics. */
function missing(world: World, isListening: boolean): TestPeer {
  const [peer, publisher] = [world.join(), world.join()]
  const topics = Array.from({ length: MANY }, (_, i) => `com.example.topic${i}`)
  if (isListening) peer.subscribe(ON_GAP)
  peer.sayAll(...topics.map((topic, i) => [32, peer.nextRequest + i, {}, topic]))
  peer.take()
  peer.maxSendBytes = 500
  publisher.sayAll(...topics.map((topic, i) => [16, i + 1, {}, topic, ['y'.repeat(600)]]))
  return peer
}

it('gaps of very many subscriptions are reported in several turns, each once', () => {
  const world = World.of({ roles: { anonymous: ['**', 'trunkline.**'].map((uri) => ({ uri, allow: ['subscribe', 'publish'] as const })) } })
  const peer = missing(world, true)
  const tasks = oneByOne(world)
  world.clock.advance(2_000)
  world.router.tick()
  const first = peer.take()
  expect([first.length > 0, first.length < MANY / 2]).toEqual([true, true])
  // A round that is not over is not begun again.
  world.router.tick()
  expect(peer.take()).toEqual([])
  const told = [...first]
  for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
    task()
    const some = peer.take()
    expect(some.length).toBeLessThan(MANY / 2)
    told.push(...some)
  }
  expect(new Set(told.map(([, , , , args]) => (args as unknown[])[0])).size).toBe(MANY)
  expect(told.length).toBe(MANY)
})

it('gaps of a session that does not ask for the meta event cost nothing while another does', () => {
  const world = World.of({ roles: { anonymous: ['**', 'trunkline.**'].map((uri) => ({ uri, allow: ['subscribe', 'publish'] as const })) } })
  missing(world, false)
  world.join().subscribe(ON_GAP)
  const tasks = oneByOne(world)
  world.clock.advance(2_000)
  world.router.tick()
  expect(tasks.length).toBe(0)
})

it('gaps of very many sessions that do not ask for the meta event are passed over in several turns', () => {
  const world = World.of({ roles: { anonymous: ['**', 'trunkline.**'].map((uri) => ({ uri, allow: ['subscribe', 'publish'] as const })) } })
  const publisher = world.join()
  const peers = Array.from({ length: 600 }, () => world.join())
  for (const peer of peers) {
    peer.subscribe('com.example.topic')
    peer.maxSendBytes = 500
  }
  publisher.say(16, 1, {}, 'com.example.topic', ['y'.repeat(600)])
  world.join().subscribe(ON_GAP)
  const tasks = oneByOne(world)
  world.clock.advance(2_000)
  world.router.tick()
  let turns = 0
  for (let task = tasks.shift(); task !== undefined; task = tasks.shift(), turns++) task()
  expect(turns).toBe(2)
})

it('gaps count to the tables of the session that has them, until they are told or it leaves', () => {
  const world = World.of({ roles: { anonymous: ['**', 'trunkline.**'].map((uri) => ({ uri, allow: ['subscribe', 'publish'] as const })) } })
  const [peer, publisher] = [world.join(), world.join()]
  const topics = [1, 2, 3, 4].map((i) => `com.example.topic${i}`)
  const publish = (): void => topics.forEach((topic) => publisher.say(16, publisher.nextRequest, {}, topic, ['y'.repeat(600)]))
  const ids = topics.map((topic) => peer.subscribe(topic))
  const tables = realmIn(world, 'realm1')?.sessions.get(peer.session)?.tables as TableShare
  const [added, removed] = [vi.spyOn(tables, 'addGap'), vi.spyOn(tables, 'removeGap')]
  const counted = (): number => added.mock.calls.length - removed.mock.calls.length
  const most = peer.maxSendBytes
  peer.maxSendBytes = 500
  publish()
  publish()
  expect(counted()).toBe(4)
  peer.maxSendBytes = most
  publisher.say(16, publisher.nextRequest, {}, topics[0], [])
  expect(counted()).toBe(3)
  peer.say(34, peer.nextRequest, ids[1])
  expect(counted()).toBe(2)
  peer.drop()
  world.settle()
  expect(counted()).toBe(0)
  world.end()
})
