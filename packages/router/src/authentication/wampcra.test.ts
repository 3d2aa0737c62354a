// Shows the method `wampcra`.

import { createHmac, pbkdf2Sync } from 'node:crypto'
import type { AuthenticationOptions, UserOptions } from '@trunkline/router'
import { ALLOW_ALL, helloDetails, World } from '@trunkline/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { deriveCraKey } from './cra-keys.ts'

const SALTED = { salt: 'salt123', iterations: 1000, keylen: 32 }
/** Specification, "Challenge Response Authentication": the key of its example signature, found by trial. */
const EXAMPLE_KEY = '64xfzBvZhGDT7PB0bQwDeI8/WR1M9x6Cw5dt0yP9koc='

const USERS: Readonly<Record<string, UserOptions>> = {
  peter: { role: 'user', wampcra: { secret: 'secret1' } },
  paul: { role: 'user', wampcra: { password: 'secret1', ...SALTED } },
  mary: { role: 'user', wampcra: { key: EXAMPLE_KEY, ...SALTED } },
}
const DENIED = [3, { message: 'the login was refused' }, 'wamp.error.authentication_denied']

describe('wampcra', () => {
  let world: World
  afterEach(() => world.end())

  function open(authentication: AuthenticationOptions = { users: USERS }): void {
    const realm = { authentication, roles: { user: ALLOW_ALL } }
    world = new World({ realms: { realm1: realm, realm2: realm } })
  }

  function challenged(authid: string, realm = 'realm1'): { peer: ReturnType<World['connect']>; extra: Record<string, unknown> } {
    const peer = world.connect()
    peer.say(1, realm, { ...helloDetails(), authmethods: ['wampcra'], authid })
    const [type, method, extra] = peer.takeOne()
    expect([type, method]).toEqual([4, 'wampcra'])
    return { peer, extra: extra as Record<string, unknown> }
  }

  function signed(extra: Record<string, unknown>, key: string): string {
    return createHmac('sha256', key).update(String(extra['challenge'])).digest('base64')
  }

  it('lets in who signs the challenge, and gives the session the id that the challenge named [AP-CRA-04 AP-CRA-05 AP-CRA-06 AP-CRA-09]', () => {
    open()
    const { peer, extra } = challenged('peter')
    const challenge = JSON.parse(String(extra['challenge'])) as Record<string, unknown>
    expect(challenge).toEqual({
      authid: 'peter',
      authrole: 'user',
      authmethod: 'wampcra',
      authprovider: 'static',
      nonce: expect.stringMatching(/^[A-Za-z0-9+/]{32}$/),
      timestamp: '2026-01-01T00:00:00.000Z',
      session: expect.any(Number),
    })
    expect(Object.keys(extra)).toEqual(['challenge'])
    peer.say(5, signed(extra, 'secret1'), {})
    const [type, session, details] = peer.takeOne()
    expect([type, session]).toEqual([2, challenge['session']])
    expect(details).toMatchObject({ authid: 'peter', authrole: 'user', authmethod: 'wampcra', authprovider: 'static' })
  })

  it.each(['paul', 'mary'])('takes a key that was derived of a password: %s [AP-CRA-11 AP-CRA-12 AP-CRA-13]', async (authid) => {
    open()
    const { peer, extra } = challenged(authid)
    expect(extra).toEqual({ challenge: expect.any(String), ...SALTED })
    peer.say(5, signed(extra, pbkdf2Sync('secret1', 'salt123', 1000, 32, 'sha256').toString('base64')), {})
    expect((await peer.comes())[0]).toBe(2)
  })

  it('derives the key of the example in the specification [AP-CRA-12]', async () => {
    open()
    expect(await deriveCraKey('secret1', 'salt123', 1000, 32)).toBe(EXAMPLE_KEY)
  })

  it('gives each challenge a nonce and a session of its own, and takes each once [AP-CRA-10]', () => {
    open()
    const first = challenged('peter')
    const second = challenged('peter')
    const [a, b] = [first, second].map(({ extra }) => JSON.parse(String(extra['challenge'])) as Record<string, unknown>)
    expect(a?.['nonce']).not.toBe(b?.['nonce'])
    expect(a?.['session']).not.toBe(b?.['session'])
    const signature = signed(first.extra, 'secret1')
    first.peer.say(5, signature, {})
    expect(first.peer.takeOne()[0]).toBe(2)
    second.peer.say(5, signature, {})
    expect(second.peer.takeOne()).toEqual(DENIED)
  })

  it.each([
    ['of a wrong secret', (extra: Record<string, unknown>) => signed(extra, 'secret2')],
    ['that is empty', () => ''],
    ['that is much too long', () => 'A'.repeat(60_000)],
    ['that is the secret', () => 'secret1'],
    ['in hex', (extra: Record<string, unknown>) => Buffer.from(signed(extra, 'secret1'), 'base64').toString('hex')],
    ['with other padding', (extra: Record<string, unknown>) => `${signed(extra, 'secret1')}=`],
    [
      'of the challenge written anew',
      (extra: Record<string, unknown>) => signed({ challenge: ` ${String(extra['challenge'])}` }, 'secret1'),
    ],
  ])('refuses a signature %s [AP-AUTH-12 AP-CRA-09]', (_, sign) => {
    open()
    const { peer, extra } = challenged('peter')
    peer.say(5, sign(extra), {})
    expect(peer.takeOne()).toEqual(DENIED)
  })

  it('refuses the signature of another user and of another realm', () => {
    open({ users: { peter: { role: 'user', wampcra: { secret: 'a' } }, paul: { role: 'user', wampcra: { secret: 'b' } } } })
    const paul = challenged('paul')
    const peter = challenged('peter')
    peter.peer.say(5, signed(paul.extra, 'b'), {})
    expect(peter.peer.takeOne()).toEqual(DENIED)
    const here = challenged('peter')
    const there = challenged('peter', 'realm2')
    there.peer.say(5, signed(here.extra, 'a'), {})
    expect(there.peer.takeOne()).toEqual(DENIED)
  })

  it('has no second try, and none after the time for the login [AP-AUTH-17 AP-AUTH-18 AP-CRA-09]', () => {
    open()
    const { peer, extra } = challenged('peter')
    peer.say(5, 'wrong', {})
    peer.say(5, signed(extra, 'secret1'), {})
    expect(peer.take()).toEqual([DENIED])
    const late = challenged('peter')
    world.advance(10_000)
    late.peer.say(5, signed(late.extra, 'secret1'), {})
    expect(late.peer.take()).toEqual([[3, { message: 'the login took too long' }, 'wamp.error.authentication_failed']])
  })

  it('shows an unknown name a challenge like any other, with the same salt each time, and refuses whatever answers it [AP-CRA-15]', async () => {
    open({ users: { paul: USERS['paul'] ?? { role: 'user' } } })
    const [first, second, other] = ['nobody', 'nobody', 'somebody'].map((authid) => challenged(authid))
    expect(first?.extra).toEqual({ challenge: expect.any(String), iterations: 1000, keylen: 32, salt: second?.extra['salt'] })
    expect(first?.extra['salt']).toMatch(/^[\w-]{7}$/)
    expect(other?.extra['salt']).not.toBe(first?.extra['salt'])
    expect(JSON.parse(String(first?.extra['challenge']))).toMatchObject({ authid: 'nobody', authrole: 'user' })
    const salt = String(first?.extra['salt'])
    for (const key of [EXAMPLE_KEY, await deriveCraKey('secret1', salt, 1000, 32)]) {
      const { peer, extra } = challenged('nobody')
      peer.say(5, signed(extra, key), {})
      expect(await peer.comes()).toEqual(DENIED)
    }
    open({ users: { paul: USERS['paul'] ?? { role: 'user' } } })
    expect(challenged('nobody').extra['salt']).toBe(salt)
  })

  it.each([
    [{ secret: '' }, 'wampcra.secret is empty'],
    [{ password: '', salt: 'x' }, 'wampcra.password is empty'],
    [{ key: '', salt: 'x', iterations: 1, keylen: 32 }, 'wampcra.key is empty'],
    [{ password: 'x', salt: '' }, 'wampcra.salt is empty'],
    [{ password: 'x', salt: 's', iterations: 0 }, 'wampcra.iterations is not a positive integer'],
    [{ key: 'x', salt: 's', iterations: 1, keylen: 1.5 }, 'wampcra.keylen is not a positive integer'],
  ])('cannot be set up with %j', (wampcra, text) => {
    world = new World()
    expect(() => open({ users: { peter: { role: 'user', wampcra } } })).toThrow(text)
  })

  it.each(['wampcra', 'scram', 'cryptosign', 'tls'])('says that the %s of a user is a dict', (method) => {
    world = new World()
    for (const its of ['a secret', null])
      expect(() => open({ users: { peter: { role: 'user', [method]: its } } })).toThrow(`user 'peter': ${method} is not a dict`)
  })
})
