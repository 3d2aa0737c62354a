// Shows calls that go to another callee because one is not available.

import type { TestPeer } from '@trunkline/testkit'
import { OPEN_REALM, World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { realmIn } from '../../testing/realm-in.ts'

const PROCEDURE = 'com.example.procedure'
const FEATURES = ['call_reroute', 'call_canceling', 'progressive_call_results', 'progressive_call_invocations']
const NO_CALLEE = [8, 48, 1, {}, 'wamp.error.no_available_callee', [expect.any(String)]]

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.end())

/** Callees of one registration, in this order. */
function callees(count: number, options: Record<string, unknown>, features: readonly string[] = FEATURES, realm = 'realm1'): TestPeer[] {
  return Array.from({ length: count }, () => {
    const peer = world.join({ realm, features: { callee: features } })
    peer.say(64, 1, options, PROCEDURE)
    expect(peer.takeOne()[0]).toBe(65)
    return peer
  })
}

/** Answers `unavailable` at each callee that is asked, until none is; says in which order they were. */
function refuseAll(peers: readonly TestPeer[]): number[] {
  const order: number[] = []
  for (;;) {
    const asked = peers.map((peer) => peer.take().find(([type]) => type === 68))
    const at = asked.findIndex((invocation) => invocation !== undefined)
    const invocation = asked[at]
    if (invocation === undefined) return order
    order.push(at)
    peers[at]?.say(8, 68, invocation[1], {}, 'wamp.error.unavailable')
  }
}

