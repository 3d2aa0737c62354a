// Shows all that a router hands on to the listeners that it opens, and that what the caller says goes before it.

import { createConverter, createJsonSerializer } from '@trunkline/protocol'
import type { TransportInfo } from '@trunkline/router'
import { ALLOW_ALL, TestPeer } from '@trunkline/testkit'
import { RecordingLog } from '@trunkline/testing/ports'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { HttpListenerOptions } from './listeners/http-server.ts'
import type { Listener } from './listeners/listener.ts'
import type { Router } from './router.ts'
import { createRouter } from './router.ts'

const opened = vi.hoisted(() => ({ options: [] as unknown[] }))
const LISTENER: Listener = { address: '', drain() {}, close: () => Promise.resolve(), closeAll() {}, change() {} }
vi.mock('./listeners/http-server.ts', () => ({ createHttpListener: open }))
vi.mock('./listeners/rawsocket-listener.ts', () => ({ createRawSocketListener: open }))

function open(options: unknown): Promise<Listener> {
  opened.options.push(options)
  return Promise.resolve(LISTENER)
}

const ANYWHERE = { host: '127.0.0.1', port: 0 }
const INFO: TransportInfo = { kind: 'websocket', peer: 'peer', isSecure: true, address: '192.0.2.1' }
const LIMITS = { pingMs: 1_111, silenceMs: 2_222, messageBytes: 3_333, connectionsBeforeLoginPerAddress: 1 }

let router: Router
let log: RecordingLog
beforeEach(() => {
  log = new RecordingLog()
  router = createRouter({ log, limits: LIMITS, trustedProxies: ['192.0.2.9'], realms: { a: { roles: { r: ALLOW_ALL } } } })
})
afterEach(() => router.close())

/** What a listener was given. */
async function given(listening: Promise<unknown>): Promise<HttpListenerOptions> {
  await listening
  return opened.options.pop() as HttpListenerOptions
}

describe.each([
  ['an HTTP listener', (more?: object) => router.listenHttp({ ...ANYWHERE, ...more })],
  ['a RawSocket listener', (more?: object) => router.listenRawSocket({ listen: ANYWHERE, ...more })],
])('%s of a router', (_, listen) => {
  it('has the limit of messages and the proxies of the router, if it is given no others', async () => {
    expect(await given(listen())).toMatchObject({ maxMessageBytes: 3_333, trustedProxies: ['192.0.2.9'] })
    const own = { maxMessageBytes: 4_444, trustedProxies: [] }
    expect(await given(listen(own))).toMatchObject(own)
  })

  it('tells the router whom it refused, and of its faults', async () => {
    const { onRefused, onError } = await given(listen())
    onRefused?.({ peer: 'peer', text: 'too many connections' })
    expect(router.counters).toMatchObject({ limitsHit: 1, faults: 0 })
    onError(new Error('broken'))
    expect(router.counters).toMatchObject({ limitsHit: 1, faults: 1 })
    expect(log.lines[0]).toEqual({ event: 'connection refused', fields: { area: 'listeners', peer: 'peer', text: 'too many connections' } })
  })

  it('asks the router for the places of sockets, and then of connections, which it hands over', async () => {
    const { accept, arrive, hasRoom, places } = await given(listen())
    expect(arrive?.('192.0.2.1')).not.toHaveProperty('limit')
    expect(arrive?.('192.0.2.1')).toHaveProperty('limit')
    const peer = new TestPeer(createJsonSerializer({ convert: createConverter() }), () => undefined, 'peer')
    Object.assign(peer, { info: INFO })
    peer.opened(accept(peer))
    expect([hasRoom?.('192.0.2.1'), hasRoom?.('192.0.2.2')]).toEqual([false, true])
    peer.drop()
    expect(hasRoom?.('192.0.2.1')).toBe(true)
    const place = places?.(2)
    expect(['192.0.2.1', '192.0.2.1'].map((address) => 'limit' in (place?.(address) ?? {}))).toEqual([false, true])
  })
})

describe('an HTTP listener of a router', () => {
  it('pings and gives up by the limits of the router as they are then, if it is given no others', async () => {
    expect(await given(router.listenHttp(ANYWHERE))).toMatchObject({ pingIntervalMs: 1_111, deadAfterMs: 2_222 })
    router.setLimits({ pingMs: 0 })
    expect(await given(router.listenHttp(ANYWHERE))).toMatchObject({ pingIntervalMs: 0, deadAfterMs: 30_000 })
    expect(await given(router.listenHttp({ ...ANYWHERE, pingIntervalMs: 5, deadAfterMs: 6 }))).toMatchObject({
      pingIntervalMs: 5,
      deadAfterMs: 6,
    })
  })

  it('is well until the router is about to stop', async () => {
    const { health } = await given(router.listenHttp(ANYWHERE))
    expect(health?.()).toEqual({ isOk: true })
    void router.drain()
    expect(health?.()).toEqual({ isOk: false })
    const own = { isOk: false, details: { disk: 'full' } }
    expect((await given(router.listenHttp({ ...ANYWHERE, health: () => own }))).health?.()).toBe(own)
  })

  it('sets the cookies that realms issue', async () => {
    router.addRealm('b', {
      roles: { r: ALLOW_ALL },
      authentication: { cookie: { name: 'id', origins: ['https://a.example'], issued: {} } },
    })
    const { issueCookies } = await given(router.listenHttp(ANYWHERE))
    expect(issueCookies?.({ ...INFO, origin: 'https://a.example' }).map(({ name }) => name)).toEqual(['id'])
  })
})
