// The command that measures what one session which does not read costs the others: `npm run slow-consumer`. Alternating
// pairs of runs, in which it reads or does not; the figure is the median of the pairs' changes.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Child } from '@trunkline/testkit/child'
import type { LoadResult, LoadSpec, Scenario } from './words.ts'

type Addresses = Pick<LoadSpec, 'url' | 'rawSocketPort'>

const SCENARIOS: readonly Scenario[] = ['events', 'calls']
const USAGE = 'usage: npm run slow-consumer -- [events] [calls] [--pairs N] [--seconds N] [--warmup N]'
/** Promise B2: the 99th percentile of the others moves by less. */
const MOST_CHANGE = 0.1
/** How long the load may take beyond its own times. */
const RESULT_MS = 60_000
/** The folder of the two programs as plain JavaScript: a translation while they run would be measured too. */
const PROGRAMS = new URL('../../.cache/slow-consumer/', import.meta.url)

const text = { type: 'string' } as const
const { values, positionals } = parseArgs({ allowPositionals: true, options: { pairs: text, seconds: text, warmup: text } })
const [pairs, seconds, warmupSeconds] = [Number(values.pairs ?? 7), Number(values.seconds ?? 20), Number(values.warmup ?? 3)]
const isPinned = spawnSync('taskset', ['-c', '0,1', 'true']).status === 0
const unknown = positionals.filter((name) => !SCENARIOS.some((scenario) => scenario === name))

if (unknown.length === 0 && [pairs, seconds, warmupSeconds].every((number) => number > 0)) process.exitCode = await main()
else {
  console.error(USAGE)
  process.exitCode = 2
}

async function main(): Promise<number> {
  if (!isPinned) console.log('taskset is not there or there is one processor only: router and load share them')
  let failed = 0
  const wanted = SCENARIOS.filter((scenario) => positionals.length === 0 || positionals.includes(scenario))
  for (const scenario of wanted) if (!(await measure(scenario))) failed++
  console.log(`${wanted.length - failed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

async function measure(scenario: Scenario): Promise<boolean> {
  const changes: number[] = []
  let lost = 0
  for (let pair = 1; pair <= pairs; pair++) {
    // The order of the two runs alternates too.
    const order = pair % 2 === 1 ? [false, true] : [true, false]
    const results = new Map<boolean, LoadResult>()
    for (const isStopped of order) results.set(isStopped, await run({ scenario, isStopped, warmupSeconds, seconds }))
    const [reads, stopped] = [results.get(false), results.get(true)]
    if (reads === undefined || stopped === undefined) throw new Error('a run is missing')
    lost += reads.lost + stopped.lost
    changes.push(stopped.p99 / reads.p99 - 1)
    console.log(
      `${scenario}, pair ${pair}: all read: ${shown(reads)}; one does not: ${shown(stopped)}; p99 ${percent(changes.at(-1) ?? 0)}`,
    )
  }
  const change = changes.toSorted((a, b) => a - b)[changes.length >> 1] ?? Number.NaN
  const isGood = change < MOST_CHANGE && lost === 0
  console.log(
    `${isGood ? 'passed' : 'failed'}  ${scenario}: p99 of the others ${percent(change)} (median of ${pairs} pairs), ${lost} messages of theirs lost`,
  )
  return isGood
}

/** Each run has a new router, so that none inherits anything. */
async function run(spec: Omit<LoadSpec, keyof Addresses>): Promise<LoadResult> {
  const router = start('router', 0, [])
  try {
    const addresses = (await router.message()) as Addresses
    const load = start('load', 1, [JSON.stringify({ ...spec, ...addresses })])
    return (await load.message(RESULT_MS + 1000 * (spec.warmupSeconds + spec.seconds))) as LoadResult
  } finally {
    await router.end('SIGKILL')
  }
}

function start(name: 'router' | 'load', processor: number, args: readonly string[]): Child {
  const command = [process.execPath, fileURLToPath(new URL(`${name}.mjs`, PROGRAMS)), ...args]
  const pinned = isPinned ? ['taskset', '-c', String(processor), ...command] : command
  return new Child(pinned, { output: 'passed on', hasChannel: true })
}

function shown({ p50, p99, count, leftOut }: LoadResult): string {
  return `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms of ${count} (${leftOut} left out)`
}

function percent(change: number): string {
  return `${change >= 0 ? '+' : ''}${(100 * change).toFixed(1)} %`
}
