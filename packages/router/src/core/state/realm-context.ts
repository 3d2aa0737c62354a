// What the parts of one realm share.

import type { CallDurations } from './call-durations.ts'
import type { CompiledSettings } from './compiled-settings.ts'
import type { Counters } from './counters.ts'
import type { Deadlines } from './deadlines.ts'
import type { OwnerTotal } from './owner-total.ts'
import type { Audit, Authorizer } from '../ports/rights.ts'
import type { Clock, Ids, Log, Scheduler, TimeLimit } from '../ports/clock.ts'

export interface RealmContext {
  readonly name: string
  /** A change at run time replaces the object. */
  settings: CompiledSettings
  readonly clock: Clock
  /** Shared by all realms of the router. */
  readonly deadlines: Deadlines
  /** What is kept with open calls, and what is pending until an authorizer answers; shared by all realms of the router. */
  readonly callTotal: OwnerTotal
  readonly pendingTotal: OwnerTotal
  /** Testaments and definitions; shared by all realms of the router. */
  readonly keptTotal: OwnerTotal
  /** Subscriptions, registrations and open calls; shared by all realms of the router. */
  readonly tableTotal: OwnerTotal
  readonly ids: Ids
  readonly scheduler: Scheduler
  /** For checks of payloads by contracts. */
  readonly timeLimit: TimeLimit
  /** A change at run time replaces it. */
  authorizer: Authorizer
  readonly counters: Counters
  /** Shared by all realms of the router. */
  readonly durations: CallDurations
  readonly log: Log
  readonly audit: Audit | undefined
}
