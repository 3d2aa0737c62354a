// Shows when a callee or subscriber learns who calls or publishes (specification: "Caller Identification", "Publisher Identification").

import { OPEN_REALM, World } from '@trunkline/testkit'
import type { TestPeer } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const PROCEDURE = 'com.example.procedure'
const TOPIC = 'com.example.topic'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.end())

describe('caller identification', () => {
  const named = (caller: TestPeer): Record<string, unknown> => ({
    caller: caller.session,
    caller_authid: expect.stringMatching(/^anonymous-/),
    caller_authrole: 'anonymous',
  })

  it('discloses the caller when it asks, from its session alone, whatever it says of others [AP-RPC-CID-03 AP-RPC-CID-04 AP-R2R-03]', () => {
    const [callee, caller] = [world.join(), world.join()]
    const id = callee.register(PROCEDURE)
    const forged = { forward_for: [{ session: 1, authid: 'root', authrole: 'trusted' }], caller: 1, caller_authid: 'root' }
    caller.say(48, 1, { disclose_me: true, ...forged }, PROCEDURE)
    caller.say(48, 2, forged, PROCEDURE)
    expect(callee.take()).toEqual([
      [68, 1, id, named(caller)],
      [68, 2, id, {}],
    ])
  })

  it('discloses every caller to a callee that registered for it, and to no other of the same registration [AP-RPC-CID-08]', () => {
    const [curious, other, caller] = [world.join(), world.join(), world.join()]
    const id = curious.register(PROCEDURE, { disclose_caller: true, invoke: 'roundrobin' })
    other.register(PROCEDURE, { invoke: 'roundrobin' })
    caller.sayAll([48, 1, {}, PROCEDURE], [48, 2, {}, PROCEDURE], [48, 3, { disclose_me: false }, PROCEDURE])
    expect(curious.take()).toEqual([
      [68, 1, id, named(caller)],
      [68, 2, id, named(caller)],
    ])
    expect(other.take()).toEqual([[68, 1, id, {}]])
  })

  it('refuses disclosure where the realm does not allow it [AP-RPC-CID-06 AP-RPC-CID-09]', () => {
    world.router.addRealm('private', { ...OPEN_REALM, allowsDisclosure: false })
    const [callee, caller] = [world.join({ realm: 'private' }), world.join({ realm: 'private' })]
    callee.say(64, 1, { disclose_caller: true }, PROCEDURE)
    expect(callee.takeOne()).toEqual([8, 64, 1, {}, 'wamp.error.option_not_allowed'])
    callee.register(PROCEDURE)
    caller.say(48, 1, { disclose_me: true }, PROCEDURE)
    expect(caller.takeOne()).toEqual([8, 48, 1, {}, 'wamp.error.option_disallowed.disclose_me'])
    expect(callee.take()).toEqual([])
  })
})

describe('publisher identification', () => {
  it('discloses the publisher when asked, from its session alone [AP-PS-PID-03 AP-PS-PID-04]', () => {
    const [publisher, subscriber] = [world.join(), world.join()]
    const id = subscriber.subscribe(TOPIC)
    const forged = [{ session: 1, authid: 'root', authrole: 'trusted' }]
    publisher.say(16, 1, { disclose_me: true, forward_for: forged, publisher: 1, publisher_authid: 'root' }, TOPIC)
    expect(subscriber.takeOne()).toEqual([
      36,
      id,
      expect.any(Number),
      { publisher: publisher.session, publisher_authid: expect.stringMatching(/^anonymous-/), publisher_authrole: 'anonymous' },
    ])
  })

  it('says nothing of the publisher when not asked [AP-PS-PID-07]', () => {
    const [publisher, subscriber] = [world.join(), world.join()]
    const id = subscriber.subscribe(TOPIC)
    publisher.say(16, 1, { forward_for: [{ session: 1 }], publisher: 1 }, TOPIC)
    publisher.say(16, 2, { disclose_me: false }, TOPIC)
    expect(subscriber.take()).toEqual([
      [36, id, expect.any(Number), {}],
      [36, id, expect.any(Number), {}],
    ])
  })

  it('refuses disclosure where the realm does not allow it, which shows only when acknowledged [AP-PS-PID-05]', () => {
    world.router.addRealm('private', { ...OPEN_REALM, allowsDisclosure: false })
    const [publisher, subscriber] = [world.join({ realm: 'private' }), world.join({ realm: 'private' })]
    subscriber.subscribe(TOPIC)
    publisher.say(16, 1, { disclose_me: true, acknowledge: true }, TOPIC)
    publisher.say(16, 2, { disclose_me: true }, TOPIC)
    expect(publisher.take()).toEqual([[8, 16, 1, {}, 'wamp.error.option_disallowed.disclose_me']])
    expect(subscriber.take()).toEqual([])
  })
})
