// Shows what a login takes from TLS, over real connections: channel binding on both sides, and certificates of clients.

import { X509Certificate } from 'node:crypto'
import { createRouter } from '@trunkline/router'
import { selfSigned } from '@trunkline/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSession } from '../open-session.ts'
import type { AuthMethod } from '../login.ts'
import { Session } from '../session.ts'
import type { TlsOptions } from '../transports/transport.ts'
import { ConnectError } from '../transports/transport.ts'
import { cryptosignAuth, keyPair } from './cryptosign.ts'
import { scramAuth } from './scram.ts'
import { tlsAuth } from './shown.ts'

const KEY = '4d57d97a68f555696620a6d849c0ce582568518d729eb753dc7c732de2804510'
const CERTIFICATES = { router: selfSigned('router', 'sha384'), joe: selfSigned('joe'), eve: selfSigned('eve') }

describe('over TLS', async () => {
  const router = createRouter()
  const addresses: Record<string, string> = {}

  beforeAll(async () => {
    const { publicKey } = await keyPair(KEY)
    const joe = new X509Certificate(CERTIFICATES.joe.cert)
    const users = {
      joe: { role: 'user', cryptosign: { publicKeys: [publicKey] }, tls: { sha256: [joe.fingerprint256] } },
      named: { role: 'user', tls: { subject: 'eve' } },
      pia: { role: 'user', scram: { kdf: 'pbkdf2', salt: '00'.repeat(16), iterations: 4096, password: 'pencil' } as const },
    }
    router.addRealm('realm1', { authentication: { users }, roles: { user: [] } })
    const tls = { ...CERTIFICATES.router, requestCert: true, rejectUnauthorized: false }
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const listen = { host: '127.0.0.1', port: 0 }
      addresses[version] = (await router.listenRawSocket({ listen, tls: { ...tls, minVersion: version, maxVersion: version } })).address
    }
    addresses['wss'] = (await router.listenHttp({ host: '127.0.0.1', port: 0, tls })).address
  })
  afterAll(async () => {
    await router.close()
  })

  /** The authid, or what went wrong. */
  async function login(where: string, auth: AuthMethod, authid?: string, tls: TlsOptions = {}): Promise<string> {
    const options = { url: addresses[where], realm: 'realm1', authid, auth, tls: { ca: CERTIFICATES.router.cert, ...tls } }
    const session = await openSession(options).catch((error: unknown) => error)
    if (session instanceof ConnectError) return session.code === 'TL_CONNECT_REFUSED' ? String(session.reason) : session.message
    if (!(session instanceof Session)) return String(session)
    await session.leave()
    return String(session.details['authid'])
  }

  it.each([
    ['TLSv1.2', 'tls-unique'],
    ['TLSv1.3', 'tls-exporter'],
  ] as const)('%s binds cryptosign by %s, and by nothing else [AP-CSG-08 AP-CSG-13 AP-CSG-16]', async (version, channelBinding) => {
    const other = channelBinding === 'tls-unique' ? 'tls-exporter' : 'tls-unique'
    expect(await login(version, cryptosignAuth(KEY, { channelBinding }))).toBe('joe')
    expect(await login(version, cryptosignAuth(KEY, { channelBinding: other }))).toContain(`no channel binding ${other}`)
    expect(await login(version, cryptosignAuth(KEY))).toBe('joe')
  })

  it.each([
    ['TLSv1.2', 'tls-unique'],
    ['TLSv1.2', 'tls-server-end-point'],
    ['TLSv1.3', 'tls-server-end-point'],
  ] as const)('%s binds WAMP-SCRAM by %s [AP-SCR-24 AP-SCR-33 AP-SCR-37]', async (version, channelBinding) => {
    expect(await login(version, scramAuth('pencil', { channelBinding }), 'pia')).toBe('pia')
  })

  it('gives no tls-unique in TLS 1.3', async () => {
    expect(await login('TLSv1.3', scramAuth('pencil', { channelBinding: 'tls-unique' }), 'pia')).toContain('no channel binding tls-unique')
  })

  it.each(['TLSv1.2', 'TLSv1.3', 'wss'])(
    'lets in the user of a certificate over %s, and nobody without [BP-SEC-03 AP-AUTH-14]',
    async (where) => {
      const { joe, eve } = CERTIFICATES
      expect(await login(where, tlsAuth(), undefined, joe)).toBe('joe')
      expect(await login(where, tlsAuth(), 'pia', joe)).toBe('wamp.error.authentication_denied')
      // It names a user, but its issuer is not trusted by the router.
      expect(await login(where, tlsAuth(), undefined, eve)).toBe('wamp.error.authentication_denied')
      expect(await login(where, tlsAuth())).toBe('wamp.error.no_matching_auth_method')
    },
  )
})
