// Shows what happens when a realm changes or goes while sessions are in it: what was granted is judged again.

import { createHash } from 'node:crypto'
import type { Authorizer, RealmOptions, Rule } from '@trunkline/router'
import type { TestPeer } from '@trunkline/testkit'
import { World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { answer, believing, joinAs } from './testing/logins.ts'
import { oneByOne } from './testing/one-by-one.ts'
import { realmIn } from './testing/realm-in.ts'

const ALL: Rule['allow'] = ['call', 'register', 'publish', 'subscribe']
const EVERYTHING: readonly Rule[] = [{ uri: '**', allow: ALL }]

function realmOf(roles: RealmOptions['roles'], more: Partial<RealmOptions> = {}): RealmOptions {
  return { authenticate: believing, ...(roles && { roles }), ...more }
}

let world: World
beforeEach(() => {
  world = new World({ realms: { realm1: realmOf({ user: EVERYTHING, admin: [{ uri: 'wamp.**', allow: ALL }] }) } })
})
afterEach(() => world.end())

/** Subscribes and registers; the ids. */
function hold(peer: TestPeer, topic: string, procedure: string, options: object = {}): [unknown, unknown] {
  peer.say(32, 1, options, topic)
  peer.say(64, 2, options, procedure)
  const [subscribed, registered] = peer.take()
  return [subscribed?.[2], registered?.[2]]
}

describe('a change of rights', () => {
  it('revokes what is no longer granted and tells the session; what is still granted stays', () => {
    const peer = joinAs(world, 'peter@user')
    const [subscription, registration] = hold(peer, 'com.a', 'com.a')
    peer.say(32, 3, {}, 'com.b')
    const [, , kept] = peer.takeOne()
    const update = world.router.updateRealm('realm1', realmOf({ user: [{ uri: 'com.b', allow: ALL }], admin: [] }))
    expect(update).toEqual({
      changed: ['roles'],
      needRestart: [],
      sessionsEnded: 0,
      subscriptionsRevoked: 1,
      registrationsRevoked: 1,
      stillAsked: 0,
    })
    expect(peer.take()).toEqual([
      [35, 0, { subscription, reason: 'wamp.error.not_authorized' }],
      [67, 0, { registration, reason: 'wamp.error.not_authorized' }],
    ])
    const other = joinAs(world, 'paula@user')
    other.say(16, 1, { acknowledge: true }, 'com.a')
    other.say(16, 2, {}, 'com.b')
    expect(other.take().map((message) => message[4])).toEqual(['wamp.error.not_authorized'])
    expect(peer.take().map(([type, id]) => [type, id])).toEqual([[36, kept]])
    expect(peer.isClosed).toBe(false)
    expect(world.router.counters.grantsRevoked).toBe(2)
  })

  it.each([
    ['prefix', 'com.'],
    ['wildcard', 'com.'],
    ['wildcard', '.secret'],
    ['prefix', ''],
  ])('revokes a %s pattern %j that now reaches what is denied (threat 5: a pattern beats a denied topic)', (match, pattern) => {
    const [peer, publisher] = [joinAs(world, 'peter@user'), joinAs(world, 'paula@user')]
    hold(peer, pattern, pattern, { match })
    world.router.updateRealm('realm1', realmOf({ user: [...EVERYTHING, { uri: 'com.secret', allow: ['publish', 'call'] }], admin: [] }))
    expect(peer.take().map(([type]) => type)).toEqual([35, 67])
    publisher.say(16, 1, {}, 'com.secret', ['secret'])
    publisher.say(48, 2, {}, 'com.secret', ['secret'])
    expect(peer.take()).toEqual([])
    expect(answer(publisher)).toBe('wamp.error.no_such_procedure')
  })

  it('lets a call under way end, though its registration is revoked', () => {
    const [callee, caller] = [joinAs(world, 'peter@user'), joinAs(world, 'paula@user')]
    hold(callee, 'com.a', 'com.a')
    caller.say(48, 1, {}, 'com.a')
    const [, invocation] = callee.takeOne()
    world.router.updateRealm('realm1', realmOf({ user: [{ uri: '**', allow: ['call'] }], admin: [] }))
    callee.take()
    callee.say(70, invocation, {}, ['result'])
    expect(caller.takeOne()).toEqual([50, 1, {}, ['result']])
    caller.say(48, 2, {}, 'com.a')
    expect(answer(caller)).toBe('wamp.error.no_such_procedure')
  })

  it('is seen by those who watch, as an ordinary end of subscriptions and registrations', () => {
    const [peer, watcher] = [joinAs(world, 'peter@user'), joinAs(world, 'anna@admin')]
    const [subscription, registration] = hold(peer, 'com.a', 'com.a')
    watcher.say(32, 1, { match: 'prefix' }, 'wamp.')
    watcher.take()
    world.router.updateRealm('realm1', realmOf({ user: [], admin: [{ uri: 'wamp.**', allow: ALL }] }))
    world.settle()
    const events = watcher.take().map(([, , , details, args]) => [(details as { topic: string }).topic, (args as unknown[])[1]])
    expect(events).toEqual([
      ['wamp.subscription.on_unsubscribe', subscription],
      ['wamp.subscription.on_delete', subscription],
      ['wamp.registration.on_unregister', registration],
      ['wamp.registration.on_delete', registration],
    ])
  })

  it('takes a subscription to meta events away too', () => {
    const watcher = joinAs(world, 'anna@admin')
    watcher.say(32, 1, {}, 'wamp.session.on_join')
    watcher.take()
    world.router.updateRealm('realm1', realmOf({ user: [], admin: EVERYTHING }))
    expect(watcher.takeOne().slice(0, 2)).toEqual([35, 0])
    joinAs(world, 'peter@user')
    expect(watcher.take()).toEqual([])
  })

  it('ends the sessions of a role that is gone, and only those', () => {
    const [peter, paula] = [joinAs(world, 'peter@user'), joinAs(world, 'paula@admin')]
    const update = world.router.updateRealm('realm1', realmOf({ admin: EVERYTHING }))
    expect(update.sessionsEnded).toBe(1)
    expect(peter.takeOne()).toEqual([6, { message: 'the realm no longer admits this role' }, 'wamp.close.killed'])
    expect([paula.take(), paula.isClosed]).toEqual([[], false])
  })

  it('ends anonymous sessions where they are no longer let in', () => {
    world.router.addRealm('open', { anonymousRole: 'guest', roles: { guest: EVERYTHING } })
    const guest = world.join({ realm: 'open' })
    world.router.updateRealm('open', { roles: { guest: EVERYTHING } })
    expect(guest.takeOne()[2]).toBe('wamp.close.killed')
  })

  it('ends the sessions of users and cookies that are gone or have another role, and no others', () => {
    const cookies = (names: Readonly<Record<string, string>>): Pick<RealmOptions, 'authentication'> => {
      const entries = Object.entries(names).map(([authid, role]) => [createHash('sha256').update(authid).digest('hex'), { authid, role }])
      const users = Object.fromEntries(Object.entries(names).map(([authid, role]) => [`${authid}-user`, { role, ticket: authid }]))
      return { authentication: { users, cookie: { name: 'sid', origins: [], static: Object.fromEntries(entries) } } }
    }
    const roles = { user: EVERYTHING, other: EVERYTHING }
    world.router.addRealm('shop', { ...cookies({ ann: 'user', bob: 'user', cid: 'user' }), roles })
    const peers = ['ann', 'bob', 'cid'].flatMap((name) => {
      const [byCookie, byTicket] = [world.connect(), world.connect()]
      byCookie.info = { ...byCookie.info, cookie: `sid=${name}` }
      byCookie.say(1, 'shop', { authmethods: ['cookie'], roles: { caller: {} } })
      byTicket.say(1, 'shop', { authmethods: ['ticket'], authid: `${name}-user`, roles: { caller: {} } })
      byTicket.take()
      byTicket.say(5, name, {})
      expect([byCookie.takeOne()[0], byTicket.takeOne()[0]]).toEqual([2, 2])
      return [byCookie, byTicket]
    })
    const update = world.router.updateRealm('shop', { ...cookies({ ann: 'user', bob: 'other' }), roles })
    expect(update.sessionsEnded).toBe(4)
    expect(peers.map((peer) => peer.take().map((message) => message[2]))).toEqual([
      [],
      [],
      ...Array.from({ length: 4 }, () => ['wamp.close.killed']),
    ])
  })

  it.each([
    ['changes', () => world.router.updateRealm('shop', realmOf({ user: EVERYTHING })).sessionsEnded, 'wamp.close.killed'],
    ['goes', () => world.router.removeRealm('shop'), 'wamp.close.close_realm'],
  ])('ends very many sessions in several turns, in which they can do nothing any more, when the realm %s', (_, change, reason) => {
    world.router.addRealm('shop', realmOf({ gone: EVERYTHING, user: EVERYTHING }))
    const peers = Array.from({ length: 300 }, (_each, i) => joinAs(world, `n${i}@gone`, 'shop'))
    const realm = realmIn(world, 'shop')
    const tasks: (() => void)[] = []
    const defer = vi.spyOn(world.scheduler, 'defer').mockImplementation((task) => void tasks.push(task))
    expect([change(), realm?.memberCount]).toEqual([300, 44])
    // It would be answered at once.
    peers.at(-1)?.say(34, 1, 4_711)
    for (const task of tasks) task()
    defer.mockRestore()
    expect(realm?.memberCount).toBe(0)
    expect(new Set(peers.flatMap((peer) => peer.take().map((message) => message[2])))).toEqual(new Set([reason]))
  })

  it('that cannot be made changes nothing', () => {
    const peer = joinAs(world, 'peter@user')
    hold(peer, 'com.a', 'com.a')
    expect(() => world.router.updateRealm('realm1', realmOf({ user: [{ uri: 'com..a.**', allow: [] }] }))).toThrow(
      'not a valid URI pattern',
    )
    expect(() => world.router.updateRealm('nowhere', {})).toThrow("there is no realm 'nowhere'")
    peer.say(16, 3, { acknowledge: true, exclude_me: false }, 'com.a')
    expect(peer.take().map(([type]) => type)).toEqual([17, 36])
  })

  it('tells what differs, and all of it holds at once', () => {
    const roles = { user: EVERYTHING, admin: [{ uri: 'wamp.**', allow: ALL }] as const }
    const before = realmOf(roles)
    expect(world.router.updateRealm('realm1', before).changed).toEqual([])
    const after = realmOf(roles, { slowConsumers: { policy: 'conflate' }, limits: { subscriptions: 1 }, uriRule: 'strict' })
    const update = world.router.updateRealm('realm1', after)
    expect([update.changed.toSorted(), update.needRestart]).toEqual([['limits', 'slowConsumers', 'uriRule'], []])
    const peer = joinAs(world, 'peter@user')
    peer.say(32, 1, {}, 'com.A')
    peer.say(32, 2, {}, 'com.a')
    peer.say(32, 3, {}, 'com.b')
    expect(peer.take().map((message) => message[4] ?? message[0])).toEqual(['wamp.error.invalid_uri', 33, 'trunkline.error.limit_exceeded'])
  })

  it('refuses who began to log in before it, so that nobody comes in under rules that are gone', () => {
    const waiting: (() => void)[] = []
    const slow: RealmOptions['authenticate'] = (request, info, next) => void waiting.push(() => believing(request, info, next))
    world.router.addRealm('slow', { authenticate: slow, roles: { user: [] } })
    const peer = world.connect()
    peer.say(1, 'slow', { authid: 'peter@user', roles: { caller: {} } })
    world.router.updateRealm('slow', { authenticate: slow, roles: { user: EVERYTHING } })
    waiting[0]?.()
    expect(peer.takeOne()[2]).toBe('wamp.error.authentication_failed')
  })
})

describe('a change of rights, with an authorizer that takes its time', () => {
  class LateAuthorizer implements Authorizer {
    readonly asked: { readonly uri: string; readonly answer: (verdict: boolean | 'failed') => void }[] = []
    allows({ uri }: { uri: string }, given: (verdict: boolean | 'failed') => void): undefined {
      this.asked.push({ uri, answer: given })
    }

    answer(verdict: boolean | 'failed'): string | undefined {
      const question = this.asked.shift()
      question?.answer(verdict)
      world.settle()
      return question?.uri
    }
  }

  it('asks about one grant after the other, keeps what is granted and revokes the rest', () => {
    const late = new LateAuthorizer()
    const peer = joinAs(world, 'peter@user')
    for (const [i, uri] of ['com.a', 'com.b', 'com.c'].entries()) peer.say(32, i + 1, {}, uri)
    peer.take()
    const update = world.router.updateRealm('realm1', realmOf(undefined, { authorizer: late }))
    expect([update.stillAsked, update.subscriptionsRevoked]).toEqual([3, 0])
    expect(late.asked.length).toBe(1)
    expect([late.answer(false), late.answer(true), late.answer('failed')]).toEqual(['com.a', 'com.b', 'com.c'])
    expect(peer.take().map(([, , details]) => (details as { reason: string }).reason)).toEqual([
      'wamp.error.not_authorized',
      'wamp.error.authorization_failed',
    ])
    expect(realmIn(world, 'realm1')?.broker.subscriptions.size).toBe(1)
  })

  it('asks again about what was being asked when the rights changed: the old answer has no force', () => {
    const late = new LateAuthorizer()
    world.router.addRealm('late', realmOf(undefined, { authorizer: late }))
    const peer = joinAs(world, 'peter@user', 'late')
    peer.sayAll([32, 1, {}, 'com.a'], [32, 2, {}, 'com.b'])
    world.router.updateRealm('late', realmOf({ user: [{ uri: 'com.b', allow: ['subscribe'] }] }))
    late.answer(true)
    expect(peer.take().map((message) => message[4] ?? message[0])).toEqual(['wamp.error.not_authorized', 33])
  })

  it('does not revoke a subscription of a later time for a question of an earlier one', () => {
    const late = new LateAuthorizer()
    const peer = joinAs(world, 'peter@user')
    peer.say(32, 1, {}, 'com.a')
    world.router.updateRealm('realm1', realmOf(undefined, { authorizer: late }))
    world.router.updateRealm('realm1', realmOf({ user: EVERYTHING }))
    peer.take()
    late.answer(false)
    expect(peer.take()).toEqual([])
  })
})

describe('very many grants', () => {
  const URIS = Array.from({ length: 1_500 }, (_, i) => `com.example.n${i}`)

  /** Whether the grants are known from the rules, or the authorizer of a program is asked about each. */
  it.each(['rules', 'program'])('are checked in several turns, while new requests are judged by the new rights: %s', (kind) => {
    const [peer, other] = [joinAs(world, 'peter@user'), joinAs(world, 'paula@user')]
    peer.sayAll(...URIS.map((uri, i) => [32, i + 1, {}, uri]))
    peer.sayAll(...URIS.map((uri, i) => [64, i + 2_000, {}, uri]))
    expect(peer.take().length).toBe(3_000)
    const tasks = oneByOne(world)
    const allows = ({ uri }: { uri: string }): boolean => uri === URIS[1_499]
    const after: RealmOptions =
      kind === 'program' ? realmOf(undefined, { authorizer: { allows } }) : realmOf({ user: [{ uri: String(URIS[1_499]), allow: ALL }] })
    const update = world.router.updateRealm('realm1', after)
    const revoked = update.subscriptionsRevoked + update.registrationsRevoked
    expect(revoked).toBeLessThan(1_100)
    expect(revoked + update.stillAsked).toBe(3_000)
    expect(peer.take().length).toBe(revoked)
    other.say(32, 1, {}, 'com.example.n1400')
    expect(other.takeOne()[4]).toBe('wamp.error.not_authorized')
    let ended = revoked
    while (!tasks.isIdle) {
      tasks.turn()
      const now = peer.take().length
      expect(now).toBeLessThanOrEqual(64)
      ended += now
    }
    expect(ended).toBe(2 * 1_499)
    expect(world.router.counters.grantsRevoked).toBe(2 * 1_499)
  })

  it('are checked by the newest rights where these change again meanwhile', () => {
    const peer = joinAs(world, 'peter@user')
    peer.sayAll(...URIS.map((uri, i) => [32, i + 1, {}, uri]))
    peer.take()
    const tasks = oneByOne(world)
    world.router.updateRealm('realm1', realmOf({ user: [] }))
    world.router.updateRealm('realm1', realmOf({ user: EVERYTHING }))
    const revoked = peer.take().length
    tasks.rest()
    expect([peer.take(), revoked < 1_100]).toEqual([[], true])
    peer.drop()
    tasks.rest()
  })
})

describe('one session whose role has changed', () => {
  it('is judged again by itself', () => {
    const [peter, paula] = [joinAs(world, 'peter@user'), joinAs(world, 'paula@user')]
    for (const peer of [peter, paula]) peer.say(32, 1, {}, 'com.a')
    for (const peer of [peter, paula]) peer.take()
    const session = realmIn(world, 'realm1')?.sessions.get(peter.session)
    if (session === undefined) throw new Error('the session is there')
    Object.assign(session, { identity: { ...session.identity, authrole: 'admin' } })
    expect(world.router.judgeAgain('realm1', peter.session)).toEqual({ subscriptionsRevoked: 1, registrationsRevoked: 0, stillAsked: 0 })
    expect(peter.takeOne().slice(0, 2)).toEqual([35, 0])
    expect(paula.take()).toEqual([])
    peter.say(48, 2, {}, 'wamp.session.count')
    expect(peter.takeOne()[0]).toBe(50)
    expect(world.router.judgeAgain('realm1', 1)).toBeUndefined()
    expect(world.router.judgeAgain('realm2', peter.session)).toBeUndefined()
  })
})

describe("a realm's authorizer", () => {
  class Closing implements Authorizer {
    closed = 0
    readonly asked: ((verdict: 'failed') => void)[] = []
    allows(_: unknown, given: (verdict: 'failed') => void): undefined {
      this.asked.push(given)
    }

    close(): void {
      this.closed++
    }
  }

  it('is closed once another takes its place, and not before', () => {
    const [first, second] = [new Closing(), new Closing()]
    world.router.updateRealm('realm1', { authenticate: believing, authorizer: first })
    world.router.updateRealm('realm1', { authenticate: believing, authorizer: first, limits: { subscriptions: 5 } })
    expect([first.closed, second.closed]).toEqual([0, 0])
    world.router.updateRealm('realm1', { authenticate: believing, authorizer: second })
    expect([first.closed, second.closed]).toEqual([1, 0])
  })

  it('is closed with its realm', () => {
    const authorizer = new Closing()
    world.router.updateRealm('realm1', { authenticate: believing, authorizer })
    world.router.removeRealm('realm1')
    expect(authorizer.closed).toBe(1)
  })

  it('is closed with the router', async () => {
    const authorizer = new Closing()
    world.router.updateRealm('realm1', { authenticate: believing, authorizer })
    await world.router.close()
    await world.router.close()
    expect(authorizer.closed).toBe(1)
  })

  it('that is a procedure is asked nothing more when its realm goes: what it was asked is over, and its calls are cancelled', () => {
    const judging: Partial<RealmOptions> = { dynamicAuthorizer: { procedure: 'com.authorize', realm: 'judges' } }
    world.router.addRealm('judges', realmOf({ judge: EVERYTHING }))
    world.router.addRealm('shop', realmOf({}, judging))
    const judge = world.connect()
    judge.say(1, 'judges', { authid: 'j@judge', roles: { callee: { features: { call_canceling: true } } } })
    judge.take()
    judge.say(64, 1, {}, 'com.authorize')
    judge.take()
    const peer = joinAs(world, 'p@buyer', 'shop')
    peer.say(32, 1, {}, 'com.a')
    expect(judge.takeOne()[0]).toBe(68)
    world.router.removeRealm('shop')
    expect(peer.take().map(([type]) => type)).toEqual([6])
    expect(judge.take().map(([type]) => type)).toEqual([69])
    expect(world.router.counters.authorizationsFailed).toBe(0)
  })
})

describe('a realm that is taken away', () => {
  it('says goodbye to its sessions, and is not there for new ones', () => {
    const [peer, other] = [joinAs(world, 'peter@user'), world.connect()]
    hold(peer, 'com.a', 'com.a')
    expect(world.router.removeRealm('realm1')).toBe(1)
    expect(peer.takeOne()).toEqual([6, { message: 'the realm is closed' }, 'wamp.close.close_realm'])
    other.say(1, 'realm1', { authid: 'paula@user', roles: { caller: {} } })
    expect(other.takeOne()[2]).toBe('wamp.error.no_such_realm')
    expect(world.router.removeRealm('realm1')).toBeUndefined()
    expect(world.router.realms).toEqual([])
  })
})
