// Shows that subscribers learn how many events could not be sent to their node, and when nodes are lost and come back.

import { ON_GAP, ON_NODE_BACK, ON_NODE_LOST } from '@trunkline/protocol'
import type { TestPeer, World } from '@trunkline/testkit'
import { ALLOW_ALL } from '@trunkline/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Frame } from './frames.ts'
import { Missed } from './missed.ts'
import type { NodeLink } from './node-links.ts'
import { NodeWorlds } from '../testing/node-worlds.ts'

const TOPIC = 'com.example.topic'

let nodes: NodeWorlds
let one: World
let two: World
let three: World
let publisher: TestPeer
let subscriber: TestPeer

beforeEach(() => {
  nodes = new NodeWorlds(3, 1, { roles: { anonymous: [...ALLOW_ALL, { uri: 'trunkline.**', allow: ['subscribe'] }] } })
  ;[one, two, three] = nodes.worlds as [World, World, World]
  publisher = one.join()
  subscriber = two.join()
  nodes.deliver()
})

function subscribe(peer: TestPeer, ...topics: string[]): number[] {
  return topics.map((topic) => {
    peer.say(32, peer.nextRequest, {}, topic)
    nodes.deliver()
    return peer.take().at(-1)?.[2] as number
  })
}

function publish(arg: unknown, topic = TOPIC, options = {}): void {
  publisher.say(16, publisher.nextRequest, options, topic, [arg])
}

/** The arguments and the `_gap` of each event. */
function eventsOf(peer: TestPeer): unknown[] {
  return peer.take().map(([type, , , details, args]) => {
    expect(type).toBe(36)
    return [...(args as unknown[]), (details as Record<string, unknown>)['_gap']]
  })
}

const missed = (world: World): number => world.router.counters.clusterEventsMissed

