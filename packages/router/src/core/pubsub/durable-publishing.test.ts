// Shows publications to durable topics: stored before they are acknowledged and delivered, in order, and refused where the store cannot.

import type { TestPeer } from '@trunkline/testkit'
import { helloDetails, World } from '@trunkline/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { DurableWorld } from '../../testing/durable-world.ts'

const ORDERS = 'com.shop.orders'
const OTHER = 'com.other'

function publish(peer: TestPeer, topic: string, args: unknown[], options: Record<string, unknown> = { acknowledge: true }): number {
  const request = peer.nextRequest
  peer.say(16, request, options, topic, args)
  return request
}

/** The first arguments of the events that came. */
function valuesIn(peer: TestPeer): unknown[] {
  return peer.take().map((message) => (message[4] as unknown[])[0])
}

describe('a publication to a durable topic', () => {
  let durable: DurableWorld
  let publisher: TestPeer
  let subscriber: TestPeer
  beforeEach(() => {
    durable = new DurableWorld()
    publisher = durable.world.join()
    subscriber = durable.world.join()
    subscriber.subscribe('com.', { match: 'prefix' })
  })

  it('is acknowledged and delivered once the store has it, with its place', () => {
    const request = publish(publisher, ORDERS, ['a'])
    expect([publisher.take(), subscriber.take()]).toEqual([[], []])
    durable.sync()
    const [type, answered, publication] = publisher.takeOne()
    expect([type, answered]).toEqual([17, request])
    const { epoch } = durable.store.open('other')
    expect(typeof epoch).toBe('string')
    const details = { _position: 1, _epoch: expect.any(String), topic: ORDERS }
    expect(subscriber.takeOne()).toEqual([36, expect.any(Number), publication, details, ['a']])
    publish(publisher, ORDERS, ['b'])
    durable.sync()
    expect(subscriber.takeOne()[3]).toMatchObject({ _position: 2 })
  })

  it('holds back what its session sends after it, so that the order stays', () => {
    publish(publisher, ORDERS, [1], {})
    publish(publisher, OTHER, [2], {})
    publish(publisher, ORDERS, [3], {})
    const call = publisher.nextRequest
    publisher.say(48, call, {}, 'wamp.session.count')
    publish(publisher, OTHER, [4], {})
    expect([publisher.take(), subscriber.take()]).toEqual([[], []])
    durable.sync()
    expect(subscriber.take().map(([, , , , args]) => args)).toEqual([[1], [2], [3], [4]])
    expect(publisher.take()).toEqual([[50, call, {}, [2]]])
  })

  it('does not hold back other sessions', () => {
    publish(publisher, ORDERS, [1])
    const other = durable.world.join()
    publish(other, OTHER, [2], {})
    expect(subscriber.take().map(([, , , , args]) => args)).toEqual([[2]])
  })

  it('goes to the store together with those that its session sends after it', () => {
    for (let i = 0; i < 100; i++) publish(publisher, ORDERS, [i], {})
    const { size } = durable.store
    expect(size.events).toBe(100)
    durable.sync()
    expect(valuesIn(subscriber)).toEqual(Array.from({ length: 100 }, (_, i) => i))
  })

  it('goes on in groups behind a message that waited', () => {
    publish(publisher, ORDERS, [0], {})
    publish(publisher, OTHER, [1], {})
    for (let i = 2; i < 20; i++) publish(publisher, ORDERS, [i], {})
    expect(durable.store.size.events).toBe(1)
    durable.disk.settle()
    durable.world.settle()
    expect(durable.store.size.events).toBe(19)
    durable.sync()
    expect(valuesIn(subscriber)).toEqual(Array.from({ length: 20 }, (_, i) => i))
  })

  it('is delivered although its publisher leaves before the store has it', () => {
    publish(publisher, ORDERS, ['last'])
    publisher.drop()
    durable.sync()
    expect(subscriber.takeOne()[4]).toEqual(['last'])
  })

  it('is delivered before the GOODBYE of its publisher is answered', () => {
    publish(publisher, ORDERS, ['last'], {})
    publisher.say(6, {}, 'wamp.close.close_realm')
    expect(publisher.take()).toEqual([])
    durable.sync()
    expect(publisher.take()).toEqual([[6, {}, 'wamp.close.goodbye_and_out']])
    expect(subscriber.takeOne()[4]).toEqual(['last'])
  })

  it('is refused when its receivers are named by session ids, which mean nothing later', () => {
    publish(publisher, ORDERS, [1], { acknowledge: true, eligible: [subscriber.session] })
    expect(publisher.takeOne().slice(0, 5)).toEqual([8, 16, expect.any(Number), {}, 'wamp.error.invalid_argument'])
    durable.sync()
    expect(subscriber.take()).toEqual([])
  })
})

