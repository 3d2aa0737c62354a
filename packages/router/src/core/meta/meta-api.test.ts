// Shows the meta API: procedures as ordinary calls, events as ordinary events, in the realm that they concern.

import { ALLOW_ALL, OPEN_REALM, World } from '@trunkline/testkit'
import type { TestPeer } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { realmIn } from '../../testing/realm-in.ts'

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const ADMIN_REALM = {
  anonymousRole: 'anonymous',
  roles: { anonymous: [...ALLOW_ALL, { uri: 'wamp.**', allow: ['call', 'subscribe'] }] },
} as const

let world: World
beforeEach(() => {
  world = new World({ realms: { realm1: ADMIN_REALM, realm2: OPEN_REALM } })
})
afterEach(() => world.end())

const requests = new WeakMap<TestPeer, number>()

function nextRequest(peer: TestPeer): number {
  const request = (requests.get(peer) ?? 0) + 1
  requests.set(peer, request)
  return request
}

/** Calls; returns args of the RESULT, or the URI of the ERROR. */
function call(peer: TestPeer, procedure: string, ...payload: unknown[]): unknown {
  const request = nextRequest(peer)
  peer.say(48, request, {}, procedure, ...payload)
  const answer = peer.take().find(([type, first, second]) => (type === 50 && first === request) || (type === 8 && second === request))
  if (answer === undefined) throw new Error(`no answer from ${procedure}`)
  return answer[0] === 50 ? (answer[3] ?? []) : answer[4]
}

/** Subscribes to topics; `taken` gives their events as [topic, args]. */
function watching(topics: readonly string[], realm = 'realm1'): { watcher: TestPeer; taken: () => unknown[][] } {
  const watcher = world.join({ realm })
  const byId = new Map<unknown, string>()
  for (const topic of topics) {
    watcher.say(32, nextRequest(watcher), {}, topic)
    byId.set(watcher.takeOne()[2], topic.replace(/^wamp\./, ''))
  }
  const taken = (): unknown[][] => watcher.take().map((event) => [byId.get(event[1]), event[4]])
  return { watcher, taken }
}

function say(peer: TestPeer, type: number, ...rest: unknown[]): unknown[] {
  peer.say(type, nextRequest(peer), ...rest)
  const answer = peer.take().find(([first]) => first !== 36)
  if (answer === undefined) throw new Error('no answer')
  return answer
}

const identity = (peer: TestPeer, realm = 'realm1'): { authid: string; authrole: string } => {
  const session = realmIn(world, realm)?.sessions.get(peer.session)
  if (session === undefined) throw new Error('no session')
  return session.identity
}

describe('session meta events', () => {
  it('tells of a session that joins with one dict, and of one that leaves with three values [AP-META-SES-03 AP-META-SES-04]', () => {
    const { taken } = watching(['wamp.session.on_join', 'wamp.session.on_leave'])
    const peer = world.join()
    const { authid } = identity(peer)
    const details = {
      session: peer.session,
      authid,
      authrole: 'anonymous',
      authmethod: 'anonymous',
      authprovider: 'static',
      transport: { type: 'websocket' },
    }
    expect(taken()).toEqual([['session.on_join', [details]]])
    peer.drop()
    expect(taken()).toEqual([['session.on_leave', [peer.session, authid, 'anonymous']]])
  })

  it('tells of every way to leave once', () => {
    const { taken } = watching(['wamp.session.on_leave'])
    const ways: ((peer: TestPeer) => void)[] = [
      (peer) => peer.say(6, {}, 'wamp.close.close_realm'),
      (peer) => peer.say(3, {}, 'com.example.reason'),
      (peer) => peer.sayText('[]'),
    ]
    for (const leave of ways) {
      const peer = world.join()
      leave(peer)
      peer.drop()
      expect(taken().length).toBe(1)
    }
  })

  it('does not tell another realm [AP-META-SES-02 AP-META-REG-08 AP-META-SUB-07]', () => {
    const { taken } = watching(
      ['wamp.session.on_join', 'wamp.session.on_leave', 'wamp.registration.on_create', 'wamp.subscription.on_create'],
      'realm2',
    )
    const peer = world.join()
    say(peer, 64, {}, 'com.example.procedure')
    say(peer, 32, {}, 'com.example.topic')
    peer.drop()
    expect(taken()).toEqual([])
  })

  it('does not tell a session of its own leaving', () => {
    const { watcher } = watching(['wamp.session.on_leave'])
    watcher.say(6, {}, 'wamp.close.close_realm')
    expect(watcher.take()).toEqual([[6, {}, 'wamp.close.goodbye_and_out']])
  })
})

