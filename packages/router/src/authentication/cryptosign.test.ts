// Shows the method `cryptosign`.

import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import type { AuthenticationOptions, TlsFacts } from '@trunkline/router'
import { ALLOW_ALL, helloDetails, World } from '@trunkline/testkit'
import { afterEach, describe, expect, it } from 'vitest'

// Specification, "Cryptosign-based Authentication", test vectors 0 and 1: private keys and what belongs to them.
const JOE = '4d57d97a68f555696620a6d849c0ce582568518d729eb753dc7c732de2804510'
const ANN = 'd511fe78e23934b3dadb52fcd022974b80bd92bccc7c5cf404e46cc0a8a2f5cd'
const DENIED = [3, { message: 'the login was refused' }, 'wamp.error.authentication_denied']

function privateKey(hex: string): ReturnType<typeof createPrivateKey> {
  return createPrivateKey({ key: Buffer.from(`302e020100300506032b657004220420${hex}`, 'hex'), format: 'der', type: 'pkcs8' })
}

function publicKey(hex: string): string {
  return createPublicKey(privateKey(hex)).export({ format: 'der', type: 'spki' }).subarray(12).toString('hex')
}

function xor(a: Buffer, b: Uint8Array): Buffer {
  return Buffer.from(a.map((octet, i) => octet ^ (b[i] ?? 0)))
}

function signed(challenge: unknown, key: string, channel = new Uint8Array(32)): string {
  const message = xor(Buffer.from(String(challenge), 'hex'), channel)
  return Buffer.concat([sign(undefined, message, privateKey(key)), message]).toString('hex')
}

const OPTIONS: AuthenticationOptions = {
  users: {
    joe: { role: 'user', cryptosign: { publicKeys: [publicKey(JOE).toUpperCase()] }, ticket: 'x' },
    ann: { role: 'user', cryptosign: { publicKeys: [publicKey(ANN)] } },
  },
}

