// Shows that what the router tells of what ends, to very many, leaves turns for others, and in which order it is told.

import type { TestPeer } from '@trunkline/testkit'
import { ALLOW_ALL, helloDetails, World } from '@trunkline/testkit'
import { describe, expect, it } from 'vitest'
import type { Tasks } from '../../testing/one-by-one.ts'
import { oneByOne } from '../../testing/one-by-one.ts'

const LEAVE = [6, {}, 'wamp.close.close_realm']
/** What one turn delivers, and the events that may come beyond: one, and those that two beginnings publish. */
const MOST = 4_096
const BEYOND = 5
const WITNESSES = 60
const TOPICS = Array.from({ length: 60 }, (_, i) => `a${i}`)
const SHARED = { match: 'exact', invoke: 'roundrobin' }

interface Told {
  readonly topic: string
  readonly args: unknown
}

/** A world with many that listen to all events of the router. */
class Scene {
  readonly world = World.of({ roles: { anonymous: ALLOW_ALL.map((rule) => ({ ...rule, options: ['force_reregister'] })) } })
  readonly #witnesses: readonly TestPeer[]

  constructor(witnesses = WITNESSES) {
    this.#witnesses = Array.from({ length: witnesses }, () => this.join('192.0.2.99'))
    for (const witness of this.#witnesses) witness.say(32, 1, { match: 'prefix' }, 'wamp.')
    this.told()
  }

  join(address: string): TestPeer {
    const peer = this.world.connect('json', { address })
    peer.say(1, 'realm1', helloDetails({ callee: ['shared_registration'] }))
    peer.take()
    return peer
  }

  /** What each of them was told since the last look. */
  told(): Told[] {
    const [first = []] = this.#witnesses.map((witness) =>
      witness.take().flatMap(([type, , , details, args]) => (type === 36 ? [{ topic: (details as { topic: string }).topic, args }] : [])),
    )
    return first
  }
}

/** Runs all turns. @returns what was told in each, that before them first */
function turns(scene: Scene, tasks: Tasks): Told[][] {
  const told = [scene.told()]
  while (!tasks.isIdle) {
    tasks.turn()
    told.push(scene.told())
  }
  return told
}

function expectTurns(told: readonly (readonly Told[])[]): void {
  expect(told.filter(({ length }) => length > 0).length).toBeGreaterThan(1)
  expect(Math.max(...told.map(({ length }) => length)) * WITNESSES).toBeLessThanOrEqual(MOST + BEYOND * WITNESSES)
}

function topicsOf(told: readonly (readonly Told[])[]): string[] {
  return told.flat().map(({ topic }) => topic)
}

function holdMany(leaver: TestPeer): void {
  leaver.sayAll(...TOPICS.map((uri, i) => [32, i + 1, {}, uri]))
}

