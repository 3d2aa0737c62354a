// What ties callees to a procedure or pattern.

import type { MatchPolicy } from '@trunkline/protocol'
import type { CallSeries } from './call-durations.ts'
import type { RecentDurations } from './recent-durations.ts'
import type { Session } from './session.ts'
import type { ShardSet } from './shard-set.ts'

export type InvocationPolicy = 'single' | 'roundrobin' | 'random' | 'first' | 'last' | '_sharded'

/** One callee of a registration, with the options of its REGISTER. */
export interface Callee {
  readonly session: Session
  readonly wantsCaller: boolean
  /** The callee itself enforces the time limits of calls. */
  readonly keepsTime: boolean
  /** Only of a sharded registration. */
  share: Share | undefined
  /** The node that it is on, if another; its session then stands for the one there. */
  readonly node: OtherNode | undefined
  /** Orders the callees of all nodes alike: by stamp, then by session id. 0 where this router stands alone. */
  readonly stamp: number
  /** It claims its place, and other nodes may not know that yet: it is not called, and has no REGISTERED. */
  isPending: boolean
  /** Of one that is pending: it took the places of others by force, so that calls to it wait for its REGISTERED. */
  readonly isAwaited: boolean
  /** Its session has left, and its place ends in one of the next turns. */
  isRetired: boolean
  standing: Standing
}

/** Whether calls may go to a callee. */
export function isCallable({ isPending, isAwaited, isRetired }: Callee): boolean {
  return !isRetired && (!isPending || isAwaited)
}

/**
 * What a claim to a place is worth beside others (claims.ts): made as usual, or by force (`force_reregister`), or confirmed to its callee
 * by REGISTERED; or only announced (successors.ts), and worth nothing yet. Of a callee of another node it is what that node sent: this node does not know whether it is confirmed meanwhile.
 */
export type Standing = 'plain' | 'forced' | 'confirmed' | 'coming'

/** A node that serves the same realm. Changed only by the code that made it. */
export interface OtherNode {
  readonly name: string
  /** It is about to stop: its callees are called where there are no others. */
  isDraining: boolean
}

/** Which keys of a sharded registration belong to one callee. */
export interface Share {
  /** The hash of its name among the callees that registered without shards. */
  readonly node: number
  /** What its name ends with. */
  readonly number: number
  /** Undefined for a callee without shards: it shares the shards that no callee has taken. */
  readonly shards: ShardSet | undefined
}

/** What the callees of a sharded registration have. */
export interface Taken {
  readonly nodes: Set<number>
  /** By authid: the numbers that no callee has, the lowest last; all others are above these and those that callees have. */
  readonly free: Map<string, number[]>
  /** Undefined until a callee names shards. */
  shards: ShardSet | undefined
}

export interface Registration {
  readonly id: number
  readonly uri: string
  readonly match: MatchPolicy
  readonly invoke: InvocationPolicy
  /** Milliseconds since 1970. */
  readonly created: number
  /** In the order of registration; never empty. Changed only by the table (registration-table.ts). */
  readonly callees: Callee[]
  /** How many of them may not be called, or not yet. */
  pending: number
  /** Those that new calls go to: all of them where this router stands alone. Undefined after a change, until the next call. */
  preferred: readonly Callee[] | undefined
  /** Whether callees of this node come first. */
  readonly prefersOwn: boolean
  /** To whose share it counts. */
  readonly owner: string
  /** Undefined where it is not sharded. */
  readonly taken: Taken | undefined
  /** Roundrobin: the index of the next callee among the preferred ones; from their number on it starts anew. */
  next: number
  /** Calls that it took, since it was created. */
  calls: number
  /** Of these, how many ended with an error of the callee, with a result that breaks a contract, or without an answer. */
  errors: number
  /** Where durations of its calls are counted; undefined before the first that is timed. */
  series: CallSeries | undefined
  /** How long its calls took lately; undefined before the first that is timed. */
  recent: RecentDurations | undefined
}
