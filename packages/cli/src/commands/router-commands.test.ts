// Shows dev and start end to end inside one process: what they open, whom they let in, how they end.

import { EventEmitter, once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { openSession } from '@trunkline/client/session'
import { afterAll, describe, expect, it } from 'vitest'
import { result, Running } from '../testing/running-command.ts'
import { readVersion } from '../version.ts'

const UPGRADE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
}
const folder = mkdtempSync(join(tmpdir(), 'trunkline-router-commands-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs a test while a port is taken. */
async function withTakenPort(test: (port: number) => Promise<void>): Promise<void> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  await test((server.address() as AddressInfo).port)
  server.close()
}

/** How a request is answered. */
async function answerTo(port: number, headers: Record<string, string>, path = '/', method = 'GET'): Promise<string> {
  const asked = request({ host: '127.0.0.1', port, path, method, headers }).end(method === 'POST' ? '{"protocols":["wamp.2.json"]}' : '')
  const answered = once(asked, 'response') as Promise<[IncomingMessage]>
  const upgraded = once(asked, 'upgrade') as Promise<[IncomingMessage, Duplex]>
  const [response, socket] = await Promise.race([answered, upgraded])
  socket?.destroy()
  let text = `${response.statusCode} `
  if (socket === undefined) for await (const chunk of response) text += String(chunk)
  return text
}

/** The status with which a request is answered. */
async function statusOf(port: number, headers: Record<string, string>, path = '/'): Promise<number> {
  return Number((await answerTo(port, headers, path)).slice(0, 3))
}

describe('trunkline dev', () => {
  it('listens on loopback, has procedures to try, makes realms on demand, and ends with 0', async () => {
    const dev = new Running(['dev', '--port', '0', '--rawsocket-port', '0'])
    const [, webSocket = ''] = await dev.shows(/WebSocket +(ws:\/\/127\.0\.0\.1:\d+\/ws)/)
    const [, rawSocket = ''] = await dev.shows(/RawSocket +(rs:\/\/127\.0\.0\.1:\d+)/)
    expect((await result('call', 'com.example.add', '2', '3', '--url', webSocket)).out).toBe('5\n')
    expect((await result('call', 'com.example.echo', 'hello', '--url', rawSocket)).out).toBe('hello\n')
    expect((await result('call', 'wamp.session.count', '--realm', 'com.other', '--url', webSocket)).out).toBe('1\n')
    expect((await result('call', 'wamp.session.kill_all', '--realm', 'com.other', '--url', webSocket)).out).toBe('0\n')
    expect(await dev.interrupt()).toBe(0)
    expect(dev.err).toBe('')
  })

  it('prints three lines to try that work as printed', async () => {
    const dev = new Running(['dev', '--port', '0', '--rawsocket-port', '0'])
    await dev.shows(/Ctrl-C stops/)
    const lines = [...dev.out.matchAll(/^ {2}\S.* (call|subscribe|publish) (.*)$/gm)].map(([, verb = '', rest = '']) => [
      verb,
      ...rest.split(' '),
    ])
    expect(lines.map(([verb]) => verb)).toEqual(['call', 'subscribe', 'publish'])
    const [call = [], subscribe = [], publish = []] = lines
    expect(await result(...call)).toMatchObject({ code: 0, out: '5\n' })
    const subscriber = new Running([...subscribe, '--count', '1'])
    await subscriber.shows(/subscribed/)
    expect((await result(...publish)).code).toBe(0)
    await subscriber.ended
    expect(subscriber.out).toBe('com.example.chat "hello"\n')
    await dev.interrupt()
  })

  it('answers only for this machine: foreign Host and Origin get 403, on pages and upgrades alike', async () => {
    const dev = new Running(['dev', '--port', '0', '--rawsocket-port', '0', '--json-logs'])
    const [, port = ''] = await dev.shows(/"address":"ws:\/\/127\.0\.0\.1:(\d+)/)
    const upgrade = (headers: Record<string, string>) => statusOf(Number(port), { ...UPGRADE, ...headers }, '/ws')
    expect(await statusOf(Number(port), { Host: 'evil.example' })).toBe(403)
    expect(await statusOf(Number(port), { Origin: 'https://evil.example' }, '/about.json')).toBe(403)
    // The page itself is there only after a build.
    expect(await statusOf(Number(port), {}, '/about.json')).not.toBe(403)
    expect(await upgrade({ Host: 'evil.example', 'Sec-WebSocket-Protocol': 'wamp.2.json' })).toBe(403)
    expect(await upgrade({ Origin: 'https://evil.example', 'Sec-WebSocket-Protocol': 'wamp.2.json' })).toBe(403)
    expect(await upgrade({ Origin: 'http://localhost:3000', 'Sec-WebSocket-Protocol': 'none' })).toBe(400)
    await dev.interrupt()
    for (const line of dev.out.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('level')
  })

  it('ends with 3 and names the option when a port is taken', async () => {
    await withTakenPort(async (port) => {
      const { code, err } = await result('dev', '--port', String(port))
      expect(code).toBe(3)
      expect(err).toBe(`error: port ${port} on 127.0.0.1 is in use; choose another port with --port\n`)
    })
  })
})

describe('trunkline start', () => {
  function configured(text: string): string {
    const file = join(folder, 'trunkline.yaml')
    writeFileSync(file, text)
    return file
  }

  it('runs what the file says and nothing else, and ends with 0', async () => {
    const file = configured(`
listeners:
  - websocket: { host: 127.0.0.1, port: 0, paths: [/wamp] }
  - rawsocket: { path: wamp.sock }
realms:
  shop:
    anonymous: { role: guest }
    roles: { guest: [ { uri: com.shop.**, allow: [register, call] }, { uri: com.shop.admin.**, allow: [] } ] }`)
    const node = new Running(['start', '--config', file])
    const [, url = ''] = await node.shows(/"address":"(ws:[^"]+\/wamp)"/)
    const [, socket = ''] = await node.shows(/"address":"(rs\+unix:[^"]+)"/)
    const callee = new Running(['register', 'com.shop.echo', '--echo', '--url', socket, '--realm', 'shop'])
    await callee.shows(/registered/)
    expect((await result('call', 'com.shop.echo', 'x', '--url', url, '--realm', 'shop')).out).toBe('x\n')
    expect((await result('call', 'com.shop.admin.x', '--url', url, '--realm', 'shop')).code).toBe(4)
    expect((await result('publish', 'com.shop.x', '--url', url, '--realm', 'shop')).code).toBe(4)
    expect((await result('call', 'com.shop.echo', '--url', url)).code).toBe(3)
    expect(await statusOf(Number(new URL(url).port), { ...UPGRADE, Origin: 'https://evil.example' }, '/wamp')).toBe(403)
    await callee.interrupt()
    expect(await node.interrupt('SIGTERM')).toBe(0)
    const entries = node.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
    expect(entries[0]).toMatchObject({ version: readVersion(), node: process.version, config: file })
    const lines = entries.map(({ msg }) => msg)
    expect(lines).toEqual(['listening', 'listening', 'realm refused', 'origin refused', 'stopping', 'stopped'])
  })

  it('lets no page in that leads its own name here, and says to it and in the log what would have to be configured', async () => {
    const listener = (more: string): string =>
      `listeners: [{ websocket: { host: 127.0.0.1, port: 0, longPoll: { path: /lp }${more} } }]\nrealms: {}`
    const file = configured(listener(''))
    const node = new Running(['start', '--config', file])
    const [, url = ''] = await node.shows(/"address":"(ws:[^"]+)"/)
    const port = Number(new URL(url).port)
    const program = { ...UPGRADE, 'Sec-WebSocket-Protocol': 'wamp.2.json', Host: `router.example.com:${port}` }
    const page = { ...program, Origin: `http://router.example.com:${port}` }
    const plain = { Host: page.Host, Origin: page.Origin }
    const refusal = /^403 .* `hosts` of the listener, or the page in `origins`\n$/
    expect(await answerTo(port, page, '/ws')).toMatch(refusal)
    expect(await answerTo(port, plain, '/lp/open', 'POST')).toMatch(refusal)
    // A program that comes by a name is no page: it names no origin.
    expect(await statusOf(port, program, '/ws')).toBe(101)
    expect(await answerTo(port, { Host: page.Host }, '/lp/open', 'POST')).toMatch(/^200 /)
    const line = node.out.split('\n').find((each) => each.includes('origin refused')) ?? '{}'
    expect(JSON.parse(line)).toMatchObject({
      origin: page.Origin,
      host: page.Host,
      why: expect.stringContaining('`hosts` of the listener'),
    })
    writeFileSync(file, listener(', hosts: [Router.example.com]'))
    node.hangUp()
    await node.shows(/changed: hosts.*"configuration reloaded"/)
    expect(await statusOf(port, page, '/ws')).toBe(101)
    expect(await answerTo(port, plain, '/lp/open', 'POST')).toMatch(/^200 /)
    expect(await node.interrupt('SIGTERM')).toBe(0)
  })

  it('names in the log the client whose page it refused, also behind a proxy that it trusts', async () => {
    const listener = '{ host: 127.0.0.1, port: 0, longPoll: { path: /lp } }'
    const file = configured(`listeners: [{ websocket: ${listener} }]\nrealms: {}\ntrustedProxies: [127.0.0.1]`)
    const node = new Running(['start', '--config', file])
    const [, url = ''] = await node.shows(/"address":"(ws:[^"]+)"/)
    const page = { Origin: 'https://evil.example', 'X-Forwarded-For': '198.51.100.9, 203.0.113.7' }
    const port = Number(new URL(url).port)
    expect(await statusOf(port, { ...UPGRADE, ...page }, '/ws')).toBe(403)
    expect(await answerTo(port, page, '/lp/open', 'POST')).toMatch(/^403 /)
    await node.interrupt('SIGTERM')
    const lines = node.out.split('\n').filter((line) => line.includes('origin refused'))
    const refused = { address: '203.0.113.7', peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string }
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([expect.objectContaining(refused), expect.objectContaining(refused)])
  })

  it('tells of refused origins in short lines and not too many, whatever a page says and however often', async () => {
    const node = new Running(['start', '--config', configured('listeners: [{ websocket: { host: 127.0.0.1, port: 0 } }]\nrealms: {}')])
    const [, url = ''] = await node.shows(/"address":"(ws:[^"]+)"/)
    const Origin = `https://evil.example/${'x'.repeat(4000)}`
    const port = Number(new URL(url).port)
    const start = performance.now()
    for (let n = 0; n < 150; n++) expect(await statusOf(port, { ...UPGRADE, Origin }, '/ws')).toBe(403)
    await node.interrupt('SIGTERM')
    const lines = node.out.split('\n').filter((line) => line.includes('origin refused'))
    // The rate for one address: a hundred at once, then ten a second.
    expect(lines.length).toBeLessThanOrEqual(101 + (performance.now() - start) / 100)
    expect(lines.filter((line) => Buffer.byteLength(line) > 1024)).toEqual([])
  })

  it('logs who came and what was decided, to the files that it opens again at a reload', async () => {
    const file = configured(`
listeners: [{ websocket: { host: 127.0.0.1, port: 0 } }]
realms: { realm1: { anonymous: { role: guest }, roles: { guest: [{ uri: com.**, allow: [publish] }] } } }
logs: { access: access.log, audit: audit.log }`)
    const node = new Running(['start', '--config', file])
    const [, url = ''] = await node.shows(/"address":"(ws:[^"]+)"/)
    expect((await result('publish', 'com.shop.news', '--url', url)).code).toBe(0)
    for (const name of ['access', 'audit']) renameSync(join(folder, `${name}.log`), join(folder, `${name}.1`))
    node.hangUp()
    await node.shows(/"configuration reloaded"/)
    expect((await result('publish', 'org.shop.news', '--url', url)).code).toBe(4)
    expect((await result('publish', 'com.shop.news', '--url', url, '--realm', 'none')).code).toBe(3)
    expect(await node.interrupt('SIGTERM')).toBe(0)
    const lines = (name: string): unknown[] =>
      readFileSync(join(folder, name), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown)
    const guest = { realm: 'realm1', authrole: 'guest', authmethod: 'anonymous' }
    const joined = { log: 'access', event: 'joined', ...guest, transport: 'websocket', address: '127.0.0.1' }
    const left = { ...joined, event: 'left', reason: 'goodbye' }
    const refused = { log: 'access', event: 'refused', realm: 'none', reason: 'wamp.error.no_such_realm', address: '127.0.0.1' }
    expect([lines('access.1'), lines('access.log')]).toMatchObject([
      [joined, left],
      [joined, left, refused],
    ])
    const decision = { log: 'audit', ...guest, action: 'publish', match: 'exact' }
    expect([lines('audit.1'), lines('audit.log')]).toMatchObject([
      [{ ...decision, uri: 'com.shop.news' }],
      [{ ...decision, uri: 'org.shop.news', refused: 'wamp.error.not_authorized' }],
    ])
    expect(lines('audit.1')).not.toMatchObject([{ refused: expect.anything() as unknown }])
  })

  it('is alive and not ready from SIGTERM until its last session has ended', async () => {
    const rule = '{ uri: com.**, allow: [register, call] }'
    const file = configured(`
listeners: [{ websocket: { host: 127.0.0.1, port: 0 } }, { health: { host: 127.0.0.1, port: 0 } }]
realms: { realm1: { anonymous: { role: guest }, roles: { guest: [${rule}] } } }`)
    const node = new Running(['start', '--config', file])
    const [, url = ''] = await node.shows(/"address":"(ws:[^"]+)"/)
    const [, health = ''] = await node.shows(/"address":"(http:[^"]+)"/)
    const ports = [url, health].map((address) => Number(new URL(address).port))
    const states = (): Promise<number[]> =>
      Promise.all(ports.flatMap((port) => ['/health/ready', '/health', '/health/live'].map((path) => statusOf(port, {}, path))))
    const session = await openSession({ url, realm: 'realm1' })
    const calls = new EventEmitter()
    await session.register('com.example.slow', async () => {
      calls.emit('asked')
      return (await once(calls, 'answered'))[0] as string
    })
    const asked = once(calls, 'asked')
    const result = session.call('com.example.slow')
    await asked
    expect(await states()).toEqual([200, 200, 200, 200, 200, 200])
    const ended = node.interrupt('SIGTERM')
    await node.shows(/"stopping"/)
    expect(await states()).toEqual([503, 503, 200, 503, 503, 200])
    calls.emit('answered', 'done')
    expect(await result).toBe('done')
    expect(await ended).toBe(0)
    await expect(statusOf(ports[1] ?? 0, {}, '/health/live')).rejects.toThrow(/ECONNREFUSED|socket hang up/)
  })

  it('leaves the pid file of the router that listens alone, when another with the same configuration fails', async () => {
    const pidFile = join(folder, 'router.pid')
    await withTakenPort(async (port) => {
      const file = configured(`listeners: [ websocket: { host: 127.0.0.1, port: ${port} } ]\nrealms: {}`)
      writeFileSync(pidFile, '1\n')
      expect((await result('start', '--config', file, '--pid-file', pidFile)).code).toBe(3)
    })
    expect(readFileSync(pidFile, 'utf8')).toBe('1\n')
    const node = new Running([
      'start',
      '--config',
      configured('listeners: [ websocket: { host: 127.0.0.1, port: 0 } ]\nrealms: {}'),
      '--pid-file',
      pidFile,
    ])
    await node.shows(/"listening"/)
    expect(await node.interrupt('SIGTERM')).toBe(0)
    expect(existsSync(pidFile)).toBe(false)
  })

  it('ends with 2 and all mistakes before anything listens', async () => {
    const { code, out, err } = await result('start', '--config', configured('listeners: 1\nrealms: {}\nlimit: {}'))
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(
      /^error: .*trunkline\.yaml has 2 mistakes:\n {2}.*:1:12: .*\n {2}.*:3:1: limit: unknown key; did you mean 'limits'\?\n$/,
    )
  })

  it('ends with 2 when the file is not there, and with 3 when a port is taken', async () => {
    expect((await result('start', '--config', join(folder, 'none.yaml'))).code).toBe(2)
    await withTakenPort(async (port) => {
      const file = configured(`listeners: [ websocket: { host: 127.0.0.1, port: ${port} } ]\nrealms: {}`)
      expect((await result('start', '--config', file)).code).toBe(3)
    })
  })
})
