// Shows scramAuth and cryptosignAuth: against a router in the same process, and against one that cheats.

import type { AuthenticationOptions } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { afterAll, describe, expect, it } from 'vitest'
import { openSession } from '../open-session.ts'
import type { AuthMethod, LoginStart } from '../login.ts'
import { Session } from '../session.ts'
import { ConnectError } from '../transports/transport.ts'
import { cryptosignAuth, keyPair, signCryptosign } from './cryptosign.ts'
import { saltedPassword } from './salted-password.ts'
import { scramAuth, startScram } from './scram.ts'
import { ticketAuth } from './ticket.ts'
import { craAuth, signCra } from './wampcra.ts'
import { fromHex } from './web-crypto.ts'

// Specification, "Cryptosign-based Authentication", test_vectors_1.
const KEYS = [
  '4d57d97a68f555696620a6d849c0ce582568518d729eb753dc7c732de2804510',
  'd511fe78e23934b3dadb52fcd022974b80bd92bccc7c5cf404e46cc0a8a2f5cd',
  '6e1fde9cf9e2359a87420b65a87dc0c66136e66945196ba2475990d8a0c3a25b',
] as const
const CHALLENGES = [
  'ff'.repeat(32),
  'b26c1f87c13fc1da14997f1b5a71995dff8fbe0a62fae8473c7bdbd05bfb607d',
  'b05e6b8ad4d69abf74aa3be3c0ee40ae07d66e1895b9ab09285a2f1192d562d2',
] as const
const CHANNEL = '62e935ae755f3d48f80d4d59f6121358c435722a67e859cc0caa8b539027f2ff'
const SIGNATURES = [
  'b32675b221f08593213737bef8240e7c15228b07028e19595294678c90d11c0cae80a357331bfc5cc9fb71081464e6e75013517c2cf067ad566a6b7b728e5d03ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'd4209ad10d5aff6bfbc009d7e924795de138a63515efc7afc6b01b7fe5201372190374886a70207b042294af5bd64ce725cd8dceb344e6d11c09d1aaaf4d660fb26c1f87c13fc1da14997f1b5a71995dff8fbe0a62fae8473c7bdbd05bfb607d',
  '7beb282184baadd08f166f16dd683b39cab53816ed81e6955def951cb2ddad1ec184e206746fd82bda075af03711d3d5658fc84a76196b0fa8d1ebc92ef9f30bb05e6b8ad4d69abf74aa3be3c0ee40ae07d66e1895b9ab09285a2f1192d562d2',
  '9b6f41540c9b95b4b7b281c3042fa9c54cef43c842d62ea3fd6030fcb66e70b3e80d49d44c29d1635da9348d02ec93f3ed1ef227dfb59a07b580095c2b82f80f9d16ca518aa0c2b707f2b2a609edeca73bca8dd59817a633f35574ac6fd80d00',
  '305aaa3ac25e98f651427688b3fc43fe7d8a68a7ec1d7d61c61517c519bd4a427c3015599d83ca28b4c652333920223844ef0725eb5dc2febfd6af7677b73f01d0852a29b460fc92ec943242ac638a053bbacc200512b18b30d15083cbdc9282',
  'ee3c7644fd8070532bc1fde3d70d742267da545d8c8f03e63bda63f1ad4214f4d2c4bfdb4eb9526def42deeb7e31602a6ff99eba893e0a4ad4d45892ca75e608d2b75e24a189a7f78ca776ba36fc53f6c3e31c32f251f2c524f0a44202f2902d',
]
const SALT = 'AAECAwQFBgcICQoLDA0ODw=='
const UNBOUND: LoginStart = { authid: 'user', channelBinding: () => undefined }

