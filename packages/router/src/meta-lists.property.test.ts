// Shows that the lists of the meta API are what they would be if each were made anew for each caller: over random changes of who is
// there, what they hold and define, and what they may, with rules, placeholders and a procedure that decides.

import type { DynamicAuthorizerOptions, RealmOptions, Rule } from '@trunkline/router'
import type { TestPeer } from '@trunkline/testkit'
import { ALLOW_ALL, World } from '@trunkline/testkit'
import fc from 'fast-check'
import assert from 'node:assert/strict'
import { afterEach, describe, expect, it } from 'vitest'
import type { Realm, Session } from './core/index.ts'
import { seesRegistrations, seesSubscriptions } from './core/rights/visibility.ts'
import { believing, joinAs } from './testing/logins.ts'
import { realmIn } from './testing/realm-in.ts'

const ALL: Rule['allow'] = ['call', 'register', 'publish', 'subscribe']
const META: Rule = { uri: 'wamp.**', allow: ['call'] }
const rolesWith = (prefix: string): Record<string, readonly Rule[]> => ({
  all: ALLOW_ALL,
  some: [META, { uri: `${prefix}.**`, allow: ALL }],
  own: [META, { uri: `${prefix}.{authid}`, allow: ALL }],
  monitor: [META, { uri: `${prefix}.x`, allow: ['see'] }],
})
const dynamicAuthorizer: DynamicAuthorizerOptions = { procedure: 'com.authorize', cache: { entries: 50, ttlMs: 1500 } }
const realmWith = (prefix: string): RealmOptions => ({ authenticate: believing, roles: rolesWith(prefix), dynamicAuthorizer })

const WHO = ['u@all', 'v@all', 'u@some', 'v@some', 'u@own', 'v@own', 'u@monitor', 'u@asked'] as const
const PATTERNS = [
  ['exact', 'a.x'],
  ['exact', 'a.u'],
  ['exact', 'a.v'],
  ['exact', 'b.x'],
  ['exact', 'b.u'],
  ['prefix', 'a.'],
  ['prefix', 'b.'],
  ['wildcard', '.x'],
] as const
const LISTS = ['session', 'registration', 'subscription', 'reflection.procedure', 'reflection.topic', 'reflection.error'].map(
  (kind) => `wamp.${kind}.list`,
)

type Operation = readonly [kind: (typeof KINDS)[number], who: number, pattern: number]
const KINDS = [
  'register',
  'subscribe',
  'unregister',
  'unsubscribe',
  'define',
  'undefine',
  'join',
  'leave',
  'reload',
  'mood',
  'wait',
  'list',
] as const

let world: World
afterEach(() => world.end())

class Play {
  readonly #judge: TestPeer
  readonly #peers = new Map<number, TestPeer>()
  #isGenerous = true
  #prefix = 'a'

