// Shows that sockets are bounded from their first moment, before TLS and HTTP, and that the socket of a known peer takes no place.

import { createHook } from 'node:async_hooks'
import { once } from 'node:events'
import { connect, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls, TLSSocket } from 'node:tls'
import { rawSocketRequest } from '@trunkline/protocol'
import type { Listener, Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { OPEN_REALM, selfSigned } from '@trunkline/testkit'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { DatalessRecords } from './dataless-records.ts'
import { octetsOfTls } from './socket-under.ts'
import { REQUEST } from '../testing/websocket-scene.ts'

const LOOPBACK = { host: '127.0.0.1', port: 0 }
/** As many are left for others as one address has: of two places an address has one. */
const ONE_EACH = { connectionsBeforeLogin: 2 }
const UPGRADE = `${REQUEST}Sec-WebSocket-Protocol: wamp.2.json\r\n\r\n`
const HEALTH = 'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n'

let router: Router
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await router.close()
})

function start(limits: object): void {
  router = createRouter({ realms: { realm1: OPEN_REALM }, limits })
}

function open({ address }: Listener): Socket {
  const socket = connect({ port: Number(new URL(address.replace(/^\w+:/, 'http:')).port), host: '127.0.0.1' })
  socket.on('error', () => {})
  sockets.push(socket)
  return socket
}

/** Waits until a socket got a text, or was ended. */
async function seen(socket: Socket, until: string): Promise<string> {
  let all = ''
  while (!all.includes(until)) {
    const [chunk] = (await Promise.race([once(socket, 'data'), once(socket, 'close')])) as [unknown]
    if (!(chunk instanceof Buffer)) return 'ended'
    all += chunk.toString('latin1')
  }
  return all
}

const said = (socket: Socket, text: string | Uint8Array, until: string): Promise<string> => {
  socket.write(text)
  return seen(socket, until)
}

/** The head of a request for a long-poll connection, whose body has so many octets. */
function head(path: string, octets: number, more = ''): string {
  return `POST /lp/${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${octets}\r\n${more}\r\n`
}

const EXPECTING = 'Expect: 100-continue\r\n'

/** Opens a long-poll connection; returns its id. */
async function opened(socket: Socket): Promise<string> {
  const body = '{"protocols":["wamp.2.json"]}'
  const answer = await said(socket, `${head('open', body.length)}${body}`, '}')
  return /"transport":"([^"]+)"/.exec(answer)?.[1] ?? ''
}

/** A long-poll connection with a request that does not come whole, so that the next has to wait, and all behind it. */
async function unfinished(): Promise<{ readonly listener: Listener; readonly id: string }> {
  const listener = await router.listenHttp({ ...LOOPBACK, longPoll: { path: '/lp' }, closeTimeoutMs: 100 })
  const id = await opened(open(listener))
  await said(open(listener), head(`${id}/send`, 9, EXPECTING), '100 Continue')
  return { listener, id }
}

