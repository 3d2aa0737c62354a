// Shows how procedures are registered and unregistered: what every peer sees, as literal WAMP arrays.

import { ALLOW_ALL, OPEN_REALM, World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const PROCEDURE = 'com.example.procedure'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.end())

describe('registering', () => {
  it('answers REGISTER with REGISTERED that mirrors the request id [BP-RPC-01 BP-ID-08 BP-MSG-30 BP-MSG-31]', () => {
    const callee = world.join()
    callee.say(64, 1, {}, PROCEDURE)
    expect(callee.take()).toEqual([[65, 1, expect.any(Number)]])
  })

  it('refuses a procedure that is registered, also by the same session [BP-RPC-01 BP-RPC-02 AP-RPC-SHR-03 AP-RPC-SHR-04]', () => {
    const [callee, other] = [world.join(), world.join()]
    const registration = callee.register(PROCEDURE)
    callee.say(64, 2, {}, PROCEDURE)
    other.say(64, 1, { invoke: 'single' }, PROCEDURE)
    other.say(64, 2, { invoke: 'roundrobin' }, PROCEDURE)
    const refusal = ['wamp.error.procedure_already_exists', [`${PROCEDURE}: already registered with invoke 'single'`, PROCEDURE]]
    expect(callee.take()).toEqual([[8, 64, 2, { registration }, ...refusal]])
    expect(other.take()).toEqual([
      [8, 64, 1, { registration }, ...refusal],
      [8, 64, 2, { registration }, ...refusal],
    ])
  })

  it.each([
    ['', {}],
    ['com..example', {}],
    ['com.', {}],
    ['com.exa mple', {}],
    ['com.exam#ple', {}],
    ['com.a\n', {}],
    ['com..example', { match: 'prefix' }],
    ['com.exa mple.', { match: 'wildcard' }],
  ])('refuses to register %j with %j [BP-RPC-03 BP-ERR-02 BP-URI-02 BP-URI-04 BP-URI-10]', (procedure, options) => {
    const callee = world.join()
    callee.say(64, 1, options, procedure)
    expect(callee.take()).toEqual([[8, 64, 1, {}, 'wamp.error.invalid_uri', [expect.any(String)]]])
  })

  it.each([
    ['com.', { match: 'prefix' }],
    ['', { match: 'prefix' }],
    ['com..', { match: 'wildcard' }],
  ])('accepts the pattern %j with %j [BP-URI-03 BP-URI-04]', (procedure, options) => {
    expect(world.join().register(procedure, options)).toBeTypeOf('number')
  })

  it.each([
    ['wamp', {}],
    ['wamp.session.count', {}],
    ['wamp.mine', {}],
    ['wamp.', { match: 'prefix' }],
    ['wamp..count', { match: 'wildcard' }],
    ['trunkline.auth.renew', {}],
  ])('refuses to register %s with %j, which is reserved [BP-URI-08]', (procedure, options) => {
    const callee = world.join()
    callee.say(64, 1, options, procedure)
    expect(callee.take()).toEqual([[8, 64, 1, {}, 'wamp.error.invalid_uri', ['this URI is reserved']]])
  })

  it('lets no pattern catch calls to reserved procedures [BP-URI-08]', () => {
    const anonymous = [...ALLOW_ALL, { uri: 'trunkline.**', allow: ['call', 'register'] as const }]
    world = World.of({ roles: { anonymous } })
    const [catcher, caller] = [world.join(), world.join()]
    catcher.register('', { match: 'prefix' })
    catcher.register('wa', { match: 'prefix' })
    catcher.register('..', { match: 'wildcard' })
    caller.say(48, 1, {}, 'wamp.session.count')
    caller.say(48, 2, {}, 'wamp.session.nothing')
    caller.say(48, 3, {}, 'trunkline.auth.renew')
    expect(caller.take()).toEqual([
      [50, 1, {}, [2]],
      [8, 48, 2, { callees: 0 }, 'wamp.error.no_such_procedure', [expect.any(String)]],
      [8, 48, 3, { callees: 0 }, 'wamp.error.no_such_procedure', [expect.any(String)]],
    ])
    expect(catcher.take()).toEqual([])
  })

  it('gives each registration an id of its own, never again after its end [BP-ID-04]', () => {
    const callee = world.join()
    const first = callee.register(PROCEDURE)
    callee.say(66, 2, first)
    expect(callee.takeOne()).toEqual([67, 2])
    const again = callee.register(PROCEDURE)
    const other = callee.register('com.example.other')
    expect(new Set([first, again, other]).size).toBe(3)
  })

  it('refuses more registrations than the limit, and says which limit', () => {
    world.router.addRealm('small', { ...OPEN_REALM, limits: { registrations: 1 } })
    const callee = world.join({ realm: 'small' })
    const first = callee.register('a')
    callee.say(64, 2, {}, 'b')
    expect(callee.takeOne()).toEqual([
      8,
      64,
      2,
      { limit: 'registrations', value: 1 },
      'trunkline.error.limit_exceeded',
      [expect.any(String)],
    ])
    callee.say(66, 3, first)
    callee.take()
    callee.register('b')
  })

  it('answers several REGISTER each by its own request id [BP-ORD-06]', () => {
    const peer = world.join()
    peer.sayAll([64, 1, {}, 'a'], [64, 2, {}, 'b..'], [64, 3, {}, 'c'])
    expect(peer.take().map((answer) => [answer[0], answer[0] === 65 ? answer[1] : answer[2]])).toEqual([
      [65, 1],
      [8, 2],
      [65, 3],
    ])
  })
})

describe('unregistering', () => {
  it('answers UNREGISTER with UNREGISTERED and sends no invocation after it [BP-RPC-05 BP-RPC-07 BP-MSG-32 BP-MSG-33]', () => {
    const [callee, caller] = [world.join(), world.join()]
    const id = callee.register(PROCEDURE)
    callee.say(66, 2, id)
    caller.say(48, 1, {}, PROCEDURE)
    expect(callee.take()).toEqual([[67, 2]])
    expect(caller.take()).toEqual([[8, 48, 1, { callees: 0 }, 'wamp.error.no_such_procedure', [expect.any(String)]]])
  })

  it("answers no_such_registration for an unknown id, another's id and a second try [BP-RPC-05 BP-RPC-06]", () => {
    const [callee, other] = [world.join(), world.join()]
    const id = callee.register(PROCEDURE)
    other.say(66, 1, id)
    other.say(66, 2, 999_999)
    callee.say(66, 2, id)
    callee.say(66, 3, id)
    expect(other.take()).toEqual([
      [8, 66, 1, {}, 'wamp.error.no_such_registration'],
      [8, 66, 2, {}, 'wamp.error.no_such_registration'],
    ])
    expect(callee.take()).toEqual([
      [67, 2],
      [8, 66, 3, {}, 'wamp.error.no_such_registration'],
    ])
  })

  it('lets open invocations run to their end [BP-RPC-31]', () => {
    const [callee, caller] = [world.join(), world.join()]
    const id = callee.register(PROCEDURE)
    caller.say(48, 1, {}, PROCEDURE)
    callee.say(66, 2, id)
    expect(callee.take()).toEqual([
      [68, 1, id, {}],
      [67, 2],
    ])
    callee.say(70, 1, {}, ['done'])
    expect(caller.take()).toEqual([[50, 1, {}, ['done']]])
  })
})
