// Shows the time limits of calls with a manual clock: who keeps the time, what both peers are sent, what is kept of a call that is over.

import { createConverter, createJsonSerializer } from '@trunkline/protocol'
import { createRouter } from '@trunkline/router'
import { helloDetails, OPEN_REALM, TestPeer, World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

const PROCEDURE = 'com.example.procedure'
const TIMEOUT = [8, 48, 1, {}, 'wamp.error.timeout']

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.end())

function registered(features: readonly string[], options: Record<string, unknown> = {}): TestPeer {
  const callee = world.join({ features: { callee: features } })
  callee.say(64, 1, options, PROCEDURE)
  expect(callee.takeOne()[0]).toBe(65)
  return callee
}

describe('call timeouts', () => {
  it('end the call on the millisecond, interrupt the callee and say why [AP-RPC-TMO-01 AP-RPC-TMO-03 AP-RPC-TMO-05 AP-RPC-TMO-06 AP-RPC-TMO-07 AP-RPC-TMO-14 AP-RPC-CAN-14]', () => {
    const [callee, caller] = [registered(['call_canceling']), world.join()]
    caller.say(48, 1, { timeout: 250 }, PROCEDURE)
    expect(callee.takeOne()[3]).toEqual({})
    world.advance(249)
    expect([caller.take(), callee.take()]).toEqual([[], []])
    world.advance(1)
    expect(caller.take()).toEqual([TIMEOUT])
    expect(callee.take()).toEqual([[69, 1, { mode: 'killnowait', reason: 'wamp.error.timeout' }]])
    callee.say(70, 1, {}, ['late'])
    expect([caller.take(), callee.isClosed]).toEqual([[], false])
    expect(world.router.counters.callsTimedOut).toBe(1)
  })

  it('do not interrupt a callee without call canceling [AP-RPC-TMO-06]', () => {
    const [callee, caller] = [registered([]), world.join()]
    caller.say(48, 1, { timeout: 100 }, PROCEDURE)
    callee.take()
    world.advance(100)
    expect([caller.take(), callee.take()]).toEqual([[TIMEOUT], []])
  })

  it.each([{}, { timeout: 0 }, { timeout: null }])('are off for %j [AP-RPC-TMO-04]', (options) => {
    const [callee, caller] = [registered([]), world.join()]
    caller.say(48, 1, options, PROCEDURE)
    world.advance(3_600_000)
    callee.say(70, 1, {})
    expect(caller.take()).toEqual([[50, 1, {}]])
  })

  it('say nothing after the answer', () => {
    const [callee, caller] = [registered(['call_canceling']), world.join()]
    caller.say(48, 1, { timeout: 100 }, PROCEDURE)
    callee.say(70, 1, {})
    world.advance(1_000)
    expect([caller.take(), callee.take().map(([type]) => type)]).toEqual([[[50, 1, {}]], [68]])
  })

  it('count from the CALL to the first result and then from one to the next [AP-RPC-PCR-16]', () => {
    const callee = registered(['call_canceling', 'progressive_call_results'])
    const caller = world.join()
    caller.say(48, 1, { timeout: 100, receive_progress: true }, PROCEDURE)
    for (let i = 0; i < 5; i++) {
      world.advance(90)
      callee.say(70, 1, { progress: true }, [i])
    }
    expect(caller.take()).toHaveLength(5)
    world.advance(100)
    expect(caller.take()).toEqual([TIMEOUT])
  })

  it('end several calls each at its time, in the order of their ends', () => {
    const [callee, caller] = [registered([]), world.join()]
    for (const [i, timeout] of [300, 100, 200, 100].entries()) caller.say(48, i + 1, { timeout }, PROCEDURE)
    callee.take()
    world.advance(100)
    expect(caller.take().map((answer) => answer[2])).toEqual([2, 4])
    world.advance(200)
    expect(caller.take().map((answer) => answer[2])).toEqual([3, 1])
  })

  it.each([
    ['announced call timeouts and registered for them', ['call_timeout'], { forward_timeout: true }, true],
    ['did not register for them', ['call_timeout'], {}, false],
    ['registered not to have them', ['call_timeout'], { forward_timeout: false }, false],
    ['registered for them and did not announce them', [], { forward_timeout: true }, false],
  ])(
    'leave the time to a callee that %s, and to no other [AP-RPC-TMO-05 AP-RPC-TMO-08 AP-RPC-TMO-10]',
    (_, features, options, isForwarded) => {
      const [callee, caller] = [registered(features, options), world.join()]
      caller.say(48, 1, { timeout: 100 }, PROCEDURE)
      expect(callee.takeOne()[3]).toEqual(isForwarded ? { timeout: 100 } : {})
      world.advance(1_000)
      expect(caller.take()).toEqual(isForwarded ? [] : [TIMEOUT])
      callee.say(8, 68, 1, {}, 'wamp.error.timeout')
      expect(caller.take()).toEqual(isForwarded ? [TIMEOUT] : [])
    },
  )

  it('take the longest that can be said', () => {
    const [callee, caller] = [registered([]), world.join()]
    caller.say(48, 1, { timeout: 2 ** 53 }, PROCEDURE)
    world.advance(10_000)
    callee.say(70, 1, {})
    expect(caller.take()).toEqual([[50, 1, {}]])
  })

  it.each([-1, 1.5, '100', true, [100]])('end the session for %j, which is no time', (timeout) => {
    registered([])
    const caller = world.join()
    caller.sayText(JSON.stringify([48, 1, { timeout }, PROCEDURE]))
    expect(caller.take()).toEqual([[3, { message: expect.any(String) as string }, 'wamp.error.protocol_violation']])
  })

  it('leave nothing behind, however the call ends', () => {
    const [callee, caller] = [registered(['call_canceling']), world.join()]
    for (let request = 1; request <= 4; request++) caller.say(48, request, { timeout: 100 }, PROCEDURE)
    callee.say(70, 1, {})
    callee.say(8, 68, 2, {}, 'com.example.failed')
    caller.say(49, 3, { mode: 'skip' })
    caller.drop()
    callee.take()
    expect(world.alarm.ringsIn(world.clock.monotonic())).toBe(100)
    world.advance(100)
    expect(callee.take()).toEqual([])
    expect(world.alarm.ringsIn(world.clock.monotonic())).toBe(Number.POSITIVE_INFINITY)
    expect(world.router.counters.callsTimedOut).toBe(0)
  })
})

describe('a router with the timers of Node', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('ends calls on the millisecond, not when it looks once a second', async () => {
    const router = createRouter({ realms: { realm1: OPEN_REALM } })
    const codec = createJsonSerializer({ convert: createConverter() })
    const join = (name: string): TestPeer => {
      const peer = new TestPeer(codec, () => {}, name)
      peer.opened(router.accept(peer))
      peer.say(1, 'realm1', helloDetails())
      return peer.welcomed()
    }
    const [callee, caller] = [join('callee'), join('caller')]
    callee.say(64, 1, {}, PROCEDURE)
    caller.say(48, 1, { timeout: 40 }, PROCEDURE)
    caller.say(48, 2, { timeout: 20 }, PROCEDURE)
    const came: unknown[] = []
    for (const milliseconds of [19, 1, 19, 1]) {
      vi.advanceTimersByTime(milliseconds)
      came.push(caller.take().map((answer) => answer[2]))
    }
    expect(came).toEqual([[], [2], [], [1]])
    callee.drop()
    caller.drop()
    await router.close()
    expect(vi.getTimerCount()).toBe(0)
  })
})
