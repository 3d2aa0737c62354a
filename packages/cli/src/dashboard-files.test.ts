// Shows what a router serves of the dashboard, and where the page connects.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { parseConfig } from './config/config.ts'
import { dashboardAt, DashboardFiles } from './dashboard-files.ts'
import { folderAt } from './package-files.ts'

let folder: string
let server: Server | undefined
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-dashboard-'))
  for (const [name, text] of [
    ['index.html', '<p>page</p>'],
    ['dashboard.js', 'run()'],
    ['licenses.txt', 'MIT'],
  ] as const)
    writeFileSync(join(folder, name), text)
})
afterEach(() => void server?.close())
afterAll(() => rmSync(folder, { recursive: true }))

/** A server with the dashboard at a path, as a function from paths to answers. */
async function servedAt(path: string, from = folder): Promise<(path: string, options?: RequestInit) => Promise<Response>> {
  const route = new DashboardFiles(folderAt(pathToFileURL(`${from}/`))).route(
    dashboardAt({ path, socket: '/ws', adminRealm: 'trunkline' }, { hosts: ['router.example'], origins: ['https://ops.example'] }),
  )
  server = createServer((request, response) => {
    if (!route(request, response)) response.writeHead(404).end()
  })
  const listening = server
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  const { port } = listening.address() as AddressInfo
  return (asked, options) => fetch(`http://127.0.0.1:${port}${asked}`, { redirect: 'manual', ...options })
}

it('the page and its files, with a strict policy', async () => {
  const get = await servedAt('/')
  const page = await get('/')
  expect([page.status, await page.text()]).toEqual([200, '<p>page</p>'])
  const policy = page.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).not.toContain('unsafe-inline')
  expect(policy).not.toContain("'unsafe-eval'")
  const script = await get('/dashboard.js')
  expect([script.headers.get('content-type'), script.headers.get('content-encoding'), await script.text()]).toEqual([
    'text/javascript; charset=utf-8',
    'gzip',
    'run()',
  ])
  const tag = script.headers.get('etag') ?? ''
  expect((await get('/dashboard.js', { headers: { 'if-none-match': tag } })).status).toBe(304)
})

it('a file as its client reads it, which is never held whole for one that does not', async () => {
  const large = mkdtempSync(join(tmpdir(), 'trunkline-dashboard-'))
  writeFileSync(join(large, 'dashboard.js'), 'x'.repeat(32 << 20))
  await servedAt('/', large)
  const address = server?.address() as AddressInfo | undefined
  const request = get({ host: '127.0.0.1', port: address?.port, path: '/dashboard.js' })
  server?.once('request', (_: IncomingMessage, response: ServerResponse) => void (answer = response))
  let answer: ServerResponse | undefined
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  await once(response, 'readable')
  expect(answer?.writableLength).toBeLessThan(100_000)
  let octets = 0
  response.on('data', (piece: Buffer) => (octets += piece.length))
  await once(response, 'end')
  expect(octets).toBe(32 << 20)
  rmSync(large, { recursive: true })
})

it('nothing else, whatever is asked for', async () => {
  const get = await servedAt('/')
  const others = ['/licenses.txt', '/health', '//', '/../package.json', '/%2e%2e/package.json', '/__proto__']
  expect(await Promise.all(others.map(async (path) => (await get(path)).status))).toEqual(others.map(() => 404))
  expect((await get('/', { method: 'POST' })).status).toBe(404)
})

it('below a path, from where it connects to the path of the WebSocket', async () => {
  const get = await servedAt('/ops/dashboard')
  expect((await get('/')).status).toBe(404)
  const moved = await get('/ops/dashboard')
  expect([moved.status, moved.headers.get('location')]).toEqual([308, './dashboard/'])
  expect(await (await get('/ops/dashboard/about.json')).json()).toEqual({ adminRealm: 'trunkline', socket: '../../ws' })
})

it('what the router says of itself only by a name of its own, whatever name a page has led to it', async () => {
  const asked = await servedAt('/')
  const { port } = new URL((await asked('/')).url)
  const statusBy = async (host: string): Promise<number | undefined> => {
    const [response] = (await once(get({ port, path: '/about.json', headers: { Host: host } }), 'response')) as [IncomingMessage]
    response.resume()
    return response.statusCode
  }
  const hosts = ['evil.example', 'localhost.evil.example', 'localhost:8080', `127.0.0.1:${port}`, 'router.example', 'ops.example']
  expect(await Promise.all(hosts.map(statusBy))).toEqual([403, 403, 200, 200, 200, 200])
})

it('nothing where the build has not run', async () => {
  const get = await servedAt('/', join(folder, 'missing'))
  expect([(await get('/')).status, (await get('/about.json')).status]).toEqual([404, 404])
})

it('the configuration says where, and needs a way to the admin API', () => {
  const read = (listener: string, rest: string) =>
    parseConfig(`listeners: [ websocket: { host: 127.0.0.1, port: 0, ${listener} } ]\nrealms: { a: {}, b: {} }\n${rest}`, 'trunkline.yaml')
  expect(read('dashboard: {}, paths: [/router]', 'admin: { realm: a }').listeners[0]).toMatchObject({
    dashboard: { path: '/', socket: '/router', adminRealm: 'a' },
  })
  expect(() => read('dashboard: { path: /ops }', '')).toThrow('listeners[0].websocket.dashboard: needs admin')
  expect(() => read('dashboard: {}, logins: { realms: [b] }', 'admin: { realm: a }')).toThrow('clients may not join the realm of admin, a')
})
