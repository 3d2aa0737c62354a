// Shows what changes while a listener is open: for connections to come only.

import { once } from 'node:events'
import { connect } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { connect as connectSecurely } from 'node:tls'
import { UsageError } from '@trunkline/protocol'
import type { Transport } from '../core/ports/index.ts'
import { selfSigned } from '@trunkline/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { createHttpListener } from './http-server.ts'
import type { Listener } from './listener.ts'
import { createRawSocketListener } from './rawsocket-listener.ts'

const open = new Set<Listener>()
afterEach(async () => {
  const closed = [...open].map((listener) => listener.close())
  for (const listener of open) listener.closeAll()
  open.clear()
  await Promise.all(closed)
})

const common = {
  accept: (transport: Transport) => ({
    onMessage: () => transport.send(Buffer.from('[]')),
    onWrongKind() {},
    onDrain() {},
    onClose() {},
  }),
  onError: (error: unknown) => {
    throw error
  },
}

async function openHttp(): Promise<Listener> {
  const listener = await createHttpListener({ ...common, host: '127.0.0.1', port: 0 })
  open.add(listener)
  return listener
}

function portOf({ address }: Listener): number {
  return Number(new URL(address).port)
}

/** The first line of the answer to an upgrade, and the connection. */
async function upgrade(listener: Listener, path = '/ws', serializer = 'json') {
  const socket = connect({ port: portOf(listener), host: '127.0.0.1' })
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
      `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: wamp.2.${serializer}\r\n\r\n`,
  )
  const [answer] = (await once(socket, 'data')) as [Buffer]
  return { socket, status: Number(answer.toString().split(' ')[1]) }
}

