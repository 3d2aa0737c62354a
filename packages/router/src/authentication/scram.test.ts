// Shows the methods `wamp-scram` and `scram`.

import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import type { AuthenticationStep, JoinRequest } from '@trunkline/protocol'
import type { AuthenticationOptions, ScramOptions, TlsFacts } from '@trunkline/router'
import { ALLOW_ALL, helloDetails, World } from '@trunkline/testkit'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Login } from './method.ts'
import { userOf } from './credentials.ts'
import { ScramMethod } from './scram.ts'
import { deriveScramKeys } from './scram-keys.ts'

/** RFC 7677, section 3. */
const SALT = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')
const STORED_KEY = Buffer.from('WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=', 'base64')
const SERVER_KEY = Buffer.from('wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=', 'base64')
const NONCE = 'AAECAwQFBgcICQoLDA0ODw=='

const PBKDF2 = { kdf: 'pbkdf2', salt: SALT.toString('hex'), iterations: 4096 } as const
const STORED: ScramOptions = { ...PBKDF2, storedKey: STORED_KEY.toString('hex'), serverKey: SERVER_KEY.toString('hex') }
const OPTIONS: AuthenticationOptions = { users: { user: { role: 'user', scram: STORED, extra: { team: 'red' } } } }

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

type Extra = Record<string, unknown>

/** What a client sends: made here by the letter of the specification. */
function answer(
  extra: Extra,
  { password = 'pencil', authid = 'user', binding = 'biws', clientNonce = NONCE } = {},
): { proof: string; verifier: string } {
  const salted = pbkdf2Sync(password, Buffer.from(String(extra['salt']), 'base64'), Number(extra['iterations']), 32, 'sha256')
  const [nonce, salt, iterations] = [extra['nonce'], extra['salt'], extra['iterations']].map(String)
  const message = `n=${authid},r=${clientNonce},r=${nonce},s=${salt},i=${iterations},c=${binding},r=${nonce}`
  const clientKey = hmac(salted, 'Client Key')
  const signature = hmac(createHash('sha256').update(clientKey).digest(), message)
  const proof = Buffer.from(clientKey.map((octet, i) => octet ^ (signature[i] ?? 0))).toString('base64')
  return { proof, verifier: hmac(hmac(salted, 'Server Key'), message).toString('base64') }
}

