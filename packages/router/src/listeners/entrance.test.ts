// Shows connections through proxies, over real sockets: the PROXY protocol, headers, Unix sockets, and what is distinguished by
// the first octet.

import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { request } from 'node:http'
import type { NetConnectOpts, Socket } from 'node:net'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectSecurely } from 'node:tls'

import { UsageError } from '@trunkline/protocol'
import { selfSigned } from '@trunkline/testkit'
import { afterEach, describe, expect, it } from 'vitest'

import type { Place, Transport, TransportOwner } from '../core/ports/index.ts'
import type { HttpOptions } from './http-server.ts'
import { createHttpListener } from './http-server.ts'
import type { Listener, ListenTarget } from './listener.ts'
import { createRawSocketListener } from './rawsocket-listener.ts'

const ANYWHERE = { host: '127.0.0.1', port: 0 }
const V1 = 'PROXY TCP4 203.0.113.7 127.0.0.1 51234 8081\r\n'
const V2 = Buffer.from('0d0a0d0a000d0a515549540a2111000ccb0071077f000001c8221f91', 'hex').toString('latin1')
const HANDSHAKE = '\u007f\u00f1\0\0'
const UPGRADE = [
  'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: wamp.2.json\r\n\r\n',
].join('\r\n')

const folder = mkdtempSync(join(tmpdir(), 'trunkline-entrance-'))
const open: Listener[] = []
const sockets: Socket[] = []
const accepted: Transport[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  accepted.length = 0
  for (const listener of open.splice(0)) {
    const closed = listener.close()
    listener.closeAll()
    await closed
  }
  rmSync(folder, { recursive: true, force: true })
})

const common = {
  accept: (transport: Transport) => {
    accepted.push(transport)
    return { onMessage() {}, onWrongKind() {}, onDrain() {}, onClose() {} }
  },
  onError: (error: unknown) => {
    throw error
  },
}

async function http(options: Partial<HttpOptions> = {}, target: ListenTarget = ANYWHERE): Promise<number> {
  const listener = await createHttpListener({ ...common, ...target, ...options })
  open.push(listener)
  return Number(/:(\d+)/.exec(listener.address)?.[1])
}

async function raw(options: Partial<HttpOptions> = {}): Promise<number> {
  const listener = await createRawSocketListener({ ...common, listen: ANYWHERE, ...options })
  open.push(listener)
  return Number(/:(\d+)$/.exec(listener.address)?.[1])
}

/** The first octets that come back; empty when the connection is closed without any. */
async function answerTo(octets: string, to: NetConnectOpts, isTls = false): Promise<string> {
  const socket = isTls ? connectSecurely({ ...to, rejectUnauthorized: false }) : connect(to)
  sockets.push(socket)
  socket.on('error', () => {})
  socket.write(octets, 'latin1')
  const [first] = (await Promise.race([once(socket, 'data'), once(socket, 'close')])) as [Buffer | boolean]
  return Buffer.isBuffer(first) ? first.toString('latin1') : ''
}

const STARTS = [
  ['RawSocket', raw, HANDSHAKE, /^\u007f/],
  ['WebSocket', http, UPGRADE, /^HTTP\/1.1 101/],
] as const

