// Shows what becomes of calls, results and events that do not fit into the queue of a session: the sender is notified, and the
// session, which reads again in time, stays.

import { ALLOW_ALL, OPEN_REALM, World } from '@trunkline/testkit'
import type { TestPeer } from '@trunkline/testkit'
import type { RealmOptions } from '@trunkline/router'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { realmIn } from '../../testing/realm-in.ts'

const PROCEDURE = 'com.example.procedure'
const TOPIC = 'com.example.topic'
const kilobyte = 'x'.repeat(1_000)
const CALLEE = ['call_canceling', 'progressive_call_results', 'progressive_call_invocations']
const UNAVAILABLE = 'wamp.error.unavailable'
const LIMIT = 'trunkline.error.limit_exceeded'

let world: World
afterEach(() => world.end())

/** A world where 4,500 octets of each kind may wait: four messages of a kilobyte. */
function open(options: RealmOptions = {}): void {
  const anonymous = [...ALLOW_ALL, { uri: 'wamp.**', allow: ['call', 'subscribe'] as const }]
  world = new World({ realms: { realm1: { ...OPEN_REALM, roles: { anonymous }, ...options } }, limits: { outboxBytes: 4_500 } })
}

/** Callees of one registration. */
function callees(count: number, options: Readonly<Record<string, unknown>>): TestPeer[] {
  return Array.from({ length: count }, () => callee(options))
}

function callee(options: Readonly<Record<string, unknown>> = {}): TestPeer {
  const peer = world.join({ features: { callee: CALLEE } })
  peer.say(64, 1, options, PROCEDURE)
  expect(peer.takeOne()[0]).toBe(65)
  return peer
}

const isIn = (peer: TestPeer): boolean => realmIn(world, 'realm1')?.sessions.has(peer.session) ?? false
const typesOf = (peer: TestPeer): unknown[] => peer.take().map(([type]) => type)
const errorsOf = (peer: TestPeer): unknown[] =>
  peer
    .take()
    .filter(([type]) => type === 8)
    .map(([, , request, , error]) => [request, error])

describe('a call that does not fit into the queue of its callee', () => {
  it('is refused, and the callee stays and serves the others', () => {
    open()
    const [slow, caller] = [callee(), world.join()]
    slow.stopReading()
    for (let i = 1; i <= 6; i++) caller.say(48, i, {}, PROCEDURE, [i, kilobyte])
    expect(errorsOf(caller)).toEqual([
      [5, UNAVAILABLE],
      [6, UNAVAILABLE],
    ])
    expect(world.router.counters).toMatchObject({ callsRefusedFull: 2, slowConsumersClosed: 0 })
    slow.resumeReading()
    const came = slow.take()
    expect(came.map(([, , , , args]) => (args as unknown[])[0])).toEqual([1, 2, 3, 4])
    for (const [, invocation] of came) slow.say(70, invocation, {})
    expect(typesOf(caller)).toEqual([50, 50, 50, 50])
    caller.say(48, 7, {}, PROCEDURE)
    expect(slow.takeOne().slice(0, 2)).toEqual([68, 5])
  })

  it('may be longer than the bound when no other call waits', () => {
    open()
    const [slow, caller] = [callee(), world.join()]
    slow.stopReading()
    caller.say(48, 1, {}, PROCEDURE, ['x'.repeat(9_000)])
    caller.say(48, 2, {}, PROCEDURE)
    expect(errorsOf(caller)).toEqual([[2, UNAVAILABLE]])
    slow.resumeReading()
    expect(slow.takeOne()[0]).toBe(68)
  })

  it.each(['first', 'last', 'roundrobin', 'random'])('goes to the next callee of a registration shared by %s', (invoke) => {
    open()
    const peers = callees(3, { invoke })
    const caller = world.join()
    for (const peer of peers) peer.stopReading()
    for (let i = 1; i <= 13; i++) caller.say(48, i, {}, PROCEDURE, [kilobyte])
    expect(errorsOf(caller)).toEqual([[13, UNAVAILABLE]])
    for (const peer of peers) peer.resumeReading()
    expect(peers.map(typesOf)).toEqual(peers.map(() => [68, 68, 68, 68]))
  })

  it('leaves room for what else the callee is sent: events, answers, results of its own calls', () => {
    open()
    const [slow, caller, other] = [callee(), world.join(), world.join()]
    other.say(64, 1, {}, 'com.example.other')
    slow.subscribe(TOPIC)
    slow.stopReading()
    for (let i = 1; i <= 6; i++) caller.say(48, i, {}, PROCEDURE, [kilobyte])
    for (let i = 7; i <= 9; i++) caller.say(16, i, {}, TOPIC, [kilobyte])
    for (let i = 3; i <= 5; i++) slow.say(48, i, {}, 'com.example.other')
    for (let i = 1; i <= 3; i++) other.say(70, i, {}, [kilobyte])
    slow.say(66, 6, 1)
    expect(isIn(slow)).toBe(true)
    slow.resumeReading()
    expect(typesOf(slow)).toEqual([68, 68, 68, 68, 36, 36, 36, 50, 50, 50, 8])
  })

  it('never ends the callee when callers cancel all that it was given', () => {
    open()
    const [slow, caller] = [callee(), world.join()]
    slow.stopReading()
    for (let i = 1; i <= 200; i++) {
      caller.say(48, i, {}, PROCEDURE)
      caller.say(49, i, {})
    }
    expect(isIn(slow)).toBe(true)
    slow.resumeReading()
    const came = typesOf(slow)
    expect(came.filter((type) => type === 69).length).toBe(came.filter((type) => type === 68).length)
    expect(came.length).toBeLessThan(130)
  })
})

