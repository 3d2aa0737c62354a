// Shows subscriptions by prefix and by wildcard (specification: "Pattern-based Subscription").

import type { TestPeer } from '@trunkline/testkit'
import { World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { realmIn } from '../../testing/realm-in.ts'

const TOPIC = 'com.example.topic'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.end())

describe('pattern subscriptions', () => {
  /** Which of the topics a subscription with this pattern gets. */
  function matched(match: string, pattern: string, topics: string[]): unknown[] {
    const [publisher, subscriber] = [world.join(), world.join()]
    subscriber.subscribe(pattern, { match })
    for (const [i, topic] of topics.entries()) publisher.say(16, i + 1, {}, topic)
    return subscriber.take().map((event) => (event[3] as { topic: unknown }).topic)
  }

  it('matches exactly when no policy is given [AP-PS-PAT-02]', () => {
    const [publisher, subscriber] = [world.join(), world.join()]
    const id = subscriber.subscribe(TOPIC)
    expect(subscriber.subscribe(TOPIC, { match: 'exact' })).toBe(id)
    publisher.say(16, 1, {}, `${TOPIC}.more`)
    publisher.say(16, 2, {}, TOPIC)
    expect(subscriber.take()).toEqual([[36, id, expect.any(Number), {}]])
  })

  it('takes a prefix as a prefix of the string, itself included, and names the topic [AP-PS-PAT-02 AP-PS-PAT-03 AP-PS-PAT-07]', () => {
    const topics = [
      'com.myapp.topic.emergency',
      'com.myapp.topic.emergency-low',
      'com.myapp.topic.emergency.x',
      'com.myapp.topic.emergenc',
      'com.x',
    ]
    expect(matched('prefix', 'com.myapp.topic.emergency', topics)).toEqual(topics.slice(0, 3))
  })

  it('takes a wildcard for exactly one whole component and names the topic [AP-PS-PAT-02 AP-PS-PAT-04 AP-PS-PAT-07]', () => {
    const topics = [
      'com.myapp.foo.userevent',
      'com.myapp.bar.userevent',
      'com.myapp.userevent',
      'com.myapp.a.b.userevent',
      'com.myapp.foo.userevents',
    ]
    expect(matched('wildcard', 'com.myapp..userevent', topics)).toEqual(topics.slice(0, 2))
  })

  it('takes the empty wildcard for every topic of one component [AP-PS-PAT-04]', () => {
    expect(matched('wildcard', '', ['one', 'one.two'])).toEqual(['one'])
  })

  it('delivers on every matching subscription, each with its own id and one publication id [BP-MSG-36 AP-PS-PAT-05 AP-PS-PAT-06]', () => {
    const [publisher, subscriber] = [world.join(), world.join()]
    const ids = [
      subscriber.subscribe(TOPIC),
      subscriber.subscribe('com.', { match: 'prefix' }),
      subscriber.subscribe(TOPIC, { match: 'prefix' }),
      subscriber.subscribe('com..topic', { match: 'wildcard' }),
      subscriber.subscribe('.example.', { match: 'wildcard' }),
    ]
    subscriber.subscribe('com.other', { match: 'prefix' })
    publisher.say(16, 1, { acknowledge: true }, TOPIC, ['x'])
    const [, , publication] = publisher.takeOne()
    const events = subscriber.take()
    expect(new Set(events.map(([, id]) => id))).toEqual(new Set(ids))
    expect(events.length).toBe(ids.length)
    for (const event of events) {
      expect(event).toEqual([36, event[1], publication, event[1] === ids[0] ? {} : { topic: TOPIC }, ['x']])
    }
  })

  it('keeps patterns whole: unsubscribing from a topic does not cut it out of a prefix [AP-PS-PAT-09]', () => {
    const [publisher, subscriber] = [world.join(), world.join()]
    const prefix = subscriber.subscribe('com.', { match: 'prefix' })
    const exact = subscriber.subscribe(TOPIC)
    subscriber.say(34, 3, exact)
    subscriber.take()
    publisher.say(16, 1, {}, TOPIC)
    expect(subscriber.take()).toEqual([[36, prefix, expect.any(Number), { topic: TOPIC }]])
  })

  it('delivers meta events only to patterns whose first component is literally wamp [AP-PS-PAT-11]', () => {
    const watcher = world.join()
    watcher.subscribe('', { match: 'prefix' })
    watcher.subscribe('w', { match: 'prefix' })
    watcher.subscribe('..', { match: 'wildcard' })
    watcher.subscribe('.session.on_join', { match: 'wildcard' })
    const prefix = watcher.subscribe('wamp.session.', { match: 'prefix' })
    const wildcard = watcher.subscribe('wamp..on_join', { match: 'wildcard' })
    world.join()
    const events = watcher.take()
    expect(events.map(([, id]) => id)).toEqual([prefix, wildcard])
    expect(events[0]?.[3]).toEqual({ topic: 'wamp.session.on_join' })
  })
})

