// Shows testaments: what is published when a session ends, by whatever cause (specification: "Session Testament").

import type { TestPeer } from '@trunkline/testkit'
import { ALLOW_ALL, World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { believing, joinAs } from '../../testing/logins.ts'
import { realmIn } from '../../testing/realm-in.ts'

const ADD = 'wamp.session.add_testament'
const FLUSH = 'wamp.session.flush_testaments'
const TOPIC = 'com.example.gone'

describe('testaments', () => {
  let world: World
  beforeEach(() => {
    world = new World()
  })
  afterEach(() => world.end())

  function add(peer: TestPeer, value: unknown, kwargs: Record<string, unknown> = {}, topic = TOPIC): void {
    expect(peer.call(ADD, [topic, [value], {}], kwargs).slice(0, 1)).toEqual([50])
  }

  /** A session subscribed to the topic. */
  function watch(topic = TOPIC, options: Record<string, unknown> = {}): TestPeer {
    const peer = world.join()
    peer.say(32, peer.nextRequest, options, topic)
    peer.take()
    return peer
  }

  function values(peer: TestPeer): unknown[] {
    return peer.take().map((event) => (event[4] as unknown[])[0])
  }

  it('publishes topic, args and kwargs when the session ends, and answers with nothing [AP-PS-TES-02 AP-PS-TES-05 AP-PS-TES-10]', () => {
    const [watcher, peer] = [watch(), world.join()]
    expect(peer.call(ADD, [TOPIC, ['Seeya!'], { my_name: 'app1' }])).toEqual([50, 1, {}])
    expect(watcher.take()).toEqual([])
    peer.drop()
    expect(watcher.take()).toEqual([[36, expect.any(Number), expect.any(Number), {}, ['Seeya!'], { my_name: 'app1' }]])
  })

  it.each<[string, (peer: TestPeer, other: TestPeer) => void]>([
    ['says GOODBYE', (peer) => peer.say(6, {}, 'wamp.close.close_realm')],
    ['loses its connection', (peer) => peer.drop()],
    ['breaks the protocol', (peer) => peer.say(1, 'realm1', { roles: { caller: {} } })],
    ['is killed', (peer, other) => other.say(48, other.nextRequest, {}, 'wamp.session.kill', [peer.session])],
    ['is killed with all', (_, other) => other.say(48, other.nextRequest, {}, 'wamp.session.kill_all')],
  ])('publishes when the session %s [AP-PS-TES-10]', (_, end) => {
    const [watcher, peer] = [watch(), world.join()]
    add(peer, 1)
    end(peer, watcher)
    expect(watcher.take().filter(([type]) => type === 36)).toEqual([[36, expect.any(Number), expect.any(Number), {}, [1]]])
    expect(realmIn(world, 'realm1')?.testaments.size).toBe(0)
  })

  it('leaves turns for others where very many sessions with testaments are killed together', () => {
    const many = Array.from({ length: 20 }, () => world.join())
    for (const peer of many) for (let i = 0; i < 16; i++) add(peer, i)
    const [watcher, killer] = [watch(), world.join()]
    const tasks: (() => void)[] = []
    world.scheduler.defer = (task) => void tasks.push(task)
    killer.say(48, killer.nextRequest, {}, 'wamp.session.kill_by_authrole', ['anonymous'])
    const counts: number[] = []
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
      task()
      counts.push(watcher.take().filter(([type]) => type === 36).length)
    }
    expect(Math.max(...counts)).toBeLessThanOrEqual(48)
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(320)
    expect(many.map((peer) => peer.take().at(-1)?.[0])).toEqual(many.map(() => 6))
  })

  it('leaves turns for others where a session has testaments for very many subscribers, and tells last that it left', () => {
    const prefixes = Array.from(TOPIC, (_, i) => TOPIC.slice(0, i + 1))
    for (let i = 0; i < 130; i++) {
      const subscriber = world.join()
      for (const prefix of prefixes) subscriber.subscribe(prefix, { match: 'prefix' })
    }
    const [watcher, observer, peer] = [watch(), watch('wamp.session.on_leave'), world.join()]
    for (let i = 0; i < 5; i++) add(peer, i)
    const tasks: (() => void)[] = []
    world.scheduler.defer = (task) => void tasks.push(task)
    peer.drop()
    const turns = [[...values(watcher), ...observer.take().map(() => 'left')]]
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
      task()
      turns.push([...values(watcher), ...observer.take().map(() => 'left')])
    }
    expect(turns.filter(({ length }) => length > 0)).toEqual([
      [0, 1],
      [2, 3],
      [4, 'left'],
    ])
  })

  it('publishes in the order of arrival, those for `detached` before those for `destroyed` [AP-PS-TES-04 AP-PS-TES-08 AP-PS-TES-09 AP-PS-TES-11]', () => {
    const [watcher, peer] = [watch(), world.join()]
    add(peer, 'd1')
    add(peer, 't1', { scope: 'detached' })
    add(peer, 'd2', { scope: 'destroyed' })
    add(peer, 't2', { scope: 'detached' })
    peer.drop()
    expect(values(watcher)).toEqual(['t1', 't2', 'd1', 'd2'])
  })

  it('flushes one scope only, `destroyed` by default, and answers with nothing [AP-PS-TES-06 AP-PS-TES-07 AP-PS-TES-09]', () => {
    const [watcher, first, second] = [watch(), world.join(), world.join()]
    for (const peer of [first, second]) {
      add(peer, 'detached', { scope: 'detached' })
      add(peer, 'destroyed')
    }
    expect(first.call(FLUSH, [])).toEqual([50, first.nextRequest - 1, {}])
    second.say(48, second.nextRequest, {}, FLUSH, [], { scope: 'detached' })
    first.drop()
    expect(values(watcher)).toEqual(['detached'])
    second.drop()
    expect(values(watcher)).toEqual(['destroyed'])
  })

  it('comes after the subscriptions of the session are gone and before on_leave [AP-PS-TES-13]', () => {
    const watcher = watch('wamp.subscription.on_unsubscribe')
    for (const topic of [TOPIC, 'wamp.session.on_leave']) watcher.say(32, watcher.nextRequest, {}, topic)
    const peer = world.join()
    peer.say(32, peer.nextRequest, {}, TOPIC)
    peer.take()
    add(peer, 'bye')
    watcher.take()
    peer.drop()
    expect(values(watcher)).toEqual([peer.session, 'bye', peer.session])
  })

  describe('options', () => {
    it('publishes with the options given [AP-PS-TES-03]', () => {
      const [listed, other, peer] = [watch(), watch(), world.join()]
      add(peer, 1, { publish_options: { eligible: [listed.session], disclose_me: true, acknowledge: true } })
      add(peer, 2, { publish_options: { exclude: [listed.session], retain: true } })
      peer.drop()
      expect(listed.take()).toEqual([
        [36, expect.any(Number), expect.any(Number), expect.objectContaining({ publisher: peer.session }), [1]],
      ])
      expect(values(other)).toEqual([2])
      const late = world.join()
      late.say(32, late.nextRequest, { get_retained: true }, TOPIC)
      expect(late.take()[1]?.slice(3)).toEqual([{ retained: true }, [2]])
    })

    it('refuses options of a wrong type, and disclosure where it is not allowed [AP-PS-TES-12]', () => {
      world = World.of({ allowsDisclosure: false })
      const peer = world.join()
      for (const publish_options of [{ eligible: 'x' }, { retain: 1 }, 5]) {
        expect(peer.call(ADD, [TOPIC], { publish_options })[4]).toBe('wamp.error.invalid_argument')
      }
      expect(peer.call(ADD, [TOPIC], { publish_options: { disclose_me: true } })[4]).toBe('wamp.error.option_disallowed.disclose_me')
    })
  })

  it.each([
    [[TOPIC], { scope: 'other' }, 'wamp.error.invalid_argument'],
    [[TOPIC], { scope: 5 }, 'wamp.error.invalid_argument'],
    [[TOPIC, 'args'], {}, 'wamp.error.invalid_argument'],
    [[TOPIC, [], []], {}, 'wamp.error.invalid_argument'],
    [[], {}, 'wamp.error.invalid_argument'],
    [['com..gone'], {}, 'wamp.error.invalid_uri'],
    [['wamp.session.on_join'], {}, 'wamp.error.invalid_uri'],
    [['trunkline.session.on_gap'], {}, 'wamp.error.invalid_uri'],
  ])('refuses %j with %j [AP-PS-TES-12]', (args, kwargs, error) => {
    const peer = world.join()
    expect(peer.call(ADD, args, kwargs)[4]).toBe(error)
    if ('scope' in kwargs) expect(peer.call(FLUSH, [], kwargs)[4]).toBe(error)
    expect(realmIn(world, 'realm1')?.testaments.size).toBe(0)
  })

  describe('rights', () => {
    it('refuses a testament for a topic that the session may not publish to [AP-PS-TES-12]', () => {
      world = World.of({ roles: { anonymous: [{ uri: 'wamp.session.**', allow: ['call'] }] } })
      const peer = world.join()
      expect(peer.call(ADD, [TOPIC])[4]).toBe('wamp.error.not_authorized')
    })

    it('is not published when the session may not publish any more, and that is counted [AP-PS-TES-12]', () => {
      let mayPublish = true
      world = World.of({ authorizer: { allows: ({ action }) => action !== 'publish' || mayPublish } })
      const [watcher, peer] = [watch(), world.join()]
      add(peer, 1)
      mayPublish = false
      peer.drop()
      expect(watcher.take()).toEqual([])
      expect(world.router.counters.testamentsRefused).toBe(1)
    })

    it('waits for an authorizer that has to ask; nothing is left of a session that ended meanwhile [AP-PS-TES-12]', () => {
      const asked: ((verdict: boolean) => void)[] = []
      world = World.of({
        authorizer: {
          allows: ({ action }, answer) => {
            if (action !== 'publish') return true
            asked.push(answer)
            return undefined
          },
        },
      })
      const [watcher, peer, gone] = [watch(), world.join(), world.join()]
      peer.say(48, peer.nextRequest, {}, ADD, [TOPIC, [1]])
      gone.say(48, gone.nextRequest, {}, ADD, [TOPIC, [2]])
      expect(peer.take()).toEqual([])
      gone.drop()
      for (const answer of asked.splice(0)) answer(true)
      world.settle()
      expect(peer.takeOne()[0]).toBe(50)
      peer.drop()
      expect(values(watcher)).toEqual([1])
    })
  })

  it('keeps bounded octets for all sessions of one owner, with what they define: further ones are refused and noted', () => {
    const limits = { testamentBytes: 20_000_000, definitionBytes: 20_000_000 }
    world = new World({ realms: { realm1: { authenticate: believing, roles: { all: ALLOW_ALL }, limits } } })
    const [one, two, three, other] = ['alice', 'alice', 'alice', 'bob'].map((name) => joinAs(world, `${name}@all`)) as [
      TestPeer,
      TestPeer,
      TestPeer,
      TestPeer,
    ]
    const text = 'x'.repeat(6_000_000)
    add(one, text)
    expect(two.call('wamp.reflect.define', ['com.a', { text }])[0]).toBe(50)
    for (const [procedure, args] of [
      [ADD, [TOPIC, [text]]],
      ['wamp.reflect.define', ['com.b', { text }]],
    ] as const) {
      expect(three.call(procedure, [...args])[4]).toBe('wamp.error.unavailable')
    }
    add(other, text)
    expect(world.router.counters.limitsHit).toBe(2)
    // What takes the place of another needs no more room, and what is gone makes room.
    expect(two.call('wamp.reflect.define', ['com.a', { text }])[0]).toBe(50)
    expect(one.call(FLUSH)[0]).toBe(50)
    add(three, text)
    two.drop()
    add(one, text)
  })

  it('keeps a bounded number and bounded octets for a session, and says which limit [AP-PS-TES-08]', () => {
    world = World.of({ limits: { testaments: 3, testamentBytes: 1000 }, roles: { anonymous: ALLOW_ALL } })
    const [peer, large] = [world.join(), world.join()]
    for (let i = 0; i < 3; i++) add(peer, i)
    expect(peer.call(ADD, [TOPIC]).slice(4)).toEqual([
      'trunkline.error.limit_exceeded',
      ['more than 3 testaments'],
      { limit: 'testaments', value: 3 },
    ])
    expect(large.call(ADD, [TOPIC, ['x'.repeat(2000)]]).slice(4)).toEqual([
      'trunkline.error.limit_exceeded',
      ['more than 1000 testamentBytes'],
      { limit: 'testamentBytes', value: 1000 },
    ])
    expect(world.router.counters.limitsHit).toBe(2)
  })

  it('holds what every serializer can hold, as it came', () => {
    const peer = world.join({ serializer: 'cbor' })
    const watcher = watch()
    const cbor = world.join({ serializer: 'cbor' })
    cbor.say(32, 1, {}, TOPIC)
    cbor.take()
    add(peer, new Uint8Array([1, 2, 3]))
    add(peer, 2n ** 60n)
    peer.drop()
    expect(values(cbor)).toEqual([new Uint8Array([1, 2, 3]), 2n ** 60n])
    expect(values(watcher).length).toBe(2)
  })
})
