// Shows that a listener admits some of the clients that the realms admit, and no others.

import type { ListenerLogins } from '@trunkline/router'
import { ALLOW_ALL, World } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Arrival } from './testing/arrivals.ts'
import { arrive } from './testing/arrivals.ts'

const REQUIRED = 'wamp.error.authentication_required'
const DENIED = 'wamp.error.authentication_denied'
const NO_METHOD = 'wamp.error.no_matching_auth_method'

describe('a listener', () => {
  let world: World
  const users = { joe: { role: 'user', ticket: 'joe' }, root: { role: 'admin', ticket: 'root', wampcra: { secret: 's' } } }
  beforeEach(() => {
    const roles = { user: ALLOW_ALL, admin: ALLOW_ALL, trusted: ALLOW_ALL, guest: [] }
    world = new World({
      realms: {
        realm1: { roles, authentication: { users, anonymous: { role: 'guest' } } },
        inner: { roles, authentication: { users } },
      },
    })
  })
  afterEach(() => world.end())

  const via = (logins: ListenerLogins, arrival: Arrival): unknown => arrive(world, { ...arrival, info: { logins } }).outcome

  it('that says nothing lets in whom the realms let in', () => {
    expect(via({}, { authid: 'joe', ticket: 'joe' })).toBe('joe user realm1')
    expect(via({}, {})).toBe('anonymous guest realm1')
  })

  it('shows no realm but its own', () => {
    const logins = { realms: ['inner'] }
    expect(via(logins, { realm: 'inner', authid: 'joe', ticket: 'joe' })).toBe('joe user inner')
    expect(via(logins, { authid: 'joe', ticket: 'joe' })).toBe('wamp.error.no_such_realm')
    expect(via(logins, { realm: 'nowhere' })).toBe('wamp.error.no_such_realm')
  })

  it('has no methods but its own, whoever is named', () => {
    const logins = { methods: ['ticket'] }
    expect(via(logins, { authid: 'joe', ticket: 'joe' })).toBe('joe user realm1')
    expect(via(logins, {})).toBe(REQUIRED)
    for (const authid of ['root', 'nobody']) expect(via(logins, { authid, methods: ['wampcra'] })).toBe(NO_METHOD)
    expect(via(logins, { authid: 'root', methods: ['wampcra', 'ticket'], ticket: 'root' })).toBe('root admin realm1')
  })

  it('refuses other roles in the words of a wrong secret, so that it confirms none', () => {
    const logins = { roles: ['user'] }
    expect(via(logins, { authid: 'joe', ticket: 'joe' })).toBe('joe user realm1')
    const outcomes = ['root', 'wrong'].map((ticket) => via(logins, { authid: 'root', ticket }))
    expect(outcomes).toEqual([DENIED, DENIED])
    expect(world.log.lines.filter(({ event }) => event === 'login refused by the listener')).toMatchObject([
      { fields: { authid: 'root', authrole: 'admin', realm: 'realm1' } },
    ])
  })

  it('gives sessions without a login a role of its own, also where the realm lets none in', () => {
    const logins = { methods: ['anonymous'], anonymous: { role: 'trusted' } }
    expect(via(logins, {})).toBe('anonymous trusted realm1')
    expect(via(logins, { realm: 'inner' })).toBe('anonymous trusted inner')
    expect(via({}, { realm: 'inner' })).toBe(REQUIRED)
    expect(via({ anonymous: { role: 'no.role' } }, {})).toBe('wamp.error.no_such_role')
  })

  it('keeps its anonymous sessions when the realm changes what it says of others', () => {
    const { peer } = arrive(world, { info: { logins: { anonymous: { role: 'trusted' } } } })
    const roles = { user: ALLOW_ALL, admin: ALLOW_ALL, trusted: ALLOW_ALL }
    expect(world.router.updateRealm('realm1', { roles, authentication: { users } }).sessionsEnded).toBe(0)
    peer.say(16, 1, { acknowledge: true }, 'com.example.a')
    expect(peer.takeOne()[0]).toBe(17)
  })

  it('holds a function of the program to its methods and roles too', () => {
    world.router.addRealm('own', {
      roles: { user: [] },
      authenticate: ({ authmethods }, _, next) =>
        next({ accept: { authid: authmethods.join(), authrole: 'user', authmethod: 'magic', authprovider: 'own' } }),
    })
    expect(via({ methods: ['magic', 'ticket'] }, { realm: 'own', methods: ['ticket', 'wampcra'] })).toBe('ticket user own')
    expect(via({ methods: ['ticket'] }, { realm: 'own', methods: ['ticket'] })).toBe(DENIED)
    expect(via({ roles: ['admin'] }, { realm: 'own' })).toBe(DENIED)
  })

  it('does not bind sessions of the program that runs the router', () => {
    const local = world.router.openLocal({ authid: 'local', authrole: 'admin' })
    local.close()
    world.settle()
    expect(world.log.lines.filter(({ event }) => event === 'login refused by the listener')).toEqual([])
  })
})

describe('a client that names no realm', () => {
  let world: World
  afterEach(() => world.end())

  it('is judged by the default realm of its listener [BP-SES-02]', () => {
    const users = { joe: { role: 'user', ticket: 'joe' }, ann: { role: 'user', ticket: 'ann', realm: 'shop' } }
    const roles = { user: [] }
    world = new World({ realms: { people: { roles, authentication: { users } }, shop: { roles } } })
    const info = { logins: { defaultRealm: 'people' } }
    expect(arrive(world, { realm: null, authid: 'joe', ticket: 'joe', info }).outcome).toBe('joe user people')
    expect(arrive(world, { realm: null, authid: 'ann', ticket: 'ann', info }).outcome).toBe('ann user shop')
    expect(arrive(world, { realm: null, authid: 'joe', ticket: 'joe' }).outcome).toBe('wamp.error.protocol_violation')
  })
})