describe('logging in', async () => {
  const [joe, router1] = await Promise.all([keyPair(KEYS[0]), keyPair(KEYS[1])])
  const salt = Buffer.from(SALT, 'base64').toString('hex')
  const authentication: AuthenticationOptions = {
    routerKey: KEYS[1],
    users: {
      joe: { role: 'user', cryptosign: { publicKeys: [joe.publicKey] }, ticket: 't' },
      pia: { role: 'user', scram: { kdf: 'pbkdf2', salt, iterations: 4096, password: 'pencil' } },
      ari: { role: 'user', scram: { kdf: 'argon2id13', salt, iterations: 2, memory: 8192, password: 'péncil' } },
      otto: { role: 'user', scram: { kdf: 'pbkdf2', salt, iterations: 4096, password: 'pencil', dialect: 'autobahn' } },
      olga: { role: 'user', scram: { kdf: 'argon2id13', salt, iterations: 2, memory: 4096, password: 'pencil', dialect: 'autobahn' } },
      weak: { role: 'user', scram: { kdf: 'pbkdf2', salt, iterations: 4095, password: 'pencil' } },
    },
  }
  const router = createRouter({ realms: { realm1: { authentication, roles: { user: [] } } } })
  afterAll(() => router.close())

  async function login(authid: string | undefined, auth: AuthMethod | readonly AuthMethod[]): Promise<string> {
    const session = await openSession({ transport: router.openLocal(), realm: 'realm1', authid, auth }).catch((error: unknown) => error)
    if (session instanceof ConnectError) return session.code === 'TL_CONNECT_REFUSED' ? String(session.reason) : session.message
    if (!(session instanceof Session)) return String(session)
    const { details } = session
    await session.leave()
    return [details['authid'], details['authmethod']].join(' ')
  }

  it('by WAMP-SCRAM, with either function, in either dialect [AP-SCR-04 AP-SCR-06 AP-SCR-14 AP-SCR-18 AP-SCR-28 AP-SCR-31]', async () => {
    expect(await login('pia', scramAuth('pencil'))).toBe('pia wamp-scram')
    expect(
      await login(
        'pia',
        scramAuth(async () => 'pen'),
      ),
    ).toBe('wamp.error.authentication_denied')
    // Met like pia, by a seed that is always the same.
    expect(await login('noone', scramAuth('pencil'))).toBe('wamp.error.authentication_denied')
    expect(await login('ari', scramAuth('péncil'))).toBe('ari wamp-scram')
    expect(await login('otto', scramAuth('pencil', { dialect: 'autobahn' }))).toBe('otto scram')
    expect(await login('olga', scramAuth('pencil', { dialect: 'autobahn' }))).toBe('olga scram')
    expect(await login('otto', scramAuth('pencil'))).toBe('wamp.error.authentication_denied')
    expect(await login(undefined, scramAuth('pencil'))).toContain('WAMP-SCRAM needs an authid')
  })

  it('derives the key once for several sessions [AP-SCR-36]', async () => {
    const auth = scramAuth('pencil')
    expect([await login('pia', auth), await login('pia', auth)]).toEqual(['pia wamp-scram', 'pia wamp-scram'])
    const salted = saltedPassword({ leastIterations: 1, mostIterations: 10 })
    const extra = { kdf: 'pbkdf2', salt: SALT, iterations: 5 }
    expect(salted('a', extra, 'specified')).toBe(salted('a', extra, 'specified'))
    expect(await salted('b', extra, 'specified')).not.toEqual(await salted('a', extra, 'specified'))
  })

  it('gives up where a hash would be easy to break [AP-SCR-13]', async () => {
    expect(await login('weak', scramAuth('pencil'))).toContain(
      'iterations that the router asks for (leastIterations, mostIterations) is not between 4096 and',
    )
    expect(await login('weak', scramAuth('pencil', { leastIterations: 4095 }))).toBe('weak wamp-scram')
  })

  it('by cryptosign, with or without a name [AP-CSG-01 AP-CSG-02 AP-CSG-03]', async () => {
    expect(await login(undefined, cryptosignAuth(KEYS[0]))).toBe('joe cryptosign')
    expect(await login('joe', cryptosignAuth(KEYS[0].toUpperCase()))).toBe('joe cryptosign')
    expect(await login('joe', cryptosignAuth(KEYS[2]))).toBe('wamp.error.authentication_denied')
    expect(await login('joe', [cryptosignAuth(KEYS[2]), ticketAuth('t')])).toBe('joe ticket')
    expect(await login('joe', cryptosignAuth('abc'))).toContain('the private key is not 32 octets in hex')
  })

  it('trusts only a router that has the key asked for [AP-CSG-19]', async () => {
    expect(await login('joe', cryptosignAuth(KEYS[0], { routerKeys: [joe.publicKey, router1.publicKey.toUpperCase()] }))).toBe(
      'joe cryptosign',
    )
    expect(await login('joe', cryptosignAuth(KEYS[0], { routerKeys: [joe.publicKey] }))).toContain(
      'the router shows no key that is trusted',
    )
  })

  it('gives up where it asked to be bound and cannot be', async () => {
    expect(await login('joe', cryptosignAuth(KEYS[0], { channelBinding: 'tls-exporter' }))).toContain('no channel binding tls-exporter')
    expect(await login('pia', scramAuth('pencil', { channelBinding: 'tls-unique' }))).toContain('no channel binding tls-unique')
  })

  it('fails at a router that lets in everybody, and so did not prove itself', async () => {
    const realm = { roles: { user: [] }, authenticate: everybody }
    const rogue = createRouter({ realms: { realm1: realm } })
    const enter = (auth: readonly AuthMethod[]): Promise<unknown> =>
      openSession({ transport: rogue.openLocal(), realm: 'realm1', authid: 'pia', auth }).catch((error: unknown) => error)
    expect(await enter([scramAuth('pencil')])).toMatchObject({
      code: 'TL_CONNECT_CHALLENGE',
      message: expect.stringContaining('the verifier is wrong'),
    })
    expect(await enter([scramAuth('pencil'), ticketAuth('t')])).toBeInstanceOf(Session)
    await rogue.close()
  })
})

