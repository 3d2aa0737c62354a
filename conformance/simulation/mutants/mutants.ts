// All faults that the simulation must find, one at a time.

import { CALL_MUTANTS } from './call-mutants.ts'
import { CLIENT_MUTANTS } from './client-mutants.ts'
import { CLUSTER_MUTANTS } from './cluster-mutants.ts'
import { DURABLE_MUTANTS } from './durable-mutants.ts'
import { EVENT_MUTANTS } from './event-mutants.ts'
import { GAP_MUTANTS } from './gap-mutants.ts'
import { HISTORY_MUTANTS } from './history-mutants.ts'
import { KEPT_MUTANTS } from './kept-mutants.ts'
import type { Mutant } from '../../mutation/placing.ts'
import { REROUTE_MUTANTS } from './reroute-mutants.ts'
import { SESSION_MUTANTS } from './session-mutants.ts'
import { STREAM_MUTANTS } from './stream-mutants.ts'

export const MUTANTS: readonly Mutant[] = [
  ...CALL_MUTANTS,
  ...CLIENT_MUTANTS,
  ...CLUSTER_MUTANTS,
  ...DURABLE_MUTANTS,
  ...EVENT_MUTANTS,
  ...GAP_MUTANTS,
  ...HISTORY_MUTANTS,
  ...KEPT_MUTANTS,
  ...REROUTE_MUTANTS,
  ...SESSION_MUTANTS,
  ...STREAM_MUTANTS,
]
