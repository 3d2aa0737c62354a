// Shows sharded registrations, an extension of ours (docs/adr/0011-sharding.md).

import type { RealmOptions } from '@trunkline/router'
import type { TestPeer } from '@trunkline/testkit'
import { ALLOW_ALL, World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keyHash, shardOf } from '../state/sharding.ts'

const PROCEDURE = 'com.example.procedure'
const SHARDED = { invoke: '_sharded' }
const KEYS = Array.from({ length: 200 }, (_, i) => `key-${i}`)

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.end())

/** Registers; returns the registration id. */
function register(peer: TestPeer, options: Record<string, unknown> = {}): number {
  return peer.register(PROCEDURE, { ...SHARDED, ...options })
}

const shardOfKey = (key: string | number): number => shardOf(keyHash(key) ?? -1)

/** Calls once with each key; says for each callee with which keys it was called. */
function keysByCallee(caller: TestPeer, callees: readonly TestPeer[], keys: readonly string[], request = 1): string[][] {
  for (const [i, rkey] of keys.entries()) caller.say(48, request + i, { runmode: 'partition', rkey }, PROCEDURE, [rkey])
  const taken = callees.map((callee) => callee.take())
  for (const [i, invocations] of taken.entries()) for (const [, invocation] of invocations) callees[i]?.say(70, invocation, {})
  expect(caller.take().map(([type]) => type)).toEqual(keys.map(() => 50))
  return taken.map((invocations) => invocations.map(([, , , , args]) => String((args as unknown[])[0])))
}

