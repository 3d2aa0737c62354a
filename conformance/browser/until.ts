// Asks again and again whether something has happened that a suite can only look at.

import { setTimeout as pause } from 'node:timers/promises'

export const PATIENCE_MS = 60_000
const PAUSE_MS = 20

/** @throws {Error} (rejects) when it has not happened in time */
export async function until(what: string, holds: () => boolean | Promise<boolean>, withinMs = PATIENCE_MS): Promise<void> {
  const latest = performance.now() + withinMs
  while (!(await holds())) {
    if (performance.now() > latest) throw new Error(`not within ${withinMs} ms: ${what}`)
    await pause(PAUSE_MS)
  }
}
