// Shows authorization in a realm: refusals, authorizers that take their time, and the order of what waits for them.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Message } from '@trunkline/protocol'
import { CALL } from '@trunkline/protocol'
import type { AuthorizationRequest, Authorizer, Rule } from '@trunkline/router'
import { OPEN_REALM, World } from '@trunkline/testkit'
import type { TestPeer } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { realmIn } from '../testing/realm-in.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.end())

/** A realm `ruled` where anonymous sessions have these rights; in `realm1` they may do everything. */
function ruled(rules: readonly Rule[]): TestPeer {
  if (realmIn(world, 'ruled') === undefined) world.router.addRealm('ruled', { anonymousRole: 'guest', roles: { guest: rules } })
  return world.join({ realm: 'ruled' })
}

describe('static rights', () => {
  const NOTHING: readonly Rule[] = []

  it('refuses every request of a role without rules, and nothing happens [BP-SUB-07 BP-PUB-05 BP-RPC-04 BP-RPC-15]', () => {
    const peer = ruled(NOTHING)
    peer.say(32, 1, {}, 'com.example.topic')
    peer.say(16, 2, { acknowledge: true }, 'com.example.topic')
    peer.say(16, 3, {}, 'com.example.topic')
    peer.say(64, 4, {}, 'com.example.procedure')
    peer.say(48, 5, {}, 'com.example.procedure')
    expect(peer.take()).toEqual([
      [8, 32, 1, {}, 'wamp.error.not_authorized', [expect.any(String)]],
      [8, 16, 2, {}, 'wamp.error.not_authorized', [expect.any(String)]],
      [8, 64, 4, {}, 'wamp.error.not_authorized', [expect.any(String)]],
      [8, 48, 5, {}, 'wamp.error.not_authorized', [expect.any(String)]],
    ])
    expect(peer.isClosed).toBe(false)
    expect(realmIn(world, 'ruled')?.broker.subscriptions.size).toBe(0)
  })

  it('judges each action by itself', () => {
    const rules: Rule[] = [
      { uri: 'com.news.**', allow: ['subscribe'] },
      { uri: 'com.shop.**', allow: ['call'] },
    ]
    const peer = ruled(rules)
    peer.say(32, 1, {}, 'com.news.today')
    peer.say(16, 2, { acknowledge: true }, 'com.news.today')
    peer.say(48, 3, {}, 'com.shop.buy')
    peer.say(64, 4, {}, 'com.shop.buy')
    expect(peer.take().map((answer) => answer[4] ?? answer[0])).toEqual([
      33,
      'wamp.error.not_authorized',
      'wamp.error.no_such_procedure',
      'wamp.error.not_authorized',
    ])
  })

  it.each([
    ['REGISTER', 64],
    ['CALL', 48],
  ])('does not show by the error to a %s whether the procedure exists', (_, type) => {
    let owner: number | undefined
    const onlyOwner: Authorizer = { allows: ({ session }) => session.id === (owner ??= session.id) }
    world.router.addRealm('owned', { ...OPEN_REALM, authorizer: onlyOwner })
    const [callee, attacker] = [world.join({ realm: 'owned' }), world.join({ realm: 'owned' })]
    callee.say(64, 1, {}, 'com.denied.here')
    callee.take()
    attacker.say(type, 1, {}, 'com.denied.here')
    attacker.say(type, 2, {}, 'com.denied.nowhere')
    expect(attacker.take()).toEqual([
      [8, type, 1, {}, 'wamp.error.not_authorized', [expect.any(String)]],
      [8, type, 2, {}, 'wamp.error.not_authorized', [expect.any(String)]],
    ])
    expect(callee.take()).toEqual([])
  })

  it.each([
    ['subscribe', 32, { match: 'prefix' }, 'com.open.'],
    ['subscribe', 32, { match: 'prefix' }, 'com.'],
    ['subscribe', 32, { match: 'prefix' }, ''],
    ['subscribe', 32, { match: 'prefix' }, 'com.open.secret'],
    ['subscribe', 32, { match: 'wildcard' }, 'com.open.'],
    ['subscribe', 32, { match: 'wildcard' }, 'com..secret'],
    ['register', 64, { match: 'prefix' }, 'com.open.sec'],
    ['register', 64, { match: 'wildcard' }, '..'],
  ])('refuses to %s with a pattern that reaches a denied URI (%i %j %j) [AP-PS-PAT-10]', (_, type, options, pattern) => {
    const rules: Rule[] = [
      { uri: 'com.open.**', allow: ['subscribe', 'register', 'publish', 'call'] },
      { uri: 'com.open.secret', allow: ['publish', 'call'] },
    ]
    const [attacker, publisher] = [ruled(rules), ruled(rules)]
    attacker.say(type, 1, options, pattern)
    expect(attacker.takeOne()).toEqual([8, type, 1, {}, 'wamp.error.not_authorized', [expect.any(String)]])
    publisher.say(16, 1, { acknowledge: true }, 'com.open.secret', ['secret'])
    publisher.say(48, 2, {}, 'com.open.secret', ['secret'])
    expect(publisher.take().map(([answer]) => answer)).toEqual([17, 8])
    expect(attacker.take()).toEqual([])
  })

  it('grants a pattern whose every URI is granted [AP-PS-PAT-10]', () => {
    const peer = ruled([{ uri: 'com.open.**', allow: ['subscribe'] }])
    peer.say(32, 1, { match: 'prefix' }, 'com.open.')
    peer.say(32, 2, { match: 'wildcard' }, 'com.open..')
    expect(peer.take().map(([type]) => type)).toEqual([33, 33])
  })

  it.each(['wamp.session.kill', 'wamp.session.kill_by_authid', 'wamp.session.kill_by_authrole', 'wamp.session.kill_all'])(
    'does not let a grant of everything reach %s [AP-META-SES-19]',
    (procedure) => {
      const rules: Rule[] = [{ uri: '**', allow: ['call', 'register', 'publish', 'subscribe'] }]
      const [attacker, victim] = [ruled(rules), ruled(rules)]
      attacker.say(48, 1, {}, procedure, [procedure.endsWith('role') ? 'anonymous' : victim.session])
      expect(attacker.takeOne()).toEqual([8, 48, 1, {}, 'wamp.error.not_authorized', [expect.any(String)]])
      expect(victim.take()).toEqual([])
      expect(victim.isClosed).toBe(false)
    },
  )

  it('lets a rule that names it grant a kill [AP-META-SES-19]', () => {
    const rules: Rule[] = [{ uri: 'wamp.session.kill', allow: ['call'] }]
    const [admin, victim] = [ruled(rules), ruled(rules)]
    admin.say(48, 1, {}, 'wamp.session.kill', [victim.session])
    expect(admin.takeOne()).toEqual([50, 1, {}])
    expect(victim.takeOne()).toEqual([6, {}, 'wamp.close.killed'])
    admin.say(48, 2, {}, 'wamp.session.count')
    expect(admin.takeOne()).toEqual([8, 48, 2, {}, 'wamp.error.not_authorized', [expect.any(String)]])
  })
})

