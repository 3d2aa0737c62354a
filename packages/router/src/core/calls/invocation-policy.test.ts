// Shows which of several callees gets a call (specification: "Shared Registration").

import { World } from '@trunkline/testkit'
import type { TestPeer } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const PROCEDURE = 'com.example.procedure'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.end())

describe('shared registration', () => {
  /** Callees 0, 1, 2 register in this order. */
  function shared(invoke: string): { callees: TestPeer[]; caller: TestPeer; called: (count: number) => number[]; id: number } {
    const callees = [world.join(), world.join(), world.join()]
    const ids = callees.map((callee) => callee.register(PROCEDURE, { invoke }))
    expect(new Set(ids).size).toBe(1)
    const caller = world.join()
    let request = 0
    const called = (count: number): number[] =>
      Array.from({ length: count }, () => {
        caller.say(48, ++request, {}, PROCEDURE)
        const at = callees.findIndex((callee) => callee.take().length > 0)
        caller.take()
        return at
      })
    return { callees, caller, called, id: ids[0] ?? 0 }
  }

  it('roundrobin: gives calls to the callees in turn, in the order of registration [AP-RPC-SHR-06 AP-RPC-SHR-10]', () => {
    const { callees, called } = shared('roundrobin')
    expect(called(7)).toEqual([0, 1, 2, 0, 1, 2, 0])
    callees[0]?.drop()
    expect(called(4)).toEqual([1, 2, 1, 2])
  })

  it('first: gives all calls to the oldest living callee [AP-RPC-SHR-08]', () => {
    const { callees, called } = shared('first')
    expect(called(2)).toEqual([0, 0])
    callees[0]?.drop()
    expect(called(2)).toEqual([1, 1])
  })

  it('last: gives all calls to the newest living callee [AP-RPC-SHR-09]', () => {
    const { callees, called } = shared('last')
    expect(called(2)).toEqual([2, 2])
    callees[2]?.drop()
    expect(called(2)).toEqual([1, 1])
  })

  it('random: gives calls to all callees, some time [AP-RPC-SHR-07]', () => {
    const { called } = shared('random')
    expect(new Set(called(60))).toEqual(new Set([0, 1, 2]))
  })

  it('lets the first callee set the policy, anew when all have gone [AP-RPC-SHR-02]', () => {
    const [first, second, caller] = [world.join(), world.join(), world.join()]
    const invokeOf = (id: number, request: number): unknown => {
      caller.say(48, request, {}, 'wamp.registration.get', [id])
      return (caller.takeOne()[3] as { invoke: string }[])[0]?.invoke
    }
    expect(invokeOf(first.register(PROCEDURE, { invoke: 'random' }), 1)).toBe('random')
    first.drop()
    expect(invokeOf(second.register(PROCEDURE, { invoke: 'last' }), 2)).toBe('last')
  })

  it('refuses another policy while the registration lives [AP-RPC-SHR-05]', () => {
    const { callees, id } = shared('roundrobin')
    const other = world.join()
    other.say(64, 1, { invoke: 'first' }, PROCEDURE)
    other.say(64, 2, {}, PROCEDURE)
    expect(other.take()).toEqual([
      [
        8,
        64,
        1,
        { registration: id },
        'wamp.error.procedure_already_exists',
        [`${PROCEDURE}: already registered with invoke 'roundrobin'`, PROCEDURE],
      ],
      [
        8,
        64,
        2,
        { registration: id },
        'wamp.error.procedure_already_exists',
        [`${PROCEDURE}: already registered with invoke 'roundrobin'`, PROCEDURE],
      ],
    ])
    for (const callee of callees) callee.say(66, 2, id)
    expect(other.register(PROCEDURE, { invoke: 'first' })).not.toBe(id)
  })

  it('answers a repeated REGISTER of a callee with the same id and lists it once [AP-RPC-SHR-11]', () => {
    const { callees, called, id } = shared('roundrobin')
    callees[0]?.say(64, 2, { invoke: 'roundrobin' }, PROCEDURE)
    expect(callees[0]?.takeOne()).toEqual([65, 2, id])
    expect(called(4)).toEqual([0, 1, 2, 0])
  })

  it('lets one callee unregister without the others', () => {
    const { callees, called, id } = shared('first')
    callees[0]?.say(66, 2, id)
    expect(callees[0]?.takeOne()).toEqual([67, 2])
    expect(called(1)).toEqual([1])
  })
})
