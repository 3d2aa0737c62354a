// What the parts of one realm share.

import type { CompiledSettings } from './compiled-settings.ts'
import type { Counters } from './counters.ts'
import type { Deadlines } from './deadlines.ts'
import type { Audit, Authorizer } from '../ports/rights.ts'
import type { Clock, Ids, Log, Scheduler } from '../ports/clock.ts'

export interface RealmContext {
  readonly name: string
  /** Another object after a change at run time. */
  settings: CompiledSettings
  readonly clock: Clock
  /** Of all realms of the router. */
  readonly deadlines: Deadlines
  readonly ids: Ids
  readonly scheduler: Scheduler
  /** Another one after a change at run time. */
  authorizer: Authorizer
  readonly counters: Counters
  readonly log: Log
  readonly audit: Audit | undefined
}
