// Shows what a router exposes of itself, by what names, and to whom.

import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { ALLOW_ALL, World } from '@trunkline/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { createRouter } from '../router.ts'
import type { MetricsAccess } from './metrics.ts'
import { Metrics } from './metrics.ts'
import { PROCESS_METRICS } from './process-table.ts'
import { ROUTER_METRICS } from './router-table.ts'

const REALMS = { realm1: { anonymousRole: 'anonymous', roles: { anonymous: ALLOW_ALL } } }
const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

/** The lines of one metric. */
function lines(metrics: Metrics, name: string): readonly string[] {
  return metrics
    .text()
    .split('\n')
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
}

function worldWithMetrics(): { readonly world: World; readonly metrics: Metrics } {
  const world = new World({ realms: REALMS })
  const metrics = new Metrics(world.router)
  ends.push(
    () => world.end(),
    () => metrics.close(),
  )
  return { world, metrics }
}

describe('the names of metrics', () => {
  const all = Object.entries({ ...ROUTER_METRICS, ...PROCESS_METRICS })

  it('follow the conventions: counters end with _total, quantities with their base unit', () => {
    const wrong = all.filter(([name, metric]) => {
      const ending = `${'unit' in metric ? `_${metric.unit}` : ''}${metric.type === 'counter' ? '_total' : ''}`
      return !name.endsWith(ending) || (metric.type !== 'counter' && name.endsWith('_total')) || !/^[a-z][a-z0-9_]*$/.test(name)
    })
    expect(wrong).toEqual([])
  })

  it('all have a help of one sentence, and no two are the same', () => {
    expect(all.filter(([, { help }]) => !/^[^\n]+\.$/.test(help))).toEqual([])
    expect(new Set(all.map(([name]) => name)).size).toBe(Object.keys(ROUTER_METRICS).length + Object.keys(PROCESS_METRICS).length)
  })
})

