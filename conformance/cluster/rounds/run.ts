// The command that causes faults between nodes under load, round after round:
// `conformance/cluster/rounds.sh [--short | --rounds N] [--only KIND,KIND] [--rate N]`. Prints n of n by kind.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Figures } from '../../faults/checker.ts'
import { Processes } from '../../faults/processes.ts'
import type { ClusterKind } from './kinds.ts'
import { CLUSTER_KINDS } from './kinds.ts'
import { ClusterStage } from './stage.ts'

const CACHE = fileURLToPath(new URL('../../../.cache/', import.meta.url))
const ROUNDS = 50
const MOST_TOLD = 5
const RATE = 50

const text = { type: 'string' } as const
const { values } = parseArgs({ options: { short: { type: 'boolean' }, rounds: text, only: text, rate: text } })
const names = CLUSTER_KINDS.map(({ name }) => name)
const only = values.only?.split(',')
const rounds = Number(values.rounds ?? ROUNDS)
const rate = Number(values.rate ?? RATE)
if (!(rounds > 0 && rate > 0) || only?.every((name) => names.includes(name)) === false) {
  console.error(`usage: conformance/cluster/rounds.sh [--short | --rounds N] [--only KIND,KIND] [--rate N]\nkinds: ${names.join(' ')}`)
  process.exit(2)
}

const processes = await Processes.build()
process.once('SIGINT', () => {
  processes.close()
  process.exit(130)
})
let [passed, failed] = [0, 0]
const rows: string[] = []
try {
  let stage: ClusterStage | undefined
  for (const kind of CLUSTER_KINDS) {
    const count = values.short === true ? kind.shortRounds : rounds
    if (count === 0 || only?.includes(kind.name) === false) continue
    console.log(`${kind.name}: ${kind.about}`)
    let survived = 0
    let figures: Figures[] = []
    for (let done = 0; done < count; done++) {
      stage ??= await ClusterStage.open(processes, rate)
      const faults = await faultsOf(kind, stage)
      figures.push(stage.crew.checker.takeFigures())
      if (faults.length === 0) survived++
      for (const fault of faults.slice(0, MOST_TOLD)) console.log(`failed  ${kind.name}, round ${done + 1}: ${fault}`)
      if (faults.length > MOST_TOLD) console.log(`        and ${faults.length - MOST_TOLD} more`)
      if (faults.length === 0) continue
      const file = join(CACHE, `cluster-${kind.name}-${process.pid}-${done + 1}.log`)
      writeFileSync(file, stage.logs)
      console.log(`        the logs of the nodes: ${file}`)
      // What a round has left would be told of the next.
      await stage.close()
      stage = undefined
    }
    passed += survived
    failed += count - survived
    rows.push(`${kind.name.padEnd(20)} ${survived} of ${count}  ${noteOf(figures)}`)
    console.log(rows.at(-1))
    figures = []
  }
  await stage?.close()
} finally {
  processes.close()
}
console.log(`\n${rows.join('\n')}\n${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)

/** A round that does not come to an end is one with a fault. */
async function faultsOf(kind: ClusterKind, stage: ClusterStage): Promise<readonly string[]> {
  try {
    return await kind.round(stage)
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

function noteOf(all: readonly Figures[]): string {
  const sum = (of: (figures: Figures) => number): number => all.reduce((total, figures) => total + of(figures), 0)
  const errors = new Map<string, number>()
  for (const [uri, count] of all.flatMap((figures) => [...figures.errors])) errors.set(uri, (errors.get(uri) ?? 0) + count)
  return [
    `${sum(({ publications }) => publications)} publications, ${sum(({ events }) => events)} events`,
    `${sum(({ calls }) => calls)} calls, ${sum(({ results }) => results)} results`,
    ...[...errors].map(([uri, count]) => `${count} ${uri}`),
    ...(sum(({ lostCalls }) => lostCalls) > 0 ? [`${sum(({ lostCalls }) => lostCalls)} calls of sessions that ended`] : []),
  ].join(', ')
}
