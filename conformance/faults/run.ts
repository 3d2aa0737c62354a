// The command that causes faults in real processes: `npm run faults -- [--rounds N] [--only KIND]`. Prints n of n by kind.

import { readArguments, USAGE } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import type { CrowdKind } from './crowd-kinds.ts'
import { CROWD_KINDS } from './crowd-kinds.ts'
import type { Figures } from './checker.ts'
import { KINDS } from './kinds.ts'
import type { Kind } from './kinds.ts'
import { mostOpenFiles, Processes } from './processes.ts'
import { Stage } from './stage.ts'

interface Row {
  readonly name: string
  readonly survived: number
  readonly rounds: number
  readonly note: string
}

const PROGRESS_MS = 10_000
const MOST_TOLD = 5
/** What the router has open besides its clients. */
const SPARE_FILES = 200

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
    rows.push(...(await runKinds(processes, given)))
    for (const kind of CROWD_KINDS) if (isWanted(kind.name, given)) rows.push(await runCrowd(kind, processes, given))
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

function isWanted(name: string, { only }: Arguments): boolean {
  return only?.includes(name) !== false
}

/** One kind after another on one stage, or on a new one if a kind has left it broken. */
async function runKinds(processes: Processes, given: Arguments): Promise<Row[]> {
  const rows: Row[] = []
  let stage: Stage | undefined
  for (const kind of KINDS) {
    const rounds = given.rounds ?? (given.isShort ? kind.shortRounds : kind.rounds)
    if (rounds === 0 || !isWanted(kind.name, given)) continue
    console.log(`${kind.name}: ${kind.about}`)
    try {
      stage ??= await Stage.open(processes, given.rate)
    } catch (error) {
      printFaults(kind.name, [`there is no stage: ${textOf(error)}`])
      rows.push({ name: kind.name, survived: 0, rounds, note: '' })
      continue
    }
    const { row, isBroken } = await runKind(kind, stage, rounds, given)
    rows.push(row)
    if (!isBroken) continue
    await stage.close()
    stage = undefined
  }
  await stage?.close()
  return rows
}

/** All rounds of a kind. A round that does not come to an end is the last: later ones would show nothing. */
async function runKind(kind: Kind, stage: Stage, rounds: number, given: Arguments): Promise<{ row: Row; isBroken: boolean }> {
  const back: number[] = []
  let [survived, done, isBroken, printed] = [0, 0, false, performance.now()]
  try {
    for (; done < rounds; done++) {
      const { faults, backMs } = await kind.round(stage, given)
      if (faults.length === 0) survived++
      if (backMs !== undefined) back.push(backMs)
      printFaults(`${kind.name}, round ${done + 1}`, faults)
      if (performance.now() - printed < PROGRESS_MS) continue
      printed = performance.now()
      console.log(`        ${done + 1} of ${rounds} rounds`)
    }
  } catch (error) {
    isBroken = true
    printFaults(`${kind.name}, round ${done + 1}`, [textOf(error)])
  }
  return { row: { name: kind.name, survived, rounds, note: noteOf(stage.crew.checker.takeFigures(), back) }, isBroken }
}

async function runCrowd(kind: CrowdKind, processes: Processes, given: Arguments): Promise<Row> {
  console.log(`${kind.name}: ${kind.about}`)
  const clients = Math.min(given.clients, mostOpenFiles() - SPARE_FILES)
  if (clients < given.clients) console.log(`        ${clients} clients: ulimit -Hn allows no more`)
  const { faults, note } = await kind.run(processes, clients)
  printFaults(kind.name, faults)
  return { name: kind.name, survived: faults.length === 0 ? 1 : 0, rounds: 1, note }
}

function printFaults(where: string, faults: readonly string[]): void {
  for (const fault of faults.slice(0, MOST_TOLD)) console.log(`failed  ${where}: ${fault}`)
  if (faults.length > MOST_TOLD) console.log(`        and ${faults.length - MOST_TOLD} more`)
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

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
