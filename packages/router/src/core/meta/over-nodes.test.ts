// Shows the meta API over several nodes: each answers as one router with all sessions would.

import type { TestPeer, World } from '@trunkline/testkit'
import type { AuthenticationStep } from '@trunkline/protocol'
import { helloDetails } from '@trunkline/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { realmIn } from '../../testing/realm-in.ts'
import { NodeWorlds } from '../../testing/node-worlds.ts'

const TOPIC = 'com.example.topic'

let nodes: NodeWorlds
let [a, b, c]: TestPeer[] = []

beforeEach(() => {
  nodes = new NodeWorlds(3)
  ;[a, b, c] = nodes.worlds.map((world) =>
    world.join({ features: { subscriber: ['subscription_revocation'], callee: ['registration_revocation'] } }),
  )
  nodes.deliver()
})

/** The arguments of the RESULT, or the URI of the ERROR. */
function call(peer: TestPeer | undefined, procedure: string, ...args: unknown[]): unknown {
  peer?.say(48, peer.nextRequest, {}, procedure, args)
  nodes.deliver()
  const answer = peer?.take().find(([type, request, of]) => type === 50 || (type === 8 && request === 48 && of !== undefined))
  return answer?.[0] === 50 ? (answer[3] ?? []) : answer?.[4]
}

function subscribe(peer: TestPeer | undefined, topic: string, options = {}): unknown {
  peer?.say(32, peer.nextRequest, options, topic)
  nodes.deliver()
  return peer?.takeOne()[2]
}

describe('sessions of other nodes', () => {
  it('are counted, listed and shown', () => {
    const ids = [a?.session, b?.session, c?.session]
    expect(call(a, 'wamp.session.count')).toEqual([3])
    expect(call(a, 'wamp.session.count', ['other'])).toEqual([0])
    expect(new Set((call(a, 'wamp.session.list') as [number[]])[0])).toEqual(new Set(ids))
    expect(new Set((call(b, 'wamp.session.list', ['anonymous']) as [number[]])[0])).toEqual(new Set(ids))
    expect(call(a, 'wamp.session.get', c?.session)).toMatchObject([{ session: c?.session, transport: { type: 'websocket' } }])
    c?.drop()
    nodes.deliver()
    expect(call(a, 'wamp.session.count')).toEqual([2])
    expect(call(a, 'wamp.session.get', c?.session)).toBe('wamp.error.no_such_session')
    nodes.end()
  })

  it('are ended, each and all, but for the caller', () => {
    expect(call(a, 'wamp.session.kill', b?.session)).toEqual([])
    expect(b?.take()).toEqual([[6, {}, 'wamp.close.killed']])
    expect(call(a, 'wamp.session.kill_all')).toEqual([1])
    expect(c?.take()).toEqual([[6, {}, 'wamp.close.killed']])
    expect(call(a, 'wamp.session.list')).toEqual([[a?.session]])
    nodes.end()
  })

  it('that are ended together with their callers learn nothing of those', () => {
    for (let seed = 1; seed <= 20; seed++) {
      nodes = new NodeWorlds(2, seed)
      const [one, two] = nodes.worlds as [World, World]
      const [killer, caller, callee] = [one.join(), one.join(), two.join({ features: { callee: ['call_canceling'] } })]
      nodes.deliver()
      callee.say(64, 1, {}, 'com.procedure')
      nodes.deliver()
      caller.say(48, 1, {}, 'com.procedure')
      nodes.deliver()
      callee.take()
      killer.say(48, 1, {}, 'wamp.session.kill_all')
      nodes.deliver()
      expect(callee.take()).toEqual([[6, {}, 'wamp.close.killed']])
      nodes.end()
    }
  })
})

it('sessions of other nodes count for the limit of a realm', () => {
  nodes = new NodeWorlds(2, 1, { limits: { sessions: 2 } })
  for (const world of nodes.worlds) world.join()
  nodes.deliver()
  const peer = nodes.worlds[0]?.connect()
  peer?.say(1, 'realm1', helloDetails())
  expect(peer?.takeOne()[0]).toBe(3)
  nodes.end()
})

