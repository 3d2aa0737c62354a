// Shows progressive call invocations: chunks, frozen options, the pinned callee, and what real clients do otherwise.

import type { Authorizer } from '@trunkline/router'
import type { TestPeer } from '@trunkline/testkit'
import { OPEN_REALM, World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const PROCEDURE = 'com.example.procedure'
const STREAMS = ['call_canceling', 'progressive_call_invocations', 'progressive_call_results', 'payload_passthru_mode']

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.end())

const joinCallee = (features: readonly string[] = STREAMS): TestPeer => world.join({ features: { callee: features } })
const joinCaller = (features: readonly string[] = STREAMS): TestPeer => world.join({ features: { caller: features } })

describe('progressive calls', () => {
  it('go chunk by chunk, in order, under one invocation id, to one answer [AP-RPC-PCI-01 AP-RPC-PCI-02 AP-RPC-PCI-07 AP-RPC-PCI-08 AP-RPC-PCI-17]', () => {
    const [callee, caller] = [joinCallee(), joinCaller()]
    const id = callee.register(PROCEDURE)
    caller.say(48, 1, { progress: true }, PROCEDURE, ['a'])
    expect(callee.take()).toEqual([[68, 1, id, { progress: true }, ['a']]])
    caller.sayAll([48, 1, { progress: true }, PROCEDURE, ['b'], { c: 1 }], [48, 1, { progress: true }, PROCEDURE])
    expect(callee.take()).toEqual([
      [68, 1, id, { progress: true }, ['b'], { c: 1 }],
      [68, 1, id, { progress: true }],
    ])
    caller.say(48, 1, {}, PROCEDURE, ['end'])
    expect(callee.take()).toEqual([[68, 1, id, {}, ['end']]])
    callee.say(70, 1, {}, ['result'])
    expect(caller.take()).toEqual([[50, 1, {}, ['result']]])
  })

  it('take `progress: false` and `progress: null` for the last chunk', () => {
    const [callee, caller] = [joinCallee(), joinCaller()]
    const id = callee.register(PROCEDURE)
    for (const [i, progress] of [false, null].entries()) {
      caller.say(48, i + 1, { progress: true }, PROCEDURE)
      caller.say(48, i + 1, { progress }, PROCEDURE)
      expect(callee.take()).toEqual([
        [68, i + 1, id, { progress: true }],
        [68, i + 1, id, {}],
      ])
    }
  })

  it('may be under way side by side, and beside other requests [AP-RPC-PCI-15]', () => {
    const [callee, caller] = [joinCallee(), joinCaller()]
    callee.register(PROCEDURE)
    caller.sayAll(
      [48, 1, { progress: true }, PROCEDURE, ['1a']],
      [48, 2, { progress: true }, PROCEDURE, ['2a']],
      [32, 3, {}, 'com.example.topic'],
      [48, 1, {}, PROCEDURE, ['1b']],
      [48, 4, {}, PROCEDURE, ['4']],
      [48, 2, {}, PROCEDURE, ['2b']],
    )
    expect(callee.take().map((invocation) => [invocation[1], invocation[4]])).toEqual([
      [1, ['1a']],
      [2, ['2a']],
      [1, ['1b']],
      [3, ['4']],
      [2, ['2b']],
    ])
    expect(caller.take().map(([type]) => type)).toEqual([33])
  })

  it('stream both ways, chunks and results not in pairs; the callee may end it first [AP-RPC-PCI-26 AP-RPC-PCI-30]', () => {
    const [callee, caller] = [joinCallee(), joinCaller()]
    callee.register(PROCEDURE)
    caller.say(48, 1, { progress: true, receive_progress: true }, PROCEDURE)
    expect(callee.takeOne()[3]).toEqual({ progress: true, receive_progress: true })
    callee.say(70, 1, { progress: true }, [1])
    callee.say(70, 1, { progress: true }, [2])
    caller.say(48, 1, { progress: true }, PROCEDURE)
    callee.say(70, 1, {}, ['enough'])
    caller.say(48, 1, {}, PROCEDURE)
    expect(caller.take()).toEqual([
      [50, 1, { progress: true }, [1]],
      [50, 1, { progress: true }, [2]],
      [50, 1, {}, ['enough']],
    ])
    expect(callee.take()).toHaveLength(1)
    expect(world.router.counters.lateChunksDropped).toBe(1)
  })

  it('keep the options of the first CALL, those of later ones change nothing [AP-RPC-PCI-22 AP-RPC-PCI-23 AP-RPC-PCI-24]', () => {
    const [callee, caller] = [joinCallee(), joinCaller()]
    callee.register('com.example.', { match: 'prefix' })
    const options = { disclose_me: true, receive_progress: true, ppt_scheme: 'x_a', ppt_keyid: 'k' }
    caller.say(48, 1, { progress: true, ...options }, PROCEDURE)
    caller.say(48, 1, { progress: true, disclose_me: false, ppt_scheme: 'x_b', ppt_cipher: 'c', timeout: 1, _custom: 1 }, PROCEDURE)
    caller.say(48, 1, {}, PROCEDURE)
    const common = {
      procedure: PROCEDURE,
      receive_progress: true,
      caller: caller.session,
      caller_authid: expect.stringMatching(/^anonymous-/) as string,
      caller_authrole: 'anonymous',
      ppt_scheme: 'x_a',
      ppt_keyid: 'k',
    }
    expect(callee.take().map((invocation) => invocation[3])).toEqual([{ ...common, progress: true }, { ...common, progress: true }, common])
    world.advance(10)
    callee.say(70, 1, { progress: true })
    expect(caller.take()).toEqual([[50, 1, { progress: true }]])
  })

  it.each(['roundrobin', 'random', 'last'])('stay with the callee that %s chose for the first chunk [AP-RPC-PCI-10]', (invoke) => {
    const [first, second, caller] = [joinCallee(), joinCallee(), joinCaller()]
    first.register(PROCEDURE, { invoke })
    second.register(PROCEDURE, { invoke })
    caller.say(48, 1, { progress: true }, PROCEDURE)
    const [chosen, other] = first.take().length === 1 ? [first, second] : [second, first]
    if (chosen === second) expect(second.take()).toHaveLength(1)
    const late = joinCallee()
    late.register(PROCEDURE, { invoke })
    for (let i = 0; i < 5; i++) caller.say(48, 1, { progress: true }, PROCEDURE)
    expect(chosen.take().map((invocation) => invocation.slice(0, 2))).toEqual(Array.from({ length: 5 }, () => [68, 1]))
    expect([other.take(), late.take()]).toEqual([[], []])
  })

  it('go on when the registration is gone meanwhile', () => {
    const [callee, caller] = [joinCallee(), joinCaller()]
    const id = callee.register(PROCEDURE)
    caller.say(48, 1, { progress: true }, PROCEDURE)
    callee.say(66, 2, id)
    callee.take()
    caller.say(48, 1, {}, PROCEDURE)
    expect(callee.take()).toEqual([[68, 1, id, {}]])
  })

  it.each([
    ['neither', []],
    ['no call canceling', ['progressive_call_invocations']],
    ['no progressive invocations', ['call_canceling']],
  ])('are refused for a callee that announced %s; later chunks are discarded [AP-RPC-PCI-05 AP-RPC-PCI-13]', (_, features) => {
    const [callee, caller] = [joinCallee(features), joinCaller()]
    const id = callee.register(PROCEDURE)
    caller.sayAll(
      [48, 1, { progress: true }, PROCEDURE],
      [48, 1, { progress: true }, PROCEDURE],
      [48, 1, {}, PROCEDURE],
      [48, 2, {}, PROCEDURE],
    )
    expect(caller.take()).toEqual([[8, 48, 1, {}, 'wamp.error.feature_not_supported', [expect.any(String)]]])
    expect(callee.take()).toEqual([[68, 1, id, {}]])
    expect(caller.isClosed).toBe(false)
  })

  it('are refused by procedures of the router itself', () => {
    const caller = joinCaller()
    caller.say(48, 1, { progress: true }, 'wamp.session.count')
    expect(caller.take()).toEqual([[8, 48, 1, {}, 'wamp.error.feature_not_supported', [expect.any(String)]]])
  })

  it('that match nothing are refused once, however many chunks follow [AP-RPC-PCI-13]', () => {
    const caller = joinCaller()
    caller.sayAll([48, 1, { progress: true }, PROCEDURE], [48, 1, { progress: true }, PROCEDURE], [48, 1, {}, PROCEDURE])
    expect(caller.take()).toEqual([[8, 48, 1, { callees: 0 }, 'wamp.error.no_such_procedure', [expect.any(String)]]])
  })

  it('interrupt the callee when the caller leaves between chunks [AP-RPC-PCI-11]', () => {
    const [callee, caller] = [joinCallee(), joinCaller()]
    callee.register(PROCEDURE)
    caller.say(48, 1, { progress: true }, PROCEDURE)
    callee.take()
    caller.drop()
    expect(callee.take()).toEqual([[69, 1, { mode: 'killnowait', reason: 'wamp.error.canceled' }]])
  })

  it('end with canceled when the callee leaves between chunks [AP-RPC-PCI-12]', () => {
    const [callee, caller] = [joinCallee(), joinCaller()]
    callee.register(PROCEDURE)
    caller.say(48, 1, { progress: true }, PROCEDURE)
    callee.drop()
    caller.say(48, 1, { progress: true }, PROCEDURE)
    expect(caller.take()).toEqual([[8, 48, 1, {}, 'wamp.error.canceled', [expect.any(String)]]])
  })

  it('end with an error when the callee cannot take a chunk, in place of leaving it out', () => {
    const [callee, caller] = [joinCallee(), joinCaller()]
    callee.register(PROCEDURE)
    caller.say(48, 1, { progress: true }, PROCEDURE)
    callee.take()
    callee.maxSendBytes = 1_000
    caller.say(48, 1, { progress: true }, PROCEDURE, ['x'.repeat(2_000)])
    caller.say(48, 1, {}, PROCEDURE)
    expect(caller.take()).toEqual([[8, 48, 1, {}, 'wamp.error.payload_size_exceeded', [expect.any(String)]]])
    expect(callee.take()).toEqual([[69, 1, { mode: 'killnowait', reason: 'wamp.error.canceled' }]])
  })

  it.each([
    [97, 68],
    [98, undefined],
  ])('keep as many octets of attributes as the limit: 3 and %i of 100', (length, type) => {
    world.router.addRealm('small', { ...OPEN_REALM, limits: { callBytes: 100 } })
    const [callee, caller] = [
      world.join({ realm: 'small', features: { callee: STREAMS } }),
      world.join({ realm: 'small', features: { caller: STREAMS } }),
    ]
    callee.register(PROCEDURE)
    caller.say(48, 1, { progress: true, ppt_scheme: 'x_a', ppt_keyid: 'k'.repeat(length) }, PROCEDURE)
    expect([callee.take()[0]?.[0], caller.take()[0]?.[4]]).toEqual([type, type === 68 ? undefined : 'trunkline.error.limit_exceeded'])
  })

  it('keep no more octets of attributes than the limit', () => {
    world.router.addRealm('small', { ...OPEN_REALM, limits: { callBytes: 100 } })
    const [callee, caller] = [
      world.join({ realm: 'small', features: { callee: STREAMS } }),
      world.join({ realm: 'small', features: { caller: STREAMS } }),
    ]
    callee.register(PROCEDURE)
    const options = { progress: true, ppt_scheme: 'x_a', ppt_keyid: 'k'.repeat(60) }
    for (let request = 1; request <= 2; request++) caller.say(48, request, options, PROCEDURE)
    const limit = { limit: 'octets kept with open calls', value: 100 }
    expect(caller.take()).toEqual([[8, 48, 2, limit, 'trunkline.error.limit_exceeded', [expect.any(String)]]])
    callee.say(70, 1, {})
    caller.say(48, 3, options, PROCEDURE)
    expect(callee.take().map((invocation) => invocation[1])).toEqual([1, 2])
  })
})

