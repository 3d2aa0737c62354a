// `npm run bench:dashboard`: what an open dashboard costs its router, and whether the page goes on answering its user, with a crowd behind
// it. Loopback only, bounded in time; all processes end with it. Needs a build, Linux, and a Chromium.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Child, FROM_SOURCE } from '@trunkline/testkit/child'
import { withBrowser } from '@trunkline/testkit/chromium'
import type { Page } from 'playwright-core'
import { median } from '../load/measure.ts'

const COMMAND = fileURLToPath(new URL('../../packages/cli/bin/trunkline.js', import.meta.url))
const START_MS = 60_000
/** Ticks of the processor time in /proc, a second. */
const TICKS = 100

const HELP = `Usage: npm run bench:dashboard -- [options]

  --sessions N  sessions that subscribe (default 1000)
  --events N    events a second that they get together (default 10000)
  --seconds N   how long each interval is measured (default 10)
  --pairs N     pairs of intervals for each page, without it and with it (default 4)
`

/** Each page with its fragment. */
const PAGES = { overview: '', sessions: 'sessions', procedures: 'procedures', topics: 'topics', graph: 'graph', traffic: 'traffic' }

const OBSERVE = `
  globalThis.longTasks = []
  new PerformanceObserver((list) => globalThis.longTasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' })
`

const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '1000' },
    events: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '10' },
    pairs: { type: 'string', default: '4' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) console.log(HELP)
else await main()

async function main(): Promise<void> {
  const router = Child.node([COMMAND, 'dev', '--port', '0', '--rawsocket-port', '0', '--json-logs'], { errors: 'passed on' })
  try {
    const [, webSocket = ''] = await router.shows(/"address":"(ws:[^"]+)"/)
    const crowd = Child.node(
      [...FROM_SOURCE, fileURLToPath(new URL('crowd.ts', import.meta.url)), webSocket, values.sessions, values.events],
      {
        output: 'passed on',
        hasChannel: true,
      },
    )
    await crowd.message(START_MS)
    await withBrowser(async (browser) => {
      const page = browser.pages()[0] ?? (await browser.newPage())
      await rows(page, { home: webSocket.replace(/^ws:/, 'http:').replace(/ws$/, ''), pid: router.pid })
    })
  } finally {
    Child.killAll()
  }
}

interface Measured {
  readonly home: string
  readonly pid: number
}

async function rows(page: Page, router: Measured): Promise<void> {
  const seconds = Number(values.seconds)
  console.log(`${values.sessions} sessions, ${values.events} events a second; ${values.pairs} pairs of ${seconds} s\n`)
  console.log('| page       | router without | router with | its cost                  | tasks over 50 ms | longest | main thread |')
  console.log('|------------|----------------|-------------|---------------------------|------------------|---------|-------------|')
  for (const [name, fragment] of Object.entries(PAGES)) {
    const pairs: Pair[] = []
    for (let i = 0; i < Number(values.pairs); i++) pairs.push(await pairOf(page, router, fragment))
    print(name, pairs)
  }
}

/** Two intervals, one after the other: without the page and with it. */
interface Pair {
  /** Of one core. */
  readonly without: number
  readonly with: number
  readonly longTasks: readonly number[]
  /** Of one core. */
  readonly mainThread: number
}

async function pairOf(page: Page, { home, pid }: Measured, fragment: string): Promise<Pair> {
  const ms = 1_000 * Number(values.seconds)
  await page.goto('about:blank')
  await page.waitForTimeout(1_000)
  const without = await share(pid, () => page.waitForTimeout(ms))
  await page.goto(`${home}#/${fragment}`)
  await page.waitForTimeout(2_000) // Opening a page is not what is measured.
  const devTools = await page.context().newCDPSession(page)
  await devTools.send('Performance.enable', { timeDomain: 'threadTicks' })
  const busy = async (): Promise<number> =>
    (await devTools.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN
  await page.evaluate(OBSERVE)
  const busyBefore = await busy()
  const withPage = await share(pid, () => page.waitForTimeout(ms))
  const mainThread = ((await busy()) - busyBefore) / (ms / 1_000)
  const longTasks = await page.evaluate<number[]>('globalThis.longTasks')
  await devTools.detach()
  return { without, with: withPage, longTasks, mainThread }
}

/** The share of one core that a process uses while something runs. */
async function share(pid: number, run: () => Promise<void>): Promise<number> {
  const [cpu, begun] = [cpuSeconds(pid), performance.now()]
  await run()
  return (cpuSeconds(pid) - cpu) / ((performance.now() - begun) / 1_000)
}

function cpuSeconds(pid: number): number {
  // What follows the name of the program, which may hold spaces: utime and stime are the 14th and 15th field.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

function print(name: string, pairs: readonly Pair[]): void {
  const percent = (value: number): string => `${(value * 100).toFixed(1)} %`
  const costs = pairs.map((pair) => pair.with - pair.without)
  const longTasks = pairs.flatMap((pair) => pair.longTasks)
  const cells = [
    name.padEnd(10),
    percent(median(pairs.map((pair) => pair.without))).padEnd(14),
    percent(median(pairs.map((pair) => pair.with))).padEnd(11),
    `${percent(median(costs))} (${percent(Math.min(...costs))} to ${percent(Math.max(...costs))})`.padEnd(25),
    String(longTasks.length).padEnd(16),
    `${Math.max(0, ...longTasks)} ms`.padEnd(7),
    percent(median(pairs.map((pair) => pair.mainThread))).padEnd(11),
  ]
  console.log(`| ${cells.join(' | ')} |`)
}
