// The command that fuzzes: it runs every target for some seconds, in turns, then prints executions, coverage and faults.
// Usage: run.ts [--seconds 5] [--target NAME] [--seed 1] [--keep] [--missing]

import { parseArgs } from 'node:util'

import { V8Coverage } from './coverage.ts'
import { keepCrash } from './crashes.ts'
import { Fuzzer } from './fuzzer.ts'
import { Random } from './random.ts'
import { createTargets } from './targets/index.ts'

/** The length of one turn of a target, so that an interrupted run has tried each. */
const TURN_SECONDS = 10

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    target: { type: 'string' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'boolean', default: false },
    missing: { type: 'boolean', default: false },
  },
})
const seconds = Number(values.seconds)
const seed = Number(values.seed)
const targets = createTargets().filter(({ name }) => values.target === undefined || name === values.target)
if (targets.length === 0 || !(seconds > 0) || !Number.isInteger(seed)) {
  console.error(
    `usage: run.ts [--seconds N] [--seed N] [--keep] [--missing] [--target ${createTargets()
      .map(({ name }) => name)
      .join('|')}]`,
  )
  process.exitCode = 2
} else process.exitCode = await fuzz()

async function fuzz(): Promise<number> {
  // Refusals make errors whose stack traces are not read, and making traces is slow.
  Error.stackTraceLimit = 0
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  const coverage = new V8Coverage()
  coverage.start()
  const fuzzers = targets.map((target, i) => new Fuzzer(target, coverage, new Random(seed + i * 7919)))
  for (let left = seconds; left > 0 && !stop.signal.aborted; left -= TURN_SECONDS) {
    for (const fuzzer of fuzzers) await fuzzer.search(Math.min(left, TURN_SECONDS), stop.signal)
  }
  coverage.stop()
  return report(fuzzers)
}

function report(fuzzers: readonly Fuzzer[]): number {
  console.log(`${'target'.padEnd(20)} executions   a second  functions  text reached  corpus  crashes`)
  for (const fuzzer of fuzzers) reportOne(fuzzer)
  const crashes = fuzzers.reduce((sum, fuzzer) => sum + fuzzer.crashes.size, 0)
  const executions = fuzzers.reduce((sum, fuzzer) => sum + fuzzer.executions, 0)
  console.log(`${executions} executions, seed ${seed}, ${crashes} crashes`)
  const failed = fuzzers.filter((fuzzer) => fuzzer.crashes.size > 0).length
  console.log(`${fuzzers.length - failed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

function reportOne({ target, executions, seconds: spent, reached, corpusSize, crashes }: Fuzzer): void {
  const { functions, of, percent } = reached.summary
  const rate = Math.round(executions / Math.max(spent, 0.001))
  const columns = [target.name.padEnd(20), String(executions).padStart(10), String(rate).padStart(10), `${functions}/${of}`.padStart(10)]
  console.log(
    [...columns, `${percent.toFixed(1)} %`.padStart(13), String(corpusSize).padStart(7), String(crashes.size).padStart(8)].join(' '),
  )
  if (values.missing) console.log(`  never ran: ${reached.missing.join(', ')}`)
  for (const crash of crashes.values()) {
    console.log(`  ${crash.error.slice(0, 200)}\n  ${Buffer.from(crash.input).toString('hex').slice(0, 400)}`)
    if (values.keep) console.log(`  kept as crashes/${keepCrash(target.name, crash)}`)
  }
}
