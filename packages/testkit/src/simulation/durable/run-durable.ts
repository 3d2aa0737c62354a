// One durable world from its seed to the verdict.

import { setImmediate } from 'node:timers/promises'
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

/** Runs a world, in a turn of its own: only between turns is the memory of the worlds before freed. Every fault is in the verdict; nothing is thrown. */
export async function runDurable(seed: number, tally: DurableTally, isTraced = false): Promise<DurableVerdict> {
  await setImmediate()
  const history = new History(isTraced)
  try {
    new DurableWorld(seed, history, tally).run()
    return { failure: undefined, history }
  } catch (error) {
    if (error instanceof SimulationFailure) return { failure: error, history }
    return { failure: new SimulationFailure('fault', error instanceof Error ? (error.stack ?? error.message) : String(error)), history }
  }
}
