// Shows what a router hands on to its doors, over real sockets: the proxies that it trusts and its limits; and that its end
// waits for no peer that is in the middle of something.

import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { selfSigned } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Visit } from './core/ports/index.ts'
import type { Refusal, RequestSource } from './listeners/listener.ts'
import type { Router } from './router.ts'
import { createRouter } from './router.ts'

const ANYWHERE = { host: '127.0.0.1', port: 0 }
const PROXY = 'PROXY TCP4 203.0.113.7 127.0.0.1 51234 8081\r\n'
const FORWARDED = 'X-Forwarded-For: 203.0.113.7\r\n'
const HELLO = '[1,"nowhere",{"roles":{"caller":{}}}]'
const HANDSHAKE = '\u007f\u00f1\0\0'
const LONG = 3_600_000

/** An upgrade and the HELLO behind it, masked with zeros. */
function webSocket(headers = ''): string {
  const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==']
  const head = `GET /ws HTTP/1.1\r\nHost: a\r\n${upgrade.join('\r\n')}\r\nSec-WebSocket-Protocol: wamp.2.json\r\n${headers}\r\n`
  return `${head}\u0081${String.fromCharCode(0x80 + HELLO.length)}\0\0\0\0${HELLO}`
}

const rawSocket = `${HANDSHAKE}\0\0\0${String.fromCharCode(HELLO.length)}${HELLO}`

let router: Router
let visits: Visit[]
let onVisit: (visit: Visit) => void
const sockets: Socket[] = []
beforeEach(() => {
  visits = []
  onVisit = () => undefined
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await router.close()
})

function start(trustedProxies: readonly string[] = []): void {
  router = createRouter({
    trustedProxies,
    access: (visit) => {
      visits.push(visit)
      onVisit(visit)
    },
  })
}

function open(address: string, octets: string): Socket {
  const socket = connect({ host: '127.0.0.1', port: Number(/:(\d+)/.exec(address)?.[1]) })
  sockets.push(socket)
  socket.on('error', () => undefined)
  socket.write(octets, 'latin1')
  return socket
}

/** Asks for a realm that does not exist; the address in the access log, undefined when the connection is closed without a line there. */
async function addressOf(address: string, octets: string): Promise<string | undefined> {
  const refused = new Promise((resolve) => (onVisit = resolve))
  const socket = open(address, octets).resume()
  await Promise.race([refused, once(socket, 'close')])
  socket.destroy()
  return visits.splice(0)[0]?.address
}

describe('the proxies that a router trusts', () => {
  it('are believed at an HTTP port, by headers and by the PROXY protocol', async () => {
    start(['127.0.0.1'])
    const { address } = await router.listenHttp({ ...ANYWHERE, rawSocket: true })
    expect(await addressOf(address, webSocket())).toBe('127.0.0.1')
    expect(await addressOf(address, webSocket(FORWARDED))).toBe('203.0.113.7')
    expect(await addressOf(address, PROXY + webSocket())).toBe('203.0.113.7')
    expect(await addressOf(address, PROXY + rawSocket)).toBe('203.0.113.7')
  })

  it('are believed by long polling', async () => {
    start(['127.0.0.1'])
    const { address } = await router.listenHttp({ ...ANYWHERE, longPoll: { path: '/lp' } })
    const base = address.replace('ws:', 'http:').replace('/ws', '/lp')
    const post = (path: string, body: string) =>
      fetch(`${base}/${path}`, { method: 'POST', headers: { 'X-Forwarded-For': '203.0.113.7' }, body })
    const { transport } = (await (await post('open', '{"protocols":["wamp.2.json"]}')).json()) as { transport: string }
    await post(`${transport}/send`, HELLO)
    expect(visits).toMatchObject([{ event: 'refused', transport: 'longpoll', address: '203.0.113.7' }])
    await post(`${transport}/receive`, '')
  })

  it('are believed when a request is judged', async () => {
    start(['127.0.0.1'])
    const seen: (string | undefined)[] = []
    const mayUpgrade = (_: unknown, { peer, address }: RequestSource): Refusal => {
      seen.push(address)
      return { status: 403, text: peer }
    }
    const { address } = await router.listenHttp({ ...ANYWHERE, longPoll: { path: '/lp' }, mayUpgrade })
    await addressOf(address, webSocket(FORWARDED))
    await addressOf(address, PROXY + webSocket())
    const polled = await fetch(address.replace(/^ws(.*)\/ws$/, 'http$1/lp/open'), {
      method: 'POST',
      headers: { Forwarded: 'for=203.0.113.8' },
    })
    expect([polled.status, await polled.text()]).toEqual([403, expect.stringMatching(/^127\.0\.0\.1:\d+\n$/)])
    expect(seen).toEqual(['203.0.113.7', '203.0.113.7', '203.0.113.8'])
  })

  it('are believed at a RawSocket port', async () => {
    start(['127.0.0.1'])
    const { address } = await router.listenRawSocket({ listen: ANYWHERE })
    expect(await addressOf(address, rawSocket)).toBe('127.0.0.1')
    expect(await addressOf(address, PROXY + rawSocket)).toBe('203.0.113.7')
  })

  it('are none by default', async () => {
    start()
    const { address } = await router.listenHttp(ANYWHERE)
    expect(await addressOf(address, webSocket(FORWARDED))).toBe('127.0.0.1')
    expect(await addressOf(address, PROXY + webSocket())).toBeUndefined()
  })
})

