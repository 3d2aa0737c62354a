// Shows subscriptions and publications over several nodes, whatever the order in which frames come.

import { CLEAR_RETAINED } from '@trunkline/protocol'
import type { TestPeer } from '@trunkline/testkit'
import { ALLOW_ALL } from '@trunkline/testkit'
import { describe, expect, it } from 'vitest'
import { realmIn } from '../../testing/realm-in.ts'
import { NodeWorlds } from '../../testing/node-worlds.ts'

const TOPIC = 'com.example.topic'
const SEEDS = Array.from({ length: 40 }, (_, i) => i + 1)

/** The nodes, and a peer on each. */
function cluster(seed = 1, realm = {}): { nodes: NodeWorlds; peers: readonly [TestPeer, TestPeer, TestPeer] } {
  const nodes = new NodeWorlds(3, seed, realm)
  const [a, b, c] = nodes.worlds.map((world) => world.join())
  if (a === undefined || b === undefined || c === undefined) throw new Error('a node is missing')
  nodes.deliver()
  return { nodes, peers: [a, b, c] }
}

/** Subscribes and waits for SUBSCRIBED. */
function subscribe(nodes: NodeWorlds, peer: TestPeer, topic: string, options = {}): number {
  peer.say(32, peer.nextRequest, options, topic)
  nodes.deliver()
  const [type, , id] = peer.takeOne()
  expect(type).toBe(33)
  return id as number
}

function publish(nodes: NodeWorlds, peer: TestPeer, args: unknown[], { topic = TOPIC, ...options }: Record<string, unknown> = {}): void {
  peer.say(16, peer.nextRequest, options, topic, args)
  nodes.deliver()
}

/** The first argument of each event that came. */
function eventsOf(peer: TestPeer): unknown[] {
  return peer.take().map(([type, , , , args]) => {
    expect(type).toBe(36)
    return (args as unknown[])[0]
  })
}