describe('a chunk that does not fit into the queue of the callee', () => {
  it('ends the call, and the callee is interrupted', () => {
    open()
    const slow = callee()
    const caller = world.join({ features: { caller: ['progressive_call_invocations'] } })
    slow.stopReading()
    for (let i = 1; i <= 6; i++) caller.say(48, 1, { progress: true }, PROCEDURE, [kilobyte])
    expect(errorsOf(caller)).toEqual([[1, UNAVAILABLE]])
    slow.resumeReading()
    expect(typesOf(slow)).toEqual([68, 68, 68, 68, 69])
  })
})

describe('an answer that does not fit into the queue of the caller', () => {
  it.each([
    ['result', [70], [{}]],
    ['error', [8, 68], [{}, 'com.example.error']],
  ])('is replaced by an error that says so, %s', (_, head, tail) => {
    open()
    const [caller, peer] = [world.join(), callee()]
    for (let i = 1; i <= 6; i++) caller.say(48, i, {}, PROCEDURE)
    caller.stopReading()
    for (const [, invocation] of peer.take()) peer.say(...head, invocation, ...tail, [kilobyte])
    caller.resumeReading()
    const came = caller.take()
    expect(came.slice(4)).toEqual([
      [8, 48, 5, { limit: 'outbox' }, LIMIT, [expect.any(String)]],
      [8, 48, 6, { limit: 'outbox' }, LIMIT, [expect.any(String)]],
    ])
    expect(came.length).toBe(6)
    expect(world.router.counters.slowConsumersClosed).toBe(0)
  })

  it('ends a call with progressive results, and the callee is interrupted', () => {
    open()
    const caller = world.join({ features: { caller: ['progressive_call_results'] } })
    const peer = callee()
    caller.say(48, 1, { receive_progress: true }, PROCEDURE)
    caller.stopReading()
    const [, invocation] = peer.takeOne()
    for (let i = 1; i <= 9; i++) peer.say(70, invocation, { progress: true }, [i, kilobyte])
    expect(typesOf(peer)).toEqual([69])
    caller.resumeReading()
    expect(caller.take().map(([type, , , , error]) => (type === 8 ? error : type))).toEqual([50, 50, 50, 50, LIMIT])
  })

  it('may be one of the router itself, such as a history', () => {
    open({ topics: [{ uri: TOPIC, history: { events: 10 } }] })
    const [reader, publisher] = [world.join(), world.join()]
    const id = reader.subscribe(TOPIC)
    for (let i = 1; i <= 4; i++) publisher.say(16, i, {}, TOPIC, [kilobyte])
    reader.take()
    reader.stopReading()
    reader.say(48, 2, {}, 'wamp.subscription.get_events', [id])
    reader.say(48, 3, {}, 'wamp.subscription.get_events', [id])
    reader.resumeReading()
    expect(reader.take().map(([type]) => type)).toEqual([50, 8])
  })
})