describe('re-routing', () => {
  it.each([
    ['first', [0, 1, 2]],
    ['last', [2, 1, 0]],
    ['roundrobin', [0, 1, 2]],
  ])(
    '%s: asks %j in turn, then tells the caller [AP-RPC-RRT-03 AP-RPC-RRT-05 AP-RPC-RRT-07 AP-RPC-RRT-08 AP-RPC-RRT-09]',
    (invoke, order) => {
      const peers = callees(3, { invoke })
      const caller = world.join()
      caller.say(48, 1, {}, PROCEDURE)
      expect(refuseAll(peers)).toEqual(order)
      expect(caller.take()).toEqual([NO_CALLEE])
    },
  )

  it.each([
    ['first', 'first'],
    ['single', 'single'],
  ])('%s: a call that found no callee is over: nothing of it is left, and no answer or time limit comes after', (_, invoke) => {
    const peers = callees(invoke === 'single' ? 1 : 2, { invoke })
    const caller = world.join()
    const realm = realmIn(world, 'realm1')
    caller.say(48, 1, { timeout: 1_000 }, PROCEDURE, ['x'.repeat(100)])
    const order = refuseAll(peers)
    expect(caller.take()).toEqual([NO_CALLEE])
    const sessions = [caller, ...peers].map((peer) => realm?.sessions.get(peer.session))
    expect(sessions.map((session) => [session?.calls.size, session?.invocations.size, session?.callBudget.octets])).toEqual(
      sessions.map(() => [0, 0, 0]),
    )
    expect(sessions.map((session) => session?.isBusy)).toEqual(sessions.map(() => false))
    for (const at of order) peers[at]?.say(70, 1, {}, ['late'])
    world.advance(2_000)
    caller.say(49, 1, {})
    expect([caller, ...peers].map((peer) => peer.take())).toEqual([[], ...peers.map(() => [])])
    expect(world.router.counters).toMatchObject({ lateAnswersDropped: order.length, callsTimedOut: 0 })
    // The id is free, and so is the slot among pending calls.
    caller.say(48, 2, {}, PROCEDURE)
    expect(peers.flatMap((peer) => peer.take()).map(([type]) => type)).toEqual([68])
  })

  it('a call that the next callee cannot take is over as well', () => {
    const [first, plain] = [...callees(1, { invoke: 'first' }), ...callees(1, { invoke: 'first' }, ['call_reroute'])] as [
      TestPeer,
      TestPeer,
    ]
    const caller = world.join({ features: { caller: ['progressive_call_invocations', 'call_canceling'] } })
    caller.say(48, 1, { progress: true, timeout: 1_000 }, PROCEDURE)
    refuseAll([first, plain])
    expect(caller.take()).toEqual([[8, 48, 1, {}, 'wamp.error.feature_not_supported', [expect.any(String)]]])
    const sessions = [caller, first, plain].map((peer) => realmIn(world, 'realm1')?.sessions.get(peer.session))
    expect(sessions.map((session) => [session?.calls.size, session?.invocations.size, session?.callBudget.octets])).toEqual(
      sessions.map(() => [0, 0, 0]),
    )
    world.advance(2_000)
    expect([caller, first, plain].map((peer) => peer.take())).toEqual([[], [], []])
  })

  it('roundrobin: the turn of the others goes on from there [AP-RPC-RRT-05]', () => {
    const peers = callees(3, { invoke: 'roundrobin' })
    const caller = world.join()
    const asked = (): number[] => peers.flatMap((peer, at) => peer.take().map(() => at))
    caller.say(48, 1, {}, PROCEDURE)
    expect(asked()).toEqual([0])
    caller.say(48, 2, {}, PROCEDURE)
    expect(asked()).toEqual([1])
    peers[0]?.say(8, 68, 1, {}, 'wamp.error.unavailable')
    expect(asked()).toEqual([2])
    caller.say(48, 3, {}, PROCEDURE)
    expect(asked()).toEqual([0])
  })

  it('random: asks each once, in any order [AP-RPC-RRT-06 AP-RPC-RRT-09]', () => {
    const peers = callees(5, { invoke: 'random' })
    const caller = world.join()
    const orders = new Set<string>()
    for (let request = 1; request <= 10; request++) {
      caller.say(48, request, {}, PROCEDURE)
      const order = refuseAll(peers)
      expect(order).toHaveLength(5)
      expect(new Set(order)).toEqual(new Set([0, 1, 2, 3, 4]))
      orders.add(order.join())
    }
    expect(orders.size).toBeGreaterThan(1)
    expect(caller.take()).toHaveLength(10)
  })

  it('single: tells the caller at once [AP-RPC-RRT-01 AP-RPC-RRT-04]', () => {
    const peers = callees(1, {})
    const caller = world.join()
    caller.say(48, 1, {}, PROCEDURE)
    expect(refuseAll(peers)).toEqual([0])
    expect(caller.take()).toEqual([NO_CALLEE])
  })

  it('gives the next callee the call as it was, and its caller one answer [AP-RPC-RRT-03]', () => {
    const [busy, free] = callees(2, { invoke: 'first' }) as [TestPeer, TestPeer]
    const caller = world.join({ serializer: 'msgpack' })
    caller.say(48, 1, { disclose_me: true, receive_progress: true }, PROCEDURE, ['a', 2 ** 40], { b: null })
    busy.say(8, 68, 1, {}, 'wamp.error.unavailable', ['busy'])
    const [invocation] = busy.take()
    expect(free.take().map((got) => got.slice(3))).toEqual([invocation?.slice(3)])
    busy.say(70, 1, {}, ['changed my mind'])
    free.say(70, 1, { progress: true }, [1])
    free.say(70, 1, {}, ['done'])
    expect(caller.take()).toEqual([
      [50, 1, { progress: true }, [1]],
      [50, 1, {}, ['done']],
    ])
    expect(world.router.counters.callsRerouted).toBe(1)
  })

  it('gives the caller whatever error the next callee answers', () => {
    const [busy, free] = callees(2, { invoke: 'first' }) as [TestPeer, TestPeer]
    const caller = world.join()
    caller.say(48, 1, {}, PROCEDURE)
    busy.say(8, 68, 1, {}, 'wamp.error.unavailable')
    free.say(8, 68, 1, {}, 'com.example.failed')
    expect(caller.take()).toEqual([[8, 48, 1, {}, 'com.example.failed']])
  })

  it('cancels, and ends with its caller, at the new callee', () => {
    const [busy, free] = callees(2, { invoke: 'first' }) as [TestPeer, TestPeer]
    const caller = world.join()
    caller.say(48, 1, {}, PROCEDURE)
    caller.say(48, 2, {}, PROCEDURE)
    for (const invocation of [1, 2]) busy.say(8, 68, invocation, {}, 'wamp.error.unavailable')
    for (const peer of [busy, free]) peer.take()
    caller.say(49, 1, { mode: 'kill' })
    expect(free.take()).toEqual([[69, 1, { mode: 'kill', reason: 'wamp.error.canceled' }]])
    caller.drop()
    expect(free.take()).toEqual([[69, 2, { mode: 'killnowait', reason: 'wamp.error.canceled' }]])
    expect(busy.take()).toEqual([])
  })

  it('passes the error of a callee that did not announce re-routing [AP-RPC-RRT-10]', () => {
    const [callee] = callees(2, { invoke: 'first' }, ['call_canceling'])
    const caller = world.join()
    caller.say(48, 1, {}, PROCEDURE)
    callee?.say(8, 68, 1, {}, 'wamp.error.unavailable', ['busy'])
    expect(caller.take()).toEqual([[8, 48, 1, {}, 'wamp.error.unavailable', ['busy']]])
  })

  it('goes no further than a callee that did not announce re-routing [AP-RPC-RRT-10]', () => {
    const [busy] = callees(1, { invoke: 'first' })
    const [plain] = callees(2, { invoke: 'first' }, [])
    const caller = world.join()
    caller.say(48, 1, {}, PROCEDURE)
    busy?.say(8, 68, 1, {}, 'wamp.error.unavailable')
    plain?.say(8, 68, 1, {}, 'wamp.error.unavailable')
    expect(caller.take()).toEqual([[8, 48, 1, {}, 'wamp.error.unavailable']])
  })

  it('passes the error after a result or a second chunk went through [AP-RPC-RRT-10]', () => {
    const [callee] = callees(2, { invoke: 'first' })
    const caller = world.join({ features: { caller: FEATURES } })
    caller.say(48, 1, { receive_progress: true }, PROCEDURE)
    callee?.say(70, 1, { progress: true })
    caller.say(48, 2, { progress: true }, PROCEDURE)
    caller.say(48, 2, { progress: true }, PROCEDURE)
    for (const invocation of [1, 2]) callee?.say(8, 68, invocation, {}, 'wamp.error.unavailable')
    expect(caller.take().slice(1)).toEqual([1, 2].map((request) => [8, 48, request, {}, 'wamp.error.unavailable']))
  })

  it('gives a progressive call to another callee before its second chunk, and the rest there too', () => {
    const [busy, free] = callees(2, { invoke: 'first' }) as [TestPeer, TestPeer]
    const caller = world.join({ features: { caller: FEATURES } })
    caller.say(48, 1, { progress: true }, PROCEDURE, ['a'])
    busy.say(8, 68, 1, {}, 'wamp.error.unavailable')
    busy.take()
    caller.say(48, 1, {}, PROCEDURE, ['b'])
    expect(free.take().map((invocation) => invocation.slice(3))).toEqual([
      [{ progress: true }, ['a']],
      [{}, ['b']],
    ])
    expect(busy.take()).toEqual([])
  })

  it('tells the caller when the registration is gone or all others left', () => {
    const [busy, other] = callees(2, { invoke: 'first' }) as [TestPeer, TestPeer]
    const caller = world.join()
    caller.say(48, 1, {}, PROCEDURE)
    other.drop()
    busy.say(8, 68, 1, {}, 'wamp.error.unavailable')
    expect(caller.take()).toEqual([NO_CALLEE])
  })

  it('hands over the time: to a callee that keeps it, and back', () => {
    const [busy] = callees(1, { invoke: 'first' })
    const [keeper] = callees(1, { invoke: 'first', forward_timeout: true }, [...FEATURES, 'call_timeout'])
    const [last] = callees(1, { invoke: 'first' })
    const caller = world.join()
    caller.say(48, 1, { timeout: 100 }, PROCEDURE)
    world.advance(60)
    busy?.say(8, 68, 1, {}, 'wamp.error.unavailable')
    expect(keeper?.takeOne()[3]).toEqual({ timeout: 100 })
    world.advance(200)
    expect(caller.take()).toEqual([])
    keeper?.say(8, 68, 1, {}, 'wamp.error.unavailable')
    expect(last?.takeOne()[3]).toEqual({})
    world.advance(100)
    expect(caller.take()).toEqual([[8, 48, 1, {}, 'wamp.error.timeout']])
  })

  it.each([
    [96, 1],
    [97, 0],
  ])('keeps payload of as many octets as the limit, and none of one more: %i and the four of its list', (length, rerouted) => {
    world.router.addRealm('small', { ...OPEN_REALM, limits: { callBytes: 100 } })
    const [busy, free] = callees(2, { invoke: 'first' }, FEATURES, 'small') as [TestPeer, TestPeer]
    const caller = world.join({ realm: 'small' })
    caller.say(48, 1, {}, PROCEDURE, ['x'.repeat(length)])
    busy.say(8, 68, 1, {}, 'wamp.error.unavailable')
    expect([free.take().length, caller.take().length]).toEqual([rerouted, 1 - rerouted])
  })

  it('keeps no more payload than the limit; what was not kept cannot go elsewhere', () => {
    world.router.addRealm('small', { ...OPEN_REALM, limits: { callBytes: 100 } })
    const [busy, free] = callees(2, { invoke: 'first' }, FEATURES, 'small') as [TestPeer, TestPeer]
    const caller = world.join({ realm: 'small' })
    for (let request = 1; request <= 2; request++) caller.say(48, request, {}, PROCEDURE, ['x'.repeat(70)])
    busy.say(8, 68, 2, {}, 'wamp.error.unavailable')
    expect(caller.take().map((answer) => answer[4])).toEqual(['wamp.error.no_available_callee'])
    busy.say(8, 68, 1, {}, 'wamp.error.unavailable')
    free.say(70, 1, {})
    caller.say(48, 3, {}, PROCEDURE, ['x'.repeat(70)])
    busy.say(8, 68, 3, {}, 'wamp.error.unavailable')
    expect(free.take().map(([type]) => type)).toEqual([68, 68])
  })

  describe('keeps of a call, which nobody may ever answer,', () => {
    const CALLER = { caller: ['payload_passthru_mode'] }
    const CALLEE = [...FEATURES, 'payload_passthru_mode']
    const keptOf = (caller: TestPeer) => {
      const session = realmIn(world, 'realm1')?.sessions.get(caller.session)
      return { route: session?.calls.get(1)?.route, octets: session?.callBudget.octets ?? 0 }
    }

    it('nothing that its caller chose, when it cannot be repeated', () => {
      callees(1, { invoke: 'single', match: 'prefix' }, CALLEE)
      const caller = world.join({ features: CALLER })
      caller.say(48, 1, { ppt_scheme: 'x_scheme', ppt_keyid: 'k'.repeat(5_000) }, `${PROCEDURE}.${'n'.repeat(500)}`, [1])
      const { route, octets } = keptOf(caller)
      expect(octets).toBe(0)
      expect(route).toMatchObject({ wanted: undefined, tried: undefined })
    })

    it('the callees that it was tried at, which count, and are forgotten with it', () => {
      const busy = callees(100, { invoke: 'first' })
      const caller = world.join()
      caller.say(48, 1, {}, PROCEDURE)
      const octets = [0, 0, 0].map((_, i) => {
        expect(busy[i]?.takeOne()[0]).toBe(68)
        busy[i]?.say(8, 68, 1, {}, 'wamp.error.unavailable')
        return keptOf(caller).octets
      })
      const [first = 0, second = 0, third = 0] = octets
      expect([first > 200, second - first, third - second]).toEqual([true, 32, 32])
      refuseAll(busy)
      expect([caller.take(), keptOf(caller).octets]).toEqual([[NO_CALLEE], 0])
    })

    it('no further callee where nothing more may be kept for its owner', () => {
      const busy = callees(3, { invoke: 'first' })
      const caller = world.join()
      caller.say(48, 1, {}, PROCEDURE)
      const session = realmIn(world, 'realm1')?.sessions.get(caller.session)
      session?.callBudget.take(64 * 1024 * 1024)
      busy[0]?.say(8, 68, 1, {}, 'wamp.error.unavailable')
      expect(caller.take()).toEqual([NO_CALLEE])
      session?.callBudget.giveBack(64 * 1024 * 1024)
      expect(session?.callBudget.octets).toBe(0)
    })

    it('what counts, when it can: attributes, and a name that is not that of the registration', () => {
      callees(2, { invoke: 'first', match: 'prefix' }, CALLEE)
      const caller = world.join({ features: CALLER })
      caller.say(48, 1, { ppt_scheme: 'x_scheme', ppt_keyid: 'k'.repeat(5_000) }, `${PROCEDURE}.${'n'.repeat(500)}`, [1])
      expect(keptOf(caller).octets).toBeGreaterThan(5_500)
    })
  })
})
