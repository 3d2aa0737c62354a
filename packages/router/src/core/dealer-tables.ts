// What the dealer remembers: registrations and open calls.

import type { MatchPolicy } from '@trunkline/protocol'
import type { InvocationPolicy } from './invocation-policy.ts'
import type { Session } from './session.ts'

/** One callee of a registration, with what it asked for when it registered. */
export interface Callee {
  readonly session: Session
  readonly wantsCaller: boolean
}

export interface Registration {
  readonly id: number
  readonly uri: string
  readonly match: MatchPolicy
  readonly invoke: InvocationPolicy
  /** Milliseconds since 1970. */
  readonly created: number
  /** In the order of registration; never empty. */
  readonly callees: Callee[]
  /** Roundrobin: the index of the next callee. */
  next: number
}

/** A call whose final answer has not come. */
export interface Call {
  readonly caller: Session
  /** The caller's request id. */
  readonly request: number
  readonly callee: Session
  /** The callee's invocation id. */
  readonly invocation: number
  readonly wantsProgress: boolean
  /** CANCEL with mode `kill` was passed on; the caller still waits for the callee's answer. */
  isKilling: boolean
}