describe('a call of a procedure of the router, for whose result there is no room', () => {
  /** Offers `wamp.example.kilobyte`; how often it was performed. */
  function offer(): () => number {
    let performed = 0
    realmIn(world, 'realm1')?.offer(
      new Map([
        [
          'wamp.example.kilobyte',
          () => {
            performed++
            return [kilobyte]
          },
        ],
      ]),
    )
    world.settle()
    return () => performed
  }

  it('is refused before it is performed, from the first that did not fit until something is taken', () => {
    open()
    const performed = offer()
    const [caller, other] = [world.join(), world.join()]
    caller.stopReading()
    for (let i = 1; i <= 20; i++) caller.say(48, i, {}, 'wamp.example.kilobyte')
    caller.say(48, 21, {}, 'wamp.session.kill', [other.session])
    expect([performed(), isIn(other), world.router.counters.resultsRefusedFull]).toEqual([5, true, 17])
    caller.resumeReading()
    const came = caller.take()
    expect(came.slice(0, 4).map(([type, request]) => [type, request])).toEqual([1, 2, 3, 4].map((request) => [50, request]))
    expect(came[5]).toEqual([8, 48, 6, { limit: 'outbox' }, LIMIT, [expect.stringContaining('not carried out')]])
    expect(came.length).toBe(21)
    caller.say(48, 22, {}, 'wamp.example.kilobyte')
    expect([caller.takeOne()[0], performed()]).toEqual([50, 6])
  })

  it('is refused as soon as the results of others fill all of the room', () => {
    open()
    const performed = offer()
    const [caller, peer] = [world.join(), callee()]
    caller.say(48, 1, {}, PROCEDURE)
    const [, invocation] = peer.takeOne()
    caller.stopReading()
    peer.say(70, invocation, {}, ['x'.repeat(9_000)])
    caller.say(48, 2, {}, 'wamp.example.kilobyte')
    expect(performed()).toBe(0)
    caller.resumeReading()
    expect(typesOf(caller)).toEqual([50, 8])
  })

  it('is refused also when it first waited for an authorizer', () => {
    const answers: ((verdict: boolean) => void)[] = []
    const authorizer = {
      allows: ({ action }: { action: string }, answer: (verdict: boolean) => void) =>
        action === 'subscribe' ? void answers.push(answer) : true,
    }
    open({ authorizer })
    const performed = offer()
    const [caller, owner] = [world.join(), world.join()]
    owner.say(32, 1, {}, TOPIC)
    answers.shift()?.(true)
    const [, , topic] = owner.takeOne()
    caller.stopReading()
    caller.say(48, 1, {}, 'wamp.subscription.get_events', [topic])
    for (let i = 2; i <= 7; i++) caller.say(48, i, {}, 'wamp.example.kilobyte')
    expect(performed()).toBe(5)
    for (const answer of answers) answer(true)
    world.settle()
    caller.resumeReading()
    expect(caller.take().find(([type, , request]) => type === 8 && request === 1)?.[4]).toBe(LIMIT)
  })
})

