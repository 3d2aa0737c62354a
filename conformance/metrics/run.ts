// The command of this suite: a router and a Prometheus that scrapes it, both as an operator starts them, with the files of the example.

import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '@trunkline/client'
import { Child, FROM_SOURCE } from '@trunkline/testkit/child'
import { freePorts } from '../faults/processes.ts'
import { dashboardExpressions } from './expressions.ts'
import { PrometheusServer } from './prometheus.ts'

const EXAMPLE = fileURLToPath(new URL('../../examples/monitoring/', import.meta.url))
const BIN = fileURLToPath(new URL('../../packages/cli/src/bin.ts', import.meta.url))
const WAIT_MS = 60_000

const folder = mkdtempSync(join(tmpdir(), 'trunkline-metrics-'))
cpSync(EXAMPLE, folder, { recursive: true })
let passed = 0
let failed = 0

async function check(name: string, work: () => unknown): Promise<void> {
  try {
    await work()
    passed++
  } catch (error) {
    failed++
    console.log(`FAILED ${name}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Runs promtool; rejects with what it prints when it finds fault. */
async function promtool(words: readonly string[], input = ''): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const tool = execFile('promtool', words, { cwd: folder }, (error, out, errors) => {
      // It also lints with exit code 0.
      if (error !== null || (words[1] === 'metrics' && out + errors !== '')) reject(new Error(out + errors))
      else resolve()
    })
    tool.stdin?.end(input)
  })
}

/** Calls and publications that leave something in most metrics. */
async function traffic(url: string): Promise<void> {
  const client = await connect({ url, realm: 'realm1' })
  await client.register('com.example.orders.add', ({ args }) => args.length)
  await client.subscribe('com.example.news', () => undefined)
  for (let i = 0; i < 50; i++) await client.call('com.example.orders.add', [i])
  await client.call('com.example.missing').catch(() => undefined)
  await client.publish('com.example.news', ['hello'], { acknowledge: true, excludeMe: false })
  await client.stop()
}

async function run(router: Child, prometheus: PrometheusServer, metrics: string): Promise<void> {
  const { address } = await router.shows(/"address":"(?<address>ws:[^"]+)"/).then(({ groups = {} }) => groups)
  await traffic(address ?? '')
  for (const accept of ['text/plain;version=0.0.4', 'text/plain;version=1.0.0']) {
    await check(`promtool check metrics, ${accept}`, async () => {
      const page = await fetch(metrics, { headers: { accept } })
      await promtool(['check', 'metrics'], await page.text())
    })
  }
  await check('promtool check config', () => promtool(['check', 'config', 'prometheus.yml']))
  await check('promtool test rules', () => promtool(['test', 'rules', 'rules.test.yml']))
  await check('Prometheus scrapes the router', () => prometheus.until('up{job="trunkline"}', (value) => value === 1))
  await check('a query has the calls by outcome', async () => {
    await prometheus.until('trunkline_calls_ended_total{outcome="result"}', (value) => value >= 50)
    await prometheus.until('trunkline_calls_ended_total{outcome="unmatched"}', (value) => value === 1)
  })
  await check('a query has the durations by the pattern of the configuration', () =>
    prometheus.until('trunkline_call_duration_seconds_count{realm="realm1",procedure="com.example.orders.**"}', (value) => value === 50),
  )
  await check('it reads OpenMetrics: the units are known', async () => {
    const metadata = await prometheus.get('/api/v1/metadata?metric=trunkline_queued_bytes')
    if (!JSON.stringify(metadata).includes('"unit":"bytes"')) throw new Error(JSON.stringify(metadata))
  })
  await check('every rule can be evaluated', async () => prometheus.rulesAreHealthy())
  for (const expression of dashboardExpressions(readFileSync(join(folder, 'dashboard.json'), 'utf8'))) {
    await check(`query of the dashboard: ${expression}`, () => prometheus.query(expression))
  }
}

const [webSocketPort, metricsPort, ownPort = 0] = await freePorts(3)
/** The files of the example, at ports that are free here and with short intervals. */
for (const file of ['trunkline.yaml', 'prometheus.yml']) {
  const text = readFileSync(join(folder, file), 'utf8')
    .replaceAll('8080', String(webSocketPort))
    .replaceAll('9464', String(metricsPort))
    .replaceAll('15s', '1s')
  writeFileSync(join(folder, file), text)
}
const router = Child.node([...FROM_SOURCE, BIN, 'start', '--config', join(folder, 'trunkline.yaml')])
const prometheus = new PrometheusServer(folder, ownPort, WAIT_MS)
try {
  await run(router, prometheus, `http://127.0.0.1:${metricsPort}/metrics`)
} catch (error) {
  failed++
  console.log(`FAILED: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
} finally {
  prometheus.kill()
  router.kill('SIGTERM')
  await router.ended
  await Promise.race([prometheus.ended, sleep(5_000)])
  rmSync(folder, { recursive: true, force: true })
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
