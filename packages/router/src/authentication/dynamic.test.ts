// Shows dynamic authenticators: a callee made by hand answers what it is asked.

import { createHmac } from 'node:crypto'
import type { AuthenticationOptions } from '@trunkline/router'
import { ALLOW_ALL, helloDetails, World } from '@trunkline/testkit'
import { afterEach, describe, expect, it } from 'vitest'

type Peer = ReturnType<World['connect']>

const PROCEDURE = 'com.example.authenticate'
const DENIED = [3, { message: 'the login was refused' }, 'wamp.error.authentication_denied']
const FAILED = [3, { message: 'the login could not be judged' }, 'wamp.error.authentication_failed']
const METHODS = ['ticket', 'wampcra', 'wamp-scram', 'scram', 'cryptosign', 'anonymous', 'com.example.pin']

describe('a dynamic authenticator', () => {
  let world: World
  let service: Peer
  afterEach(() => world.end())

  function open(more: AuthenticationOptions = {}, realm?: string): void {
    const authentication = {
      users: { service: { role: 'service', ticket: 'x' } },
      dynamic: [{ procedure: PROCEDURE, methods: METHODS, ...(realm === undefined ? {} : { realm }) }],
      ...more,
    }
    const roles = { service: ALLOW_ALL, user: [] }
    const plain = { users: { service: { role: 'service', ticket: 'x' } } }
    world = new World({ realms: { realm1: { authentication, roles }, services: { authentication: plain, roles } } })
    service = join('service', 'ticket', {}, realm ?? 'realm1')
    service.say(5, 'x', {})
    service.take()
    service.say(64, 1, {}, PROCEDURE)
    service.take()
  }

  function join(authid: string | undefined, method: string, authextra: object = {}, realm = 'realm1'): Peer {
    const peer = world.connect()
    peer.say(1, realm, { ...helloDetails(), authmethods: [method], authid, authextra })
    peer.take().forEach((message) => held.push([peer, message]))
    return peer
  }
  const held: [Peer, unknown[]][] = []
  afterEach(() => held.splice(0))

  /** What came for a peer since it was opened. */
  function last(peer: Peer): unknown[] {
    const messages = [...held.filter(([of]) => of === peer).map(([, message]) => message), ...peer.take()]
    return messages.at(-1) ?? []
  }

  function asked(): { request: number; args: unknown[] } {
    const [type, request, , , args] = service.takeOne() as [number, number, number, object, unknown[]]
    expect(type).toBe(68)
    return { request, args }
  }

  function answer(result: unknown): void {
    service.say(70, asked().request, {}, [result])
  }

  it('has no more to say about a realm that goes: who waits for its answer is refused, and the answer is late', () => {
    open({}, 'services')
    const peer = join('joe', 'com.example.pin')
    const { request } = asked()
    expect(last(peer)).toEqual([])
    world.router.removeRealm('realm1')
    world.settle()
    expect([last(peer), peer.isClosed]).toEqual([FAILED, true])
    service.say(70, request, {}, ['user'])
    expect(service.take()).toEqual([])
  })

  it('is asked with realm, authid and details, what the transport knows among them, and answers the role [AP-DYN-01 AP-AUTH-14]', () => {
    open()
    const peer = world.connect()
    peer.info = { kind: 'websocket', peer: '127.0.0.1:5', isSecure: false, cookie: 'a=b', origin: 'https://shop.example.com' }
    const forged = { auth: { cookie: 'forged' } }
    peer.say(1, 'realm1', { ...helloDetails(), authmethods: ['ticket'], authid: 'joe', authextra: { pin: 1 }, transport: forged })
    expect(peer.takeOne()).toEqual([4, 'ticket', {}])
    peer.say(5, 'secret!!!', {})
    const { request, args } = asked()
    expect(args).toEqual([
      'realm1',
      'joe',
      {
        session: expect.any(Number),
        authmethod: 'ticket',
        authextra: { pin: 1 },
        ticket: 'secret!!!',
        transport: { type: 'websocket', peer: '127.0.0.1:5', secure: false, origin: 'https://shop.example.com', auth: { cookie: 'a=b' } },
      },
    ])
    service.say(70, request, {}, ['user'])
    expect(peer.takeOne()).toEqual([
      2,
      (args[2] as { session: number }).session,
      expect.objectContaining({ authid: 'joe', authrole: 'user', authmethod: 'ticket', authprovider: 'dynamic' }),
    ])
  })

  it('may give another authid, and tell the client more', () => {
    open()
    const peer = join('joe', 'ticket')
    peer.say(5, 't', {})
    answer({ role: 'user', authid: 'joe@example.com', extra: { team: 'red' } })
    expect(last(peer)[2]).toMatchObject({ authid: 'joe@example.com', authextra: { team: 'red' } })
  })

  it('may leave the comparison of a ticket to the router', () => {
    open()
    for (const [ticket, verdict] of [
      ['right', 2],
      ['wrong', 3],
    ] as const) {
      const peer = join('joe', 'ticket')
      peer.say(5, ticket, {})
      answer({ role: 'user', ticket: 'right' })
      expect(last(peer)[0]).toBe(verdict)
    }
  })

  it('says by what a client signs', () => {
    open()
    const peer = join('joe', 'wampcra')
    answer({ role: 'user', secret: 'a secret' })
    const [, , { challenge }] = last(peer) as [number, string, { challenge: string }]
    expect(JSON.parse(challenge)).toMatchObject({ authid: 'joe', authrole: 'user', authprovider: 'dynamic' })
    peer.say(5, createHmac('sha256', 'a secret').update(challenge).digest('base64'), {})
    expect(last(peer)[2]).toMatchObject({ authid: 'joe', authmethod: 'wampcra', authprovider: 'dynamic' })
  })

  it('gives salts and stored keys, and a public key', () => {
    open()
    const nonce = 'AAECAwQFBgcICQoLDA0ODw=='
    const salted = join('joe', 'wampcra')
    answer({ role: 'user', secret: 'a key', salt: 's', iterations: 7, keylen: 32 })
    expect(last(salted)[2]).toMatchObject({ salt: 's', iterations: 7, keylen: 32 })
    const keys = { 'stored-key': 'aa'.repeat(32), 'server-key': 'bb'.repeat(32) }
    const scram = join('joe', 'wamp-scram', { nonce })
    answer({ role: 'user', kdf: 'argon2id13', salt: '00'.repeat(8), iterations: 2, memory: 64, ...keys })
    expect(last(scram)[2]).toMatchObject({ kdf: 'argon2id13', salt: 'AAAAAAAAAAA=', iterations: 2, memory: 64 })
    const dialect = join('joe', 'scram', { nonce })
    answer({ role: 'user', kdf: 'pbkdf2', salt: '00'.repeat(8), iterations: 9, ...keys })
    expect(last(dialect)[2]).toMatchObject({ kdf: 'pbkdf2', iterations: 9 })
    const pubkey = 'ab'.repeat(32)
    const cryptosign = join(undefined, 'cryptosign', { pubkey })
    answer({ role: 'user', authid: 'joe', pubkey })
    expect(last(cryptosign)).toMatchObject([4, 'cryptosign', {}])
    const other = join('joe', 'cryptosign', { pubkey })
    answer({ role: 'user', pubkey: 'cd'.repeat(32) })
    expect(last(other)).toEqual(DENIED)
  })

  it('decides alone about methods without a challenge', () => {
    open()
    const anonymous = join(undefined, 'anonymous')
    answer('user')
    expect(last(anonymous)[2]).toMatchObject({
      authrole: 'user',
      authmethod: 'anonymous',
      authid: expect.stringMatching(/^anonymous-\d+$/),
    })
    const own = join('joe', 'com.example.pin', { pin: 1234 })
    answer({ role: 'user' })
    expect(last(own)[2]).toMatchObject({ authid: 'joe', authmethod: 'com.example.pin' })
  })

  it('is not asked where a method needs a name and there is none', () => {
    open()
    for (const method of ['wampcra', 'wamp-scram', 'scram'])
      expect(last(join(undefined, method))[2]).toBe('wamp.error.no_matching_auth_method')
    expect(service.take()).toEqual([])
    join(undefined, 'cryptosign', { pubkey: '00'.repeat(32) })
    expect(asked().args.slice(0, 1)).toEqual(['realm1'])
  })

  it('is not asked about users of the configuration', () => {
    open()
    join('service', 'ticket').say(5, 'wrong', {})
    expect(service.take()).toEqual([])
  })

  it('may live in another realm', () => {
    open({}, 'services')
    const peer = join('joe', 'ticket')
    peer.say(5, 't', {})
    expect(asked().args[0]).toBe('realm1')
  })

  it.each([[null], [false]])('refuses by %j', (verdict) => {
    open()
    const peer = join('joe', 'ticket')
    peer.say(5, 't', {})
    answer(verdict)
    expect(last(peer)).toEqual(DENIED)
  })

  it.each(['com.example.error.wrong_ticket', 'wamp.error.authentication_denied', 'wamp.error.no_such_principal'])(
    'refuses by the error %s',
    (error) => {
      open()
      const peer = join('joe', 'ticket')
      peer.say(5, 't', {})
      service.say(8, 68, asked().request, {}, error, ['because'])
      expect(last(peer)).toEqual(DENIED)
    },
  )

  it('meets names that it does not know like one that it knew', () => {
    open()
    const first = join('nobody', 'wampcra')
    answer(null)
    expect(last(first)).toEqual(DENIED)
    join('joe', 'wampcra')
    answer({ role: 'user', secret: 'a key', salt: 'salty', iterations: 7, keylen: 32 })
    const second = join('nobody', 'wampcra')
    answer(null)
    expect(last(second)).toMatchObject([4, 'wampcra', { iterations: 7, salt: expect.stringMatching(/^[\w-]{5}$/) }])
    second.say(5, 'anything', {})
    expect(last(second)).toEqual(DENIED)
  })

  it('meets each name that it does not know always in the same of the ways in which it let others log in', () => {
    open()
    for (const [name, iterations] of [
      ['joe', 7],
      ['ann', 8],
      ['jim', 7],
      ['sue', 9],
    ] as const) {
      join(name, 'wampcra')
      answer({ role: 'user', secret: 'a key', salt: 'salty', iterations, keylen: 32 })
    }
    const shown = (name: string): unknown => {
      const peer = join(name, 'wampcra')
      answer(null)
      const { iterations, salt } = last(peer)[2] as Record<string, unknown>
      return { iterations, salt }
    }
    const names = Array.from({ length: 20 }, (_, i) => `nobody${i}`)
    const first = names.map(shown)
    join('joe', 'wampcra')
    answer({ role: 'user', secret: 'a key', salt: 'salty', iterations: 7, keylen: 32 })
    expect(names.map(shown)).toEqual(first)
    expect(new Set(first.map((each) => (each as { iterations: number }).iterations))).toEqual(new Set([7, 8, 9]))
  })

  it.each([
    ['nothing of use', 1],
    ['no role', {}],
    ['another realm', { role: 'user', realm: 'realm2' }],
    ['no name', { role: 'user', authid: 1 }],
    ['null for a ticket', { role: 'user', ticket: null }],
    ['a number for a ticket', { role: 'user', ticket: 1234 }],
    ['an empty ticket', { role: 'user', ticket: '' }],
  ])('fails the login when it answers %s [AP-AUTH-13 AP-DYN-02]', (_, result) => {
    open()
    const peer = join('joe', 'ticket')
    peer.say(5, 'secret!!!', {})
    answer(result)
    expect(last(peer)).toEqual(FAILED)
    expect(world.log.lines.filter(({ event }) => event === 'authenticator failed').length).toBe(1)
    expect(JSON.stringify(world.log.lines)).not.toContain('secret!!!')
  })

  it.each([
    ['an empty secret', 'wampcra', { role: 'user' }],
    ['a salt without a key', 'wampcra', { role: 'user', salt: 'salt', secret: null }],
    ['keys that are none', 'wamp-scram', { role: 'user', kdf: 'pbkdf2', salt: '00', iterations: 1 }],
    ['a public key that is none', 'cryptosign', { role: 'user', pubkey: 'xyz' }],
    ['null for a public key', 'cryptosign', { role: 'user', pubkey: null }],
    ['null for public keys', 'cryptosign', { role: 'user', authorized_keys: null }],
    ['a dict for a public key', 'cryptosign', { role: 'user', pubkey: { toString: 1, valueOf: 1 } }],
    ['a dict for iterations', 'wampcra', { role: 'user', secret: 'x', salt: 'y', iterations: { toString: 1, valueOf: 1 } }],
  ])('fails the login when it answers %s [AP-AUTH-13]', (_, method, result) => {
    open()
    const peer = join('joe', method, { nonce: 'AAECAwQFBgcICQoLDA0ODw==', pubkey: 'ab'.repeat(32) })
    answer(result)
    expect(last(peer)).toEqual(FAILED)
  })

  it('refuses a client that shows a dict for its public key, where it accepts the key of the client', () => {
    open()
    const peer = join('joe', 'cryptosign', { pubkey: { toString: 1, valueOf: 1 } })
    answer({ role: 'user' })
    expect([last(peer)[0], world.router.counters.faults]).toEqual([3, 0])
  })

  it('fails the login when it throws, is not there, goes, or is slow [AP-AUTH-13 AP-DYN-02]', () => {
    open()
    const ask = (): Peer => {
      const peer = join('joe', 'ticket')
      peer.say(5, 't', {})
      return peer
    }
    const thrown = ask()
    service.say(8, 68, asked().request, {}, 'wamp.error.runtime_error')
    expect(last(thrown)).toEqual(FAILED)
    const slow = ask()
    world.advance(5_000)
    expect(last(slow)).toEqual(FAILED)
    service.take()
    const left = ask()
    service.drop()
    expect(last(left)).toEqual(FAILED)
    expect(last(ask())).toEqual(FAILED)
  })

  describe('of whom many clients of one address want an answer', () => {
    function come(count: number, address: string | undefined): Peer[] {
      return Array.from({ length: count }, () => {
        const peer = world.connect()
        peer.info = { ...peer.info, ...(address === undefined ? { peer: '/run/router.sock' } : { address }) }
        peer.say(1, 'realm1', { ...helloDetails(), authmethods: ['com.example.pin'], authid: 'joe' })
        return peer
      })
    }
    const requests = (): number[] => service.take().map(([, request]) => request as number)
    const inside = (peers: readonly Peer[]): number => peers.filter((peer) => peer.take().at(-1)?.[0] === 2).length

    it('is asked sixteen questions of theirs at a time, and those of others at once', () => {
      open()
      const many = come(40, '192.0.2.1')
      const first = requests()
      expect(first).toHaveLength(16)
      const [other] = come(1, '192.0.2.2')
      const [question] = requests()
      service.say(70, question ?? 0, {}, ['user'])
      expect(inside(other === undefined ? [] : [other])).toBe(1)
      for (const request of first) service.say(70, request, {}, ['user'])
      const second = requests()
      for (const request of second) service.say(70, request, {}, ['user'])
      expect(second).toHaveLength(16)
      for (const request of requests()) service.say(70, request, {}, ['user'])
      expect(inside(many)).toBe(40)
    })

    it('is asked sixteen questions of all clients of a Unix socket at a time', () => {
      open()
      const many = come(40, undefined)
      const first = requests()
      expect(first).toHaveLength(16)
      const [other] = come(1, '192.0.2.2')
      expect(requests()).toHaveLength(1)
      for (const peer of [...many, ...(other === undefined ? [] : [other])]) peer.drop()
      for (const request of first) service.say(70, request, {}, ['user'])
    })

    it('is not asked about those who are gone, and asked for no more of them by those who come and go', () => {
      open()
      for (const peer of come(40, '192.0.2.1')) peer.drop()
      const first = requests()
      expect(first).toHaveLength(16)
      const [last] = come(1, '192.0.2.1')
      expect(requests()).toHaveLength(0)
      service.say(70, first[0] ?? 0, {}, ['user'])
      const rest = requests()
      expect(rest).toHaveLength(1)
      service.say(70, rest[0] ?? 0, {}, ['user'])
      expect(inside(last === undefined ? [] : [last])).toBe(1)
    })

    it('fails those who wait for longer than it may take', () => {
      open()
      const many = come(20, '192.0.2.1')
      requests()
      world.advance(5_000)
      expect(many.map((peer) => peer.take().at(-1))).toEqual(Array.from({ length: 20 }, () => FAILED))
      // The callee is not asked about the four that waited.
      expect(service.take().filter(([type]) => type === 68)).toEqual([])
    })
  })

  it('does not let in a role that the realm has not', () => {
    open()
    const peer = join('joe', 'ticket')
    peer.say(5, 't', {})
    answer('nonsense')
    expect(last(peer)[2]).toBe('wamp.error.no_such_role')
  })

  it('may not be called by what is no URI', () => {
    open()
    expect(() => open({ dynamic: [{ procedure: 'not a uri', methods: ['ticket'] }] })).toThrow('is not a valid procedure')
  })
})