  constructor() {
    world = new World({ realms: { realm1: realmWith(this.#prefix) } })
    this.#judge = joinAs(world, 'j@all')
    this.#judge.register('com.authorize')
  }

  do([kind, who, pattern]: Operation): void {
    const [match, uri] = PATTERNS[pattern] ?? PATTERNS[0]
    switch (kind) {
      case 'register':
        return void this.#ask(who, 64, { match, invoke: 'roundrobin' }, uri)
      case 'subscribe':
        return void this.#ask(who, 32, { match }, uri)
      case 'unregister':
        return this.#drop(who, 66, 'registrations')
      case 'unsubscribe':
        return this.#drop(who, 34, 'subscriptions')
      case 'define':
      case 'undefine': {
        const description = kind === 'define' ? {} : null
        return void this.#ask(who, 48, {}, 'wamp.reflect.define', [uri, description], {
          kind: ['procedure', 'topic', 'error'][pattern % 3],
        })
      }
      case 'join':
        return void this.#peer(who)
      case 'leave':
        this.#peers.get(who)?.drop()
        this.#peers.delete(who)
        return
      case 'reload':
        this.#prefix = this.#prefix === 'a' ? 'b' : 'a'
        world.router.updateRealm('realm1', realmWith(this.#prefix))
        return this.#answerQuestions()
      case 'mood':
        this.#isGenerous = !this.#isGenerous
        return
      case 'wait':
        return world.advance(2000)
      case 'list':
        return this.#compare(who)
    }
  }

  /** Each list of one who asks twice, with the same made anew. */
  #compare(who: number): void {
    for (const procedure of [...LISTS, ...LISTS]) {
      const answer = this.#ask(who, 48, {}, procedure)
      // The one that decides may refuse the call.
      if (answer?.[0] === 50) assert.deepEqual([procedure, answer[3]], [procedure, [this.#made(procedure, this.#session(who))]])
      else assert.equal(WHO[who], 'u@asked')
    }
  }

  #made(procedure: string, viewer: Session): unknown {
    const { broker, dealer, definitions, judge, sessions } = this.#realm
    const registrations = seesRegistrations(judge, viewer)
    const subscriptions = seesSubscriptions(judge, viewer)
    const byPolicy = (entries: readonly { id: number; match: string }[]): unknown =>
      Object.fromEntries(
        ['exact', 'prefix', 'wildcard'].map((policy) => [policy, entries.filter(({ match }) => match === policy).map(({ id }) => id)]),
      )
    const named = (
      kind: 'procedure' | 'topic',
      table: typeof dealer.registrations | typeof broker.subscriptions,
      sees: typeof registrations,
    ): unknown => {
      const live = [...table.values()].filter(({ match }) => match === 'exact')
      const found = new Set([...definitions.uris(kind), ...live.map(({ uri }) => uri)])
      const isShown = (uri: string): boolean =>
        definitions.get(kind, uri)?.owner === viewer || sees(live.find((entry) => entry.uri === uri) ?? { id: 0, uri, match: 'exact' })
      return [...found].filter(isShown).sort()
    }
    switch (procedure) {
      case 'wamp.session.list':
        return [...sessions.values()].filter(({ isInternal }) => !isInternal).map(({ id }) => id)
      case 'wamp.registration.list':
        return byPolicy([...dealer.registrations.values()].filter(registrations))
      case 'wamp.subscription.list':
        return byPolicy([...broker.subscriptions.values()].filter(subscriptions))
      case 'wamp.reflection.procedure.list':
        return named('procedure', dealer.registrations, registrations)
      case 'wamp.reflection.topic.list':
        return named('topic', broker.subscriptions, subscriptions)
      default:
        return [...definitions.uris('error')].sort()
    }
  }

  get #realm(): Realm {
    const realm = realmIn(world, 'realm1')
    if (realm === undefined) throw new Error('no realm')
    return realm
  }

  #peer(who: number): TestPeer {
    const peer = this.#peers.get(who) ?? joinAs(world, WHO[who] ?? '')
    this.#peers.set(who, peer)
    return peer
  }

  #session(who: number): Session {
    const session = this.#realm.sessions.get(this.#peer(who).session)
    if (session === undefined) throw new Error('no session')
    return session
  }

  #drop(who: number, type: number, held: 'registrations' | 'subscriptions'): void {
    const [id] = this.#session(who)[held].keys()
    if (id !== undefined) this.#ask(who, type, id)
  }

  /** Says something with a request id, lets it be decided, and gives the answer to it. */
  #ask(who: number, type: number, ...rest: unknown[]): unknown[] | undefined {
    const peer = this.#peer(who)
    const request = peer.nextRequest
    peer.say(type, request, ...rest)
    this.#answerQuestions()
    return peer.take().find((message) => (message[0] === 8 ? message[2] : message[1]) === request)
  }

  #answerQuestions(): void {
    for (let asked = this.#judge.take(); asked.length > 0; asked = this.#judge.take()) {
      for (const [type, invocation, , , args] of asked) {
        if (type !== 68) continue
        const [, uri] = args as unknown[]
        this.#judge.say(70, invocation, {}, [{ allow: this.#isGenerous || uri === 'a.x', cache: true }])
      }
    }
  }
}

describe('the lists of the meta API', () => {
  it('are as if made anew for each who asks, whatever has changed', () => {
    const operation = fc.tuple(fc.constantFrom(...KINDS), fc.nat(WHO.length - 1), fc.nat(PATTERNS.length - 1))
    fc.assert(
      fc.property(fc.array(operation, { minLength: 10, maxLength: 60, size: 'max' }), (operations) => {
        const play = new Play()
        for (const each of operations) {
          play.do(each)
          if (each[0] !== 'list') play.do(['list', each[2], 0])
        }
        play.do(['list', 0, 0])
        world.end()
      }),
      { numRuns: 30 },
    )
  })

  it('are made anew for who is judged by a procedure whose answers are remembered for a time', () => {
    const play = new Play()
    const asked = WHO.indexOf('u@asked')
    play.do(['register', 0, 0])
    play.do(['list', asked, 0])
    // The verdict on registering is remembered, and shows the registration of the other.
    play.do(['define', asked, 0])
    play.do(['list', asked, 0])
    play.do(['wait', asked, 0])
    play.do(['list', asked, 0])
    expect(world.router.counters.authorizationsAsked).toBeGreaterThan(0)
  })

  it('are made once for those with the same rights, and for each whose rights are its own', () => {
    world = new World({ realms: { realm1: realmWith('a') } })
    const peers = ['u@all', 'v@all', 'u@some', 'v@some', 'u@own', 'v@own'].map((who) => joinAs(world, who))
    peers[0]?.register('a.u')
    for (const peer of [...peers, ...peers]) expect(peer.call('wamp.registration.list')[0]).toBe(50)
    expect(realmIn(world, 'realm1')?.lists.size).toBe(4)
  })

  it('show what a session defined while it might, also when it may no more', () => {
    world = new World({ realms: { realm1: realmWith('a') } })
    const [own, other] = [joinAs(world, 'u@some'), joinAs(world, 'v@some')]
    own.call('wamp.reflect.define', ['a.x', {}])
    world.router.updateRealm('realm1', realmWith('b'))
    for (let i = 0; i < 2; i++) {
      expect(other.call('wamp.reflection.procedure.list')[3]).toEqual([[]])
      expect(own.call('wamp.reflection.procedure.list')[3]).toEqual([['a.x']])
    }
  })
})