describe('events for a node that cannot be reached', () => {
  it('are told as a gap with the next event once it is back', () => {
    subscribe(subscriber, TOPIC)
    nodes.cut(one, two)
    for (const arg of [1, 2]) publish(arg)
    publish(3, 'com.example.other')
    expect(missed(one)).toBe(2)
    nodes.link(one, two)
    nodes.deliver()
    publish(4)
    nodes.deliver()
    expect(eventsOf(subscriber)).toEqual([[4, 2]])
    publish(5)
    nodes.deliver()
    expect(eventsOf(subscriber)).toEqual([[5, undefined]])
    nodes.end()
  })

  it('are told ahead of every event that is sent once it is back', () => {
    for (let steps = 0; steps < 10; steps++) {
      nodes = new NodeWorlds(2, steps + 1)
      ;[one, two] = nodes.worlds as [World, World]
      ;[publisher, subscriber] = [one.join(), two.join()]
      nodes.deliver()
      subscribe(subscriber, TOPIC)
      nodes.cut(one, two)
      publish(1)
      nodes.link(one, two)
      for (let step = 0; step < steps; step++) nodes.step()
      publish(2)
      publish(3)
      nodes.deliver()
      expect(eventsOf(subscriber)).toEqual([
        [2, 1],
        [3, undefined],
      ])
      nodes.end()
    }
  })

  it('are told by an event of their own where none follows', () => {
    const [topic] = subscribe(subscriber, TOPIC, ON_GAP)
    nodes.cut(one, two)
    publish(1)
    nodes.link(one, two)
    nodes.deliver()
    nodes.advance(2_000)
    expect(eventsOf(subscriber)).toEqual([[topic, TOPIC, 1, undefined]])
    nodes.end()
  })

  it('and were on their way when the link went down are told, whether or not they have arrived', () => {
    subscribe(subscriber, TOPIC)
    publish(1)
    nodes.cut(one, two)
    nodes.link(one, two)
    nodes.deliver()
    publish(2)
    nodes.deliver()
    expect(eventsOf(subscriber)).toEqual([[2, 1]])
    nodes.end()
  })

  it('are told even if the link goes down again before it was told', () => {
    subscribe(subscriber, TOPIC)
    nodes.cut(one, two)
    publish(1)
    for (let steps = 0; steps < 12; steps++) {
      nodes.link(one, two)
      for (let step = 0; step < steps; step++) nodes.step()
      nodes.cut(one, two)
    }
    nodes.link(one, two)
    nodes.deliver()
    publish(2)
    nodes.deliver()
    const [event] = eventsOf(subscriber) as [number, number][]
    expect(event?.[0]).toBe(2)
    expect(event?.[1]).toBeGreaterThanOrEqual(1)
    nodes.end()
  })

  it('that was full are told once it has room', () => {
    subscribe(subscriber, TOPIC)
    nodes.fill(one, two, true)
    publish(1)
    nodes.advance(1_000)
    nodes.fill(one, two, false)
    nodes.advance(1_000)
    nodes.deliver()
    publish(2)
    nodes.deliver()
    expect(eventsOf(subscriber)).toEqual([[2, 1]])
    expect(missed(one)).toBe(1)
    nodes.end()
  })

  it('that was full are told ahead of the next that has room', () => {
    subscribe(subscriber, TOPIC)
    nodes.fill(one, two, true)
    publish(1)
    nodes.fill(one, two, false)
    publish(2)
    nodes.deliver()
    expect(eventsOf(subscriber)).toEqual([[2, 1]])
    nodes.end()
  })

  it.each([{}, { retain: true }])('are sent once by the interest of before until the node has told what it has now: %o', (options) => {
    for (let steps = 0; steps < 10; steps++) {
      nodes = new NodeWorlds(2, steps + 1)
      ;[one, two] = nodes.worlds as [World, World]
      ;[publisher, subscriber] = [one.join(), two.join()]
      nodes.deliver()
      subscribe(subscriber, TOPIC)
      nodes.cut(one, two)
      nodes.link(one, two)
      for (let step = 0; step < steps; step++) nodes.step()
      publish(1, TOPIC, options)
      nodes.deliver()
      expect(eventsOf(subscriber)).toEqual([[1, undefined]])
      nodes.end()
    }
  })

  it('are not kept for a node that has stopped, nor counted where it had no subscribers', () => {
    subscribe(subscriber, TOPIC)
    nodes.cut(one, two, 'left')
    nodes.cut(one, three)
    publish(1)
    expect(missed(one)).toBe(0)
    nodes.end()
  })

  it('are told as missed by that process of the node, and not by one that has its name by now', () => {
    const frames: Frame[] = []
    const send = (frame: Frame): boolean => frames.push(frame) > 0
    const link: NodeLink = { node: 'b', queuedBytes: 0, send, pace() {}, settle: (done) => done(), fault() {} }
    for (const life of [1, 2]) {
      const missing = new Missed({ number: 1, counters: { clusterEventsMissed: 0 }, now: () => 0 })
      missing.lost('b', 1, [{ id: 1, match: 'exact', uri: TOPIC }])
      const publication = { id: 1, topic: TOPIC, details: undefined, audience: undefined, retained: undefined, payload: undefined }
      const frame = { type: 'pub', realm: 1, publication: { ...publication, winners: undefined, isPast: false, isOwn: false } } as const
      missing.published(frame, new Set())
      missing.returns(link)
      missing.announced(link, life)
      missing.synced(link)
      expect(missing.isEmpty).toBe(true)
    }
    const frame = { type: 'missed', realm: 1, life: 1, others: 0, topics: [{ topic: TOPIC, events: 1 }] }
    expect(frames).toEqual([frame, frame])
  })

  it('count together after ten minutes', () => {
    subscribe(subscriber, TOPIC)
    nodes.cut(one, two)
    publish(1)
    nodes.advance(10 * 60_000)
    publish(2, 'com.example.other')
    nodes.link(one, two)
    nodes.deliver()
    publish(3)
    nodes.deliver()
    expect(eventsOf(subscriber)).toEqual([[3, 2]])
    nodes.end()
  })

  it('of more topics than are noted count for all subscriptions', () => {
    subscriber.say(32, 1, { match: 'prefix' }, 'com.')
    nodes.deliver()
    subscriber.take()
    nodes.cut(one, two)
    for (let i = 0; i < 10_005; i++) publish(i, `com.example.${i}`)
    nodes.link(one, two)
    nodes.deliver()
    publish('last')
    nodes.deliver()
    expect(eventsOf(subscriber)).toEqual([['last', 10_005]])
    nodes.end()
  })
})

describe('subscribers of a node', () => {
  it('are told once of each node that is lost and comes back, after its sessions have left and joined', () => {
    const watcher = three.join()
    subscribe(watcher, 'wamp.session.on_leave', 'wamp.session.on_join', ON_NODE_LOST, ON_NODE_BACK)
    const isFirst = (row: unknown): unknown => (row as unknown[])[0]
    nodes.cut(one, three)
    nodes.cut(two, three)
    const { session } = publisher
    const lost = eventsOf(watcher)
    expect(lost.map(isFirst)).toEqual([session, 'a', subscriber.session, 'b'])
    expect(lost[1]).toEqual(['a', expect.any(Number), undefined])
    const late = one.join()
    nodes.link(one, three)
    nodes.deliver()
    const back = eventsOf(watcher) as [{ session: number }, unknown][]
    expect(back.map(([first]) => first.session ?? first)).toEqual([session, late.session, 'a'])
    const next = one.join()
    nodes.deliver()
    expect(eventsOf(watcher)).toMatchObject([[{ session: next.session }, undefined]])
    next.drop()
    nodes.cut(one, three, 'left')
    nodes.link(one, three)
    nodes.deliver()
    const told = eventsOf(watcher).map(isFirst)
    expect(told).not.toContain('a')
    late.drop()
    nodes.end()
  })
})
