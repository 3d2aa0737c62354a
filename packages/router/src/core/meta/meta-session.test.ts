// Shows that calls to the router's own procedures are answered in order, and bounded in what they keep and in how long each turn takes.

import type { PayloadFormat } from '@trunkline/protocol'
import { World } from '@trunkline/testkit'
import type { RealmOptions } from '@trunkline/router'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { realmIn } from '../../testing/realm-in.ts'
import { Later } from './meta-session.ts'

const TOPIC = 'com.example.topic'
const KEPT: RealmOptions = { topics: [{ uri: TOPIC, history: { events: 100 } }] }

let world: World
afterEach(() => world.end())

/** What is deferred from now on runs when the test says so, one task or all. */
function byHand(): { turn: () => void; all: () => number } {
  const tasks: (() => void)[] = []
  world.scheduler.defer = (task) => void tasks.push(task)
  const turn = (): void => tasks.shift()?.()
  const all = (): number => {
    let count = 0
    for (; tasks.length > 0; count++) turn()
    return count
  }
  return { turn, all }
}

describe('calls to the router', () => {
  beforeEach(() => void (world = World.of({})))

  it('answers callers of every serializer, and keeps nothing of a caller that left before the answer', () => {
    for (const serializer of ['json', 'msgpack', 'cbor'] as const) {
      const peer = world.join({ serializer })
      peer.say(48, 1, {}, 'wamp.session.count')
      expect(peer.takeOne()).toEqual([50, 1, {}, [1]])
      peer.drop()
    }
    const hasty = world.join()
    hasty.sayAll([48, 1, {}, 'wamp.session.count'], [6, {}, 'wamp.close.close_realm'])
    expect(hasty.take()).toEqual([[6, {}, 'wamp.close.goodbye_and_out']])
    expect(world.log.lines).toEqual([])
  })

  it('answers several calls of one turn in their order', () => {
    const peer = world.join()
    peer.sayAll([48, 1, {}, 'wamp.session.count'], [48, 2, {}, 'wamp.session.nothing'], [48, 3, {}, 'wamp.session.list'])
    expect(peer.take().map(([type, first, second]) => (type === 50 ? first : second))).toEqual([2, 1, 3])
  })
})

describe('calls to the router that wait for something', () => {
  it('drop what was found for them, when they are canceled before it is their turn', () => {
    world = World.of({})
    const done: string[] = []
    const [finish, wanted]: [(() => void)[], (() => boolean)[]] = [[], []]
    const answer = (): Later =>
      new Later((go, isWanted) => {
        wanted.push(isWanted)
        finish.push(() =>
          go(
            () => (done.push('made'), []),
            () => done.push('dropped'),
          ),
        )
      })
    realmIn(world, 'realm1')?.offer(new Map([['com.example.later', answer]]))
    const caller = world.join()
    for (const request of [1, 2]) caller.say(48, request, {}, 'com.example.later')
    expect(caller.take()).toEqual([])
    const tasks = byHand()
    for (const go of finish) go()
    caller.say(49, 1, {})
    expect(wanted.map((isWanted) => isWanted())).toEqual([false, true])
    tasks.all()
    expect(done).toEqual(['dropped', 'made'])
    expect(caller.take().map(([type, first, second]) => [type, type === 50 ? first : second])).toEqual([
      [8, 1],
      [50, 2],
    ])
  })
})