describe('a session that another replaces', () => {
  const identify = ({ authid }: { readonly authid: string | undefined }): AuthenticationStep => {
    const [name = '', authprovider = 'static'] = String(authid).split('@')
    return { accept: { authid: name, authrole: 'anonymous', authmethod: 'ticket', authprovider } }
  }

  const say = (world: World | undefined, authid: string, replaces?: number): TestPeer => {
    const peer = world?.connect() as TestPeer
    peer.say(1, 'realm1', { ...helloDetails(), authid, _replaces: replaces })
    return peer
  }

  beforeEach(() => {
    nodes = new NodeWorlds(3, 1, { authenticate: (request, _, next) => next(identify(request)) })
  })

  it('ends on its node, and its registrations are free, before the other has WELCOME', () => {
    const [one, two] = nodes.worlds
    const old = say(one, 'shop')
    const id = old.takeOne()[1] as number
    old.say(64, 1, {}, 'com.procedure')
    nodes.deliver()
    old.take()
    const next = say(two, 'shop', id)
    expect(next.take()).toEqual([])
    while (nodes.step()) {
      if (next.take().length === 0) continue
      next.say(64, 1, {}, 'com.procedure')
      break
    }
    nodes.deliver()
    expect(old.takeOne()[2]).toBe('trunkline.close.replaced')
    expect(next.takeOne()[0]).toBe(65)
    expect(nodes.worlds.map(({ router }) => router.counters.sessionsReplaced)).toEqual([1, 0, 0])
    next.drop()
    nodes.end()
  })

  it('stays, where it has another principal', () => {
    const [one, two] = nodes.worlds
    const old = say(one, 'shop')
    const id = old.takeOne()[1] as number
    nodes.deliver()
    const others = [say(two, 'thief', id), say(two, 'shop@elsewhere', id)]
    nodes.deliver()
    expect(others.map((peer) => peer.takeOne()[0])).toEqual([2, 2])
    expect(old.take()).toEqual([])
    nodes.end()
  })

  it('is waited for no longer than a second, and not at all when the client has gone', () => {
    const [one, two] = nodes.worlds
    const id = say(one, 'shop').takeOne()[1] as number
    nodes.deliver()
    const [next, gone] = [say(two, 'shop', id), say(two, 'shop', id)]
    gone.drop()
    nodes.advance(1_000)
    expect(next.takeOne()[0]).toBe(2)
    nodes.deliver()
    expect(nodes.worlds[1]?.router.realm('realm1')?.sessions.filter(({ isInternal }) => !isInternal)).toHaveLength(1)
    nodes.end()
  })
})

describe('subscriptions of other nodes', () => {
  it('are found, listed and shown, each once', () => {
    const [exact, prefix] = [subscribe(a, TOPIC), subscribe(b, 'com.', { match: 'prefix' })]
    subscribe(b, TOPIC)
    expect(call(c, 'wamp.subscription.list')).toEqual([{ exact: [exact], prefix: [prefix], wildcard: [] }])
    expect(call(c, 'wamp.subscription.match', TOPIC)).toEqual([[exact, prefix]])
    expect(call(c, 'wamp.subscription.lookup', 'com.', { match: 'prefix' })).toEqual([prefix])
    expect(call(c, 'wamp.subscription.get', prefix)).toMatchObject([{ id: prefix, uri: 'com.', match: 'prefix' }])
    expect(call(c, 'wamp.subscription.count_subscribers', exact)).toEqual([2])
    expect(new Set((call(c, 'wamp.subscription.list_subscribers', exact) as [number[]])[0])).toEqual(new Set([a?.session, b?.session]))
    expect(call(c, 'wamp.reflection.topic.list')).toEqual([[TOPIC]])
    nodes.end()
  })

  it('were created when the first node had them, also when that has them no longer', () => {
    const created = (id: unknown): unknown => (call(c, 'wamp.subscription.get', id) as [{ created: string }])[0].created
    const id = subscribe(a, TOPIC)
    const first = created(id)
    nodes.advance(5_000)
    subscribe(b, TOPIC)
    a?.drop()
    nodes.deliver()
    expect(created(id)).toBe(first)
    nodes.end()
  })

  it('that began apart are as old as the older one', () => {
    const [one, two, three] = nodes.worlds as [World, World, World]
    nodes.cut(one, two)
    nodes.cut(one, three)
    const id = subscribe(a, TOPIC)
    nodes.advance(5_000)
    subscribe(b, TOPIC)
    const created = (): unknown => (call(b, 'wamp.subscription.get', id) as [{ created: string }])[0].created
    const later = created()
    nodes.link(one, two)
    nodes.link(one, three)
    nodes.deliver()
    a?.drop()
    nodes.deliver()
    expect(Date.parse(created() as string)).toBe(Date.parse(later as string) - 5_000)
    nodes.end()
  })

  it('are taken from their subscribers', () => {
    const id = subscribe(b, TOPIC)
    expect(call(a, 'wamp.subscription.remove_subscriber', id, c?.session)).toBe('wamp.error.no_such_session')
    expect(call(a, 'wamp.subscription.remove_subscriber', id, b?.session)).toEqual([])
    expect(b?.take()).toEqual([[35, 0, { subscription: id }]])
    expect(call(a, 'wamp.subscription.get', id)).toBe('wamp.error.no_such_subscription')
    nodes.end()
  })

  it('are shown as far as the nodes that can be reached know them', () => {
    const id = subscribe(b, TOPIC)
    subscribe(c, TOPIC)
    a?.say(48, a.nextRequest, {}, 'wamp.subscription.count_subscribers', [id])
    const [one, two] = nodes.worlds
    if (one !== undefined && two !== undefined) nodes.cut(one, two)
    nodes.deliver()
    expect(a?.takeOne()[3]).toEqual([1])
    nodes.end()
  })
})

