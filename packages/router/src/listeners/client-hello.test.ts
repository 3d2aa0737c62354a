// Shows of which clients the first message settles a TLS handshake.

import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { createServer } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { connect } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { isSettled, settlingGroups } from './client-hello.ts'
import { tlsOptionsOf } from './tls-options.ts'

const GROUPS = settlingGroups(tlsOptionsOf({}))

/** The first record of a client of Node. */
async function helloOf(options: ConnectionOptions): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', ...options }).on('error', () => {})
  const [socket] = await accepted
  const [octets] = (await once(socket, 'data')) as [Buffer]
  for (const each of [client, socket]) each.destroy()
  server.close()
  return octets
}

/** The same message in two records. */
function inTwo(record: Buffer, at: number): Buffer {
  const message = record.subarray(5)
  const part = (octets: Buffer): Buffer => Buffer.concat([Buffer.of(0x16, 3, 1, octets.length >> 8, octets.length & 0xff), octets])
  return Buffer.concat([part(message.subarray(0, at)), part(message.subarray(at))])
}

describe('the first message of a TLS client', () => {
  it('settles the handshake where it has a key for TLS 1.3, of a group of the router', async () => {
    const hello = await helloOf({ ecdhCurve: 'P-256' })
    expect([isSettled(hello, GROUPS), isSettled(hello, settlingGroups(tlsOptionsOf({ ecdhCurve: 'P-384:prime256v1' })))]).toEqual([
      true,
      true,
    ])
    expect(isSettled(await helloOf({ ecdhCurve: 'X25519:P-256' }), GROUPS)).toBe(true)
  })

  it.each<[string, ConnectionOptions]>([
    ['it is of TLS 1.2', { maxVersion: 'TLSv1.2' }],
    ['its key is of a group that the router does not have', { ecdhCurve: 'P-521:P-256' }],
  ])('does not where %s', async (_, options) => {
    expect(isSettled(await helloOf(options), GROUPS)).toBe(false)
  })

  it('does not where it comes in two records, or is cut or broken anywhere', async () => {
    const hello = await helloOf({ ecdhCurve: 'X25519' })
    for (let at = 1; at < hello.length - 5; at++) expect(isSettled(inTwo(hello, at), GROUPS)).toBe(false)
    for (let length = 0; length < hello.length; length++) expect(isSettled(hello.subarray(0, length), GROUPS)).toBe(false)
    for (let at = 0; at < hello.length - 1; at++) {
      const broken = Buffer.from(hello).fill(0xff, at, at + 2)
      expect(() => isSettled(broken, GROUPS)).not.toThrow()
    }
  })
})

describe('a listener', () => {
  it.each([
    ['asks for certificates', { requestCert: true }],
    ['has no TLS 1.3', { maxVersion: 'TLSv1.2' as const }],
    ['names suites of TLS 1.2 alone, with which Node offers no other', { ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' }],
    ['has groups of finite fields alone', { ecdhCurve: 'ffdhe2048' }],
  ])('that %s has handshakes that no first message settles', (_, tls) => {
    expect(settlingGroups(tlsOptionsOf(tls)).size).toBe(0)
  })
})
