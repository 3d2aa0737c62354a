// Clients that come and go: who they are, and whom the router tells. Types only.

import type { AuthenticationNext, JoinRequest } from '@trunkline/protocol'
import type { TransportInfo } from './transport.ts'

/** What became of one client, for an access log. */
export interface Visit {
  readonly event: 'joined' | 'left' | 'refused'
  readonly realm: string | undefined
  /** Of a refused client: what it said. */
  readonly authid: string | undefined
  readonly session?: number
  readonly authrole?: string
  readonly authmethod?: string
  readonly transport: TransportInfo['kind']
  readonly peer: string
  readonly address: string | undefined
  readonly userAgent: string | undefined
  /** Why it was refused, or how it left. */
  readonly reason?: string
  readonly durationMs?: number
  /** Visits of the same address or user before this one, which were not told: they were too many. */
  readonly suppressed?: number
}

/** Is told of each client that joins, leaves or is refused. Returns at once and never throws. */
export type Access = (visit: Visit) => void

/** Looks who a client is and says so by `next`, at once or in a later turn. */
export type Authenticate = (request: JoinRequest, info: TransportInfo, next: AuthenticationNext) => void