describe('registrations and definitions of other nodes', () => {
  it('are shown, and taken from their callees', () => {
    b?.say(64, 1, {}, 'com.procedure')
    nodes.deliver()
    const id = b?.takeOne()[2]
    expect(call(a, 'wamp.registration.lookup', 'com.procedure')).toEqual([id])
    expect(call(a, 'wamp.registration.list_callees', id)).toEqual([[b?.session]])
    expect(call(a, 'wamp.registration.remove_callee', id, c?.session)).toBe('wamp.error.no_such_session')
    expect(call(a, 'wamp.registration.remove_callee', id, b?.session)).toEqual([])
    expect(b?.take()).toEqual([[67, 0, { registration: id }]])
    expect(call(a, 'wamp.registration.get', id)).toBe('wamp.error.no_such_registration')
    nodes.end()
  })

  it('of one URI that come at once are the same everywhere at the end', () => {
    for (let seed = 1; seed <= 20; seed++) {
      nodes = new NodeWorlds(3, seed)
      const peers = nodes.worlds.map((world) => world.join())
      nodes.deliver()
      for (const [i, peer] of peers.entries()) peer.say(48, peer.nextRequest, {}, 'wamp.reflect.define', ['com.x', { by: i }])
      nodes.deliver()
      for (const peer of peers) peer.take()
      const described = peers.map((peer) => call(peer, 'wamp.reflection.procedure.describe', 'com.x'))
      expect(described[1]).toEqual(described[0])
      expect(described[2]).toEqual(described[0])
      for (const peer of peers) peer.drop()
      nodes.end()
    }
  })

  it('that are beyond a limit here are counted', () => {
    nodes = new NodeWorlds(2)
    const [one, two] = nodes.worlds as [World, World]
    b = two.join()
    const realm = realmIn(one, 'realm1')
    if (realm === undefined) return
    const { settings } = realm
    realm.update({ ...settings, limits: { ...settings.limits, definitions: 0 } }, undefined)
    nodes.deliver()
    call(b, 'wamp.reflect.define', 'com.x', {})
    expect(one.router.counters.clusterDefinitionsLost).toBe(1)
    nodes.end()
  })

  it('are described everywhere as long as their session is there', () => {
    call(b, 'wamp.reflect.define', 'com.example.error', { text: 'first' })
    const describe = (): unknown => call(a, 'wamp.reflection.procedure.describe', 'com.example.error')
    expect(describe()).toMatchObject([{ description: { text: 'first' } }])
    b?.drop()
    nodes.deliver()
    expect(describe()).toEqual([null])
    nodes.end()
  })
})
