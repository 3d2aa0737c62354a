// Shows that each option of a listener's configuration reaches the router.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Log, LogFields, MetricsAccess, RouteHandler, Router } from '@trunkline/router'
import { RecordingLog } from '@trunkline/testing/ports'
import { describe, expect, it } from 'vitest'
import type { DashboardConfig, HealthConfig, ListenerConfig, MetricsConfig, RawSocketConfig, WebSocketConfig } from './config/listeners.ts'
import { changesOf, openListener } from './listen.ts'

const COMMON = {
  place: 'here',
  listen: { host: '127.0.0.1', port: 8080 },
  proxyProtocol: true,
  tls: { cert: Buffer.from('cert'), key: Buffer.from('key'), requestCert: true, rejectUnauthorized: false },
  serializers: ['cbor'],
  maxMessageBytes: 1_001,
  maxConnections: 1_002,
  backlog: 1_003,
  logins: { methods: ['ticket'] },
} as const
const WEB_SOCKET: WebSocketConfig = {
  ...COMMON,
  kind: 'websocket',
  isUniversal: true,
  maxHeaderBytes: 1_004,
  paths: ['/here'],
  longPoll: { path: '/lp', maxConnections: 1_005 },
  http: { path: '/api', realm: 'realm1' },
  origins: ['https://app.example.com'],
  hosts: ['router.example.com'],
  metrics: { path: '/m', token: 'only for monitoring' },
  dashboard: undefined,
}
const RAW_SOCKET: RawSocketConfig = { ...COMMON, kind: 'rawsocket' }
const HEALTH: HealthConfig = { ...COMMON, kind: 'health' }
const METRICS: MetricsConfig = { ...COMMON, kind: 'metrics', metrics: { addresses: ['127.0.0.1'], hosts: ['metrics.example.com'] } }
/** The handler that stands for each access. */
const handlers = new Map<string, RouteHandler>()
const metrics = (access: MetricsAccess): RouteHandler => {
  const handler = handlers.get(JSON.stringify(access)) ?? (() => true)
  handlers.set(JSON.stringify(access), handler)
  return handler
}
/** A listener's own address counts as one of its names. */
const metricsOf = (access: MetricsAccess | undefined, hosts: readonly string[] = []): RouteHandler =>
  metrics({ ...access, hosts: [...hosts, COMMON.listen.host] })
const { place: _place, listen, ...HANDED_ON } = COMMON

const lines: [string, Readonly<Record<string, unknown>>][] = []
const log: Log = Object.assign(new RecordingLog(), { warn: (event: string, fields: LogFields) => void lines.push([event, fields]) })

const asked: string[] = []
const dashboard =
  ({ path }: DashboardConfig): RouteHandler =>
  ({ url = '' }) => {
    asked.push(`${path} ${url}`)
    return url === path
  }
const router = { limits: {}, log, pages: { metrics, dashboard } }

/** What the router is asked to open. */
async function opened(config: ListenerConfig): Promise<unknown> {
  let asked: unknown
  const ask = (kind: string) => (options: object) => Promise.resolve((asked = { kind, ...options }))
  await openListener({ log, listenHttp: ask('http'), listenRawSocket: ask('rawsocket') } as unknown as Router, config, router.pages)
  return asked
}

const page = (origin: string): IncomingMessage => ({ headers: { origin, host: 'a.example' } }) as IncomingMessage
const from = { peer: '127.0.0.1:5', address: '203.0.113.7' }

