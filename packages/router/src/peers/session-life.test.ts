// Shows one connected peer through its life: opening, protocol errors, GOODBYE, limits of time, re-use of the transport.

import { helloDetails, OPEN_REALM, World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Realm, Session } from '../core/index.ts'
import { realmIn } from '../testing/realm-in.ts'

const VIOLATION = 'wamp.error.protocol_violation'
const HELLO = [1, 'realm1', helloDetails()]

describe('connection', () => {
  let world: World
  beforeEach(() => {
    world = new World()
  })
  afterEach(() => world.end())

  /** The only message is an ABORT with this reason, and the transport is closed. */
  function expectAbort(peer: ReturnType<World['connect']>, reason = VIOLATION): void {
    expect(peer.take()).toEqual([[3, { message: expect.any(String) }, reason]])
    expect(peer.isClosed).toBe(true)
  }

  describe('opening', () => {
    it('answers HELLO with WELCOME and nothing before it [BP-SES-02 BP-SES-03 BP-MSG-10 BP-MSG-16 BP-MSG-17]', () => {
      const peer = world.connect()
      expect(peer.take()).toEqual([])
      peer.say(...HELLO)
      expect(peer.take()).toEqual([[2, expect.any(Number), expect.any(Object)]])
    })

    it('names realm, identity, roles and implementation in WELCOME [BP-SES-07 BP-SES-09 BP-SES-25 BP-ID-01]', () => {
      const peer = world.connect()
      peer.say(...HELLO)
      const [, session, details] = peer.takeOne()
      expect(details).toMatchObject({
        realm: 'realm1',
        agent: 'Trunkline',
        authid: expect.stringMatching(/^anonymous-[0-9a-z]+$/),
        authrole: 'anonymous',
        authmethod: 'anonymous',
        authprovider: 'static',
        roles: { broker: {}, dealer: {} },
      })
      expect(Number.isInteger(session) && Number(session) >= 1 && Number(session) <= 2 ** 53).toBe(true)
    })

    it('announces its features under `features` of each role, each as true [BP-SES-08 AP-META-SES-01 AP-META-REG-01 AP-META-SUB-01 AP-PS-BWL-01 AP-PS-PEX-01 AP-PS-PID-01 AP-PS-PAT-01 AP-PS-HIS-01 AP-PS-RET-01 AP-PS-TES-01 AP-PS-TRL-01 AP-REF-01 AP-RPC-PAT-01 AP-RPC-SHR-01 AP-RPC-CAN-01 AP-RPC-PCR-01 AP-RPC-PCR-02 AP-RPC-CID-01]', () => {
      const peer = world.connect()
      peer.say(...HELLO)
      const [, , details] = peer.takeOne()
      expect((details as { roles: unknown }).roles).toEqual({
        broker: {
          reflection: true,
          _sharding: true,
          _resume: true,
          _durable: true,
          _key: true,
          features: {
            event_history: true,
            event_retention: true,
            pattern_based_subscription: true,
            payload_passthru_mode: true,
            publication_trustlevels: true,
            publisher_exclusion: true,
            publisher_identification: true,
            reflection: true,
            session_meta_api: true,
            subscriber_blackwhite_listing: true,
            subscription_meta_api: true,
            subscription_revocation: true,
            x_acknowledged_event_delivery: true,
          },
        },
        dealer: {
          reflection: true,
          _sharding: true,
          features: {
            call_canceling: true,
            call_reroute: true,
            call_timeout: true,
            call_trustlevels: true,
            caller_identification: true,
            pattern_based_registration: true,
            payload_passthru_mode: true,
            progressive_call_invocations: true,
            progressive_call_results: true,
            reflection: true,
            registration_meta_api: true,
            registration_revocation: true,
            session_meta_api: true,
            shared_registration: true,
            testament_meta_api: true,
          },
        },
      })
    })

    it('takes empty role dicts of a peer with only basic features [BP-SES-08]', () => {
      const peer = world.connect()
      peer.say(1, 'realm1', { roles: { caller: {} } })
      peer.welcomed()
      peer.say(48, 1, {}, 'wamp.session.count')
      expect(peer.takeOne()).toEqual([50, 1, {}, [1]])
    })

    it.each([
      ['no roles at all', {}],
      ['an empty dict of roles', { roles: {} }],
      ['router roles only', { roles: { broker: {}, dealer: {} } }],
      ['a role that is no dict', { roles: { caller: true } }],
      ['roles that are no dict', { roles: ['caller'] }],
    ])('refuses a HELLO with %s [BP-SES-06]', (_, details) => {
      const peer = world.connect()
      peer.sayText(JSON.stringify([1, 'realm1', details]))
      expectAbort(peer)
    })

    it('refuses a realm that does not exist with ABORT [BP-SES-10 BP-SES-12 BP-ERR-04 BP-MSG-18 BP-SES-14]', () => {
      const peer = world.connect()
      peer.say(1, 'com.example.nowhere', helloDetails())
      expect(peer.take()).toEqual([[3, { message: "there is no realm 'com.example.nowhere'" }, 'wamp.error.no_such_realm']])
      expect(peer.isClosed).toBe(true)
    })

    it.each(['__proto__', 'constructor', 'toString', 'realm2'])('knows no realm %s [BP-ERR-04]', (realm) => {
      const peer = world.connect()
      peer.say(1, realm, helloDetails())
      expectAbort(peer, 'wamp.error.no_such_realm')
    })

    it.each(['', 'com..example', 'realm 1', 'realm#1', 'realm1\n', '.realm1'])(
      'refuses the realm name %j with ABORT [BP-ERR-02]',
      (realm) => {
        const peer = world.connect()
        peer.say(1, realm, helloDetails())
        expectAbort(peer, 'wamp.error.invalid_uri')
      },
    )

    it('refuses a client that offers only methods that the realm does not know', () => {
      const peer = world.connect()
      peer.say(1, 'realm1', { ...helloDetails(), authmethods: ['nonsense'] })
      expectAbort(peer, 'wamp.error.no_matching_auth_method')
    })

    it('takes authid, authrole and authprovider of a HELLO for mere wishes', () => {
      const peer = world.connect()
      peer.say(1, 'realm1', { ...helloDetails(), authid: 'root', authrole: 'admin', authprovider: 'mine' })
      const [, , details] = peer.takeOne()
      expect(details).toMatchObject({ authid: expect.stringMatching(/^anonymous-/), authrole: 'anonymous', authprovider: 'static' })
    })

    it('gives up silently when the client says ABORT instead of HELLO [BP-SES-11]', () => {
      const peer = world.connect()
      peer.say(3, {}, 'com.example.changed_my_mind')
      expect(peer.take()).toEqual([])
      expect(peer.closeCause).toBe('normal')
    })
  })

  describe('closing', () => {
    it('answers GOODBYE with exactly one GOODBYE [BP-SES-15 BP-SES-14 BP-SES-18 BP-MSG-19]', () => {
      const peer = world.join()
      peer.say(6, {}, 'wamp.close.close_realm')
      expect(peer.take()).toEqual([[6, {}, 'wamp.close.goodbye_and_out']])
      world.advance(10_000)
      expect(peer.take()).toEqual([])
      expect(peer.closeCause).toBe('normal')
    })

    it('takes a GOODBYE with a reason that is no URI [BP-SES-15]', () => {
      const peer = world.join()
      peer.say(6, {}, 'so long')
      expect(peer.take()).toEqual([[6, {}, 'wamp.close.goodbye_and_out']])
    })

    it('sends no session messages after the GOODBYE exchange [BP-SES-04 BP-SES-18 BP-SES-22]', () => {
      const [leaver, other] = [world.join(), world.join()]
      leaver.sayAll([32, 1, {}, 'com.example.topic'], [64, 2, {}, 'com.example.procedure'])
      leaver.take()
      leaver.say(6, {}, 'wamp.close.close_realm')
      other.say(16, 1, {}, 'com.example.topic')
      other.say(48, 2, {}, 'com.example.procedure')
      expect(other.takeOne()).toEqual([8, 48, 2, { callees: 0 }, 'wamp.error.no_such_procedure', [expect.any(String)]])
      expect(leaver.take()).toEqual([[6, {}, 'wamp.close.goodbye_and_out']])
    })

    it('ignores what comes while it waits for the answer to its GOODBYE, and does not answer the answer [BP-SES-16 BP-SES-17]', () => {
      const [killer, killed, watcher] = [world.join(), world.join(), world.join()]
      watcher.say(32, 1, {}, 'com.example.topic')
      watcher.take()
      realmIn(world, 'realm1')?.kill(sessionOf(killed.session), 'com.example.reason', 'out')
      expect(killed.take()).toEqual([[6, { message: 'out' }, 'com.example.reason']])
      killed.say(16, 1, { acknowledge: true }, 'com.example.topic')
      killed.say(48, 2, {}, 'wamp.session.count')
      expect(watcher.take()).toEqual([])
      expect(killed.take()).toEqual([])
      expect(killed.isClosed).toBe(false)
      killed.say(6, {}, 'wamp.close.goodbye_and_out')
      expect(killed.take()).toEqual([])
      expect(killed.closeCause).toBe('normal')
      expect(killer.take()).toEqual([])
    })

    it('ends a session that says ABORT, without an answer; its ABORT may carry more [BP-SES-11 BP-SES-04 BP-SES-22 BP-ERR-08]', () => {
      const [peer, other] = [world.join(), world.join()]
      peer.say(64, 1, {}, 'com.example.procedure')
      peer.take()
      peer.say(3, { message: 'enough' }, 'wamp.error.protocol_violation', ['more'], { detail: 1 })
      expect(peer.take()).toEqual([])
      expect(peer.closeCause).toBe('normal')
      other.say(48, 1, {}, 'com.example.procedure')
      expect(other.takeOne()).toEqual([8, 48, 1, { callees: 0 }, 'wamp.error.no_such_procedure', [expect.any(String)]])
    })

    it('does not answer an ABORT that comes after the GOODBYE exchange [BP-SES-11]', () => {
      const peer = world.join()
      peer.say(6, {}, 'wamp.close.close_realm')
      peer.take()
      peer.say(3, {}, 'com.example.reason')
      expect(peer.take()).toEqual([])
      expect(peer.closeCause).toBe('normal')
    })

    it('aborts on a second GOODBYE, since no session is open any more [BP-PERR-07]', () => {
      const peer = world.join()
      peer.say(6, {}, 'wamp.close.close_realm')
      peer.take()
      peer.say(6, {}, 'wamp.close.close_realm')
      expectAbort(peer)
    })

    it('says GOODBYE to all at shutdown, and ABORT to those whose session is not open [BP-SES-19 BP-ERR-07]', async () => {
      const [open, opening] = [world.join(), world.connect()]
      const closed = world.router.close()
      expect(open.take()).toEqual([[6, { message: 'the router shuts down' }, 'wamp.close.system_shutdown']])
      expect(opening.take()).toEqual([[3, { message: 'the router shuts down' }, 'wamp.close.system_shutdown']])
      expect(opening.closeCause).toBe('going_away')
      const late = world.connect()
      expect(late.take()).toEqual([[3, { message: 'the router shuts down' }, 'wamp.close.system_shutdown']])
      open.say(6, {}, 'wamp.close.goodbye_and_out')
      expect(open.closeCause).toBe('normal')
      for (const peer of [open, opening, late]) peer.drop()
      await closed
    })
  })

  describe('limits of time', () => {
    it('closes a transport on which no HELLO comes [BP-SES-24]', () => {
      const peer = world.connect()
      world.advance(9_000)
      expect(peer.isClosed).toBe(false)
      world.advance(1_000)
      expect(peer.take()).toEqual([])
      expect(peer.closeCause).toBe('policy')
    })

    it('closes a transport on which its GOODBYE is not answered [BP-SES-24]', () => {
      const peer = world.join()
      realmIn(world, 'realm1')?.kill(sessionOf(peer.session), 'wamp.close.killed', undefined)
      expect(peer.take()).toEqual([[6, {}, 'wamp.close.killed']])
      world.advance(4_000)
      expect(peer.isClosed).toBe(false)
      world.advance(1_000)
      expect(peer.closeCause).toBe('normal')
      expect(peer.take()).toEqual([])
    })

    it('never closes an open session for being silent [BP-SES-04]', () => {
      const peer = world.join()
      world.advance(3_600_000)
      expect(peer.isClosed).toBe(false)
      peer.say(48, 1, {}, 'wamp.session.count')
      expect(peer.takeOne()).toEqual([50, 1, {}, [1]])
    })
  })

  describe('re-use of the transport', () => {
    it('takes another HELLO after GOODBYE and starts clean [BP-TRN-09 BP-TRN-10]', () => {
      const [peer, other] = [world.join(), world.join()]
      const first = peer.session
      peer.sayAll([32, 1, {}, 'com.example.topic'], [64, 2, {}, 'com.example.old'])
      other.say(64, 1, {}, 'com.example.ping')
      peer.say(6, {}, 'wamp.close.close_realm')
      peer.take()
      other.take()
      peer.say(...HELLO)
      peer.welcomed()
      expect(peer.session).not.toBe(first)
      other.say(16, 2, {}, 'com.example.topic')
      expect(peer.take()).toEqual([])
      peer.say(64, 1, {}, 'com.example.new')
      const [, , registration] = peer.takeOne()
      other.say(48, 3, {}, 'com.example.new')
      expect(peer.takeOne()).toEqual([68, 1, registration, {}])
      expect(other.take()).toEqual([])
    })

    it('closes when no other HELLO comes in time [BP-TRN-09]', () => {
      const peer = world.join()
      peer.say(6, {}, 'wamp.close.close_realm')
      peer.take()
      world.advance(1_000)
      expect(peer.isClosed).toBe(false)
      world.advance(1_000)
      expect(peer.closeCause).toBe('normal')
      expect(peer.take()).toEqual([])
    })

    it('keeps a session open that was opened by another HELLO [BP-TRN-09]', () => {
      const peer = world.join()
      peer.say(6, {}, 'wamp.close.close_realm')
      peer.take()
      peer.say(...HELLO)
      peer.welcomed()
      world.advance(60_000)
      expect(peer.isClosed).toBe(false)
    })
  })

  function sessionOf(id: number): Session {
    const session = realm1().sessions.get(id)
    if (session === undefined) throw new Error(`no session ${id}`)
    return session
  }

  function realm1(): Realm {
    const realm = realmIn(world, 'realm1')
    if (realm === undefined) throw new Error('no realm1')
    return realm
  }
})

describe('realms on demand', () => {
  it('makes a realm at the first HELLO for it, up to a number, and keeps them apart [BP-SES-10 BP-SES-21 BP-ERR-04]', () => {
    const world = new World({ onDemand: { realm: OPEN_REALM, most: 2 } })
    const [first, other] = [world.join({ realm: 'made' }), world.join()]
    first.sayAll([32, 1, {}, 'com.example.topic'], [64, 2, {}, 'com.example.procedure'])
    first.take()
    other.say(16, 1, { acknowledge: true }, 'com.example.topic')
    expect(other.takeOne()).toEqual([17, 1, expect.any(Number)])
    other.say(48, 2, {}, 'com.example.procedure')
    expect(other.takeOne()).toEqual([8, 48, 2, { callees: 0 }, 'wamp.error.no_such_procedure', [expect.any(String)]])
    expect(first.take()).toEqual([])
    const third = world.connect()
    third.say(1, 'another', helloDetails())
    expect(third.takeOne()).toEqual([3, expect.any(Object), 'wamp.error.no_such_realm'])
    world.end()
  })
})
