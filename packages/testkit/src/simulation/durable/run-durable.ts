// One durable world from its seed to the verdict.

import { SimulationFailure } from '../failure.ts'
import { History } from '../history.ts'
import type { DurableTally } from './durable-world.ts'
import { DurableWorld } from './durable-world.ts'

/** The result of a world. */
export interface DurableVerdict {
  /** Undefined when there was no fault. */
  readonly failure: SimulationFailure | undefined
  readonly history: History
}

/** Runs a world. Every fault is in the verdict; nothing is thrown. */
export function runDurable(seed: number, tally: DurableTally, isTraced = false): DurableVerdict {
  const history = new History(isTraced)
  try {
    new DurableWorld(seed, history, tally).run()
    return { failure: undefined, history }
  } catch (error) {
    if (error instanceof SimulationFailure) return { failure: error, history }
    return { failure: new SimulationFailure('fault', error instanceof Error ? (error.stack ?? error.message) : String(error)), history }
  }
}