describe('arguments of calls to the router', () => {
  const text = 'x'.repeat(600)

  it('wait up to a bound for each caller; the call beyond it is refused, as by any callee that is busy', () => {
    world = World.of({ limits: { callBytes: 1_000 } })
    const [many, one] = [world.join(), world.join()]
    const tasks = byHand()
    for (let i = 1; i <= 3; i++) many.say(48, i, {}, 'wamp.registration.match', [text])
    many.say(48, 4, {}, 'wamp.session.count')
    one.say(48, 1, {}, 'wamp.registration.match', [text])
    expect(many.take().map(([, , request, , error]) => [request, error])).toEqual([
      [2, 'wamp.error.unavailable'],
      [3, 'wamp.error.unavailable'],
    ])
    tasks.all()
    expect([many.take().map(([, request]) => request), one.take().length]).toEqual([[1, 4], 1])
    many.say(48, 5, {}, 'wamp.registration.match', [text])
    tasks.all()
    expect(many.takeOne()).toEqual([50, 5, {}, [null]])
  })

  it('wait no more when their caller cancels', () => {
    world = World.of({ limits: { callBytes: 1_000 } })
    const caller = world.join()
    const tasks = byHand()
    caller.say(48, 1, {}, 'wamp.registration.match', [text])
    caller.say(49, 1, {})
    tasks.all()
    caller.say(48, 2, {}, 'wamp.registration.match', [text])
    tasks.all()
    expect(caller.take().map(([type, request]) => [type, request])).toEqual([
      [8, 48],
      [50, 2],
    ])
  })

  it('count while an authorizer is asked in the name of the caller', () => {
    const answers: ((verdict: boolean) => void)[] = []
    const allows = ({ uri }: { uri: string }, answer: (verdict: boolean) => void): true | undefined =>
      uri === TOPIC ? void answers.push(answer) : true
    world = World.of({ authorizer: { allows }, limits: { callBytes: 1_000 } })
    const caller = world.join()
    for (let i = 1; i <= 2; i++) caller.say(48, i, {}, 'wamp.session.add_testament', [TOPIC, [text], {}])
    expect(caller.takeOne().slice(2, 5)).toEqual([2, {}, 'wamp.error.unavailable'])
    answers.shift()?.(true)
    world.settle()
    expect(caller.takeOne()).toEqual([50, 1, {}])
    caller.say(48, 3, {}, 'wamp.session.add_testament', [TOPIC, [text], {}])
    answers.shift()?.(true)
    world.settle()
    expect(caller.takeOne()).toEqual([50, 3, {}])
  })
})