describe('patterns with many wildcards', () => {
  const NEVER = ['', 'a', 'b'].flatMap((c) => ['', 'a', 'b'].flatMap((d) => ['', 'a'].map((e) => `a.b.${c}.${d}.${e}.never`)))

  it('are refused where they would make each event visit more of the others than may be, and again taken when some are gone', () => {
    world = World.of({ limits: { wildcardNodes: 40 } })
    const [greedy, other] = [world.join(), world.join()]
    const [first, second] = ['a.....never', '.a....never']
    const taken = greedy.subscribe(first, { match: 'wildcard' })
    greedy.say(32, 2, { match: 'wildcard' }, second)
    expect(greedy.takeOne()).toEqual([
      8,
      32,
      2,
      { limit: 'wildcardNodes', value: 40 },
      'trunkline.error.limit_exceeded',
      ['more than 40 wildcardNodes'],
    ])
    expect(world.router.counters.limitsHit).toBe(1)
    // What is there already costs nothing more.
    expect(other.subscribe(first, { match: 'wildcard' })).toBe(taken)
    for (const peer of [greedy, other]) peer.say(34, 3, taken)
    greedy.take()
    greedy.subscribe(second, { match: 'wildcard' })
  })

  it('are no matter where their wildcards stand alike, or where they are few', () => {
    const subscriber = world.join()
    for (const pattern of NEVER) expect(subscriber.subscribe(pattern, { match: 'wildcard' })).toBeGreaterThan(0)
    for (let i = 0; i < 200; i++) subscriber.subscribe(`com.example.a.b.c.d${i}.e..f..g`, { match: 'wildcard' })
  })
})

describe('patterns of one owner', () => {
  const TOPIC = `com.a.b.${'x'.repeat(40)}`
  const PREFIXES = Array.from({ length: 32 }, (_, i) => TOPIC.slice(0, 9 + i))
  const WILDCARDS = Array.from({ length: 8 }, (_, i) =>
    TOPIC.split('.')
      .map((text, place) => ((i >> place) & 1 ? '' : text))
      .join('.'),
  ).slice(1)
  const all = (peer: TestPeer): unknown[][] => {
    for (const topic of PREFIXES) peer.say(32, peer.nextRequest, { match: 'prefix' }, topic)
    for (const topic of WILDCARDS) peer.say(32, peer.nextRequest, { match: 'wildcard' }, topic)
    return peer.take()
  }

  it('that match the same topic are so many for all its sessions, and a few for each', () => {
    const peers = Array.from({ length: 100 }, () => world.join())
    const answers = peers.map(all)
    expect(answers[0]?.every(([type]) => type === 33)).toBe(true)
    const last = answers.at(-1) ?? []
    expect(last.filter(([type]) => type === 33)).toHaveLength(4)
    expect(last.at(-1)?.slice(3, 5)).toEqual([
      { limit: 'patterns of one owner that match the same topic', value: 2_048 },
      'trunkline.error.limit_exceeded',
    ])
    for (const peer of peers.slice(0, 60)) peer.drop()
    expect(all(world.join()).every(([type]) => type === 33)).toBe(true)
  })

  it('count as long as their session has a subscription, and nothing is left of it then', () => {
    const [peer, other] = [world.join(), world.join()]
    const ids = Array.from({ length: 60 }, () => all(peer).map((answer) => answer[2] as number))[0] ?? []
    expect(all(other).every(([type]) => type === 33)).toBe(true)
    for (const id of ids) peer.say(34, peer.nextRequest, id)
    other.drop()
    expect(realmIn(world, 'realm1')?.broker.reachingOwners).toBe(0)
    expect(all(peer).filter(([type]) => type === 33)).toHaveLength(39)
  })

  it('are as many as they like where they match different topics', () => {
    for (let i = 0; i < 100; i++) {
      const peer = world.join()
      for (let j = 0; j < 40; j++) expect(peer.subscribe(`com.s${i}.t${j}.`, { match: 'prefix' })).toBeGreaterThan(0)
      for (let j = 0; j < 40; j++) expect(peer.subscribe(`com.s${i}..t${j}`, { match: 'wildcard' })).toBeGreaterThan(0)
    }
  })
})

describe('prefixes of one session', () => {
  it.each([
    ['from the shortest', (i: number) => i],
    ['from the longest', (i: number) => 199 - i],
  ])('are refused where more than 32 of them would match one topic, %s', (_, order) => {
    const [greedy, other] = [world.join(), world.join()]
    const topic = `com.${'x'.repeat(200)}`
    for (let i = 0; i < 200; i++) greedy.say(32, greedy.nextRequest, { match: 'prefix' }, topic.slice(0, order(i) + 4))
    const answers = greedy.take()
    expect(answers.map(([type]) => type)).toEqual([...Array<number>(32).fill(33), ...Array<number>(168).fill(8)])
    expect(answers[32]?.slice(3)).toEqual([
      { limit: 'nestedPrefixes', value: 32 },
      'trunkline.error.limit_exceeded',
      ['more than 32 nestedPrefixes'],
    ])
    expect(other.subscribe(topic.slice(0, order(150) + 4), { match: 'prefix' })).toBeGreaterThan(0)
    other.say(16, other.nextRequest, {}, topic)
    expect(greedy.take()).toHaveLength(32)
  })

  it('are as many as they like where no topic matches many', () => {
    const subscriber = world.join()
    subscriber.subscribe('com.', { match: 'prefix' })
    for (let i = 0; i < 100; i++) expect(subscriber.subscribe(`com.x${i}.y${'x'.repeat(i)}.`, { match: 'prefix' })).toBeGreaterThan(0)
    for (let i = 0; i < 30; i++) expect(subscriber.subscribe(`com.x.${'x'.repeat(i)}`, { match: 'prefix' })).toBeGreaterThan(0)
    subscriber.say(32, subscriber.nextRequest, { match: 'prefix' }, 'com.x')
    expect(subscriber.takeOne()[0]).toBe(33)
    subscriber.say(32, subscriber.nextRequest, { match: 'prefix' }, 'com.x.')
    subscriber.say(32, subscriber.nextRequest, { match: 'prefix' }, 'co')
    expect(subscriber.take().map(([type]) => type)).toEqual([33, 8])
  })
})
