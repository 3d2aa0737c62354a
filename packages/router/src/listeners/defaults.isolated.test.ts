// Shows what listeners take where their options say nothing: times, lengths and numbers, as servers, sweeps and sockets are
// given them.

import { once } from 'node:events'
import { connect, Server, Socket } from 'node:net'
import { selfSigned } from '@trunkline/testkit'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Transport, TransportOwner } from '../core/ports/index.ts'
import type * as connections from './connections.ts'
import type * as firstOctets from './first-octets.ts'
import type { HttpListenerOptions } from './http-server.ts'
import { createHttpListener } from './http-server.ts'
import type { Listener, Places } from './listener.ts'
import type { RawSocketListenerOptions } from './rawsocket-listener.ts'
import { createRawSocketListener } from './rawsocket-listener.ts'
import { tlsOptionsOf } from './tls-options.ts'

const noted = vi.hoisted(() => ({
  /** The options of each server that was made. */
  servers: [] as unknown[],
  /** How long each kind of first look may take. */
  looks: [] as number[],
  /** The durations that each sweep was made for. */
  sweeps: [] as (readonly number[])[],
  /** The durations that any sweep was asked for. */
  asked: [] as number[],
}))

type Make = (options: object, ...rest: unknown[]) => unknown

async function withNotedServers(original: () => Promise<object>): Promise<object> {
  const module = (await original()) as { readonly createServer: Make }
  const createServer: Make = (options, ...rest) => {
    noted.servers.push(options)
    return module.createServer(options, ...rest)
  }
  return { ...module, createServer }
}

vi.mock('node:http', withNotedServers)
vi.mock('node:https', withNotedServers)
vi.mock('node:net', withNotedServers)
vi.mock('node:tls', withNotedServers)

vi.mock('./first-octets.ts', async (original) => {
  const module = await original<typeof firstOctets>()
  class FirstLooks extends module.FirstLooks {
    constructor(limitMs: number) {
      super(limitMs)
      noted.looks.push(limitMs)
    }
  }
  return { ...module, FirstLooks }
})

vi.mock('./connections.ts', async (original) => {
  const module = await original<typeof connections>()
  class Connections extends module.Connections {
    constructor(deadlinesMs: readonly number[]) {
      super(deadlinesMs)
      noted.sweeps.push(deadlinesMs)
    }

    override ticks(ms: number): number {
      noted.asked.push(ms)
      return super.ticks(ms)
    }
  }
  return { ...module, Connections }
})

const ANYWHERE = { host: '127.0.0.1', port: 0 }
const tls = selfSigned()
const MIB = 1_048_576

const listeners: Listener[] = []
afterEach(async () => {
  const closed = listeners.map((listener) => listener.close())
  for (const listener of listeners.splice(0)) listener.closeAll()
  await Promise.all(closed)
  vi.restoreAllMocks()
  for (const list of Object.values(noted)) list.length = 0
})

const transports: Transport[] = []
const onError = (error: unknown): void => expect.fail(String(error))

function accept(transport: Transport): TransportOwner {
  transports.push(transport)
  return { onMessage() {}, onWrongKind() {}, onDrain() {}, onClose() {} }
}

async function opened(listening: Promise<Listener>): Promise<number> {
  const listener = await listening
  listeners.push(listener)
  return Number(/:(\d+)/.exec(listener.address)?.[1])
}

const http = (options: Partial<HttpListenerOptions> = {}): Promise<number> =>
  opened(createHttpListener({ ...ANYWHERE, accept, onError, ...options }))
const rawSocket = (options: Partial<RawSocketListenerOptions> = {}): Promise<number> =>
  opened(createRawSocketListener({ listen: ANYWHERE, accept, onError, ...options }))

/** The first octets of an answer. */
async function answered(port: number, octets: string): Promise<Buffer> {
  const socket = connect({ host: '127.0.0.1', port })
  socket.write(octets, 'latin1')
  const [answer] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return answer
}

