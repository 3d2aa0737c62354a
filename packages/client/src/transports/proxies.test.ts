// Shows the ways to a router through a proxy: by an agent, and by the environment where Node knows that; and what long-poll
// takes of what only Node does.

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { ConnectProxy, ProxyAgent, selfSigned } from '@trunkline/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSession } from '../open-session.ts'
import { json } from '../json-text.ts'
import { openLongPoll } from '../longpoll.ts'
import { requestsBy as browserRequests } from './requests-browser.ts'
import type { WayOptions } from './transport.ts'

const { key, cert: ca } = selfSigned()
const { signal } = new AbortController()

let router: Router
let proxy: ConnectProxy
let requests: IncomingMessage[]
/** Of the router: of its WebSocket, of long-poll, and as a proxy is asked for it. */
let [webSocketUrl, longPollUrl, place] = ['', '', '']
beforeEach(async () => {
  requests = []
  router = createRouter({
    realms: { realm1: { anonymousRole: 'anonymous', roles: { anonymous: [{ uri: '**', allow: ['call', 'register'] }] } } },
  })
  const mayUpgrade = (request: IncomingMessage): undefined => void requests.push(request)
  const options = { host: '127.0.0.1', port: 0, tls: { key, cert: ca }, longPoll: { path: '/lp' }, mayUpgrade }
  const { address } = await router.listenHttp(options)
  webSocketUrl = address
  longPollUrl = address.replace('wss:', 'https:').replace('/ws', '/lp')
  place = new URL(longPollUrl).host
  proxy = await ConnectProxy.start()
})
afterEach(async () => {
  await router.close()
  await proxy.stop()
})

const overWebSocket = (way: WayOptions) => openSession({ url: webSocketUrl, realm: 'realm1', ...way })
const overLongPoll = async (way: WayOptions) =>
  openSession({ transport: await openLongPoll(longPollUrl, { serializer: json(), signal, ...way }), realm: 'realm1' })

describe.each([
  ['WebSocket', overWebSocket],
  ['long-poll', overLongPoll],
])('%s', (_, open) => {
  it('goes through the proxy of its agent', async () => {
    const session = await open({ tls: { ca }, httpAgent: new ProxyAgent(proxy.url) })
    await session.register('com.example.echo', ({ args }) => args[0])
    expect(await session.call('com.example.echo', ['é'])).toBe('é')
    await session.leave()
    expect(new Set(proxy.asked)).toEqual(new Set([place]))
  })

  it('goes straight without an agent, with the headers that it is given', async () => {
    const session = await open({ tls: { ca }, headers: { cookie: 'id=7', 'x-gateway': 'a' } })
    await session.leave()
    expect(proxy.asked).toEqual([])
    expect(requests.length).toBeGreaterThan(0)
    for (const { headers } of requests) expect(headers).toMatchObject({ cookie: 'id=7', 'x-gateway': 'a' })
  })

  it('trusts no router whose certificate it is not told of', async () => {
    await expect(open({ headers: {} })).rejects.toMatchObject({
      code: 'TL_CONNECT_FAILED',
      message: expect.stringContaining('self-signed certificate') as string,
    })
    expect(requests).toEqual([])
  })
})

describe('long-poll by the client of Node', () => {
  it('sends what it has to say as it does by fetch, and ends as well', async () => {
    const session = await overLongPoll({ tls: { ca } })
    await expect(session.call('com.example.nothing')).rejects.toMatchObject({ uri: 'wamp.error.no_such_procedure' })
    await router.close()
    expect(await session.closed).toMatchObject({ by: 'router', reason: 'wamp.close.system_shutdown' })
    expect(requests[0]?.headers).toMatchObject({ 'content-type': 'application/json' })
  })

  it('is given up with its signal', async () => {
    const opening = new AbortController()
    const reason = new Error('enough')
    const agent = new ProxyAgent(proxy.url)
    agent.createConnection = (): undefined => opening.abort(reason) as undefined
    const failed = openLongPoll(longPollUrl, { serializer: json(), signal: opening.signal, httpAgent: agent })
    await expect(failed).rejects.toBe(reason)
  })

  it('tells why there is no connection', async () => {
    const nowhere = openLongPoll(longPollUrl.replace('/lp', '/nothing'), { serializer: json(), signal, tls: { ca } })
    await expect(nowhere).rejects.toMatchObject({ code: 'TL_CONNECT_FAILED', message: expect.stringContaining('HTTP 404') as string })
  })
})

it('long-poll refuses what only Node takes where there is no Node', () => {
  for (const way of [{ tls: {} }, { headers: {} }, { httpAgent: {} }]) expect(() => browserRequests(way)).toThrow('need Node')
  expect(browserRequests({})).toBe(fetch)
})

describe.skipIf(!process.allowedNodeEnvironmentFlags.has('--use-env-proxy'))('the proxy of the environment', () => {
  const folder = fileURLToPath(new URL('../..', import.meta.url))
  const program = `
import { json } from '@trunkline/client'
import { openSession } from '@trunkline/client/session'
import { openLongPoll } from '@trunkline/client/longpoll'
const [webSocketUrl, longPollUrl] = process.argv.slice(1)
const transport = await openLongPoll(longPollUrl, { serializer: json(), signal: AbortSignal.timeout(10_000) })
for (const way of [{ url: webSocketUrl }, { transport }]) await (await openSession({ ...way, realm: 'realm1' })).leave()
`

  it.each([
    ['is taken', {}, true],
    ['is left aside for those of NO_PROXY', { NO_PROXY: '127.0.0.1' }, false],
  ])('%s', async (_, more, isTaken) => {
    const keys = mkdtempSync(join(tmpdir(), 'trunkline-ca-'))
    writeFileSync(join(keys, 'ca.pem'), ca)
    const env = { ...process.env, NODE_USE_ENV_PROXY: '1', HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: join(keys, 'ca.pem'), ...more }
    const words = ['--import', 'tsx', '--conditions=trunkline-source', '--input-type=module', '-e', program, webSocketUrl, longPollUrl]
    try {
      await promisify(execFile)(process.execPath, words, { cwd: folder, env })
    } finally {
      rmSync(keys, { recursive: true })
    }
    expect(proxy.asked.filter((asked) => asked === place).length > 1).toBe(isTaken)
    expect(requests.some(({ url }) => url === '/ws') && requests.some(({ url }) => url === '/lp/open')).toBe(true)
  })
})
