// What the parts of one realm share.

import type { PayloadFormat, SerializerName } from '@trunkline/protocol'
import type { CallDurations } from './call-durations.ts'
import type { CompiledSettings } from './compiled-settings.ts'
import type { Counters } from './counters.ts'
import type { Deadlines } from './deadlines.ts'
import type { RealmCluster } from './realm-cluster.ts'
import type { KeptForms } from './kept-forms.ts'
import type { OwnerTotal } from './owner-total.ts'
import type { StoreShares } from './store-shares.ts'
import type { TimeShare } from './time-share.ts'
import type { RecentlyUsed } from './recently-used.ts'
import type { Audit, Authorizer } from '../ports/rights.ts'
import type { Clock, Ids, Scheduler, TimeLimit } from '../ports/clock.ts'
import type { Witnesses } from '../ports/witnesses.ts'
import type { EventStore } from '../ports/event-store.ts'
import type { Log } from '../ports/log.ts'

export interface RealmContext {
  /** When the authorizer was asked about the request that is being carried out, by the tracer's clock. */
  askedAt?: number | undefined
  /** The key of very many names of receivers, unknown to clients; drawn when it is first needed. */
  namesKey?: number | undefined
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
  /** Retained events; shared by all realms of the router. */
  readonly retainedTotal: OwnerTotal
  /** What owners have on its way to the store; shared by all realms of the router. */
  readonly storeShares: StoreShares
  /** Keeps the events of durable topics; absent where the router has none. */
  readonly eventStore?: EventStore | undefined
  readonly formats: Readonly<Record<SerializerName, PayloadFormat>>
  /** Lists of the meta API, and kept events in other serializers; shared by all realms of the router. */
  readonly keptLists: RecentlyUsed
  readonly forms: KeptForms
  /** For long answers; shared by all realms of the router. */
  readonly timeShare: TimeShare
  readonly ids: Ids
  readonly scheduler: Scheduler
  /** For checks of payloads by contracts. */
  readonly timeLimit: TimeLimit
  /** A change at run time replaces it. */
  authorizer: Authorizer
  readonly counters: Counters
  /** Shared by all realms of the router. */
  readonly durations: CallDurations
  /** Shared by all realms of the router. */
  readonly witnesses: Witnesses
  readonly log: Log
  readonly audit: Audit | undefined
  /** The other nodes that serve the realm; absent where this router stands alone. */
  cluster?: RealmCluster | undefined
}
