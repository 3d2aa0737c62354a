// Shows what depends on bytes: peers that do not read, and messages that are too large.

import { World } from '@trunkline/testkit'
import type { TestPeer } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { realmIn } from '../testing/realm-in.ts'

const TOPIC = 'com.example.topic'
const PROCEDURE = 'p'

let world: World
beforeEach(() => {
  world = new World({ limits: { outboxBytes: 10_000, outboxTotalBytes: 25_000 } })
})
afterEach(() => world.end())

const kilobyte = 'x'.repeat(1_000)

describe('a peer that does not read', () => {
  it('gets everything in order when it reads again before the limit', () => {
    const [slow, publisher] = [world.join(), world.join()]
    slow.subscribe(TOPIC)
    slow.stopReading()
    for (let i = 1; i <= 9; i++) publisher.say(16, i, {}, TOPIC, [i, kilobyte])
    expect(slow.take()).toEqual([])
    slow.resumeReading()
    publisher.say(16, 10, {}, TOPIC, [10])
    expect(slow.take().map((event) => (event[4] as unknown[])[0])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  it('is told and closed at the limit; publisher and other subscribers notice nothing', () => {
    const [slow, other, publisher] = [world.join(), world.join(), world.join()]
    slow.subscribe(TOPIC)
    other.subscribe(TOPIC)
    slow.stopReading()
    for (let i = 1; i <= 50; i++) publisher.say(16, i, { acknowledge: true }, TOPIC, [i, kilobyte])
    expect(other.take().map((event) => (event[4] as unknown[])[0])).toEqual(Array.from({ length: 50 }, (_, i) => i + 1))
    expect(publisher.take().map(([type]) => type)).toEqual(Array.from({ length: 50 }, () => 17))
    expect(world.router.counters.slowConsumersClosed).toBe(1)
    expect(realmIn(world, 'realm1')?.sessions.has(slow.session)).toBe(false)
    slow.resumeReading()
    expect(slow.take()).toEqual([[3, { message: expect.any(String) }, 'trunkline.close.slow_consumer']])
    expect(slow.closeCause).toBe('policy')
  })

  it('is cut off when it does not even take the last message', () => {
    const [slow, publisher] = [world.join(), world.join()]
    slow.subscribe(TOPIC)
    slow.stopReading()
    for (let i = 1; i <= 50; i++) publisher.say(16, i, {}, TOPIC, [kilobyte])
    world.advance(9_000)
    expect(slow.isClosed).toBe(false)
    world.advance(3_000)
    expect(slow.closeCause).toBe('destroyed')
  })

  it('is closed when it takes nothing for ten seconds, however little waits', () => {
    const [slow, publisher] = [world.join(), world.join()]
    slow.subscribe(TOPIC)
    slow.stopReading()
    publisher.say(16, 1, {}, TOPIC)
    world.advance(9_000)
    expect(realmIn(world, 'realm1')?.sessions.has(slow.session)).toBe(true)
    world.advance(3_000)
    expect(realmIn(world, 'realm1')?.sessions.has(slow.session)).toBe(false)
    slow.resumeReading()
    expect(slow.take()).toEqual([[3, expect.any(Object), 'trunkline.close.slow_consumer']])
    expect(slow.closeCause).toBe('policy')
  })

  it('does not keep its connection by breaking the protocol or leaving while messages wait [BP-PERR-03]', () => {
    const ways: ((peer: TestPeer) => void)[] = [
      (peer) => peer.sayText('[]'),
      (peer) => peer.say(6, {}, 'wamp.close.close_realm'),
      (peer) => peer.say(3, {}, 'com.example.reason'),
    ]
    const publisher = world.join()
    for (const [i, leave] of ways.entries()) {
      const slow = world.join()
      slow.subscribe(TOPIC)
      slow.stopReading()
      publisher.say(16, i + 1, {}, TOPIC, [kilobyte])
      leave(slow)
      world.advance(30_000)
      expect(slow.closeCause).toBe('destroyed')
    }
  })

  it('delays nobody: a call to another callee goes on, a call to it is refused or ends with canceled', () => {
    const [slow, good, caller] = [world.join(), world.join(), world.join()]
    slow.say(64, 1, {}, 'com.example.slow')
    slow.take()
    good.register(PROCEDURE)
    slow.stopReading()
    for (let i = 1; i <= 12; i++) caller.say(48, i, {}, 'com.example.slow', [kilobyte])
    expect(caller.take().map((answer) => answer[4])).toEqual(Array.from({ length: 3 }, () => 'wamp.error.unavailable'))
    caller.say(48, 13, {}, PROCEDURE)
    expect(good.takeOne().slice(0, 2)).toEqual([68, 1])
    world.advance(12_000)
    expect(caller.take().map((answer) => answer[4])).toEqual(Array.from({ length: 9 }, () => 'wamp.error.canceled'))
  })

  it('is cut off at once when all queues together hold too much and its transport does not pass on what it has', () => {
    const [stuck, good, publisher] = [world.join(), world.join(), world.join()]
    for (const [peer, topic] of [
      [stuck, 'com.example.stuck'],
      [good, 'com.example.good'],
    ] as const) {
      peer.subscribe(topic)
      peer.stopReading()
    }
    stuck.pendingBytes = 1_000_000
    publisher.say(16, 1, {}, 'com.example.stuck', [kilobyte])
    stuck.isFull()
    expect([stuck.closeCause, good.isClosed]).toEqual(['destroyed', false])
    expect(world.router.counters).toMatchObject({ slowConsumersClosed: 1, sessionsClosed: 1 })
    publisher.say(16, 2, {}, 'com.example.good', [kilobyte])
    good.resumeReading()
    expect(good.takeOne()[0]).toBe(36)
  })

  it('is told which bound it was, and so is one that is silent', () => {
    const publisher = world.join()
    const [full, stalled, silent] = ['full', 'stalled', 'silent'].map((name) => {
      const peer = world.join()
      peer.subscribe(`com.example.${name}`)
      return peer
    }) as [TestPeer, TestPeer, TestPeer]
    full.stopReading()
    for (let i = 1; i <= 12; i++) publisher.say(16, i, {}, 'com.example.full', [kilobyte])
    world.advance(3_000)
    full.resumeReading()
    stalled.stopReading()
    publisher.say(16, 13, {}, 'com.example.stalled')
    world.advance(12_000)
    silent.isSilent()
    stalled.resumeReading()
    const said = [full, stalled, silent].map((peer) => {
      const [type, details, reason] = peer.takeOne()
      return [type, reason, (details as { message: string }).message.match(/limits\.\w+/)?.[0]]
    })
    expect(said).toEqual([
      [3, 'trunkline.close.slow_consumer', 'limits.outbox'],
      [3, 'trunkline.close.slow_consumer', 'limits.stall'],
      [3, 'trunkline.close.silent', 'limits.silence'],
    ])
    expect(silent.closeCause).toBe('policy')
  })

  it('makes the largest of all queues go when all together hold too much', () => {
    const publisher = world.join()
    const slow = [1, 2, 3, 4].map((i) => {
      const peer = world.join()
      peer.subscribe(`com.example.${i}`)
      peer.stopReading()
      return peer
    })
    let request = 0
    for (const [i, count] of [5, 9, 6].entries()) {
      for (let n = 0; n < count; n++) publisher.say(16, ++request, {}, `com.example.${i + 1}`, [kilobyte])
    }
    const isIn = (peer: TestPeer): boolean => realmIn(world, 'realm1')?.sessions.has(peer.session) ?? false
    expect(slow.map(isIn)).toEqual([true, true, true, true])
    for (let n = 0; n < 5; n++) publisher.say(16, ++request, {}, 'com.example.4', [kilobyte])
    expect(slow.map(isIn)).toEqual([true, false, true, true])
  })
})

describe('a message that is too large for its receiver', () => {
  const large = ['y'.repeat(500)]

  it('is no event for that receiver, and its next event says how many it missed [BP-RPC-21 AP-RAW-19]', () => {
    const [small, other, publisher] = [world.join(), world.join(), world.join()]
    const id = small.subscribe(TOPIC)
    other.subscribe(TOPIC)
    small.maxSendBytes = 200
    publisher.say(16, 1, { acknowledge: true }, TOPIC, large)
    publisher.say(16, 2, {}, TOPIC, large)
    publisher.say(16, 3, {}, TOPIC, ['fits'])
    publisher.say(16, 4, {}, TOPIC, ['fits too'])
    expect(small.take()).toEqual([
      [36, id, expect.any(Number), { _gap: 2 }, ['fits']],
      [36, id, expect.any(Number), {}, ['fits too']],
    ])
    expect(other.take().map((event) => [event[3], event[4]])).toEqual([
      [{}, large],
      [{}, large],
      [{}, ['fits']],
      [{}, ['fits too']],
    ])
    expect(publisher.take()).toEqual([[17, 1, expect.any(Number)]])
    expect(world.router.counters.eventsTooLarge).toBe(2)
  })

  it('is longer than what the receiver accepts by at least one octet', () => {
    const [callee, caller] = [world.join(), world.join()]
    callee.register(PROCEDURE)
    const length = JSON.stringify([50, 1, {}, large]).length
    for (const [i, maxSendBytes] of [length, length - 1].entries()) {
      caller.say(48, i + 1, {}, PROCEDURE)
      caller.maxSendBytes = maxSendBytes
      callee.say(70, i + 1, {}, large)
    }
    expect(caller.take()).toEqual([
      [50, 1, {}, large],
      [8, 48, 2, {}, 'wamp.error.payload_size_exceeded', [expect.any(String)]],
    ])
  })

  it('is answered by the bare error where not even its text is accepted; the callee notices nothing [BP-RPC-21]', () => {
    const [callee, caller] = [world.join(), world.join()]
    callee.register(PROCEDURE)
    caller.maxSendBytes = 50
    for (const request of [1, 2]) caller.say(48, request, {}, PROCEDURE)
    callee.take()
    callee.say(70, 1, {}, large)
    callee.say(8, 68, 2, {}, 'wamp.error.payload_size_exceeded', large)
    expect(caller.take()).toEqual([1, 2].map((request) => [8, 48, request, {}, 'wamp.error.payload_size_exceeded']))
    expect(callee.isClosed).toBe(false)
    expect(world.log.lines).toEqual([])
  })

  it('is no gap any more after the receiver subscribed anew', () => {
    const [small, other, publisher] = [world.join(), world.join(), world.join()]
    const id = small.subscribe(TOPIC)
    other.subscribe(TOPIC)
    small.maxSendBytes = 200
    publisher.say(16, 1, {}, TOPIC, large)
    small.say(34, 2, id)
    small.say(32, 3, {}, TOPIC)
    publisher.say(16, 2, {}, TOPIC)
    expect(small.take()).toEqual([
      [35, 2],
      [33, 3, id],
      [36, id, expect.any(Number), {}],
    ])
  })

  it('ends the call as a result, an error or an invocation with payload_size_exceeded [BP-RPC-21 BP-RPC-23]', () => {
    const [callee, caller] = [world.join(), world.join()]
    callee.register(PROCEDURE)
    caller.maxSendBytes = 200
    caller.say(48, 1, {}, PROCEDURE)
    caller.say(48, 2, {}, PROCEDURE)
    callee.take()
    callee.say(70, 1, {}, large)
    callee.say(8, 68, 2, {}, 'com.example.error', large)
    callee.maxSendBytes = 200
    caller.say(48, 3, {}, PROCEDURE, large)
    expect(caller.take()).toEqual(
      [1, 2, 3].map((request) => [8, 48, request, {}, 'wamp.error.payload_size_exceeded', [expect.any(String)]]),
    )
    expect(callee.take()).toEqual([])
    caller.say(48, 4, {}, PROCEDURE)
    expect(callee.takeOne().slice(0, 2)).toEqual([68, 3])
  })

  it('ends a call in the middle of progressive results, and interrupts the callee', () => {
    const [callee, caller] = [world.join({ features: { callee: ['call_canceling', 'progressive_call_results'] } }), world.join()]
    callee.register(PROCEDURE)
    caller.maxSendBytes = 200
    caller.say(48, 1, { receive_progress: true }, PROCEDURE)
    callee.take()
    callee.say(70, 1, { progress: true }, ['fits'])
    callee.say(70, 1, { progress: true }, large)
    callee.say(70, 1, {}, ['late'])
    expect(caller.take()).toEqual([
      [50, 1, { progress: true }, ['fits']],
      [8, 48, 1, {}, 'wamp.error.payload_size_exceeded', [expect.any(String)]],
    ])
    expect(callee.take()).toEqual([[69, 1, { mode: 'killnowait', reason: 'wamp.error.canceled' }]])
  })
})

describe('connections that break or go silent together', () => {
  const SUBSCRIPTIONS = Array.from({ length: 100 }, (_, i) => [32, i + 1, {}, `com.example.${i}`])
  const TESTAMENT = [[48, 1, {}, 'wamp.session.add_testament', ['com.example.topic', [], {}]]]

  it.each([
    ['drop', 'subscriptions', SUBSCRIPTIONS],
    ['isSilent', 'subscriptions', SUBSCRIPTIONS],
    ['drop', 'a testament, whose event may be for many', TESTAMENT],
  ] as const)('end their sessions one in a turn, where those have much to end (%s, %s)', (way, _, held) => {
    const many = Array.from({ length: 3 }, () => world.join())
    for (const peer of many) peer.sayAll(...held.map((message) => [...message]))
    const one = world.join()
    const tasks: (() => void)[] = []
    world.scheduler.defer = (task) => void tasks.push(task)
    for (const peer of [...many, one]) peer[way]()
    const left = (): boolean[] => [...many, one].map(({ session }) => realmIn(world, 'realm1')?.sessions.has(session) === false)
    expect(left()).toEqual([false, false, false, true])
    tasks.shift()?.()
    expect(left()).toEqual([true, false, false, true])
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) task()
    expect(left()).toEqual([true, true, true, true])
  })
})
