// Runs worlds until one fails, and prints which: the program that is built with a mutant inside, and once without.

import { createWorldParts, drawPlan, DurableTally, runDurable, runPlan, Tally, withNodes } from '@trunkline/testkit/simulation'

/** The first seed and the last, how many nodes stand in the place of each router, whether things go wrong between them; or durable topics. */
const [from = 1, to = 1, nodes = 1, faults = 0, durable = 0] = process.argv.slice(2).map(Number)
Error.stackTraceLimit = 0
const parts = createWorldParts()
const tally = new Tally()
const durableTally = new DurableTally()

let seed = from - 1
let found: string | undefined
while (seed < to && found === undefined) {
  seed++
  const plan = durable === 1 ? undefined : withNodes(drawPlan(seed), nodes, faults === 1)
  const { failure } = await (plan === undefined ? runDurable(seed, durableTally) : runPlan(plan, parts, tally))
  found = failure?.invariant
}
process.stdout.write(JSON.stringify({ seed, found: found ?? null }))
