// Shows attacks on rights, each by the name of its threat: what an attacker tries, and that nothing comes of it.

import type { RealmOptions, Rule } from '@trunkline/router'
import type { TestPeer } from '@trunkline/testkit'
import { World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { answer, believing, joinAs } from '../testing/logins.ts'

const ALL: Rule['allow'] = ['call', 'register', 'publish', 'subscribe']
const EVERYTHING: Rule = { uri: '**', allow: ALL }

let world: World
beforeEach(() => {
  world = new World({ realms: {} })
})
afterEach(() => world.end())

function start(user: readonly Rule[], more: Partial<RealmOptions> = {}): void {
  const admin: readonly Rule[] = [EVERYTHING, { uri: 'wamp.**', allow: ALL }, { uri: 'trunkline.**', allow: ALL }]
  world.router.addRealm('realm1', { authenticate: believing, roles: { user, admin }, ...more })
}

function join(): { attacker: TestPeer; victim: TestPeer; admin: TestPeer } {
  return { attacker: joinAs(world, 'eve@user'), victim: joinAs(world, 'peter@user'), admin: joinAs(world, 'anna@admin') }
}

describe('attacks on rights', () => {
  it('1: an answer to a call of others, by YIELD or ERROR, ends the attacker and not the call', () => {
    start([EVERYTHING])
    for (const forged of [
      [70, 1, {}, ['forged']],
      [8, 68, 1, {}, 'com.forged'],
    ]) {
      const { attacker, victim, admin } = join()
      admin.say(64, 1, { force_reregister: false }, 'com.a')
      victim.say(48, 1, {}, 'com.a')
      const invocation = admin.take().at(-1)
      attacker.say(...forged)
      expect(attacker.takeOne()[2]).toBe('wamp.error.protocol_violation')
      admin.say(70, invocation?.[1], {}, ['true'])
      expect(victim.takeOne()).toEqual([50, 1, {}, ['true']])
      for (const peer of [attacker, victim, admin]) peer.drop()
    }
  })

  it('2: an identity written into routing options is not believed', () => {
    start([EVERYTHING])
    const { attacker, victim } = join()
    victim.say(64, 1, { disclose_caller: true }, 'com.a')
    victim.say(32, 2, {}, 'com.a')
    victim.take()
    const forward_for = [{ session: 1, authid: 'root', authrole: 'trusted' }]
    attacker.say(48, 1, { forward_for }, 'com.a')
    attacker.say(16, 2, { forward_for, disclose_me: true }, 'com.a')
    const told = JSON.stringify(victim.take())
    expect(told).toContain('"caller_authid":"eve"')
    expect(told).toContain('"publisher_authid":"eve"')
    expect(told).not.toMatch(/root|trusted/)
  })

  it.each([
    [32, { match: 'prefix' }, 'com.open.'],
    [32, { match: 'prefix' }, 'com.open.sec'],
    [32, { match: 'wildcard' }, 'com.open.'],
    [32, { match: 'wildcard' }, '..'],
    [64, { match: 'prefix' }, 'com.open.sec'],
    [64, { match: 'wildcard' }, 'com..secret'],
  ])('5: a pattern does not reach a denied topic or procedure (%i %j %j) [AP-PS-PAT-10]', (type, options, pattern) => {
    start([
      { uri: 'com.open.**', allow: ALL },
      { uri: 'com.open.secret', allow: [] },
    ])
    const { attacker, admin } = join()
    attacker.say(type, 1, options, pattern)
    expect(answer(attacker)).toBe('wamp.error.not_authorized')
    admin.say(16, 1, {}, 'com.open.secret', ['secret'])
    admin.say(48, 2, {}, 'com.open.secret', ['secret'])
    expect(attacker.take()).toEqual([])
  })

  it.each([{ eligible: [] }, { eligible_authrole: [] }, { eligible_authid: [] }])(
    '6: an empty list of receivers is nobody: %j',
    (options) => {
      start([EVERYTHING])
      const { attacker, victim } = join()
      attacker.say(32, 1, {}, 'com.a')
      attacker.take()
      victim.say(16, 1, options, 'com.a', ['secret'])
      expect(attacker.take()).toEqual([])
    },
  )

  it('7: a retained event is shown to its receivers alone, and delays no other subscriber', () => {
    start([EVERYTHING])
    const { attacker, victim, admin } = join()
    for (const [i, audience] of [{ eligible_authrole: ['admin'] }, { exclude: [attacker.session] }, { eligible: [] }].entries()) {
      victim.say(16, i + 1, { retain: true, ...audience }, `com.kept.${i}`, ['secret'])
      attacker.say(32, i + 1, { get_retained: true }, `com.kept.${i}`)
      expect(attacker.take().map(([type]) => type)).toEqual([33])
    }
    admin.say(32, 1, { get_retained: true }, 'com.kept.0')
    expect(admin.take().map(([type]) => type)).toEqual([33, 36])
  })

  it.each([
    ['REGISTER', 64, {}],
    ['REGISTER of a pattern', 64, { match: 'prefix' }],
    ['REGISTER with force', 64, { force_reregister: true }],
    ['shared REGISTER', 64, { invoke: 'roundrobin' }],
    ['CALL', 48, {}],
    ['CALL with disclosure', 48, { disclose_me: true }],
    ['SUBSCRIBE', 32, {}],
    ['PUBLISH', 16, { acknowledge: true }],
    ['PUBLISH of a retained event', 16, { acknowledge: true, retain: true }],
  ])('8: the answer to a %s does not tell whether a thing exists [AP-AUZ-10 AP-AUZ-05]', (_, type, options) => {
    start([], { allowsDisclosure: false })
    const { attacker, admin } = join()
    admin.say(64, 1, options, 'com.here')
    admin.say(32, 2, options, 'com.here')
    admin.take()
    attacker.say(type, 1, options, 'com.here')
    attacker.say(type, 2, options, 'com.nowhere')
    const [here, nowhere] = attacker.take()
    expect(here).toEqual([8, type, 1, {}, 'wamp.error.not_authorized', [expect.any(String)]])
    expect(nowhere).toEqual([8, type, 2, {}, 'wamp.error.not_authorized', [expect.any(String)]])
    expect(admin.take()).toEqual([])
  })

  it('8: a refused PUBLISH without acknowledgement is not answered [AP-AUZ-09]', () => {
    start([])
    const { attacker, admin } = join()
    admin.say(32, 1, {}, 'com.a')
    admin.take()
    attacker.say(16, 1, {}, 'com.a')
    expect([attacker.take(), admin.take()]).toEqual([[], []])
    expect(world.router.counters.publicationsRefused).toBe(1)
  })

  it.each(['wamp.session.on_join', 'wamp.session.on_leave', 'trunkline.session.on_gap'])(
    '9: nobody publishes %s but the router',
    (topic) => {
      start([EVERYTHING, { uri: 'wamp.**', allow: ALL }, { uri: 'trunkline.**', allow: ALL }])
      const { attacker, admin } = join()
      admin.say(32, 1, {}, topic)
      admin.take()
      attacker.say(16, 1, { acknowledge: true }, topic, [{ session: 1, authid: 'forged' }])
      expect(answer(attacker)).toBe('wamp.error.invalid_uri')
      expect(admin.take()).toEqual([])
    },
  )

  it('9: a testament for the topics of the router is refused, and one for a topic that is denied at its time is not published', () => {
    start([EVERYTHING, { uri: 'wamp.**', allow: ALL }])
    const { attacker, admin } = join()
    admin.say(32, 1, {}, 'wamp.session.on_join')
    admin.say(32, 2, {}, 'com.a')
    admin.take()
    attacker.say(48, 1, {}, 'wamp.session.add_testament', ['wamp.session.on_join', [{ session: 1, authid: 'forged' }], {}])
    expect(answer(attacker)).toBe('wamp.error.invalid_uri')
    attacker.say(48, 2, {}, 'wamp.session.add_testament', ['com.a', ['forged'], {}])
    expect(answer(attacker)).toBe(50)
    world.router.updateRealm('realm1', {
      authenticate: believing,
      roles: { user: [{ uri: 'wamp.**', allow: ALL }], admin: [EVERYTHING, { uri: 'wamp.**', allow: ALL }] },
    })
    attacker.drop()
    expect(admin.take()).toEqual([])
  })

  it.each([
    'wamp.session.count',
    'wamp.session.list',
    'wamp.session.get',
    'wamp.session.kill',
    'wamp.session.kill_all',
    'wamp.session.kill_by_authid',
    'wamp.session.kill_by_authrole',
    'wamp.registration.list',
    'wamp.registration.match',
    'wamp.subscription.list',
    'wamp.subscription.remove_subscriber',
    'trunkline.admin.slowest_sessions',
  ])('14: %s is not for whoever may do everything [AP-META-SES-19]', (procedure) => {
    start([EVERYTHING])
    const { attacker, victim } = join()
    attacker.say(48, 1, {}, procedure, [victim.session])
    expect(answer(attacker)).toBe('wamp.error.not_authorized')
    expect([victim.take(), victim.isClosed]).toEqual([[], false])
  })

  it('14: a rule for looking at registrations and subscriptions takes none from others', () => {
    const looking = ['wamp.registration.**', 'wamp.subscription.**', 'wamp.session.**'].map((uri) => ({ uri, allow: ALL }))
    start([EVERYTHING, ...looking])
    const { attacker, victim, admin } = join()
    victim.say(64, 1, {}, 'com.a')
    victim.say(32, 2, {}, 'com.a')
    const [registration, subscription] = victim.take().map((reply) => reply[2])
    for (const [procedure, args] of [
      ['wamp.registration.remove_callee', [registration, victim.session]],
      ['wamp.subscription.remove_subscriber', [subscription, victim.session]],
      ['wamp.session.kill_by_authrole', ['admin']],
      ['wamp.session.kill_all', []],
    ]) {
      attacker.say(48, requests(attacker), {}, procedure, args)
      expect(answer(attacker)).toBe('wamp.error.not_authorized')
    }
    expect([victim.take(), admin.isClosed]).toEqual([[], false])
    attacker.say(48, requests(attacker), {}, 'wamp.registration.count_callees', [registration])
    expect(attacker.takeOne()).toEqual([50, expect.any(Number), {}, [1]])
  })

  it('14: what a session is told of others holds no address', () => {
    start([{ uri: 'wamp.session.**', allow: ['call'] }])
    const { attacker, victim } = join()
    attacker.say(48, 1, {}, 'wamp.session.get', [victim.session])
    expect(JSON.stringify(attacker.takeOne())).not.toContain('peer-')
  })

  it.each([
    [{ match: 'prefix' }, ''],
    [{ match: 'prefix' }, 'wa'],
    [{ match: 'wildcard' }, '..'],
    [{ match: 'prefix' }, 'wamp.'],
    [{}, 'wamp.session.count'],
  ])('14: no registration catches a call to the router (%j %j)', (options, pattern) => {
    start([EVERYTHING, { uri: 'wamp.**', allow: ALL }])
    const { attacker, admin } = join()
    attacker.say(64, 1, options, pattern)
    attacker.take()
    admin.say(48, 1, {}, 'wamp.session.count')
    expect(admin.takeOne()).toEqual([50, 1, {}, [3]])
    expect(attacker.take()).toEqual([])
  })

  it('18: a URI with a line break at its end is not the URI without it', () => {
    start([{ uri: 'com.a', allow: ALL }])
    const { attacker } = join()
    for (const [type, options] of [
      [32, {}],
      [64, {}],
      [48, {}],
      [16, { acknowledge: true }],
    ] as const) {
      attacker.say(type, requests(attacker), options, 'com.a\n')
      expect(answer(attacker)).toBe('wamp.error.invalid_uri')
    }
  })

  it.each([[[]], [[1]], [['x', 'y']], [[1, 2, 'no reason', {}]], [[2 ** 53, 2 ** 53]]])(
    '22: wamp.registration.remove_callee %j takes nothing from anybody',
    (args) => {
      start([EVERYTHING, { uri: 'wamp.**', allow: ALL }])
      const { attacker, victim } = join()
      victim.say(64, 1, {}, 'com.a')
      victim.take()
      attacker.say(48, 1, {}, 'wamp.registration.remove_callee', args)
      expect(attacker.takeOne().slice(0, 3)).toEqual([8, 48, 1])
      attacker.say(48, 2, {}, 'com.a')
      expect(victim.takeOne()[0]).toBe(68)
    },
  )

  it('PUBLISHED does not tell how many receive an event, nor whether there is anybody', () => {
    start([EVERYTHING])
    const { attacker, victim } = join()
    victim.say(32, 1, {}, 'com.watched')
    victim.take()
    const options = { acknowledge: true, eligible: [victim.session, 4711] }
    for (const [i, topic] of ['com.watched', 'com.nobodys'].entries()) attacker.say(16, i + 1, options, topic)
    expect(attacker.take().map((message) => [message[0], message.length])).toEqual([
      [17, 3],
      [17, 3],
    ])
  })

  it('force_reregister takes nothing from its rightful callee without a right of its own [AP-AUZ-08]', () => {
    start([EVERYTHING])
    const { attacker, victim } = join()
    victim.say(64, 1, {}, 'com.a')
    victim.take()
    attacker.say(64, 1, { force_reregister: true }, 'com.a')
    attacker.say(64, 2, { force_reregister: true }, 'com.nobodys')
    expect(attacker.take().map((message) => message[4])).toEqual(['wamp.error.option_not_allowed', 'wamp.error.option_not_allowed'])
    attacker.say(48, 3, {}, 'com.a')
    expect(victim.takeOne()[0]).toBe(68)
  })

  it('an authorizer in code grants force only where it says so', () => {
    start([], { roles: {}, authorizer: { allows: () => true, mayForce: ({ uri }) => uri === 'com.mine' } })
    const peer = joinAs(world, 'peter@user')
    for (const [i, uri] of ['com.mine', 'com.others'].entries()) peer.say(64, i + 1, { force_reregister: true }, uri)
    expect(peer.take().map((message) => message[4] ?? message[0])).toEqual([65, 'wamp.error.option_not_allowed'])
  })

  it('rights in one realm are none in another [AP-AUZ-04]', () => {
    start([EVERYTHING])
    world.router.addRealm('realm2', { authenticate: believing, roles: { user: [] } })
    const [here, there] = [joinAs(world, 'peter@user'), joinAs(world, 'peter@user', 'realm2')]
    for (const peer of [here, there]) peer.say(32, 1, {}, 'com.a')
    expect([answer(here), answer(there)]).toEqual([33, 'wamp.error.not_authorized'])
  })

  it('disclosure: a rule may forbid it, and force it, whatever the sender asks for [AP-RPC-CID-05 AP-PS-PID-06]', () => {
    start([
      { uri: 'com.hidden.**', allow: ALL, disclose: { caller: 'never', publisher: 'never' } },
      { uri: 'com.named.**', allow: ALL, disclose: { caller: 'always', publisher: 'always' } },
    ])
    const { attacker, victim } = join()
    for (const [i, uri] of ['com.hidden.a', 'com.named.a'].entries()) {
      victim.say(64, 2 * i + 1, {}, uri)
      victim.say(32, 2 * i + 2, {}, uri)
    }
    victim.take()
    attacker.say(48, 1, { disclose_me: true }, 'com.hidden.a')
    attacker.say(16, 2, { disclose_me: true, acknowledge: true }, 'com.hidden.a')
    attacker.say(16, 3, { disclose_me: true }, 'com.hidden.a')
    expect(attacker.take().map((message) => message[4])).toEqual([
      'wamp.error.option_disallowed.disclose_me',
      'wamp.error.option_disallowed.disclose_me',
    ])
    expect(victim.take()).toEqual([])
    attacker.say(48, 4, {}, 'com.hidden.a')
    attacker.say(48, 5, {}, 'com.named.a')
    attacker.say(16, 6, { disclose_me: false }, 'com.named.a')
    expect(victim.take().map(([, , , details]) => details)).toEqual([
      {},
      { caller: attacker.session, caller_authid: 'eve', caller_authrole: 'user' },
      { publisher: attacker.session, publisher_authid: 'eve', publisher_authrole: 'user' },
    ])
  })

  it('a rule that always discloses is refused where the realm allows none', () => {
    const make = (): void => start([{ uri: '**', allow: ALL, disclose: { caller: 'always' } }], { allowsDisclosure: false })
    expect(make).toThrow('allowsDisclosure is false')
  })

  it('names like those of all objects are names: no role, authid or URI of them gives a right', () => {
    start([{ uri: 'com.{authid}.**', allow: ALL }])
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const stranger = world.connect()
      stranger.say(1, 'realm1', { authid: `eve@${name}`, roles: { caller: {} } })
      expect(stranger.takeOne()[2]).toBe('wamp.error.no_such_role')
      const peer = joinAs(world, `${name}@user`)
      peer.say(32, 1, {}, `com.${name}.a`)
      peer.say(32, 2, {}, `com.peter.a`)
      expect(peer.take().map((message) => message[4] ?? message[0])).toEqual([33, 'wamp.error.not_authorized'])
    }
  })
})

const last = new WeakMap<TestPeer, number>()
function requests(peer: TestPeer): number {
  const next = (last.get(peer) ?? 0) + 1
  last.set(peer, next)
  return next
}
