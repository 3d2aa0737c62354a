// Shows what the doctor finds on the way to a router, and with a configuration: each fault is made here.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { selfSigned } from '@trunkline/testkit'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { result } from '../testing/running-command.ts'

interface Finding {
  readonly verdict: string
  readonly about: string
  readonly text: string
  readonly advice?: string
}

let folder: string
let router: Router
let url: string
let secure: string
const { key, cert } = selfSigned()

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-'))
  router = createRouter({ realms: { realm1: { anonymousRole: 'guest', roles: { guest: [] } } } })
  url = (await router.listenHttp({ host: '127.0.0.1', port: 0 })).address
  secure = (await router.listenHttp({ host: '127.0.0.1', port: 0, tls: { key, cert } })).address.replace('127.0.0.1', 'localhost')
})
afterAll(async () => {
  await router.close()
  rmSync(folder, { recursive: true })
})

async function doctor(...words: string[]): Promise<{ code: number; findings: Finding[] }> {
  const { code, out } = await result('doctor', '--json', ...words)
  return {
    code,
    findings: out
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Finding),
  }
}

/** Enough for what does come, as a connection and a login, on a machine with other things to do. */
const SHORT = ['--timeout', '2s']

/** What is at fault and the advice of it. */
async function faults(...words: string[]): Promise<[string, string][]> {
  const { code, findings } = await doctor(...words)
  const all = findings.filter(({ verdict }) => verdict === 'fault')
  expect(code).toBe(all.length > 0 ? 1 : 0)
  return all.map(({ about, advice = '' }) => [about, advice])
}

describe('trunkline doctor --url', () => {
  it('finds nothing wrong with a router that works, over each transport', async () => {
    const { code, findings } = await doctor('--url', url)
    expect(code).toBe(0)
    expect(findings.map(({ verdict, about }) => [verdict, about])).toEqual(
      ['connection', 'clock', 'websocket', 'login', 'router', 'limits', 'ping'].map((about) => ['ok', about]),
    )
    const rawSocket = await router.listenRawSocket({ listen: { host: '127.0.0.1', port: 0 } })
    expect(await faults('--url', rawSocket.address)).toEqual([])
  })

  it('prints lines for people, and counts', async () => {
    const { code, out, err } = await result('doctor', '--url', 'ws://127.0.0.1:1/ws')
    expect([code, err]).toEqual([1, 'error: 1 fault found\n'])
    expect(out).toMatch(
      /^fault {4}connection {3}127\.0\.0\.1 port 1: .*ECONNREFUSED.*\n {22}no program listens there.*\n\n0 ok, 0 warnings, 1 faults\n$/,
    )
  })

  it('judges the certificate as a client does', async () => {
    expect(await faults('--url', secure)).toContainEqual(['tls', expect.stringContaining('--ca')])
    const ca = join(folder, 'ca.pem')
    writeFileSync(ca, cert)
    const { code, findings } = await doctor('--url', secure, '--ca', ca)
    expect(code).toBe(0)
    expect(findings).toContainEqual(
      expect.objectContaining({ verdict: 'warning', about: 'tls', text: expect.stringContaining('expires in') as string }),
    )
    const elsewhere = selfSigned('b.example')
    const other = await router.listenHttp({ host: '127.0.0.1', port: 0, tls: elsewhere })
    writeFileSync(ca, elsewhere.cert)
    expect(await faults('--url', other.address.replace('127.0.0.1', 'localhost'), '--ca', ca)).toContainEqual([
      'tls',
      expect.stringContaining('other names'),
    ])
    expect(await faults('--url', url.replace('ws:', 'wss:'))).toEqual([['tls', expect.stringContaining('ws://')]])
  })

  it.each<[string, RequestListener, string]>([
    ['a page', (_, answer) => answer.end('hello'), 'try /ws'],
    ['no such path', (_, answer) => answer.writeHead(404).end(), 'try /ws'],
    ['a redirect', (_, answer) => answer.writeHead(301, { Location: 'https://b.example/ws' }).end(), 'use https://b.example/ws'],
    ['a refusal', (_, answer) => answer.writeHead(403).end(), 'origins'],
    ['a proxy that removes Upgrade', (_, answer) => answer.writeHead(426).end(), 'proxy_http_version'],
    ['a proxy without a router', (_, answer) => answer.writeHead(502).end(), 'does not reach the router'],
  ])('says what to do about %s', async (_, listener, advice) => {
    const server = createServer(listener)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    expect(await faults('--url', `ws://127.0.0.1:${port}/x`)).toEqual([['websocket', expect.stringContaining(advice)]])
    server.closeAllConnections()
    server.close()
  })

  it('finds a server of WebSocket that is no WAMP router, and another clock', async () => {
    const server = createServer((_, answer) => answer.setHeader('Date', 'Mon, 01 Jan 2024 00:00:00 GMT').end())
    server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    expect(await faults('--url', `ws://127.0.0.1:${port}/`)).toEqual([
      ['clock', expect.stringContaining('NTP')],
      ['websocket', expect.stringContaining('no WAMP router')],
    ])
    server.close()
  })

  it('tells logins that are refused from realms that are not there', async () => {
    expect(await faults('--url', url, '--realm', 'com.none')).toEqual([['login', expect.stringContaining('correct --realm')]])
    vi.stubEnv('TRUNKLINE_SECRET', 'x')
    expect(await faults('--url', url, '--login', 'ticket', '--authid', 'a')).toEqual([
      ['login', expect.stringContaining('another --login')],
    ])
    vi.unstubAllEnvs()
  })

  it('waits no longer than --timeout for an answer that does not come', async () => {
    const silent = { allows: () => undefined }
    const own = createRouter({ realms: { realm1: { anonymousRole: 'guest', roles: { guest: [] }, authorizer: silent } } })
    const { address } = await own.listenHttp({ host: '127.0.0.1', port: 0 })
    expect(await faults('--url', address, ...SHORT)).toEqual([['ping', 'see the log of the router']])
    await own.close()
  })

  it('waits no longer than --timeout for the head of an answer that comes octet by octet', async () => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => {})
      socket.write('HTTP/1.1 101 Switching Protocols\r\n')
      const timer = setInterval(() => socket.write('X: y\r\n'), 20)
      socket.on('close', () => clearInterval(timer))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    expect(await faults('--url', `ws://127.0.0.1:${port}/`, ...SHORT)).toEqual([['websocket', 'see whether that port speaks HTTP']])
    server.close()
  })

  it('notices when a session is closed that says nothing', async () => {
    const own = createRouter({ realms: { realm1: { anonymousRole: 'guest', roles: { guest: [] } } } })
    const { address } = await own.listenHttp({ host: '127.0.0.1', port: 0 })
    expect(await faults('--url', address, '--idle', '50ms')).toEqual([])
    const asked = faults('--url', address, '--idle', '1h')
    await expect.poll(() => own.realms.some(({ memberCount }) => memberCount > 0)).toBe(true)
    await own.close()
    expect((await asked).map(([about]) => about)).toContainEqual(expect.stringMatching(/idle|ping/))
  })
})

