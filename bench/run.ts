// `npm run bench`: router and relay in turn under the same load, pair by pair, and a table of both with their ratio.
// Loopback only, bounded in time; ends every process that it started. Exit code 1 when a message was not accounted for.

import { mkdirSync, writeFileSync } from 'node:fs'
import { arch, cpus, platform } from 'node:os'
import type { Arguments } from './arguments.ts'
import { HELP, readArguments } from './arguments.ts'
import { Children } from './children.ts'
import { isClean } from './load/account.ts'
import type { LoadResult } from './load/measure.ts'
import { median } from './load/measure.ts'
import type { Measurement } from './table.ts'
import { header, line } from './table.ts'
import type { Row } from './rows.ts'
import { DEFAULTS, ROWS } from './rows.ts'

/** `slow` has to publish more than the kernel's buffers hold for the stopped reader. */
const SLOW_SECONDS = 4

try {
  const args = readArguments(process.argv.slice(2))
  if (args.wantsHelp) console.log(HELP)
  else await main(args)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

async function main(args: Arguments): Promise<void> {
  const children = await Children.build()
  process.once('exit', () => children.close())
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
  const host = `Node ${process.version}, ${platform()} ${arch()}, ${cpus().length} processors${children.isPinned ? ', router on one, load on another' : ''}`
  console.log(`${host}; ${args.pairs} pairs of ${args.seconds} s\n`)
  for (const text of header()) console.log(text)
  const measurements: Measurement[] = []
  for (const row of rowsFor(args)) {
    const measurement = await measure(children, row, args)
    measurements.push(measurement)
    console.log(line(measurement))
    for (const note of measurement.notes) console.log(`  ${note}`)
    if (!measurement.isClean) process.exitCode = 1
  }
  if (args.mustSave) save(host, args, measurements)
}

/** Rows about a serializer or transport of their own are left out when the command line names one. */
function rowsFor(args: Arguments): Row[] {
  const isGiven = args.serializer !== undefined || args.transport !== undefined
  return ROWS.filter((row) => args.scenarios.includes(row.scenario) && !(isGiven && row.wire !== undefined))
}

async function measure(children: Children, row: Row, args: Arguments): Promise<Measurement> {
  const ours: number[] = []
  const others: number[] = []
  const notes = new Set<string>()
  let clean = true
  const take = (values: number[], result: LoadResult, who: string): void => {
    values.push(result.value)
    clean &&= isClean(result.faults)
    if (!isClean(result.faults)) notes.add(`${who}: ${JSON.stringify(result.faults)}`)
    for (const note of result.notes) notes.add(`${who}: ${note}`)
  }
  for (let pair = 0; pair < args.pairs; pair++) {
    const steps = [
      async () => take(ours, await runOurs(children, row, args), 'ours'),
      async () => (row.against === undefined ? undefined : take(others, await runOther(children, row, args), 'other')),
    ]
    // Router and relay take turns to be first, so that a machine that becomes slower favours neither.
    for (const step of pair % 2 === 0 ? steps : steps.toReversed()) await step()
  }
  const ratios = ours.map((value, i) => value / (others[i] ?? Number.NaN))
  return { row, ours: median(ours), other: median(others), ratio: median(ratios), ratios, isClean: clean, notes: [...notes] }
}

function runOurs(children: Children, row: Row, args: Arguments, settings = row.settings): Promise<LoadResult> {
  const serializer = row.wire?.serializer ?? settings.serializer ?? args.serializer ?? DEFAULTS.serializer
  return children.run('router', row.wire?.transport ?? args.transport ?? 'websocket', { ...optionsFor(row, args, settings), serializer })
}

/** The relay speaks JSON only, and has one kind of subscriber. */
function runOther(children: Children, row: Row, args: Arguments): Promise<LoadResult> {
  if (row.against !== 'relay') return runOurs(children, row, args, row.against)
  const options = optionsFor(row, args, row.settings)
  const scenario = row.scenario === 'transcode' ? 'pubsub' : row.scenario
  return children.run('relay', row.wire?.transport ?? args.transport ?? 'websocket', { ...options, scenario })
}

function optionsFor(row: Row, args: Arguments, settings: Row['settings'] = {}): Parameters<Children['run']>[2] {
  const payload = args.payload ?? settings.payload ?? DEFAULTS.payload
  const seconds = row.scenario === 'slow' ? Math.max(args.seconds, SLOW_SECONDS) : args.seconds
  return { ...DEFAULTS, ...settings, payload, scenario: row.scenario, seconds, warmupSeconds: args.warmupSeconds }
}

function save(host: string, args: Arguments, measurements: readonly Measurement[]): void {
  const folder = new URL('results/', import.meta.url)
  const date = new Date().toISOString()
  const file = new URL(`${date.slice(0, 10)}-${platform()}-${arch()}-${cpus().length}.json`, folder)
  mkdirSync(folder, { recursive: true })
  const results = measurements.map(({ row, ...figures }) => ({ name: row.name, unit: row.unit, ...figures }))
  writeFileSync(file, `${JSON.stringify({ date, host, pairs: args.pairs, seconds: args.seconds, results }, undefined, 2)}\n`)
  console.log(`\nwritten: ${file.pathname}`)
}
