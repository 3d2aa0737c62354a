// Runs worlds with durable topics, and prints those that fail.

import { DurableTally, runDurable } from '@trunkline/testkit/simulation'
import type { Options } from './options.ts'

const PROGRESS_MS = 5_000
/** Failures that are printed whole. */
const MOST_PRINTED = 3

/** The exit code. */
export async function simulateDurable({ seeds, from, trace }: Options): Promise<number> {
  const tally = new DurableTally()
  if (trace !== undefined) return traceDurable(trace, tally)
  const failed: number[] = []
  const start = performance.now()
  let printed = start
  for (let seed = from; seed < from + seeds; seed++) {
    const { failure } = await runDurable(seed, tally)
    if (failure !== undefined) {
      failed.push(seed)
      if (failed.length <= MOST_PRINTED) {
        console.log(
          `\nseed ${seed} fails: ${failure.invariant}: ${failure.message}\nseen whole by: npm run simulate -- --durable --trace ${seed}`,
        )
      }
    }
    if (performance.now() - printed > PROGRESS_MS) {
      printed = performance.now()
      const done = seed - from + 1
      console.log(`${done} of ${seeds} seeds, ${Math.round((done * 1_000) / (printed - start))} a second, ${failed.length} failed`)
    }
  }
  const { stored, acknowledged, repeated, refused, crashes, events, recovered, notRecovered, gaps, done, redelivered, dead } = tally
  console.log(
    `${stored} events stored, ${acknowledged} acknowledged, ${repeated} of them repeated by key, ${refused} refused, ${crashes} crashes of routers`,
  )
  console.log(`${events} events received; ${recovered} subscriptions recovered, ${notRecovered} not, ${gaps} gaps`)
  console.log(`durable subscriptions: ${done} events done, ${redelivered} seen again, ${dead} given up`)
  if (failed.length > 0) console.log(`failed seeds: ${failed.join(' ')}`)
  console.log(`${seeds - failed.length} passed, ${failed.length} failed`)
  return failed.length === 0 ? 0 : 1
}

async function traceDurable(seed: number, tally: DurableTally): Promise<number> {
  const { failure, history } = await runDurable(seed, tally, true)
  console.log(history.excerpt(Infinity))
  if (failure !== undefined) console.log(`\n${failure.invariant}: ${failure.stack}`)
  console.log(failure === undefined ? '1 passed, 0 failed' : '0 passed, 1 failed')
  return failure === undefined ? 0 : 1
}