describe('wamp-scram', () => {
  let world: World
  afterEach(() => world.end())

  function open(authentication: AuthenticationOptions = OPTIONS): void {
    world = new World({ realms: { realm1: { authentication, roles: { user: ALLOW_ALL } } } })
  }

  function hello(authid: string, authextra: object = {}, tls?: TlsFacts, method = 'wamp-scram'): ReturnType<World['connect']> {
    const peer = world.connect()
    if (tls !== undefined) peer.info = { kind: 'rawsocket', peer: '192.0.2.1:1', isSecure: true, tls }
    peer.say(1, 'realm1', {
      ...helloDetails(),
      authmethods: [method],
      authid,
      authextra: { nonce: NONCE, channel_binding: null, ...authextra },
    })
    return peer
  }

  function refused(scram: string): unknown[] {
    return [3, { message: 'the login was refused', scram }, 'wamp.error.authentication_denied']
  }

  it('lets in who proves to know the password, and proves it in return [AP-SCR-01 AP-SCR-02 AP-SCR-16 AP-SCR-17 AP-SCR-22 AP-SCR-25 AP-SCR-26 AP-SCR-27 AP-SCR-34]', () => {
    open()
    const peer = hello('user')
    const [type, method, extra] = peer.takeOne() as [number, string, Extra]
    expect([type, method]).toEqual([4, 'wamp-scram'])
    expect(extra).toEqual({ nonce: expect.any(String), salt: SALT.toString('base64'), kdf: 'pbkdf2', iterations: 4096 })
    expect(String(extra['nonce'])).toMatch(/^AAECAwQFBgcICQoLDA0ODw==[A-Za-z0-9+/]{22}==$/)
    const { proof, verifier } = answer(extra)
    peer.say(5, proof, { nonce: extra['nonce'], channel_binding: null, cbind_data: null })
    expect(peer.takeOne()[2]).toMatchObject({
      authid: 'user',
      authrole: 'user',
      authmethod: 'wamp-scram',
      authprovider: 'static',
      authextra: { team: 'red', verifier },
    })
  })

  it('takes a nonce of at most 256 characters', () => {
    open()
    const nonceOf = (length: number): string => Buffer.alloc((length * 3) / 4, 1).toString('base64')
    expect([256, 260].map((length) => hello('user', { nonce: nonceOf(length) }).takeOne()[0])).toEqual([4, 3])
  })

  it('takes salts of 8 octets up to 1,024', () => {
    const withSalt = (octets: number) => (): void =>
      open({ users: { user: { role: 'user', scram: { ...STORED, salt: '0b'.repeat(octets) } } } })
    for (const octets of [8, 1_024]) expect(withSalt(octets)).not.toThrow()
    for (const octets of [7, 1_025]) expect(withSalt(octets)).toThrow('salt')
  })

  it('names all members of its challenge, also those that say nothing [AP-SCR-11]', () => {
    open()
    const options = { role: 'user', scram: STORED }
    const user = userOf('user', 'static', options)
    const principal = { authid: 'user', user, isMadeUp: false, salt: () => '' }
    const request = { realm: 'realm1', roles: [], authmethods: [], authid: 'user', authextra: { nonce: NONCE } } as unknown as JoinRequest
    const login: Login = {
      request,
      info: { kind: 'local', peer: '', isSecure: true },
      session: 1,
      principal,
      named: () => undefined,
      madeUp: () => undefined,
    }
    const steps: AuthenticationStep[] = []
    expect(new ScramMethod([user], 'specified').begin(login, (step) => steps.push(step))).toBe('begun')
    const extra = {
      nonce: expect.stringMatching(/^AAECAwQFBgcICQoLDA0ODw==./),
      salt: SALT.toString('base64'),
      kdf: 'pbkdf2',
      iterations: 4096,
      memory: null,
    }
    expect(steps).toMatchObject([{ challenge: 'wamp-scram', extra }])
  })

  it('derives the keys of RFC 7677 from the password [AP-SCR-21 AP-SCR-22 AP-SCR-30 AP-SCR-32]', async () => {
    open()
    const cost = { kdf: 'pbkdf2', salt: SALT, iterations: 4096, memory: undefined } as const
    expect(await deriveScramKeys('pencil', cost, 'specified')).toEqual({ storedKey: STORED_KEY, serverKey: SERVER_KEY })
  })

  it('derives with Argon2id 1.3 [AP-SCR-28 AP-SCR-29]', async () => {
    open()
    const cost = { kdf: 'argon2id13', salt: Buffer.from('somesalt'), iterations: 2, memory: 256 } as const
    // From the test suite of the reference implementation of Argon2: version 0x13, t 2, m 256, p 1.
    const hash = Buffer.from('9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe', 'hex')
    expect((await deriveScramKeys('password', cost, 'specified')).serverKey).toEqual(hmac(hash, 'Server Key'))
  })

  it('knows users by password, too, and waits until their keys are made', async () => {
    open({ users: { user: { role: 'user', scram: { ...PBKDF2, password: 'pencil' } } } })
    const peer = hello('user')
    const [, , extra] = peer.takeOne() as [number, string, Extra]
    peer.say(5, answer(extra).proof, { nonce: extra['nonce'] })
    expect((await peer.comes())[0]).toBe(2)
  })

  it.each([
    ['of a wrong password', (extra: Extra) => answer(extra, { password: 'pen' }).proof],
    ['for another nonce', (extra: Extra) => answer({ ...extra, nonce: `${NONCE}AAAA` }).proof],
    ['for another name', (extra: Extra) => answer(extra, { authid: 'root' }).proof],
    ['that is empty', () => ''],
    ['that is much too long', (extra: Extra) => answer(extra).proof.repeat(1000)],
    ['without padding', (extra: Extra) => answer(extra).proof.slice(0, -1)],
    ['that is the password', () => 'pencil'],
  ])('refuses a proof %s [AP-SCR-03 AP-SCR-16 AP-SCR-19 AP-SCR-20 AP-SCR-26]', (_, prove) => {
    open()
    const peer = hello('user')
    const [, , extra] = peer.takeOne() as [number, string, Extra]
    peer.say(5, prove(extra), { nonce: extra['nonce'] })
    expect(peer.takeOne()).toEqual(refused('invalid-proof'))
  })

  it.each([[{ nonce: NONCE }], [{}], [{ channel_binding: 'tls-unique' }, true], [{ cbind_data: 'AAAA' }, true]])(
    'refuses an answer that does not repeat what was agreed: %j [AP-SCR-15 AP-SCR-16]',
    (said: object, withNonce = false) => {
      open()
      const peer = hello('user')
      const [, , extra] = peer.takeOne() as [number, string, Extra]
      peer.say(5, answer(extra).proof, withNonce ? { nonce: extra['nonce'], ...said } : said)
      expect(peer.takeOne()[2]).toBe('wamp.error.authentication_denied')
    },
  )

  it('takes a proof once, for its own challenge only, and none after the time for the login', () => {
    open()
    const [first, second] = [hello('user'), hello('user')]
    const [, , extra] = first.takeOne() as [number, string, Extra]
    const [, , other] = second.takeOne() as [number, string, Extra]
    expect(other['nonce']).not.toBe(extra['nonce'])
    second.say(5, answer(extra).proof, { nonce: other['nonce'] })
    expect(second.takeOne()).toEqual(refused('invalid-proof'))
    world.advance(10_000)
    first.say(5, answer(extra).proof, { nonce: extra['nonce'] })
    expect(first.takeOne()[2]).toBe('wamp.error.authentication_failed')
  })

  it('shows an unknown name a challenge with the same salt each time, and refuses any proof [AP-SCR-10]', () => {
    open()
    const challenge = (authid: string): [ReturnType<World['connect']>, Extra] => {
      const peer = hello(authid)
      return [peer, (peer.takeOne() as [number, string, Extra])[2]]
    }
    const [peer, extra] = challenge('nobody')
    expect(extra).toMatchObject({ kdf: 'pbkdf2', iterations: 4096 })
    expect(Buffer.from(String(extra['salt']), 'base64').length).toBe(SALT.length)
    expect(challenge('nobody')[1]['salt']).toBe(extra['salt'])
    expect(challenge('somebody')[1]['salt']).not.toBe(extra['salt'])
    peer.say(5, answer(extra, { authid: 'nobody' }).proof, { nonce: extra['nonce'] })
    expect(peer.takeOne()).toEqual(refused('invalid-proof'))
  })

  it.each([undefined, 1, '', 'no base64', 'c2FsdB==', 'A'.repeat(260)])(
    'is not to be had with the nonce %j [AP-SCR-03 AP-SCR-08]',
    (nonce) => {
      open()
      expect(hello('user', { nonce }).takeOne()[2]).toBe('wamp.error.no_matching_auth_method')
    },
  )

  it('prepares no name that is longer than names may be: that could take a second', () => {
    open()
    const normalize = vi.spyOn(String.prototype, 'normalize')
    expect(hello(`a${'\u0300\u0316'.repeat(512)}`).takeOne()[0]).toBe(3)
    expect(normalize).not.toHaveBeenCalled()
    normalize.mockRestore()
  })

  it('prepares names and passwords [AP-SCR-06]', () => {
    open({ users: { IX: { role: 'user', scram: STORED } } })
    const peer = hello('I\u00ADX')
    const [, , extra] = peer.takeOne() as [number, string, Extra]
    peer.say(5, answer(extra, { authid: 'IX' }).proof, { nonce: extra['nonce'] })
    expect(peer.takeOne()[2]).toMatchObject({ authid: 'IX' })
  })

  describe('bound to its TLS connection', () => {
    const finished = Buffer.from('0123456789ab')
    const tls: TlsFacts = { channelBinding: (type) => (type === 'tls-unique' ? finished : undefined) }
    const binding = Buffer.concat([Buffer.from('p=tls-unique,,'), finished]).toString('base64')

    it('expects the data that it sees itself, in answer and proof [AP-SCR-16 AP-SCR-24 AP-SCR-33 AP-SCR-35]', () => {
      open()
      const bind = (said: object): unknown => {
        const peer = hello('user', { channel_binding: 'tls-unique' }, tls)
        const [, , extra] = peer.takeOne() as [number, string, Extra]
        peer.say(5, answer(extra, { binding }).proof, { nonce: extra['nonce'], channel_binding: 'tls-unique', ...said })
        return peer.takeOne()[0]
      }
      expect(bind({ cbind_data: finished.toString('base64') })).toBe(2)
      expect(bind({ cbind_data: Buffer.from('another').toString('base64') })).toBe(3)
      expect(bind({})).toBe(3)
      expect(bind({ channel_binding: null, cbind_data: finished.toString('base64') })).toBe(3)
    })

    it.each(['tls-server-end-point', 'tls-exporter', 1])('ends where the channel gives no %j [AP-SCR-09]', (channel_binding) => {
      open()
      expect(hello('user', { channel_binding }, tls).takeOne()).toEqual([
        3,
        { message: expect.any(String), scram: 'unsupported-channel-binding-type' },
        'wamp.error.authentication_denied',
      ])
    })
  })

  describe('in the dialect of Autobahn', () => {
    it('lets in its clients, for users marked so', async () => {
      open({ users: { user: { role: 'user', scram: { ...PBKDF2, password: 'pencil', dialect: 'autobahn' } } } })
      expect(hello('user').takeOne()[2]).toBe('wamp.error.no_matching_auth_method')
      const peer = hello('user', {}, undefined, 'scram')
      const [, method, extra] = peer.takeOne() as [number, string, Extra]
      expect(method).toBe('scram')
      expect(Object.keys(extra)).toEqual(['nonce', 'salt', 'kdf', 'iterations'])
      const nonce = Buffer.from(String(extra['nonce']), 'base64')
      expect([nonce.length, nonce.subarray(0, 16).toString('base64')]).toEqual([32, NONCE])
      const [both, salt] = [String(extra['nonce']), String(extra['salt'])]
      const salted = pbkdf2Sync('pencil', salt, 4096, 32, 'sha256')
      const message = `n=user,r=${NONCE},r=${both},s=${salt},i=4096,c=,r=${both}`
      const clientKey = hmac(salted, 'Client Key')
      const signature = hmac(createHash('sha256').update(clientKey).digest(), message)
      peer.say(5, Buffer.from(clientKey.map((octet, i) => octet ^ (signature[i] ?? 0))).toString('base64'), {})
      const scram_server_signature = hmac(hmac(salted, 'Server Key'), message).toString('base64')
      expect((await peer.comes())[2]).toMatchObject({ authmethod: 'scram', authextra: { scram_server_signature } })
    })

    it('names Argon2 as Autobahn does, and takes its text for the key', async () => {
      open({
        users: {
          user: {
            role: 'user',
            scram: {
              kdf: 'argon2id13',
              salt: Buffer.from('somesalt').toString('hex'),
              iterations: 2,
              memory: 256,
              password: 'password',
              dialect: 'autobahn',
            },
          },
        },
      })
      expect(hello('user', {}, undefined, 'scram').takeOne()[2]).toMatchObject({ kdf: 'argon2id-13', memory: 256 })
      const cost = { kdf: 'argon2id13', salt: Buffer.from('somesalt'), iterations: 2, memory: 256 } as const
      const text = Buffer.from('9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe', 'hex')
        .toString('base64')
        .replace('=', '')
      expect((await deriveScramKeys('password', cost, 'autobahn')).serverKey).toEqual(hmac(Buffer.from(text), 'Server Key'))
    })
  })

  it.each<[Partial<ScramOptions>, string]>([
    [{ salt: 'xyz' }, 'scram.salt is not hexadecimal'],
    [{ salt: 'abcd' }, 'scram.salt does not have 8 to 1024 octets'],
    [{ iterations: 0 }, 'scram.iterations is not a positive integer'],
    [{ kdf: 'argon2id13' }, 'scram.memory is not a positive integer'],
    [{ ...PBKDF2, password: 'a\u0007' }, 'scram.password is empty or contains characters that SASLprep prohibits'],
    [{ storedKey: 'ab' }, 'scram.storedKey is not 32 octets in hex'],
  ])('cannot be set up with %j', (change, text) => {
    world = new World()
    expect(() => open({ users: { user: { role: 'user', scram: { ...STORED, ...change } } } })).toThrow(text)
  })
})
