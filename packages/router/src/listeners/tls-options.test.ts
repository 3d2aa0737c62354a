// Shows which key exchanges a listener has where its owner chooses none.

import { constants } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { ConnectionOptions, TlsOptions } from 'node:tls'
import { connect, createServer } from 'node:tls'
import { selfSigned } from '@trunkline/testkit'
import { describe, expect, it } from 'vitest'
import { tlsOptionsOf } from './tls-options.ts'

/** How a client ends up: the version it has, or `refused`. */
async function outcome(options: TlsOptions, client: ConnectionOptions): Promise<string | null> {
  const server = createServer(tlsOptionsOf({ ...selfSigned(), ...options })).on('tlsClientError', () => {})
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', rejectUnauthorized: false, ...client })
  const result = await once(socket, 'secureConnect').then(
    () => socket.getProtocol(),
    () => 'refused',
  )
  socket.destroy()
  server.close()
  return result
}

describe('a listener that chooses nothing', () => {
  it.each<[string, ConnectionOptions]>([
    ['TLSv1.3', {}],
    ['TLSv1.3', { ecdhCurve: 'P-384' }],
    ['TLSv1.2', { maxVersion: 'TLSv1.2', ecdhCurve: 'P-256' }],
    ['refused', { ecdhCurve: 'ffdhe8192' }],
    ['refused', { ecdhCurve: 'P-521' }],
  ])('has %s for a client with %j', async (expected, client) => {
    expect(await outcome({}, client)).toBe(expected)
  })

  it('has no RSA key exchange and no renegotiation', () => {
    const { ciphers, secureOptions } = tlsOptionsOf({ secureOptions: constants.SSL_OP_NO_TICKET })
    expect(ciphers).toMatch(/^TLS_.*:!kRSA$/)
    expect(secureOptions).toBe(constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION)
  })
})

it('a listener that chooses other curves has them', async () => {
  expect(await outcome({ ecdhCurve: 'P-521' }, { ecdhCurve: 'P-521' })).toBe('TLSv1.3')
})
