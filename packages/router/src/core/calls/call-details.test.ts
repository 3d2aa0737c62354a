// Shows what a realm adds to calls and hands on with them: trust levels, payload passthru; and taking a procedure by force.

import { UsageError } from '@trunkline/protocol'
import type { Authorizer, TrustRule } from '@trunkline/router'
import type { TestPeer } from '@trunkline/testkit'
import { ALLOW_ALL, OPEN_REALM, World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const PROCEDURE = 'com.example.procedure'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.end())

describe('call trust levels', () => {
  function levels(
    trustLevels: readonly TrustRule[],
    calls: readonly string[],
    features: readonly string[] = ['call_trustlevels'],
  ): unknown[] {
    world = World.of({ trustLevels })
    const [callee, caller] = [world.join({ features: { callee: features } }), world.join()]
    callee.register('com.', { match: 'prefix' })
    for (const [i, procedure] of calls.entries()) caller.say(48, i + 1, {}, procedure)
    return callee.take().map((invocation) => (invocation[3] as { trustlevel?: number }).trustlevel)
  }

  it('are those of the most specific rule, by procedure [AP-RPC-TRL-01 AP-RPC-TRL-02 AP-RPC-TRL-03]', () => {
    const rules = [{ level: 1 }, { uri: 'com.shop.**', level: 2 }, { uri: 'com..open', level: 3 }, { uri: 'com.shop.buy', level: 0 }]
    expect(levels(rules, ['com.a', 'com.shop.x', 'com.a.open', 'com.shop.buy'])).toEqual([1, 2, 1, 0])
  })

  it('are those of a rule for the role of the caller, before those for all [AP-RPC-TRL-02]', () => {
    const rules = [
      { uri: 'com.a', level: 1 },
      { role: 'anonymous', uri: 'com.**', level: 7 },
      { role: 'other', level: 9 },
    ]
    expect(levels(rules, ['com.a'])).toEqual([7])
    expect(levels(rules.slice(2), ['com.a'])).toEqual([undefined])
  })

  it('are told only to callees that announced them', () => {
    expect(levels([{ level: 1 }], ['com.a'], [])).toEqual([undefined])
  })

  it.each([{ level: -1 }, { level: 1.5 }, { uri: 'com..a.**', level: 1 }])('cannot be %j', (rule) => {
    expect(() => world.router.addRealm('other', { ...OPEN_REALM, trustLevels: [rule] })).toThrow(UsageError)
  })
})

describe('payload passthru of calls', () => {
  const PPT = { ppt_scheme: 'wamp', ppt_serializer: 'cbor', ppt_cipher: 'aes256gcm', ppt_keyid: '0x0123' }
  const OCTETS = new Uint8Array([0, 255, 128])
  const join = (features: readonly string[] = ['payload_passthru_mode']): TestPeer =>
    world.join({ serializer: 'cbor', features: { caller: features, callee: [...features, 'call_canceling', 'progressive_call_results'] } })

  it.each([['cbor'], ['json'], ['msgpack']] as const)(
    'hands on the attributes and the octets from CALL to INVOCATION and from YIELD to RESULT over %s, and looks at neither [AP-PPT-01 AP-PPT-15 AP-PPT-18 AP-PPT-23 AP-PPT-24]',
    (serializer) => {
      const features = {
        caller: ['payload_passthru_mode'],
        callee: ['payload_passthru_mode', 'call_canceling', 'progressive_call_results'],
      }
      const [callee, caller] = [world.join({ features, serializer }), join()]
      const id = callee.register(PROCEDURE)
      caller.say(48, 1, { ...PPT, receive_progress: true, ppt_other: 1 }, PROCEDURE, [OCTETS])
      expect(callee.takeOne()).toEqual([68, 1, id, { ...PPT, receive_progress: true }, [OCTETS]])
      callee.say(70, 1, { ppt_scheme: 'x_mine', progress: true }, [OCTETS])
      callee.say(70, 1, { ppt_scheme: 'mqtt' }, [OCTETS])
      expect(caller.take()).toEqual([
        [50, 1, { ppt_scheme: 'x_mine', progress: true }, [OCTETS]],
        [50, 1, { ppt_scheme: 'mqtt' }, [OCTETS]],
      ])
    },
  )

  it('hands on the attributes of an ERROR [AP-PPT-15]', () => {
    const [callee, caller] = [join(), join()]
    callee.register(PROCEDURE)
    caller.say(48, 1, PPT, PROCEDURE, [OCTETS])
    callee.say(8, 68, 1, PPT, 'com.example.failed', [OCTETS])
    expect(caller.take()).toEqual([[8, 48, 1, PPT, 'com.example.failed', [OCTETS]]])
  })

  it.each([{ ppt_serializer: 'cbor', ppt_keyid: 'k' }, { ppt_scheme: '' }, { ppt_scheme: null }])('takes %j for no passthru', (options) => {
    const [callee, caller] = [join([]), join([])]
    const id = callee.register(PROCEDURE)
    caller.say(48, 1, options, PROCEDURE)
    expect(callee.take()).toEqual([[68, 1, id, {}]])
  })

  it('ends the session of who uses its older form, which nobody could read at the other end', () => {
    const [callee, caller, other] = [join(), join(), join()]
    callee.register(PROCEDURE)
    caller.say(48, 1, {}, PROCEDURE)
    callee.take()
    const older = { enc_algo: 'cryptobox', enc_serializer: 'json' }
    callee.say(70, 1, older, OCTETS)
    other.say(48, 1, older, PROCEDURE, OCTETS)
    expect([callee.take(), other.take()].map(([abort]) => abort?.[2])).toEqual(
      Array.from({ length: 2 }, () => 'wamp.error.protocol_violation'),
    )
  })

  it('ends the session of a caller that uses it without having announced it [AP-PPT-02]', () => {
    const caller = join([])
    caller.say(48, 1, PPT, PROCEDURE, [OCTETS])
    expect(caller.take()).toEqual([[3, { message: expect.any(String) as string }, 'wamp.error.protocol_violation']])
  })

  it('ends the session of a callee that uses it without having announced it; the caller is told [AP-PPT-08]', () => {
    const [callee, caller] = [join([]), join()]
    callee.register(PROCEDURE)
    caller.say(48, 1, {}, PROCEDURE)
    callee.take()
    callee.say(70, 1, PPT, [OCTETS])
    expect(callee.take()).toEqual([[3, { message: expect.any(String) as string }, 'wamp.error.protocol_violation']])
    expect(caller.take()).toEqual([[8, 48, 1, {}, 'wamp.error.canceled', [expect.any(String)]]])
  })

  it('refuses a call for a callee that cannot take it [AP-PPT-04]', () => {
    const [callee, caller] = [join([]), join()]
    callee.register(PROCEDURE)
    caller.say(48, 1, PPT, PROCEDURE, [OCTETS])
    expect(caller.take()).toEqual([[8, 48, 1, {}, 'wamp.error.feature_not_supported', [expect.any(String)]]])
    expect(callee.take()).toEqual([])
  })

  it.each([
    ['final', {}, []],
    ['progressive', { progress: true }, [[69, 1, { mode: 'killnowait', reason: 'wamp.error.canceled' }]]],
  ])('refuses a %s result for a caller that cannot take it, and tells both [AP-PPT-10]', (_, options, interrupts) => {
    const [callee, caller] = [join(), join([])]
    callee.register(PROCEDURE)
    caller.say(48, 1, { receive_progress: true }, PROCEDURE)
    callee.take()
    callee.say(70, 1, { ...PPT, ...options }, [OCTETS])
    expect(callee.take()).toEqual([...interrupts, [8, 70, 1, {}, 'wamp.error.feature_not_supported', [expect.any(String)]]])
    expect(caller.take()).toEqual([[8, 48, 1, {}, 'wamp.error.feature_not_supported', [expect.any(String)]]])
    callee.say(70, 1, {})
    expect([caller.take(), callee.isClosed]).toEqual([[], false])
  })
})

