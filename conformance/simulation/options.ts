// The command line of the simulation.

import { parseArgs } from 'node:util'
import type { StepRange } from '@trunkline/testkit/simulation'
import { DEFAULT_STEPS } from '@trunkline/testkit/simulation'

export const USAGE = 'usage: npm run simulate -- [--seeds N] [--from M] [--steps LEAST-MOST] [--trace SEED] [--forget]'

export interface Options {
  readonly seeds: number
  readonly from: number
  readonly steps: StepRange
  /** One seed whose whole history is printed. */
  readonly trace: number | undefined
  /** Failures are not kept as regressions. */
  readonly forget: boolean
}

/** Reads the arguments; undefined when they make no sense. */
export function readOptions(args: readonly string[]): Options | undefined {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: { seeds: text, from: text, steps: text, trace: text, forget: { type: 'boolean' } },
  })
  const seeds = Number(values.seeds ?? 1000)
  const from = Number(values.from ?? 1)
  const trace = values.trace === undefined ? undefined : Number(values.trace)
  const [least, most] = (values.steps ?? `${DEFAULT_STEPS.least}-${DEFAULT_STEPS.most}`).split('-').map(Number)
  if (![seeds, from, trace ?? 0, least, most].every((number) => Number.isSafeInteger(number)) || Number(least) > Number(most))
    return undefined
  return { seeds, from, steps: { least: Number(least), most: Number(most) }, trace, forget: values.forget ?? false }
}