describe('a subscription over nodes', () => {
  it('gets all that is published on any node after its SUBSCRIBED was seen, and nothing before', () => {
    let [early, late] = [0, 0]
    for (const seed of SEEDS) {
      const { nodes, peers } = cluster(seed)
      const { random } = nodes
      const patterns = [{}, { match: 'prefix' }, { match: 'wildcard' }]
      const [subscriber, ...publishers] = [...peers].sort(() => random.below(3) - 1)
      if (subscriber === undefined) return
      const options = random.pick(patterns)
      subscriber.say(32, 1, options, 'match' in options && options.match === 'wildcard' ? 'com..topic' : TOPIC)
      const missing = new Set<unknown>()
      let subscription: unknown
      const look = (): void => {
        for (const [type, id, answered, , args] of subscriber.take()) {
          if (type === 33) subscription = answered
          else expect([type, id]).toEqual([36, subscription])
          if (type === 36) missing.delete((args as unknown[])[0])
        }
      }
      for (let i = 0; i < 40; i++) {
        if (subscription === undefined) early++
        else late++
        const publisher = random.pick(publishers)
        publisher.say(16, publisher.nextRequest, {}, TOPIC, [i])
        if (subscription !== undefined) missing.add(i)
        for (let steps = random.below(4); steps > 0; steps--) nodes.step()
        look()
      }
      nodes.deliver()
      look()
      expect([...missing]).toEqual([])
      nodes.end()
    }
    expect([early > 20, late > 500]).toEqual([true, true])
  })

  it('has the same id on every node, and is told of once when two nodes create it at once', () => {
    for (const seed of SEEDS.slice(0, 20)) {
      const { nodes, peers } = cluster(seed)
      const [a, b, c] = peers
      for (const event of ['on_create', 'on_delete']) subscribe(nodes, c, `wamp.subscription.${event}`)
      a.say(32, 1, {}, TOPIC)
      b.say(32, 1, {}, TOPIC)
      nodes.deliver()
      expect(a.takeOne()[2]).toBe(b.takeOne()[2])
      expect(c.take().map(([type]) => type)).toEqual([36])
      a.drop()
      nodes.deliver()
      expect(c.take()).toEqual([])
      b.drop()
      nodes.deliver()
      expect(c.take().map(([type]) => type)).toEqual([36])
      nodes.end()
    }
  })

  it('has ended once, when the last subscribers of several nodes leave at once', () => {
    let several = 0
    for (const seed of SEEDS) {
      const { nodes, peers } = cluster(seed)
      const [a, b, c] = peers
      const [watcher] = nodes.worlds.map((world) => world.join())
      if (watcher === undefined) return
      const members = nodes.random.percent(50) ? [a, b, c] : [a, b]
      const [id] = members.map((peer) => subscribe(nodes, peer, TOPIC))
      subscribe(nodes, watcher, 'wamp.subscription.on_delete')
      for (const peer of members.sort(() => nodes.random.below(3) - 1)) {
        peer.say(34, peer.nextRequest, id)
        for (let steps = nodes.random.below(4); steps > 0; steps--) if (nodes.step()) several++
      }
      nodes.deliver()
      expect(watcher.take()).toHaveLength(1)
      nodes.end()
    }
    expect(several).toBeGreaterThan(SEEDS.length)
  })

  it('that ends before its SUBSCRIBED leaves nothing behind', () => {
    const { nodes, peers } = cluster()
    const [a, b] = peers
    a.say(32, 1, {}, TOPIC)
    a.drop()
    publish(nodes, b, [1], { acknowledge: true })
    expect(b.takeOne()[0]).toBe(17)
    nodes.end()
  })

  it('is answered after ten seconds at most, which is counted, and is told of a gap', () => {
    const { nodes, peers } = cluster()
    const [a] = peers
    a.say(32, 1, { get_retained: true }, TOPIC)
    a.say(32, 2, {}, TOPIC)
    expect(a.take()).toEqual([])
    nodes.advance(10_000)
    expect(a.take().map(([type, request]) => [type, request])).toEqual([
      [33, 1],
      [33, 2],
    ])
    expect(nodes.worlds[0]?.router.counters.clusterSettleLate).toBe(1)
    publish(nodes, a, [1], { exclude_me: false })
    expect(a.takeOne()).toMatchObject([36, expect.any(Number), expect.any(Number), { _gap: 1 }, [1]])
    nodes.end()
  })

  it('that was answered before all nodes knew of it is not taken for known when the next session subscribes', () => {
    const { nodes, peers } = cluster()
    const [a] = peers
    a.say(32, 1, {}, TOPIC)
    nodes.advance(10_000)
    expect(a.takeOne()[0]).toBe(33)
    const next = nodes.worlds[0]?.join()
    next?.say(32, 1, {}, TOPIC)
    expect(next?.take()).toEqual([])
    nodes.deliver()
    expect(next?.takeOne()[0]).toBe(33)
    nodes.end()
  })

  it('is not subscribed to before SUBSCRIBED: UNSUBSCRIBE of its known id is refused', () => {
    const { nodes, peers } = cluster()
    const [a] = peers
    const id = subscribe(nodes, a, TOPIC)
    a.say(34, 2, id)
    a.say(32, 3, {}, TOPIC)
    a.say(34, 4, id)
    nodes.deliver()
    expect(a.take().map(([type, of]) => [type, of])).toEqual([
      [35, 2],
      [8, 34],
      [33, 3],
    ])
    nodes.end()
  })
})