describe('session meta procedures', () => {
  it('counts and lists the sessions of the realm, those of the router itself not [AP-META-SES-02 AP-META-SES-05 AP-META-SES-06 AP-META-SES-17]', () => {
    const [first, second] = [world.join(), world.join()]
    const elsewhere = world.join({ realm: 'realm2' })
    expect(call(first, 'wamp.session.count')).toEqual([2])
    expect(call(first, 'wamp.session.count', [['anonymous']])).toEqual([2])
    expect(call(first, 'wamp.session.count', [['admin']])).toEqual([0])
    expect(call(first, 'wamp.session.count', [['trunkline']])).toEqual([0])
    expect(call(first, 'wamp.session.list')).toEqual([expect.arrayContaining([first.session, second.session])])
    expect(call(first, 'wamp.session.list', [['admin']])).toEqual([[]])
    expect(call(elsewhere, 'wamp.session.list')).toEqual([[elsewhere.session]])
  })

  it('are not looked for, each of them, in a long list of authroles', () => {
    const peer = world.join()
    world.join()
    const roles = [...Array.from({ length: 50 }, () => ''), 'anonymous']
    const searches = vi.spyOn(Array.prototype, 'includes')
    const count = call(peer, 'wamp.session.count', [roles])
    const long = searches.mock.contexts.filter((list) => (list as readonly unknown[]).length === roles.length)
    searches.mockRestore()
    expect(count).toEqual([2])
    expect(long).toEqual([])
  })

  it('gets the details of a session, without address or authextra [AP-META-SES-07]', () => {
    const [asker, other] = [world.join(), world.join()]
    expect(call(asker, 'wamp.session.get', [other.session])).toEqual([
      {
        session: other.session,
        authid: identity(other).authid,
        authrole: 'anonymous',
        authmethod: 'anonymous',
        authprovider: 'static',
        transport: { type: 'websocket' },
      },
    ])
  })

  it('knows no session of another realm, none of the router, none that left [AP-META-SES-08 AP-META-SES-17]', () => {
    const [asker, gone, elsewhere] = [world.join(), world.join(), world.join({ realm: 'realm2' })]
    gone.drop()
    const own = [...(realmIn(world, 'realm1')?.sessions.values() ?? [])].find((session) => session.isInternal)?.id
    expect(own).toBeTypeOf('number')
    for (const id of [gone.session, elsewhere.session, own, 4711]) {
      expect(call(asker, 'wamp.session.get', [id])).toBe('wamp.error.no_such_session')
      expect(call(asker, 'wamp.session.kill', [id])).toBe('wamp.error.no_such_session')
    }
  })

  it('kills one session with GOODBYE; the default reason without a message [AP-META-SES-09 AP-META-SES-11 AP-ERR-01]', () => {
    const { taken } = watching(['wamp.session.on_leave'])
    const [killer, first, second] = [world.join(), world.join(), world.join()]
    expect(call(killer, 'wamp.session.kill', [first.session])).toEqual([])
    expect(first.take()).toEqual([[6, {}, 'wamp.close.killed']])
    expect(call(killer, 'wamp.session.kill', [second.session], { reason: 'com.example.misbehaved', message: 'not here' })).toEqual([])
    expect(second.take()).toEqual([[6, { message: 'not here' }, 'com.example.misbehaved']])
    expect(taken().map(([, args]) => (args as unknown[])[0])).toEqual([first.session, second.session])
    expect(call(killer, 'wamp.session.count')).toEqual([2])
  })

  it('does not kill the caller itself [AP-META-SES-10]', () => {
    const killer = world.join()
    expect(call(killer, 'wamp.session.kill', [killer.session])).toBe('wamp.error.no_such_session')
    expect(killer.isClosed).toBe(false)
  })

  it.each(['', 'not a uri', 'com..example', 'com.a\n'])('refuses the reason %j and kills nobody [AP-META-SES-12]', (reason) => {
    const [killer, other] = [world.join(), world.join()]
    for (const [procedure, args] of [
      ['kill', [other.session]],
      ['kill_by_authid', [identity(other).authid]],
      ['kill_by_authrole', ['anonymous']],
      ['kill_all', []],
    ] as const) {
      expect(call(killer, `wamp.session.${procedure}`, args, { reason })).toBe('wamp.error.invalid_uri')
    }
    expect(other.take()).toEqual([])
  })

  it('kills by authid and lists whom [AP-META-SES-13]', () => {
    const [killer, other, bystander] = [world.join(), world.join(), world.join()]
    expect(call(killer, 'wamp.session.kill_by_authid', [identity(other).authid])).toEqual([[other.session]])
    expect(other.take()).toEqual([[6, {}, 'wamp.close.killed']])
    expect(call(killer, 'wamp.session.kill_by_authid', [identity(killer).authid])).toEqual([[]])
    expect(call(killer, 'wamp.session.kill_by_authid', ['nobody'])).toEqual([[]])
    expect(bystander.take()).toEqual([])
    expect(killer.isClosed).toBe(false)
  })

  it('kills by authrole all but the caller and counts them [AP-META-SES-14]', () => {
    const [killer, first, second, elsewhere] = [world.join(), world.join(), world.join(), world.join({ realm: 'realm2' })]
    expect(call(killer, 'wamp.session.kill_by_authrole', ['admin'])).toEqual([0])
    expect(call(killer, 'wamp.session.kill_by_authrole', ['anonymous'])).toEqual([2])
    expect([first, second].map((peer) => peer.takeOne()[0])).toEqual([6, 6])
    expect(elsewhere.take()).toEqual([])
    expect(call(killer, 'wamp.session.count')).toEqual([1])
  })

  it('kills all but the caller, counts them, and tells nobody by session meta events [AP-META-SES-15 AP-META-SES-16]', () => {
    const killer = world.join()
    say(killer, 32, {}, 'wamp.session.on_leave')
    const others = [world.join(), world.join()]
    killer.take()
    killer.say(48, nextRequest(killer), {}, 'wamp.session.kill_all', [], { reason: 'com.example.end' })
    expect(killer.take()).toEqual([[50, 2, {}, [2]]])
    for (const other of others) expect(other.take()).toEqual([[6, {}, 'com.example.end']])
    expect(call(killer, 'wamp.session.count')).toEqual([1])
  })

  it.each([
    ['wamp.session.count', ['anonymous']],
    ['wamp.session.list', [[1]]],
    ['wamp.session.get', []],
    ['wamp.session.get', ['1']],
    ['wamp.session.kill', [null]],
    ['wamp.session.kill_by_authid', [1]],
    ['wamp.session.kill_by_authrole', []],
    ['wamp.registration.get', ['x']],
    ['wamp.registration.lookup', [1]],
    ['wamp.registration.lookup', ['com.example', 'prefix']],
    ['wamp.registration.lookup', ['com.example', { match: 'half' }]],
    ['wamp.registration.match', []],
    ['wamp.subscription.count_subscribers', [{}]],
    ['wamp.subscription.match', [null]],
  ])('answers %s %j with invalid_argument [AP-META-SES-18]', (procedure, args) => {
    expect(call(world.join(), procedure, args)).toBe('wamp.error.invalid_argument')
  })
})