describe('trunkline doctor --config', () => {
  const config = (text: string): string => {
    const file = join(folder, 'trunkline.yaml')
    writeFileSync(file, text, { mode: 0o600 })
    chmodSync(file, 0o600)
    return file
  }
  const REALMS = 'realms: { realm1: { roles: { r: [] } } }\n'
  const of = ({ findings }: { findings: Finding[] }, about: string): string[] =>
    findings.filter((each) => each.about === about).map(({ verdict }) => verdict)

  it('lists mistakes of the file', async () => {
    const { code, findings } = await doctor('--config', config('listeners: 1\nrelms: {}\n'))
    expect(code).toBe(1)
    expect(of({ findings }, 'config').length).toBeGreaterThan(1)
    expect(await faults('--config', join(folder, 'none.yaml'))).toContainEqual(['config', expect.any(String)])
  })

  it('tries ports, and judges proxies and permissions', async () => {
    const { port } = new URL(url)
    const file = config(`${REALMS}trustedProxies: [0.0.0.0/0]\nlisteners:
  - websocket: { host: 127.0.0.1, port: ${port} }
  - rawsocket: { host: 127.0.0.1, port: 0 }
  - rawsocket: { path: none/here.sock }
  - rawsocket: { host: 203.0.113.1, port: 8081 }\n`)
    chmodSync(file, 0o666)
    const checked = await doctor('--config', file)
    expect(of(checked, 'port')).toEqual(['warning', 'ok', 'fault', 'fault'])
    expect([of(checked, 'proxies'), of(checked, 'permissions'), checked.code]).toEqual([['fault'], ['fault'], 1])
  })

  it('judges certificates, names and the file of the process id', async () => {
    writeFileSync(join(folder, 'cert.pem'), cert)
    writeFileSync(join(folder, 'key.pem'), key, { mode: 0o644 })
    const pid = join(folder, 'trunkline.pid')
    writeFileSync(pid, '4194303\n')
    const file = config(`${REALMS}listeners: [ websocket: { host: localhost, port: 0, tls: { cert: cert.pem, key: key.pem } } ]\n`)
    const checked = await doctor('--config', file, '--pid-file', pid)
    expect([of(checked, 'certificate'), of(checked, 'chain'), of(checked, 'dns'), of(checked, 'pid file')]).toEqual([
      ['warning'],
      ['warning'],
      ['ok'],
      ['fault'],
    ])
    expect(of(checked, 'permissions').toSorted((a, b) => a.localeCompare(b))).toEqual(['ok', 'ok', 'warning'])
    writeFileSync(pid, `${process.pid}\n`)
    expect(await faults('--config', file, '--pid-file', pid)).toEqual([])
  })

  it.each([
    [['--pid-file', 'x'], 'needs --config'],
    [['--config', 'x', '--url', 'ws://a'], 'cannot be used with'],
    [['--url', 'nonsense'], 'expected a URL'],
  ])('ends with 2 for %j', async (words, hint) => {
    const { code, err } = await result('doctor', ...words)
    expect(code).toBe(2)
    expect(err).toContain(hint)
  })
})
