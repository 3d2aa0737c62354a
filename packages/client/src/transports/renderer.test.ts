// Shows what Electron's renderer with `nodeIntegration` gets when it loads the package as Node does (`require`), beside a window.

import type { Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { connect } from '../index.ts'

let router: Router
let url: string

beforeEach(async () => {
  router = createRouter({ realms: { realm1: { anonymousRole: 'all', authorizer: { allows: () => true } } } })
  url = (await router.listenHttp({ host: '127.0.0.1', port: 0 })).address
})

afterEach(async () => {
  vi.unstubAllGlobals()
  await router.close()
})

it('connects by the sockets of Node beside a window, whose WebSocket it leaves alone, so that headers and tls work', async () => {
  const refused = vi.fn<() => void>(() => {
    throw new Error('the WebSocket of the page')
  })
  vi.stubGlobal('window', globalThis)
  vi.stubGlobal('document', new EventTarget())
  vi.stubGlobal('WebSocket', refused)
  const client = await connect({ url, realm: 'realm1', headers: { 'x-of': 'a renderer' } })
  expect(await client.call('wamp.session.count')).toBe(1)
  await client.stop()
  expect(refused).not.toHaveBeenCalled()
})
