// Shows ticketAuth and craAuth against a router in the same process, and what they answer to challenges made by hand.

import type { AuthenticationOptions, RealmOptions } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { afterAll, describe, expect, it } from 'vitest'
import type { AuthMethod } from '../login.ts'
import { openSession } from '../open-session.ts'
import { Session } from '../session.ts'
import { ConnectError } from '../transports/transport.ts'
import { authMethod } from './run-login.ts'
import { ticketAuth } from './ticket.ts'
import { craAuth, signCra } from './wampcra.ts'

const SALTED = { salt: 'salt123', iterations: 1000, keylen: 32 }
const AUTHENTICATION: AuthenticationOptions = {
  users: {
    joe: { role: 'user', ticket: 'secret!!!', extra: { team: 'red' } },
    peter: { role: 'user', wampcra: { secret: 'secret1' } },
    paul: { role: 'user', wampcra: { password: 'secret1', ...SALTED } },
  },
}

describe('logging in', () => {
  const router = createRouter({ realms: { realm1: { authentication: AUTHENTICATION, roles: { user: [] } } } })
  afterAll(() => router.close())

  async function login(authid: string | undefined, auth: AuthMethod | readonly AuthMethod[]): Promise<string> {
    const session = await openSession({ transport: router.openLocal(), realm: 'realm1', authid, auth }).catch((error: unknown) => error)
    if (session instanceof ConnectError) return String(session.reason)
    if (!(session instanceof Session)) throw session
    const { details } = session
    await session.leave()
    return [details['authid'], details['authrole'], details['authmethod']].join(' ')
  }

  it('by ticket [AP-TKT-01 AP-TKT-02 AP-TKT-04 AP-AUTH-03 AP-AUTH-06 AP-AUTH-07]', async () => {
    expect(await login('joe', ticketAuth('secret!!!'))).toBe('joe user ticket')
    expect(
      await login(
        'joe',
        ticketAuth(() => Promise.resolve('secret!!!')),
      ),
    ).toBe('joe user ticket')
    expect(await login('joe', ticketAuth('secret'))).toBe('wamp.error.authentication_denied')
    expect(await login(undefined, ticketAuth('secret!!!'))).toBe('wamp.error.no_matching_auth_method')
  })

  it('by challenge and response, plain and salted [AP-CRA-01 AP-CRA-02 AP-CRA-07 AP-CRA-08 AP-CRA-12]', async () => {
    expect(await login('peter', craAuth('secret1'))).toBe('peter user wampcra')
    expect(
      await login(
        'paul',
        craAuth(async () => 'secret1'),
      ),
    ).toBe('paul user wampcra')
    expect(await login('peter', craAuth('secret2'))).toBe('wamp.error.authentication_denied')
    expect(await login('nobody', craAuth('secret1'))).toBe('wamp.error.authentication_denied')
  })

  it('by the one of several methods that the router chooses', async () => {
    const all = [ticketAuth('secret!!!'), craAuth('secret1')]
    expect(await login('joe', all)).toBe('joe user ticket')
    expect(await login('peter', all)).toBe('peter user wampcra')
  })

  it('signs a challenge elsewhere, where the secret is [AP-CRA-14]', async () => {
    const thirdParty = async (challenge: string): Promise<string> => signCra('secret1', { challenge })
    const session = await openSession({
      transport: router.openLocal(),
      realm: 'realm1',
      authid: 'peter',
      authmethods: ['wampcra'],
      onChallenge: ({ extra }) => thirdParty(String(extra['challenge'])),
    })
    expect(session.details['authmethod']).toBe('wampcra')
    await session.leave()
  })

  it('in two rounds, one method after the other [AP-AUTH-05]', async () => {
    const accept = { authid: 'joe', authrole: 'user', authmethod: 'two', authprovider: 'test' }
    const denied = { deny: 'wamp.error.authentication_denied', message: 'no' }
    const twoFactors: RealmOptions = {
      roles: { user: [] },
      authenticate: (_request, _info, next) =>
        next({
          challenge: 'ticket',
          extra: {},
          answer: (ticket, _extra, then) =>
            then(
              ticket === 'secret!!!'
                ? { challenge: 'totp', extra: {}, answer: (code, _more, last) => last(code === '123456' ? { accept } : denied) }
                : denied,
            ),
        }),
    }
    router.addRealm('realm2', twoFactors)
    const enter = async (code: string): Promise<unknown> => {
      const auth = [ticketAuth('secret!!!'), authMethod('totp', () => ({ answer: () => code }))]
      const session = await openSession({ transport: router.openLocal(), realm: 'realm2', authid: 'joe', auth }).catch(
        (error: unknown) => error,
      )
      return session instanceof ConnectError ? session.reason : (session as Session).details['authid']
    }
    expect(await enter('123456')).toBe('joe')
    expect(await enter('654321')).toBe('wamp.error.authentication_denied')
  })

  it('fails when the secret cannot be had, and the router learns nothing of it', async () => {
    const auth = ticketAuth(() => Promise.reject(new Error('the vault is closed')))
    const error = await openSession({ transport: router.openLocal(), realm: 'realm1', authid: 'joe', auth }).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({ code: 'TL_CONNECT_CHALLENGE', reason: 'wamp.error.authentication_failed' })
    expect((error as ConnectError).message).toContain('the vault is closed')
  })
})

describe('the signature of wampcra', () => {
  it('is that of the example in the specification, over the text as it came [AP-CRA-07 AP-CRA-12]', async () => {
    const challenge =
      '{"nonce": "LHRTC9zeOIrt_9U3", "authprovider": "userdb", "authid": "peter", "timestamp": "2014-06-22T16:36:25.448Z", "authrole": "user", "authmethod": "wampcra", "session": 3251278072152162}'
    expect(await signCra('secret1', { challenge, ...SALTED })).toBe('gir1mSx+deCDUV7wRM5SGIn/+R/ClqLZuH4m7FJeBVI=')
  })

  // RFC 4231, test case 2.
  it('is HMAC-SHA-256 [AP-CRA-07]', async () => {
    const signature = await signCra('Jefe', { challenge: 'what do ya want for nothing?' })
    expect(Buffer.from(signature, 'base64').toString('hex')).toBe('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843')
  })

  it.each([
    [{}, 'the CHALLENGE holds no challenge'],
    [{ challenge: 'x', salt: 1 }, 'the salt is no text'],
    [{ challenge: 'x', salt: 's', iterations: 1e9 }, '(mostIterations) is not between 1 and 1000000'],
    [{ challenge: 'x', salt: 's', keylen: 1e9 }, 'keylen is not between 1 and 1024'],
  ])('is not made for %j', async (extra, text) => {
    await expect(signCra('secret', extra)).rejects.toThrow(text)
  })
})
