// What metrics read of a router. Types only.

import type { CallDurations, Counters, RealmView } from '../core/index.ts'

/** What a router holds at one moment. */
export interface RouterLoad {
  /** Connections with or without a session, those in this process included. */
  readonly connections: number
  /** Sockets and connections on which no session is open. */
  readonly connectionsBeforeLogin: number
  /** Octets queued for all sessions; the same event counts once. */
  readonly queuedBytes: number
  /** Sessions for which anything is queued. */
  readonly queuedSessions: number
  /** Whether the router is about to stop. */
  readonly isDraining: boolean
}

export interface MeasuredRouter {
  readonly counters: Counters
  readonly durations: CallDurations
  readonly realms: readonly RealmView[]
  readonly load: RouterLoad
}