const UPGRADE = ['Host: a', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Protocol: wamp.2.json']

describe('an HTTP listener that says nothing', () => {
  const times = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 1_000 }

  it('takes heads for 10 s and of 64 KiB, and requests for 30 s', async () => {
    await http()
    expect(noted.servers).toEqual([{ ...times, maxHeaderSize: 65_536, noDelay: true, requireHostHeader: false }])
    await http({ tls })
    expect(noted.servers[1]).toMatchObject({ ...times, handshakeTimeout: 10_000 })
    expect(noted.looks).toEqual([10_000, 10_000])
  })

  it('looks as often as a shorter time needs it, and gives a request no less than its head', async () => {
    await http({ headersTimeoutMs: 1_001, requestTimeoutMs: 1_000, maxHeaderBytes: 1_024 })
    expect(noted.servers).toMatchObject([
      { headersTimeout: 1_001, requestTimeout: 1_001, connectionsCheckingInterval: 251, maxHeaderSize: 1_024 },
    ])
    expect(noted.looks).toEqual([1_001])
    await http({ headersTimeoutMs: 1_000, requestTimeoutMs: 2_000 })
    expect(noted.servers[1]).toMatchObject({ headersTimeout: 1_000, requestTimeout: 2_000 })
  })

  it('pings WebSockets after 15 s, gives them up after 30 s, and waits 2 s for their end', async () => {
    await http()
    expect([noted.sweeps, noted.asked]).toEqual([[[15_000, 30_000, 2_000]], [2_000, 15_000, 30_000]])
  })

  it('has the times of its options, of which those that are never are none', async () => {
    await http({ pingIntervalMs: 1, deadAfterMs: 2, closeTimeoutMs: 3 })
    await http({ pingIntervalMs: 0, deadAfterMs: 0 })
    expect(noted.sweeps).toEqual([[1, 2, 3], [2_000]])
    expect(noted.asked).toEqual([3, 1, 2, 2_000])
  })

  it('takes messages of 4 MiB', async () => {
    const port = await http()
    const head = `GET /ws HTTP/1.1\r\n${UPGRADE.join('\r\n')}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`
    expect((await answered(port, head)).toString()).toMatch(/^HTTP\/1.1 101/)
    expect(transports.pop()?.maxReceiveBytes).toBe(4 * MIB)
  })
})

describe('long polling of which nothing is said', () => {
  const open = (port: number): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/lp/open`, { method: 'POST', body: '{"protocols":["wamp.2.json"]}' })

  it('holds requests for 25 s, waits 60 s for the next, and 2 s for the last messages to be taken', async () => {
    const port = await http({ longPoll: { path: '/lp' } })
    expect(noted.sweeps).toContainEqual([25_000, 60_000, 2_000])
    noted.asked.length = 0
    await open(port)
    expect(noted.asked).toEqual([25_000, 60_000, 2_000])
    expect(transports.pop()?.maxReceiveBytes).toBe(4 * MIB)
  })

  it('has the times of its options', async () => {
    const port = await http({ longPoll: { path: '/lp', holdMs: 1_001, idleMs: 1_002 }, closeTimeoutMs: 1_003 })
    expect(noted.sweeps).toContainEqual([1_001, 1_002, 1_003])
    noted.asked.length = 0
    await open(port)
    expect(noted.asked).toEqual([1_001, 1_002, 1_003])
  })

  it('has places for 10,000 connections', async () => {
    const places = vi.fn<(most: number) => Places>(() => () => ({ limit: 'none' }))
    await http({ longPoll: { path: '/lp' }, places })
    await http({ longPoll: { path: '/lp', maxConnections: 7 }, places })
    expect(places.mock.calls).toEqual([[10_000], [7]])
  })
})

describe('a RawSocket listener that says nothing', () => {
  it('lets peers half close, and takes 10 s for TLS', async () => {
    await rawSocket()
    await rawSocket({ tls })
    expect(noted.servers).toEqual([{ allowHalfOpen: true }, { ...tlsOptionsOf(tls), allowHalfOpen: true, handshakeTimeout: 10_000 }])
  })

  it('waits 10 s for the handshake and 2 s for the end', async () => {
    await rawSocket()
    expect([noted.sweeps, noted.asked, noted.looks]).toEqual([[[10_000, 2_000]], [2_000, 10_000], [10_000]])
  })

  it('has the times of its options', async () => {
    await rawSocket({ handshakeTimeoutMs: 1_001, closeTimeoutMs: 1_002, tls })
    // With TLS each connection is also looked at for records without data, every second.
    expect([noted.sweeps, noted.asked, noted.looks]).toEqual([[[1_001, 1_002], [4_000]], [1_002, 1_001], [1_001]])
    expect(noted.servers).toMatchObject([{ handshakeTimeout: 1_001 }])
  })

  it('probes a silent peer after 15 s, and takes messages of 4 MiB', async () => {
    const probes = vi.spyOn(Socket.prototype, 'setKeepAlive')
    const port = await rawSocket()
    expect(await answered(port, '\u007f\u00f1\0\0')).toEqual(Buffer.of(0x7f, 0xd1, 0, 0))
    expect(transports.pop()?.maxReceiveBytes).toBe(4 * MIB)
    await answered(await rawSocket({ keepAliveMs: 7_000 }), '\u007f\u00f1\0\0')
    expect(probes.mock.calls).toEqual([
      [true, 15_000],
      [true, 7_000],
    ])
  })
})

it.each([
  ['an HTTP listener', http],
  ['a RawSocket listener', rawSocket],
])('%s has 4,096 connections wait until they are accepted, if nothing else is said', async (_, open) => {
  const listening = vi.spyOn(Server.prototype, 'listen')
  await open()
  await open({ backlog: 5 })
  expect(listening.mock.calls.map(([options]) => (options as { readonly backlog: number }).backlog)).toEqual([4_096, 5])
})