describe('the metrics of a router', () => {
  it('count sessions, messages and octets by type', () => {
    const { world, metrics } = worldWithMetrics()
    const [caller, callee] = [world.join(), world.join()]
    callee.say(64, 1, {}, 'com.example.add')
    caller.say(48, 1, {}, 'com.example.add', [1, 2])
    callee.take()
    expect(lines(metrics, 'trunkline_sessions')).toEqual(['trunkline_sessions{realm="realm1"} 2'])
    expect(lines(metrics, 'trunkline_calls_routed_total')).toEqual(['trunkline_calls_routed_total 1'])
    expect(lines(metrics, 'trunkline_messages_received_total')).toEqual([
      'trunkline_messages_received_total{type="HELLO"} 2',
      'trunkline_messages_received_total{type="CALL"} 1',
      'trunkline_messages_received_total{type="REGISTER"} 1',
    ])
    expect(lines(metrics, 'trunkline_messages_sent_total')).toEqual([
      'trunkline_messages_sent_total{type="WELCOME"} 2',
      'trunkline_messages_sent_total{type="REGISTERED"} 1',
      'trunkline_messages_sent_total{type="INVOCATION"} 1',
    ])
    const call = JSON.stringify([48, 1, {}, 'com.example.add', [1, 2]])
    expect(lines(metrics, 'trunkline_received_bytes_total')).toContain(`trunkline_received_bytes_total{type="CALL"} ${call.length}`)
  })

  it('count limits by their names', () => {
    const world = new World({ realms: { realm1: { ...REALMS.realm1, limits: { subscriptions: 1 } } } })
    const metrics = new Metrics(world.router)
    ends.push(
      () => world.end(),
      () => metrics.close(),
    )
    const peer = world.join()
    peer.say(32, 1, {}, 'com.example.a')
    peer.say(32, 2, {}, 'com.example.b')
    expect(lines(metrics, 'trunkline_limits_hit_total')).toEqual(['trunkline_limits_hit_total{limit="subscriptions"} 1'])
  })

  it('have one series for all realms beyond the first hundred', () => {
    const realms = Object.fromEntries(Array.from({ length: 102 }, (_, i) => [`realm${i}`, REALMS.realm1]))
    const router = createRouter({ realms })
    const metrics = new Metrics(router)
    ends.push(
      () => router.close(),
      () => metrics.close(),
    )
    expect(lines(metrics, 'trunkline_sessions')).toHaveLength(101)
    expect(lines(metrics, 'trunkline_sessions')).toContain('trunkline_sessions{realm="all others"} 0')
  })

  it('show the other nodes of a cluster, and nothing of one where the router stands alone', () => {
    const { world, metrics } = worldWithMetrics()
    expect(metrics.text()).not.toContain('trunkline_cluster_nodes{')
    const node = { host: 'h', queuedBytes: 0, resent: 0, roundTripMs: undefined, clockAheadMs: 0, otherSettings: [] }
    const nodes = [
      { ...node, node: 'b', state: 'up' as const, queuedBytes: 5, resent: 2, roundTripMs: 3, clockAheadMs: -2_000, otherSettings: ['r'] },
      { ...node, node: 'c', state: 'lost' as const },
    ]
    const counts = {
      framesSent: 1,
      framesReceived: 2,
      framesUnwritable: 8,
      packetsSent: 3,
      packetsReceived: 4,
      packetsResent: 2,
      packetsDropped: 5,
      sessionsPaced: 10,
      linksLost: 6,
      linksPutOff: 9,
    }
    const cluster = { node: 'a', nodes, counts: { ...counts, strangers: 7, hellosMalformed: 1 } }
    const { counters, durations, realms, load, eventLoop } = world.router
    const joined = new Metrics({ counters, durations, realms, load, eventLoop, cluster })
    ends.push(() => joined.close())
    expect(lines(joined, 'trunkline_cluster_nodes')).toEqual(
      ['joining"} 0', 'up"} 1', 'draining"} 0', 'left"} 0', 'incompatible"} 0', 'lost"} 1'].map(
        (rest) => `trunkline_cluster_nodes{state="${rest}`,
      ),
    )
    expect(lines(joined, 'trunkline_cluster_settings_differ')).toContain('trunkline_cluster_settings_differ{node="b"} 1')
    expect(lines(joined, 'trunkline_cluster_clock_ahead_seconds')).toContain('trunkline_cluster_clock_ahead_seconds{node="b"} -2')
    expect(lines(joined, 'trunkline_cluster_round_trip_seconds')).toEqual(['trunkline_cluster_round_trip_seconds{node="b"} 0.003'])
    expect(lines(joined, 'trunkline_cluster_sessions_paced_total')).toEqual(['trunkline_cluster_sessions_paced_total 10'])
    expect(lines(joined, 'trunkline_cluster_queued_bytes')).toContain('trunkline_cluster_queued_bytes{node="b"} 5')
    expect(lines(joined, 'trunkline_cluster_packets_resent_total')).toContain('trunkline_cluster_packets_resent_total{node="b"} 2')
    expect(lines(joined, 'trunkline_cluster_frames_total')).toContain('trunkline_cluster_frames_total{direction="received"} 2')
    expect(lines(joined, 'trunkline_cluster_frames_unwritable_total')).toEqual(['trunkline_cluster_frames_unwritable_total 8'])
    expect(lines(joined, 'trunkline_cluster_links_lost_total')).toEqual(['trunkline_cluster_links_lost_total 6'])
    counters.clusterEventsMissed = 3
    counters.clusterDefinitionsLost = 4
    expect(lines(joined, 'trunkline_cluster_events_missed_total')).toEqual(['trunkline_cluster_events_missed_total 3'])
    expect(lines(joined, 'trunkline_cluster_kept_lost_total')).toContain('trunkline_cluster_kept_lost_total{kind="definition"} 4')
    expect(lines(joined, 'trunkline_cluster_strangers_total')).toEqual(['trunkline_cluster_strangers_total 8'])
  })

  it('include those of the process', () => {
    const { metrics } = worldWithMetrics()
    const values = Object.entries(PROCESS_METRICS).map(([name, { type }]) => lines(metrics, type === 'histogram' ? `${name}_count` : name))
    for (const [line = ''] of values) expect(Number(line.split(' ').at(-1))).toBeGreaterThanOrEqual(0)
  })
})

