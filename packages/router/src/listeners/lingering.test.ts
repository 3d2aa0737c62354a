// Shows that sockets count whose connections have ended, until they are closed: clients that stay do not use up the descriptors.

import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { rawSocketRequest } from '@trunkline/protocol'
import type { Listener, Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { OPEN_REALM } from '@trunkline/testkit'
import { afterEach, expect, it } from 'vitest'
import { REQUEST } from '../testing/websocket-scene.ts'

/** Of four places an address has two. */
const TWO_EACH = { connectionsBeforeLogin: 4 }
/** So long that a socket which goes earlier has made room. */
const LOOPBACK = { host: '127.0.0.1', port: 0, closeTimeoutMs: 600_000 }
const UPGRADE = Buffer.from(`${REQUEST}Sec-WebSocket-Protocol: wamp.2.json\r\n\r\n`)
const HELLO = '[1,"realm1",{"roles":{"caller":{}}}]'

let router: Router
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await router.close()
})

/** A client that does not end its side. Resolves when the router has ended its own. */
function stay({ address }: Listener, octets: Uint8Array): Promise<Socket> {
  const port = Number(new URL(address.replace(/^\w+:/, 'http:')).port)
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  sockets.push(socket)
  socket.on('error', () => {}).write(octets)
  return new Promise((resolve) => socket.on('data', (data) => data.includes('\x88') && resolve(socket)).on('end', () => resolve(socket)))
}

/** How many of the clients find, as they write, that the router has closed their sockets. */
function closed(): number {
  for (const socket of sockets) if (socket.writable) socket.write(Buffer.alloc(1))
  return sockets.filter((socket) => socket.destroyed).length
}

function rawSocketFrame(kind: number, text: string): Buffer {
  return Buffer.concat([Buffer.from([kind, 0, 0, text.length]), Buffer.from(text)])
}

/** A masked frame, the key 00 00 00 00. */
function webSocketFrame(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 + text.length, 0, 0, 0, 0]), Buffer.from(text)])
}

it.each([
  [
    'RawSocket',
    (): Promise<Listener> => router.listenRawSocket({ listen: LOOPBACK, closeTimeoutMs: 600_000 }),
    [rawSocketRequest('json', 24)],
  ],
  [
    'RawSocket after a login',
    (): Promise<Listener> => router.listenRawSocket({ listen: LOOPBACK, closeTimeoutMs: 600_000 }),
    [rawSocketRequest('json', 24), rawSocketFrame(0, HELLO)],
  ],
  ['WebSocket', (): Promise<Listener> => router.listenHttp(LOOPBACK), [UPGRADE]],
  ['WebSocket after a login', (): Promise<Listener> => router.listenHttp(LOOPBACK), [UPGRADE, webSocketFrame(HELLO)]],
])('of clients that break the protocol and stay, those that linger longest are closed: %s', async (name, listen, opening) => {
  router = createRouter({ realms: { realm1: OPEN_REALM }, limits: TWO_EACH })
  const listener = await listen()
  const fault = name.startsWith('Raw') ? rawSocketFrame(0xff, 'x') : Buffer.from([0xff, 0x80, 0, 0, 0, 0])
  for (let i = 0; i < 6; i++) await stay(listener, Buffer.concat([...opening, fault]))
  await expect.poll(closed).toBe(4)
  expect(sockets.slice(4).map((socket) => socket.destroyed)).toEqual([false, false])
  expect(router.counters.faults).toBe(0)
})