describe('the end of a router', () => {
  const patient = { headersTimeoutMs: LONG, requestTimeoutMs: LONG, handshakeTimeoutMs: LONG }
  const health = 'GET /health HTTP/1.1\r\nHost: a\r\n\r\n'

  it.each([
    ['half of the head of a request', 'GET /health HT'],
    ['a request without its body', 'POST /lp/open HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{"pro'],
    ['a request that no route has answered', 'GET /never HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['nothing more', ''],
  ])('waits for no HTTP client that sent %s', async (_, octets) => {
    start()
    const routes = ({ url }: { readonly url?: string | undefined }): boolean => url === '/never'
    const { address } = await router.listenHttp({ ...ANYWHERE, ...patient, longPoll: { path: '/lp' }, routes })
    const socket = open(address, health + octets)
    const ended = once(socket, 'close')
    await once(socket, 'data')
    await router.close()
    await ended
    expect(router.listeners).toEqual([])
  })

  it.each([
    ['RawSocket', 'two octets of its handshake', HANDSHAKE.slice(0, 2), {}],
    ['RawSocket', 'half of the header of its proxy', PROXY.slice(0, 9), { proxyProtocol: true }],
    ['RawSocket', 'nothing, before TLS', '', { tls: selfSigned() }],
    ['HTTP', 'half of the header of its proxy', PROXY.slice(0, 9), { proxyProtocol: true }],
    ['HTTP', 'nothing, before its protocol is known', '', { rawSocket: true }],
    ['HTTP', 'nothing, before TLS', '', { tls: selfSigned() }],
  ])('waits for no %s client that sent %s', async (door, _, octets, options) => {
    start(['127.0.0.1'])
    const { address } = await (door === 'HTTP'
      ? router.listenHttp({ ...ANYWHERE, ...patient, ...options })
      : router.listenRawSocket({ listen: ANYWHERE, ...patient, ...options }))
    const socket = open(address, octets)
    const ended = once(socket.resume(), 'close')
    await once(socket, 'connect')
    // A later connection was seen to its end: the router has taken the one before.
    await once(open(address, 'nonsense, and that is not what any door takes\r\n\r\n').resume(), 'close')
    await router.close()
    await ended
    expect(router.listeners).toEqual([])
  })
})

describe('the limits of a router', () => {
  it('hold for its doors, and those that are opened later', async () => {
    router = createRouter({ limits: { messageBytes: 1_024 } })
    const { address } = await router.listenRawSocket({ listen: ANYWHERE })
    const announced = async (at: string): Promise<unknown> => ((await once(open(at, HANDSHAKE), 'data')) as [Buffer])[0].toString('hex')
    expect(await announced(address)).toBe('7f110000')
    router.setLimits({ messageBytes: 2_048 })
    const { address: later } = await router.listenHttp({ ...ANYWHERE, rawSocket: true })
    expect([await announced(address), await announced(later)]).toEqual(['7f110000', '7f210000'])
  })
})
