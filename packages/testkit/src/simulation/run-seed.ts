// One seed from plan to verdict.

import { SimulationFailure } from './failure.ts'
import { GrantedPatterns } from './granted-patterns.ts'
import { History } from './history.ts'
import { NaiveRights } from './model/uris.ts'
import { VOCABULARY } from './script.ts'
import type { Plan } from './settings.ts'
import { ROLE_RULES } from './settings.ts'
import { Tally } from './tally.ts'
import { createWires } from './wire.ts'
import type { WorldParts } from './world.ts'
import { SimulatedWorld } from './world.ts'

/** What all worlds of one run share. */
export function createWorldParts(): WorldParts {
  return { wires: createWires(), rights: new NaiveRights(ROLE_RULES, VOCABULARY), patterns: new GrantedPatterns(ROLE_RULES) }
}

/** The result of a plan. */
export interface Verdict {
  readonly plan: Plan
  /** Undefined when there was no fault. */
  readonly failure: SimulationFailure | undefined
  /** Empty when there was no fault, unless it was requested. */
  readonly history: History
}

/** Runs a plan. Every fault is in the verdict; nothing is thrown. A failing plan runs once more, for its history. */
export async function runPlan(plan: Plan, parts: WorldParts, tally: Tally): Promise<Verdict> {
  tally.seeds++
  const verdict = await run(plan, parts, tally, new History(false))
  return verdict.failure === undefined ? verdict : tracePlan(plan, parts, new Tally())
}

/** Runs a plan and keeps its history. */
export function tracePlan(plan: Plan, parts: WorldParts, tally: Tally): Promise<Verdict> {
  tally.seeds++
  return run(plan, parts, tally, new History(true))
}

async function run(plan: Plan, parts: WorldParts, tally: Tally, history: History): Promise<Verdict> {
  try {
    await new SimulatedWorld(plan, parts, tally, history).run()
    return { plan, failure: undefined, history }
  } catch (error) {
    const failure =
      error instanceof SimulationFailure
        ? error
        : new SimulationFailure('fault', error instanceof Error ? (error.stack ?? error.message) : String(error))
    return { plan, failure, history }
  }
}
