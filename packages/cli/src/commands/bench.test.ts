// Shows the loads with a router in this process: what they count, and what they refuse to load.

import type { Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { ApplicationError } from '@trunkline/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runLanes } from '../load/lanes.ts'
import { Meter } from '../load/meter.ts'
import { result, Running } from '../testing/running-command.ts'

let router: Router
let url: string
beforeAll(async () => {
  const allow = ['call', 'register', 'publish', 'subscribe'] as const
  router = createRouter({ realms: { realm1: { anonymousRole: 'guest', roles: { guest: [{ uri: 'com.example.bench.**', allow }] } } } })
  url = (await router.listenHttp({ host: '127.0.0.1', port: 0 })).address
})
afterAll(() => router.close())

const small = ['--sessions', '2', '--duration', '100ms']

describe('trunkline bench', () => {
  it.each([
    ['rpc', ['--serializer', 'cbor'], {}],
    ['pubsub', ['--others', '3'], { lost: 0 }],
    ['connect', [], {}],
    ['soak', ['--rate', '200'], { ended: 0 }],
  ])('counts %s, and leaves no session behind', async (scenario, words, more) => {
    const { code, out } = await result('bench', scenario, '--url', url, '--json', ...small, ...words)
    const report = JSON.parse(out) as { count: number; latency_ms: { p50: number } }
    expect({ code, ...report }).toMatchObject({ code: 0, scenario, router: 'given', errors: 0, ...more })
    expect(report.count).toBeGreaterThan(0)
    expect(report.latency_ms.p50).toBeGreaterThan(0)
  })

  it('prints a table for people, also when it is interrupted', async () => {
    const running = new Running(['bench', 'rpc', '--url', url, '--duration', '1h', '--sessions', '1', '--rate', '100'])
    await expect.poll(() => router.realms.some(({ memberCount }) => memberCount >= 2)).toBe(true)
    expect(await running.interrupt()).toBe(130)
    expect(running.out).toMatch(/^router +at ws:.*\nload +1 sessions.*\ncalls +\d+ in .*\nms .*\nerrors +0\nthis process /)
  })

  it('needs rights below its prefix', async () => {
    const { code, err } = await result('bench', 'rpc', '--url', url, ...small, '--prefix', 'com.secret')
    expect(code).toBe(4)
    expect(err).toContain('not_authorized')
  })

  it.each([
    [['--url', 'ws://router.example.com/ws'], '--yes-load router.example.com'],
    [['--url', 'ws://router.example.com/ws', '--yes-load', 'example.com'], '--yes-load router.example.com'],
    [['--url', 'ws://10.0.0.1/ws'], '--yes-load 10.0.0.1'],
    [['--url', 'ws://localhost.example.com/ws'], '--yes-load'],
    [['--url', 'x'], 'expected a URL'],
    [['--url', 'ws://127.0.0.1', '--sessions', '0'], 'whole number'],
  ])('refuses %j', async (words, hint) => {
    const { code, err } = await result('bench', 'rpc', ...words)
    expect(code).toBe(2)
    expect(err).toContain(hint)
  })
})

describe('runLanes', () => {
  it('counts errors of the application, and ends at any other', async () => {
    const meter = new Meter()
    let count = 0
    const act = (): Promise<void> => {
      count++
      if (count < 10) return Promise.reject(new ApplicationError('com.example.no'))
      return count < 20 ? Promise.resolve() : Promise.reject(new TypeError('gone'))
    }
    await expect(runLanes({ lanes: 2, perSecond: undefined }, act, meter, new AbortController().signal)).rejects.toThrow('gone')
    expect([meter.errors, meter.count, meter.lastError]).toEqual([9, 10, 'com.example.no'])
  })

  it('begins at the rate, and counts what is late from when it was due', async () => {
    const meter = new Meter()
    const end = new AbortController()
    let count = 0
    const act = async (): Promise<void> => {
      if (++count === 5) end.abort()
      if (count === 1) for (const until = performance.now() + 50; performance.now() < until;);
    }
    await runLanes({ lanes: 1, perSecond: 100 }, act, meter, end.signal)
    expect(count).toBe(5)
    expect(meter.latency.p50).toBeGreaterThan(5)
  })
})