describe('an authorizer that takes its time', () => {
  /** Asks the test about URIs that begin with `slow.`, allows the rest at once. */
  class SlowAuthorizer implements Authorizer {
    readonly asked: { readonly request: AuthorizationRequest; readonly answer: (verdict: boolean | 'failed') => void }[] = []

    allows(request: AuthorizationRequest, answer: (verdict: boolean | 'failed') => void): boolean | undefined {
      if (!request.uri.startsWith('slow.')) return true
      this.asked.push({ request, answer })
      return undefined
    }

    /** Answers the oldest question. */
    answer(verdict: boolean | 'failed'): void {
      const question = this.asked.shift()
      if (question === undefined) throw new Error('nothing was asked')
      question.answer(verdict)
      world.settle()
    }
  }

  let slow: SlowAuthorizer
  beforeEach(() => {
    slow = new SlowAuthorizer()
    world.router.addRealm('slow', { ...OPEN_REALM, authorizer: slow })
  })

  const join = (): TestPeer => world.join({ realm: 'slow' })

  it('is asked with action, URI, match policy, identity and owner', () => {
    const peer = join()
    peer.say(64, 1, { match: 'prefix' }, 'slow.procedure')
    expect(slow.asked[0]?.request).toEqual({
      action: 'register',
      uri: 'slow.procedure',
      match: 'prefix',
      session: { id: peer.session, authid: expect.stringMatching(/^anonymous-/), authrole: 'anonymous', authmethod: 'anonymous' },
      owner: 'anonymous',
    })
    slow.answer(true)
    expect(peer.takeOne()).toEqual([65, 1, expect.any(Number)])
  })

  it.each([
    [true, 'wamp.error.no_such_procedure'],
    [false, 'wamp.error.not_authorized'],
    ['failed', 'wamp.error.authorization_failed'],
  ] as const)('answers %s: the CALL ends with %s [BP-RPC-15 BP-RPC-16]', (verdict, error) => {
    const peer = join()
    peer.say(48, 1, {}, 'slow.procedure')
    expect(peer.take()).toEqual([])
    slow.answer(verdict)
    expect(peer.takeOne()).toMatchObject([8, 48, 1, {}, error, [expect.any(String)]])
  })

  it('tells of a failed authorizer in the answers to all kinds of requests, but not without acknowledgement [BP-RPC-16 BP-PUB-03]', () => {
    const peer = join()
    peer.sayAll([32, 1, {}, 'slow.a'], [16, 2, { acknowledge: true }, 'slow.a'], [16, 3, {}, 'slow.a'], [64, 4, {}, 'slow.a'])
    for (let i = 0; i < 4; i++) slow.answer('failed')
    expect(peer.take()).toEqual([
      [8, 32, 1, {}, 'wamp.error.authorization_failed', [expect.any(String)]],
      [8, 16, 2, {}, 'wamp.error.authorization_failed', [expect.any(String)]],
      [8, 64, 4, {}, 'wamp.error.authorization_failed', [expect.any(String)]],
    ])
  })

  it('does not let a later publication overtake one that waits [BP-ORD-07 BP-ORD-01]', () => {
    const [publisher, subscriber] = [join(), join()]
    subscriber.say(32, 1, { match: 'prefix' }, '')
    subscriber.take()
    publisher.sayAll([16, 1, {}, 'slow.a', [1]], [16, 2, {}, 'fast.a', [2]], [16, 3, {}, 'slow.b', [3]], [16, 4, {}, 'fast.b', [4]])
    expect(subscriber.take()).toEqual([])
    expect(slow.asked.length).toBe(1)
    slow.answer(true)
    expect(subscriber.take().map((event) => event[4])).toEqual([[1], [2]])
    slow.answer(true)
    expect(subscriber.take().map((event) => event[4])).toEqual([[3], [4]])
  })

  it('answers a GOODBYE after everything that was said before it [BP-ORD-07 BP-SES-15]', () => {
    const [publisher, subscriber] = [join(), join()]
    subscriber.say(32, 1, { match: 'prefix' }, '')
    subscriber.take()
    publisher.sayAll([16, 1, {}, 'slow.a', [1]], [16, 2, {}, 'fast.a', [2]], [6, {}, 'wamp.close.close_realm'], [16, 3, {}, 'fast.a', [3]])
    expect([publisher.take(), subscriber.take()]).toEqual([[], []])
    slow.answer(true)
    expect(subscriber.take().map((event) => event[4])).toEqual([[1], [2]])
    expect(publisher.take()).toEqual([[6, {}, 'wamp.close.goodbye_and_out']])
  })

  it('bounds what waits, and ends the session that goes beyond', () => {
    world.router.addRealm('small', { ...OPEN_REALM, authorizer: slow, limits: { pendingRequests: 2 } })
    world.router.addRealm('thin', { ...OPEN_REALM, authorizer: slow, limits: { pendingRequestBytes: 1_000 } })
    const many = world.join({ realm: 'small' })
    many.sayAll([48, 1, {}, 'slow.a'], [48, 2, {}, 'fast'], [48, 3, {}, 'fast'])
    expect(many.isClosed).toBe(false)
    many.say(48, 4, {}, 'fast')
    expect(many.takeOne()[2]).toBe('trunkline.error.limit_exceeded')
    const kilobyte = 'x'.repeat(1_000)
    const large = [
      [{}, 'fast', [kilobyte]],
      [{ rkey: kilobyte }, 'fast'],
      [{}, kilobyte],
    ]
    for (const parts of large) {
      const peer = world.join({ realm: 'thin' })
      peer.sayAll([48, 1, {}, 'slow.a'], [48, 2, ...parts])
      expect(peer.takeOne()[2]).toBe('trunkline.error.limit_exceeded')
      expect(peer.isClosed).toBe(true)
    }
    expect(many.isClosed).toBe(true)
  })

  it('bounds what waits of all sessions of one owner: requests beyond it are refused and counted, and short ones still wait', () => {
    const long = ['x'.repeat(4_000_000)]
    const peers = Array.from({ length: 18 }, join)
    for (const peer of peers) peer.say(48, 1, {}, 'slow.a', long)
    expect(slow.asked.length).toBe(16)
    const refused = [8, 48, 1, {}, 'wamp.error.unavailable', [expect.stringContaining('pending')]]
    expect(peers.slice(16).map((peer) => peer.takeOne())).toEqual([refused, refused])
    const [first, ...others] = peers
    first?.sayAll([48, 2, {}, 'fast', long], [48, 3, {}, 'fast'], [16, 4, {}, 'fast', long])
    expect(first?.take()).toEqual([[8, 48, 2, {}, 'wamp.error.unavailable', [expect.any(String)]]])
    expect(world.router.counters).toMatchObject({ limitsHit: 4, publicationsRefused: 1 })
    slow.answer(true)
    expect(first?.take().map(([, , request]) => request)).toEqual([1, 3])
    for (const peer of others) peer.drop()
    const late = join()
    late.say(48, 1, {}, 'slow.b', long)
    expect(slow.asked.at(-1)?.request.uri).toBe('slow.b')
  })

  it('keeps no request of a session that has left, while its question is still open', async () => {
    const asked = (): WeakRef<Message> => {
      const peer = join()
      const realm = realmIn(world, 'slow')
      const session = realm?.sessions.get(peer.session)
      const call: Message = { type: CALL, request: 1, options: {}, procedure: 'slow.a', payload: undefined }
      if (session !== undefined) realm?.receive(session, call)
      peer.drop()
      return new WeakRef(call)
    }
    const request = asked()
    // What a WeakRef holds is not collected in the same turn.
    await new Promise((resolve) => setImmediate(resolve))
    collectGarbage()
    expect([slow.asked.length, request.deref()]).toEqual([1, undefined])
  })

  it('lets as many octets wait as the limit, says which limit was reached, and counts anew behind each answer', () => {
    const more = [48, 2, {}, 'fast', ['x'.repeat(500)]]
    const roomy = join()
    roomy.sayAll([48, 1, {}, 'slow.a'], more)
    const octets = realmIn(world, 'slow')?.sessions.get(roomy.session)?.pending?.octets ?? 0
    expect(octets).toBeGreaterThan(500)
    for (const [name, limits] of Object.entries({ fits: { pendingRequestBytes: octets }, not: { pendingRequestBytes: octets - 1 } })) {
      world.router.addRealm(name, { ...OPEN_REALM, authorizer: slow, limits })
      const peer = world.join({ realm: name })
      peer.sayAll([48, 1, {}, 'slow.a'], more)
      expect([name, peer.isClosed]).toEqual([name, name === 'not'])
    }
    const limit = { limit: 'octets pending until an authorizer answers', value: octets - 1 }
    expect(world.log.lines.findLast(({ event }) => event === 'limit reached')?.fields).toMatchObject(limit)
    slow.answer(true)
    expect(realmIn(world, 'slow')?.sessions.get(roomy.session)?.pending).toBeUndefined()
  })

  it('does not let a later call overtake one that waits, and goes on after a refusal [BP-ORD-07 BP-ORD-03]', () => {
    const [callee, caller] = [join(), join()]
    callee.say(64, 1, { match: 'prefix' }, 'slow.')
    slow.answer(true)
    callee.say(64, 2, {}, 'fast')
    callee.take()
    caller.sayAll([48, 1, {}, 'slow.a', [1]], [48, 2, {}, 'fast', [2]], [48, 3, {}, 'slow.b', [3]], [48, 4, {}, 'fast', [4]])
    slow.answer(false)
    expect(callee.take().map((invocation) => invocation[4])).toEqual([[2]])
    slow.answer(true)
    expect(callee.take().map((invocation) => invocation[4])).toEqual([[3], [4]])
    expect(caller.take()).toEqual([[8, 48, 1, {}, 'wamp.error.not_authorized', [expect.any(String)]]])
  })

  it('keeps everything of the session in its order, answers of a callee too, while other sessions go on [BP-ORD-07]', () => {
    const [callee, caller, other] = [join(), join(), join()]
    callee.say(64, 1, {}, 'fast')
    callee.take()
    caller.say(48, 1, {}, 'fast')
    callee.take()
    callee.sayAll([16, 2, { acknowledge: true }, 'slow.a'], [70, 1, {}, ['result']])
    other.say(48, 1, {}, 'wamp.session.count')
    expect(other.takeOne()).toEqual([50, 1, {}, [3]])
    expect(caller.take()).toEqual([])
    slow.answer(true)
    expect(callee.take()).toEqual([[17, 2, expect.any(Number)]])
    expect(caller.take()).toEqual([[50, 1, {}, ['result']]])
  })

  it('keeps the payload of what waits, though the bytes in which it came are used again [BP-PUB-07]', () => {
    const [publisher, subscriber] = [join(), join()]
    subscriber.say(32, 1, { match: 'prefix' }, '')
    subscriber.take()
    for (const text of ['[16,1,{},"slow.a",["first"]]', '[16,2,{},"fast.a",["second"]]']) {
      const bytes = new TextEncoder().encode(text)
      publisher.sayBytes(bytes)
      bytes.fill(0x20)
    }
    slow.answer(true)
    expect(subscriber.take().map((event) => event[4])).toEqual([['first'], ['second']])
  })

  it('forgets what waits when the session leaves; a late answer has no effect [BP-SES-22]', () => {
    const [publisher, subscriber] = [join(), join()]
    subscriber.say(32, 1, { match: 'prefix' }, '')
    subscriber.take()
    publisher.sayAll([16, 1, {}, 'slow.a'], [16, 2, {}, 'fast.a'])
    publisher.drop()
    slow.answer(true)
    expect(subscriber.take()).toEqual([])
  })

  it('aborts when what waited turns out to break the protocol, and processes nothing after [BP-PERR-02 BP-PERR-15]', () => {
    const [peer, subscriber] = [join(), join()]
    subscriber.say(32, 1, { match: 'prefix' }, '')
    subscriber.take()
    peer.sayAll([16, 1, {}, 'slow.a'], [70, 99, {}, ['forged']], [16, 2, {}, 'fast.a'])
    slow.answer(true)
    expect(peer.take()).toEqual([[3, { message: expect.any(String) }, 'wamp.error.protocol_violation']])
    expect(peer.closeCause).toBe('protocol_violation')
    expect(subscriber.take().length).toBe(1)
    expect(world.router.counters.violations).toBe(1)
  })
})
