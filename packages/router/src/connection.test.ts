// Shows one connected peer through its life: opening, protocol errors, GOODBYE, limits of time, re-use of the transport.

import { helloDetails, OPEN_REALM, World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

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

    it('announces its features under `features` of each role, each as true [BP-SES-08 AP-META-SES-01 AP-META-REG-01 AP-META-SUB-01 AP-PS-BWL-01 AP-PS-PEX-01 AP-PS-PID-01 AP-PS-PAT-01 AP-RPC-PAT-01 AP-RPC-SHR-01 AP-RPC-CAN-01 AP-RPC-PCR-01 AP-RPC-PCR-02 AP-RPC-CID-01]', () => {
      const peer = world.connect()
      peer.say(...HELLO)
      const [, , details] = peer.takeOne()
      expect((details as { roles: unknown }).roles).toEqual({
        broker: {
          features: {
            pattern_based_subscription: true,
            publisher_exclusion: true,
            publisher_identification: true,
            session_meta_api: true,
            subscriber_blackwhite_listing: true,
            subscription_meta_api: true,
          },
        },
        dealer: {
          features: {
            call_canceling: true,
            caller_identification: true,
            pattern_based_registration: true,
            progressive_call_results: true,
            registration_meta_api: true,
            session_meta_api: true,
            shared_registration: true,
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

    it.each(['', 'com..example', 'realm 1', 'realm#1', 'realm1\n', '.realm1'])('refuses the realm name %j with ABORT [BP-ERR-02]', (realm) => {
      const peer = world.connect()
      peer.say(1, realm, helloDetails())
      expectAbort(peer, 'wamp.error.invalid_uri')
    })

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

    it('draws every session id from the whole range, never the same twice [BP-ID-02]', () => {
      const ids = Array.from({ length: 200 }, () => world.join().session)
      expect(new Set(ids).size).toBe(200)
      const eighths = new Set(ids.map((id) => Math.floor(id / 2 ** 50)))
      expect([...eighths].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    })
  })

  describe('protocol errors', () => {
    it.each([
      ['HELLO', '[BP-PERR-05]', HELLO],
      ['WELCOME', '[BP-PERR-20]', [2, 1, {}]],
      ['CHALLENGE', '[BP-PERR-20]', [4, 'ticket', {}]],
      ['AUTHENTICATE', '[BP-PERR-19]', [5, '', {}]],
      ['PUBLISHED', '[BP-PERR-20]', [17, 1, 2]],
      ['SUBSCRIBED', '[BP-PERR-20]', [33, 1, 2]],
      ['UNSUBSCRIBED', '[BP-PERR-20]', [35, 1]],
      ['EVENT', '[BP-PERR-20]', [36, 1, 2, {}]],
      ['RESULT', '[BP-PERR-20]', [50, 1, {}]],
      ['REGISTERED', '[BP-PERR-20]', [65, 1, 2]],
      ['UNREGISTERED', '[BP-PERR-20]', [67, 1]],
      ['INVOCATION', '[BP-PERR-20]', [68, 1, 2, {}]],
      ['INTERRUPT', '[BP-PERR-20]', [69, 1, {}]],
    ])('answers %s on an open session with ABORT and closes %s', (_, _rows, message) => {
      const peer = world.join()
      peer.say(...message)
      expectAbort(peer)
      expect(peer.closeCause).toBe('protocol_violation')
    })

    it.each([
      ['GOODBYE', '[BP-PERR-07]', [6, {}, 'wamp.close.close_realm']],
      ['ERROR', '[BP-PERR-08]', [8, 68, 1, {}, 'com.example.error']],
      ['AUTHENTICATE', '[BP-PERR-19]', [5, '', {}]],
      ['PUBLISH', '[BP-PERR-19]', [16, 1, {}, 'com.example.topic']],
      ['SUBSCRIBE', '[BP-PERR-19]', [32, 1, {}, 'com.example.topic']],
      ['CALL', '[BP-PERR-19]', [48, 1, {}, 'com.example.procedure']],
      ['YIELD', '[BP-PERR-19]', [70, 1, {}]],
      ['WELCOME', '[BP-PERR-19 BP-PERR-20]', [2, 1, {}]],
    ])('answers %s before HELLO with ABORT and closes %s', (_, _rows, message) => {
      const peer = world.connect()
      peer.say(...message)
      expectAbort(peer)
    })
  })
})