function everybody(
  _request: unknown,
  _info: unknown,
  next: (step: { accept: { authid: string; authrole: string; authmethod: string; authprovider: string } }) => void,
): void {
  next({ accept: { authid: 'pia', authrole: 'user', authmethod: 'wamp-scram', authprovider: 'x' } })
}

describe('WAMP-SCRAM', () => {
  /** RFC 7677, section 3; its nonces are no Base64, which only the router looks at. */
  const CLIENT_NONCE = 'rOprNGfwEbeRWgbNEkqO'
  const CHALLENGE = {
    nonce: `${CLIENT_NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0`,
    salt: 'W22ZaJ0SNY7soEsUEjb6gQ==',
    kdf: 'pbkdf2',
    iterations: 4096,
    memory: null,
  }
  const VERIFIER = '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='

  const begin = (login = UNBOUND, options = {}): ReturnType<typeof startScram> =>
    startScram((extra) => saltedPassword({ mostIterations: 10_000 })('pencil', extra, 'specified'), login, options, CLIENT_NONCE)

  it('computes the proof and the verifier of RFC 7677 [AP-SCR-14 AP-SCR-15 AP-SCR-18 AP-SCR-21 AP-SCR-22 AP-SCR-23 AP-SCR-24 AP-SCR-25 AP-SCR-27 AP-SCR-30 AP-SCR-32]', async () => {
    const { answer, authextra, check } = await begin()
    expect(authextra).toEqual({ nonce: CLIENT_NONCE, channel_binding: null })
    expect(await answer({ method: 'wamp-scram', extra: CHALLENGE })).toEqual({
      signature: 'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
      extra: { nonce: CHALLENGE.nonce, channel_binding: null, cbind_data: null },
    })
    await check?.({ authextra: { verifier: VERIFIER } })
    await check?.({ authextra: { verifier: `v=${VERIFIER}` } })
    for (const authextra of [undefined, {}, { verifier: '' }, { verifier: VERIFIER.replace('6', '7') }]) {
      await expect(check?.({ authextra })).rejects.toThrow('the verifier is wrong')
    }
  })

  it('sends the data of its channel where it is bound [AP-SCR-15 AP-SCR-37]', async () => {
    const login: LoginStart = { authid: 'user', channelBinding: () => Uint8Array.of(1, 2, 3) }
    const { answer, authextra } = await begin(login, { channelBinding: 'tls-unique' })
    expect(authextra).toEqual({ nonce: CLIENT_NONCE, channel_binding: 'tls-unique' })
    expect(await answer({ method: 'wamp-scram', extra: CHALLENGE })).toMatchObject({
      extra: { channel_binding: 'tls-unique', cbind_data: 'AQID' },
    })
  })

  it.each([
    ['with more octets behind ours', 'AQIDBA==', undefined],
    ['of our octets alone', 'AQID', 'the nonce is not the continuation of ours'],
    ['of other octets', 'AQICBA==', 'the nonce is not the continuation of ours'],
    ['that is no Base64', 'AQID!!!!', 'the nonce is not the continuation of ours'],
    ['in Base64 with bits too many', 'AQIDBB==', 'the nonce is not the continuation of ours'],
    ['that is no text', 5, 'the nonce is not the continuation of ours'],
  ])('takes in the dialect of autobahn a nonce by its octets: %s', async (_what, nonce, refusal) => {
    const stretch = saltedPassword({ mostIterations: 10_000 })
    const dialect = 'autobahn'
    const { answer } = await startScram((extra) => stretch('pencil', extra, dialect), UNBOUND, { dialect }, 'AQID')
    const extra = { ...CHALLENGE, nonce }
    const answered = Promise.resolve(answer({ method: 'scram', extra })).then(
      () => undefined,
      (error: Error) => error.message,
    )
    expect(await answered).toBe(refusal)
  })

  it('begins each login with 16 random octets of its own [AP-SCR-04]', async () => {
    const nonces = await Promise.all(
      [1, 2].map(async () => (await startScram(() => Promise.reject(new Error()), UNBOUND, {})).authextra?.['nonce']),
    )
    expect(nonces[0]).not.toBe(nonces[1])
    expect(Buffer.from(String(nonces[0]), 'base64').length).toBe(16)
  })

  it.each([
    [{ nonce: 'another' }, 'the nonce is not the continuation of ours'],
    [{ nonce: CLIENT_NONCE }, 'the nonce is not the continuation of ours'],
    [{ salt: 'no base64' }, 'the salt is no Base64'],
    [{ kdf: 'md5' }, 'the key derivation function md5 is not known'],
    [{ iterations: 10_001 }, '(leastIterations, mostIterations) is not between 4096 and 10000'],
    [{ iterations: 1.5 }, 'iterations is not between 1 and'],
    [{ kdf: 'argon2id13', iterations: 1, memory: 8 * 1024 - 1 }, '(four times mostMemory) is not between 8192 and 524288'],
    [{ kdf: 'argon2id13', iterations: 1, memory: 128 * 1024 + 1 }, '(mostMemory) is not between 8 and 131072'],
    [{ kdf: 'argon2id13', iterations: 9, memory: 65536 }, '(four times mostMemory) is not between 8192 and 524288'],
    [{ kdf: 'argon2id13', iterations: 1e9, memory: 8 }, 'iterations that the router asks for is not between'],
  ])('gives up at the challenge %j [AP-SCR-12 AP-SCR-13 AP-SCR-31]', async (change, text) => {
    const { answer } = await begin()
    await expect(answer({ method: 'wamp-scram', extra: { ...CHALLENGE, ...change } })).rejects.toThrow(text)
  })
})

