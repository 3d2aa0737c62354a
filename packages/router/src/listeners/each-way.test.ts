// Shows what holds for connections of every kind of listener: which ones it admits, and what it reports of those that it has no
// room for.

import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { Transport, TransportOwner } from '../core/ports/index.ts'
import type { HttpOptions } from './http-server.ts'
import { createHttpListener } from './http-server.ts'
import type { Listener, RefusedConnection } from './listener.ts'
import type { RawSocketListenerOptions } from './rawsocket-listener.ts'
import { createRawSocketListener } from './rawsocket-listener.ts'

const ANYWHERE = { host: '127.0.0.1', port: 0 }
const HANDSHAKE = '\u007f\u00f1\0\0'
const UPGRADE = [
  'GET /ws HTTP/1.1',
  'Host: a',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
]
const OPENING = '{"protocols":["wamp.2.json"]}'

const listeners: Listener[] = []
const sockets: Socket[] = []
const transports: Transport[] = []
afterEach(async () => {
  const closed = listeners.map((listener) => listener.close())
  for (const listener of listeners.splice(0)) listener.closeAll()
  for (const socket of sockets.splice(0)) socket.destroy()
  transports.length = 0
  await Promise.all(closed)
})

function accept(transport: Transport): TransportOwner {
  transports.push(transport)
  return { onMessage() {}, onWrongKind() {}, onDrain() {}, onClose() {} }
}

const onError = (error: unknown): void => expect.fail(String(error))
const http = (options: Partial<HttpOptions>): Promise<Listener> =>
  createHttpListener({ ...ANYWHERE, accept, onError, rawSocket: true, longPoll: { path: '/lp' }, ...options })
const rawSocket = (options: Partial<RawSocketListenerOptions>): Promise<Listener> =>
  createRawSocketListener({ listen: ANYWHERE, accept, onError, ...options })
const subprotocol = (name: string): string => `${[...UPGRADE, `Sec-WebSocket-Protocol: ${name}`].join('\r\n')}\r\n\r\n`

/** Each way: the listener, what is sent there to open a connection, and how the answer begins to one that finds no room. */
const WAYS = [
  ['WebSocket', http, subprotocol('wamp.2.json'), 'HTTP/1.1 503'],
  ['batched WebSocket', http, subprotocol('wamp.2.json.batched'), 'HTTP/1.1 503'],
  ['long polling', http, `POST /lp/open HTTP/1.1\r\nHost: a\r\nContent-Length: ${OPENING.length}\r\n\r\n${OPENING}`, 'HTTP/1.1 503'],
  ['RawSocket at an HTTP port', http, HANDSHAKE, '\u007f\u0040\0\0'],
  ['RawSocket', rawSocket, HANDSHAKE, '\u007f\u0040\0\0'],
] as const

async function opened(listening: Promise<Listener>): Promise<Listener> {
  const listener = await listening
  listeners.push(listener)
  return listener
}

/** Sends octets over a connection of its own; the answer, and the address and port that it came from. */
async function ask({ address }: Listener, octets: string): Promise<{ readonly answer: string; readonly from: AddressInfo }> {
  const socket = connect({ host: '127.0.0.1', port: Number(/:(\d+)/.exec(address)?.[1]) })
  sockets.push(socket)
  socket.on('error', () => {})
  socket.write(octets, 'latin1')
  const [answer] = (await once(socket, 'data')) as [Buffer]
  return { answer: answer.toString('latin1'), from: socket.address() as AddressInfo }
}

describe.each(WAYS)('connections by %s', (_, open, octets, refusal) => {
  it('are known with whom their listener lets in, and with what it says of that later', async () => {
    const [logins, others] = [{ realms: ['realm1'] }, { methods: ['ticket'] }]
    const listener = await opened(open({ logins }))
    await ask(listener, octets)
    listener.change({ logins: others })
    await ask(listener, octets)
    listener.change({ logins: undefined })
    await ask(listener, octets)
    expect(transports.map(({ info }) => info.logins)).toEqual([logins, others, undefined])
  })

  it('are refused where there is no room for one more that has not logged in, asked for by its address', async () => {
    const asked: unknown[] = []
    const hasRoom = (address: string | undefined): boolean => asked.push(address) > 1
    const listener = await opened(open({ hasRoom }))
    expect((await ask(listener, octets)).answer.slice(0, refusal.length)).toBe(refusal)
    expect(transports).toEqual([])
    expect((await ask(listener, octets)).answer.slice(0, refusal.length)).not.toBe(refusal)
    expect([transports.length, asked]).toEqual([1, ['127.0.0.1', '127.0.0.1']])
  })

  it('are told of when there are too many, with their peer', async () => {
    const refused: RefusedConnection[] = []
    const longPoll = { path: '/lp', maxConnections: 1 }
    const listener = await opened(open({ maxConnections: 1, longPoll, onRefused: (each) => refused.push(each) }))
    await ask(listener, octets)
    expect(refused).toEqual([])
    const { answer, from } = await ask(listener, octets)
    expect(answer.slice(0, refusal.length)).toBe(refusal)
    const told = { peer: `127.0.0.1:${from.port}`, address: '127.0.0.1', text: 'too many connections' }
    expect(refused).toEqual([refusal.startsWith('HTTP') ? { ...told, status: 503 } : told])
    expect(transports).toHaveLength(1)
  })

  it('are told of when too many have not logged in', async () => {
    const refused: RefusedConnection[] = []
    const listener = await opened(open({ hasRoom: () => false, onRefused: (each) => refused.push(each) }))
    const { from } = await ask(listener, octets)
    expect(refused).toMatchObject([
      { peer: `127.0.0.1:${from.port}`, address: '127.0.0.1', text: expect.stringMatching(/^too many connections/) as string },
    ])
  })

  it('are told of by the address that a trusted proxy names', async () => {
    const refused: RefusedConnection[] = []
    const trustedProxies = ['127.0.0.1']
    const listener = await opened(open({ trustedProxies, hasRoom: () => false, onRefused: (each) => refused.push(each) }))
    const forwarded = octets.startsWith(HANDSHAKE)
      ? `PROXY TCP4 203.0.113.7 127.0.0.1 51234 8081\r\n${octets}`
      : octets.replace('Host: a', 'Host: a\r\nX-Forwarded-For: 203.0.113.7')
    const { from } = await ask(listener, forwarded)
    expect(refused).toMatchObject([{ peer: `127.0.0.1:${from.port}`, address: '203.0.113.7' }])
  })
})
