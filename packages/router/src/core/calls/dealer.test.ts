// Shows calls: what every peer sees, as literal WAMP arrays.

import { OPEN_REALM, World } from '@trunkline/testkit'
import type { TestPeer } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { realmIn } from '../../testing/realm-in.ts'

const PROCEDURE = 'com.example.procedure'

describe('dealer', () => {
  let world: World
  beforeEach(() => {
    world = new World()
  })
  afterEach(() => world.end())

  describe('calling', () => {
    it('routes a call to the callee and the result back, payload unchanged [BP-RPC-09 BP-RPC-10 BP-RPC-12 BP-ID-08 BP-MSG-28 BP-MSG-29 BP-MSG-34 BP-MSG-35]', () => {
      const [callee, caller] = [world.join(), world.join()]
      const registration = callee.register(PROCEDURE)
      caller.say(48, 1, {}, PROCEDURE, [1, 2], { a: null })
      expect(callee.takeOne()).toEqual([68, 1, registration, {}, [1, 2], { a: null }])
      callee.say(70, 1, {}, [3], { b: 'x' })
      expect(caller.takeOne()).toEqual([50, 1, {}, [3], { b: 'x' }])
      expect(callee.take()).toEqual([])
    })

    it.each([
      ['nothing', []],
      ['empty args', [[]]],
      ['kwargs behind an empty list', [[], { a: 1 }]],
      ['nested values', [[1, 'two', null, true, { three: [4.5, -6] }]]],
    ])(
      'passes %s of a call, a result and an error as it came [BP-RPC-10 BP-RPC-12 BP-RPC-13 BP-MSG-12 BP-MSG-13 BP-MSG-14 BP-MSG-15]',
      (_, payload) => {
        const [callee, caller] = [world.join(), world.join()]
        const registration = callee.register(PROCEDURE)
        caller.say(48, 1, {}, PROCEDURE, ...payload)
        caller.say(48, 2, {}, PROCEDURE)
        expect(callee.take()[0]).toEqual([68, 1, registration, {}, ...payload])
        callee.say(70, 1, {}, ...payload)
        callee.say(8, 68, 2, {}, 'com.example.error', ...payload)
        expect(caller.take()).toEqual([
          [50, 1, {}, ...payload],
          [8, 48, 2, {}, 'com.example.error', ...payload],
        ])
      },
    )

    it('passes an error of the callee with its URI and payload [BP-RPC-13 BP-MSG-20 BP-ID-08]', () => {
      const [callee, caller] = [world.join(), world.join()]
      callee.register(PROCEDURE)
      caller.say(48, 1, {}, PROCEDURE)
      callee.take()
      callee.say(8, 68, 1, { ignored: true }, 'com.example.out_of_stock', ['sorry'], { left: 0 })
      expect(caller.take()).toEqual([[8, 48, 1, {}, 'com.example.out_of_stock', ['sorry'], { left: 0 }]])
      expect(callee.isClosed).toBe(false)
    })

    it('gives the caller invalid_uri for an error whose URI is not one; the callee stays [BP-ERR-02]', () => {
      const [callee, caller] = [world.join(), world.join()]
      callee.register(PROCEDURE)
      caller.say(48, 1, {}, PROCEDURE)
      callee.take()
      callee.say(8, 68, 1, {}, 'not a uri', ['secret'])
      expect(caller.take()).toEqual([[8, 48, 1, {}, 'wamp.error.invalid_uri', [expect.any(String)]]])
      expect(callee.take()).toEqual([])
      expect(callee.isClosed).toBe(false)
    })

    it('answers no_such_procedure itself when nothing matches [BP-RPC-14 AP-RPC-PAT-11]', () => {
      const [callee, caller] = [world.join(), world.join()]
      callee.register('com.example.', { match: 'prefix' })
      callee.register('org..x', { match: 'wildcard' })
      caller.say(48, 1, {}, 'com.other')
      caller.say(48, 2, {}, 'org.a.y')
      expect(caller.take()).toEqual([
        [8, 48, 1, { callees: 0 }, 'wamp.error.no_such_procedure', [expect.any(String)]],
        [8, 48, 2, { callees: 0 }, 'wamp.error.no_such_procedure', [expect.any(String)]],
      ])
      expect(callee.take()).toEqual([])
    })

    it.each(['', 'com..example', 'com.example.', 'com.exa mple', 'com.a\n', 'com.#'])(
      'answers a call of %j with invalid_uri, whatever pattern it would match [BP-RPC-17 BP-ERR-02]',
      (procedure) => {
        const [callee, caller] = [world.join(), world.join()]
        caller.say(48, 1, {}, procedure)
        callee.register('', { match: 'prefix' })
        caller.say(48, 2, {}, procedure)
        expect(caller.take()).toEqual([
          [8, 48, 1, {}, 'wamp.error.invalid_uri', [expect.any(String)]],
          [8, 48, 2, {}, 'wamp.error.invalid_uri', [expect.any(String)]],
        ])
        expect(callee.take()).toEqual([])
      },
    )

    it('lets a session call its own procedure, and forget it when it leaves [BP-RPC-22]', () => {
      const peer = world.join()
      const registration = peer.register(PROCEDURE)
      peer.say(48, 2, {}, PROCEDURE, ['me'])
      expect(peer.takeOne()).toEqual([68, 1, registration, {}, ['me']])
      peer.say(70, 1, {}, ['myself'])
      expect(peer.takeOne()).toEqual([50, 2, {}, ['myself']])
      peer.say(48, 3, {}, PROCEDURE)
      peer.take()
      peer.say(6, {}, 'wamp.close.close_realm')
      expect(peer.take()).toEqual([[6, {}, 'wamp.close.goodbye_and_out']])
    })

    it('counts invocation ids per callee from 1, over all its registrations [BP-ID-06]', () => {
      const [first, second, caller] = [world.join(), world.join(), world.join()]
      first.register('a')
      first.register('b')
      second.register('c')
      for (const [i, procedure] of ['a', 'b', 'c', 'a', 'c'].entries()) caller.say(48, i + 1, {}, procedure)
      expect(first.take().map(([, invocation]) => invocation)).toEqual([1, 2, 3])
      expect(second.take().map(([, invocation]) => invocation)).toEqual([1, 2])
    })

    it('goes on with invocation id 1 after 2^53 [BP-ID-07]', () => {
      const [callee, caller] = [world.join(), world.join()]
      callee.register(PROCEDURE)
      const session = realmIn(world, 'realm1')?.sessions.get(callee.session)
      if (session === undefined) throw new Error('no session')
      session.lastInvocation = 2 ** 53 - 1
      caller.say(48, 1, {}, PROCEDURE)
      caller.say(48, 2, {}, PROCEDURE)
      expect(callee.take().map(([, invocation]) => invocation)).toEqual([2 ** 53, 1])
      callee.say(70, 1, {})
      expect(caller.take()).toEqual([[50, 2, {}]])
      callee.say(70, 2 ** 53, {})
      expect(caller.take()).toEqual([[50, 1, {}]])
    })

    it('keeps the order of one caller at one callee, also across procedures [BP-ORD-03 AP-RPC-SHR-12]', () => {
      const [callee, caller] = [world.join(), world.join()]
      callee.register('com.example.first')
      callee.register('com.example.second', { invoke: 'roundrobin' })
      callee.register('com.pattern.', { match: 'prefix' })
      const procedures = ['com.example.first', 'com.example.second', 'com.pattern.x']
      caller.sayAll(...Array.from({ length: 30 }, (_, i) => [48, i + 1, {}, procedures[i % 3], [i]]))
      expect(callee.take().map((invocation) => (invocation[4] as number[])[0])).toEqual(Array.from({ length: 30 }, (_, i) => i))
    })

    it('sends REGISTERED before the first invocation of the registration [BP-ORD-04]', () => {
      const peer = world.join()
      peer.sayAll([64, 1, {}, PROCEDURE], [48, 2, {}, PROCEDURE])
      expect(peer.take().map(([type]) => type)).toEqual([65, 68])
    })

    it('passes results in the order in which callees answer [BP-ORD-05]', () => {
      const [callee, caller] = [world.join(), world.join()]
      callee.register(PROCEDURE)
      caller.sayAll([48, 1, {}, PROCEDURE], [48, 2, {}, PROCEDURE])
      callee.take()
      callee.say(70, 2, {}, ['second'])
      callee.say(70, 1, {}, ['first'])
      expect(caller.take()).toEqual([
        [50, 2, {}, ['second']],
        [50, 1, {}, ['first']],
      ])
    })

    it('does not route calls from one realm to another [BP-SES-21]', () => {
      world.router.addRealm('realm2', OPEN_REALM)
      const [callee, caller] = [world.join({ realm: 'realm2' }), world.join()]
      callee.register(PROCEDURE)
      caller.say(48, 1, {}, PROCEDURE)
      expect(caller.take()).toEqual([[8, 48, 1, { callees: 0 }, 'wamp.error.no_such_procedure', [expect.any(String)]]])
      expect(callee.take()).toEqual([])
    })

    it('refuses more open calls than the limit, and takes some again when one has ended', () => {
      world.router.addRealm('small', { ...OPEN_REALM, limits: { pendingCalls: 1 } })
      const [callee, caller] = [world.join({ realm: 'small' }), world.join({ realm: 'small' })]
      callee.register(PROCEDURE)
      caller.say(48, 1, {}, PROCEDURE)
      caller.say(48, 2, {}, PROCEDURE)
      expect(caller.takeOne()).toEqual([
        8,
        48,
        2,
        { limit: 'pending calls', value: 1 },
        'trunkline.error.limit_exceeded',
        [expect.any(String)],
      ])
      callee.take()
      callee.say(70, 1, {})
      caller.say(48, 3, {}, PROCEDURE)
      expect(callee.take()).toEqual([[68, 2, expect.any(Number), {}]])
      expect(caller.take()).toEqual([[50, 1, {}]])
    })
  })

  describe('answers', () => {
    it('gives a call exactly one final answer; what comes later is discarded without error [BP-RPC-23 BP-RPC-30 BP-PERR-15]', () => {
      const [callee, caller] = [world.join(), world.join()]
      callee.register(PROCEDURE)
      caller.say(48, 1, {}, PROCEDURE)
      callee.take()
      callee.say(70, 1, {}, ['first'])
      callee.say(70, 1, {}, ['again'])
      callee.say(8, 68, 1, {}, 'com.example.error')
      expect(caller.take()).toEqual([[50, 1, {}, ['first']]])
      expect(callee.take()).toEqual([])
      expect(callee.isClosed).toBe(false)
      expect(world.router.counters.lateAnswersDropped).toBe(2)
    })

    it.each([
      ['YIELD', [70, 1, {}, ['forged']]],
      ['ERROR', [8, 68, 1, {}, 'com.forged']],
    ])(
      "aborts on a %s for an invocation that was never sent to this very session; another's call is not touched [BP-PERR-15 BP-RPC-30]",
      (_, forged) => {
        const [callee, caller, attacker] = [world.join(), world.join(), world.join()]
        callee.register(PROCEDURE)
        caller.say(48, 1, {}, PROCEDURE)
        callee.take()
        attacker.say(...forged)
        expect(attacker.take()).toEqual([[3, { message: expect.any(String) }, 'wamp.error.protocol_violation']])
        expect(attacker.isClosed).toBe(true)
        expect(caller.take()).toEqual([])
        callee.say(70, 1, {}, ['true'])
        expect(caller.take()).toEqual([[50, 1, {}, ['true']]])
      },
    )

    it("discards a forged answer with an id that the attacker's own counter has passed [BP-RPC-30]", () => {
      const [callee, caller, attacker] = [world.join(), world.join(), world.join()]
      callee.register(PROCEDURE)
      attacker.register('com.example.bait')
      caller.say(48, 1, {}, 'com.example.bait')
      attacker.say(70, 1, {})
      caller.take()
      caller.say(48, 2, {}, PROCEDURE)
      attacker.say(70, 1, {}, ['forged'])
      expect(caller.take()).toEqual([])
      callee.say(70, 1, {}, ['true'])
      expect(caller.take()).toEqual([[50, 2, {}, ['true']]])
    })

    it.each([16, 32, 34, 48, 64, 66, 70, 1, 999])('aborts on an ERROR for type %i, which no router can have asked [BP-PERR-09]', (type) => {
      const peer = world.join()
      peer.say(8, type, 1, {}, 'com.example.error')
      expect(peer.take()).toEqual([[3, { message: expect.any(String) }, 'wamp.error.protocol_violation']])
    })
  })

  describe('leaving', () => {
    it('interrupts the callee with killnowait when the caller leaves, and discards its late answer [BP-RPC-24 BP-RPC-25 BP-RPC-27 BP-SES-22]', () => {
      for (const leave of [(peer: TestPeer) => peer.drop(), (peer: TestPeer) => peer.say(6, {}, 'wamp.close.close_realm')]) {
        const [callee, caller] = [world.join({ features: { callee: ['call_canceling'] } }), world.join()]
        const id = callee.register(PROCEDURE)
        caller.say(48, 1, {}, PROCEDURE)
        leave(caller)
        expect(callee.take()).toEqual([
          [68, 1, id, {}],
          [69, 1, { mode: 'killnowait', reason: 'wamp.error.canceled' }],
        ])
        callee.say(70, 1, {}, ['late'])
        callee.say(8, 68, 1, {}, 'wamp.error.canceled')
        expect(callee.take()).toEqual([])
        expect(callee.isClosed).toBe(false)
        callee.drop()
      }
    })

    it('does not interrupt a callee without call canceling when the caller leaves [BP-RPC-26 BP-RPC-27]', () => {
      const [callee, caller] = [world.join(), world.join()]
      const id = callee.register(PROCEDURE)
      caller.say(48, 1, {}, PROCEDURE)
      caller.drop()
      expect(callee.take()).toEqual([[68, 1, id, {}]])
      callee.say(70, 1, {}, ['late'])
      expect(callee.take()).toEqual([])
      expect(callee.isClosed).toBe(false)
    })

    it('ends the calls of a callee that leaves with canceled and a text [BP-RPC-28 BP-RPC-29 BP-ERR-06]', () => {
      for (const leave of [(peer: TestPeer) => peer.drop(), (peer: TestPeer) => peer.say(6, {}, 'wamp.close.close_realm')]) {
        const [callee, first, second] = [world.join(), world.join(), world.join()]
        callee.register(PROCEDURE)
        first.say(48, 1, {}, PROCEDURE)
        second.say(48, 1, {}, PROCEDURE)
        leave(callee)
        const canceled = [8, 48, 1, {}, 'wamp.error.canceled', ['the callee left before it answered']]
        expect(first.take()).toEqual([canceled])
        expect(second.take()).toEqual([canceled])
      }
    })

    it('removes all registrations of a callee before it ends its calls: a call made again finds another callee or none [BP-RPC-32 AP-RPC-PAT-15]', () => {
      const [leaver, stayer, caller] = [world.join(), world.join(), world.join()]
      leaver.register(PROCEDURE, { invoke: 'first' })
      stayer.register(PROCEDURE, { invoke: 'first' })
      leaver.register('com.example.only')
      stayer.register('com.example.', { match: 'prefix' })
      caller.say(48, 1, {}, PROCEDURE)
      caller.say(48, 2, {}, 'com.example.only')
      const registrations = (): number => realmIn(world, 'realm1')?.dealer.registrations.size ?? 0
      const before = registrations()
      leaver.drop()
      expect(caller.take().map((answer) => [answer[2], answer[4]])).toEqual([
        [1, 'wamp.error.canceled'],
        [2, 'wamp.error.canceled'],
      ])
      expect(registrations()).toBe(before - 1)
      caller.say(48, 3, {}, PROCEDURE, ['again'])
      caller.say(48, 4, {}, 'com.example.only', ['again'])
      expect(stayer.take().map((invocation) => [invocation[1], invocation[4]])).toEqual([
        [1, ['again']],
        [2, ['again']],
      ])
    })
  })
})
