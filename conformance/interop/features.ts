// The command that tries every feature with each client against the router of examples/identity:
// `tsx --conditions=trunkline-source conformance/interop/features.ts PYTHON [--write] [NAME…]`. PYTHON is the interpreter that has
// Autobahn|Python. With `--write` it writes docs/reference/interop.md.

import { fileURLToPath } from 'node:url'
import { Child, FROM_SOURCE } from '@trunkline/testkit/child'

import { RemoteClient } from './clients/remote.ts'
import { pythonProgram } from './driver.ts'
import type { Outcome } from './features/feature.ts'
import { OWN_FEATURES } from './features/feature.ts'
import { Judge } from './features/judge.ts'
import { matrixOf } from './features/page.ts'
import { writeSection } from './features/reference-page.ts'
import { play } from './features/scenarios.ts'
import { FEATURE_DEVIATIONS } from './known/deviations.ts'
import { NOT_OFFERED } from './known/not-offered.ts'
import { REALM, startRouter } from './router.ts'

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
async function outcomesOf(name: string, python: string, url: string): Promise<readonly Outcome[]> {
  const leaveOut = Object.keys(NOT_OFFERED[name] ?? {})
  if (name === 'autobahn-python') return outcomesOfProgram(pythonProgram(python), url, leaveOut)
  const child = Child.node([...FROM_SOURCE, pathOf('features/process.ts'), name, url, REALM, leaveOut.join(',')])
  const outcomes: Outcome[] = []
  child.onLine((line) => outcomes.push(JSON.parse(line) as Outcome))
  const code = await child.ended
  if (code !== 0) throw new Error(`the process of ${name} ended with ${String(code)}: ${child.output.slice(-COMPLAINTS)}`)
  return outcomes
}

async function outcomesOfProgram(program: readonly string[], url: string, leaveOut: readonly string[]): Promise<readonly Outcome[]> {
  const client = new RemoteClient(program, { tellsCallees: true })
  const outcomes: Outcome[] = []
  for (const serializer of SERIALIZERS) {
    for await (const outcome of play(client, { url, realm: REALM, serializer }, new Set(leaveOut))) outcomes.push(outcome)
  }
  await client.close()
  return outcomes
}

async function main(python: string, isWriting: boolean, names: readonly string[]): Promise<number> {
  const judge = new Judge(FEATURE_DEVIATIONS, NOT_OFFERED, OWN_FEATURES)
  const router = await startRouter()
  try {
    for (const name of Object.keys(TITLES)) {
      if (names.length === 0 || names.includes(name)) judge.judge(name, await outcomesOf(name, python, router.websocket))
    }
  } finally {
    await router.close()
  }
  if (isWriting) await writeSection('clients', matrixOf(judge, TITLES))
  return judge.finish()
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url))
}

const [python, ...words] = process.argv.slice(2)
if (python === undefined) {
  console.error('usage: features.ts PYTHON [--write] [NAME…]')
  process.exitCode = 2
} else {
  const names = words.filter((word) => word !== '--write')
  process.exitCode = await main(python, words.includes('--write'), names)
}
