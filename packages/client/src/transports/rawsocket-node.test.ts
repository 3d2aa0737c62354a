// Shows the RawSocket transport against small servers of node:net and node:tls.

import { mkdtempSync, rmSync } from 'node:fs'
import type { Server, Socket } from 'node:net'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { selfSigned } from '@trunkline/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createCborSerializer, createJsonSerializer, createMsgpackSerializer } from '@trunkline/protocol'
import type { OpenSessionOptions } from '../open-session.ts'
import { openSession } from '../open-session.ts'
import { echo } from '../testing/echo-router.ts'
import { batched } from '../batched.ts'
import { openRawSocket as openInBrowser } from './rawsocket-browser.ts'
import { openRawSocket } from './rawsocket-node.ts'
import { failureOf } from '../testing/failure-of.ts'

const SERIALIZERS = [createJsonSerializer(), createMsgpackSerializer(), createCborSerializer()]
const servers: Server[] = []
const sockets: Socket[] = []
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rawsocket-'))
})

afterAll(() => rmSync(folder, { recursive: true }))

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve))
})

async function listen(server: Server, onSocket: (socket: Socket) => void, event = 'connection'): Promise<number> {
  servers.push(server)
  server.on('connection', (socket) => sockets.push(socket))
  server.on('tlsClientError', () => undefined)
  server.on(event, (socket: Socket) => {
    socket.on('error', () => undefined)
    onSocket(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** Takes the stream apart by hand: 4 octets of handshake, then frames. */
function answer(socket: Socket, log: Uint8Array[] = [], lengthNibble = 0xf): void {
  let bytes = Buffer.alloc(0)
  let serializer: (typeof SERIALIZERS)[number] | undefined
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk])
    if (serializer === undefined && bytes.length >= 4) {
      log.push(bytes.subarray(0, 4))
      serializer = SERIALIZERS.find(({ rawSocketId }) => rawSocketId === ((bytes[1] ?? 0) & 0xf))
      socket.write(Uint8Array.of(0x7f, (lengthNibble << 4) | (serializer?.rawSocketId ?? 0), 0, 0))
      bytes = bytes.subarray(4)
    }
    while (serializer !== undefined && bytes.length >= 4 && bytes.length >= 4 + bytes.readUIntBE(1, 3)) {
      const size = 4 + bytes.readUIntBE(1, 3)
      log.push(bytes.subarray(0, size))
      const reply = bytes[0] === 0 ? echo(serializer.decode(bytes.subarray(4, size))) : undefined
      bytes = bytes.subarray(size)
      if (reply !== undefined) socket.write(frame(0, serializer.encode(reply)))
    }
  })
}

function frame(type: number, payload: Uint8Array): Buffer {
  return Buffer.concat([Uint8Array.of(type, payload.length >> 16, payload.length >> 8, payload.length), payload])
}

function open(url: string, options: Partial<OpenSessionOptions> = {}): ReturnType<typeof openSession> {
  return openSession({ url, realm: 'realm1', ...options })
}