describe('cryptosign', () => {
  let world: World
  afterEach(() => world.end())

  function open(authentication: AuthenticationOptions = OPTIONS): void {
    world = new World({ realms: { realm1: { authentication, roles: { user: ALLOW_ALL } } } })
  }

  function hello(
    key: string,
    more: { authid?: string; authextra?: object; authmethods?: string[]; tls?: TlsFacts } = {},
  ): ReturnType<World['connect']> {
    const peer = world.connect()
    if (more.tls !== undefined) peer.info = { kind: 'rawsocket', peer: '192.0.2.1:1', isSecure: true, tls: more.tls }
    const { authid, authmethods = ['cryptosign'] } = more
    peer.say(1, 'realm1', { ...helloDetails(), authmethods, authid, authextra: { pubkey: publicKey(key), ...more.authextra } })
    return peer
  }

  it('lets in who signs the challenge with a key that is known, as the user whose key it is [AP-CSG-04 AP-CSG-05 AP-CSG-10]', () => {
    open()
    const peer = hello(JOE)
    const [type, method, extra] = peer.takeOne() as [number, string, Record<string, unknown>]
    expect([type, method]).toEqual([4, 'cryptosign'])
    expect(extra).toEqual({ challenge: expect.stringMatching(/^[0-9a-f]{64}$/) })
    peer.say(5, signed(extra['challenge'], JOE), {})
    expect(peer.takeOne()[2]).toMatchObject({ authid: 'joe', authrole: 'user', authmethod: 'cryptosign', authprovider: 'static' })
  })

  it('takes hex in either case, and the authid of the key [AP-CSG-03]', () => {
    open()
    const peer = hello(ANN, { authid: 'ann', authextra: { pubkey: publicKey(ANN).toUpperCase() } })
    const [, , extra] = peer.takeOne() as [number, string, Record<string, unknown>]
    peer.say(5, signed(extra['challenge'], ANN).toUpperCase(), {})
    expect(peer.takeOne()[2]).toMatchObject({ authid: 'ann' })
  })

  it.each([
    ['by another key', (challenge: string) => signed(challenge, ANN)],
    ['of another challenge', () => signed('ff'.repeat(32), JOE)],
    ['without what was signed', (challenge: string) => signed(challenge, JOE).slice(0, 128)],
    ['with another text behind it', (challenge: string) => signed(challenge, JOE).slice(0, 128) + 'ff'.repeat(32)],
    ['that is empty', () => ''],
    ['that is much too long', (challenge: string) => signed(challenge, JOE).repeat(300)],
    ['that is no hex', () => 'z'.repeat(192)],
    ['that is a ticket', () => 'x'],
  ])('refuses a signature %s [AP-AUTH-12 AP-CSG-10]', (_, answer) => {
    open()
    const peer = hello(JOE)
    const [, , extra] = peer.takeOne() as [number, string, { challenge: string }]
    peer.say(5, answer(extra.challenge), {})
    expect(peer.takeOne()).toEqual(DENIED)
  })

  it('gives each login octets of its own, and takes an answer once', () => {
    open()
    const [first, second] = [hello(JOE), hello(JOE)]
    const [, , { challenge }] = first.takeOne() as [number, string, { challenge: string }]
    const [, , other] = second.takeOne() as [number, string, { challenge: string }]
    expect(other.challenge).not.toBe(challenge)
    second.say(5, signed(challenge, JOE), {})
    expect(second.takeOne()).toEqual(DENIED)
    first.say(5, 'wrong', {})
    first.say(5, signed(challenge, JOE), {})
    expect(first.take()).toEqual([DENIED])
  })

  it('refuses a key that is nobody’s or another user’s, or goes on with the next method [AP-CSG-06]', () => {
    open()
    expect(hello('aa'.repeat(32)).takeOne()).toEqual(DENIED)
    expect(hello(ANN, { authid: 'joe' }).takeOne()).toEqual(DENIED)
    expect(hello(ANN, { authid: 'joe', authmethods: ['cryptosign', 'ticket'] }).takeOne()[1]).toBe('ticket')
    expect(hello(JOE, { authextra: { pubkey: 'short' } }).takeOne()[2]).toBe('wamp.error.no_matching_auth_method')
  })

  it('needs the name where two users have the same key', () => {
    const joe = { role: 'user', cryptosign: { publicKeys: [publicKey(JOE)] } }
    open({ users: { joe, jim: joe } })
    expect(hello(JOE).takeOne()).toEqual(DENIED)
    expect(hello(JOE, { authid: 'jim' }).takeOne()[0]).toBe(4)
  })

  describe('bound to its TLS connection', () => {
    const exported = new Uint8Array(32).fill(7)
    const tls: TlsFacts = { channelBinding: (type) => (type === 'tls-exporter' ? exported : undefined) }

    it('expects the challenge joined with the channel [AP-CSG-13 AP-CSG-16]', () => {
      open()
      const bind = (): ReturnType<World['connect']> => hello(JOE, { tls, authextra: { channel_binding: 'tls-exporter' } })
      const peer = bind()
      const [, , extra] = peer.takeOne() as [number, string, Record<string, unknown>]
      expect(extra['channel_binding']).toBe('tls-exporter')
      peer.say(5, signed(extra['challenge'], JOE, exported), {})
      expect(peer.takeOne()[0]).toBe(2)
      const unbound = bind()
      const [, , other] = unbound.takeOne() as [number, string, Record<string, unknown>]
      unbound.say(5, signed(other['challenge'], JOE), {})
      expect(unbound.takeOne()).toEqual(DENIED)
    })

    const none: TlsFacts = { channelBinding: () => undefined }
    it.each([
      ['tls-unique', tls, 'this connection has no tls-unique, which needs TLS 1.2 without a resumed session'],
      ['tls-exporter', none, 'this connection has no tls-exporter, which needs TLS 1.3'],
      ['tls-exporter', undefined, 'tls-exporter needs TLS that ends at the router'],
      ['nonsense', tls, 'the router knows only tls-exporter and tls-unique'],
      [1, tls, 'the router knows only tls-exporter and tls-unique'],
    ])('is refused, never let in without, and told what to leave out: %j [AP-CSG-12 AP-CSG-14]', (channel_binding, facts, why) => {
      open()
      const message = `leave channel_binding out of authextra: ${why}`
      // A key that no user has gets the same answer.
      for (const key of [JOE, '11'.repeat(32)]) {
        const peer = hello(key, { authextra: { channel_binding }, ...(facts !== undefined && { tls: facts }) })
        expect(peer.takeOne()).toEqual([3, { message }, 'wamp.error.authentication_denied'])
      }
    })
  })

  it('has the router prove itself to who asks [AP-CSG-17 AP-CSG-18]', () => {
    open({ ...OPTIONS, routerKey: ANN })
    const challenge = 'bbae60ea44cdd7b20dc7010a618b0f0803fab25a817520b4b7f057299b524deb'
    const [, , extra] = hello(JOE, { authextra: { challenge } }).takeOne() as [number, string, Record<string, string>]
    expect(extra['pubkey']).toBe(publicKey(ANN))
    const octets = Buffer.from(String(extra['signature']), 'hex')
    expect(octets.subarray(64).toString('hex')).toBe(challenge)
    expect(verify(undefined, octets.subarray(64), createPublicKey(privateKey(ANN)), octets.subarray(0, 64))).toBe(true)
    const [, , silent] = hello(JOE).takeOne()
    expect(silent).not.toHaveProperty('signature')
  })

  it.each([
    [{ users: { joe: { role: 'user', cryptosign: { publicKeys: ['ab'] } } } }, 'is not 32 octets in hex'],
    [{ routerKey: 'ab' }, 'routerKey is not 32 octets in hex'],
  ])('cannot be set up with %j', (options, text) => {
    world = new World()
    expect(() => open(options)).toThrow(text)
  })
})
