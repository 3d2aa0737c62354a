// The command that simulates: worlds by their seeds, a line of progress, the failures made small, and the count at the end.

import type { Verdict, WorldParts } from '@trunkline/testkit/simulation'
import { createWorldParts, drawPlan, runPlan, Tally, tracePlan, withNodes } from '@trunkline/testkit/simulation'
import { runCommand } from './command.ts'
import { simulateDurable } from './durable.ts'
import { keep } from './kept.ts'
import type { Options } from './options.ts'
import { readOptions, USAGE } from './options.ts'
import { printTally } from './report.ts'

/** The most failures that are made small; further ones are only counted. */
const MOST_KEPT = 3
const PROGRESS_MS = 5_000

process.exitCode = await runCommand(readOptions, USAGE, main)

function main(options: Options): Promise<number> {
  if (options.durable) return simulateDurable(options)
  if (options.trace !== undefined) return trace(options, options.trace)
  // Refusals make errors whose stack traces are not read, and making traces is slow.
  Error.stackTraceLimit = 0
  return simulate(options)
}

async function simulate({ seeds, from, steps, nodes, faults, forget }: Options): Promise<number> {
  const parts = createWorldParts()
  const tally = new Tally()
  const failures: Verdict[] = []
  const start = process.hrtime.bigint()
  const seconds = (): number => Number(process.hrtime.bigint() - start) / 1e9
  let printed = 0
  for (let seed = from; seed < from + seeds; seed++) {
    const verdict = await runPlan(withNodes(drawPlan(seed, steps), nodes, faults), parts, tally)
    if (verdict.failure !== undefined) {
      failures.push(verdict)
      if (failures.length <= MOST_KEPT) await report(verdict, parts, forget)
    }
    if (seconds() * 1000 - printed > PROGRESS_MS) {
      printed = seconds() * 1000
      const done = seed - from + 1
      console.log(`${done} of ${seeds} seeds, ${Math.round(done / seconds())} a second, ${failures.length} failed`)
    }
  }
  printTally(tally, seconds())
  if (failures.length > 0) console.log(`failed seeds: ${failures.map(({ plan }) => plan.seed).join(' ')}`)
  console.log(`${seeds - failures.length} passed, ${failures.length} failed`)
  return failures.length === 0 ? 0 : 1
}

async function report(verdict: Verdict, parts: WorldParts, forget: boolean): Promise<void> {
  const { plan, failure } = verdict
  const again = plan.nodes === undefined ? '' : ` --nodes ${plan.nodes}${plan.hasFaults === true ? ' --faults' : ''}`
  console.log(`\nseed ${plan.seed} fails: ${failure?.invariant}: ${failure?.message}
seen whole by: npm run simulate --${again} --trace ${plan.seed}`)
  if (forget) return console.log(verdict.history.excerpt(25))
  const { name, plan: small } = await keep(verdict)
  const replayed = await runPlan(small, parts, new Tally())
  console.log(`made small: ${small.steps.length} of ${plan.steps.length} steps, kept as regressions/${name}`)
  console.log(`${replayed.failure?.invariant}: ${replayed.failure?.message}\n${replayed.history.excerpt(40)}\n`)
}

async function trace({ steps, nodes, faults }: Options, seed: number): Promise<number> {
  const { failure, history } = await tracePlan(withNodes(drawPlan(seed, steps), nodes, faults), createWorldParts(), new Tally())
  console.log(history.excerpt(Infinity))
  if (failure !== undefined) console.log(`\n${failure.invariant}: ${failure.stack}`)
  console.log(`${failure === undefined ? 1 : 0} passed, ${failure === undefined ? 0 : 1} failed`)
  return failure === undefined ? 0 : 1
}