describe('progressive calls and an authorizer that takes its time', () => {
  /** Answers when the test says so. */
  function slow(): { authorizer: Authorizer; answer: (verdict: boolean) => void } {
    const waiting: ((verdict: boolean) => void)[] = []
    return {
      authorizer: { allows: ({ action }, answer) => (action === 'call' ? void waiting.push(answer) : true) },
      answer: (verdict) => {
        waiting.shift()?.(verdict)
        world.settle()
      },
    }
  }

  it('are judged once; chunks that came meanwhile follow in order', () => {
    const { authorizer, answer } = slow()
    world = World.of({ authorizer })
    const [callee, caller] = [joinCallee(), joinCaller()]
    callee.register(PROCEDURE)
    for (const [chunk, options] of [{ progress: true }, { progress: true }, {}].entries()) caller.say(48, 1, options, PROCEDURE, [chunk])
    expect(callee.take()).toEqual([])
    answer(true)
    expect(callee.take().map((invocation) => invocation[4])).toEqual([[0], [1], [2]])
  })

  it('are judged again, chunks and all, when rights changed meanwhile', () => {
    const { authorizer, answer } = slow()
    world = World.of({ authorizer })
    const [callee, caller] = [joinCallee(), joinCaller()]
    callee.register(PROCEDURE)
    for (const [chunk, options] of [{ progress: true }, {}].entries()) caller.say(48, 1, options, PROCEDURE, [chunk])
    world.router.updateRealm('realm1', { ...OPEN_REALM, authorizer: { allows: authorizer.allows.bind(authorizer) } })
    answer(true)
    answer(true)
    expect(callee.take().map((invocation) => invocation[4])).toEqual([[0], [1]])
  })

  it('that are denied are answered once; chunks that came meanwhile are discarded', () => {
    const { authorizer, answer } = slow()
    world = World.of({ authorizer })
    const caller = joinCaller()
    for (const options of [{ progress: true }, { progress: true }, {}]) caller.say(48, 1, options, PROCEDURE)
    answer(false)
    caller.say(48, 1, {}, PROCEDURE)
    expect(caller.take()).toEqual([[8, 48, 1, {}, 'wamp.error.not_authorized', [expect.any(String)]]])
    expect(caller.isClosed).toBe(false)
  })
})

