// Shows the WebSocket transport against a server made with `ws`.

import { createServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { selfSigned } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import type { WebSocket as ServerSocket } from 'ws'
import { createCborSerializer, createJsonSerializer, createMsgpackSerializer } from '@trunkline/protocol'
import type { OpenSessionOptions } from '../open-session.ts'
import { openSession } from '../open-session.ts'
import { json } from '../json-text.ts'
import { echo } from '../testing/echo-router.ts'
import { openTransport } from './open-transport.ts'
import type { OpenMessageSocket } from './message-socket.ts'
import type { ClientSerializer } from './transport.ts'
import { openMessageSocket as openInBrowser } from './websocket-browser.ts'
import { failureOf } from '../testing/failure-of.ts'

const SERIALIZERS = { json: createJsonSerializer(), msgpack: createMsgpackSerializer(), cbor: createCborSerializer() }

interface Received {
  readonly data: Buffer
  readonly isBinary: boolean
}

let server: WebSocketServer
let received: Received[]
let onConnection: (socket: ServerSocket) => void

beforeEach(async () => {
  received = []
  onConnection = answer
  await new Promise<void>((resolve) => {
    server = new WebSocketServer({ port: 0, host: '127.0.0.1' }, resolve)
  })
  server.on('connection', (socket: ServerSocket) => {
    socket.on('message', (data: Buffer, isBinary: boolean) => received.push({ data, isBinary }))
    onConnection(socket)
  })
})

afterEach(async () => {
  for (const client of server.clients) client.terminate()
  await new Promise<void>((resolve) => server.close(() => resolve()))
})

function url(): string {
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`
}

function open(options: Partial<OpenSessionOptions> = {}): ReturnType<typeof openSession> {
  return openSession({ url: url(), realm: 'realm1', ...options })
}

function answer(socket: ServerSocket): void {
  const serializer = Object.values(SERIALIZERS).find(({ subprotocol }) => subprotocol === socket.protocol)
  socket.on('message', (data: Buffer) => {
    const reply = serializer?.decode(data)
    const message = reply === undefined ? undefined : echo(reply)
    if (message !== undefined && serializer !== undefined) socket.send(serializer.encode(message).slice(), { binary: serializer.isBinary })
  })
}

describe('WebSocket', () => {
  it.each<{ serializer: ClientSerializer; name: string; subprotocol: string; rows: string }>([
    { name: 'JSON', serializer: json(), subprotocol: 'wamp.2.json', rows: '[BP-TRN-05]' },
    { name: 'JSON by octets', serializer: createJsonSerializer(), subprotocol: 'wamp.2.json', rows: '[BP-TRN-05]' },
    { name: 'MessagePack', serializer: createMsgpackSerializer(), subprotocol: 'wamp.2.msgpack', rows: '[BP-TRN-06]' },
    { name: 'CBOR', serializer: createCborSerializer(), subprotocol: 'wamp.2.cbor', rows: '[BP-TRN-07]' },
  ])('carries $name, one message in each WebSocket message [BP-TRN-01 BP-TRN-03 BP-SER-01] $rows', async ({ serializer, subprotocol }) => {
    let agreed: string | undefined
    onConnection = (socket) => {
      agreed = socket.protocol
      answer(socket)
    }
    const session = await open({ serializer })
    expect(agreed).toBe(subprotocol)
    const value = { text: 'ü€😀', list: [1, 2 ** 53, -1.5, null, true], bytes: Uint8Array.of(0, 255) }
    const results = await Promise.all([1, 2, 3].map((index) => session.callResult('com.example.echo', [index, value])))
    expect(results.map(({ args }) => args)).toEqual([1, 2, 3].map((index) => [index, value]))
    await session.leave()
    expect(received.map((each) => each.isBinary)).toEqual(Array.from({ length: 5 }, () => subprotocol !== 'wamp.2.json'))
    expect(received.map(({ data }) => SERIALIZERS[serializer.name].decode(data).type)).toEqual([1, 48, 48, 48, 6])
    expect(await session.closed).toMatchObject({ by: 'client', wasClean: true })
  })

  it('works with the global WebSocket of browsers, which takes no options', async () => {
    const { WebSocket } = (await import('ws')) as unknown as { WebSocket: typeof globalThis.WebSocket }
    vi.stubGlobal('WebSocket', WebSocket)
    try {
      const told: unknown[] = []
      onConnection = (socket) => socket.on('message', (data: Buffer, isBinary: boolean) => socket.send(data, { binary: isBinary }))
      await new Promise<void>((resolve) => {
        const socket = openInBrowser(
          url(),
          'wamp.2.json',
          {},
          {
            onOpen(protocol) {
              told.push(protocol, socket.isOpen)
              socket.send('é')
              socket.send(Uint8Array.of(1, 2))
            },
            onMessage(message) {
              told.push(message)
              if (typeof message !== 'string') socket.close()
            },
            onError: (error) => told.push(error),
            onClose(...how) {
              told.push(how, socket.isOpen)
              resolve()
            },
          },
        )
      })
      expect(told).toEqual(['wamp.2.json', true, 'é', Uint8Array.of(1, 2), [1000, '', true], false])
    } finally {
      vi.unstubAllGlobals()
    }
    const owner = { onOpen() {}, onMessage() {}, onError() {}, onClose() {} }
    for (const way of [{ tls: {} }, { headers: {} }, { httpAgent: {} }]) {
      expect(() => openInBrowser(url(), 'wamp.2.json', way, owner)).toThrow('need Node')
    }
  })

  it('takes messages that come together with the opening, and a message in fragments [BP-TRN-03]', async () => {
    onConnection = (socket) => {
      socket.once('message', () => {
        socket.send('[2,7,{"roles":', { fin: false })
        socket.send('{"broker":{}}}]', { fin: true })
        socket.send('[6,{},"wamp.close.system_shutdown"]')
      })
    }
    const session = await open()
    expect(session.id).toBe(7)
    expect(await session.closed).toMatchObject({ by: 'router', reason: 'wamp.close.system_shutdown', wasClean: true })
    expect(received.map(({ data }) => String(data)).slice(1)).toEqual(['[6,{},"wamp.close.goodbye_and_out"]'])
  })

  it.each<[string, string | Uint8Array]>([
    ['a binary message under wamp.2.json', Uint8Array.of(0x5b, 0x5d)],
    ['malformed JSON', '[2,'],
    ['what is no WAMP message', '{}'],
  ])('is closed after an ABORT when the router sends %s [BP-PERR-18 BP-PERR-03]', async (_what, message) => {
    const ended = new Promise((resolve) => {
      onConnection = (socket) => {
        socket.on('close', resolve)
        socket.once('message', () => socket.send(message))
      }
    })
    expect(await failureOf(open())).toMatchObject({ code: 'TL_CONNECT_PROTOCOL', reason: 'wamp.error.protocol_violation' })
    await ended
    expect(String(received[1]?.data)).toMatch(/^\[3,\{"message":".*"\},"wamp\.error\.protocol_violation"\]$/)
  })

  it('takes close code 1002 without an ABORT for a protocol violation', async () => {
    onConnection = (socket) => {
      socket.on('message', (data: Buffer) => {
        if (String(data).startsWith('[1,')) socket.send('[2,7,{"roles":{"dealer":{}}}]')
        else socket.close(1002, 'no')
      })
    }
    const session = await open()
    expect(await failureOf(session.call('com.example.a'))).toMatchObject({ mayHaveRun: true, reason: 'wamp.error.protocol_violation' })
    expect(await session.closed).toMatchObject({ by: 'router', message: 'WebSocket close code 1002: no' })
  })

  it('lets nothing be lost in a connection that is closing: the request rejects', async () => {
    const session = await open()
    for (const client of server.clients) client.close(1001)
    while (session.isOpen) await new Promise((resolve) => setImmediate(resolve))
    expect(await failureOf(session.publish('com.example.a'))).toMatchObject({ code: 'TL_DISCONNECTED', mayHaveRun: false })
    await session.closed
  })

  it('tells of a connection that breaks', async () => {
    const session = await open()
    for (const client of server.clients) client.terminate()
    expect(await session.closed).toMatchObject({ by: 'connection', reason: 'wamp.error.network_failure', wasClean: false })
  })

  it('rejects when no server listens', async () => {
    const idle = createServer()
    await new Promise<void>((resolve) => idle.listen(0, '127.0.0.1', resolve))
    const { port } = idle.address() as AddressInfo
    await new Promise((resolve) => idle.close(resolve))
    const failure = await failureOf(open({ url: `ws://127.0.0.1:${port}/ws` }))
    expect(failure).toMatchObject({ name: 'ConnectError', code: 'TL_CONNECT_FAILED' })
    expect(String(failure)).toContain('ECONNREFUSED')
  })

  it('runs over TLS and checks the certificate of the router [BP-SEC-01 BP-SEC-02]', async () => {
    const { key, cert: ca } = selfSigned()
    const https = createHttpsServer({ key, cert: ca })
    const secure = new WebSocketServer({ server: https })
    secure.on('connection', answer)
    await new Promise<void>((resolve) => https.listen(0, '127.0.0.1', resolve))
    const secureUrl = `wss://127.0.0.1:${(https.address() as AddressInfo).port}/`
    expect(await failureOf(open({ url: secureUrl }))).toMatchObject({ code: 'TL_CONNECT_FAILED' })
    const failure = await failureOf(open({ url: secureUrl, tls: {} }))
    expect(String(failure)).toContain('self-signed certificate')
    const session = await open({ url: secureUrl, tls: { ca } })
    expect(await session.call('com.example.echo', ['safe'])).toBe('safe')
    await session.leave()
    for (const client of secure.clients) client.terminate()
    await new Promise((resolve) => https.close(resolve))
  })

  it('starts no session without an agreed subprotocol [BP-TRN-04]', async () => {
    const plain = new WebSocketServer({ noServer: true, handleProtocols: () => false })
    const http = createServer()
    http.on('upgrade', (request, socket, head) => {
      ;(plain as unknown as { handleUpgrade(...args: unknown[]): void }).handleUpgrade(request, socket, head, () => undefined)
    })
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    const failure = await failureOf(open({ url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}/` }))
    expect(failure).toMatchObject({ code: 'TL_CONNECT_FAILED' })
    for (const client of plain.clients) client.terminate()
    await new Promise((resolve) => http.close(resolve))
  })

  it('starts no session where the platform lets a connection without a subprotocol open [BP-TRN-04]', async () => {
    const done: unknown[] = []
    const openMessageSocket: OpenMessageSocket = (_url, _protocol, _way, owner) => {
      queueMicrotask(() => owner.onOpen(''))
      return { isOpen: true, send: (message) => done.push(message), close: () => done.push('close'), destroy: () => done.push('destroy') }
    }
    vi.resetModules()
    vi.doMock('./websocket-node.ts', () => ({ openMessageSocket, causeText: () => '' }))
    try {
      const { openWebSocket } = await import('./websocket.ts')
      const failure = await failureOf(openWebSocket(url(), { serializer: json(), signal: new AbortController().signal }))
      expect(failure).toMatchObject({ code: 'TL_CONNECT_FAILED', message: 'no agreement on wamp.2.json' })
    } finally {
      vi.doUnmock('./websocket-node.ts')
      vi.resetModules()
    }
    expect(done).toEqual(['destroy'])
  })

  it('gives up a connection that does not open', async () => {
    const silent = createServer()
    const sockets: { destroy(): void }[] = []
    silent.on('upgrade', (_request, socket) => sockets.push(socket))
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const failure = await failureOf(open({ url: `ws://127.0.0.1:${(silent.address() as AddressInfo).port}/`, openTimeoutMs: 50 }))
    expect(failure).toMatchObject({ code: 'TL_CONNECT_TIMEOUT' })
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => silent.close(resolve))
  })

  it('keeps what came before there was an owner, in order, and ends once', async () => {
    onConnection = (socket) => {
      socket.send('[50,1,{}]')
      socket.send('[50,2,{}]')
      socket.close(1000)
    }
    const transport = await openTransport(url(), { serializer: json(), signal: new AbortController().signal })
    const socketsGone = new Promise<void>((resolve) => {
      const wait = (): unknown => (server.clients.size === 0 ? resolve() : setImmediate(wait))
      wait()
    })
    await socketsGone
    const told: unknown[] = []
    await new Promise<void>((resolve) => {
      transport.attach({
        onMessage: (message) => told.push('request' in message ? message.request : message.type),
        onProtocolError: (error) => told.push(error),
        onClose: (info) => {
          told.push(info.code)
          resolve()
        },
      })
    })
    transport.destroy?.()
    transport.send({ type: 6, details: {}, reason: 'wamp.close.close_realm' })
    transport.close()
    await new Promise((resolve) => setImmediate(resolve))
    expect(told).toEqual([1, 2, 1000])
  })
})
