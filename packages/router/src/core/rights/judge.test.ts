// Shows that there is one judge: the same rights hold wherever something depends on them, and no question is asked without need.

import type { AuthorizationRequest, Authorizer, RealmOptions, Rule, Verdict } from '@trunkline/router'
import type { TestPeer } from '@trunkline/testkit'
import { World } from '@trunkline/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { believing, joinAs } from '../../testing/logins.ts'
import { realmIn } from '../../testing/realm-in.ts'

const META: readonly Rule[] = [{ uri: 'wamp.**', allow: ['call'] }]
const OFFER: Rule['allow'] = ['register', 'subscribe']

let world: World
afterEach(() => world.end())

function start(options: Partial<RealmOptions>): void {
  world = new World({ realms: { realm1: { authenticate: believing, ...options } } })
}

/** The URIs that a session is shown, by each way there is. */
function shownTo(peer: TestPeer): { registrations: unknown[]; subscriptions: unknown[]; procedures: unknown; topics: unknown } {
  const uris = (kind: string): unknown[] => {
    const [lists] = peer.call(`wamp.${kind}.list`)[3] as [Record<string, number[]>]
    const ids = ['exact', 'prefix', 'wildcard'].flatMap((match) => lists[match] ?? [])
    return ids.map((id) => (peer.call(`wamp.${kind}.get`, [id])[3] as [{ uri: string }])[0].uri)
  }
  const reflected = (kind: string): unknown => (peer.call(`wamp.reflection.${kind}.list`)[3] as [unknown])[0]
  return {
    registrations: uris('registration'),
    subscriptions: uris('subscription'),
    procedures: reflected('procedure'),
    topics: reflected('topic'),
  }
}

/** Registers and subscribes to a URI, and drops the answers. */
function offer(peer: TestPeer, ...uris: string[]): void {
  for (const uri of uris) {
    peer.say(64, peer.nextRequest, {}, uri)
    peer.say(32, peer.nextRequest, {}, uri)
  }
  expect(peer.take().map(([type]) => type)).toEqual(uris.flatMap(() => [65, 33]))
}

const ONLY_MINE = { registrations: ['com.mine'], subscriptions: ['com.mine'], procedures: ['com.mine'], topics: ['com.mine'] }

/** Refuses all but what sessions need here, and notes what it is asked about. */
class Noting implements Authorizer {
  readonly asked: AuthorizationRequest[] = []
  readonly #verdict: (request: AuthorizationRequest) => Verdict | undefined

  constructor(verdict: (request: AuthorizationRequest) => Verdict | undefined) {
    this.#verdict = verdict
  }

  allows(request: AuthorizationRequest): Verdict | undefined {
    if (request.uri.startsWith('wamp.') || OFFER.includes(request.action)) return true
    this.asked.push(request)
    return this.#verdict(request)
  }
}

