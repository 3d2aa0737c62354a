// Shows that our router passes the suite over each transport, that a router that does nothing right does not, and that each check
// names rows that there are.

import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import type { Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Outcome } from '../score/suite.ts'
import { GROUPS } from '../score/suite.ts'
import { result } from '../testing/running-command.ts'

let router: Router
let url: string
let rawSocket: string
beforeAll(async () => {
  const allow = ['call', 'register', 'publish', 'subscribe'] as const
  const rules = [
    { uri: 'com.example.conformance.**', allow, disclose: { caller: 'on request', publisher: 'on request' } },
    { uri: 'wamp.**', allow },
  ] as const
  const user = { role: 'guest', ticket: 'a ticket' }
  const realm1 = { anonymousRole: 'guest', roles: { guest: rules }, authentication: { users: { tester: user } } } as never
  router = createRouter({ realms: { realm1 } })
  url = (await router.listenHttp({ host: '127.0.0.1', port: 0 })).address
  rawSocket = (await router.listenRawSocket({ listen: { host: '127.0.0.1', port: 0 } })).address
})
afterAll(() => router.close())

async function outcomes(...words: string[]): Promise<{ code: number; all: Outcome[]; failed: Outcome[] }> {
  const { code, out } = await result('conformance', '--json', ...words)
  const all = out
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Outcome)
  return { code, all, failed: all.filter((each) => each.result === 'failed') }
}

describe('trunkline conformance', () => {
  it('finds nothing wrong with our router, and skips nothing of it', async () => {
    const { code, all, failed } = await outcomes('--url', url)
    expect(failed).toEqual([])
    expect(code).toBe(0)
    expect(all.filter((each) => each.result !== 'passed')).toEqual([])
    expect(all.length).toBe(GROUPS.flatMap(({ checks }) => checks).length)
  })

  it('leaves out what RawSocket has not, and logs in', async () => {
    vi.stubEnv('TRUNKLINE_SECRET', 'a ticket')
    const { failed, all } = await outcomes('--url', rawSocket, '--serializer', 'cbor', '--login', 'ticket', '--authid', 'tester')
    vi.unstubAllEnvs()
    expect(failed).toEqual([])
    expect(all.filter((each) => each.result === 'skipped').map(({ reason }) => reason)).toEqual(Array(3).fill('is for WebSocket'))
  })

  it('prints a score sheet, and what it does not test', async () => {
    const { code, out } = await result('conformance', '--url', url)
    expect(code).toBe(0)
    expect(out).toMatch(/^FEATURE +PASSED +FAILED +ADVISED, OPEN {2}NOTE$/m)
    expect(out).toMatch(/^basic: sessions +8 +0 +0$/m)
    expect(out).toContain('Not tested:\n  logins and rights')
  })

  it('finds much wrong with a router that hangs up after WELCOME', async () => {
    const { url: wrong, close } = await silentRouter()
    const { code, failed, all } = await outcomes('--url', wrong, '--timeout', '300ms')
    const { out } = await result('conformance', '--url', wrong, '--timeout', '300ms')
    close()
    expect(code).toBe(1)
    expect(all.find(({ ids }) => ids.includes('BP-SES-03'))?.result).toBe('passed')
    expect(failed.length).toBeGreaterThan(25)
    expect(all.filter((each) => each.result === 'absent').length).toBeGreaterThan(20)
    expect(out).toMatch(/^failed {3}publish and subscribe: answers SUBSCRIBE by SUBSCRIBED \[BP-SUB-01\]\n +the connection ended before/m)
    expect(out).toMatch(/^advanced: call canceling +0 +0 +0 {2}not announced$/m)
  })

  it('names rows of the conformance page', () => {
    const page = readFileSync(new URL('../../../../docs/conformance.md', import.meta.url), 'utf8')
    for (const { checks } of GROUPS) for (const { ids } of checks) for (const id of ids) expect(page).toContain(`| ${id} |`)
  })

  it.each([
    [['--url', 'x'], 2, 'expected a URL'],
    [['--url', 'ws://127.0.0.1:1/ws'], 3, 'ECONNREFUSED'],
  ])('ends with another code for %j', async (words, expected, hint) => {
    const { code, err } = await result('conformance', ...words)
    expect(code).toBe(expected)
    expect(err).toContain(hint)
  })
})

/** Speaks RawSocket with JSON: it answers HELLO by WELCOME, and hangs up at anything else. */
async function silentRouter(): Promise<{ url: string; close: () => void }> {
  const welcome = Buffer.from('[2,4711,{"roles":{"broker":{}}}]')
  const server = createServer((socket) => {
    let isShaken = false
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      if (!isShaken) socket.write(Buffer.from([0x7f, 0xf1, 0, 0]))
      else if (chunk.toString().includes('[1,')) socket.write(Buffer.concat([Buffer.from([0, 0, 0, welcome.length]), welcome]))
      else socket.end()
      isShaken = true
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `rs://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() }
}
