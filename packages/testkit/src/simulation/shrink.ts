// Makes a failing plan small: removes clients, steps and details while it still fails in the same way.

import type { Plan, Step } from './settings.ts'

/** Whether a plan fails as the first one did. */
export type StillFails = (plan: Plan) => Promise<boolean>

/**
 * Removes what the failure does not need.
 * @param most how many plans may be tried
 */
export async function shrink(plan: Plan, stillFails: StillFails, most = 1500): Promise<Plan> {
  let left = most
  let best = plan
  const accept = async (candidate: Plan): Promise<boolean> => {
    if (left <= 0) return false
    left--
    if (!(await stillFails(candidate))) return false
    best = candidate
    return true
  }
  for (let before = -1; before !== sizeOf(best) && left > 0;) {
    before = sizeOf(best)
    await dropClients(() => best, accept)
    await dropSteps(() => best, accept)
    await dropDetails(() => best, accept)
  }
  return best
}

function sizeOf({ steps }: Plan): number {
  return steps.length
}

type Accept = (candidate: Plan) => Promise<boolean>

/** A client without steps never appears. */
async function dropClients(current: () => Plan, accept: Accept): Promise<void> {
  for (const index of current().clients.keys()) {
    const steps = current().steps.filter(({ client }) => client !== index)
    if (steps.length < current().steps.length) await accept({ ...current(), steps })
  }
}

/** Halves, quarters, … down to single steps. */
async function dropSteps(current: () => Plan, accept: Accept): Promise<void> {
  for (let size = Math.ceil(current().steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < current().steps.length;) {
      const steps: Step[] = [...current().steps]
      steps.splice(at, size)
      if (!(await accept({ ...current(), steps }))) at += size
    }
  }
}

/** Time that does not matter, delays, and unrelated steps of other clients. */
async function dropDetails(current: () => Plan, accept: Accept): Promise<void> {
  await accept({ ...current(), steps: current().steps.map((step) => ({ ...step, after: 0 })) })
  await accept({ ...current(), clients: current().clients.map((client) => ({ ...client, delay: 0 })) })
  await accept({ ...current(), clients: current().clients.map((client) => ({ ...client, serializer: 'json' })) })
  const used = current().realms.filter(({ name }) =>
    current().clients.some((client, index) => client.realm === name && current().steps.some((step) => step.client === index)),
  )
  if (used.length > 0 && used.length < current().realms.length) await accept({ ...current(), realms: used })
}