describe('clients that announce less than they use', () => {
  it('tolerates progressive calls of a caller that did not announce them: wampy does not', () => {
    const [callee, caller] = [joinCallee(), joinCaller(['progressive_call_results'])]
    const id = callee.register(PROCEDURE)
    caller.say(48, 1, { progress: true, receive_progress: null, timeout: null, ppt_scheme: null }, PROCEDURE, ['a'])
    caller.say(48, 1, { progress: false }, PROCEDURE, ['b'])
    expect(callee.take()).toEqual([
      [68, 1, id, { progress: true }, ['a']],
      [68, 1, id, {}, ['b']],
    ])
  })

  it('tolerates progressive results of a callee that cannot be interrupted: autobahn-js announces no call canceling', () => {
    const [callee, caller] = [joinCallee(['progressive_call_results']), joinCaller()]
    const id = callee.register(PROCEDURE)
    caller.say(48, 1, { receive_progress: true }, PROCEDURE)
    expect(callee.takeOne()).toEqual([68, 1, id, { receive_progress: true }])
    callee.say(70, 1, { progress: true }, [1])
    caller.drop()
    callee.say(70, 1, { progress: true }, [2])
    expect([callee.take(), callee.isClosed]).toEqual([[], false])
  })

  it('tolerates progressive results of a callee that announced none, where the caller asked for them: wampy is such a callee', () => {
    const [callee, caller] = [joinCallee([]), joinCaller()]
    const id = callee.register(PROCEDURE)
    caller.say(48, 1, { receive_progress: true }, PROCEDURE)
    expect(callee.takeOne()).toEqual([68, 1, id, {}])
    callee.say(70, 1, { progress: true }, [1])
    callee.say(70, 1, {}, ['end'])
    expect(caller.take()).toEqual([
      [50, 1, { progress: true }, [1]],
      [50, 1, {}, ['end']],
    ])
  })

  it('refuses all that where the realm is strict about announcements [AP-RPC-PCI-03 AP-RPC-PCR-03]', () => {
    world.router.addRealm('strict', { ...OPEN_REALM, announcements: 'strict' })
    const callee = world.join({ realm: 'strict', features: { callee: ['progressive_call_results'] } })
    const id = callee.register(PROCEDURE)
    const caller = world.join({ realm: 'strict' })
    caller.say(48, 1, { receive_progress: true }, PROCEDURE)
    expect(callee.takeOne()).toEqual([68, 1, id, {}])
    callee.say(70, 1, { progress: true }, [1])
    expect(caller.take()).toEqual([])
    caller.say(48, 2, { progress: true }, PROCEDURE)
    expect(caller.take()).toEqual([[3, { message: expect.any(String) as string }, 'wamp.error.protocol_violation']])
    expect(caller.isClosed).toBe(true)
  })
})