describe('what a session itself holds', () => {
  it('is shown alike by the meta API and reflection under a procedure that decides, which is not asked for it', () => {
    start({ roles: { owner: [{ uri: 'com.**', allow: OFFER }] }, dynamicAuthorizer: { procedure: 'com.authorize' } })
    const [judge, peer] = [joinAs(world, 'j@owner'), joinAs(world, 'p@user')]
    offer(judge, 'com.authorize')
    /** Lets the peer do one thing, about which the procedure is asked once. */
    const allowed = (type: number, uri: string): unknown[] => {
      peer.say(type, peer.nextRequest, {}, uri)
      judge.say(70, judge.takeOne()[1], {}, [true])
      return peer.takeOne()
    }
    const registration = allowed(64, 'com.mine')[2]
    const subscription = allowed(32, 'com.mine')[2]
    const shown = (procedure: string): unknown => (allowed(48, `wamp.${procedure}.list`)[3] as unknown[])[0]
    expect(shown('registration')).toEqual({ exact: [registration], prefix: [], wildcard: [] })
    expect(shown('subscription')).toEqual({ exact: [subscription], prefix: [], wildcard: [] })
    expect(shown('reflection.procedure')).toEqual(['com.mine'])
    expect(shown('reflection.topic')).toEqual(['com.mine'])
    expect(judge.take()).toEqual([])
  })

  it('is shown alike under an authorizer that has to think', () => {
    const authorizer = new Noting(() => false)
    let isThinking = false
    const allows = (request: AuthorizationRequest): Verdict | undefined =>
      isThinking && !request.uri.startsWith('wamp.') ? undefined : authorizer.allows(request)
    start({ authorizer: { allows } })
    const [other, peer] = [joinAs(world, 'o@user'), joinAs(world, 'p@user')]
    offer(other, 'com.other')
    offer(peer, 'com.mine')
    isThinking = true
    expect(shownTo(peer)).toEqual(ONLY_MINE)
  })

  it('is shown to who defined it', () => {
    let isOpen = true
    start({ authorizer: { allows: ({ uri }) => uri.startsWith('wamp.') || isOpen } })
    const [owner, other] = [joinAs(world, 'o@user'), joinAs(world, 'p@user')]
    owner.call('wamp.reflect.define', ['com.mine', { text: 'a' }])
    isOpen = false
    for (const [peer, shown] of [
      [owner, ['com.mine']],
      [other, []],
    ] as const) {
      expect(peer.call('wamp.reflection.procedure.list')[3]).toEqual([shown])
      expect(peer.call('wamp.reflect.describe', ['com.mine'])[3]).toEqual([shown.length === 0 ? null : expect.anything()])
    }
  })
})

describe('an authorizer of the program', () => {
  it('that answers at once decides on each entry of a list', () => {
    const authorizer = new Noting(({ uri }) => uri === 'com.shown')
    start({
      authorizer: {
        allows: (request) =>
          request.action !== 'subscribe' && request.action !== 'register'
            ? authorizer.allows(request)
            : request.session.authrole === 'owner' || request.uri.startsWith('wamp.'),
      },
    })
    const [owner, viewer] = [joinAs(world, 'o@owner'), joinAs(world, 'v@viewer')]
    offer(owner, 'com.hidden', 'com.shown')
    expect(shownTo(viewer)).toEqual({
      registrations: ['com.shown'],
      subscriptions: ['com.shown'],
      procedures: ['com.shown'],
      topics: ['com.shown'],
    })
  })

  it('that has to think about one entry is not asked about the next', () => {
    const authorizer = new Noting(() => undefined)
    start({
      authorizer: {
        allows: (request) => (OFFER.includes(request.action) && request.session.authrole === 'viewer' ? false : authorizer.allows(request)),
      },
    })
    const [owner, viewer] = [joinAs(world, 'o@owner'), joinAs(world, 'v@viewer')]
    offer(owner, 'com.a', 'com.b', 'com.c')
    for (const name of ['registration', 'subscription']) {
      authorizer.asked.length = 0
      expect(viewer.call(`wamp.${name}.list`)[3]).toEqual([{ exact: [], prefix: [], wildcard: [] }])
      expect(authorizer.asked).toHaveLength(1)
    }
  })

  it('that knows rights beforehand is not asked for a list', () => {
    let asked = 0
    const allows = (request: AuthorizationRequest): Verdict => {
      asked++
      return request.session.authrole === 'owner'
    }
    const rightsOf: Authorizer['rightsOf'] = ({ authrole }) => ({
      judge: (_, uri) => (uri.startsWith('wamp.') ? true : authrole === 'viewer' && uri === 'com.a' ? true : undefined),
    })
    start({ authorizer: { allows, rightsOf } })
    const [owner, viewer] = [joinAs(world, 'o@owner'), joinAs(world, 'v@viewer')]
    offer(owner, 'com.a', 'com.b')
    asked = 0
    expect(shownTo(viewer)).toEqual({ registrations: ['com.a'], subscriptions: ['com.a'], procedures: ['com.a'], topics: ['com.a'] })
    expect(asked).toBe(0)
  })
})