/** The name in the certificate that a listener shows. */
async function shownName(listener: Listener): Promise<string | string[] | undefined> {
  const socket = connectSecurely({ port: portOf(listener), host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { CN } = socket.getPeerCertificate().subject
  socket.destroy()
  return CN
}

/** Version, cipher suite and curve that a new connection agrees on; rejects when there are none. */
async function agreed(listener: Listener, options: ConnectionOptions = {}): Promise<readonly unknown[]> {
  const socket = connectSecurely({ port: portOf(listener), host: '127.0.0.1', rejectUnauthorized: false, ...options })
  await once(socket, 'secureConnect')
  const key = socket.getEphemeralKeyInfo()
  const curve = key !== null && 'name' in key ? key.name : undefined
  const found = [socket.getProtocol(), socket.getCipher().name, curve]
  socket.destroy()
  return found
}

describe('an open HTTP listener', () => {
  it('takes other paths, serializers, judges and numbers of connections, and keeps the open ones', async () => {
    const listener = await openHttp()
    const { socket, status } = await upgrade(listener)
    expect(status).toBe(101)
    listener.change({ paths: ['/wamp'], serializers: ['cbor'] })
    expect(listener.address).toBe(`ws://127.0.0.1:${portOf(listener)}/wamp`)
    expect((await upgrade(listener)).status).toBe(404)
    expect((await upgrade(listener, '/wamp')).status).toBe(400)
    expect((await upgrade(listener, '/wamp', 'cbor')).status).toBe(101)
    listener.change({ mayUpgrade: () => ({ status: 403, text: 'no' }) })
    expect((await upgrade(listener, '/wamp', 'cbor')).status).toBe(403)
    listener.change({ mayUpgrade: undefined, maxConnections: 1 })
    expect((await upgrade(listener, '/wamp', 'cbor')).status).toBe(503)
    listener.change({ paths: undefined, serializers: undefined, maxConnections: undefined })
    expect((await upgrade(listener)).status).toBe(101)
    socket.write(Buffer.from('818200000000', 'hex'))
    socket.write('[]')
    const [echo] = (await once(socket, 'data')) as [Buffer]
    expect(echo.toString('hex')).toBe('81025b5d')
  })

  it('takes another limit of messages for connections to come', async () => {
    const listener = await openHttp()
    const message = Buffer.concat([Buffer.from('81fe025800000000', 'hex'), Buffer.alloc(600, ' ')])
    const before = await upgrade(listener)
    listener.change({ maxMessageBytes: 512 })
    const after = await upgrade(listener)
    after.socket.write(message)
    const [closed] = (await once(after.socket, 'data')) as [Buffer]
    expect(closed.toString('hex')).toBe('880203f1')
    before.socket.write(message)
    const [answer] = (await once(before.socket, 'data')) as [Buffer]
    expect(answer.toString('hex')).toBe('81025b5d')
  })

  it('refuses a certificate where it speaks no TLS', async () => {
    const listener = await openHttp()
    expect(() => listener.change({ tls: {}, paths: ['/x'] })).toThrow('a listener without TLS cannot change its certificate')
    expect(listener.address).toMatch(/\/ws$/)
  })
})

describe('an open RawSocket listener', () => {
  it('announces another limit and takes other serializers from then on', async () => {
    const listener = await createRawSocketListener({ ...common, listen: { host: '127.0.0.1', port: 0 } })
    open.add(listener)
    const shake = async (request: string): Promise<string> => {
      const socket = connect({ port: portOf(listener), host: '127.0.0.1' })
      socket.write(Buffer.from(request, 'hex'))
      const [answer] = (await once(socket, 'data')) as [Buffer]
      return answer.toString('hex')
    }
    expect(await shake('7ff10000')).toBe('7fd10000')
    listener.change({ maxMessageBytes: 512, serializers: ['msgpack'] })
    expect(await shake('7ff20000')).toBe('7f020000')
    expect(await shake('7ff10000')).toBe('7f100000')
    expect(() => listener.change({ maxMessageBytes: 100, serializers: undefined })).toThrow(UsageError)
    expect(await shake('7ff10000')).toBe('7f100000')
    listener.change({ maxConnections: 1 })
    expect(await shake('7ff20000')).toBe('7f400000')
  })
})

describe('an open listener with TLS', () => {
  it('shows a renewed certificate to connections to come, and keeps the old one when the new is not usable', async () => {
    const [old, renewed] = [selfSigned('old.example'), selfSigned('new.example')]
    const http = await createHttpListener({ ...common, host: '127.0.0.1', port: 0, tls: old })
    const raw = await createRawSocketListener({ ...common, listen: { host: '127.0.0.1', port: 0 }, tls: old })
    for (const listener of [http, raw]) {
      open.add(listener)
      expect(await shownName(listener)).toBe('old.example')
      listener.change({ tls: renewed })
      expect(await shownName(listener)).toBe('new.example')
      expect(() => listener.change({ tls: { cert: renewed.cert, key: old.key } })).toThrow('certificate and key cannot be used')
      expect(await shownName(listener)).toBe('new.example')
    }
  })
})

describe('a client of TLS 1.2', () => {
  it('gets one handshake on a connection, also under a renewed certificate: each further one would cost a signature', async () => {
    const tls = selfSigned()
    const http = await createHttpListener({ ...common, host: '127.0.0.1', port: 0, tls })
    const raw = await createRawSocketListener({ ...common, listen: { host: '127.0.0.1', port: 0 }, tls })
    for (const listener of [http, raw]) {
      open.add(listener)
      expect(await renegotiated(listener)).toBe('ended')
      listener.change({ tls: selfSigned() })
      expect(await renegotiated(listener)).toBe('ended')
    }
  })
})

/** What comes of asking for another handshake. */
async function renegotiated(listener: Listener): Promise<string> {
  const socket = connectSecurely({ port: portOf(listener), host: '127.0.0.1', rejectUnauthorized: false, maxVersion: 'TLSv1.2' })
  await once(socket, 'secureConnect')
  const outcome = await new Promise<string>((resolve) => {
    socket.on('error', ({ message }) => resolve(message)).on('close', () => resolve('ended'))
    socket.renegotiate({ rejectUnauthorized: false }, (error) => resolve(error?.message ?? 'another handshake'))
  })
  socket.destroy()
  return outcome
}

describe('a listener that says what TLS may be made of', () => {
  it('speaks no older version and no other suite, and says so later too', async () => {
    const tls = { ...selfSigned(), minVersion: 'TLSv1.3', ciphers: 'TLS_AES_256_GCM_SHA384', ecdhCurve: 'P-256' } as const
    const listener = await createHttpListener({ ...common, host: '127.0.0.1', port: 0, tls, backlog: 16 })
    open.add(listener)
    expect(await agreed(listener)).toEqual(['TLSv1.3', 'TLS_AES_256_GCM_SHA384', 'prime256v1'])
    await expect(agreed(listener, { maxVersion: 'TLSv1.2' })).rejects.toThrow('protocol version')
    listener.change({ tls: { ...tls, minVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' } })
    expect((await agreed(listener, { maxVersion: 'TLSv1.2' })).slice(0, 2)).toEqual(['TLSv1.2', 'ECDHE-ECDSA-AES128-GCM-SHA256'])
  })
})

describe('long-poll on an open listener', () => {
  it('is judged by the new rule too', async () => {
    const listener = await createHttpListener({ ...common, host: '127.0.0.1', port: 0, longPoll: { path: '/longpoll' } })
    open.add(listener)
    const openOne = async (): Promise<number> => {
      const body = JSON.stringify({ protocols: ['wamp.2.json'] })
      const { status } = await fetch(`http://127.0.0.1:${portOf(listener)}/longpoll/open`, { method: 'POST', body })
      return status
    }
    expect(await openOne()).toBe(200)
    listener.change({ mayUpgrade: () => ({ status: 403, text: 'no' }) })
    expect(await openOne()).toBe(403)
    listener.change({ mayUpgrade: undefined, serializers: ['cbor'] })
    expect(await openOne()).toBe(400)
  })
})
