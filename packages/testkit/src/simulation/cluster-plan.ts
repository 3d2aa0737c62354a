// Makes a plan for a cluster of a plan for one router.

import { Random } from './random.ts'
import type { Plan, Step } from './settings.ts'

/** A link is lost after seconds: the steps of most worlds with faults are so many times further apart than those of others. */
const STRETCHES = [1, 10, 30, 60]
/** More of what has to cross nodes while things go wrong. */
const CROSSING = ['publish', 'publish', 'publish', 'publish', 'subscribe'] as const

/**
 * The same world with linked nodes in the place of each router, which together have to behave like it. Without the limit of all queues
 * together, which each node has for itself.
 * @param hasFaults things go wrong between the nodes: they need not behave like one router
 */
export function withNodes(plan: Plan, nodes: number, hasFaults = false): Plan {
  if (nodes === 1) return plan
  const linked = { ...plan, nodes, outboxTotalBytes: 1_000_000 }
  return hasFaults ? { ...linked, hasFaults, steps: stretched(plan) } : linked
}

function stretched({ seed, steps, clients }: Plan): Step[] {
  const random = new Random(seed ^ 0x1f83_d9ab)
  const factor = random.pick(STRETCHES)
  return steps.flatMap((step) => {
    const later = { ...step, after: step.after * factor }
    if (random.percent(65)) return [later]
    const crossing = {
      after: random.below(40) * factor,
      client: random.below(clients.length),
      kind: random.pick(CROSSING),
      seed: random.bits(),
    }
    return [later, crossing]
  })
}
