// `npm run bench:browser`: events for a page in Chromium at a rate, and whether they kept the page from answering its user. Loopback only,
// bounded in time; all processes end with it. Needs a Chromium.

import { once } from 'node:events'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Child, FROM_SOURCE } from '@trunkline/testkit/child'
import { withBrowser } from '@trunkline/testkit/chromium'
import { build } from 'esbuild'
import type { BrowserContext } from 'playwright-core'
import type { Ready } from '../usage.ts'
import type { Measured, Way } from './ways.ts'
import { WAYS } from './ways.ts'

const START_MS = 30_000

const HELP = `Usage: npm run bench:browser -- [handler] [loop] [bare] [options]

  --rate N      events a second (default 20000)
  --seconds N   how long a run is measured (default 10)
  --warmup N    seconds before that (default 3)
  --runs N      runs of each (default 3)
`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rate: { type: 'string', default: '20000' },
    seconds: { type: 'string', default: '10' },
    warmup: { type: 'string', default: '3' },
    runs: { type: 'string', default: '3' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) console.log(HELP)
else await main()

async function main(): Promise<void> {
  const server = await serve(await pageScript())
  const router = started('../router.ts', [])
  try {
    const { port, path } = (await router.message(START_MS)) as Ready
    const url = `ws://127.0.0.1:${port}${path}`
    started('publisher.ts', [url, values.rate])
    await withBrowser((browser) => rows(browser, `http://127.0.0.1:${(server.address() as AddressInfo).port}/?${url}`))
  } finally {
    Child.killAll()
    server.close()
  }
}

function started(file: string, words: readonly string[]): Child {
  return Child.node([...FROM_SOURCE, fileURLToPath(new URL(file, import.meta.url)), ...words], { output: 'passed on', hasChannel: true })
}

/** Serves the page on this machine, which routers allow by default. */
async function serve(script: string): Promise<Server> {
  const server = createServer(({ url }, response) => {
    const isScript = url === '/page.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? script : '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

async function pageScript(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('page.ts', import.meta.url))],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    conditions: ['browser', 'trunkline-source'],
  })
  return outputFiles.map(({ text }) => text).join('')
}

async function rows(browser: BrowserContext, page: string): Promise<void> {
  console.log(`${browser.browser()?.version() ?? 'Chromium'}, ${values.rate} events a second, ${values.seconds} s each\n`)
  console.log('| page takes events by | events/s | faults | main thread, each | tasks over 50 ms | longest | result  |')
  console.log('|----------------------|----------|--------|-------------------|------------------|---------|---------|')
  const chosen = WAYS.filter((way) => positionals.length === 0 || positionals.includes(way))
  for (let run = 0; run < Number(values.runs); run++) for (const way of chosen) print(way, await measured(browser, page, way))
}

/** What a page saw, and the processor time of its main thread for each event. */
interface Row extends Measured {
  readonly microsEach: number
}

async function measured(browser: BrowserContext, url: string, way: Way): Promise<Row> {
  const page = await browser.newPage()
  try {
    await page.goto(url)
    await page.waitForFunction('globalThis.measure !== undefined')
    await page.evaluate(`open('${way}')`)
    await page.waitForTimeout(Number(values.warmup) * 1000)
    const devTools = await browser.newCDPSession(page)
    await devTools.send('Performance.enable', { timeDomain: 'threadTicks' })
    const busyMicros = async (): Promise<number> =>
      1e6 * ((await devTools.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN)
    const before = await busyMicros()
    const result = await page.evaluate<Measured>(`measure(${values.seconds})`)
    return { ...result, microsEach: ((await busyMicros()) - before) / (result.perSecond * result.seconds) }
  } finally {
    await page.close()
  }
}

function print(way: Way, row: Row): void {
  const cells = [
    way.padEnd(20),
    String(Math.round(row.perSecond)).padEnd(8),
    String(row.faults).padEnd(6),
    `${row.microsEach.toFixed(1)} µs`.padEnd(17),
    String(row.longTasks).padEnd(16),
    `${Math.round(row.longestMs)} ms`.padEnd(7),
    resultOf(row).padEnd(7),
  ]
  console.log(`| ${cells.join(' | ')} |`)
  if (row.faults > 0) process.exitCode = 1
}

/** `slower` says nothing of the page: the machine did not bring it the events at the rate. */
function resultOf({ faults, longTasks, perSecond }: Row): string {
  if (faults > 0) return 'FAULTY'
  if (longTasks > 0) return 'missed'
  return perSecond < 0.95 * Number(values.rate) ? 'slower' : 'reached'
}
