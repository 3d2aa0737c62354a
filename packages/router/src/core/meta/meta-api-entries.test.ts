// Shows the meta API of registrations and subscriptions.

import type { World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { call, metaWorld, say, watching } from '../../testing/meta-calls.ts'
import { realmIn } from '../../testing/realm-in.ts'

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

let world: World
beforeEach(() => {
  world = metaWorld()
})
afterEach(() => world.end())

describe('registration meta API', () => {
  it('tells of creation, registering, unregistering, deletion, in this order [AP-META-REG-02 AP-META-REG-03 AP-META-REG-04 AP-META-REG-05 AP-META-REG-06 AP-META-REG-07 AP-META-REG-17]', () => {
    const events = ['on_create', 'on_register', 'on_unregister', 'on_delete']
    const { taken } = watching(
      world,
      events.map((event) => `wamp.registration.${event}`),
    )
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
    const { taken } = watching(world, ['wamp.registration.on_unregister', 'wamp.registration.on_delete'])
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
    const { taken } = watching(world, ['wamp.registration.on_create', 'wamp.registration.on_register'])
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
    const { taken } = watching(
      world,
      events.map((event) => `wamp.subscription.${event}`),
    )
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
    const { taken } = watching(world, ['wamp.subscription.on_create', 'wamp.subscription.on_subscribe'])
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
