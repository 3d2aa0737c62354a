// Shows the dynamic authorizer: what it is asked, what its answers mean, and that without an answer nothing is allowed.

import type { RealmOptions, Rule } from '@trunkline/router'
import type { TestPeer } from '@trunkline/testkit'
import { World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { answer, believing, joinAs } from '../testing/logins.ts'

const STATIC: readonly Rule[] = [
  { uri: 'com.authorize', allow: ['register'] },
  { uri: 'com.helper', allow: ['call'] },
]

let world: World
let authorizer: TestPeer
beforeEach(() => {
  world = new World({ realms: {} })
})
afterEach(() => world.end())

/** Makes realm1 with a session that is the authorizer. */
function start(options: Partial<RealmOptions> = {}): void {
  world.router.addRealm('realm1', {
    authenticate: believing,
    roles: { authorizer: STATIC },
    dynamicAuthorizer: { procedure: 'com.authorize' },
    ...options,
  })
  authorizer = joinAs(world, 'judge@authorizer')
  authorizer.say(64, 1, {}, 'com.authorize')
  expect(answer(authorizer)).toBe(65)
}

/** The authorizer answers the one question that it was asked; returns the question's arguments. */
function decide(verdict: unknown): unknown {
  const [, invocation, , , args] = authorizer.takeOne()
  authorizer.say(70, invocation, {}, [verdict])
  return args
}

describe('a dynamic authorizer', () => {
  it('is called with the session, the URI, the action and the options [AP-AUZ-01 AP-AUZ-02 AP-AUZ-03]', () => {
    start()
    const peer = joinAs(world, 'peter@user')
    const session = { session: peer.session, authid: 'peter', authrole: 'user', authmethod: 'test', realm: 'realm1' }
    peer.say(32, 1, { match: 'prefix' }, 'com.a.')
    expect(decide(true)).toEqual([session, 'com.a.', 'subscribe', { match: 'prefix' }])
    peer.say(64, 2, {}, 'com.a')
    expect(decide(true)).toEqual([session, 'com.a', 'register', { match: 'exact' }])
    peer.say(48, 3, {}, 'com.b')
    expect(decide(true)).toEqual([session, 'com.b', 'call', {}])
    peer.say(16, 4, { acknowledge: true }, 'com.b')
    expect(decide(true)).toEqual([session, 'com.b', 'publish', {}])
    expect(peer.take().map((message) => (message[0] === 8 ? message[4] : message[0]))).toEqual([33, 65, 'wamp.error.no_such_procedure', 17])
  })

  it('gets the context of a trace with the question, which the log names when it fails', () => {
    start()
    const context = { _traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', _tracestate: 'a=1' }
    joinAs(world, 'peter@user').say(48, 3, context, 'com.b')
    const [, invocation, , details] = authorizer.takeOne()
    expect(details).toEqual(context)
    authorizer.say(70, invocation, {}, ['neither yes nor no'])
    world.settle()
    const fields = { area: 'rights', trace_id: '0af7651916cd43dd8448eb211c80319c' }
    expect(world.log.lines).toMatchObject([{ event: 'authorizer failed', fields }])
  })

  it.each([
    [true, 33],
    [false, 'wamp.error.not_authorized'],
    [{ allow: true }, 33],
    [{ allow: false }, 'wamp.error.not_authorized'],
    [{ allow: true, disclose: false, cache: false, unknown: 1 }, 33],
    ['yes', 'wamp.error.authorization_failed'],
    [1, 'wamp.error.authorization_failed'],
    [null, 'wamp.error.authorization_failed'],
    [{}, 'wamp.error.authorization_failed'],
    [{ allow: 'true' }, 'wamp.error.authorization_failed'],
    [[true], 'wamp.error.authorization_failed'],
  ])('answers %j: the session gets %s [AP-AUZ-05 AP-AUZ-06]', (verdict, expected) => {
    start()
    const peer = joinAs(world, 'peter@user')
    peer.say(32, 1, {}, 'com.a')
    expect(peer.take()).toEqual([])
    decide(verdict)
    expect(answer(peer)).toBe(expected)
  })

  it('that answers nothing at all or with an error denies by authorization_failed [AP-AUZ-06]', () => {
    start()
    const peer = joinAs(world, 'peter@user')
    peer.say(48, 1, {}, 'com.a')
    authorizer.say(70, authorizer.takeOne()[1], {})
    expect(answer(peer)).toBe('wamp.error.authorization_failed')
    peer.say(48, 2, {}, 'com.a')
    authorizer.say(8, 68, authorizer.takeOne()[1], {}, 'com.broken', ['true'])
    expect(answer(peer)).toBe('wamp.error.authorization_failed')
    expect(world.router.counters.authorizationsFailed).toBe(2)
  })

  /** Sessions of one user that each ask about a topic. */
  function askMuch(count: number): TestPeer[] {
    const many = Array.from({ length: count }, () => joinAs(world, 'peter@user'))
    for (const [i, peer] of many.entries()) peer.say(32, 1, {}, `com.a${i}`)
    return many
  }

  it('is asked ever more questions of one user while it answers as soon, 64 at most, whose others wait in order', () => {
    start()
    const many = askMuch(270)
    const open: unknown[][] = []
    const asked: number[] = []
    const topics: unknown[] = []
    for (let round = 0; round < 6; round++) {
      open.push(...authorizer.take())
      asked.push(open.length)
      world.advance(300)
      for (const [, invocation, , , args] of open.splice(0)) {
        topics.push((args as unknown[])[1])
        authorizer.say(70, invocation, {}, [true])
      }
    }
    expect(asked).toEqual([4, 8, 16, 32, 64, 64])
    expect(topics).toEqual(Array.from({ length: 188 }, (_, i) => `com.a${i}`))
    expect(many.slice(0, 188).map((peer) => answer(peer))).toEqual(Array.from({ length: 188 }, () => 33))
    const other = joinAs(world, 'paula@user')
    other.say(32, 1, {}, 'com.b')
    expect(authorizer.take().map(([, , , , args]) => (args as unknown[])[1])).toContain('com.b')
    world.advance(6_000)
    expect(many.slice(188).map((peer) => answer(peer))).toEqual(Array.from({ length: 82 }, () => 'wamp.error.authorization_failed'))
    // None of those that waited was asked once it was too late.
    expect(authorizer.take().filter(([type]) => type === 68)).toEqual([])
  })

  it('that answers one question after another is asked few of one user at a time, so that others wait for a few', () => {
    start()
    askMuch(200)
    const open: unknown[][] = []
    const lengths: number[] = []
    for (let i = 0; i < 80; i++) {
      open.push(...authorizer.take())
      lengths.push(open.length)
      world.advance(50)
      authorizer.say(70, open.shift()?.[1], {}, [true])
    }
    expect(Math.max(...lengths)).toBeLessThanOrEqual(6)
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(1)
    const other = joinAs(world, 'paula@user')
    other.say(32, 1, {}, 'com.b')
    open.push(...authorizer.take())
    const before = open.findIndex(([, , , , args]) => (args as unknown[])[1] === 'com.b')
    expect([before >= 0, before <= 6]).toEqual([true, true])
  })

  it('that has not answered in time is asked two questions of that user at a time, and those of others at once', () => {
    start()
    const asked = (): unknown[] => authorizer.take().flatMap(([type, , , , args]) => (type === 68 ? [(args as unknown[])[1]] : []))
    askMuch(4)
    expect(asked().length).toBe(4)
    world.advance(3_000)
    askMuch(10)
    expect(asked()).toEqual([])
    world.advance(2_000)
    expect(asked()).toEqual(['com.a0', 'com.a1'])
    joinAs(world, 'paula@user').say(32, 1, {}, 'com.b')
    expect(asked()).toEqual(['com.b'])
  })

  it('that does not answer in time denies, and its late answer has no effect [AP-AUZ-06]', () => {
    start({ dynamicAuthorizer: { procedure: 'com.authorize', deadlineMs: 3_000 } })
    const [peer, subscriber] = [joinAs(world, 'peter@user'), joinAs(world, 'paula@user')]
    subscriber.say(32, 1, {}, 'com.a')
    decide(true)
    subscriber.take()
    peer.say(16, 1, { acknowledge: true }, 'com.a')
    const [, invocation] = authorizer.takeOne()
    world.advance(2_000)
    expect(peer.take()).toEqual([])
    world.advance(1_000)
    expect(answer(peer)).toBe('wamp.error.authorization_failed')
    authorizer.take() // INTERRUPT, where it can be interrupted.
    authorizer.say(70, invocation, {}, [true])
    expect([peer.take(), subscriber.take()]).toEqual([[], []])
    expect(world.router.counters.authorizationsFailed).toBe(1)
  })

  it('that is not there denies at once, and takes effect as soon as it is there', () => {
    start()
    const peer = joinAs(world, 'peter@user')
    authorizer.drop()
    peer.say(48, 1, {}, 'com.a')
    expect(answer(peer)).toBe('wamp.error.authorization_failed')
    authorizer = joinAs(world, 'judge@authorizer')
    authorizer.say(64, 1, {}, 'com.authorize')
    authorizer.take()
    peer.say(48, 2, {}, 'com.a')
    decide(true)
    expect(answer(peer)).toBe('wamp.error.no_such_procedure')
  })

  it('that leaves while it is asked denies', () => {
    start()
    const peer = joinAs(world, 'peter@user')
    peer.say(48, 1, {}, 'com.a')
    authorizer.drop()
    expect(answer(peer)).toBe('wamp.error.authorization_failed')
  })

  it('is never asked about roles that have rules: neither its own, nor one with none that grants anything', () => {
    start({ roles: { authorizer: STATIC, nobody: [] } })
    authorizer.say(48, 2, {}, 'com.helper')
    expect(answer(authorizer)).toBe('wamp.error.no_such_procedure')
    authorizer.say(48, 3, {}, 'com.other')
    expect(answer(authorizer)).toBe('wamp.error.not_authorized')
    const nobody = joinAs(world, 'peter@nobody')
    nobody.say(48, 1, {}, 'com.helper')
    expect(answer(nobody)).toBe('wamp.error.not_authorized')
    expect(world.router.counters.authorizationsAsked).toBe(0)
  })

  it('cannot be replaced by a session that it has not let register its procedure', () => {
    start()
    authorizer.drop()
    const attacker = joinAs(world, 'eve@user')
    attacker.say(64, 1, {}, 'com.authorize')
    expect(answer(attacker)).toBe('wamp.error.authorization_failed')
  })

  it('may be in another realm', () => {
    world.router.addRealm('admin', { authenticate: believing, roles: { authorizer: STATIC } })
    world.router.addRealm('realm1', { authenticate: believing, dynamicAuthorizer: { procedure: 'com.authorize', realm: 'admin' } })
    authorizer = joinAs(world, 'judge@authorizer', 'admin')
    authorizer.say(64, 1, {}, 'com.authorize')
    authorizer.take()
    const peer = joinAs(world, 'peter@user')
    peer.say(32, 1, {}, 'com.a')
    expect(decide(true)).toMatchObject([{ realm: 'realm1' }, 'com.a', 'subscribe', {}])
    expect(answer(peer)).toBe(33)
    world.router.removeRealm('admin')
    authorizer.take()
    peer.say(32, 2, {}, 'com.b')
    expect(answer(peer)).toBe('wamp.error.authorization_failed')
  })

  it('may disclose the caller and the publisher unasked', () => {
    start()
    const [peer, receiver] = [joinAs(world, 'peter@user'), joinAs(world, 'paula@user')]
    receiver.say(32, 1, {}, 'com.a')
    decide(true)
    receiver.say(64, 2, {}, 'com.a')
    decide(true)
    receiver.take()
    peer.say(16, 1, {}, 'com.a')
    decide({ allow: true, disclose: true })
    expect(receiver.takeOne()[3]).toEqual({ publisher: peer.session, publisher_authid: 'peter', publisher_authrole: 'user' })
    peer.say(48, 2, {}, 'com.a')
    decide({ allow: true, disclose: true })
    expect(receiver.takeOne()[3]).toEqual({ caller: peer.session, caller_authid: 'peter', caller_authrole: 'user' })
  })

  it('grants the use of options only by name [AP-AUZ-08]', () => {
    start()
    const peer = joinAs(world, 'peter@user')
    peer.say(64, 1, { force_reregister: true }, 'com.a')
    decide(true)
    peer.say(16, 2, { acknowledge: true, retain: true }, 'com.a')
    decide({ allow: true, options: [] })
    peer.say(16, 3, { acknowledge: true, retain: true }, 'com.a')
    decide({ allow: true })
    expect(peer.take().map((message) => message[4] ?? message[0])).toEqual([
      'wamp.error.option_not_allowed',
      'wamp.error.option_not_allowed',
      17,
    ])
  })

  it('refuses options that cannot work', () => {
    const make = (dynamicAuthorizer: RealmOptions['dynamicAuthorizer']): (() => unknown) => {
      return () => world.router.addRealm('realm2', { ...(dynamicAuthorizer && { dynamicAuthorizer }) })
    }
    expect(make({ procedure: 'com.authorize', deadlineMs: 0 })).toThrow('deadline')
    expect(make({ procedure: 'com.authorize', cache: { entries: 0, ttlMs: 1 } })).toThrow('cache')
  })
})

describe('the cache of a dynamic authorizer', () => {
  const CACHE = { procedure: 'com.authorize', cache: { entries: 2, ttlMs: 10_000 } }
  const YES = { allow: true, cache: true }

  /** Publishes; whether the authorizer was asked about it. */
  function isAsked(peer: TestPeer, uri: string, verdict: unknown = YES): boolean {
    const before = world.router.counters.authorizationsAsked
    peer.say(16, (requests += 1), {}, uri)
    const wasAsked = world.router.counters.authorizationsAsked > before
    if (wasAsked) decide(verdict)
    return wasAsked
  }
  let requests = 0
  beforeEach(() => {
    requests = 0
    start({ dynamicAuthorizer: CACHE, requestIds: 'tolerant' })
  })

  it('holds only what the authorizer says may be held, and for its time', () => {
    const peer = joinAs(world, 'peter@user')
    expect([isAsked(peer, 'com.a', true), isAsked(peer, 'com.a', true)]).toEqual([true, true])
    expect([isAsked(peer, 'com.a', { allow: true, cache: false }), isAsked(peer, 'com.a')]).toEqual([true, true])
    expect([isAsked(peer, 'com.a'), isAsked(peer, 'com.a')]).toEqual([false, false])
    world.advance(10_000)
    expect(isAsked(peer, 'com.a')).toBe(true)
  })

  it('holds refusals too', () => {
    const peer = joinAs(world, 'peter@user')
    peer.say(48, 1, {}, 'com.a')
    decide({ allow: false, cache: true })
    peer.say(48, 2, {}, 'com.a')
    expect(peer.take().map((message) => message[4])).toEqual(['wamp.error.not_authorized', 'wamp.error.not_authorized'])
    expect(world.router.counters.authorizationsAsked).toBe(1)
  })

  it('tells principals, actions, URIs and match policies apart, and not sessions (threat: a cache keyed by role)', () => {
    const [peter, again, paula] = [joinAs(world, 'peter@user'), joinAs(world, 'peter@user'), joinAs(world, 'paula@user')]
    expect(isAsked(peter, 'com.a')).toBe(true)
    expect(isAsked(again, 'com.a')).toBe(false)
    expect(isAsked(paula, 'com.a', false)).toBe(true)
    const before = world.router.counters.authorizationsAsked
    again.say(48, 100, {}, 'com.a')
    decide(true)
    again.say(32, 101, {}, 'com.a')
    decide(YES)
    again.say(32, 102, { match: 'prefix' }, 'com.a')
    decide(true)
    expect(world.router.counters.authorizationsAsked).toBe(before + 3)
  })

  it('never holds failures', () => {
    const peer = joinAs(world, 'peter@user')
    expect([isAsked(peer, 'com.a', { cache: true }), isAsked(peer, 'com.a', { allow: 1, cache: true }), isAsked(peer, 'com.a')]).toEqual([
      true,
      true,
      true,
    ])
  })

  it('has its bound, and forgets first what was used longest ago (threat 21: an authorizer cache without end)', () => {
    const peer = joinAs(world, 'peter@user')
    for (const uri of ['com.a', 'com.b']) isAsked(peer, uri)
    expect(isAsked(peer, 'com.a')).toBe(false)
    expect(isAsked(peer, 'com.c')).toBe(true)
    expect([isAsked(peer, 'com.a'), isAsked(peer, 'com.c')]).toEqual([false, false])
    expect(isAsked(peer, 'com.b')).toBe(true)
  })

  it('is empty after a change of the authorizer', () => {
    const peer = joinAs(world, 'peter@user')
    isAsked(peer, 'com.a')
    world.router.updateRealm('realm1', {
      authenticate: believing,
      requestIds: 'tolerant',
      roles: { authorizer: STATIC },
      dynamicAuthorizer: { ...CACHE, deadlineMs: 1_000 },
    })
    expect(isAsked(peer, 'com.a')).toBe(true)
  })
})
