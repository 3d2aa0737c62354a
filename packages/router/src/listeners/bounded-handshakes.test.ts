// Shows that a listener which asks for client certificates bounds what a client sends before its handshake is done, and that such
// connections are like others.

import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { ConnectionOptions, TLSSocket, TlsOptions } from 'node:tls'
import { connect, createServer } from 'node:tls'
import { rawSocketRequest } from '@trunkline/protocol'
import { selfSigned } from '@trunkline/testkit'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Transport } from '../core/ports/index.ts'
import { BoundedHandshakes } from './bounded-handshakes.ts'
import { Entrance } from './entrance.ts'
import { createHttpListener } from './http-server.ts'
import type { Listener, ListenerOptions } from './listener.ts'
import { createRawSocketListener } from './rawsocket-listener.ts'

const CERTIFICATE = selfSigned()
const ASKING = { ...CERTIFICATE, requestCert: true, rejectUnauthorized: false }
/** Its certificate has 20,000 octets of names. */
const LONG = selfSigned(Array.from({ length: 1_000 }, (_, i) => `name-${String(i).padStart(9, '0')}.test`))
const LOOPBACK = { host: '127.0.0.1', port: 0 }

const open: { closeAll(): void; close(): unknown }[] = []
afterEach(async () => {
  for (const listener of open) listener.closeAll()
  await Promise.all(open.splice(0).map((listener) => listener.close()))
})

const transports: Transport[] = []
const refused: string[] = []
const options: ListenerOptions = {
  accept: (transport) => {
    transports.push(transport)
    return { onMessage: (message) => transport.send(message.slice()), onWrongKind() {}, onDrain() {}, onClose() {} }
  },
  onError: (error) => {
    throw error
  },
  onRefused: ({ address, text }) => refused.push(`${address} ${text}`),
}

async function listen(kind: string, tls: TlsOptions = ASKING): Promise<number> {
  const listener: Listener =
    kind === 'RawSocket'
      ? await createRawSocketListener({ ...options, listen: LOOPBACK, tls })
      : await createHttpListener({ ...options, ...LOOPBACK, tls })
  open.push(listener)
  return Number(listener.address.match(/:(\d+)/)?.[1])
}

function reach(port: number, more: ConnectionOptions = {}): TLSSocket {
  return connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...more }).on('error', () => {})
}

/** The octets that come until there are as many as wanted, or the connection ends. */
async function octetsFrom(socket: Socket, wanted: number): Promise<Buffer> {
  const octets: Buffer[] = []
  const come = (): number => octets.reduce((sum, { length }) => sum + length, 0)
  socket.on('data', (chunk: Buffer) => octets.push(chunk))
  const closed = once(socket, 'close')
  while (come() < wanted && !socket.destroyed) await Promise.race([once(socket, 'data'), closed])
  return Buffer.concat(octets)
}

describe('a client of TLS 1.2 whose handshake is done', () => {
  it.each(['RawSocket', 'HTTP'])('is ended when it begins another one: %s', async (kind) => {
    const client = reach(await listen(kind, CERTIFICATE), { maxVersion: 'TLSv1.2' })
    await once(client, 'secureConnect')
    client.renegotiate({ rejectUnauthorized: false }, () => {})
    await once(client.resume(), 'close')
    expect(refused.splice(0)).toEqual(['127.0.0.1 a TLS handshake on a connection that has had one'])
  })
})

describe('what comes behind a handshake', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('is given to TLS a few records in a turn, all in order, its end last: %s', async (version) => {
    const server = createServer({ ...CERTIFICATE, allowHalfOpen: true })
    open.push({ closeAll() {}, close: () => server.close() })
    const waiting: (() => void)[] = []
    const later = { run: (_socket: Socket, task: () => void) => void waiting.push(task) }
    const atOnce = { run: (_socket: Socket, task: () => void) => task() }
    const handshakes = new BoundedHandshakes(atOnce, new Entrance({}, undefined), { recordTurns: later })
    handshakes.count(server)
    handshakes.name(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const secured = once(server, 'secureConnection') as Promise<[TLSSocket]>
    const { port } = server.address() as { port: number }
    const client = reach(port, { minVersion: version, maxVersion: version })
    const [inner] = await secured
    let read = ''
    let hasEnded = false
    inner.on('data', (octets: Buffer) => (read += octets.toString())).on('end', () => (hasEnded = true))
    const sent = Array.from({ length: 500 }, (_, i) => String(i % 10))
    // Each a record of its own.
    for (const each of sent) await new Promise((resolve) => void client.write(each, resolve))
    client.end()
    while (!hasEnded) {
      const before = read.length
      waiting.shift()?.()
      await new Promise(setImmediate)
      expect(read.length - before).toBeLessThanOrEqual(64)
    }
    expect(read).toBe(sent.join(''))
    client.destroy()
  })
})

