// `npm run bench:clients`: this client and others in turn do the same work against this router, both ends of each in one process.
// Prints what each costs as a share of what autobahn-js costs in the same run: of processor time, not of time by the clock.
// Loopback only, bounded in time; ends every process that it started.

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { build } from 'esbuild'
import { median } from '../load/measure.ts'
import type { Ready } from '../usage.ts'
import type { ClientLoad } from './load.ts'

const FOLDER = new URL('../../.cache/bench-clients/', import.meta.url)
const BARS = { call: 0.6, event: 0.8 } as const
const HELP = `Usage: npm run bench:clients -- [call] [event] [options]

  --pairs N    runs of each client, in turn (default 3)
  --count N    calls or events of a run that are measured (default 60000)
  --warmup N   calls or events before them (default 30000)
`

type What = keyof typeof BARS

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pairs: { type: 'string', default: '3' },
    count: { type: 'string', default: '60000' },
    warmup: { type: 'string', default: '30000' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) console.log(HELP)
else await main()

async function main(): Promise<void> {
  await bundle()
  const router = spawn(process.execPath, [path('router.mjs')], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  try {
    const [ready] = (await once(router, 'message')) as [Ready]
    const url = `ws://127.0.0.1:${ready.port}${ready.path}`
    console.log(`Node ${process.version}; JSON over WebSocket, 64 in flight, per second of processor time of both ends\n`)
    console.log(
      '| what  | trunkline | autobahn-js | cost to autobahn-js | bar    |\n|-------|-----------|-------------|---------------------|--------|',
    )
    for (const what of ['call', 'event'] as const) {
      if (positionals.length === 0 || positionals.includes(what)) await row(url, what)
    }
  } finally {
    router.kill('SIGKILL')
  }
}

/** Into one file for each program, as a server would be deployed; `autobahn` stays a package, as its users load it. */
async function bundle(): Promise<void> {
  const entryPoints = ['load.ts', 'trunkline.ts', 'autobahn.ts', '../router.ts'].map((name) =>
    fileURLToPath(new URL(name, import.meta.url)),
  )
  await build({
    entryPoints: entryPoints.map((file) => ({ in: file, out: file.replace(/.*\/|\.ts$/g, '') })),
    outdir: fileURLToPath(FOLDER),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['trunkline-source'],
    external: ['autobahn'],
  })
}

async function row(url: string, what: What): Promise<void> {
  const ours: number[] = []
  const others: number[] = []
  for (let pair = 0; pair < Number(values.pairs); pair++) {
    const steps = [async () => ours.push(await load('trunkline', url, what)), async () => others.push(await load('autobahn', url, what))]
    // They take turns to be first, so that a machine that becomes slower favours neither.
    for (const step of pair % 2 === 0 ? steps : steps.toReversed()) await step()
  }
  const cost = median(ours.map((each, i) => (others[i] ?? Number.NaN) / each))
  const cells = [what.padEnd(5), shown(median(ours), 9), shown(median(others), 11), cost.toFixed(2).padEnd(19), `<= ${BARS[what]}`]
  console.log(`| ${cells.join(' | ')} | ${cost <= BARS[what] ? 'reached' : 'missed'}`)
}

async function load(client: string, url: string, what: What): Promise<number> {
  const args = [path('load.mjs'), path(`${client}.mjs`), url, what, values.count, values.warmup]
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 120_000 })
  return (JSON.parse(stdout) as ClientLoad).perCpuSecond
}

function path(name: string): string {
  return fileURLToPath(new URL(name, FOLDER))
}

function shown(figure: number, width: number): string {
  return `${(figure / 1000).toFixed(1)} k`.padEnd(width)
}
