// Shows how calls are counted: once each, by the way they ended, and by how long they took.

import type { RealmOptions } from '@trunkline/router'
import type { TestPeer } from '@trunkline/testkit'
import { ALLOW_ALL, OPEN_REALM, World } from '@trunkline/testkit'
import { afterEach, describe, expect, it } from 'vitest'

const PROCEDURE = 'com.example.add'
const FEATURES = ['call_canceling', 'call_reroute', 'progressive_call_results', 'progressive_call_invocations']

let world: World
afterEach(() => world.end())

function scene(realm: RealmOptions = {}): { readonly caller: TestPeer; readonly callee: TestPeer } {
  world = World.of(realm)
  const [caller, callee] = [world.join({ features: { caller: FEATURES } }), world.join({ features: { callee: FEATURES } })]
  callee.say(64, 1, { invoke: 'roundrobin' }, PROCEDURE)
  callee.take()
  return { caller, callee }
}

/** The outcomes that occurred. */
function ended(): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(world.router.counters.callsEnded).filter(([, count]) => count > 0))
}

describe('a call is counted once it has ended', () => {
  it('by the answer of its callee', () => {
    const { caller, callee } = scene()
    caller.say(48, 1, {}, PROCEDURE)
    expect(ended()).toEqual({})
    callee.say(70, 1, {})
    caller.say(48, 2, {}, PROCEDURE)
    callee.say(8, 68, 2, {}, 'com.example.error')
    expect(ended()).toEqual({ result: 1, error: 1 })
  })

  it('because its caller gave it up, or left', () => {
    const { caller } = scene()
    caller.say(48, 1, {}, PROCEDURE)
    caller.say(49, 1, {})
    caller.say(48, 2, {}, PROCEDURE)
    caller.drop()
    expect(ended()).toEqual({ canceled: 1, caller_left: 1 })
  })

  it('because its time was over, or its callee left', () => {
    const { caller, callee } = scene()
    caller.say(48, 1, { timeout: 10 }, PROCEDURE)
    world.advance(10)
    caller.say(48, 2, {}, PROCEDURE)
    callee.drop()
    expect(ended()).toEqual({ timed_out: 1, callee_left: 1 })
  })

  it('because it reached no callee', () => {
    const { caller, callee } = scene({ limits: { pendingCalls: 1 } })
    caller.say(48, 1, {}, 'com.example.missing')
    caller.say(48, 2, {}, 'not..valid')
    caller.say(48, 3, {}, PROCEDURE)
    caller.say(48, 4, {}, PROCEDURE)
    expect(ended()).toEqual({ unmatched: 1, refused: 2 })
    callee.say(70, 1, {})
    callee.maxSendBytes = 10
    caller.say(48, 5, {}, PROCEDURE)
    expect(ended()).toEqual({ unmatched: 1, refused: 3, result: 1 })
  })

  it('because its caller had no right to it', () => {
    const { caller } = scene({ roles: { anonymous: [{ uri: PROCEDURE, allow: ['register'] }] } })
    caller.say(48, 1, {}, PROCEDURE)
    expect(ended()).toEqual({ denied: 1 })
  })

  it('because its answer could not be delivered, or every callee was unavailable', () => {
    const { caller, callee } = scene()
    caller.say(48, 1, {}, PROCEDURE)
    caller.maxSendBytes = 60
    callee.say(70, 1, {}, ['x'.repeat(100)])
    caller.maxSendBytes = Number.POSITIVE_INFINITY
    caller.say(48, 2, {}, PROCEDURE)
    callee.say(8, 68, 2, {}, 'wamp.error.unavailable')
    expect(ended()).toEqual({ undelivered: 2 })
  })
})