describe.each(STARTS)('%s behind the PROXY protocol', (_, listen, opening, accepting) => {
  it.each([V1, V2])('has the address of the client that a trusted proxy names', async (header) => {
    const port = await listen({ trustedProxies: ['127.0.0.1'], proxyProtocol: true })
    expect(await answerTo(header + opening, { port })).toMatch(accepting)
    expect(accepted[0]?.info).toMatchObject({ address: '203.0.113.7', peer: expect.stringMatching(/^127\.0\.0\.1:/) as string })
  })

  it('takes a header of a trusted proxy where one comes, also octet by octet, and needs none', async () => {
    const port = await listen({ trustedProxies: ['127.0.0.1'] })
    expect(await answerTo(opening, { port })).toMatch(accepting)
    const socket = connect({ port, noDelay: true })
    sockets.push(socket)
    for (const octet of V1 + opening) {
      socket.write(octet, 'latin1')
      await new Promise((resolve) => void setImmediate(resolve))
    }
    expect(String((await once(socket, 'data'))[0])).toMatch(accepting)
    expect(accepted.map(({ info }) => info.address)).toEqual(['127.0.0.1', '203.0.113.7'])
  })

  it('refuses who has none, or is not trusted, where it is demanded', async () => {
    const port = await listen({ trustedProxies: ['127.0.0.1'], proxyProtocol: true })
    expect(await answerTo(opening, { port })).toBe('')
    expect(await answerTo(`PROXY TCP4 nobody nobody 1 2\r\n${opening}`, { port })).toBe('')
    const stranger = await listen({ trustedProxies: ['10.0.0.1'], proxyProtocol: true })
    expect(await answerTo(V1 + opening, { port: stranger })).toBe('')
    expect(accepted).toEqual([])
  })

  it('believes no one where it is switched off, or who is not trusted', async () => {
    for (const options of [{}, { trustedProxies: ['10.0.0.1'] }, { trustedProxies: ['127.0.0.1'], proxyProtocol: false }]) {
      const port = await listen(options)
      expect(await answerTo(V1 + opening, { port })).not.toMatch(accepting)
    }
    expect(accepted).toEqual([])
  })

  it.each([false, true])('is named before TLS, whether that asks for certificates (%s) or not', async (requestCert) => {
    const tls = { ...selfSigned(), requestCert, rejectUnauthorized: false }
    const port = await listen({ trustedProxies: ['127.0.0.1'], proxyProtocol: true, tls })
    const plain = connect({ port })
    sockets.push(plain)
    plain.write(V2, 'latin1')
    const socket = connectSecurely({ socket: plain, rejectUnauthorized: false })
    socket.write(opening, 'latin1')
    expect(String((await once(socket, 'data'))[0])).toMatch(accepting)
    expect(accepted[0]?.info).toMatchObject({ address: '203.0.113.7', isSecure: true })
  })

  it('ends a connection that does not finish its header in time', async () => {
    const port = await listen({ trustedProxies: ['127.0.0.1'], headersTimeoutMs: 40, handshakeTimeoutMs: 40 })
    expect(await answerTo('PROXY TCP4', { port })).toBe('')
  })

  it('cannot be demanded without a proxy that is trusted', async () => {
    await expect(listen({ proxyProtocol: true })).rejects.toThrow(UsageError)
  })
})

describe('one place for WebSocket, RawSocket and HTTP', () => {
  it.each([
    ['in the open', undefined],
    ['inside TLS', selfSigned()],
  ])('tells them apart by the first octet, %s [AP-RAW-21]', async (_, tls) => {
    const port = await http({ rawSocket: true, tls })
    const isTls = tls !== undefined
    expect(await answerTo(HANDSHAKE, { port }, isTls)).toMatch(/^\u007f/)
    expect(await answerTo(UPGRADE, { port }, isTls)).toMatch(/^HTTP\/1.1 101/)
    expect(await answerTo('GET /health HTTP/1.1\r\nHost: a\r\n\r\n', { port }, isTls)).toMatch(/^HTTP\/1.1 200/)
    expect(accepted.map(({ info }) => info.kind)).toEqual(['rawsocket', 'websocket'])
  })

  it('does so behind the PROXY protocol', async () => {
    const port = await http({ rawSocket: true, trustedProxies: ['127.0.0.1'], proxyProtocol: true })
    for (const opening of [HANDSHAKE, UPGRADE]) await answerTo(V1 + opening, { port })
    expect(accepted.map(({ info }) => [info.kind, info.address])).toEqual([
      ['rawsocket', '203.0.113.7'],
      ['websocket', '203.0.113.7'],
    ])
  })

  it('ends who says nothing, and takes no RawSocket where it is not to', async () => {
    expect(await answerTo('', { port: await http({ rawSocket: true, headersTimeoutMs: 40 }) })).toBe('')
    expect(await answerTo(HANDSHAKE, { port: await http() })).toMatch(/^HTTP\/1.1 400/)
  })
})

