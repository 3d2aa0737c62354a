// What ties callees to a procedure or pattern. Types only.

import type { MatchPolicy } from '@trunkline/protocol'
import type { CallSeries } from './call-durations.ts'
import type { Session } from './session.ts'

export type InvocationPolicy = 'single' | 'roundrobin' | 'random' | 'first' | 'last' | '_sharded'

/** One callee of a registration, with the options of its REGISTER. */
export interface Callee {
  readonly session: Session
  readonly wantsCaller: boolean
  /** The callee itself enforces the time limits of calls. */
  readonly keepsTime: boolean
  /** Only of a sharded registration. */
  readonly share: Share | undefined
}

/** Which keys of a sharded registration belong to one callee. */
export interface Share {
  /** The hash of its name among the callees that registered without shards. */
  readonly node: number
  /** Undefined for a callee without shards: it shares the shards that no callee has taken. */
  readonly shards: ReadonlySet<number> | undefined
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
  /** To whose share it counts. */
  readonly owner: string
  /** Roundrobin: the index of the next callee. */
  next: number
  /** Calls that it took, since it was created. */
  calls: number
  /** Of these, how many ended with an error of the callee, with a result that breaks a contract, or without an answer. */
  errors: number
  /** Where durations of its calls are counted; undefined before the first that is timed. */
  series: CallSeries | undefined
}
