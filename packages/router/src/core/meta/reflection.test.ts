// Shows reflection: what is defined, listed and described, and to whom (specification: "Interface Reflection").

import type { Rule } from '@trunkline/router'
import type { TestPeer } from '@trunkline/testkit'
import { ALLOW_ALL, World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { believing, joinAs } from '../../testing/logins.ts'
import { realmIn } from '../../testing/realm-in.ts'

const DEFINE = 'wamp.reflect.define'
const DESCRIBE = 'wamp.reflect.describe'

describe('reflection', () => {
  let world: World
  beforeEach(() => {
    world = new World()
  })
  afterEach(() => world.end())

  function result(peer: TestPeer, procedure: string, args: unknown[] = [], kwargs: Record<string, unknown> = {}): unknown {
    return (peer.call(procedure, args, kwargs)[3] as unknown[])[0]
  }

  it('lists what is registered, subscribed to or defined, by kind [AP-REF-02 AP-REF-06]', () => {
    const [provider, user] = [world.join(), world.join()]
    provider.say(64, provider.nextRequest, {}, 'com.math.add')
    provider.say(64, provider.nextRequest, { match: 'prefix' }, 'com.pattern.')
    provider.say(32, provider.nextRequest, {}, 'com.math.news')
    provider.take()
    provider.call(DEFINE, ['com.math.mul', { title: 'multiplies' }])
    provider.call(DEFINE, ['com.math.on_add', {}], { kind: 'topic' })
    provider.call(DEFINE, ['com.math.overflow', {}], { kind: 'error' })
    expect(result(user, 'wamp.reflection.procedure.list')).toEqual(['com.math.add', 'com.math.mul'])
    expect(result(user, 'wamp.reflection.topic.list')).toEqual(['com.math.news', 'com.math.on_add'])
    expect(result(user, 'wamp.reflection.error.list')).toEqual(['com.math.overflow'])
  })

  it('describes what was defined, as it was described [AP-REF-03 AP-REF-04 AP-REF-07]', () => {
    const [provider, user] = [world.join({ serializer: 'cbor' }), world.join()]
    const description = { title: 'adds', args: [{ name: 'a', type: 'int' }], deep: { é: null } }
    expect(provider.call(DEFINE, ['com.math.add', description])).toEqual([50, 1, {}])
    const described = { uri: 'com.math.add', kind: 'procedure', description }
    expect(result(user, 'wamp.reflection.procedure.describe', ['com.math.add'])).toEqual(described)
    expect(result(user, DESCRIBE, ['com.math.add'])).toEqual(described)
    expect(result(user, DESCRIBE, ['com.math.add'], { kind: 'topic' })).toBeNull()
    expect(result(user, 'wamp.reflection.topic.describe', ['com.math.add'])).toBeNull()
    expect(result(user, 'wamp.reflection.error.describe', ['com.math.add'])).toBeNull()
    expect(result(user, DESCRIBE, ['com.math.sub'])).toBeNull()
  })

  it('replaces a description by the next, and takes it away with null [AP-REF-04]', () => {
    const [provider, other] = [world.join(), world.join()]
    for (const v of [1, 2]) provider.call(DEFINE, ['com.a', { v }])
    expect(result(other, DESCRIBE, ['com.a'])).toMatchObject({ description: { v: 2 } })
    provider.call(DEFINE, ['com.a', null])
    expect(result(other, DESCRIBE, ['com.a'])).toBeNull()
    expect(other.call(DEFINE, ['com.a', null])).toEqual([50, expect.any(Number), {}])
  })

  it('tells when something is defined and undefined, also because its owner left [AP-REF-05]', () => {
    const [watcher, provider] = [world.join(), world.join()]
    for (const topic of ['wamp.reflect.on_define', 'wamp.reflect.on_undefine']) watcher.say(32, watcher.nextRequest, {}, topic)
    const [defined, undefinedId] = watcher.take().map((answer) => answer[2])
    provider.call(DEFINE, ['com.a', {}])
    provider.call(DEFINE, ['com.b', {}], { kind: 'topic' })
    provider.call(DEFINE, ['com.a', null])
    provider.drop()
    expect(watcher.take().map((event) => [event[1], event[4]])).toEqual([
      [defined, ['com.a', 'procedure']],
      [defined, ['com.b', 'topic']],
      [undefinedId, ['com.a', 'procedure']],
      [undefinedId, ['com.b', 'topic']],
    ])
    expect(realmIn(world, 'realm1')?.definitions.size).toBe(0)
  })

  it.each([
    [['wamp.a', {}], {}, 'wamp.error.invalid_uri'],
    [['com..a', {}], {}, 'wamp.error.invalid_uri'],
    [[5, {}], {}, 'wamp.error.invalid_argument'],
    [['com.a', 'text'], {}, 'wamp.error.invalid_argument'],
    [['com.a', {}], { kind: 'other' }, 'wamp.error.invalid_argument'],
  ])('refuses to define %j with %j', (args, kwargs, error) => {
    expect(world.join().call(DEFINE, args, kwargs)[4]).toBe(error)
  })

  it('keeps a bounded number and bounded octets for a session, and says which limit', () => {
    world = World.of({ limits: { definitions: 2, definitionBytes: 500 } })
    const peer = world.join()
    peer.call(DEFINE, ['com.a', {}])
    peer.call(DEFINE, ['com.b', {}])
    peer.call(DEFINE, ['com.b', { again: true }])
    expect(peer.call(DEFINE, ['com.c', {}]).slice(4)).toEqual([
      'trunkline.error.limit_exceeded',
      ['more than 2 definitions'],
      { limit: 'definitions', value: 2 },
    ])
    expect(peer.call(DEFINE, ['com.b', { text: 'x'.repeat(600) }])[6]).toEqual({ limit: 'definitionBytes', value: 500 })
    expect(result(peer, DESCRIBE, ['com.b'])).toMatchObject({ description: { again: true } })
  })

  it('keeps as many octets as the limit, and what takes the place of another needs no more room', () => {
    world = World.of({})
    const description = { text: 'x'.repeat(100) }
    world.join().call(DEFINE, ['com.a', description])
    const octets = realmIn(world, 'realm1')?.definitions.get('procedure', 'com.a')?.payload.raw.byteLength ?? 0
    expect(octets).toBeGreaterThan(100)
    for (const [definitionBytes, isKept] of [
      [2 * octets, true],
      [2 * octets - 1, false],
    ] as const) {
      world = World.of({ limits: { definitionBytes } })
      const peer = world.join()
      peer.call(DEFINE, ['com.a', description])
      expect(peer.call(DEFINE, ['com.b', description])[0]).toBe(isKept ? 50 : 8)
      expect(peer.call(DEFINE, ['com.a', { text: 'y'.repeat(100) }])[0]).toBe(50)
    }
  })

  it.each(['procedure', 'topic', 'error'])(
    'leaves the description of a %s to the session that gave it, whoever may offer that too',
    (kind) => {
      const [provider, other] = [world.join(), world.join()]
      provider.call(DEFINE, ['com.a', { text: 'mine' }], { kind })
      for (const description of [{ text: 'forged' }, null]) {
        expect(other.call(DEFINE, ['com.a', description], { kind })[4]).toBe('wamp.error.not_authorized')
      }
      expect(result(other, DESCRIBE, ['com.a'])).toMatchObject({ description: { text: 'mine' } })
      expect(provider.call(DEFINE, ['com.a', null], { kind })[0]).toBe(50)
      expect(other.call(DEFINE, ['com.a', {}], { kind })[0]).toBe(50)
    },
  )

  it('lets another session of the same user replace a description, as when its client comes back, and no other user', () => {
    world.router.addRealm('users', { authenticate: believing, roles: { user: ALLOW_ALL } })
    const [first, again, other] = ['peter@user', 'peter@user', 'paula@user'].map((who) => joinAs(world, who, 'users')) as [
      TestPeer,
      TestPeer,
      TestPeer,
    ]
    first.call(DEFINE, ['com.a', { text: 'first' }], { kind: 'topic' })
    expect(other.call(DEFINE, ['com.a', { text: 'forged' }], { kind: 'topic' })[4]).toBe('wamp.error.not_authorized')
    expect(again.call(DEFINE, ['com.a', { text: 'again' }], { kind: 'topic' })[0]).toBe(50)
    first.drop()
    expect(result(other, DESCRIBE, ['com.a'])).toMatchObject({ description: { text: 'again' } })
  })

  describe('rights', () => {
    const rules: readonly Rule[] = [
      { uri: 'com.open.**', allow: ['call', 'register', 'publish', 'subscribe'] },
      { uri: 'com.callable', allow: ['call'] },
      { uri: 'wamp.reflect.**', allow: ['call'] },
      { uri: 'wamp.reflection.**', allow: ['call'] },
    ]

    it('shows only what the caller may use or offer, and lets it define only what it may offer', () => {
      world = World.of({ roles: { anonymous: rules } })
      const [local, guest, other] = [realmIn(world, 'realm1'), world.join(), world.join()]
      expect(guest.call(DEFINE, ['com.callable', {}])[4]).toBe('wamp.error.not_authorized')
      expect(guest.call(DEFINE, ['com.callable', {}], { kind: 'topic' })[4]).toBe('wamp.error.not_authorized')
      expect(guest.call(DEFINE, ['com.open.a', {}])[0]).toBe(50)
      const owner = local?.sessions.get(other.session)
      const payload = local?.definitions.get('procedure', 'com.open.a')?.payload
      if (owner === undefined || payload === undefined) throw new Error('nothing was defined')
      for (const uri of ['com.callable', 'com.secret']) local?.definitions.define({ kind: 'procedure', uri, payload, owner, stamp: 0 })
      expect(result(guest, 'wamp.reflection.procedure.list')).toEqual(['com.callable', 'com.open.a'])
      expect(result(guest, DESCRIBE, ['com.callable'])).not.toBeNull()
      expect(result(guest, DESCRIBE, ['com.secret'])).toBeNull()
    })

    it('asks an authorizer that has to ask no more than once for a list', () => {
      let asked = 0
      world = World.of({
        authorizer: {
          allows: ({ action, uri }) => {
            if (uri.startsWith('wamp.') || action === 'register') return true
            asked++
            return undefined
          },
        },
      })
      const peer = world.join()
      for (let i = 0; i < 20; i++) peer.call(DEFINE, [`com.a${i}`, {}])
      expect(result(world.join(), 'wamp.reflection.procedure.list')).toEqual([])
      expect(asked).toBe(1)
    })
  })
})
