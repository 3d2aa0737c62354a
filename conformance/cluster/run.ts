// The command of this suite. Usage: run.ts [WORD], which makes only the checks whose names hold the word.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Child } from '@trunkline/testkit/child'
import { counts } from './checks.ts'
import { checkFaults } from './faults.ts'
import { checkFeatures } from './features.ts'
import { checkMistakes } from './mistakes.ts'
import { checkOperators } from './operators.ts'
import { natsCluster } from './nats.ts'
import { RouterNode } from './nodes.ts'
import { checkRestarts } from './restarts.ts'
import { Stage } from './stage.ts'

const CACHE = fileURLToPath(new URL('../../.cache/', import.meta.url))
mkdirSync(CACHE, { recursive: true })
const folder = mkdtempSync(join(CACHE, 'cluster-'))

try {
  const servers = await natsCluster(3)
  const urls = servers.map(({ url }) => url)
  const nodes = await Promise.all(['a', 'b', 'c'].map((name) => RouterNode.make(folder, urls, { name })))
  const mistakes = checkMistakes(folder)
  await Promise.all(nodes.map((node) => node.start()))
  const stage = new Stage(servers, nodes)
  await checkFeatures(stage)
  await checkOperators(stage)
  await checkFaults(stage)
  await checkRestarts(stage)
  await mistakes
} finally {
  Child.killAll()
  rmSync(folder, { recursive: true, force: true })
}
console.log(`${counts.passed} passed, ${counts.failed} failed`)
process.exit(counts.failed === 0 ? 0 : 1)