describe('the duration of a call', () => {
  /** The series: name, number of calls, seconds in all. */
  const series = (): [realm: string, name: string, count: number, seconds: number][] =>
    Array.from(world.router.durations.series, ({ realm, procedure, durations: { counts, sum } }) => {
      return [realm, procedure, counts.reduce((total, count) => total + count, 0), sum]
    })
  const call = (peers: { readonly caller: TestPeer; readonly callee: TestPeer }, procedure: string, ms: number): void => {
    peers.caller.say(48, peers.caller.nextRequest, {}, procedure)
    const invocation = peers.callee.take().find(([type]) => type === 68)
    world.advance(ms)
    peers.callee.say(70, invocation?.[1], {})
  }

  it('is counted from the start on, from the callee on, until the call has ended', () => {
    const peers = scene()
    call(peers, PROCEDURE, 7)
    expect(series()).toEqual([])
    world.router.durations.start()
    call(peers, PROCEDURE, 30)
    call(peers, PROCEDURE, 40_000)
    expect(series()).toEqual([['realm1', '**', 2, 40.03]])
    const [{ durations } = { durations: undefined }] = [...world.router.durations.series]
    expect(durations?.counts.at(-1)).toBe(1)
    expect(durations?.counts[durations.bounds.indexOf(0.05)]).toBe(1)
  })

  it('belongs to the most specific pattern of a rule that allows calls, or URI of a contract', () => {
    const add = { call: { args: [] }, result: { args: [] } }
    const contract = { trunkline: 'contract/1', prefix: 'com.shop', procedures: { 'com.shop.stock.{item}': add }, topics: {} } as const
    const rules = ['com.example.**', 'com.user.{authid}.get', 'com.shop.**'].map((uri) => ({ uri, allow: ['call', 'register'] as const }))
    const peers = scene({
      roles: { anonymous: [...rules, { uri: 'com.example.add', allow: ['register'] }, ...ALLOW_ALL] },
      contracts: [{ contract }],
    })
    world.router.durations.start()
    peers.callee.say(64, 2, { match: 'prefix' }, 'com.')
    for (const uri of ['com.example.get', 'com.user.7.get', 'com.shop.list', 'com.shop.stock.apples', 'com.shop.stock.pears', 'com.any']) {
      call(peers, uri, 1)
    }
    expect(series().map(([, name, count]) => [name, count])).toEqual([
      ['com.example.**', 1],
      ['com.user.{authid}.get', 1],
      ['com.shop.**', 1],
      ['com.shop.stock.{item}', 2],
      ['**', 1],
    ])
  })

  it('follows the names when a reload changes them', () => {
    const peers = scene()
    world.router.durations.start()
    call(peers, PROCEDURE, 1)
    world.router.updateRealm('realm1', {
      ...OPEN_REALM,
      roles: { anonymous: [...ALLOW_ALL, { uri: PROCEDURE, allow: ['call', 'register'] }] },
    })
    call(peers, PROCEDURE, 1)
    expect(series()).toEqual([
      ['realm1', '**', 1, 0.001],
      ['realm1', PROCEDURE, 1, 0.001],
    ])
  })

  it('has at most 200 series, and one for the rest', () => {
    const rules = Array.from({ length: 210 }, (_, i) => ({ uri: `com.example.p${i}`, allow: ['call', 'register'] as const }))
    const peers = scene({ roles: { anonymous: [...rules, { uri: 'com.**', allow: ['register'] }] } })
    world.router.durations.start()
    peers.callee.say(64, 2, { match: 'prefix' }, 'com.example.')
    for (const { uri } of rules) call(peers, uri, 1)
    expect(series()).toHaveLength(201)
    expect(series().at(-1)).toEqual(['all others', 'all others', 10, expect.closeTo(0.01)])
  })

  it('of very many in a second is that of one in eight, which counts for all eight', () => {
    const peers = scene()
    world.router.durations.start()
    for (let i = 0; i < 1_800; i++) call(peers, PROCEDURE, 0)
    expect(series()).toEqual([['realm1', '**', 1_800, 0]])
    const [first] = world.router.durations.series
    expect(first?.recent).toBe(1_800)
    world.advance(1_000)
    for (let i = 0; i < 5; i++) call(peers, PROCEDURE, 0)
    expect(series()).toEqual([['realm1', '**', 1_805, 0]])
  })
})
