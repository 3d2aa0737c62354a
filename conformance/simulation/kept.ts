// Failing plans, made small and kept as JSON, so that every later run replays them.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Plan, Verdict } from '@trunkline/testkit/simulation'
import { createWorldParts, runPlan, shrink, Tally } from '@trunkline/testkit/simulation'

/** From the root of the repository, where npm runs everything: the command is one bundled file that lies elsewhere. */
const FOLDER = resolve('conformance/simulation/regressions')

/** A plan that failed once. */
export interface Regression {
  readonly name: string
  /** What was wrong then, for people. */
  readonly failed: string
  readonly plan: Plan
}

/** All that were kept. */
export function readRegressions(): Regression[] {
  mkdirSync(FOLDER, { recursive: true })
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => ({ ...(JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Omit<Regression, 'name'>), name }))
}

/** Makes the plan of a failure small and writes it down. Returns the name of the file. */
export async function keep({ plan, failure }: Verdict): Promise<{ name: string; plan: Plan }> {
  const parts = createWorldParts()
  const small = await shrink(
    plan,
    async (candidate) => (await runPlan(candidate, parts, new Tally())).failure?.invariant === failure?.invariant,
  )
  const name = `${failure?.invariant ?? 'none'}-${plan.seed}.json`
  const failed = `${failure?.invariant}: ${failure?.message}`.slice(0, 600)
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(join(FOLDER, name), `${JSON.stringify({ failed, plan: small }, undefined, 2)}\n`)
  return { name, plan: small }
}
