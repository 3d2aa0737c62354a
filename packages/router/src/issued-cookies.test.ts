// Shows the router's cookies on the wire: set by the answer to an upgrade and to the opening of a long-poll connection,
// kept in a file over a restart, and never sent over WAMP.

import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createRequire } from 'node:module'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

interface Socket {
  on(event: string, listener: (...args: never[]) => void): void
  send(text: string): void
  terminate(): void
}
const { WebSocket } = createRequire(import.meta.url)('ws') as {
  WebSocket: new (url: string, protocols: readonly string[], options: { origin: string; headers: Record<string, string> }) => Socket
}

const ORIGIN = 'https://shop.example.com'
const HELLO = { roles: { caller: {} } }

describe('the cookie of the router', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-cookies-'))
  const sockets: Socket[] = []
  let router: Router
  let url: string
  beforeEach(async () => {
    await start()
  })
  afterEach(async () => {
    await stop()
    rmSync(folder, { recursive: true, force: true })
  })

  async function stop(): Promise<void> {
    for (const socket of sockets.splice(0)) socket.terminate()
    await router.close()
  }

  async function start(): Promise<void> {
    const users = { joe: { role: 'user', ticket: 'joe' } }
    const cookie = { name: 'sid', origins: [ORIGIN], issued: { file: join(folder, 'logins') } }
    const roles = { user: [{ uri: 'trunkline.auth.logout', allow: ['call'] as const }] }
    router = createRouter({ realms: { realm1: { roles, authentication: { users, cookie } } }, trustedProxies: ['127.0.0.1'] })
    url = (await router.listenHttp({ host: '127.0.0.1', port: 0, longPoll: { path: '/longpoll' } })).address
  }

  /** Opens a WebSocket as a page of the shop does; what was set, and a way to say something and hear the answer. */
  async function open(headers: Record<string, string> = {}) {
    const socket = new WebSocket(url, ['wamp.2.json'], { origin: ORIGIN, headers })
    sockets.push(socket)
    const emitter = socket as unknown as NodeJS.EventEmitter
    const [[response]] = (await Promise.all([once(emitter, 'upgrade'), once(emitter, 'open')])) as [[IncomingMessage], unknown]
    const ask = async (...message: unknown[]): Promise<unknown[]> => {
      const answer = once(emitter, 'message')
      socket.send(JSON.stringify(message))
      const [octets] = (await answer) as [Buffer]
      return JSON.parse(octets.toString('utf8')) as unknown[]
    }
    return { set: response.headers['set-cookie'] ?? [], ask }
  }

  const login = (cookie: string) => open({ cookie }).then(({ ask }) => ask(1, 'realm1', { ...HELLO, authmethods: ['cookie'] }))

  it('logs in after a restart of the router, and not after the log-out', async () => {
    const { set, ask } = await open()
    expect(set.length).toBe(1)
    const [cookie = ''] = set[0]?.split(';') ?? []
    await ask(1, 'realm1', { ...HELLO, authmethods: ['ticket'], authid: 'joe' })
    const welcome = await ask(5, 'joe', {})
    expect(welcome[2]).toMatchObject({ authid: 'joe', authmethod: 'ticket' })
    expect(JSON.stringify(welcome)).not.toContain(cookie.slice(4))
    await stop()
    await start()
    const again = await open({ cookie })
    expect(again.set).toEqual([])
    expect((await again.ask(1, 'realm1', { ...HELLO, authmethods: ['cookie'] }))[2]).toMatchObject({ authid: 'joe', authmethod: 'cookie' })
    expect(await again.ask(48, 1, {}, 'trunkline.auth.logout')).toEqual([50, 1, {}, [1]])
    expect((await login(cookie))[2]).toBe('wamp.error.authentication_denied')
    await stop()
    await start()
    expect((await login(cookie))[2]).toBe('wamp.error.authentication_denied')
  })

  it('is Secure where a trusted proxy ends TLS', async () => {
    expect((await open()).set[0]).not.toContain('Secure')
    expect((await open({ 'x-forwarded-proto': 'http, https' })).set[0]).toMatch(/; Secure$/)
    expect((await open({ 'x-forwarded-proto': 'https, http' })).set[0]).not.toContain('Secure')
  })

  it('comes with the opening of a long-poll connection too', async () => {
    const base = url.replace(/^ws(.*)\/ws$/, 'http$1/longpoll')
    const headers: Record<string, string> = { origin: ORIGIN }
    const post = (path: string, body: unknown): Promise<Response> =>
      fetch(`${base}/${path}`, { method: 'POST', body: JSON.stringify(body), headers })
    const opened = await post('open', { protocols: ['wamp.2.json'] })
    const [cookie = ''] = opened.headers.getSetCookie()[0]?.split(';') ?? []
    const { transport } = (await opened.json()) as { transport: string }
    const ask = async (...message: unknown[]): Promise<unknown> => {
      await post(`${transport}/send`, message)
      return (await post(`${transport}/receive`, '')).json()
    }
    await ask(1, 'realm1', { ...HELLO, authmethods: ['ticket'], authid: 'joe' })
    await ask(5, 'joe', {})
    expect((await login(cookie))[2]).toMatchObject({ authid: 'joe', authmethod: 'cookie' })
    await post(`${transport}/close`, '')
  })
})
