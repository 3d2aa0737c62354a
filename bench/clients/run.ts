// `npm run bench:clients`: this client and others in turn do the same work, both ends of each in one process: the clients of WAMP against this router,
// nats.js against a NATS server, tRPC against its own server. Prints what ours costs as a share of what each other costs in the same run:
// of processor time, not of time by the clock.
// Loopback only, bounded in time; ends every process that it started.

import type { ChildProcess } from 'node:child_process'
import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { build } from 'esbuild'
import { median } from '../load/measure.ts'
import type { Ready } from '../usage.ts'
import type { ClientLoad } from './load.ts'
import type { ClientMemory } from './memory.ts'

const FOLDER = new URL('../../.cache/bench-clients/', import.meta.url)
const WHATS = ['call', 'event', 'memory'] as const
type What = Exclude<(typeof WHATS)[number], 'memory'>

/** The other clients: their bars, and where they connect to. */
const OTHERS = {
  autobahn: { shown: 'autobahn-js', call: 0.6, event: 0.8 },
  wampy: { shown: 'wampy.js', call: 1, event: 1 },
  nats: { shown: 'nats.js', call: 1, event: 1 },
  trpc: { shown: 'tRPC', call: 1, event: undefined },
} as const
type Other = keyof typeof OTHERS
/** So many that what a program does while it warms up no longer shows. */
const COUNTS: Readonly<Record<What, string>> = { call: '60000', event: '200000' }

const HELP = `Usage: npm run bench:clients -- [call] [event] [memory] [autobahn] [wampy] [nats] [trpc] [options]

  --pairs N    runs of each client, in turn (default 3)
  --count N    calls or events of a run that are measured (default 60000 calls, 200000 events)
  --warmup N   calls or events before them (default half as many)

nats needs the program nats-server in the path, and is left out without it.
`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pairs: { type: 'string', default: '3' },
    count: { type: 'string' },
    warmup: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) console.log(HELP)
else await main()

async function main(): Promise<void> {
  await bundle()
  const router = spawn(process.execPath, [path('router.mjs')], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const nats = await startNats()
  try {
    const [ready] = (await once(router, 'message')) as [Ready]
    const url = `ws://127.0.0.1:${ready.port}${ready.path}`
    console.log(`Node ${process.version}; JSON, 64 in flight, per second of processor time of both ends\n`)
    console.log(
      '| what  | other       | trunkline | other     | cost to it | bar     |         |\n|-------|-------------|-----------|-----------|------------|---------|---------|',
    )
    for (const what of chosen(WHATS)) {
      if (what === 'memory') {
        await memory(url)
        continue
      }
      for (const other of chosen(Object.keys(OTHERS) as Other[])) {
        if (other === 'nats' && nats === undefined) console.log('nats.js: left out, there is no nats-server in the path')
        else await row(url, what, other, other === 'nats' ? (nats?.url ?? '') : url)
      }
    }
  } finally {
    router.kill('SIGKILL')
    nats?.server.kill('SIGKILL')
  }
}

/** Those that the command line names, or all. */
function chosen<Name extends string>(names: readonly Name[]): readonly Name[] {
  const named = names.filter((name) => positionals.includes(name))
  return named.length === 0 ? names : named
}

async function startNats(): Promise<{ readonly server: ChildProcess; readonly url: string } | undefined> {
  if (spawnSync('nats-server', ['--version']).status !== 0) return undefined
  const free = createServer().listen(0, '127.0.0.1')
  await once(free, 'listening')
  const { port } = free.address() as AddressInfo
  free.close()
  await once(free, 'close')
  const server = spawn('nats-server', ['-a', '127.0.0.1', '-p', String(port)], { stdio: ['ignore', 'ignore', 'pipe'] })
  for await (const line of createInterface(server.stderr)) if (line.includes('Server is ready')) break
  server.stderr.resume()
  return { server, url: `127.0.0.1:${port}` }
}

/** Into one file for each program, as a server would be deployed; the other clients stay packages, as their users load them. */
async function bundle(): Promise<void> {
  const names = ['load.ts', 'memory.ts', 'trunkline.ts', ...Object.keys(OTHERS).map((name) => `${name}.ts`), '../router.ts']
  const entryPoints = names.map((name) => fileURLToPath(new URL(name, import.meta.url)))
  await build({
    entryPoints: entryPoints.map((file) => ({ in: file, out: file.replace(/.*\/|\.ts$/g, '') })),
    outdir: fileURLToPath(FOLDER),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['trunkline-source'],
    external: ['autobahn', 'wampy', 'ws', '@nats-io/*', '@trpc/*'],
  })
}

async function row(url: string, what: What, other: Other, itsUrl: string): Promise<void> {
  const ours: number[] = []
  const its: number[] = []
  for (let pair = 0; pair < Number(values.pairs); pair++) {
    const steps = [async () => ours.push(await load('trunkline', url, what)), async () => its.push(await load(other, itsUrl, what))]
    // They take turns to be first, so that a machine that becomes slower favours neither.
    for (const step of pair % 2 === 0 ? steps : steps.toReversed()) await step()
  }
  const { shown: name, [what]: bar } = OTHERS[other]
  const cost = median(ours.map((each, i) => (its[i] ?? Number.NaN) / each))
  const cells = [what.padEnd(5), name.padEnd(11), shown(median(ours)), shown(median(its)), cost.toFixed(2).padEnd(10)]
  const verdict = bar === undefined ? ['none', ''] : [`<= ${bar}`, cost <= bar ? 'reached' : 'missed']
  console.log(`| ${[...cells, ...verdict.map((text) => text.padEnd(7))].join(' | ')} |`)
}

async function memory(url: string): Promise<void> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', path('memory.mjs'), url], { timeout: 120_000 })
  const { subscription, call } = JSON.parse(stdout) as ClientMemory
  console.log(
    `\nmemory of 10,000: a subscription ${Math.round(subscription)} octets, an open call with its invocation ${Math.round(call)} octets`,
  )
}

async function load(client: string, url: string, what: What): Promise<number> {
  const { count = COUNTS[what] } = values
  const { warmup = String(Number(count) / 2) } = values
  const args = [path('load.mjs'), path(`${client}.mjs`), url, what, count, warmup]
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 120_000 })
  return (JSON.parse(stdout) as ClientLoad).perCpuSecond
}

function path(name: string): string {
  return fileURLToPath(new URL(name, FOLDER))
}

function shown(figure: number): string {
  return `${(figure / 1000).toFixed(1)} k`.padEnd(9)
}
