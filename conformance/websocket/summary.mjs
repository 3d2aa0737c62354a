// Counts the results of the suite and names the cases that are not simply OK. Fails when a case failed.

import { readFileSync } from 'node:fs'

const GOOD = new Set(['OK', 'NON-STRICT', 'INFORMATIONAL'])
const [path] = process.argv.slice(2)
/** @type {Record<string, Record<string, { behavior: string, behaviorClose: string }>>} */
const agents = JSON.parse(readFileSync(path ?? '', 'utf8'))
/** @type {Map<string, string[]>} */
const byResult = new Map()
for (const [id, { behavior, behaviorClose }] of Object.values(agents).flatMap((cases) => Object.entries(cases))) {
  const result = GOOD.has(behavior) && GOOD.has(behaviorClose) ? behavior : 'FAILED'
  byResult.set(result, [...(byResult.get(result) ?? []), id])
}
for (const [result, ids] of byResult) console.log(`${result}: ${ids.length}${result === 'OK' ? '' : ` (${ids.join(', ')})`}`)
if (byResult.size === 0 || byResult.has('FAILED')) process.exitCode = 1
