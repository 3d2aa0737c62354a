// The entry point of @trunkline/testkit/simulation: worlds drawn from seeds, their verdicts, and shrinking what fails.

export { createWorldParts, runPlan, tracePlan } from './run-seed.ts'
export type { WorldParts } from './world.ts'
export type { Verdict } from './run-seed.ts'
export { withNodes } from './cluster-plan.ts'
export { DEFAULT_STEPS, drawPlan, STEP_KINDS } from './settings.ts'
export type { Plan, Step, StepRange } from './settings.ts'
export { Random } from './random.ts'
export { shrink } from './shrink.ts'
export { Tally } from './tally.ts'
export { SimulationFailure } from './failure.ts'