describe('the page', () => {
  /** Opens a listener with the page, and asks for it. */
  async function pageFor(access?: MetricsAccess, trustedProxies: readonly string[] = []) {
    const router = createRouter({ realms: REALMS, trustedProxies })
    const metrics = new Metrics(router)
    const { address } = await router.listenHttp({ host: '127.0.0.1', port: 0, paths: [], routes: metrics.route(access) })
    ends.push(
      () => router.close(),
      () => metrics.close(),
    )
    return async (path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') => {
      // fetch sends no Host of its caller's.
      const asked = request(new URL(path, address), { method, headers: { ...headers, Connection: 'close' } }).end()
      const [answer] = (await once(asked, 'response')) as [IncomingMessage]
      return { status: answer.statusCode, type: answer.headers['content-type'], text: await text(answer), headers: answer.headers }
    }
  }

  it('is served at its path beside health, in the format that the scraper wants', async () => {
    const ask = await pageFor()
    expect(await ask('/metrics')).toMatchObject({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8' })
    const open = await ask('/metrics?any=1', { Accept: 'application/openmetrics-text' })
    expect([open.status, open.text.endsWith('# EOF\n')]).toEqual([200, true])
    expect((await ask('/health')).status).toBe(200)
    expect((await ask('/other')).status).toBe(404)
    expect(await ask('/metrics', {}, 'HEAD')).toMatchObject({ status: 200, text: '' })
    expect((await ask('/metrics', {}, 'POST')).status).toBe(405)
  })

  it('needs the token, if there is one', async () => {
    const ask = await pageFor({ token: 'a token of this test', path: '/m' })
    const refused = await ask('/m')
    expect([refused.status, refused.headers['www-authenticate']]).toEqual([401, 'Bearer'])
    for (const value of ['Bearer a', 'Basic a token of this test', 'a token of this test']) {
      expect((await ask('/m', { Authorization: value })).status).toBe(401)
    }
    const other = await pageFor({ token: 'a-token-of-this-test' })
    expect((await other('/metrics', { Authorization: 'Bearer a-token-of-this-test' })).status).toBe(200)
  })

  it('is not shown without a token under a name that a page could lead here, to no address', async () => {
    const statuses = async (access: MetricsAccess | undefined, hosts: readonly string[]): Promise<readonly (number | undefined)[]> => {
      const ask = await pageFor(access)
      return Promise.all(hosts.map(async (Host) => (await ask('/metrics', { Host })).status))
    }
    const own = ['localhost:8089', '127.0.0.1', '[::1]:8089', 'Metrics.example.com:8089']
    const foreign = [
      'page.example.net',
      'page.example.net:8089',
      'metrics.example.com.page.example.net',
      'a b',
      '127.0.0.1.page.example.net',
    ]
    expect(await statuses({ hosts: ['metrics.example.com'] }, own)).toEqual([200, 200, 200, 200])
    expect(await statuses({ hosts: ['metrics.example.com'] }, foreign)).toEqual([403, 403, 403, 403, 403])
    expect(await statuses({ addresses: ['127.0.0.0/8'] }, foreign)).toEqual([403, 403, 403, 403, 403])
    expect(await statuses(undefined, foreign)).toEqual([403, 403, 403, 403, 403])
    expect(await statuses({ token: 'no page knows this one' }, foreign)).toEqual([401, 401, 401, 401, 401])
    const refused = await (await pageFor())('/metrics', { Host: 'metrics.example.com' })
    expect(refused.text).toContain('name it in `hosts` of the listener')
  })

  it('does not exist for other addresses; a trusted proxy names the address', async () => {
    expect((await (await pageFor({ addresses: ['127.0.0.0/8'] }))('/metrics')).status).toBe(200)
    expect((await (await pageFor({ addresses: ['10.0.0.0/8', 'unix'] }))('/metrics')).status).toBe(404)
    const behind = await pageFor({ addresses: ['10.0.0.0/8'] }, ['127.0.0.1'])
    expect((await behind('/metrics', { 'X-Forwarded-For': '10.1.2.3' })).status).toBe(200)
    expect((await behind('/metrics', { 'X-Forwarded-For': '11.1.2.3' })).status).toBe(404)
  })
})