describe('a publication over nodes', () => {
  it('reaches those for whom it is meant, once for each subscription, and not its publisher', () => {
    const { nodes, peers } = cluster()
    const [a, b, c] = peers
    const exact = subscribe(nodes, b, TOPIC)
    const prefix = subscribe(nodes, b, 'com.', { match: 'prefix' })
    for (const peer of [a, c]) subscribe(nodes, peer, TOPIC)
    publish(nodes, a, [1])
    expect(b.take().map(([, id]) => id)).toEqual([exact, prefix])
    expect([eventsOf(c), eventsOf(a)]).toEqual([[1], []])
    publish(nodes, a, [2], { exclude_me: false, eligible: [a.session, c.session] })
    expect([eventsOf(a), eventsOf(b), eventsOf(c)]).toEqual([[2], [], [2]])
    publish(nodes, a, [3], { exclude_authrole: ['anonymous'] })
    expect([b.take(), c.take()]).toEqual([[], []])
    nodes.end()
  })

  it('of the router is told to subscribers of all nodes, and to no pattern that does not name it', () => {
    const { nodes, peers } = cluster()
    const [a, b, c] = peers
    subscribe(nodes, a, 'wamp.session.on_join')
    subscribe(nodes, b, 'wamp.', { match: 'prefix' })
    subscribe(nodes, c, '', { match: 'prefix' })
    b.take()
    const joined = nodes.worlds[1]?.join()
    nodes.deliver()
    expect([a.take().length, b.take().length, c.take().length]).toEqual([1, 1, 0])
    joined?.drop()
    nodes.end()
  })

  it('with a key goes to one nkey of all nodes', () => {
    const { nodes, peers } = cluster()
    const [a, b, c] = peers
    for (const [nkey, peer] of Object.entries({ a, b })) subscribe(nodes, peer, TOPIC, { nkey })
    for (let i = 0; i < 100; i++) publish(nodes, c, [i], { rkey: `key-${i}` })
    const [ofA, ofB] = [eventsOf(a), eventsOf(b)]
    expect([...ofA, ...ofB].sort((x, y) => Number(x) - Number(y))).toEqual(Array.from({ length: 100 }, (_, i) => i))
    expect([ofA.length > 20, ofB.length > 20]).toEqual([true, true])
    nodes.end()
  })

  it('counts once, where it was published, and its events where they are sent', () => {
    const { nodes, peers } = cluster()
    const [a, b] = peers
    subscribe(nodes, b, TOPIC)
    publish(nodes, a, [1])
    const counts = nodes.worlds.map(({ router: { counters } }) => [counters.publicationsRouted, counters.eventsSent])
    expect(counts).toEqual([
      [1, 0],
      [0, 1],
      [0, 0],
    ])
    nodes.end()
  })
})