describe('what ends', () => {
  it('with a session is told to very many in several turns, in order', () => {
    const scene = new Scene()
    const leaver = scene.join('192.0.2.1')
    leaver.sayAll(...TOPICS.flatMap((uri, i) => [[32, 2 * i + 1, {}, uri] as unknown[], [64, 2 * i + 2, {}, uri]]))
    scene.told()
    const tasks = oneByOne(scene.world)
    leaver.say(...LEAVE)
    const told = turns(scene, tasks)
    expectTurns(told)
    const registrations = TOPICS.flatMap(() => ['on_unregister', 'on_delete'].map((name) => `wamp.registration.${name}`))
    const subscriptions = TOPICS.flatMap(() => ['on_unsubscribe', 'on_delete'].map((name) => `wamp.subscription.${name}`))
    expect(topicsOf(told)).toEqual([...registrations, ...subscriptions, 'wamp.session.on_leave'])
  })

  it('is told to few at once', () => {
    const scene = new Scene(1)
    const leaver = scene.join('192.0.2.1')
    holdMany(leaver)
    scene.told()
    oneByOne(scene.world)
    leaver.say(...LEAVE)
    expect(scene.told().length).toBe(2 * TOPICS.length + 1)
  })

  it('for very many callees, whose registration another takes by force, is told in several turns', () => {
    const scene = new Scene()
    const callees = Array.from({ length: 100 }, () => scene.join('192.0.2.1'))
    const taker = scene.join('192.0.2.1')
    for (const callee of callees) callee.say(64, 1, SHARED, 'p')
    scene.told()
    const tasks = oneByOne(scene.world)
    taker.say(64, 1, { force_reregister: true }, 'p')
    expect(taker.take()).toEqual([[65, 1, expect.anything()]])
    const told = turns(scene, tasks)
    expectTurns(told)
    const names = [...callees.map(() => 'on_unregister'), 'on_delete', 'on_create', 'on_register']
    expect(topicsOf(told)).toEqual(names.map((name) => `wamp.registration.${name}`))
  })

  it('with very many sessions that leave in one turn is told in several turns, each once', () => {
    const scene = new Scene()
    const sessions = Array.from({ length: 200 }, () => scene.join('192.0.2.1'))
    scene.told()
    const tasks = oneByOne(scene.world)
    for (const session of sessions) session.say(...LEAVE)
    const told = turns(scene, tasks)
    expectTurns(told)
    expect(told.flat().length).toBe(sessions.length)
  })

  it('for one owner does not delay what is told of another by more than a turn', () => {
    const scene = new Scene()
    const [leaver, other] = [scene.join('192.0.2.1'), scene.join('192.0.2.2')]
    holdMany(leaver)
    leaver.sayAll(...TOPICS.map((uri, i) => [32, TOPICS.length + i + 1, {}, `b.${uri}`]))
    scene.told()
    const tasks = oneByOne(scene.world)
    leaver.say(...LEAVE)
    other.say(...LEAVE)
    const told = turns(scene, tasks)
    expectTurns(told)
    const leaving = told.flatMap((each, turn) => each.filter(({ topic }) => topic === 'wamp.session.on_leave').map(() => turn))
    const later = told.flatMap(({ length }, turn) => (turn > 0 && length > 0 ? [turn] : []))
    expect(leaving).toEqual([later.at(0), later.at(-1)])
  })

  it('does not delay the beginnings of other owners at all', () => {
    const scene = new Scene()
    const leaver = scene.join('192.0.2.1')
    holdMany(leaver)
    scene.told()
    oneByOne(scene.world)
    leaver.say(...LEAVE)
    scene.told()
    scene.join('192.0.2.2')
    expect(scene.told().map(({ topic }) => topic)).toEqual(['wamp.session.on_join'])
  })

  it('for two owners of one subscription is told in order', () => {
    const scene = new Scene()
    const [leaver, other] = [scene.join('192.0.2.1'), scene.join('192.0.2.2')]
    holdMany(leaver)
    leaver.say(32, TOPICS.length + 1, {}, 'shared')
    const id = leaver.take().at(-1)?.[2]
    other.say(32, 1, {}, 'shared')
    scene.told()
    const tasks = oneByOne(scene.world)
    leaver.say(...LEAVE)
    other.say(34, 2, id)
    other.say(32, 3, {}, 'shared')
    const ofShared = turns(scene, tasks)
      .flat()
      .filter(({ args }) => JSON.stringify(args).includes(`,${String(id)}]`) || JSON.stringify(args).includes('shared'))
    const names = ['on_unsubscribe', 'on_unsubscribe', 'on_delete', 'on_create']
    expect(ofShared.map(({ topic }) => topic)).toEqual(names.map((name) => `wamp.subscription.${name}`))
  })

  it('is told no later than its owner begins as much again, so that what waits stays bounded', () => {
    const scene = new Scene()
    const [leaver, next] = [scene.join('192.0.2.1'), scene.join('192.0.2.1')]
    holdMany(leaver)
    scene.told()
    oneByOne(scene.world)
    leaver.say(...LEAVE)
    const before = scene.told().length
    expect(before).toBeLessThan(2 * TOPICS.length)
    holdMany(next)
    const told = before + scene.told().length
    expect(told).toBeGreaterThanOrEqual(2 * TOPICS.length + 1 + 2 * TOPICS.length)
  })
})
