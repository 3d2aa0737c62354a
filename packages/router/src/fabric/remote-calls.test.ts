// Shows calls to callees of other nodes: what a client sees is what one router would show.

import { CALL, CANCEL, CONTRACT_VIOLATION, EMPTY_DICT, uris, YIELD } from '@trunkline/protocol'
import type { ContractFile } from '@trunkline/router'
import { describe, expect, it } from 'vitest'
import type { Node } from '../testing/joined-realms.ts'
import { ALL_FEATURES, JoinedRealms } from '../testing/joined-realms.ts'
import { answer, call, callOf, expectNothingOpen, fail, invocationOf, PROCEDURE, register, scene, seen } from '../testing/remote-calls.ts'

describe('a call to a callee of another node', () => {
  it('passes payload and result', () => {
    const { realms, caller, callee } = scene()
    call(caller, EMPTY_DICT, 'question')
    realms.deliverAll()
    const { request: invocation, payload, details } = invocationOf(callee)
    expect([payload?.args, details]).toEqual([['question'], {}])
    answer(callee, invocation, EMPTY_DICT, 'answer')
    realms.deliverAll()
    expect(seen(caller)).toEqual([['RESULT', {}, ['answer']]])
    expectNothingOpen(realms)
  })

  it('passes the error of the callee', () => {
    const { realms, caller, callee } = scene()
    call(caller)
    realms.deliverAll()
    const { request: invocation } = invocationOf(callee)
    fail(callee, invocation, 'com.example.error')
    realms.deliverAll()
    expect(seen(caller)).toEqual([['ERROR', CALL, 'com.example.error']])
    expectNothingOpen(realms)
  })

  it('counts and times the call at the node of the caller only', () => {
    const { realms, a, b, caller, callee } = scene()
    call(caller)
    realms.deliverAll()
    answer(callee, invocationOf(callee).request, EMPTY_DICT)
    realms.deliverAll()
    expect([a.router.counters.callsRouted, a.router.counters.callsEnded.result]).toEqual([1, 1])
    expect([b.router.counters.callsRouted, b.router.counters.callsEnded.result]).toEqual([0, 0])
    expect([[...a.router.durations.series].length, [...b.router.durations.series].length]).toEqual([1, 0])
    const calls = (node: Node): number[] =>
      [...node.realm.dealer.registrations.values()].filter(({ uri }) => uri === PROCEDURE).map((each) => each.calls)
    expect([calls(a), calls(b)]).toEqual([[1], [0]])
  })

  it('is held to its contract at the node of the caller only', () => {
    const number = { name: 'n', required: true, schema: { type: 'number' } } as const
    const procedures = { [PROCEDURE]: { call: { args: [] }, result: { args: [number] } } }
    const contract: ContractFile = { trunkline: 'contract/1', prefix: 'com.example', procedures, topics: {} }
    const realms = new JoinedRealms(2, { options: { contracts: [{ contract, mode: 'reject', check: ['result'] }] } })
    const [caller, callee] = [realms.at(0).join(), realms.at(1).join()]
    register(callee)
    realms.deliverAll()
    call(caller)
    realms.deliverAll()
    answer(callee, invocationOf(callee).request, EMPTY_DICT, 'no integer')
    realms.deliverAll()
    expect(seen(caller)).toEqual([['ERROR', CALL, CONTRACT_VIOLATION]])
    expect(realms.nodes.map(({ router }) => router.counters.contractViolations)).toEqual([1, 0])
  })

  it('discloses the caller to a callee that asks for it, and tells it the time limit that it enforces', () => {
    const { realms, caller, callee } = scene(2, { disclose_caller: true, forward_timeout: true })
    call(caller, { timeout: 500 })
    realms.deliverAll()
    const { id, identity } = caller.session
    expect(invocationOf(callee).details).toEqual({
      timeout: 500,
      caller: id,
      caller_authid: identity.authid,
      caller_authrole: identity.authrole,
    })
  })

  it('passes progressive results in order, and none that the caller did not ask for', () => {
    const { realms, caller, callee } = scene()
    for (const options of [{ receive_progress: true }, EMPTY_DICT]) {
      call(caller, options)
      realms.deliverAll()
      const { request: invocation, details } = invocationOf(callee)
      expect(details).toEqual(options)
      for (const [at, isLast] of [false, false, true].entries()) {
        const progress = isLast ? EMPTY_DICT : { progress: true }
        answer(callee, invocation, progress, at)
      }
      realms.deliverAll()
    }
    expect(seen(caller)).toEqual([
      ['RESULT', { progress: true }, [0]],
      ['RESULT', { progress: true }, [1]],
      ['RESULT', {}, [2]],
      ['RESULT', {}, [2]],
    ])
    expectNothingOpen(realms)
  })

  it('passes chunks of the caller in order', () => {
    const { realms, caller, callee } = scene()
    const id = call(caller, { progress: true }, 0)
    caller.say(callOf(id, { progress: true }, [1]))
    caller.say(callOf(id, EMPTY_DICT, [2]))
    realms.deliverAll()
    expect(seen(callee)).toEqual([
      ['INVOCATION', { progress: true }, [0]],
      ['INVOCATION', { progress: true }, [1]],
      ['INVOCATION', {}, [2]],
    ])
  })

  it.each([
    ['killnowait', [['INTERRUPT', 'killnowait']], [['ERROR', CALL, uris.CANCELED]]],
    ['skip', [], [['ERROR', CALL, uris.CANCELED]]],
    ['kill', [['INTERRUPT', 'kill']], []],
  ])('is canceled with mode %s', (mode, atCallee, atCaller) => {
    const { realms, caller, callee } = scene()
    const id = call(caller)
    realms.deliverAll()
    const { request: invocation } = invocationOf(callee)
    caller.say({ type: CANCEL, request: id, options: { mode } })
    realms.deliverAll()
    expect(seen(callee)).toEqual(atCallee)
    expect(seen(caller)).toEqual(atCaller)
    fail(callee, invocation, uris.CANCELED)
    realms.deliverAll()
    expect(seen(caller)).toEqual(mode === 'kill' ? [['ERROR', CALL, uris.CANCELED]] : [])
    expectNothingOpen(realms)
  })

  it('ends at its time limit', () => {
    const { realms, caller, callee } = scene()
    call(caller, { timeout: 100 })
    realms.deliverAll()
    callee.take()
    realms.advance(101)
    realms.deliverAll()
    expect(seen(caller)).toEqual([['ERROR', CALL, uris.TIMEOUT]])
    expect(seen(callee)).toEqual([['INTERRUPT', 'killnowait']])
    expectNothingOpen(realms)
  })

  it('interrupts the callee when the caller leaves', () => {
    const { realms, caller, callee } = scene()
    call(caller)
    realms.deliverAll()
    callee.take()
    caller.leave()
    realms.deliverAll()
    expect(seen(callee)).toEqual([['INTERRUPT', 'killnowait']])
    expectNothingOpen(realms)
  })

  it('ends when the callee leaves, and counts as that at the node of the caller', () => {
    const { realms, a, b, caller, callee } = scene()
    call(caller)
    realms.deliverAll()
    callee.leave()
    realms.deliverAll()
    expect(seen(caller)).toEqual([['ERROR', CALL, uris.CANCELED]])
    expect(a.router.counters.callsEnded).toMatchObject({ callee_left: 1, error: 0 })
    expect(b.router.counters.callsEnded).toMatchObject({ callee_left: 0, error: 0 })
    expectNothingOpen(realms)
  })

  it.each([{}, { progress: true }])(
    'is refused at both ends when the answer has passthru that the caller did not announce: %j',
    (progress) => {
      const { realms, a, callee } = scene()
      const features = ALL_FEATURES.filter((feature) => feature !== 'caller.payload_passthru_mode')
      const plain = a.join(features)
      call(plain, { receive_progress: true })
      realms.deliverAll()
      const { request: invocation } = invocationOf(callee)
      answer(callee, invocation, { ...progress, ppt_scheme: 'x_own' }, 'sealed')
      realms.deliverAll()
      const interrupt = 'progress' in progress ? [['INTERRUPT', 'killnowait']] : []
      expect(seen(callee)).toEqual([...interrupt, ['ERROR', YIELD, uris.FEATURE_NOT_SUPPORTED]])
      expect(seen(plain)).toEqual([['ERROR', CALL, uris.FEATURE_NOT_SUPPORTED]])
      expect(a.router.counters.callsEnded).toMatchObject({ refused: 1, error: 0 })
      expectNothingOpen(realms)
    },
  )

  it('passes passthru to a caller that announced it', () => {
    const { realms, caller, callee } = scene()
    call(caller)
    realms.deliverAll()
    const { request: invocation } = invocationOf(callee)
    answer(callee, invocation, { ppt_scheme: 'x_own' }, 'sealed')
    realms.deliverAll()
    expect([seen(caller), seen(callee)]).toEqual([[['RESULT', { ppt_scheme: 'x_own' }, ['sealed']]], []])
  })

  it('ends with network_failure when the node of the callee is lost, and interrupts the callee there', () => {
    const { realms, a, b, caller, callee } = scene()
    call(caller)
    realms.deliverAll()
    callee.take()
    realms.cut(a, b)
    expect(seen(caller)).toEqual([['ERROR', CALL, uris.NETWORK_FAILURE]])
    expect(seen(callee)).toEqual([['INTERRUPT', 'killnowait']])
    call(caller)
    expect(seen(caller)).toEqual([['ERROR', CALL, uris.NO_SUCH_PROCEDURE]])
    realms.link(a, b)
    realms.deliverAll()
    call(caller)
    realms.deliverAll()
    expect(seen(callee)).toEqual([['INVOCATION', {}, undefined]])
  })
})