describe('RawSocket', () => {
  it.each(SERIALIZERS.map((serializer) => [serializer.name, serializer] as const))(
    'begins with 4 octets and carries %s in frames [AP-RAW-01 AP-RAW-02 AP-RAW-06 AP-RAW-14 AP-RAW-20 BP-TRN-01]',
    async (_name, serializer) => {
      const log: Uint8Array[] = []
      const port = await listen(createServer(), (socket) => answer(socket, log))
      const session = await open(`rs://127.0.0.1:${port}`, { serializer })
      const args = ['ü', 2 ** 53, [Uint8Array.of(1)]]
      expect((await session.callResult('com.example.echo', args)).args).toEqual(args)
      expect(await session.call('com.example.echo', ['x'.repeat(200_000)])).toHaveLength(200_000)
      await session.leave()
      expect(log[0]).toEqual(Buffer.from([0x7f, 0xf0 | serializer.rawSocketId, 0, 0]))
      expect(log.slice(1).map((each) => each[0])).toEqual([0, 0, 0, 0])
      expect(log.slice(1).map((each) => serializer.decode(each.subarray(4)).type)).toEqual([1, 48, 48, 6])
      expect(await session.closed).toMatchObject({ by: 'client', wasClean: true })
    },
  )

  it('runs over a Unix socket [AP-RAW-20]', async () => {
    const path = join(folder, 'router socket')
    const server = createServer()
    servers.push(server)
    server.on('connection', (socket) => answer(socket))
    await new Promise<void>((resolve) => server.listen(path, resolve))
    const session = await open(`rs+unix://${encodeURI(path)}`)
    expect(await session.call('com.example.echo', [1])).toBe(1)
    await session.leave()
  })

  it('runs over TLS and checks the certificate of the router [AP-RAW-20 BP-SEC-01 BP-SEC-02]', async () => {
    const { key, cert } = selfSigned()
    const server = createTlsServer({ key, cert })
    const port = await listen(server, (socket) => answer(socket), 'secureConnection')
    for (const host of ['127.0.0.1', 'localhost']) {
      const session = await open(`rss://${host}:${port}`, { tls: { ca: cert } })
      expect(await session.call('com.example.echo', [1])).toBe(1)
      await session.leave()
    }
    const failure = await failureOf(open(`rss://127.0.0.1:${port}`))
    expect(failure).toMatchObject({ code: 'TL_CONNECT_FAILED' })
    expect(String(failure)).toContain('self-signed certificate')
    const careless = await open(`rss://127.0.0.1:${port}`, { tls: { rejectUnauthorized: false } })
    await careless.leave()
  })

  it('never sends a message longer than the router accepts; the session goes on [AP-RAW-12]', async () => {
    const port = await listen(createServer(), (socket) => answer(socket, [], 0))
    const session = await open(`rs://127.0.0.1:${port}`, { roles: { caller: {} } })
    expect(await failureOf(session.call('com.example.echo', ['x'.repeat(512)]))).toMatchObject({ code: 'TL_PAYLOAD' })
    expect(await session.call('com.example.echo', ['short'])).toBe('short')
    await session.leave()
  })

  it.each<[string, Uint8Array, string, string]>([
    ['an error code', Uint8Array.of(0x7f, 0x10, 0, 0), 'does not support the serializer', '[AP-RAW-10]'],
    ['an error about the length', Uint8Array.of(0x7f, 0x20, 0, 0), 'the router does not accept the length', '[AP-RAW-10]'],
    ['an error about reserved bits', Uint8Array.of(0x7f, 0x30, 0, 0), 'reserved bits were used', '[AP-RAW-10]'],
    ['an error about connections', Uint8Array.of(0x7f, 0x40, 0, 0), 'the router has too many connections', '[AP-RAW-10]'],
    ['a reserved error code', Uint8Array.of(0x7f, 0xa0, 0, 0), 'refused with code 10', '[AP-RAW-10 AP-RAW-23]'],
    ['another serializer', Uint8Array.of(0x7f, 0xf2, 0, 0), 'chose another serializer', '[AP-RAW-10]'],
    ['another protocol', Buffer.from('HTTP/1.1 400\r\n'), 'does not speak RawSocket', ''],
  ])('rejects when the router answers with %s: %o %s %s', async (_what, reply, text) => {
    const port = await listen(createServer(), (socket) => void socket.once('data', () => socket.write(reply)))
    const failure = await failureOf(open(`rs://127.0.0.1:${port}`))
    expect(failure).toMatchObject({ code: 'TL_CONNECT_FAILED' })
    expect(String(failure)).toContain(text)
  })

  it('rejects when the router closes, nobody listens, or nothing comes in time', async () => {
    const closing = await listen(createServer(), (socket) => socket.end())
    expect(await failureOf(open(`rs://127.0.0.1:${closing}`))).toMatchObject({ code: 'TL_CONNECT_FAILED' })
    const silent = await listen(createServer(), () => undefined)
    expect(await failureOf(open(`rs://127.0.0.1:${silent}`, { openTimeoutMs: 50 }))).toMatchObject({ code: 'TL_CONNECT_TIMEOUT' })
    const failure = await failureOf(open(`rs+unix://${folder}/nobody`))
    expect(String(failure)).toContain('ENOENT')
  })

  it('answers each PING with one PONG of the same payload, and takes frames cut anywhere [AP-RAW-17 AP-RAW-18]', async () => {
    const log: Buffer[] = []
    const port = await listen(createServer(), (socket) => {
      answer(socket, log)
      socket.once('data', () => {
        for (const octet of frame(1, Buffer.from('are you there'))) socket.write(Uint8Array.of(octet))
        socket.write(frame(1, new Uint8Array(0)))
      })
    })
    const session = await open(`rs://127.0.0.1:${port}`)
    await session.leave()
    expect(log.filter((each) => each[0] === 2).map((each) => each.subarray(4).toString())).toEqual(['are you there', ''])
  })

  it.each([
    ['many', 600, 10],
    ['long', 5, 100_000],
  ])('takes %s PINGs again and again while the router takes the PONGs', async (_what, count, length) => {
    const peers: Socket[] = []
    const port = await listen(createServer(), (socket) => {
      peers.push(socket)
      answer(socket)
    })
    const session = await open(`rs://127.0.0.1:${port}`)
    const [peer] = peers
    for (let round = 0; round < 3; round++) {
      let left = count * (4 + length)
      const answered = new Promise<void>((resolve) => {
        const count = (chunk: Buffer): void => {
          left -= chunk.length
          if (left > 0) return
          peer?.off('data', count)
          resolve()
        }
        peer?.on('data', count)
      })
      for (let i = 0; i < count; i++) peer?.write(frame(1, new Uint8Array(length)))
      await answered
    }
    expect(await session.call('com.example.echo', [1])).toBe(1)
    await session.leave()
  })

  it.each([
    ['many', 4000, 0],
    ['long', 30, 2_000_000],
  ])('ends when %s PINGs come that the router does not wait for', async (_what, count, length) => {
    const peers: Socket[] = []
    const port = await listen(createServer(), (socket) => {
      peers.push(socket)
      answer(socket)
    })
    const session = await open(`rs://127.0.0.1:${port}`)
    peers[0]?.pause()
    for (let i = 0; i < count; i += 1) peers[0]?.write(frame(1, new Uint8Array(length)))
    expect(await session.closed).toMatchObject({
      by: 'connection',
      message: 'the router sends PINGs and does not read the PONGs',
      wasClean: false,
    })
  })

  it.each([
    ['a reserved frame type', Uint8Array.of(3, 0, 0, 0)],
    ['reserved bits', Uint8Array.of(0x10, 0, 0, 0)],
    ['what is no message', frame(0, Buffer.from('{}'))],
  ])('ends the session after %s [AP-RAW-23 BP-PERR-03]', async (_what, octets) => {
    const log: Uint8Array[] = []
    const peers: Socket[] = []
    const port = await listen(createServer(), (socket) => {
      peers.push(socket)
      answer(socket, log)
    })
    const session = await open(`rs://127.0.0.1:${port}`)
    const ended = new Promise((resolve) => peers[0]?.once('end', resolve))
    peers[0]?.write(octets)
    expect(await session.closed).toMatchObject({ by: 'client', reason: 'wamp.error.protocol_violation' })
    await ended
    expect(Buffer.from(log[2] ?? []).toString('utf8', 4)).toContain('[3,')
  })

  it('tells of a connection that breaks', async () => {
    const peers: Socket[] = []
    const port = await listen(createServer(), (socket) => {
      peers.push(socket)
      answer(socket)
    })
    const session = await open(`rs://127.0.0.1:${port}`)
    peers[0]?.resetAndDestroy()
    expect(await session.closed).toMatchObject({ by: 'connection', message: 'read ECONNRESET', wasClean: false })
  })

  it.each(['rs://localhost', 'rs://', 'rss://localhost'])('refuses a url without host or port: %s', async (url) => {
    const failure = await failureOf(open(url))
    expect(failure).toMatchObject({ code: 'TL_USAGE', message: expect.stringContaining('names no host and port') as string })
  })

  it.each<[string, Partial<OpenSessionOptions>, string]>([
    ['headers', { headers: { cookie: 'a=1' } }, 'headers and httpAgent are for WebSocket'],
    ['an agent', { httpAgent: {} }, 'headers and httpAgent are for WebSocket'],
    ['batches', { serializer: batched(createCborSerializer()) }, 'batches travel only over WebSocket'],
  ])('refuses %s before it connects', async (_what, options, message) => {
    const port = await listen(createServer(), () => expect.unreachable())
    expect(await failureOf(open(`rs://127.0.0.1:${port}`, options))).toMatchObject({ code: 'TL_USAGE', message })
  })

  it('refuses an address of another protocol', async () => {
    const { signal } = new AbortController()
    const failure = await failureOf(openRawSocket(new URL('gopher://localhost:1/'), { serializer: createCborSerializer(), signal }))
    expect(failure).toMatchObject({ code: 'TL_USAGE', message: 'url: gopher:// is none of ws://, wss://, rs://, rss:// and rs+unix://' })
  })

  it('sends the name of the router in TLS, and no address as one', async () => {
    const names: unknown[] = []
    const { key, cert } = selfSigned()
    const server = createTlsServer({ key, cert })
    server.on('secureConnection', ({ servername }) => names.push(servername))
    const port = await listen(server, (socket) => answer(socket), 'secureConnection')
    for (const host of ['localhost', '127.0.0.1']) await (await open(`rss://${host}:${port}`, { tls: { ca: [cert] } })).leave()
    expect(names).toEqual(['localhost', false])
  })

  it('trusts certificates that are the octets of a file, as plain JavaScript may hand them over', async () => {
    const { key, cert } = selfSigned()
    const port = await listen(createTlsServer({ key, cert }), (socket) => answer(socket), 'secureConnection')
    const session = await open(`rss://127.0.0.1:${port}`, { tls: { ca: Buffer.from(cert) as never } })
    expect(session.isOpen).toBe(true)
    await session.leave()
  })

  it('is refused in a browser with a hint', async () => {
    await expect(openInBrowser()).rejects.toMatchObject({ code: 'TL_USAGE' })
  })
})