describe('a publication with a key', () => {
  const keyed = (key: unknown): Record<string, unknown> => ({ acknowledge: true, _key: key })

  it('is one event however often it is published, and each is answered with the id of the first', () => {
    const durable = new DurableWorld()
    const [publisher, subscriber] = [durable.world.join(), durable.world.join()]
    subscriber.subscribe('com.', { match: 'prefix' })
    const requests = [1, 2].map(() => publish(publisher, ORDERS, ['tea'], keyed('order 7')))
    durable.sync()
    requests.push(publish(publisher, ORDERS, ['tea'], keyed('order 7')))
    durable.sync()
    const answers = publisher.take()
    expect(answers.map(([type, request]) => [type, request])).toEqual(requests.map((request) => [17, request]))
    expect(new Set(answers.map(([, , publication]) => publication)).size).toBe(1)
    expect(valuesIn(subscriber)).toEqual(['tea'])
    publish(publisher, ORDERS, ['milk'], keyed('order 8'))
    publish(publisher, 'com.shop.other', ['bread'], keyed('order 7'))
    durable.sync()
    expect(valuesIn(subscriber)).toEqual(['milk', 'bread'])
    expect(durable.world.router.counters.appends.counts).toMatchObject({ stored: 3, repeated: 2 })
  })

  it('is known after the router was killed, whether its publisher had the answer or not', () => {
    const durable = new DurableWorld()
    const before = durable.world.join()
    publish(before, ORDERS, ['tea'], keyed('order 7'))
    publish(before, ORDERS, ['milk'], { _key: 'order 8' })
    durable.crash()
    const publisher = durable.world.join()
    const [tea, milk] = ['order 7', 'order 8'].map((key) => publish(publisher, ORDERS, ['again'], keyed(key)))
    durable.sync()
    expect(publisher.take()).toEqual([
      [17, tea, expect.any(Number)],
      [17, milk, expect.any(Number)],
    ])
    expect(durable.store.size.events).toBe(2)
  })

  it('is known by its user or network: keys of others are other keys', () => {
    const durable = new DurableWorld()
    for (const address of ['203.0.113.1', '203.0.113.2', '203.0.113.1']) {
      const peer = durable.world.connect('json', { address })
      peer.say(1, 'realm1', { roles: { publisher: {} } })
      peer.welcomed()
      publish(peer, ORDERS, ['tea'], keyed('order 7'))
    }
    durable.sync()
    expect(durable.store.size.events).toBe(2)
  })

  it.each([7, '', 'x'.repeat(129), ['a'], true])('is refused for the key %j', (key) => {
    const durable = new DurableWorld()
    const publisher = durable.world.join()
    publish(publisher, ORDERS, ['tea'], keyed(key))
    const refusal = publisher.takeOne()
    expect(refusal[4]).toBe('wamp.error.invalid_argument')
    expect(String(refusal[5])).toContain('1 to 128')
    durable.sync()
    expect(durable.store.size.events).toBe(0)
  })

  it('is refused where its topic is not durable', () => {
    const publisher = new DurableWorld().world.join()
    publish(publisher, OTHER, ['tea'], keyed('order 7'))
    const refusal = publisher.takeOne()
    expect([refusal[4], String(refusal[5])]).toEqual(['wamp.error.invalid_argument', expect.stringContaining('not durable')])
    publish(publisher, OTHER, ['tea'], { acknowledge: true, _key: null })
    expect(publisher.takeOne()[0]).toBe(17)
  })
})

it('a publication is refused when the store is full, while other topics and reading go on', () => {
  const durable = new DurableWorld({ maxBytes: 2_000 })
  const [publisher, subscriber] = [durable.world.join(), durable.world.join()]
  subscriber.subscribe('com.', { match: 'prefix' })
  const requests = Array.from({ length: 20 }, () => publish(publisher, ORDERS, ['x'.repeat(100)]))
  durable.sync()
  const answers = publisher.take()
  expect(answers.map(([type, second, third]) => (type === 17 ? second : third))).toEqual(requests)
  const refusals = answers.filter(([type]) => type === 8)
  expect(refusals.length).toBeGreaterThan(5)
  expect(refusals[0]?.[4]).toBe('trunkline.error.not_stored')
  expect(String(refusals[0]?.[5])).toContain('full')
  expect(subscriber.take()).toHaveLength(answers.length - refusals.length)
  publish(publisher, OTHER, ['live'])
  expect(publisher.takeOne()[0]).toBe(17)
  expect(subscriber.takeOne()[4]).toEqual(['live'])
  subscriber.say(32, subscriber.nextRequest, { _resume: { epoch: epochOf(durable), position: 0 } }, ORDERS)
  durable.sync()
  const [subscribed, ...events] = subscriber.take()
  expect(subscribed?.[3]).toMatchObject({ _recovered: true })
  expect(events).toHaveLength(answers.length - refusals.length)
})

