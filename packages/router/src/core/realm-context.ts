// What the parts of one realm share.

import type { Counters } from './counters.ts'
import type { Authorizer, Clock, Ids, Log, Scheduler } from './ports.ts'
import type { RealmSettings } from './settings.ts'

export interface RealmContext {
  readonly name: string
  readonly settings: RealmSettings
  readonly clock: Clock
  readonly ids: Ids
  readonly scheduler: Scheduler
  readonly authorizer: Authorizer
  readonly counters: Counters
  readonly log: Log
}