describe('an event for one of several subscribers on several nodes', () => {
  /** The node of the world with this place, and one more peer on it. */
  const joinAt = (nodes: NodeWorlds, place: number): TestPeer => {
    const peer = nodes.worlds[place]?.join()
    if (peer === undefined) throw new Error('a node is missing')
    return peer
  }

  interface Sharer {
    readonly peer: TestPeer
    readonly nkey: string
    /** What it waits for. */
    wants: 'SUBSCRIBED' | 'UNSUBSCRIBED' | undefined
    subscription: number
    last: number
  }

  /** Notes each event, which has to come between SUBSCRIBED and UNSUBSCRIBED, and in the order of its publisher. */
  function look(sharer: Sharer, came: Map<number, string[]>): void {
    for (const [type, , id, , args] of sharer.peer.take()) {
      if (type === 33) [sharer.wants, sharer.subscription] = [undefined, id as number]
      if (type === 35) [sharer.wants, sharer.subscription, sharer.last] = [undefined, 0, -1]
      if (type !== 36) continue
      const [event] = args as number[]
      if (event === undefined || sharer.subscription === 0 || event <= sharer.last)
        throw new Error(`event ${event} came after ${sharer.last}`)
      sharer.last = event
      came.set(event, [...(came.get(event) ?? []), sharer.nkey])
    }
  }

  it.each(Array.from({ length: 10 }, (_, block) => [block, Array.from({ length: 20 }, (__, i) => block * 1_000 + i)] as const))(
    'comes to exactly one nkey while they come and go: orders %i',
    (_, seeds) => {
      let moved = 0
      for (const seed of seeds) {
        const { nodes, peers } = cluster(seed)
        const { random } = nodes
        const sharers = Array.from({ length: 6 }, (_, i): Sharer => {
          return { peer: joinAt(nodes, i % 3), nkey: `nkey-${random.below(5)}`, wants: undefined, subscription: 0, last: -1 }
        })
        const [stays] = sharers
        if (stays === undefined) return
        stays.peer.say(32, stays.peer.nextRequest, { nkey: stays.nkey }, TOPIC)
        const came = new Map<number, string[]>()
        nodes.deliver()
        look(stays, came)
        for (let event = 0; event < 60; event++) {
          const sharer = random.pick(sharers.slice(1))
          if (sharer.wants === undefined && random.percent(40)) {
            moved++
            sharer.wants = sharer.subscription === 0 ? 'SUBSCRIBED' : 'UNSUBSCRIBED'
            if (sharer.subscription === 0) sharer.peer.say(32, sharer.peer.nextRequest, { nkey: sharer.nkey }, TOPIC)
            else sharer.peer.say(34, sharer.peer.nextRequest, sharer.subscription)
          }
          peers[0].say(16, peers[0].nextRequest, { rkey: random.below(1_000) }, TOPIC, [event])
          for (let steps = random.below(6); steps > 0; steps--) nodes.step()
          for (const each of sharers) look(each, came)
        }
        nodes.deliver()
        for (const each of sharers) look(each, came)
        for (let event = 0; event < 60; event++) expect([event, new Set(came.get(event)).size]).toEqual([event, 1])
        nodes.end()
      }
      expect(moved).toBeGreaterThan(seeds.length * 5)
    },
  )

  it('passes over those that may not receive it, on all nodes', () => {
    const { nodes, peers } = cluster()
    const [a, b, c] = peers
    for (const [nkey, peer] of Object.entries({ a, b })) subscribe(nodes, peer, TOPIC, { nkey })
    for (let i = 0; i < 30; i++) publish(nodes, c, [i], { rkey: i, exclude: [a.session] })
    expect([eventsOf(a).length, eventsOf(b).length]).toEqual([0, 30])
    for (let i = 0; i < 30; i++) publish(nodes, c, [i], { rkey: i, eligible: [a.session] })
    expect([eventsOf(a).length, eventsOf(b).length]).toEqual([30, 0])
    nodes.end()
  })

  it('waits for SUBSCRIBED where the nkey is new, up to 256 of them; those beyond are told as missed', () => {
    const { nodes, peers } = cluster()
    const [a, , c] = peers
    a.say(32, 1, { nkey: 'a' }, TOPIC)
    while (!hasHeard(nodes, 2)) expect(nodes.step()).toBe(true)
    for (let i = 0; i < 260; i++) c.say(16, c.nextRequest, { rkey: i }, TOPIC, [i])
    nodes.deliver()
    const [subscribed, ...events] = a.take()
    expect([subscribed?.[0], events.length]).toEqual([33, 256])
    publish(nodes, c, ['next'], { rkey: 1 })
    expect(a.takeOne()[3]).toEqual({ _gap: 4 })
    nodes.end()
  })

  /** Whether a node knows of a subscriber that shares events. */
  function hasHeard(nodes: NodeWorlds, place: number): boolean {
    const world = nodes.worlds[place]
    const cluster = world && realmIn(world, 'realm1')?.cluster
    return [...(cluster?.sharersElsewhere('exact', TOPIC) ?? [])].length > 0
  }

  it('is not sent to one that has sent UNSUBSCRIBE, which is answered after ten seconds at most', () => {
    const { nodes, peers } = cluster()
    const [a] = peers
    const id = subscribe(nodes, a, TOPIC, { nkey: 'a' })
    a.say(34, 2, id)
    a.say(34, 3, id)
    expect(a.take().map(([type, of]) => [type, of])).toEqual([
      [35, 2],
      [8, 34],
    ])
    a.say(32, 4, { nkey: 'a' }, TOPIC)
    nodes.advance(10_000)
    expect(a.takeOne()[0]).toBe(33)
    a.say(34, 5, id)
    expect(a.take()).toEqual([])
    a.say(32, 6, { nkey: 'other' }, TOPIC)
    expect(a.takeOne().slice(0, 2)).toEqual([35, 5])
    nodes.deliver()
    expect(a.takeOne().slice(0, 2)).toEqual([33, 6])
    a.say(34, 7, id)
    nodes.advance(10_000)
    expect(a.takeOne().slice(0, 2)).toEqual([35, 7])
    nodes.end()
  })
})