describe('a sharded registration', () => {
  it('is announced by an attribute of ours, and not as the feature of the specification', () => {
    const peer = world.connect()
    peer.say(1, 'realm1', { roles: { caller: {} } })
    const { roles } = peer.takeOne()[2] as { roles: Record<string, { _sharding: unknown; features: Record<string, unknown> }> }
    for (const role of ['broker', 'dealer']) {
      expect(roles[role]?._sharding).toBe(true)
      expect(Object.keys(roles[role]?.features ?? {}).filter((name) => name.includes('shard'))).toEqual([])
    }
  })

  it('gives a call to the callee that holds the shard of its rkey', () => {
    const [low, high, caller] = [world.join(), world.join(), world.join()]
    const all = Array.from({ length: 1024 }, (_, i) => i)
    register(low, { _shard: all.slice(0, 512) })
    register(high, { _shard: all.slice(512) })
    expect(keysByCallee(caller, [low, high], KEYS)).toEqual([
      KEYS.filter((key) => shardOfKey(key) < 512),
      KEYS.filter((key) => shardOfKey(key) >= 512),
    ])
  })

  it.each(['json', 'msgpack', 'cbor'] as const)('takes strings and integers as keys in %s, with or without runmode', (serializer) => {
    const [callee, other, caller] = [world.join({ serializer }), world.join({ serializer }), world.join({ serializer })]
    const id = register(callee, { _shard: [shardOfKey(42)] })
    register(other, { _shard: [(shardOfKey(42) + 1) % 1024] })
    for (const [i, options] of [{ rkey: 42 }, { rkey: '42' }, { rkey: 42, runmode: 'partition' }, { rkey: 42, runmode: null }].entries()) {
      caller.say(48, i + 1, options, PROCEDURE)
    }
    expect(callee.take()).toEqual([1, 2, 3, 4].map((invocation) => [68, invocation, id, {}]))
    expect(other.take()).toEqual([])
  })

  it('answers no_available_callee when nobody holds the shard, also after its callee left', () => {
    const [callee, other, caller] = [world.join(), world.join(), world.join()]
    const shard = shardOfKey('a')
    register(callee, { _shard: [shard] })
    register(other, { _shard: [(shard + 1) % 1024] })
    caller.say(48, 1, { rkey: 'a' }, PROCEDURE)
    expect(callee.take()).toHaveLength(1)
    callee.drop()
    expect(caller.takeOne()[4]).toBe('wamp.error.canceled')
    caller.say(48, 2, { rkey: 'a' }, PROCEDURE)
    expect(caller.take()).toEqual([[8, 48, 2, {}, 'wamp.error.no_available_callee', [`no callee has shard ${shard} of the procedure`]]])
    expect(other.take()).toEqual([])
  })

  it.each([
    [{}, 'wamp.error.invalid_argument'],
    [{ rkey: null }, 'wamp.error.invalid_argument'],
    [{ rkey: 1.5 }, 'wamp.error.invalid_argument'],
    [{ rkey: ['a'] }, 'wamp.error.invalid_argument'],
    [{ runmode: 'partition' }, 'wamp.error.invalid_argument'],
    [{ runmode: 'some', rkey: 'a' }, 'wamp.error.invalid_argument'],
    [{ runmode: 'all' }, 'wamp.error.feature_not_supported'],
    [{ runmode: 'all', rkey: 'a' }, 'wamp.error.feature_not_supported'],
  ])('refuses a call with %j by %s [AP-RPC-SHD-02]', (options, error) => {
    const [callee, caller] = [world.join(), world.join()]
    register(callee)
    caller.say(48, 1, options, PROCEDURE)
    expect(caller.take()).toEqual([[8, 48, 1, {}, error, [expect.any(String)]]])
    expect(callee.take()).toEqual([])
    caller.say(48, 2, { rkey: 'a' }, PROCEDURE)
    expect(callee.take()).toHaveLength(1)
  })

  it.each([[[]], [[1024]], [[-1]], [[1.5]], [['1']], [7], ['all'], [{ 0: 1 }], [Array.from({ length: 1025 }, () => 1)]])(
    'refuses a REGISTER with _shard %j',
    (list) => {
      const callee = world.join()
      callee.say(64, 1, { ...SHARDED, _shard: list }, PROCEDURE)
      expect(callee.take()).toEqual([[8, 64, 1, {}, 'wamp.error.invalid_argument', [expect.stringContaining('_shard')]]])
      register(callee, { _shard: null })
    },
  )

  it('leaves `_shard` alone where nothing is sharded', () => {
    const callee = world.join()
    callee.say(64, 1, { invoke: 'roundrobin', _shard: 'of glass' }, PROCEDURE)
    expect(callee.takeOne()[0]).toBe(65)
  })

  it('refuses a callee that claims the shard of another, until that one is gone', () => {
    const [holder, other] = [world.join(), world.join()]
    const id = register(holder, { _shard: [3, 4] })
    other.say(64, 1, { ...SHARDED, _shard: [5, 4] }, PROCEDURE)
    expect(other.take()).toEqual([
      [
        8,
        64,
        1,
        { registration: id },
        'wamp.error.procedure_already_exists',
        [`${PROCEDURE}: another callee has registered shard 4`, PROCEDURE],
      ],
    ])
    expect(register(other, { _shard: [5] })).toBe(id)
    holder.say(66, 2, id)
    expect(register(world.join(), { _shard: [3, 4] })).toBe(id)
  })

  it('answers a callee that registers again with the same shards, and refuses others', () => {
    const callee = world.join()
    const id = register(callee, { _shard: [3, 4] })
    expect(register(callee, { _shard: [4, 3, 3] })).toBe(id)
    for (const [i, _shard] of [[3], [3, 5], [3, 4, 5], null].entries()) {
      callee.say(64, 3 + i, { ...SHARDED, _shard }, PROCEDURE)
      expect(callee.takeOne()[4]).toBe('wamp.error.procedure_already_exists')
    }
  })

  it('does not mix with other policies', () => {
    const [callee, other] = [world.join(), world.join()]
    const registration = register(callee)
    other.say(64, 1, { invoke: 'roundrobin' }, PROCEDURE)
    const args = [`${PROCEDURE}: already registered with invoke '_sharded'`, PROCEDURE]
    expect(other.take()).toEqual([[8, 64, 1, { registration }, 'wamp.error.procedure_already_exists', args]])
  })

  it('is spread over callees without shards: each gets a part, and a key stays where it is', () => {
    const [a, b, c, caller] = [world.join(), world.join(), world.join(), world.join()]
    for (const callee of [a, b, c]) register(callee)
    const parts = keysByCallee(caller, [a, b, c], KEYS)
    expect(parts.flat().toSorted()).toEqual(KEYS.toSorted())
    for (const part of parts) expect(part.length).toBeGreaterThan(30)
    expect(keysByCallee(caller, [a, b, c], KEYS, KEYS.length + 1)).toEqual(parts)
  })

  it('moves only the keys of a callee that leaves, and gives them to the next of its authid', () => {
    const authenticate: RealmOptions['authenticate'] = (_request, _answer, next) =>
      next({ accept: { authid: 'worker', authrole: 'anonymous', authmethod: 'ticket', authprovider: 'static' } })
    world = new World({ realms: { realm1: { roles: { anonymous: ALLOW_ALL }, authenticate } } })
    const [a, b, c, caller] = [world.join(), world.join(), world.join(), world.join()]
    for (const callee of [a, b, c]) register(callee)
    const [ofA = [], ofB = [], ofC = []] = keysByCallee(caller, [a, b, c], KEYS)
    b.drop()
    const [restA = [], restC = []] = keysByCallee(caller, [a, c], KEYS, KEYS.length + 1)
    expect(restA.filter((key) => !ofB.includes(key))).toEqual(ofA)
    expect(restC.filter((key) => !ofB.includes(key))).toEqual(ofC)
    const next = world.join()
    register(next)
    expect(keysByCallee(caller, [a, next, c], KEYS, 2 * KEYS.length + 1)).toEqual([ofA, ofB, ofC])
  })

  it('gives callees without shards only what no callee holds', () => {
    const [holder, rest, caller] = [world.join(), world.join(), world.join()]
    register(rest)
    register(holder, { _shard: [shardOfKey('key-7')] })
    const [held, others] = keysByCallee(caller, [holder, rest], KEYS)
    expect(held).toContain('key-7')
    expect(held).toEqual(KEYS.filter((key) => shardOfKey(key) === shardOfKey('key-7')))
    expect(others).toHaveLength(KEYS.length - (held?.length ?? 0))
  })

  it('never hands a call on to another callee', () => {
    const features = { callee: ['call_reroute'] }
    const [a, b, caller] = [world.join({ features }), world.join({ features }), world.join()]
    for (const callee of [a, b]) register(callee)
    caller.say(48, 1, { rkey: 'a' }, PROCEDURE)
    const [[callee, invocation]] = [a, b].flatMap((each) => each.take().map(([, id]) => [each, id] as const)) as [[TestPeer, number]]
    callee.say(8, 68, invocation, {}, 'wamp.error.unavailable')
    expect(caller.takeOne()[4]).toBe('wamp.error.no_available_callee')
    expect([...a.take(), ...b.take()]).toEqual([])
  })

  it('keeps all chunks of a progressive call with the callee of the first', () => {
    const features = { callee: ['call_canceling', 'progressive_call_invocations'], caller: ['progressive_call_invocations'] }
    const [a, b, caller] = [world.join({ features }), world.join({ features }), world.join({ features })]
    register(a, { _shard: [shardOfKey('a')] })
    register(b)
    caller.say(48, 1, { rkey: 'a', progress: true }, PROCEDURE, [1])
    caller.say(48, 1, { rkey: 'elsewhere', progress: true }, PROCEDURE, [2])
    caller.say(48, 1, {}, PROCEDURE, [3])
    expect(a.take().map(([, , , , args]) => args)).toEqual([[1], [2], [3]])
    expect(b.take()).toEqual([])
  })

  it('is taken whole by force', () => {
    const rights = ALLOW_ALL.map((rule) => ({ ...rule, options: ['force_reregister' as const] }))
    world = World.of({ roles: { anonymous: rights } })
    const [holder, taker, caller] = [world.join(), world.join(), world.join()]
    register(holder, { _shard: [0, shardOfKey('a')] })
    register(taker, { _shard: [shardOfKey('a')], force_reregister: true })
    caller.say(48, 1, { rkey: 'a' }, PROCEDURE)
    expect([holder.take(), taker.take().length]).toEqual([[], 1])
  })
})