describe('a history of many octets', () => {
  it('is read in several turns: others are answered between, and what its reader asks besides is answered after it', () => {
    world = World.of(KEPT)
    const [publisher, reader, other] = [world.join(), world.join(), world.join()]
    const id = reader.subscribe(TOPIC)
    for (let i = 1; i <= 10; i++) publisher.say(16, i, {}, TOPIC, ['x'.repeat(40_000)])
    reader.take()
    const tasks = byHand()
    reader.say(48, 2, {}, 'wamp.subscription.get_events', [id])
    reader.say(48, 3, {}, 'wamp.session.count')
    other.say(48, 1, {}, 'wamp.session.count')
    tasks.turn()
    tasks.turn()
    expect([reader.take(), other.take().length]).toEqual([[], 1])
    expect(tasks.all()).toBeGreaterThan(3)
    const [events, count] = reader.take()
    expect([events?.slice(1, 3), events?.[4], count?.[1]]).toEqual([[2, {}], { is_limit_reached: false }, 3])
    expect(events?.[3]).toHaveLength(10)
  })

  it('is not read on for a reader that cancels', () => {
    world = World.of(KEPT)
    const [publisher, reader] = [world.join({ serializer: 'msgpack' }), world.join()]
    const id = reader.subscribe(TOPIC)
    for (let i = 1; i <= 10; i++) publisher.say(16, i, {}, TOPIC, ['x'.repeat(60_000)])
    const converted = vi.spyOn(formatOf(reader.session), 'convertItems')
    const tasks = byHand()
    reader.say(48, 2, {}, 'wamp.subscription.get_events', [id])
    tasks.turn()
    reader.say(49, 2, {})
    tasks.all()
    expect(converted).toHaveBeenCalledTimes(1)
  })

  it('has events that cannot be shown, which is found out once', () => {
    world = World.of(KEPT)
    const [publisher, reader] = [world.join({ serializer: 'cbor' }), world.join()]
    const id = reader.subscribe(TOPIC)
    const deep = Array.from({ length: 61 }).reduce((inner: unknown) => [inner], 1)
    const values = [[Number.NaN], Array.from({ length: 60_001 }, () => 0), [deep], [1]]
    for (const [i, args] of values.entries()) publisher.say(16, i + 1, {}, TOPIC, args)
    expect(reader.take().length).toBe(3)
    const converted = vi.spyOn(formatOf(reader.session), 'convertItems')
    const answers = [2, 3].map((request) => {
      reader.say(48, request, {}, 'wamp.subscription.get_events', [id])
      const [, , , args, kwargs] = reader.takeOne()
      return [(args as unknown[]).length, kwargs]
    })
    const expected = [2, { is_limit_reached: false, _gap: 2 }]
    expect([answers, converted.mock.calls.length]).toEqual([[expected, expected], 4])
  })

  it.each(['json', 'msgpack', 'cbor'] as const)(
    'is shown in %s without building its events, and converted once for all who ask',
    (serializer) => {
      world = World.of(KEPT)
      const publisher = world.join({ serializer: 'msgpack' })
      const readers = [world.join({ serializer }), world.join({ serializer })]
      const ids = readers.map((reader) => reader.subscribe(TOPIC))
      const events = [[[], { key: [1, 'two', null] }], [['text', { a: 1.5 }], { more: { b: [] } }], [[[], {}, true]], []]
      for (const [i, items] of events.entries()) publisher.say(16, i + 1, {}, TOPIC, ...items)
      const formats = [...new Set([publisher, ...readers].map(({ session }) => formatOf(session)))]
      const decodings = formats.map((format) => vi.spyOn(format, 'decodeItems'))
      const conversions = formats.map((format) => vi.spyOn(format, 'convertItems'))
      for (const [i, reader] of readers.entries()) {
        reader.take()
        reader.say(48, 2, {}, 'wamp.subscription.get_events', [ids[i]])
        const shown = reader.takeOne()[3] as { args?: unknown; kwargs?: unknown }[]
        expect(shown.map(({ args, kwargs }) => [args, kwargs])).toEqual(events.map(([args, kwargs]) => [args, kwargs]))
      }
      const times = (spies: readonly { readonly mock: { readonly calls: readonly unknown[] } }[]): number =>
        spies.reduce((sum, { mock }) => sum + mock.calls.length, 0)
      // The arguments of the two calls are decoded; three events have payload.
      expect([times(decodings), times(conversions)]).toEqual([2, serializer === 'msgpack' ? 0 : 3])
    },
  )

  it('waits for conversions beyond the rate of its owner, of which no more than sixteen requests wait', () => {
    world = World.of({ topics: [{ uri: TOPIC, history: { events: 100, bytes: 64_000_000 } }], limits: { historyAnswerBytes: 1_000 } })
    const [publisher, reader] = [world.join({ serializer: 'msgpack' }), world.join()]
    const id = reader.subscribe(TOPIC)
    for (let i = 1; i <= 30; i++) publisher.say(16, i, {}, TOPIC, ['x'.repeat(1_000_000)])
    const kept = reader.take().map(([, , publication]) => publication)
    const ask = (i: number): void =>
      reader.say(48, reader.nextRequest, {}, 'wamp.subscription.get_events', [id], { from_publication: kept[i], limit: 1 })
    for (let i = 0; i < 17; i++) ask(i)
    expect(reader.take().map(([type]) => type)).toEqual(Array.from({ length: 17 }, () => 50))
    for (let i = 0; i < 17; i++) ask(17)
    expect(reader.takeOne()[4]).toBe('wamp.error.unavailable')
    world.advance(2_000)
    expect(reader.take().map(([type]) => type)).toEqual(Array.from({ length: 16 }, () => 50))
  })
})

function formatOf(session: number): PayloadFormat {
  const format = realmIn(world, 'realm1')?.sessions.get(session)?.link.format
  if (format === undefined) throw new Error('no session')
  return format
}
