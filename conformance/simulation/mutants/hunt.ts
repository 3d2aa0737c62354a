// Runs worlds until one fails, and prints which: the program that is built with a mutant inside, and once without.

import { createWorldParts, drawPlan, runPlan, Tally, withNodes } from '@trunkline/testkit/simulation'

/** The first seed and the last, how many nodes stand in the place of each router, and whether things go wrong between them. */
const [from = 1, to = 1, nodes = 1, faults = 0] = process.argv.slice(2).map(Number)
Error.stackTraceLimit = 0
const parts = createWorldParts()
const tally = new Tally()

let seed = from - 1
let found: string | undefined
while (seed < to && found === undefined) {
  const plan = withNodes(drawPlan(++seed), nodes, faults === 1)
  found = (await runPlan(plan, parts, tally)).failure?.invariant
}
process.stdout.write(JSON.stringify({ seed, found: found ?? null }))