describe('registrations that are not sharded', () => {
  it('are called as if `runmode` and `rkey` were not there [AP-RPC-SHD-03]', () => {
    const [callee, caller] = [world.join(), world.join()]
    const id = callee.register(PROCEDURE)
    caller.say(48, 1, { runmode: 'partition', rkey: 'a' }, PROCEDURE)
    caller.say(48, 2, { runmode: 'all' }, PROCEDURE)
    expect(callee.take()).toEqual([
      [68, 1, id, {}],
      [68, 2, id, {}],
    ])
  })
})

describe('force_reregister', () => {
  /** May force what begins with `com.mine`. */
  const authorizer: Authorizer = {
    allows: ({ uri }) => ({ disclose: 'asked', mayForce: uri.startsWith('com.mine'), mayRetain: true }),
  }
  const FORCED = { force_reregister: true }

  it('is refused where nobody granted it, and changes nothing', () => {
    world = World.of({ roles: { anonymous: ALLOW_ALL } })
    const [holder, taker, caller] = [world.join(), world.join(), world.join()]
    holder.register(PROCEDURE)
    taker.say(64, 1, FORCED, PROCEDURE)
    expect(taker.take()).toEqual([[8, 64, 1, {}, 'wamp.error.option_not_allowed', [`register ${PROCEDURE}`]]])
    caller.say(48, 1, {}, PROCEDURE)
    expect(holder.take()).toHaveLength(1)
  })

  it('tolerates callees that take only a URI for the reason: Autobahn closes its connection at any other text', () => {
    world = World.of({ authorizer })
    const [holder, taker] = [world.join({ features: { callee: ['registration_revocation'] } }), world.join()]
    const id = holder.register('com.mine')
    taker.register('com.mine', FORCED)
    expect(holder.take()).toEqual([[67, 0, { registration: id, reason: 'trunkline.error.taken_over' }]])
  })

  it('takes the procedure from all who hold it; their calls go on [AP-RPC-REV-02]', () => {
    world = World.of({ authorizer })
    const holders = [0, 1].map(() => world.join({ features: { callee: ['registration_revocation'] } })) as [TestPeer, TestPeer]
    const [taker, caller] = [world.join(), world.join()]
    const id = holders[0].register('com.mine', { invoke: 'last' })
    holders[1].register('com.mine', { invoke: 'last' })
    caller.say(48, 1, {}, 'com.mine')
    holders[1].take()
    const taken = taker.register('com.mine', { ...FORCED, invoke: 'single' })
    expect(taken).not.toBe(id)
    for (const holder of holders) expect(holder.take()).toEqual([[67, 0, { registration: id, reason: expect.any(String) as string }]])
    caller.say(48, 2, {}, 'com.mine')
    expect(taker.take()).toHaveLength(1)
    holders[1].say(70, 1, {})
    expect(caller.take()).toEqual([[50, 1, {}]])
  })

  it('is an ordinary REGISTER where nobody holds the procedure', () => {
    world = World.of({ authorizer })
    const taker = world.join()
    taker.say(64, 1, FORCED, 'com.mine')
    expect(taker.take()).toEqual([[65, 1, expect.any(Number)]])
  })
})