describe('a role with rules beside a procedure that decides', () => {
  const RULES: readonly Rule[] = [...META, { uri: 'com.open', allow: ['publish', 'subscribe', 'register'] }]
  const GET_EVENTS = 'wamp.subscription.get_events'

  it.each([
    ['wamp.session.add_testament', (uri: string) => [[uri, [], {}]]],
    ['wamp.reflect.define', (uri: string) => [[uri, {}]]],
    [GET_EVENTS, (_: string, id: unknown) => [[id]]],
  ])('is judged by its rules in %s, and never asked about', (procedure, args) => {
    start({
      roles: { user: RULES },
      dynamicAuthorizer: { procedure: 'com.authorize' },
      topics: ['com.open', 'com.shut'].map((uri) => ({ uri, history: { events: 5 } })),
    })
    const peer = joinAs(world, 'p@user')
    const idOf = (uri: string): unknown =>
      [...(realmIn(world, 'realm1')?.broker.subscriptions.values() ?? [])].find((each) => each.uri === uri)?.id
    expect(peer.call(procedure, ...args('com.open', idOf('com.open')))[0]).toBe(50)
    expect(peer.call(procedure, ...args('com.shut', idOf('com.shut')))[4]).toBe('wamp.error.not_authorized')
    expect(world.router.counters.authorizationsAsked).toBe(0)
  })

  it('keeps its testament when it ends, and none is asked about it', () => {
    start({ roles: { user: RULES, watcher: [{ uri: '**', allow: ['subscribe'] }] }, dynamicAuthorizer: { procedure: 'com.authorize' } })
    const [peer, watcher] = [joinAs(world, 'p@user'), joinAs(world, 'w@watcher')]
    watcher.say(32, 1, {}, 'com.open')
    peer.call('wamp.session.add_testament', ['com.open', ['gone'], {}])
    peer.drop()
    expect(watcher.take().at(-1)?.slice(3)).toEqual([{}, ['gone']])
    expect(world.router.counters.authorizationsAsked).toBe(0)
  })
})

describe('a verdict asked for before the rights changed', () => {
  it.each([
    ['a request', (peer: TestPeer) => peer.say(32, 1, {}, 'com.a')],
    ['a testament', (peer: TestPeer) => peer.say(48, 1, {}, 'wamp.session.add_testament', ['com.a', [], {}])],
  ])('has no force for %s: it is asked again', (_, ask) => {
    const answers: ((verdict: Verdict) => void)[] = []
    const later: Authorizer = { allows: ({ uri }, answer) => (uri.startsWith('wamp.') ? true : void answers.push(answer)) }
    start({ authorizer: later })
    const peer = joinAs(world, 'p@user')
    ask(peer)
    world.router.updateRealm('realm1', { authenticate: believing, authorizer: { allows: ({ uri }) => uri.startsWith('wamp.') } })
    answers.shift()?.(true)
    world.settle()
    expect(peer.takeOne()[4]).toBe('wamp.error.not_authorized')
  })
})

