// The command that tries every feature with each client against the router of examples/identity:
// `tsx --conditions=trunkline-source conformance/interop/features.ts PYTHON [--write | --between unix|nats] [NAME…]`. PYTHON is the interpreter that has
// Autobahn|Python. With `--write` it writes docs/reference/interop.md, with `--between` the sessions of a scenario are at two nodes.

import { fileURLToPath } from 'node:url'
import { Child, FROM_SOURCE } from '@trunkline/testkit/child'

import { RemoteClient } from './clients/remote.ts'
import { pythonProgram } from './driver.ts'
import type { Outcome } from './features/feature.ts'
import { OWN_FEATURES } from './features/feature.ts'
import { Judge } from './features/judge.ts'
import { matrixOf } from './features/page.ts'
import { writeSection } from './features/reference-page.ts'
import type { Known } from './features/scenarios.ts'
import { play } from './features/scenarios.ts'
import { FEATURE_DEVIATIONS } from './known/deviations.ts'
import { knownOf } from './known/known.ts'
import { NOT_OFFERED } from './known/not-offered.ts'
import { startNodes } from './nodes.ts'
import { REALM } from './router.ts'
import type { Words } from './words.ts'
import { readWords } from './words.ts'

const TITLES: Readonly<Record<string, string>> = {
  ours: '@trunkline/client',
  'autobahn-js': 'autobahn-js 22.11.1',
  wampy: 'wampy 8.0.2',
  'autobahn-python': 'Autobahn\\|Python 26.10.2',
}
/** How much of a process's output an error shows. */
const COMPLAINTS = 4_096
const SERIALIZERS = ['json', 'msgpack', 'cbor']

/** Runs the process of a client to its end. */
async function outcomesOf(name: string, python: string, urls: readonly string[]): Promise<readonly Outcome[]> {
  if (name === 'autobahn-python') return outcomesOfProgram(pythonProgram(python), urls, knownOf(name))
  const child = Child.node([...FROM_SOURCE, pathOf('features/process.ts'), name, urls.join(), REALM])
  const outcomes: Outcome[] = []
  child.onLine((line) => outcomes.push(JSON.parse(line) as Outcome))
  const code = await child.ended
  if (code !== 0) throw new Error(`the process of ${name} ended with ${String(code)}: ${child.output.slice(-COMPLAINTS)}`)
  return outcomes
}

async function outcomesOfProgram(program: readonly string[], urls: readonly string[], known: Known): Promise<readonly Outcome[]> {
  const client = new RemoteClient(program, { tellsCallees: true })
  const outcomes: Outcome[] = []
  for (const serializer of SERIALIZERS) {
    for await (const outcome of play(client, { urls, realm: REALM, serializer }, known)) outcomes.push(outcome)
  }
  await client.close()
  return outcomes
}

async function main({ between, isWriting, names: [python = '', ...names] }: Words): Promise<number> {
  const judge = new Judge(FEATURE_DEVIATIONS, NOT_OFFERED, OWN_FEATURES)
  const nodes = await startNodes(between)
  const urls = nodes.routers.map(({ websocket }) => websocket)
  try {
    for (const name of Object.keys(TITLES)) {
      if (names.length === 0 || names.includes(name)) judge.judge(name, await outcomesOf(name, python, urls))
    }
  } finally {
    await nodes.close()
  }
  if (isWriting) await writeSection('clients', matrixOf(judge, TITLES))
  return judge.finish()
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url))
}

const words = readWords(process.argv.slice(2))
if (words === undefined) {
  console.error('usage: features.ts PYTHON [--write | --between unix|nats] [NAME…]')
  process.exitCode = 2
} else process.exitCode = await main(words)