describe('a handshake that takes long', () => {
  it('lets the next ones of its address wait, and then go on', async () => {
    const server = createServer(CERTIFICATE)
    open.push({ closeAll() {}, close: () => server.close() })
    let worked = 0
    const atOnce = { run: (_socket: Socket, task: () => void) => task() }
    // The first step takes 25 ms.
    const handshakes = new BoundedHandshakes(atOnce, new Entrance({}, undefined), { worked: () => (worked === 0 ? worked++ : 25) })
    handshakes.count(server)
    handshakes.name(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const waits = vi.spyOn(globalThis, 'setTimeout')
    const clients = [reach(port), reach(port)]
    await Promise.all(clients.map((client) => once(client, 'secureConnect')))
    expect(waits.mock.calls.map(([, ms]) => ms)).toContain(25 * 9)
    waits.mockRestore()
    for (const client of clients) client.destroy()
  })
})

describe('a client that is asked for its certificate', () => {
  it.each(['RawSocket', 'HTTP'])('is ended when it sends more than 16 KiB before the handshake is done: %s', async (kind) => {
    const port = await listen(kind)
    const long = reach(port, LONG)
    long.write(kind === 'HTTP' ? 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n' : rawSocketRequest('json', 15))
    expect((await octetsFrom(long, 1)).length).toBe(0)
    expect(refused.splice(0)).toEqual([expect.stringMatching(/^127\.0\.0\.1 a TLS handshake of more than 16384 octets/)])
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'may send more with the end of its handshake, and is known by its address: %s',
    async (version) => {
      const port = await listen('RawSocket')
      const client = reach(port, { ...CERTIFICATE, minVersion: version, maxVersion: version })
      const message = Buffer.alloc(1_000_000, ' ')
      // Written before the connection exists: it leaves behind the last octets of the handshake.
      client.write(Buffer.concat([rawSocketRequest('json', 15), Buffer.from('000f4240', 'hex'), message]))
      expect((await octetsFrom(client, 1_000_008)).subarray(8).equals(message)).toBe(true)
      const { info } = transports.at(-1) ?? {}
      expect([info?.peer, info?.address, info?.isSecure]).toEqual([`127.0.0.1:${client.localPort}`, '127.0.0.1', true])
      expect(info?.tls?.clientCertificate?.subject).toBe('localhost')
      client.end()
      await once(client, 'close')
    },
  )

  it('is answered over HTTP, again and again on one connection', async () => {
    const client = reach(await listen('HTTP'), CERTIFICATE)
    for (let i = 0; i < 3; i++) {
      client.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n')
      const [answer] = (await once(client, 'data')) as [Buffer]
      expect(answer.toString()).toContain('200 OK')
    }
  })

  it('is ended by the router in the ways of its socket, whose options can be set', async () => {
    const server = createServer(ASKING)
    open.push({ closeAll() {}, close: () => server.close() })
    const handshakes = new BoundedHandshakes({ run: (_socket, task) => task() }, new Entrance({}, undefined), {})
    handshakes.count(server)
    handshakes.name(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const bare = once(server, 'connection') as Promise<[Socket]>
    const secured = once(server, 'secureConnection') as Promise<[TLSSocket]>
    const client = reach((server.address() as { port: number }).port)
    const [[socket], [inner]] = await Promise.all([bare, secured])
    const set: unknown[] = []
    socket.setNoDelay = (noDelay) => (set.push(noDelay), socket)
    socket.setKeepAlive = (...given) => (set.push(...given), socket)
    expect([inner.setNoDelay(true), inner.setKeepAlive(true, 9)]).toEqual([inner, inner])
    expect(set).toEqual([true, true, 9])
    const broken = once(inner, 'error') as Promise<[NodeJS.ErrnoException]>
    socket.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }))
    expect((await broken)[0].code).toBe('ETIMEDOUT')
    await once(client.resume(), 'close')
  })
})