describe('registration meta API', () => {
  it('tells of creation, registering, unregistering, deletion, in this order [AP-META-REG-02 AP-META-REG-03 AP-META-REG-04 AP-META-REG-05 AP-META-REG-06 AP-META-REG-07 AP-META-REG-17]', () => {
    const events = ['on_create', 'on_register', 'on_unregister', 'on_delete']
    const { taken } = watching(events.map((event) => `wamp.registration.${event}`))
    const [first, second] = [world.join(), world.join()]
    const [, , id] = say(first, 64, { match: 'prefix', invoke: 'roundrobin' }, 'com.example')
    const details = { id, created: expect.stringMatching(ISO_TIME), uri: 'com.example', match: 'prefix', invoke: 'roundrobin' }
    expect(taken()).toEqual([
      ['registration.on_create', [first.session, details]],
      ['registration.on_register', [first.session, id]],
    ])
    say(second, 64, { match: 'prefix', invoke: 'roundrobin' }, 'com.example')
    say(first, 66, id)
    expect(taken()).toEqual([
      ['registration.on_register', [second.session, id]],
      ['registration.on_unregister', [first.session, id]],
    ])
    say(second, 66, id)
    expect(taken()).toEqual([
      ['registration.on_unregister', [second.session, id]],
      ['registration.on_delete', [second.session, id]],
    ])
  })

  it('tells also when a session leaves or is killed [AP-META-REG-09]', () => {
    const { taken } = watching(['wamp.registration.on_unregister', 'wamp.registration.on_delete'])
    const [leaver, killed, killer] = [world.join(), world.join(), world.join()]
    const [, , first] = say(leaver, 64, {}, 'com.example.first')
    const [, , second] = say(killed, 64, {}, 'com.example.second')
    leaver.drop()
    call(killer, 'wamp.session.kill', [killed.session])
    expect(taken()).toEqual([
      ['registration.on_unregister', [leaver.session, first]],
      ['registration.on_delete', [leaver.session, first]],
      ['registration.on_unregister', [killed.session, second]],
      ['registration.on_delete', [killed.session, second]],
    ])
  })

  it('lists, looks up, matches and gets registrations [AP-META-REG-10 AP-META-REG-11 AP-META-REG-12 AP-META-REG-13 AP-META-REG-17]', () => {
    const peer = world.join()
    const [, , exact] = say(peer, 64, {}, 'com.a.b')
    const [, , prefix] = say(peer, 64, { match: 'prefix', invoke: 'last' }, 'com.a')
    const [, , wildcard] = say(peer, 64, { match: 'wildcard' }, 'com..b')
    expect(call(peer, 'wamp.registration.list')).toEqual([{ exact: [exact], prefix: [prefix], wildcard: [wildcard] }])
    expect(call(peer, 'wamp.registration.lookup', ['com.a.b'])).toEqual([exact])
    expect(call(peer, 'wamp.registration.lookup', ['com.a', { match: 'prefix' }])).toEqual([prefix])
    expect(call(peer, 'wamp.registration.lookup', ['com.a'])).toEqual([null])
    expect(call(peer, 'wamp.registration.match', ['com.a.b'])).toEqual([exact])
    expect(call(peer, 'wamp.registration.match', ['com.a.c'])).toEqual([prefix])
    expect(call(peer, 'wamp.registration.match', ['com.x.b'])).toEqual([wildcard])
    expect(call(peer, 'wamp.registration.match', ['org'])).toEqual([null])
    const created = expect.stringMatching(ISO_TIME)
    expect(call(peer, 'wamp.registration.get', [prefix])).toEqual([{ id: prefix, created, uri: 'com.a', match: 'prefix', invoke: 'last' }])
    expect(call(peer, 'wamp.registration.get', [exact])).toEqual([{ id: exact, created, uri: 'com.a.b', match: 'exact', invoke: 'single' }])
  })

  it('lists and counts callees [AP-META-REG-14 AP-META-REG-15]', () => {
    const [first, second] = [world.join(), world.join()]
    const [, , id] = say(first, 64, { invoke: 'first' }, 'com.a')
    say(second, 64, { invoke: 'first' }, 'com.a')
    expect(call(first, 'wamp.registration.list_callees', [id])).toEqual([[first.session, second.session]])
    expect(call(first, 'wamp.registration.count_callees', [id])).toEqual([2])
  })

  it.each(['get', 'list_callees', 'count_callees'])('answers %s of an unknown id with no_such_registration [AP-META-REG-16]', (name) => {
    expect(call(world.join(), `wamp.registration.${name}`, [4711_4711])).toBe('wamp.error.no_such_registration')
  })

  it('hides its own procedures and tells no events of them [AP-META-REG-18]', () => {
    const { taken } = watching(['wamp.registration.on_create', 'wamp.registration.on_register'])
    const peer = world.join()
    expect(call(peer, 'wamp.registration.list')).toEqual([{ exact: [], prefix: [], wildcard: [] }])
    expect(call(peer, 'wamp.registration.match', ['wamp.session.count'])).toEqual([null])
    expect(call(peer, 'wamp.registration.lookup', ['wamp.session.count'])).toEqual([null])
    const own = [...(realmIn(world, 'realm1')?.dealer.registrations.keys() ?? [])][0]
    expect(call(peer, 'wamp.registration.get', [own])).toBe('wamp.error.no_such_registration')
    expect(taken()).toEqual([])
  })
})