it('what a session has on its way to the store is bounded for its owner', () => {
  const durable = new DurableWorld()
  const publisher = durable.world.join({ serializer: 'cbor' })
  const large = 'x'.repeat(3 * 1024 * 1024)
  for (let i = 0; i < 23; i++) publish(publisher, ORDERS, [large])
  const refused = publisher.take()
  expect(refused.length).toBeGreaterThan(0)
  for (const message of refused) expect(message[4]).toBe('wamp.error.unavailable')
})

it('a router that stops waits until a session has the answers to what it published', async () => {
  const durable = new DurableWorld()
  const publisher = durable.world.join()
  const request = publish(publisher, ORDERS, ['last'])
  const drained = durable.world.router.drain()
  expect(publisher.take()).toEqual([])
  durable.sync()
  await drained
  expect(publisher.take().map(([type, answered]) => [type, answered])).toEqual([
    [17, request],
    [6, expect.anything()],
  ])
})

it('a session that sends faster than the store writes is not read for a while', () => {
  const durable = new DurableWorld()
  const publisher = durable.world.join()
  let reads = true
  Object.assign(publisher, { pause: () => void (reads = false), resume: () => void (reads = true) })
  for (let i = 0; i < 511; i++) publish(publisher, ORDERS, [i], {})
  expect(reads).toBe(true)
  publish(publisher, ORDERS, ['last'], {})
  expect(reads).toBe(false)
  durable.sync()
  expect(reads).toBe(true)
  publish(publisher, ORDERS, ['first'], {})
  for (let i = 0; i < 300; i++) publish(publisher, OTHER, [i], {})
  expect(reads).toBe(false)
  durable.sync()
  expect(reads).toBe(true)
})

/** Opens a session whose user or network is that of an address; tells whether it is read. */
function pausable(durable: DurableWorld, address: string): { readonly peer: TestPeer; readonly isRead: () => boolean } {
  const peer = durable.world.connect('json', { address })
  peer.say(1, 'realm1', helloDetails())
  let reads = true
  Object.assign(peer.welcomed(), { pause: () => void (reads = false), resume: () => void (reads = true) })
  return { peer, isRead: () => reads }
}

it('all sessions of a user together are not read while much of them is on its way to the store; those of others are', () => {
  const durable = new DurableWorld()
  const other = pausable(durable, '192.0.2.1')
  const own = [1, 2, 3].map(() => pausable(durable, '192.0.2.2'))
  const [first, second, third] = own
  if (first === undefined || second === undefined || third === undefined) throw new Error('three sessions')
  const areRead = (): boolean[] => own.map(({ isRead }) => isRead())
  for (let i = 0; i < 511; i++) publish(i % 2 === 0 ? first.peer : second.peer, ORDERS, [i], {})
  expect(areRead()).toEqual([true, true, true])
  publish(first.peer, ORDERS, [511], {})
  publish(second.peer, ORDERS, [512], {})
  expect(areRead()).toEqual([false, false, true])
  publish(other.peer, ORDERS, ['theirs'], {})
  expect(other.isRead()).toBe(true)
  durable.sync()
  expect(areRead()).toEqual([true, true, true])
  expect(durable.store.size.events).toBe(514)
  for (let i = 0; i < 512; i++) publish(third.peer, ORDERS, [i], {})
  expect(areRead()).toEqual([true, true, false])
})

it('publications that waited behind another message go to the store as far as their user has room there, and the rest later', () => {
  const durable = new DurableWorld()
  const publisher = durable.world.join()
  publish(publisher, ORDERS, [0], {})
  publish(publisher, OTHER, [1], {})
  for (let i = 2; i < 802; i++) publish(publisher, ORDERS, [i], {})
  durable.disk.settle()
  durable.world.settle()
  expect(durable.store.size.events).toBe(513)
  durable.sync()
  expect(durable.store.size.events).toBe(801)
})

it('durable topics need a store, and limits that are numbers', () => {
  const { router } = new DurableWorld().world
  const topics = [{ uri: 'a.b', durable: {} }]
  expect(() => router.addRealm('realm2', { topics: [{ uri: 'a.b', durable: { keep: { events: 0 } } }] })).toThrow(/positive/)
  expect(router.addRealm('realm2', { topics }).name).toBe('realm2')
  expect(() => new World().router.addRealm('realm2', { topics })).toThrow("realm 'realm2': 'a.b' is durable, but the router has no store")
})

function epochOf(durable: DurableWorld): unknown {
  const peer = durable.world.join()
  peer.say(32, peer.nextRequest, { _resume: {} }, ORDERS)
  durable.sync()
  const details = peer.takeOne()[3] as Record<string, unknown>
  peer.drop()
  return details['_epoch']
}