describe('the right to see', () => {
  const OWNER: readonly Rule[] = [{ uri: '**', allow: ['call', 'register', 'publish', 'subscribe'] }]

  function see(...rules: Rule[]): TestPeer {
    start({ roles: { owner: OWNER, monitor: [...META, ...rules] } })
    const owner = joinAs(world, 'o@owner')
    offer(owner, 'com.a', 'com.b.c', 'com.m')
    owner.say(64, owner.nextRequest, { match: 'prefix' }, 'com.b.')
    owner.take()
    return joinAs(world, 'm@monitor')
  }

  it('shows registrations and subscriptions in every procedure of the meta API, and lets call and subscribe nothing', () => {
    const monitor = see({ uri: '**', allow: ['see'] })
    const all = ['com.a', 'com.b.c', 'com.m']
    expect(shownTo(monitor)).toEqual({ registrations: [...all, 'com.b.'], subscriptions: all, procedures: all, topics: all })
    for (const kind of ['registration', 'subscription']) {
      const lookup = monitor.call(`wamp.${kind}.lookup`, ['com.a'])[3] as [number]
      expect(monitor.call(`wamp.${kind}.match`, ['com.a'])[3]).toEqual(kind === 'registration' ? lookup : [lookup])
      for (const what of kind === 'registration' ? ['list_callees', 'count_callees'] : ['list_subscribers', 'count_subscribers'])
        expect(monitor.call(`wamp.${kind}.${what}`, lookup)[0]).toBe(50)
    }
    expect(monitor.call('com.a')[4]).toBe('wamp.error.not_authorized')
    for (const type of [16, 32, 64]) {
      monitor.say(type, monitor.nextRequest, { ...(type === 16 && { acknowledge: true }) }, 'com.a')
      expect(monitor.takeOne()[4]).toBe('wamp.error.not_authorized')
    }
  })

  it('is of the most specific rule, and of a pattern only where it is of all that the pattern can match', () => {
    const monitor = see({ uri: '**', allow: ['see'] }, { uri: 'com.b.c', allow: [] })
    expect(shownTo(monitor).registrations).toEqual(['com.a', 'com.m'])
  })

  it('may hold for what bears the name of the session', () => {
    expect(shownTo(see({ uri: 'com.{authid}', allow: ['see'] })).registrations).toEqual(['com.m'])
  })

  it('is not needed by who may call, register, publish or subscribe', () => {
    for (const allow of ['call', 'register'] as const)
      expect(shownTo(see({ uri: 'com.a', allow: [allow] })).registrations).toEqual(['com.a'])
    for (const allow of ['publish', 'subscribe'] as const)
      expect(shownTo(see({ uri: 'com.a', allow: [allow] })).subscriptions).toEqual(['com.a'])
  })

  it('shows nothing of the router itself', () => {
    const monitor = see({ uri: '**', allow: ['see'] }, { uri: 'wamp.**', allow: ['see', 'call'] })
    expect(shownTo(monitor).registrations).toEqual(['com.a', 'com.b.c', 'com.m', 'com.b.'])
  })

  it('is asked of an authorizer of the program, and never of a procedure', () => {
    const wanted = new Set<string>()
    start({
      authorizer: {
        allows: ({ action, uri, session }) => (
          wanted.add(action),
          session.authrole === 'owner' || uri.startsWith('wamp.') || action === 'see'
        ),
      },
    })
    const owner = joinAs(world, 'o@owner')
    offer(owner, 'com.a')
    expect(shownTo(joinAs(world, 'm@monitor')).registrations).toEqual(['com.a'])
    expect(wanted).toContain('see')
    world.end()
    start({ roles: { owner: OWNER }, dynamicAuthorizer: { procedure: 'com.authorize', cache: { entries: 10, ttlMs: 1_000 } } })
    const judge = joinAs(world, 'j@owner')
    offer(judge, 'com.authorize', 'com.a')
    const monitor = joinAs(world, 'm@monitor')
    monitor.say(48, 1, {}, 'wamp.registration.list')
    const [, invocation, , , [, uri, action]] = judge.takeOne() as [number, number, number, object, [object, string, string]]
    expect([uri, action]).toEqual(['wamp.registration.list', 'call'])
    judge.say(70, invocation, {}, [true])
    expect(monitor.takeOne()[3]).toEqual([{ exact: [], prefix: [], wildcard: [] }])
    expect(judge.take()).toEqual([])
  })
})

it.each([
  [32, { match: 'wildcard' }, '.'.repeat(2000)],
  [64, { match: 'prefix' }, 'com.'.repeat(500)],
  [16, { acknowledge: true }, 'a'.repeat(2000)],
  [48, {}, 'a'.repeat(2000)],
])('a message %i with %j and a URI longer than any may be is refused before anybody is asked about it', (type, options, uri) => {
  const asked: AuthorizationRequest[] = []
  start({ authorizer: { allows: (request) => asked.push(request) > 0 } })
  const peer = joinAs(world, 'p@user')
  peer.say(type, peer.nextRequest, options, uri)
  expect(peer.takeOne().slice(4)).toEqual(['wamp.error.invalid_uri', ['the URI is longer than 1024']])
  expect(asked).toEqual([])
})
