// `npm run bench:start`: how long the router takes from its start to the first session, as its users get it (from packed tarballs in an empty
// folder, by npx and without), and Crossbar.io beside it, in turn. Loopback only; ends every process that it started.

import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openSession } from '@trunkline/client/session'
import { Child } from '@trunkline/testkit/child'
import { median } from '../load/measure.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const FOLDER = join(ROOT, '.cache', 'bench-start')
const PACKAGES = ['protocol', 'contract', 'client', 'router', 'cli']
const REALM = 'realm1'
const PATIENCE_MS = 60_000
/** Between two attempts to connect, and so how exact the figures are. */
const ATTEMPT_MS = 5
/** The bar of `npx trunkline`. */
const BAR_MS = 1_000

const HELP = `Usage: npm run bench:start -- [--runs N]

  --runs N   starts of each that are measured, after one that is not (default 5)

Needs a built tree, python3 with venv for Crossbar.io, and the package registries at the first run.
`

/** Until the first session. */
interface Start {
  readonly milliseconds: number
  /** Of all processes that it started; NaN where the system does not tell. */
  readonly processorMs: number
}

const { values } = parseArgs({ options: { runs: { type: 'string', default: '5' }, help: { type: 'boolean', default: false } } })
if (values.help) console.log(HELP)
else await main(Number(values.runs))

async function main(runs: number): Promise<void> {
  install()
  const crossbar = join(ROOT, run('conformance/python.sh', ['crossbar', '--no-deps', '--no-compile'], ROOT).trim(), 'bin', 'crossbar')
  const port = await freePort()
  writeConfigurations(port)
  const ours = ['start', '--config', 'trunkline.yaml']
  const commands = {
    trunkline: [process.execPath, 'node_modules/trunkline/bin/trunkline.js', ...ours],
    'npx trunkline': ['npx', '--no-install', 'trunkline', ...ours],
    'Crossbar.io': [crossbar, 'start', '--cbdir', '.crossbar'],
  }
  const starts = Object.entries(commands).map(([name, command]) => ({ name, command, measured: [] as Start[] }))
  // What is read from the disk for the first time, and what Python compiles then, does not count.
  for (const { command } of starts) await start(command, port)
  for (let i = 0; i < runs; i++) {
    for (const { command, measured } of i % 2 === 0 ? starts : starts.toReversed()) measured.push(await start(command, port))
  }
  report(starts)
}

/** As in an empty folder of a user: what is packed here, its dependencies from the registry. */
function install(): void {
  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(join(FOLDER, 'tarballs'), { recursive: true })
  for (const name of PACKAGES) run('npm', ['pack', '--silent', '--pack-destination', join(FOLDER, 'tarballs'), `./packages/${name}`], ROOT)
  writeFileSync(join(FOLDER, 'package.json'), '{ "private": true }')
  const tarballs = readdirSync(join(FOLDER, 'tarballs')).map((file) => `./tarballs/${file}`)
  run('npm', ['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', ...tarballs], FOLDER)
}

/** The same for both: one port for WebSocket, one realm in which every client may do everything. */
function writeConfigurations(port: number): void {
  const rule = "{ uri: '**', allow: [call, register, publish, subscribe] }"
  const realm = `{ anonymous: { role: guest }, roles: { guest: [${rule}] } }`
  const listeners = `[websocket: { host: 127.0.0.1, port: ${port} }]`
  writeFileSync(join(FOLDER, 'trunkline.yaml'), `listeners: ${listeners}\nrealms: { ${REALM}: ${realm} }\n`)
  const allow = { call: true, register: true, publish: true, subscribe: true }
  const roles = [{ name: 'anonymous', permissions: [{ uri: '', match: 'prefix', allow }] }]
  const endpoint = { type: 'tcp', port, interface: '127.0.0.1' }
  const router = { type: 'router', realms: [{ name: REALM, roles }], transports: [{ type: 'websocket', endpoint, serializers: ['json'] }] }
  mkdirSync(join(FOLDER, '.crossbar'))
  writeFileSync(join(FOLDER, '.crossbar', 'config.json'), JSON.stringify({ version: 2, controller: {}, workers: [router] }))
}

async function start(command: readonly string[], port: number): Promise<Start> {
  const began = performance.now()
  const child = new Child(command, { cwd: FOLDER, env: { ...process.env, NODE_OPTIONS: '' }, hasChildren: true })
  try {
    while (!(await opensSession(`ws://127.0.0.1:${port}/ws`))) {
      if (!child.isRunning || performance.now() - began > PATIENCE_MS)
        throw new Error(`${command.join(' ')} opens no session: ${child.output}`)
      await sleep(ATTEMPT_MS)
    }
    return { milliseconds: performance.now() - began, processorMs: processorMs(child.pid) }
  } finally {
    await child.stop('SIGKILL')
  }
}

async function opensSession(url: string): Promise<boolean> {
  try {
    const session = await openSession({ url, realm: REALM })
    await session.leave()
    return true
  } catch {
    return false
  }
}

/** The processor time of a group of processes, in steps of 10 ms. */
function processorMs(group: number): number {
  if (process.platform !== 'linux') return Number.NaN
  let ticks = 0
  for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const [, , leader, ...rest] = statOf(id)
    if (Number(leader) === group) ticks += rest.slice(8, 12).reduce((sum, each) => sum + Number(each), 0)
  }
  return ticks * 10
}

function statOf(id: string): string[] {
  try {
    return readFileSync(`/proc/${id}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  } catch {
    return [] // It has ended.
  }
}

function report(starts: readonly { readonly name: string; readonly measured: readonly Start[] }[]): void {
  const others = starts.at(-1)?.measured ?? []
  console.log(`Node ${process.version}; from the start to the first session, medians of ${others.length}\n`)
  console.log('| what          | ms      | least   | processor ms | of Crossbar.io | bar     |         |')
  console.log('|---------------|---------|---------|--------------|----------------|---------|---------|')
  for (const { name, measured } of starts) {
    const times = measured.map(({ milliseconds }) => milliseconds)
    const ratio = median(times.map((each, i) => each / (others[i]?.milliseconds ?? Number.NaN)))
    const verdict = name === 'npx trunkline' ? [`< ${BAR_MS}`, median(times) < BAR_MS ? 'reached' : 'missed'] : ['none', '']
    const figures = [median(times), Math.min(...times)].map((each) => each.toFixed(0).padEnd(7))
    const processor = median(measured.map((each) => each.processorMs)).toFixed(0)
    const cells = [name.padEnd(13), ...figures, processor.padEnd(12), ratio.toFixed(2).padEnd(14), ...verdict.map((text) => text.padEnd(7))]
    console.log(`| ${cells.join(' | ')} |`)
  }
}

function run(program: string, words: readonly string[], cwd: string): string {
  return execFileSync(program, words, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