describe('a Unix socket for WebSocket', () => {
  it('is there with the permissions that were asked for, and the proxy there names the client', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'trunkline-unix-')), 'w.sock')
    await http({ trustedProxies: ['unix'] }, { path, mode: 0o660 })
    expect(open[0]?.address).toBe(`ws+unix://${path}:/ws`)
    expect(statSync(path).mode & 0o777).toBe(0o660)
    const proxied = UPGRADE.replace('\r\n\r\n', '\r\nX-Forwarded-For: 203.0.113.7\r\n\r\n')
    expect(await answerTo(proxied, { path })).toMatch(/^HTTP\/1.1 101/)
    expect(accepted[0]?.info).toMatchObject({ peer: path, address: '203.0.113.7' })
  })

  it('with TLS hands on the place of each socket, and has the client that the proxy names before TLS', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'trunkline-unix-')), 's.sock')
    const [places, handed]: [Place[], (Place | undefined)[]] = [[], []]
    const arrive = (): Place => {
      const place = { take: none, yieldBy() {}, release() {}, beginTls: none, connect: none, moveTo: none, leave() {} }
      places.push(place)
      return place
    }
    const accept = (transport: Transport, place?: Place): TransportOwner => {
      handed.push(place)
      return common.accept(transport)
    }
    await http({ trustedProxies: ['unix'], proxyProtocol: true, tls: selfSigned(), arrive, accept }, { path })
    const secured = Array.from({ length: 2 }, () => {
      const plain = connect({ path })
      sockets.push(plain)
      plain.write(V1, 'latin1')
      return connectSecurely({ socket: plain, rejectUnauthorized: false })
    })
    await Promise.all(secured.map((socket) => once(socket, 'secureConnect')))
    for (const socket of secured.toReversed()) {
      socket.write(UPGRADE, 'latin1')
      await once(socket, 'data')
    }
    // Each had two: one of the proxy, until its header had come, and one of the client.
    expect(handed.map((place) => places.indexOf(place as Place))).toEqual([3, 2])
    expect(accepted.map(({ info }) => info.address)).toEqual(['203.0.113.7', '203.0.113.7'])
  })
})

const none = (): undefined => undefined

describe('a listener that drains', () => {
  it('tells health and opens nothing more', async () => {
    const port = await http({ rawSocket: true, longPoll: { path: '/lp' }, health: () => ({ isOk: false }) })
    open[0]?.drain()
    expect(await answerTo(UPGRADE, { port })).toMatch(/^HTTP\/1.1 503/)
    expect(await answerTo(HANDSHAKE, { port })).toBe('')
    const statuses = await Promise.all(
      ['GET /health/ready', 'GET /health/live', 'POST /lp/open'].map(async (line) => {
        const [method, path] = line.split(' ')
        const [response] = (await once(request({ port, method, path }).end(), 'response')) as [{ statusCode: number; resume(): void }]
        response.resume()
        return response.statusCode
      }),
    )
    expect(statuses).toEqual([503, 200, 503])
  })
})

describe('a listener without paths', () => {
  it('serves health alone', async () => {
    const port = await http({ paths: [] })
    expect(open[0]?.address).toBe(`http://127.0.0.1:${port}/`)
    expect(await answerTo('GET /health HTTP/1.1\r\nHost: a\r\n\r\n', { port })).toMatch(/^HTTP\/1.1 200/)
    expect(await answerTo('GET / HTTP/1.1\r\nHost: a\r\n\r\n', { port })).toMatch(/^HTTP\/1.1 404/)
    expect(await answerTo(UPGRADE, { port })).toMatch(/^HTTP\/1.1 404/)
  })
})
