// Shows which callee of several nodes gets a call, and which one when that does not take it.

import { CALL, CANCEL, EMPTY_DICT, INVOCATION, uris } from '@trunkline/protocol'
import { describe, expect, it } from 'vitest'
import { keyHash, shardOf } from '../core/state/sharding.ts'
import type { Member, Node } from '../testing/joined-realms.ts'
import { JoinedRealms } from '../testing/joined-realms.ts'
import { call, callOf, expectNothingOpen, fail, invocationOf, register, scene, seen } from '../testing/remote-calls.ts'

describe('a call that its callee does not take', () => {
  it('goes to another callee when its callee has left before it comes', () => {
    const { realms, a, b, caller, callee } = scene(3, { invoke: 'first' })
    const other = realms.at(2).join()
    register(other, { invoke: 'first', disclose_caller: true })
    realms.deliverAll()
    other.take()
    call(caller, EMPTY_DICT, 'question')
    callee.leave() // Its UNCLAIM and the INVOKE cross.
    realms.deliverAll()
    expect(callee.take()).toEqual([])
    // As the other callee wants them, not as the first did.
    expect(invocationOf(other)).toMatchObject({ details: { caller: caller.session.id }, payload: { args: ['question'] } })
    expect([a.router.counters.callsRouted, b.router.counters.callsRouted]).toEqual([1, 0])
  })

  it('goes to the callee that its key belongs to now, when the one before has left before it comes', () => {
    const { realms, caller, callee } = scene(3, { invoke: '_sharded' })
    const other = realms.at(2).join()
    register(other, { invoke: '_sharded' })
    realms.deliverAll()
    other.take()
    for (let key = 0; key < 8; key++) call(caller, { runmode: 'partition', rkey: key }, key)
    callee.leave()
    realms.deliverAll()
    expect(callee.take()).toEqual([])
    expect(
      seen(other)
        .map((each) => JSON.stringify(each))
        .toSorted(),
    ).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((key) => JSON.stringify(['INVOCATION', {}, [key]])))
    expect(seen(caller)).toEqual([])
  })

  it('goes to no other callee when the queue of the one that its key belongs to is full', () => {
    const { realms, caller, callee } = scene(3, { invoke: '_sharded', _shard: [0, 1, 2] })
    const other = realms.at(2).join()
    register(other, { invoke: '_sharded' })
    realms.deliverAll()
    other.take()
    callee.isFull = true
    const key = Array.from({ length: 10_000 }, (_, i) => i).find((each) => shardOf(keyHash(each) ?? 0) < 3)
    call(caller, { runmode: 'partition', rkey: key })
    realms.deliverAll()
    expect([seen(caller), seen(other)]).toEqual([[['ERROR', CALL, uris.UNAVAILABLE]], []])
  })

  it('is unmatched when its only callee has left before it comes', () => {
    const { realms, caller, callee } = scene()
    call(caller)
    callee.leave()
    realms.deliverAll()
    expect(seen(caller)).toEqual([['ERROR', CALL, uris.NO_SUCH_PROCEDURE]])
    expectNothingOpen(realms)
  })

  it('goes to another callee when the queue of its callee is full, or is refused', () => {
    const { realms, caller, callee } = scene(2, { invoke: 'first' })
    callee.isFull = true
    call(caller)
    realms.deliverAll()
    expect(seen(caller)).toEqual([['ERROR', CALL, uris.UNAVAILABLE]])
    const other = realms.at(1).join()
    register(other, { invoke: 'first' })
    realms.deliverAll()
    other.take()
    call(caller)
    realms.deliverAll()
    expect(seen(other)).toEqual([['INVOCATION', {}, undefined]])
  })

  it('asks no callee twice, not even one of this node whose queue was full', () => {
    const { realms, a, caller, callee } = scene(2, { invoke: 'last' })
    callee.isFull = true
    const own = a.join()
    register(own, { invoke: 'last' })
    realms.deliverAll()
    own.take()
    own.isFull = true
    call(caller)
    own.isFull = false // The second time it would take the call.
    realms.deliverAll()
    expect([seen(own), seen(caller)]).toEqual([[], [['ERROR', CALL, uris.UNAVAILABLE]]])
    expectNothingOpen(realms)
  })

  it('is refused when it comes back after further chunks', () => {
    const { realms, caller, callee } = scene(3, { invoke: 'first' })
    register(realms.at(2).join(), { invoke: 'first' })
    realms.deliverAll()
    const id = call(caller, { progress: true })
    caller.say(callOf(id, EMPTY_DICT))
    callee.leave()
    realms.deliverAll()
    expect(seen(caller)).toEqual([['ERROR', CALL, uris.NO_SUCH_PROCEDURE]])
    expectNothingOpen(realms)
  })

  it('is canceled when it comes back after CANCEL with mode kill', () => {
    const { realms, caller, callee } = scene(3, { invoke: 'first' })
    register(realms.at(2).join(), { invoke: 'first' })
    realms.deliverAll()
    const id = call(caller)
    caller.say({ type: CANCEL, request: id, options: { mode: 'kill' } })
    callee.leave()
    realms.deliverAll()
    expect(seen(caller)).toEqual([['ERROR', CALL, uris.CANCELED]])
    expectNothingOpen(realms)
  })

  it('is passed on by a callee that is unavailable, to a callee of this node too', () => {
    const { realms, a, caller, callee } = scene(2, { invoke: 'first' })
    const other = a.join()
    register(other, { invoke: 'first' })
    realms.deliverAll()
    other.take()
    call(caller, EMPTY_DICT, 'question')
    realms.deliverAll()
    const { request: invocation } = invocationOf(callee)
    fail(callee, invocation, uris.UNAVAILABLE)
    realms.deliverAll()
    expect(seen(other)).toEqual([['INVOCATION', {}, ['question']]])
    expect(a.router.counters.callsRerouted).toBe(1)
  })
})

