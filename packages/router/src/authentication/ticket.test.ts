// Shows the method `ticket`, and what all methods share: the order, made-up users, refusals.

import { createHash } from 'node:crypto'
import type { AuthenticationOptions } from '@trunkline/router'
import { ALLOW_ALL, helloDetails, World } from '@trunkline/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { realmIn } from '../testing/realm-in.ts'

const OPTIONS: AuthenticationOptions = {
  users: {
    joe: { role: 'user', ticket: 'secret!!!', extra: { team: 'red' } },
    ann: { role: 'user', ticket: { sha256: createHash('sha256').update('other secret').digest('hex') } },
    sam: { role: 'user', wampcra: { secret: 'signs only' } },
  },
}
const DENIED = [3, { message: 'the login was refused' }, 'wamp.error.authentication_denied']

describe('ticket', () => {
  let world: World
  afterEach(() => world.end())

  function open(authentication: AuthenticationOptions = OPTIONS): World {
    const realm = { authentication, roles: { user: ALLOW_ALL, guest: [], admin: [] } }
    world = new World({
      realms: { realm1: realm, realm2: { roles: { user: [] }, authentication: { users: { max: { role: 'user', ticket: 'x' } } } } },
    })
    return world
  }

  function hello(authid: unknown, more: object = {}, realm = 'realm1'): ReturnType<World['connect']> {
    const peer = world.connect()
    peer.say(1, realm, { ...helloDetails(), authmethods: ['ticket'], authid, ...more })
    return peer
  }

  it('lets in who shows the right ticket, as the user that it is [AP-AUTH-01 AP-AUTH-02 AP-AUTH-04 AP-AUTH-08 AP-TKT-03 AP-TKT-05 AP-TKT-06]', () => {
    open()
    const peer = hello('joe', { authextra: { team: 'blue' }, authprovider: 'mine' })
    expect(peer.takeOne()).toEqual([4, 'ticket', {}])
    peer.say(5, 'secret!!!', {})
    const [type, session, details] = peer.takeOne()
    expect(type).toBe(2)
    expect(details).toMatchObject({
      authid: 'joe',
      authrole: 'user',
      authmethod: 'ticket',
      authprovider: 'static',
      authextra: { team: 'red' },
    })
    expect(realmIn(world, 'realm1')?.sessions.get(session as number)?.identity.authid).toBe('joe')
  })

  it('knows a ticket by its SHA-256', () => {
    open()
    const peer = hello('ann')
    peer.take()
    peer.say(5, 'other secret', {})
    expect(peer.takeOne()[0]).toBe(2)
  })

  it.each([
    ['wrong', 'joe', 'secret!!'],
    ['empty', 'joe', ''],
    ['much too long', 'joe', 'x'.repeat(60_000)],
    ['of another user', 'joe', 'other secret'],
    ['the SHA-256 itself', 'ann', createHash('sha256').update('other secret').digest('hex')],
    ['of an unknown user', 'nobody', 'secret!!!'],
    ['an object key', '__proto__', 'secret!!!'],
  ])('refuses a ticket that is %s, in the same words [AP-AUTH-12 AP-TKT-05]', (_, authid, ticket) => {
    open({ users: { joe: OPTIONS.users?.['joe'] ?? { role: 'user' }, ann: OPTIONS.users?.['ann'] ?? { role: 'user' } } })
    const peer = hello(authid)
    expect(peer.takeOne()).toEqual([4, 'ticket', {}])
    peer.say(5, ticket, {})
    expect(peer.takeOne()).toEqual(DENIED)
    expect(peer.isClosed).toBe(true)
    expect(JSON.stringify(world.log.lines)).not.toContain(ticket === '' ? 'secret' : ticket)
  })

  it('refuses a user of another realm', () => {
    open()
    const peer = hello('max')
    peer.take()
    peer.say(5, 'x', {})
    expect(peer.takeOne()[0]).toBe(3)
    const there = hello('max', {}, 'realm2')
    there.take()
    there.say(5, 'x', {})
    expect(there.takeOne()[0]).toBe(2)
  })

  it('has no second try [AP-AUTH-17]', () => {
    open()
    const peer = hello('joe')
    peer.take()
    peer.say(5, 'wrong', {})
    peer.say(5, 'secret!!!', {})
    expect(peer.take()).toEqual([DENIED])
  })

  it('takes a number for no ticket', () => {
    open()
    const peer = hello('joe')
    peer.take()
    peer.sayText('[5,1,{}]')
    expect(peer.takeOne()[2]).toBe('wamp.error.protocol_violation')
  })

  it.each([undefined, ''])('needs an authid, not %j [AP-AUTH-09]', (authid) => {
    open()
    expect(hello(authid).takeOne()[2]).toBe('wamp.error.no_matching_auth_method')
  })

  it('gives a client that does not answer as long as the login may take, then ABORT [AP-AUTH-18]', () => {
    open()
    const peer = hello('joe')
    peer.take()
    world.advance(9_000)
    expect(peer.take()).toEqual([])
    world.advance(1_000)
    expect(peer.takeOne()).toEqual([3, { message: 'the login took too long' }, 'wamp.error.authentication_failed'])
    peer.say(5, 'secret!!!', {})
    expect(peer.take()).toEqual([])
  })

  it('crosses a network only over TLS, unless the realm allows it', () => {
    const over = (isSecure: boolean, peerName: string, address?: string): string | number => {
      const peer = world.connect()
      Object.assign(peer, { info: { kind: 'websocket', peer: peerName, address, isSecure } })
      peer.say(1, 'realm1', { ...helloDetails(), authmethods: ['ticket'], authid: 'joe' })
      const [type, , reason] = peer.takeOne()
      return type === 3 ? (reason as string) : (type as number)
    }
    open()
    expect(over(false, '192.0.2.1:4000')).toBe('wamp.error.no_matching_auth_method')
    expect(over(false, '[2001:db8::1]:4000')).toBe('wamp.error.no_matching_auth_method')
    expect(over(true, '192.0.2.1:4000')).toBe(4)
    expect([
      over(false, '127.0.0.1:4000'),
      over(false, '[::1]:4000'),
      over(false, '[::ffff:127.0.0.1]:4000'),
      over(false, '/run/router.sock'),
    ]).toEqual([4, 4, 4, 4])
    // A proxy of this machine says where its client is.
    expect([over(false, '127.0.0.1:4000', '192.0.2.1'), over(false, '/run/router.sock', '2001:db8::1')]).toEqual([
      'wamp.error.no_matching_auth_method',
      'wamp.error.no_matching_auth_method',
    ])
    expect([over(true, '127.0.0.1:4000', '192.0.2.1'), over(false, '127.0.0.1:4000', '::1')]).toEqual([4, 4])
    open({ ...OPTIONS, plainTickets: true })
    expect(over(false, '192.0.2.1:4000')).toBe(4)
  })

  describe('among other methods', () => {
    it('is tried in the order of the client, by the methods that the user has [AP-AUTH-06 AP-AUTH-07 AP-AUTH-15 AP-TKT-07 AP-CRA-03]', () => {
      open()
      expect(hello('sam', { authmethods: ['nonsense', 'ticket', 'wampcra'] }).takeOne()[1]).toBe('wampcra')
      expect(hello('joe', { authmethods: ['wampcra', 'ticket'] }).takeOne()[1]).toBe('ticket')
      open({ users: { both: { role: 'user', ticket: 't', wampcra: { secret: 's' } } } })
      expect(hello('both', { authmethods: ['wampcra', 'ticket'] }).takeOne()[1]).toBe('wampcra')
      expect(hello('both', { authmethods: ['ticket', 'wampcra'] }).takeOne()[1]).toBe('ticket')
    })

    it('is tried once, however often it is offered', () => {
      open()
      expect(hello('nobody', { authmethods: Array.from({ length: 900 }, () => 'ticket') }).takeOne()).toEqual([4, 'ticket', {}])
      expect(hello('nobody', { authmethods: Array.from({ length: 900 }, (_, i) => `nonsense${i}`) }).takeOne()[2]).toBe(
        'wamp.error.no_matching_auth_method',
      )
    })

    it('lets nobody in who has only others, and does not say so: nothing weaker is taken', () => {
      open()
      const peer = hello('sam')
      expect(peer.takeOne()).toEqual([4, 'ticket', {}])
      peer.say(5, 'signs only', {})
      expect(peer.takeOne()).toEqual(DENIED)
    })

    it('is unknown in a realm where nobody has it [AP-AUTH-09]', () => {
      open({ users: { sam: { role: 'user', wampcra: { secret: 'signs only' } } } })
      expect(hello('sam').takeOne()[2]).toBe('wamp.error.no_matching_auth_method')
      expect(hello('nobody').takeOne()[2]).toBe('wamp.error.no_matching_auth_method')
      expect(hello('sam', { authmethods: ['nonsense'] }).takeOne()[2]).toBe('wamp.error.no_matching_auth_method')
    })

    it('meets unknown names by the methods of real users', () => {
      const names = Array.from({ length: 64 }, (_, i) => `nobody${i}`)
      open()
      const methods = names.map((authid) => hello(authid, { authmethods: ['ticket', 'wampcra'] }).takeOne()[1])
      expect(new Set(methods)).toEqual(new Set(['ticket', 'wampcra']))
    })

    it('needs the answer of its own: a signature is no ticket', () => {
      open({ users: { both: { role: 'user', ticket: 't', wampcra: { secret: 's' } } } })
      const peer = hello('both', { authmethods: ['wampcra', 'ticket'] })
      peer.take()
      peer.say(5, 't', {})
      expect(peer.takeOne()).toEqual(DENIED)
    })

    it('tells a client without credentials that it needs some [AP-AUTH-10]', () => {
      open()
      expect(hello(undefined, { authmethods: [] }).takeOne()[2]).toBe('wamp.error.authentication_required')
      expect(hello(undefined, { authmethods: ['anonymous'] }).takeOne()[2]).toBe('wamp.error.authentication_required')
    })

    it('lets in anonymous sessions under names of their own where the realm does [AP-AUTH-15 AP-AUTH-16]', () => {
      open({ ...OPTIONS, anonymous: { role: 'guest' } })
      const welcomes = [1, 2].map(() => hello('joe', { authmethods: [] }).takeOne()[2] as { authid: string })
      expect(welcomes[0]).toMatchObject({ authrole: 'guest', authmethod: 'anonymous', authid: expect.stringMatching(/^anonymous-\d+$/) })
      expect(welcomes[0]?.authid).not.toBe(welcomes[1]?.authid)
      expect(hello('joe', { authmethods: ['ticket', 'anonymous'] }).takeOne()[1]).toBe('ticket')
    })
  })

  it('tells of unknown users only where the realm wants it, for debugging [AP-AUTH-11]', () => {
    open({ ...OPTIONS, revealsUnknown: true })
    expect(hello('nobody').takeOne()[2]).toBe('wamp.error.no_such_principal')
    expect(hello('joe').takeOne()[0]).toBe(4)
    expect(hello('sam').takeOne()[2]).toBe('wamp.error.no_matching_auth_method')
  })

  it('reports a realm or a wished-for role that does not exist [AP-AUTH-20]', () => {
    open()
    expect(hello('joe', {}, 'realm9').takeOne()[2]).toBe('wamp.error.no_such_realm')
    const asRole = (authrole: string): unknown => {
      const peer = hello('joe', { authrole })
      peer.take()
      peer.say(5, 'secret!!!', {})
      return peer.takeOne()[2]
    }
    expect(asRole('nonsense')).toBe('wamp.error.no_such_role')
    expect(asRole('admin')).toMatchObject({ authrole: 'user' })
  })

  it.each([
    ['an empty ticket', { role: 'user', ticket: '' }, 'the ticket is empty'],
    ['a digest of the wrong length', { role: 'user', ticket: { sha256: 'abc' } }, 'ticket.sha256 is not 64 hexadecimal digits'],
    ['a role that the realm has not', { role: 'nobody', ticket: 'x' }, `the role 'nobody' is not one of its roles`],
  ])('cannot be set up with %s', (_, user, text) => {
    world = new World()
    expect(() => open({ users: { joe: user } })).toThrow(text)
  })
})
