// The only times that this suite lets pass: how long a fault lasts, and how fast clients go. All else waits for what happens.

import { setTimeout as pass } from 'node:timers/promises'

/** How long what stands still or is away stays so. */
export const FAULTS = {
  serverStillMs: 4_000,
  serversAwayMs: 1_800,
  /** Of these the nodes take about 5 s to notice, in which a call fails. */
  serversAwayOnMs: 1_800,
  nodeStillMs: 3_000,
  nodeLostMs: 8_000,
} as const

/** A lost node is found out within 5 s, and calls end at most 1 s later: so much again for a machine with other things to do. */
export const LOST_MS = 12_000

/** How fast clients go. */
export const PACE = { publishMs: 4, callMs: 2, answerMs: 5 } as const

export { pass }