describe('a listener of the configuration', () => {
  it('hands on everything that is set', async () => {
    const { paths, longPoll, http, maxHeaderBytes } = WEB_SOCKET
    const own = {
      kind: 'http',
      rawSocket: true,
      paths,
      longPoll,
      http,
      maxHeaderBytes,
      mayUpgrade: expect.any(Function) as unknown,
      routes: metricsOf(WEB_SOCKET.metrics, WEB_SOCKET.hosts),
    }
    expect(await opened(WEB_SOCKET)).toEqual({ ...HANDED_ON, ...listen, ...own })
    expect(await opened(RAW_SOCKET)).toEqual({ ...HANDED_ON, kind: 'rawsocket', listen })
    expect(await opened(HEALTH)).toEqual({ ...HANDED_ON, ...listen, kind: 'http', paths: [] })
    const routes = metricsOf(METRICS.metrics, METRICS.metrics.hosts)
    expect(await opened(METRICS)).toEqual({ ...HANDED_ON, ...listen, kind: 'http', paths: [], routes })
  })

  it('leaves to the router how long a message may be where it says nothing', async () => {
    expect(await opened({ ...RAW_SOCKET, maxMessageBytes: undefined })).not.toHaveProperty('maxMessageBytes')
  })

  it('has the permissions of a Unix socket', async () => {
    const file = { path: '/run/a.sock', mode: 0o660 }
    expect(await opened({ ...WEB_SOCKET, listen: file })).toMatchObject(file)
    expect(await opened({ ...RAW_SOCKET, listen: file })).toMatchObject({ listen: file })
  })

  it('is changed by all that may change while it is open', () => {
    const { tls, serializers, maxConnections, logins, maxMessageBytes } = COMMON
    const common = { tls, serializers, maxConnections, logins, maxMessageBytes }
    expect(changesOf(RAW_SOCKET, router)).toEqual(common)
    const mayUpgrade = expect.any(Function) as unknown
    const routes = metricsOf(WEB_SOCKET.metrics, WEB_SOCKET.hosts)
    expect(changesOf(WEB_SOCKET, router)).toEqual({ ...common, paths: WEB_SOCKET.paths, http: WEB_SOCKET.http, mayUpgrade, routes })
    expect(changesOf(METRICS, router)).toEqual({ ...common, routes: metricsOf(METRICS.metrics, METRICS.metrics.hosts) })
    const limits = { messageBytes: 7 }
    expect(changesOf({ ...RAW_SOCKET, maxMessageBytes: undefined }, { ...router, limits })).toMatchObject({ maxMessageBytes: 7 })
  })

  it('serves the dashboard beside the metrics, or alone', () => {
    const place = { path: '/ops', socket: '/ws', adminRealm: 'a' }
    const alone = changesOf({ ...WEB_SOCKET, metrics: undefined, dashboard: place }, router)
    const beside = changesOf({ ...WEB_SOCKET, dashboard: place }, { ...router, pages: { ...router.pages, metrics: () => () => false } })
    const answers = [alone, beside].map((changes) => {
      const { routes } = changes as { readonly routes: RouteHandler }
      return ['/ops', '/m'].map((url) => routes({ url } as IncomingMessage, {} as ServerResponse, from))
    })
    expect(answers).toEqual([
      [true, false],
      [true, false],
    ])
    expect(asked).toEqual(['/ops /ops', '/ops /m', '/ops /ops', '/ops /m'])
  })

  it('lets pages of the listener itself connect where it serves the dashboard', () => {
    const own = { headers: { origin: 'http://127.0.0.1:8080', host: '127.0.0.1:8080' } } as IncomingMessage
    const refusals = [undefined, { path: '/', socket: '/ws', adminRealm: 'a' }].map((place) => {
      const changes = changesOf({ ...WEB_SOCKET, dashboard: place }, router)
      return 'mayUpgrade' in changes ? changes.mayUpgrade?.(own, from) : undefined
    })
    expect(refusals).toEqual([expect.objectContaining({ status: 403 }), undefined])
    lines.length = 0
  })

  it('lets a GET without Origin and login pass only by a name of the listener, whatever User-Agent it has', () => {
    const ask = (own: object, headers: object, method = 'GET'): unknown => {
      const changes = changesOf({ ...WEB_SOCKET, ...own }, router)
      const refusal = 'mayUpgrade' in changes ? changes.mayUpgrade?.({ method, headers } as IncomingMessage, from) : undefined
      return refusal?.status
    }
    const dashboard = { path: '/', socket: '/ws', adminRealm: 'a' }
    for (const own of [{}, { dashboard }]) {
      expect(ask(own, { host: 'evil.example' })).toBe(403)
      expect(ask(own, { host: 'evil.example:8080', 'user-agent': 'curl/8' })).toBe(403)
      expect(ask(own, { host: 'evil.example', authorization: 'Bearer a' })).toBeUndefined()
      expect(ask(own, { host: 'evil.example', upgrade: 'websocket' })).toBeUndefined()
      expect(ask(own, { host: 'evil.example' }, 'POST')).toBeUndefined()
      for (const host of ['localhost:8080', '127.0.0.1', '[::1]:1', 'app.example.com', undefined])
        expect(ask(own, { host })).toBeUndefined()
    }
    expect(ask({ origins: ['*'] }, { host: 'any.example' })).toBeUndefined()
    lines.length = 0
  })

  it('serves no metrics any more where it is for health alone', () => {
    expect(changesOf(HEALTH, router)).toHaveProperty('routes', undefined)
  })

  it('logs a page that it refuses, with where it came from, and no other', () => {
    const changes = changesOf(WEB_SOCKET, router)
    const ask = (origin: string): unknown => ('mayUpgrade' in changes ? changes.mayUpgrade?.(page(origin), from) : undefined)
    expect([ask('https://app.example.com'), lines]).toEqual([undefined, []])
    expect(ask('https://evil.example')).toMatchObject({ status: 403 })
    expect(lines).toEqual([['origin refused', expect.objectContaining({ origin: 'https://evil.example', host: 'a.example', ...from })]])
  })
})