describe('retained events over nodes', () => {
  const retained = (nodes: NodeWorlds): unknown[] =>
    nodes.worlds.map((world) => {
      const peer = world.join()
      peer.say(32, 1, { get_retained: true, match: 'prefix' }, 'com.')
      nodes.deliver()
      const events = peer.take().slice(1)
      peer.drop()
      return events.map(([, , publication, details, args]) => [publication, details, args])
    })

  it('are the same everywhere, whatever the order in which they came', () => {
    let cleared = 0
    for (const seed of SEEDS) {
      const { nodes, peers } = cluster(seed, { roles: { anonymous: [...ALLOW_ALL, { uri: 'trunkline.**', allow: ['call'] }] } })
      const { random } = nodes
      for (let i = 0; i < 30; i++) {
        const audience = random.percent(40) ? { eligible_authrole: ['anonymous', ...(random.percent(50) ? ['other'] : [])] } : {}
        const peer = random.pick(peers)
        if (random.percent(10)) peer.say(48, peer.nextRequest, {}, CLEAR_RETAINED, ['com.', { match: 'prefix' }])
        else peer.say(16, peer.nextRequest, { retain: true, ...audience }, `com.example.${random.below(3)}`, [i])
        for (let steps = random.below(5); steps > 0; steps--) nodes.step()
      }
      nodes.deliver()
      cleared += peers.flatMap((peer) => peer.take()).filter(([type]) => type === 50).length
      const [first, ...others] = retained(nodes)
      for (const other of others) expect(other).toEqual(first)
      const digests = nodes.worlds.map((world) => realmIn(world, 'realm1')?.broker.retained.digest)
      expect(new Set(digests).size).toBe(1)
      nodes.end()
    }
    expect(cleared).toBeGreaterThan(SEEDS.length)
  })

  it('are the same again after two parts could not reach each other, and are delivered to nobody then', () => {
    const { nodes, peers } = cluster()
    const [a, , c] = peers
    const [one, two, three] = nodes.worlds
    if (one === undefined || two === undefined || three === undefined) return
    subscribe(nodes, c, 'com.', { match: 'prefix' })
    nodes.cut(one, three)
    nodes.cut(two, three)
    publish(nodes, a, [1], { retain: true, topic: 'com.a' })
    publish(nodes, c, [2], { retain: true, exclude_me: false, topic: 'com.c' })
    expect(eventsOf(c)).toEqual([2])
    nodes.link(one, three)
    nodes.link(two, three)
    nodes.deliver()
    expect(c.take()).toEqual([])
    const [first, ...others] = retained(nodes)
    expect(first).toHaveLength(2)
    for (const other of others) expect(other).toEqual(first)
    nodes.end()
  })

  it('are the same on the nodes that are left, when the last events of a lost one came to some of them only', () => {
    const { nodes, peers } = cluster()
    const [a] = peers
    const [one, two, three] = nodes.worlds
    if (one === undefined || two === undefined || three === undefined) return
    nodes.cut(one, three)
    publish(nodes, a, [1], { retain: true, topic: 'com.a' })
    nodes.cut(one, two)
    nodes.deliver()
    const [, second, third] = retained(nodes) as unknown[][]
    expect(second).toHaveLength(1)
    expect(third).toEqual(second)
    nodes.end()
  })

  it('that were cleared while two parts could not reach each other do not come back', () => {
    const { nodes, peers } = cluster(1, { roles: { anonymous: [...ALLOW_ALL, { uri: 'trunkline.**', allow: ['call'] }] } })
    const [a, b] = peers
    const [one, two, three] = nodes.worlds
    if (one === undefined || two === undefined || three === undefined) return
    publish(nodes, a, [1], { retain: true, topic: 'com.a' })
    nodes.cut(two, one)
    nodes.cut(two, three)
    b.say(48, 1, {}, CLEAR_RETAINED, ['com.', { match: 'prefix' }])
    publish(nodes, b, [2], { retain: true, topic: 'com.b' })
    nodes.link(two, one)
    nodes.link(two, three)
    nodes.deliver()
    const [first, ...others] = retained(nodes) as unknown[][][]
    expect(first?.map(([, , args]) => args)).toEqual([[2]])
    for (const other of others) expect(other).toEqual(first)
    nodes.end()
  })
})