describe('the choice of a callee', () => {
  function shared(
    invoke: string,
    prefersOwn: boolean,
  ): { realms: JoinedRealms; members: Member[]; called: (from: Node, count: number) => number[] } {
    const realms = new JoinedRealms(3, { prefersOwn })
    const members = [0, 1, 2, 1].map((at) => {
      const member = realms.at(at).join()
      register(member, { invoke })
      realms.deliverAll()
      member.take()
      return member
    })
    const called = (from: Node, count: number): number[] => {
      const caller = from.join()
      return Array.from({ length: count }, () => {
        call(caller)
        realms.deliverAll()
        return members.findIndex((member) => member.take().some(({ type }) => type === INVOCATION))
      })
    }
    return { realms, members, called }
  }

  it('prefers callees of its own node', () => {
    const { realms, called } = shared('roundrobin', true)
    expect(new Set(called(realms.at(0), 4))).toEqual(new Set([0]))
    expect(new Set(called(realms.at(1), 4))).toEqual(new Set([1, 3]))
  })

  it('goes round over the callees of all nodes, beginning at another place on each', () => {
    const { realms, called } = shared('roundrobin', false)
    expect(called(realms.at(0), 4)).toEqual([0, 1, 2, 3])
    expect(called(realms.at(1), 4)).toEqual([3, 0, 1, 2])
  })

  it('first and last: is the same on all nodes', () => {
    for (const [invoke, expected] of [
      ['first', 0],
      ['last', 3],
    ] as const) {
      const { realms, called } = shared(invoke, true)
      expect(realms.nodes.flatMap((node) => called(node, 1))).toEqual([expected, expected, expected])
    }
  })

  it('calls callees of a node that is about to stop only where there are no others', () => {
    const { realms, members, called } = shared('first', true)
    const [a, b] = [realms.at(0), realms.at(1)]
    b.neighbours.get(a)?.sessions.drain()
    expect(called(b, 1)).toEqual([1])
    for (const at of [1, 2, 3]) members[at]?.leave()
    realms.deliverAll()
    expect(called(b, 1)).toEqual([0])
  })
})
