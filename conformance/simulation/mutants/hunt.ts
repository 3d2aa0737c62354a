// Runs worlds until one fails, and prints which: the program that is built with a mutant inside, and once without.

import { createWorldParts, drawPlan, runPlan, Tally } from '@trunkline/testkit/simulation'

const [from = 1, to = 1] = process.argv.slice(2).map(Number)
Error.stackTraceLimit = 0
const parts = createWorldParts()
const tally = new Tally()

let seed = from - 1
let found: string | undefined
while (seed < to && found === undefined) found = (await runPlan(drawPlan(++seed), parts, tally)).failure?.invariant
process.stdout.write(JSON.stringify({ seed, found: found ?? null }))
