// The command that does faults to real processes: `npm run faults -- [--rounds N] [--only KIND]`. Prints n of n by kind.

import { readArguments, USAGE } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import { CROWD_KINDS } from './crowd-kinds.ts'
import type { Figures } from './checker.ts'
import { KINDS } from './kinds.ts'
import type { Kind } from './kinds.ts'
import { Processes } from './processes.ts'
import { Stage } from './stage.ts'

interface Row {
  readonly name: string
  readonly survived: number
  readonly rounds: number
  readonly note: string
}

const PROGRESS_MS = 10_000
const MOST_TOLD = 5

const options = readArguments(
  process.argv.slice(2),
  [...KINDS, ...CROWD_KINDS].map(({ name }) => name),
)
if (options === undefined) {
  console.error(`${USAGE}${[...KINDS, ...CROWD_KINDS].map(({ name }) => name).join(' ')}`)
  process.exitCode = 2
} else process.exitCode = await main(options)

async function main(given: Arguments): Promise<number> {
  const start = performance.now()
  const processes = await Processes.build()
  process.once('SIGINT', () => {
    processes.close()
    process.exit(130)
  })
  const rows: Row[] = []
  try {
    for (const kind of KINDS) if (given.only?.includes(kind.name) !== false) rows.push(await runKind(kind, processes, given))
    for (const kind of CROWD_KINDS) {
      if (given.only?.includes(kind.name) === false) continue
      const { faults, note } = await kind.run(processes, given.clients)
      for (const fault of faults) console.log(`failed  ${kind.name}: ${fault}`)
      rows.push({ name: kind.name, survived: faults.length === 0 ? 1 : 0, rounds: 1, note })
    }
  } finally {
    processes.close()
  }
  const width = Math.max(...rows.map(({ name }) => name.length))
  console.log('')
  for (const { name, survived, rounds, note } of rows) console.log(`${name.padEnd(width)}  ${survived} of ${rounds}  ${note}`)
  const passed = rows.reduce((sum, { survived }) => sum + survived, 0)
  const failed = rows.reduce((sum, { survived, rounds }) => sum + rounds - survived, 0)
  console.log(`${((performance.now() - start) / 1000).toFixed(0)} s\n${passed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

/** All rounds of a kind, on a stage of its own. A round that finds no rest is the last: what follows would say nothing. */
async function runKind(kind: Kind, processes: Processes, given: Arguments): Promise<Row> {
  const rounds = given.rounds ?? kind.rounds
  console.log(`${kind.name}: ${kind.about}`)
  const stage = await Stage.open(processes, given.rate)
  let survived = 0
  let done = 0
  let told = performance.now()
  const back: number[] = []
  try {
    for (; done < rounds; done++) {
      const { faults, backMs } = await kind.round(stage, given)
      if (faults.length === 0) survived++
      if (backMs !== undefined) back.push(backMs)
      for (const fault of faults.slice(0, MOST_TOLD)) console.log(`failed  ${kind.name}, round ${done + 1}: ${fault}`)
      if (faults.length > MOST_TOLD) console.log(`        and ${faults.length - MOST_TOLD} more`)
      if (performance.now() - told < PROGRESS_MS) continue
      told = performance.now()
      console.log(`        ${done + 1} of ${rounds} rounds`)
    }
  } catch (error) {
    console.log(`failed  ${kind.name}, round ${done + 1}: ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    await stage.close()
  }
  return { name: kind.name, survived, rounds, note: noteOf(stage.checker.figures, back) }
}

function noteOf({ publications, events, calls, results, errors, lostCalls }: Figures, back: readonly number[]): string {
  const counts = [
    `${publications} publications, ${events} events, ${calls} calls, ${results} results`,
    ...[...errors].map(([uri, count]) => `${count} ${uri}`),
    ...(lostCalls > 0 ? [`${lostCalls} calls of sessions that ended`] : []),
  ]
  const sorted = back.toSorted((a, b) => a - b)
  const median = sorted[sorted.length >> 1]
  if (median !== undefined) counts.push(`back after ${Math.round(median)} ms (median), ${Math.round(sorted.at(-1) ?? 0)} ms (longest)`)
  return counts.join(', ')
}
