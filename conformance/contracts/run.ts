// What contracts cost a compiler, where "go to definition" leads, a contract beside a program in Python, the validator of the router against the
// official test suite of JSON Schema and against ajv, and the comparison of contracts against that validator. Prints
// one line for each fault and ends with "N passed, N failed".
// Usage: run.ts [--suite FOLDER] [--python INTERPRETER WITH AUTOBAHN] [--asyncapi FOLDER WITH ITS PARSER] [--seed N] [--schemas N] [--pairs N]

import { parseArgs } from 'node:util'
import { ciExampleFaults } from './ci-example.ts'
import { definitionFaults } from './definitions.ts'
import { foreignFaults } from './foreign.ts'
import { fuzz } from './fuzz.ts'
import { runSuite } from './suite.ts'
import { asyncApiFaults, leanFaults } from './texts.ts'
import { typeCost } from './type-cost.ts'
import { compareDrawn, noCounts } from '../../packages/cli/src/testing/drawn-comparisons.ts'
import { drawsFrom } from '../../packages/cli/src/testing/drawn-schemas.ts'

/** Fewer would mean that the validator refuses what it promises, or that the suite is not whole. */
const LEAST_OF_SUITE = 900

const { values } = parseArgs({
  options: {
    suite: { type: 'string' },
    python: { type: 'string' },
    asyncapi: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1e9) },
    schemas: { type: 'string', default: '1000' },
    pairs: { type: 'string', default: '4000' },
  },
})
let [passed, failed] = [0, 0]

if (values.suite === undefined) console.log('SKIPPED official test suite of JSON Schema: it is not there')
else {
  const outcome = runSuite(values.suite)
  for (const failure of outcome.failures) console.log(`failed    ${failure}`)
  if (outcome.passed < LEAST_OF_SUITE) console.log(`failed    only ${outcome.passed} tests of the suite ran`)
  console.log(`official suite: ${outcome.passed} passed, ${outcome.refused} of keywords that are not promised`)
  passed += outcome.passed
  failed += outcome.failures.length + Number(outcome.passed < LEAST_OF_SUITE)
}

const { pairs, differences } = fuzz(Number(values.seed), Number(values.schemas))
for (const difference of differences.slice(0, 10)) console.log(`failed    seed ${values.seed}: ${difference}`)
console.log(`fuzz, seed ${values.seed}: ${pairs} pairs of schema and value, ${differences.length} judged unlike ajv`)
if (differences.length === 0) passed++
else failed++

const counts = noCounts()
const draw = drawsFrom(Number(values.seed))
for (let i = 0; i < Number(values.pairs); i++) compareDrawn(draw, i % 2 === 0, counts)
for (const wrong of counts.wrong.slice(0, 10)) console.log(`failed    seed ${values.seed}: called compatible: ${wrong}`)
console.log(
  `comparisons, seed ${values.seed}: ${counts.every} compatible, ${counts.wrong.length} of them wrong; ${counts.some} not, ${counts.confirmed} of them confirmed by a value`,
)
if (counts.wrong.length === 0 && counts.every > 0) passed++
else failed++

if (values.python !== undefined) count(await foreignFaults(values.python))
count(await leanFaults())
count(await ciExampleFaults())
if (values.asyncapi === undefined) console.log('SKIPPED parser of AsyncAPI: it is not there')
else count(await asyncApiFaults(values.asyncapi))

/** Counts one thing that has no faults or some. */
function count(faults: readonly string[]): void {
  for (const fault of faults) console.log(`failed    ${fault}`)
  if (faults.length === 0) passed++
  else failed++
}

count(await definitionFaults())

for (const { what, taken, budget } of typeCost()) {
  console.log(`${taken <= budget ? 'passed' : 'failed'}    ${what}: ${taken} instantiations of ${budget}`)
  if (taken <= budget) passed++
  else failed++
}

console.log(`${passed} passed, ${failed} failed`)
if (failed > 0) process.exitCode = 1