describe('a socket that has not logged in', () => {
  it.each([
    ['HTTP', (): Promise<Listener> => router.listenHttp(LOOPBACK)],
    ['RawSocket', (): Promise<Listener> => router.listenRawSocket({ listen: LOOPBACK })],
    ['HTTP and RawSocket', (): Promise<Listener> => router.listenHttp({ ...LOOPBACK, rawSocket: true })],
    ['TLS', (): Promise<Listener> => router.listenHttp({ ...LOOPBACK, tls: selfSigned('localhost') })],
    ['RawSocket over TLS', (): Promise<Listener> => router.listenRawSocket({ listen: LOOPBACK, tls: selfSigned('localhost') })],
  ])('has a place before it says anything, and one without is ended: %s', async (_, listen) => {
    start(ONE_EACH)
    const listener = await listen()
    const first = open(listener)
    await once(first, 'connect')
    await once(open(listener), 'close')
    expect([first.destroyed, router.counters.connectionsRefused]).toEqual([false, 1])
  })

  it('is not read when its peer had broken it before it was accepted: its octets would count to no address', async () => {
    start({})
    const listener = await router.listenRawSocket({ listen: LOOPBACK })
    // By this Node asks the system, which knows no peer of a socket that is broken.
    const asked = vi.spyOn(Socket.prototype as unknown as { _getpeername: () => object }, '_getpeername').mockReturnValue({})
    expect(await said(open(listener), rawSocketRequest('json', 15), '\u007f')).toBe('ended')
    asked.mockRestore()
  })

  it('at a Unix socket has no more places than are left for others, also as a connection', async () => {
    start({ connectionsBeforeLogin: 4 })
    const path = join(tmpdir(), `trunkline-${process.pid}-${Date.now()}.sock`)
    await router.listenRawSocket({ listen: { path } })
    const tcp = await router.listenRawSocket({ listen: LOOPBACK })
    const come = async (socket: Socket): Promise<string> => {
      sockets.push(socket.on('error', () => {}))
      const answer = await said(socket, rawSocketRequest('json', 24), '\x7f')
      // Of a refusal the second half of the octet is 0.
      return (answer.charCodeAt(1) & 0x0f) === 1 ? 'placed' : 'refused'
    }
    const local: string[] = []
    for (let i = 0; i < 3; i++) local.push(await come(connect({ path })))
    expect([...local, await come(open(tcp))]).toEqual(['placed', 'placed', 'refused', 'placed'])
  })

  it('gives its place back when it goes, and when it has become a connection', async () => {
    start(ONE_EACH)
    const listener = await router.listenRawSocket({ listen: LOOPBACK })
    for (let i = 0; i < 3; i++) {
      const socket = open(listener)
      socket.end()
      await once(socket, 'close')
    }
    expect(await said(open(listener), rawSocketRequest('json', 24), '\x7f')).toContain('\x7f')
    expect((await said(open(listener), rawSocketRequest('json', 24), '\x7f')).length).toBe(4)
  })

  it.each([
    ['WebSocket', (): Promise<Listener> => router.listenHttp(LOOPBACK), UPGRADE],
    ['RawSocket', (): Promise<Listener> => router.listenRawSocket({ listen: LOOPBACK }), rawSocketRequest('json', 24)],
    ['WebSocket over TLS', (): Promise<Listener> => router.listenHttp({ ...LOOPBACK, tls: selfSigned('localhost') }), UPGRADE],
    [
      'with client certificates, WebSocket over TLS',
      (): Promise<Listener> => router.listenHttp({ ...LOOPBACK, tls: { ...selfSigned(), requestCert: true, rejectUnauthorized: false } }),
      UPGRADE,
    ],
  ])('hands its place on to its connection, which gives it back when it goes: %s', async (name, listen, opening) => {
    start(ONE_EACH)
    const listener = await listen()
    for (let i = 0; i < 3; i++) {
      let refused = true
      while (refused) {
        const bare = open(listener)
        const socket = name.endsWith('TLS') ? connectTls({ socket: bare, rejectUnauthorized: false }).on('error', () => {}) : bare
        refused = /^ended$|^HTTP\/1\.1 503|^\x7f\x40/.test(await said(socket, opening, name === 'RawSocket' ? '\x7f' : '\r\n\r\n'))
        bare.destroy()
      }
    }
    expect(router.counters.faults).toBe(0)
  })

  it('gives its place back when its connection cannot be accepted', async () => {
    start(ONE_EACH)
    const listener = await router.listenRawSocket({ listen: LOOPBACK })
    const accept = vi.spyOn(router, 'accept').mockImplementationOnce(() => {
      throw new Error('a fault')
    })
    await once(open(listener).resume().end(rawSocketRequest('json', 24)), 'close')
    expect(accept).toHaveBeenCalledOnce()
    // Of a refusal the second half of the octet is 0.
    expect((await said(open(listener), rawSocketRequest('json', 24), '\x7f')).charCodeAt(1) & 0x0f).toBe(1)
  })

  it('is ended when the head of its request, which has no end, is more than may be held', async () => {
    start({ beforeLoginTotalBytes: 20_000 })
    const listener = await router.listenHttp(LOOPBACK)
    // Newer versions of Node notice the number of headers first.
    const endless = `GET / HTTP/1.1\r\nHost: localhost\r\n${'a:\r\n'.repeat(2_600)}`
    expect(await said(open(listener), endless, '\n')).toMatch(/^ended$|^HTTP\/1\.1 431 /)
    expect(await said(open(listener), HEALTH, '200 OK')).toContain('200 OK')
  })

  it('is ended when so much comes behind a whole request, in the same octets or later', async () => {
    start({ beforeLoginTotalBytes: 20_000 })
    const listener = await router.listenHttp(LOOPBACK)
    const first = open(listener)
    const pad = `GET / HTTP/1.1\r\nHost: localhost\r\nx: ${'y'.repeat(6_000)}`
    await said(first, HEALTH + pad, '200 OK')
    expect(await said(first, 'y'.repeat(6_000), '408')).toBe('ended')
  })

  it('is ended with 431 when it sends more headers than may be, of which no more are kept', async () => {
    start({})
    const listener = await router.listenHttp(LOOPBACK)
    expect(await said(open(listener), `GET /health HTTP/1.1\r\nHost: x\r\n${'a:\r\n'.repeat(5_000)}\r\n`, '\r\n')).toContain('431')
  })

  it.each([false, true])('is watched for TLS records without data, asked for a certificate (%s) or not', async (requestCert) => {
    start({})
    const watch = vi.spyOn(DatalessRecords.prototype, 'watch')
    const tls = { ...selfSigned(), requestCert, rejectUnauthorized: false }
    const listener = await router.listenHttp({ ...LOOPBACK, tls })
    const client = connectTls({ socket: open(listener), rejectUnauthorized: false })
    expect(await said(client, HEALTH, '200 OK')).toContain('200 OK')
    const [secured] = watch.mock.lastCall ?? []
    watch.mockRestore()
    expect([secured instanceof TLSSocket, secured?.bytesRead]).toEqual([true, HEALTH.length])
    expect(secured && octetsOfTls(secured)).toBeGreaterThan(HEALTH.length + 200)
  })

  it('costs no TLS session until a whole record has come', async () => {
    start({})
    const listener = await router.listenHttp({ ...LOOPBACK, tls: selfSigned('localhost') })
    let made = 0
    const hook = createHook({ init: (_id, type) => void (type === 'TLSWRAP' && made++) }).enable()
    const part = open(listener)
    part.write(Buffer.from('1603010200010001fc0303', 'hex'))
    await once(part, 'connect')
    const whole = connectTls({ socket: open(listener), rejectUnauthorized: false })
    expect(await said(whole, HEALTH, '200 OK')).toContain('200 OK')
    hook.disable()
    // That of the test and that of the router.
    expect([made, part.destroyed]).toEqual([2, false])
  })

  it('is ended when its first TLS record, which has not come whole, is more than may be held', async () => {
    start({ beforeLoginTotalBytes: 20_000 })
    const listener = await router.listenHttp({ ...LOOPBACK, tls: selfSigned('localhost') })
    const record = Buffer.concat([Buffer.from('1603013fff01003ffb', 'hex'), Buffer.alloc(11_000)])
    expect(await said(open(listener), record, 'anything')).toBe('ended')
    expect(router.counters.connectionsRefused).toBe(1)
    const whole = connectTls({ socket: open(listener), rejectUnauthorized: false })
    expect(await said(whole, HEALTH, '200 OK')).toContain('200 OK')
  })

  it.each([
    ['a ClientHello longer than a record', '1603010005010080000a'],
    ['another message', '160301000502000100aa'],
    ['a part of a ClientHello without its length', '16030100020100'],
  ])('costs no TLS session when it begins with %s', async (_, record) => {
    start({})
    const listener = await router.listenHttp({ ...LOOPBACK, tls: selfSigned('localhost') })
    let made = 0
    const hook = createHook({ init: (_id, type) => void (type === 'TLSWRAP' && made++) }).enable()
    expect(await said(open(listener), Buffer.from(record, 'hex'), 'anything')).toBe('ended')
    hook.disable()
    expect(made).toBe(0)
  })

  it.each([0x00, 0x17, 0x80, 0x47])('costs no TLS session when it does not begin with a handshake: %i', async (first) => {
    start({})
    const listener = await router.listenRawSocket({ listen: LOOPBACK, tls: selfSigned('localhost') })
    let made = 0
    const hook = createHook({ init: (_id, type) => void (type === 'TLSWRAP' && made++) }).enable()
    expect(await said(open(listener), Buffer.of(first), 'anything')).toBe('ended')
    hook.disable()
    expect(made).toBe(0)
  })

  it('begins TLS only where there is a place for that, one in five', async () => {
    start({ connectionsBeforeLogin: 10 })
    const listener = await router.listenHttp({ ...LOOPBACK, tls: selfSigned('localhost') })
    const begin = (): { socket: Socket; isSecure: Promise<boolean> } => {
      const socket = connectTls({ socket: open(listener), rejectUnauthorized: false })
      const isSecure = new Promise<boolean>((resolve) => {
        socket.on('secureConnect', () => resolve(true)).on('error', () => resolve(false))
      })
      return { socket, isSecure }
    }
    const first = begin()
    expect([await first.isSecure, await begin().isSecure]).toEqual([true, false])
    expect([first.socket.destroyed, router.counters.connectionsRefused]).toEqual([false, 1])
    first.socket.destroy()
    while (!(await begin().isSecure));
  })

  it('may ask again and again on one connection, over TLS too', async () => {
    start(ONE_EACH)
    const listener = await router.listenHttp(LOOPBACK)
    const socket = open(listener)
    for (let i = 0; i < 3; i++) expect(await said(socket, HEALTH, '}\n')).toContain('200 OK')
    const secure = await router.listenHttp({ ...LOOPBACK, tls: selfSigned('localhost') })
    socket.end()
    await once(socket, 'close')
    const whole = connectTls({ socket: open(secure), rejectUnauthorized: false })
    for (let i = 0; i < 3; i++) expect(await said(whole, HEALTH, '}\n')).toContain('200 OK')
  })

  it('takes no place while a receive request of a long-poll client is held', async () => {
    start(ONE_EACH)
    const listener = await router.listenHttp({ ...LOOPBACK, longPoll: { path: '/lp' }, closeTimeoutMs: 100 })
    const post = (path: string, body: string): string => `${head(path, body.length)}${body}`
    const polling = open(listener)
    const id = await opened(polling)
    await said(polling, post(`${id}/send`, '[1,"realm1",{"roles":{"caller":{}}}]'), '202')
    await said(polling, post(`${id}/receive`, ''), '[2,')
    // Between its requests it is as any other socket.
    expect(await said(open(listener), HEALTH, '}\n')).toBe('ended')
    polling.write(post(`${id}/receive`, ''))
    let answer = 'ended'
    while (answer === 'ended') answer = await said(open(listener), HEALTH, '}\n')
    expect(answer).toContain('200 OK')
    // Its client does not answer a GOODBYE.
    router.setLimits({ goodbyeMs: 100 })
  })

  it('takes one while it sends to a long-poll connection on which no session is open', async () => {
    start(ONE_EACH)
    const listener = await router.listenHttp({ ...LOOPBACK, longPoll: { path: '/lp' }, closeTimeoutMs: 100 })
    const sending = open(listener)
    const id = await opened(sending)
    await said(sending, head(`${id}/send`, 1_000, EXPECTING), '100 Continue')
    expect(await said(open(listener), HEALTH, '}\n')).toBe('ended')
    expect(sending.destroyed).toBe(false)
  })

  it.each([
    ['behind a receive request, which takes no place', 'receive'],
    ['behind a request that waits for the one before it', 'send'],
  ])('is ended when it sends more than may be held before a login, %s', async (_, what) => {
    start({ beforeLoginTotalBytes: 40_000 })
    const { listener, id } = await unfinished()
    const socket = open(listener)
    socket.write(head(`${id}/${what}`, 0))
    // Of the receive request, which is answered then, the connection is ended, and not the socket.
    const ended = seen(socket, '[3,')
    for (let i = 0; i < 5; i++) {
      if (socket.writable) socket.write(head('x/send', 0, `x: ${'y'.repeat(6_000)}\r\n`))
      // So that each of them is read by itself.
      await said(open(listener), HEALTH, '200 OK')
    }
    expect(await ended).toMatch(what === 'receive' ? /^ended$|octets before login/ : /^ended$/)
    expect(router.counters.connectionsRefused).toBeGreaterThan(0)
  })

  it('is ended when requests wait whose memory is more than may be held, however short they are', async () => {
    start({ beforeLoginTotalBytes: 65_536 })
    const { listener, id } = await unfinished()
    const socket = open(listener)
    const ended = new Promise((resolve) => socket.once('close', resolve))
    socket.write(`${head(`${id}/send`, 0)}${HEALTH.repeat(24)}`)
    await ended
    expect(socket.bytesRead).toBe(0)
    expect(router.counters.connectionsRefused).toBeGreaterThan(0)
  })
})