describe('subscription meta API', () => {
  it('tells of creation, subscribing, unsubscribing, deletion, in this order [AP-META-SUB-02 AP-META-SUB-03 AP-META-SUB-04 AP-META-SUB-05 AP-META-SUB-06]', () => {
    const events = ['on_create', 'on_subscribe', 'on_unsubscribe', 'on_delete']
    const { taken } = watching(events.map((event) => `wamp.subscription.${event}`))
    const [first, second] = [world.join(), world.join()]
    const [, , id] = say(first, 32, { match: 'wildcard' }, 'com..x')
    expect(taken()).toEqual([
      ['subscription.on_create', [first.session, { id, created: expect.stringMatching(ISO_TIME), uri: 'com..x', match: 'wildcard' }]],
      ['subscription.on_subscribe', [first.session, id]],
    ])
    say(second, 32, { match: 'wildcard' }, 'com..x')
    say(first, 34, id)
    second.drop()
    expect(taken()).toEqual([
      ['subscription.on_subscribe', [second.session, id]],
      ['subscription.on_unsubscribe', [first.session, id]],
      ['subscription.on_unsubscribe', [second.session, id]],
      ['subscription.on_delete', [second.session, id]],
    ])
  })

  it('tells nothing of a repeated SUBSCRIBE and of subscriptions to wamp topics [AP-META-SUB-15 AP-META-SUB-16]', () => {
    const { taken } = watching(['wamp.subscription.on_create', 'wamp.subscription.on_subscribe'])
    const peer = world.join()
    say(peer, 32, {}, 'com.example')
    expect(taken().length).toBe(2)
    say(peer, 32, {}, 'com.example')
    say(peer, 32, {}, 'wamp.session.on_join')
    say(peer, 32, { match: 'prefix' }, 'wamp.')
    expect(taken()).toEqual([])
  })

  it('lists, looks up, matches and gets subscriptions [AP-META-SUB-08 AP-META-SUB-09 AP-META-SUB-10 AP-META-SUB-11]', () => {
    const peer = world.join()
    const [, , exact] = say(peer, 32, {}, 'com.a.b')
    const [, , prefix] = say(peer, 32, { match: 'prefix' }, 'com.a')
    const [, , wildcard] = say(peer, 32, { match: 'wildcard' }, 'com..b')
    expect(call(peer, 'wamp.subscription.list')).toEqual([{ exact: [exact], prefix: [prefix], wildcard: [wildcard] }])
    expect(call(peer, 'wamp.subscription.lookup', ['com.a.b'])).toEqual([exact])
    expect(call(peer, 'wamp.subscription.lookup', ['com..b', { match: 'wildcard' }])).toEqual([wildcard])
    expect(call(peer, 'wamp.subscription.lookup', ['com.a'])).toEqual([null])
    const [matching] = call(peer, 'wamp.subscription.match', ['com.a.b']) as [number[]]
    expect(new Set(matching)).toEqual(new Set([exact, prefix, wildcard]))
    expect(call(peer, 'wamp.subscription.match', ['org'])).toEqual([null])
    expect(call(peer, 'wamp.subscription.get', [wildcard])).toEqual([
      { id: wildcard, created: expect.stringMatching(ISO_TIME), uri: 'com..b', match: 'wildcard' },
    ])
  })

  it('lists and counts subscribers [AP-META-SUB-12 AP-META-SUB-13]', () => {
    const [first, second] = [world.join(), world.join()]
    const [, , id] = say(first, 32, {}, 'com.a')
    say(second, 32, {}, 'com.a')
    expect(call(first, 'wamp.subscription.list_subscribers', [id])).toEqual([[first.session, second.session]])
    expect(call(first, 'wamp.subscription.count_subscribers', [id])).toEqual([2])
  })

  it.each(['get', 'list_subscribers', 'count_subscribers'])(
    'answers %s of an unknown id with no_such_subscription [AP-META-SUB-14]',
    (name) => {
      expect(call(world.join(), `wamp.subscription.${name}`, [4711_4711])).toBe('wamp.error.no_such_subscription')
    },
  )
})