describe('a node that is lost', () => {
  it('has other testaments when it is lost again: no publication comes twice', () => {
    const { nodes, peers } = cluster()
    const [a, b, c] = peers
    const [one, two, three] = nodes.worlds
    if (one === undefined || two === undefined || three === undefined) return
    a.say(48, 1, {}, 'wamp.session.add_testament', [TOPIC, ['gone'], {}])
    nodes.deliver()
    for (const peer of [b, c]) subscribe(nodes, peer, TOPIC)
    const told = [b, c].map(() => [] as unknown[])
    for (let i = 0; i < 3; i++) {
      for (const other of [two, three]) nodes.cut(one, other)
      nodes.deliver()
      for (const [at, peer] of [b, c].entries()) told[at]?.push(...peer.take().map(([, , publication]) => publication))
      for (const other of [two, three]) nodes.link(one, other)
      nodes.deliver()
    }
    expect(new Set(told[0]).size).toBe(3)
    expect(told[1]).toEqual(told[0])
    nodes.end()
  })

  it('leaves the testaments of its sessions, and meta events, which every other node tells once', () => {
    const { nodes, peers } = cluster()
    const [a, b, c] = peers
    const [one, two, three] = nodes.worlds
    if (one === undefined || two === undefined || three === undefined) return
    a.say(32, 1, {}, 'com.only.here')
    a.say(64, 2, {}, 'com.procedure')
    a.say(48, 3, {}, 'wamp.session.add_testament', [TOPIC, ['gone'], {}], { publish_options: { retain: true } })
    a.say(48, 4, {}, 'wamp.session.add_testament', [TOPIC, ['flushed'], {}], { scope: 'detached' })
    a.say(48, 5, {}, 'wamp.session.flush_testaments', [], { scope: 'detached' })
    nodes.deliver()
    publish(nodes, a, ['there'], { retain: true })
    for (const peer of [b, c]) for (const topic of [TOPIC, 'wamp.']) subscribe(nodes, peer, topic, { match: 'prefix' })
    for (const peer of [b, c]) peer.take()
    nodes.cut(one, two)
    nodes.cut(one, three)
    nodes.deliver()
    const told = (peer: TestPeer): unknown[] =>
      peer.take().map(([, , , details]) => String((details as Record<string, unknown>)['topic']).replace('wamp.', ''))
    const all = ['registration.on_unregister', 'registration.on_delete', TOPIC, 'session.on_leave', 'subscription.on_delete']
    expect(told(b)).toEqual(all)
    expect(told(c)).toEqual(all)
    const late = two.join()
    late.say(32, 1, { get_retained: true }, TOPIC)
    nodes.deliver()
    expect(late.take().at(-1)?.[4]).toEqual(['gone'])
    nodes.end()
  })
})
