// Sessions that join, leave or are refused: their identity, and the access log. Types only.

import type { AuthenticationNext, JoinRequest } from '@trunkline/protocol'
import type { TransportInfo } from './transport.ts'

/** One entry of the access log: a client joined, left or was refused. */
export interface Visit {
  readonly event: 'joined' | 'left' | 'refused'
  readonly realm: string | undefined
  /** For a refused client: the authid that it claimed. */
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
  /** How many earlier visits of the same address or user were not reported, because they were too many. */
  readonly suppressed?: number
}

/** Called for each client that joins, leaves or is refused. Returns at once and never throws. */
export type Access = (visit: Visit) => void

/** Authenticates a client and passes the result to `next`, at once or in a later turn. */
export type Authenticate = (request: JoinRequest, info: TransportInfo, next: AuthenticationNext) => void
