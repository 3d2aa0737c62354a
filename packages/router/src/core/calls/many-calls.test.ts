// Shows that one session with thousands of calls to the router's own procedures, or to an authorizer, leaves turns for others.

import type { TestPeer } from '@trunkline/testkit'
import { OPEN_REALM, World } from '@trunkline/testkit'
import { describe, expect, it } from 'vitest'
import { createRouter } from '../../router.ts'
import type { Tasks } from '../../testing/one-by-one.ts'
import { oneByOne } from '../../testing/one-by-one.ts'

describe("the router's own procedures", () => {
  it('answer each caller in turn, one call in a task', () => {
    const world = new World()
    const [many, one] = [world.join(), world.join()]
    const tasks = oneByOne(world)
    many.sayAll(...Array.from({ length: 1_000 }, (_, i) => [48, i + 1, {}, 'wamp.session.count']))
    one.say(48, 1, {}, 'wamp.session.count')
    tasks.turn()
    tasks.turn()
    expect([many.take().length, one.take()]).toEqual([1, [[50, 1, {}, [2]]]])
    tasks.turn()
    expect(many.take().map(([, request]) => request)).toEqual([2])
    while (!tasks.isIdle) tasks.turn()
    expect(many.take().length).toBe(998)
  })

  it('do nothing for a call that was canceled, or whose caller has left, before its turn', () => {
    const world = new World()
    const [caller, gone, killed] = [world.join(), world.join(), world.join()]
    const tasks = oneByOne(world)
    caller.sayAll([48, 1, {}, 'wamp.session.kill', [killed.session]], [49, 1, {}])
    gone.sayAll([48, 1, {}, 'wamp.session.kill', [killed.session]], [6, {}, 'wamp.close.close_realm'])
    while (!tasks.isIdle) tasks.turn()
    expect([caller.takeOne()[4], killed.take()]).toEqual(['wamp.error.canceled', []])
  })
})

describe('messages that waited for an authorizer', () => {
  it('are gone on with in several turns, in their order, with what comes meanwhile behind them', () => {
    const answers: ((verdict: boolean) => void)[] = []
    const authorizer = {
      allows: ({ uri }: { uri: string }, answer: (verdict: boolean) => void) => (uri === 'slow' ? void answers.push(answer) : true),
    }
    const world = new World({ realms: { realm1: { ...OPEN_REALM, authorizer } } })
    const [publisher, subscriber] = [world.join(), world.join()]
    subscriber.say(32, 1, {}, 'fast')
    subscriber.take()
    publisher.say(16, 1, {}, 'slow')
    publisher.sayAll(...Array.from({ length: 100 }, (_, i) => [16, i + 2, {}, 'fast', [i]]))
    const tasks = oneByOne(world)
    answers.shift()?.(true)
    const first = subscriber.take().length
    expect(first).toBeLessThan(50)
    publisher.say(16, 102, {}, 'fast', [100])
    expect(subscriber.take()).toEqual([])
    const rest: unknown[] = []
    for (let turns = 0; !tasks.isIdle; turns++) {
      tasks.turn()
      const taken = subscriber.take()
      expect(taken.length).toBeLessThan(50)
      rest.push(...taken.map((event) => (event[4] as number[])[0]))
    }
    expect(rest).toEqual(Array.from({ length: 101 - first }, (_, i) => first + i))
  })
})

describe('the scheduler of a router that is given none', () => {
  it('gives the event loop a turn while own procedures are called without end', async () => {
    let reads = 0
    const clock = { now: () => 0, monotonic: () => (reads += 10) }
    const router = createRouter({ realms: { realm1: OPEN_REALM }, clock })
    const local = router.openLocal({ authid: 'a', authrole: 'anonymous' })
    let turns = 0
    let isOver = false
    const count = (): void => {
      if (isOver) return
      turns++
      setImmediate(count)
    }
    setImmediate(count)
    await new Promise<void>((resolve) => {
      local.attach({
        onMessage: (message) => {
          if (message.type === 50 && message.request === 20) resolve()
          if (message.type !== 2) return
          for (let request = 1; request <= 20; request++)
            local.send({ type: 48, request, options: {}, procedure: 'wamp.session.count', payload: undefined })
        },
        onProtocolError() {},
        onClose() {},
      })
      local.send({ type: 1, realm: 'realm1', details: { roles: { caller: {} } } })
    })
    isOver = true
    local.close()
    expect(turns).toBeGreaterThan(20)
    await router.close()
  })
})

describe('very many calls to one callee that leaves', () => {
  /** 3,000 open calls, the last of them progressive; what is deferred from now on runs one by one. */
  function scene(): { callee: TestPeer; caller: TestPeer; tasks: Tasks } {
    const world = new World()
    const callee = world.join({ features: { callee: ['call_canceling', 'progressive_call_invocations'] } })
    const caller = world.join({ features: { caller: ['call_canceling', 'progressive_call_invocations'] } })
    callee.register('slow')
    caller.sayAll(...Array.from({ length: 3_000 }, (_, i) => [48, i + 1, i === 2_999 ? { progress: true } : {}, 'slow']))
    callee.take()
    return { callee, caller, tasks: oneByOne(world) }
  }

  it('end in several turns, each with an answer', () => {
    const { callee, caller, tasks } = scene()
    callee.drop()
    const first = caller.take()
    expect(first.length).toBeLessThan(2_000)
    while (!tasks.isIdle) tasks.turn()
    const all = [...first, ...caller.take()]
    expect(all.map(([, , request]) => request)).toEqual(Array.from({ length: 3_000 }, (_, i) => i + 1))
    expect(new Set(all.map(([, , , , error]) => error))).toEqual(new Set(['wamp.error.canceled']))
  })

  it('reach it no more meanwhile, neither by CANCEL nor by a further chunk', () => {
    const { callee, caller, tasks } = scene()
    callee.say(6, {}, 'wamp.close.close_realm')
    expect(callee.take().map(([type]) => type)).toEqual([6])
    caller.take()
    caller.sayAll([49, 2_998, { mode: 'killnowait' }], [49, 2_999, { mode: 'kill' }], [48, 3_000, { progress: true }, 'slow'])
    expect(caller.take().map(([, , request]) => request)).toEqual([2_998])
    while (!tasks.isIdle) tasks.turn()
    expect(
      caller
        .take()
        .map(([, , request]) => request)
        .slice(-2),
    ).toEqual([2_999, 3_000])
    expect(callee.take()).toEqual([])
  })
})
