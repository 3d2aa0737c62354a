// The command that tries every feature with each client against the router of examples/identity:
// `tsx --conditions=trunkline-source conformance/interop/features.ts PYTHON [--write] [NAME…]`. PYTHON is the interpreter that has
// Autobahn|Python. With `--write` it writes docs/reference/interop.md.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import type { Outcome } from './features/feature.ts'
import { OWN_FEATURES } from './features/feature.ts'
import { Judge } from './features/judge.ts'
import { FEATURE_DEVIATIONS, NOT_OFFERED } from './features/known.ts'
import { matrixOf } from './features/page.ts'
import { writeSection } from './features/reference-page.ts'
import { startIdentityRouter } from './features/router.ts'

const TITLES: Readonly<Record<string, string>> = {
  ours: '@trunkline/client',
  'autobahn-js': 'autobahn-js 22.11.1',
  wampy: 'wampy 8.0.2',
  'autobahn-python': 'Autobahn\\|Python 26.10.2',
}
const REALM = 'realm1'
/** How much of a process's stderr is kept. */
const COMPLAINTS = 4_096

/** Runs the process of a client to its end. */
async function outcomesOf(name: string, python: string, url: string): Promise<readonly Outcome[]> {
  const words = [url, REALM, Object.keys(NOT_OFFERED[name] ?? {}).join(',')]
  const child =
    name === 'autobahn-python'
      ? spawn(python, [pathOf('features/clients/autobahn_python.py'), ...words])
      : spawn(process.execPath, ['--import', 'tsx', '--conditions=trunkline-source', pathOf('features/process.ts'), name, ...words])
  const outcomes: Outcome[] = []
  let complaints = ''
  createInterface({ input: child.stdout }).on('line', (line) => outcomes.push(JSON.parse(line) as Outcome))
  child.stderr.setEncoding('utf8').on('data', (more: string) => {
    complaints = (complaints + more).slice(-COMPLAINTS)
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  if (code !== 0) throw new Error(`the process of ${name} ended with ${String(code)}: ${complaints}`)
  return outcomes
}

async function main(python: string, isWriting: boolean, names: readonly string[]): Promise<number> {
  const judge = new Judge(FEATURE_DEVIATIONS, NOT_OFFERED, OWN_FEATURES)
  const router = await startIdentityRouter()
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
