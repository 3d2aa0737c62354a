// Shows tokens: by the method `jwt` and as a ticket, their keys, claims and end, and their renewal.

import type { KeyObject } from 'node:crypto'
import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AuthenticationOptions, JwtOptions } from '@trunkline/router'
import { helloDetails, World } from '@trunkline/testkit'
import { afterEach, describe, expect, it, vi } from 'vitest'

const SECRET = 'a secret of at least 32 octets, all in all'
const DENIED = 'wamp.error.authentication_denied'
const FAILED = 'wamp.error.authentication_failed'
const NOW = Date.UTC(2026, 0, 1) / 1000
const CLAIMS = { sub: 'joe', role: 'user', exp: NOW + 60, iss: 'https://id.example.com', aud: 'realm1' }
const RULES = [{ uri: 'trunkline.auth.renew', allow: ['call'] as const }]

const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 })
const SHORT_RSA = generateKeyPairSync('rsa', { modulusLength: 1024 })
const EC = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const ED = generateKeyPairSync('ed25519')

function token(claims: object, alg: string, key: KeyObject | string, header: object = {}): string {
  const text = [{ alg, typ: 'JWT', ...header }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${text}.${signatureOf(text, alg, key).toString('base64url')}`
}

function signatureOf(text: string, alg: string, key: KeyObject | string): Buffer {
  if (typeof key === 'string') return createHmac('sha256', key).update(text).digest()
  if (alg === 'EdDSA') return sign(undefined, Buffer.from(text), key)
  return sign('sha256', Buffer.from(text), alg === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' } : key)
}

function pem(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'spki' }).toString()
}

const HS: JwtOptions = { algorithms: ['HS256'], keys: [{ secret: SECRET }] }
const good = (more: object = {}): string => token({ ...CLAIMS, ...more }, 'HS256', SECRET)

describe('a token', () => {
  let world: World
  afterEach(() => world.end())

  function open(jwt: JwtOptions = HS, more: AuthenticationOptions = {}): void {
    const roles = { user: RULES, admin: RULES }
    // Most tests are about the moments that a token names.
    const realm = { authentication: { jwt: { toleranceSeconds: 0, ...jwt }, ...more }, roles }
    world = new World({ realms: { realm1: realm, realm2: realm } })
  }

  function hello(method: string, authid?: string, realm = 'realm1'): ReturnType<World['connect']> {
    const peer = world.connect()
    peer.say(1, realm, { ...helloDetails(), authmethods: [method], authid })
    return peer
  }

  /** What became of a login: `authid role method provider`, or the reason of the refusal. */
  async function login(text: string, method = 'jwt', authid?: string, realm?: string): Promise<string> {
    const peer = hello(method, authid, realm)
    expect(peer.takeOne()).toEqual([4, method, {}])
    peer.say(5, text, {})
    const message = await peer.comes()
    if (message[0] === 3) return String(message[2])
    const { authid: name, authrole, authmethod, authprovider } = message[2] as Record<string, string>
    return [name, authrole, authmethod, authprovider].join(' ')
  }

  it('lets in whom it names, by the method jwt or as a ticket', async () => {
    open()
    expect(await login(good())).toBe('joe user jwt jwt')
    expect(await login(good(), 'ticket')).toBe('joe user ticket jwt')
    expect(await login(good(), 'jwt', 'joe')).toBe('joe user jwt jwt')
  })

  it('is at most 16,384 characters long', async () => {
    open()
    for (const [length, outcome] of [
      [16_384, 'joe user jwt jwt'],
      [16_385, DENIED],
    ] as const) {
      expect(await login(ofLength(length))).toBe(outcome)
    }
  })

  /** A valid token of this number of characters: its parts come in steps, and so both are tried. */
  function ofLength(length: number): string {
    for (let inHeader = 0; inHeader < 4; inHeader++) {
      for (let inClaims = 12_000; inClaims < 12_300; inClaims++) {
        const text = token({ ...CLAIMS, pad: 'x'.repeat(inClaims) }, 'HS256', SECRET, { pad: 'x'.repeat(inHeader) })
        if (text.length === length) return text
        if (text.length > length) break
      }
    }
    throw new Error(`no token has ${length} characters`)
  }

  it('leaves other tickets to the users of the realm', async () => {
    open(HS, { users: { ann: { role: 'user', ticket: 'plain' } } })
    expect(await login('plain', 'ticket', 'ann')).toBe('ann user ticket static')
    expect(await login('plain', 'ticket', 'joe')).toBe(DENIED)
    expect(await login('plain', 'ticket')).toBe(DENIED)
  })

  it.each([
    ['RS256', RSA],
    ['ES256', EC],
    ['EdDSA', ED],
  ])('is signed by %s', async (alg, { publicKey, privateKey }) => {
    open({
      algorithms: [alg],
      keys: [{ secret: SECRET }, { pem: pem(RSA.publicKey) }, { jwk: { ...publicKey.export({ format: 'jwk' }) } }],
    })
    expect(await login(token(CLAIMS, alg, privateKey))).toBe('joe user jwt jwt')
    expect(await login(token(CLAIMS, alg, generateOther(alg)))).toBe(DENIED)
  })

  function generateOther(alg: string): KeyObject {
    if (alg === 'EdDSA') return generateKeyPairSync('ed25519').privateKey
    return alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
      : generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  }

  it('has its key as a JWK too, also where it is a secret', async () => {
    const secret = { kty: 'oct', k: Buffer.from(SECRET).toString('base64url') }
    open({ algorithms: ['HS256', 'ES256'], keys: [{ jwk: secret }, { jwk: { ...EC.publicKey.export({ format: 'jwk' }) } }] })
    expect(await login(good())).toBe('joe user jwt jwt')
    expect(await login(token(CLAIMS, 'ES256', EC.privateKey))).toBe('joe user jwt jwt')
    expect(await login(token(CLAIMS, 'HS256', `${SECRET}!`))).toBe(DENIED)
    const short = { kty: 'oct', k: Buffer.from('x'.repeat(31)).toString('base64url') }
    expect(() => open({ algorithms: ['HS256'], keys: [{ jwk: short }] })).toThrow('a secret is shorter than 32 octets')
    open({ algorithms: ['HS256'], keys: [{ jwk: { ...secret, k: Buffer.from('x'.repeat(32)).toString('base64url') } }] })
  })

  it('has its key in a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'jwt-'))
    writeFileSync(join(folder, 'key.pem'), pem(ED.publicKey))
    writeFileSync(join(folder, 'key.json'), JSON.stringify(EC.publicKey.export({ format: 'jwk' })))
    open({ algorithms: ['EdDSA', 'ES256'], keys: [{ file: join(folder, 'key.pem') }, { file: join(folder, 'key.json') }] })
    rmSync(folder, { recursive: true })
    expect(await login(token(CLAIMS, 'EdDSA', ED.privateKey))).toBe('joe user jwt jwt')
    expect(await login(token(CLAIMS, 'ES256', EC.privateKey))).toBe('joe user jwt jwt')
  })

  it('is judged by the key that it names', async () => {
    open({
      algorithms: ['HS256'],
      keys: [
        { kid: 'old', secret: `old ${SECRET}` },
        { kid: 'new', secret: SECRET },
      ],
    })
    expect(await login(token(CLAIMS, 'HS256', SECRET, { kid: 'new' }))).toBe('joe user jwt jwt')
    expect(await login(token(CLAIMS, 'HS256', SECRET, { kid: 'old' }))).toBe(DENIED)
    expect(await login(token(CLAIMS, 'HS256', SECRET, { kid: 'lost' }))).toBe(DENIED)
    expect(await login(token(CLAIMS, 'HS256', SECRET))).toBe('joe user jwt jwt')
  })

  it.each([
    ['expired', good({ exp: NOW })],
    ['not valid yet', good({ nbf: NOW + 5 })],
    ['without an end', token({ sub: 'joe', role: 'user' }, 'HS256', SECRET)],
    ['of another issuer', good({ iss: 'https://evil.example' })],
    ['for another audience', good({ aud: 'realm2' })],
    ['without a name', good({ sub: undefined })],
    ['with a name that is empty', good({ sub: '' })],
    ['with a name that is no text', good({ sub: 1 })],
    ['without a role', good({ role: undefined })],
    ['with a role that is no text', good({ role: { user: true } })],
    ['signed with another secret', token(CLAIMS, 'HS256', `another ${SECRET}`)],
    ['not signed', token(CLAIMS, 'none', '').replace(/[^.]*$/, '')],
    ['signed by an algorithm that is not taken', token(CLAIMS, 'ES256', EC.privateKey)],
    ['signed with the text of a public key', token(CLAIMS, 'HS256', pem(EC.publicKey))],
    ['changed', good().replace(/\.[^.]+\./, `.${Buffer.from(JSON.stringify({ ...CLAIMS, sub: 'root' })).toString('base64url')}.`)],
    ['empty', ''],
    ['no token', 'secret!!!'],
    ['much too long', `${good({ fill: 'x'.repeat(20_000) })}`],
  ])('is refused when it is %s [AP-AUTH-12]', async (_, text) => {
    const keys = [{ secret: SECRET }, { pem: pem(EC.publicKey) }]
    open({ algorithms: ['HS256'], keys, issuer: 'https://id.example.com', audience: ['realm1', 'all'] })
    expect(await login(text)).toBe(DENIED)
    expect(world.log.lines.map(({ event }) => event)).toEqual(['login refused'])
  })

  it('is refused for another user, and in a realm that it does not name', async () => {
    open({ ...HS, claims: { realm: 'realms' } })
    expect(await login(good({ realms: ['realm1'] }), 'jwt', 'ann')).toBe(DENIED)
    expect(await login(good({ realms: ['realm1'] }))).toBe('joe user jwt jwt')
    expect(await login(good({ realms: ['realm1'] }), 'jwt', undefined, 'realm2')).toBe(DENIED)
    expect(await login(good({ realms: 'realm2' }), 'jwt', undefined, 'realm2')).toBe('joe user jwt jwt')
    expect(await login(good())).toBe(DENIED)
  })

  it('names its user by the claims that the realm says', async () => {
    open({ ...HS, claims: { authid: 'https://example.com/name', authrole: 'access.roles' }, role: 'user' })
    const name = { 'https://example.com/name': 'ann' }
    expect(await login(good({ ...name, access: { roles: ['nonsense', 'admin', 'user'] } }))).toBe('ann admin jwt jwt')
    expect(await login(good({ ...name, access: { roles: 'admin' } }))).toBe('ann admin jwt jwt')
    expect(await login(good(name))).toBe('ann user jwt jwt')
    expect(await login(good({ ...name, access: { roles: ['nonsense', 'other'] } }))).toBe(DENIED)
    expect(await login(good({ ...name, access: { roles: ['nonsense'] } }))).toBe('wamp.error.no_such_role')
    expect(await login(good({ access: {} }))).toBe(DENIED)
  })

  it('crosses a network only over TLS, unless the realm allows it', () => {
    const over = (more: AuthenticationOptions): unknown => {
      open(HS, more)
      const peer = world.connect()
      peer.info = { kind: 'websocket', peer: '192.0.2.1:1', isSecure: false }
      peer.say(1, 'realm1', { ...helloDetails(), authmethods: ['jwt'] })
      return peer.takeOne()[0]
    }
    expect(over({})).toBe(3)
    expect(over({ plainTickets: true })).toBe(4)
  })

  it('may come from a clock that goes up to five seconds before or after ours', async () => {
    open({ ...HS, toleranceSeconds: undefined })
    for (const claims of [{ nbf: NOW + 5 }, { iat: NOW + 5 }, { exp: NOW - 4 }]) expect(await login(good(claims))).toBe('joe user jwt jwt')
    for (const claims of [{ nbf: NOW + 6 }, { exp: NOW - 5 }]) expect(await login(good(claims))).toBe(DENIED)
  })

  describe('that expires', () => {
    async function session(): Promise<ReturnType<World['connect']>> {
      const peer = hello('jwt')
      peer.take()
      peer.say(5, good(), {})
      expect((await peer.comes())[0]).toBe(2)
      return peer
    }

    async function renew(peer: ReturnType<World['connect']>, ...args: unknown[]): Promise<unknown[]> {
      peer.say(48, ++request, {}, 'trunkline.auth.renew', args)
      const message = await peer.comes()
      return message.slice(0, 1).concat(message[0] === 50 ? message.slice(3) : message.slice(4))
    }
    let request = 0
    afterEach(() => void (request = 0))

    it('ends its session', async () => {
      open()
      const peer = await session()
      world.advance(59_000)
      expect(peer.take()).toEqual([])
      world.advance(1_000)
      expect(peer.takeOne()).toEqual([6, { message: 'the token of this session has expired' }, 'trunkline.close.token_expired'])
      peer.say(6, {}, 'wamp.close.goodbye_and_out')
      expect(peer.isClosed).toBe(true)
    })

    it('ends it by our clock, and by the tolerance only where that let it in', async () => {
      open({ ...HS, toleranceSeconds: 5 })
      const peer = await session()
      for (const [exp, until] of [
        [NOW + 2, NOW + 2],
        [NOW - 3, NOW + 2],
      ] as const)
        expect(await renew(peer, good({ exp }))).toEqual([50, [until * 1000]])
    })

    it('is renewed by a call, for as long as the new one is good', async () => {
      open()
      const peer = await session()
      expect(await renew(peer, good({ exp: NOW + 100 }))).toEqual([50, [(NOW + 100) * 1000]])
      world.advance(99_000)
      expect(peer.take()).toEqual([])
      world.advance(1_000)
      expect(peer.takeOne()[2]).toBe('trunkline.close.token_expired')
    })

    it('is not renewed by one that is bad, another user’s or of another role', async () => {
      open()
      const peer = await session()
      for (const text of [good({ exp: NOW }), good({ sub: 'ann' }), good({ role: 'admin' }), 'nonsense']) {
        expect(await renew(peer, text)).toEqual([8, DENIED, ['the token is not valid for this session']])
      }
      expect(await renew(peer, 1)).toEqual([8, 'wamp.error.invalid_argument', ['expected a token']])
      world.advance(60_000)
      expect(peer.takeOne()[2]).toBe('trunkline.close.token_expired')
    })

    it('is renewed also where the realm began to take tokens only later', async () => {
      world = new World({ realms: { realm1: { roles: { user: RULES, admin: RULES } } } })
      const realm = { authentication: { jwt: { toleranceSeconds: 0, ...HS } }, roles: { user: RULES, admin: RULES } }
      world.router.updateRealm('realm1', realm)
      world.router.updateRealm('realm1', { ...realm, authentication: {} })
      world.router.updateRealm('realm1', realm)
      const peer = await session()
      expect(await renew(peer, good({ exp: NOW + 100 }))).toEqual([50, [(NOW + 100) * 1000]])
    })

    it('may be renewed only by who logged in by one', async () => {
      open(HS, { users: { joe: { role: 'user', ticket: 'plain' } } })
      const peer = hello('ticket', 'joe')
      peer.take()
      peer.say(5, 'plain', {})
      peer.take()
      expect((await renew(peer, good()))[1]).toBe(DENIED)
    })
  })

  describe('whose keys are published', () => {
    async function published<Result>(use: (url: string, serve: (...keys: object[]) => void) => Promise<Result>): Promise<Result> {
      let body: object | undefined
      const server = createServer((_, response) => {
        if (body === undefined) response.writeHead(500)
        response.end(JSON.stringify(body))
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as AddressInfo
      try {
        return await use(`http://127.0.0.1:${port}/jwks`, (...keys) => (body = { keys }))
      } finally {
        server.closeAllConnections()
        server.close()
      }
    }
    const jwk = (key: KeyObject, kid: string): object => ({ ...key.export({ format: 'jwk' }), kid })

    it('is judged by them, also by keys that come later', async () => {
      await published(async (url, serve) => {
        serve(jwk(ED.publicKey, 'one'))
        open({ algorithms: ['EdDSA', 'ES256'], jwks: url })
        expect(await login(token(CLAIMS, 'EdDSA', ED.privateKey, { kid: 'one' }))).toBe('joe user jwt jwt')
        expect(await login(token(CLAIMS, 'EdDSA', generateOther('EdDSA'), { kid: 'one' }))).toBe(DENIED)
        expect(await login(token(CLAIMS, 'ES256', EC.privateKey, { kid: 'two' }))).toBe(DENIED)
        serve(jwk(EC.publicKey, 'two'))
        // An unknown key has them fetched anew, but not more often than each half minute.
        vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 31_000 })
        expect(await login(token(CLAIMS, 'ES256', EC.privateKey, { kid: 'two' }))).toBe('joe user jwt jwt')
        expect(await login(token(CLAIMS, 'EdDSA', ED.privateKey, { kid: 'one' }))).toBe(DENIED)
      })
    })
    afterEach(() => vi.useRealTimers())

    it('fails while they cannot be had, and says so in the log [AP-AUTH-13]', async () => {
      await published(async (url) => {
        open({ algorithms: ['EdDSA'], jwks: url })
        expect(await login(token(CLAIMS, 'EdDSA', ED.privateKey))).toBe(FAILED)
        expect(world.log.lines).toMatchObject([
          { event: 'authenticator failed', fields: { method: 'jwt', realm: 'realm1' } },
          { event: 'login refused' },
        ])
      })
    })

    it('is not judged by more than a megabyte of them', async () => {
      await published(async (url, serve) => {
        serve(jwk(ED.publicKey, 'one'), { kty: 'oct', k: 'x'.repeat(1_048_576) })
        open({ algorithms: ['EdDSA'], jwks: url })
        expect(await login(token(CLAIMS, 'EdDSA', ED.privateKey, { kid: 'one' }))).toBe(FAILED)
        expect(world.log.lines[0]?.fields['error']).toBe('the published keys are more than 1048576 octets long')
      })
    })
  })

  it.each<[JwtOptions, string]>([
    [{ algorithms: [], keys: [{ secret: SECRET }] }, 'jwt.algorithms is empty'],
    [{ algorithms: ['HS256'] }, 'jwt needs keys or jwks'],
    [{ algorithms: ['HS256'], keys: [{ secret: 'short' }] }, 'a secret is shorter than 32 octets'],
    [{ algorithms: ['RS256'], keys: [{ pem: pem(SHORT_RSA.publicKey) }] }, 'an RSA key is shorter than 2048 bits'],
    [{ algorithms: ['PS256'], keys: [{ jwk: SHORT_RSA.publicKey.export({ format: 'jwk' }) }] }, 'an RSA key is shorter than 2048 bits'],
    [{ algorithms: ['RS256'], keys: [{ pem: 'nonsense' }] }, 'one of them cannot be read'],
    [{ algorithms: ['RS256'], keys: [{ file: '/nowhere' }] }, 'one of them cannot be read'],
    [{ algorithms: ['RS256'], jwks: 'nonsense' }, 'jwt.jwks is not a URL'],
    [{ algorithms: ['RS256'], jwks: 'https://joe:pw@id.example.com/' }, 'jwt.jwks contains a user name or password'],
    [{ ...HS, role: 'nobody' }, `the role 'nobody' is not one of its roles`],
  ])('cannot be set up with %j', (jwt, text) => {
    world = new World()
    expect(() => open(jwt)).toThrow(text)
  })
})