describe('an event that does not fit', () => {
  it('is missed, and told, where it may be dropped and nothing that waits may', () => {
    open({ slowConsumers: { policy: 'disconnect', topics: [{ uri: TOPIC, policy: 'drop_oldest' }] } })
    const [slow, publisher] = [world.join(), world.join()]
    const id = slow.subscribe(TOPIC)
    slow.say(32, 2, {}, 'com.example.ordered')
    slow.take()
    slow.stopReading()
    for (let i = 1; i <= 4; i++) publisher.say(16, i, {}, 'com.example.ordered', [kilobyte])
    for (let i = 5; i <= 7; i++) publisher.say(16, i, {}, TOPIC, [i, kilobyte])
    expect(world.router.counters).toMatchObject({ eventsDropped: 3, slowConsumersClosed: 0 })
    slow.resumeReading()
    expect(typesOf(slow)).toEqual([36, 36, 36, 36])
    publisher.say(16, 8, {}, TOPIC, [8])
    expect(slow.takeOne()).toEqual([36, id, expect.any(Number), { _gap: 3 }, [8]])
  })

  it('ends no session that subscribes to many retained ones: it is told how many it misses', () => {
    open()
    const [publisher, reader] = [world.join(), world.join()]
    for (let i = 1; i <= 9; i++) publisher.say(16, i, { retain: true }, `${TOPIC}.${i}`, [i, kilobyte])
    reader.stopReading()
    reader.say(32, 1, { match: 'prefix', get_retained: true }, TOPIC)
    expect(isIn(reader)).toBe(true)
    reader.resumeReading()
    expect(typesOf(reader)).toEqual([33, 36, 36, 36, 36])
    publisher.say(16, 10, {}, TOPIC, [10])
    expect(reader.takeOne()[3]).toEqual({ topic: TOPIC, _gap: 5 })
  })

  describe('and is retained', () => {
    /** Counts what is made for the serializer of a peer from now on. */
    function conversionsFor(peer: TestPeer): () => number {
      const format = realmIn(world, 'realm1')?.sessions.get(peer.session)?.link.format
      if (format === undefined) throw new Error('no session')
      const conversions = vi.spyOn(format, 'convertItems')
      return () => conversions.mock.calls.length
    }

    it('is not made for a serializer again and again, to find each time that it does not fit', () => {
      open()
      const [publisher, reader] = [world.join({ serializer: 'msgpack' }), world.join()]
      for (let i = 1; i <= 9; i++) publisher.say(16, i, { retain: true }, `${TOPIC}.${i}`, [i, kilobyte])
      const conversions = conversionsFor(reader)
      reader.stopReading()
      for (let i = 1; i <= 5; i++) reader.say(32, i, { match: 'prefix', get_retained: true }, TOPIC)
      expect(conversions()).toBe(4 + 1)
      reader.resumeReading()
      expect(typesOf(reader)).toEqual([33, 36, 36, 36, 36, 33, 33, 33, 33])
      publisher.say(16, 10, {}, TOPIC, [10])
      expect(reader.takeOne()[3]).toEqual({ topic: TOPIC, _gap: 5 + 4 * 9 })
      reader.say(32, 6, { get_retained: true }, `${TOPIC}.9`)
      expect(reader.take().map(([type, , , , args]) => (type === 36 ? args : type))).toEqual([33, [9, kilobyte]])
    })

    it.each([
      ['too long for the peer', (reader: TestPeer) => (reader.maxSendBytes = 900), kilobyte],
      ['not to be held by its serializer', () => {}, Number.NaN],
    ])('is made once when it is %s', (_, before, value) => {
      open()
      const [publisher, reader] = [world.join({ serializer: 'cbor' }), world.join()]
      publisher.say(16, 1, { retain: true }, TOPIC, [value])
      const conversions = conversionsFor(reader)
      before(reader)
      for (let i = 1; i <= 3; i++) reader.say(32, i, { get_retained: true }, TOPIC)
      expect([conversions(), typesOf(reader)]).toEqual([1, [33, 33, 33]])
      publisher.say(16, 2, {}, TOPIC, [2])
      expect(reader.takeOne()[3]).toEqual({ _gap: 3 })
    })
  })
})