describe('what a router may have a client compute', () => {
  const extra = { salt: SALT, challenge: '{}' }

  it('is bounded by default: a key of PBKDF2 has a million iterations at most, a long one fewer', async () => {
    const stretch = saltedPassword({})
    await expect(stretch('pencil', { ...extra, kdf: 'pbkdf2', iterations: 1_000_001 }, 'specified')).rejects.toThrow(
      '(leastIterations, mostIterations) is not between 4096 and 1000000',
    )
    await expect(signCra('pencil', { ...extra, iterations: 1_000_001 })).rejects.toThrow('(mostIterations) is not between 1 and 1000000')
    await expect(signCra('pencil', { ...extra, iterations: 31_251, keylen: 1024 })).rejects.toThrow('is not between 1 and 31250')
  })

  it('may be raised, and lowered', async () => {
    const argon = { ...extra, kdf: 'argon2id13', iterations: 2, memory: 4096 }
    await expect(saltedPassword({ mostMemory: 2048 })('pencil', argon, 'specified')).rejects.toThrow(
      '(mostMemory) is not between 8 and 2048',
    )
    expect(await saltedPassword({ mostMemory: 4096 })('pencil', argon, 'specified')).toHaveLength(32)
    await expect(signCra('pencil', { ...extra, iterations: 5 }, { mostIterations: 4 })).rejects.toThrow('is not between 1 and 4')
    expect(await signCra('pencil', { ...extra, iterations: 5 }, { mostIterations: 5 })).toHaveLength(44)
    expect(() => craAuth('secret', { mostIterations: '5' as unknown as number })).toThrow('mostIterations: expected integer')
  })
})

describe('cryptosign', () => {
  it('makes the signatures of the six published vectors [AP-CSG-07 AP-CSG-08 AP-CSG-09 AP-CSG-11]', async () => {
    const channel = fromHex(CHANNEL, 32, 'channel')
    const made = await Promise.all(
      SIGNATURES.map(async (_, i) =>
        signCryptosign((await keyPair(KEYS[i % 3] ?? '')).key, CHALLENGES[i % 3], i < 3 ? undefined : channel),
      ),
    )
    expect(made).toEqual(SIGNATURES)
  })

  it('gives up where the router binds to no or another channel [AP-CSG-15]', async () => {
    const login: LoginStart = { authid: undefined, channelBinding: () => new Uint8Array(32) }
    const { answer, authextra } = await cryptosignAuth(KEYS[0], { channelBinding: 'tls-exporter' }).start(login)
    expect(authextra).toMatchObject({ channel_binding: 'tls-exporter' })
    const ask = async (channel_binding: unknown): Promise<unknown> =>
      answer({ method: 'cryptosign', extra: { challenge: 'ff'.repeat(32), channel_binding } })
    for (const channel_binding of [undefined, null, 'tls-unique']) await expect(ask(channel_binding)).rejects.toThrow('another channel')
    expect(await ask('tls-exporter')).toMatch(/^[0-9a-f]{192}$/)
  })
})
