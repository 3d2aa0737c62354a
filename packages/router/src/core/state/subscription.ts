// A subscription: the sessions that subscribe to one topic or pattern.

import type { MatchPolicy } from '@trunkline/protocol'
import type { EventHistory } from './stored-event.ts'
import type { Session } from './session.ts'

/** One subscription: a topic or pattern under a match policy, with all its subscribers. */
export interface Subscription {
  readonly id: number
  readonly uri: string
  readonly match: MatchPolicy
  /** Milliseconds since 1970; in a cluster on the first node that had it. */
  created: number
  readonly subscribers: Set<Session>
  /** To whose share it counts; undefined where the settings created it. */
  owner: string | undefined
  /** The subscribers that share events with a key, with the hash of their `nkey`; undefined while there are none. */
  nodes: Map<Session, number> | undefined
  /** In a cluster those of them whose UNSUBSCRIBED waits until no node sends events for them any more; undefined while there are none. */
  leaving: Map<Session, LeavingSubscriber> | undefined
  /** Sessions whose SUBSCRIBED waits until all nodes know of the subscription; undefined while there are none. */
  pending: Map<Session, PendingSubscriber> | undefined
  /** All nodes know of it: further subscribers need not wait. */
  isSettled: boolean
  /** Its `on_create` is not published yet, and is to be. */
  isUntold: boolean
  /** Events that subscribers missed; reported with the next event, or by `trunkline.session.on_gap`. */
  gaps: Map<Session, Gap> | undefined
  /** Kept for later queries. A subscription with a history stays when it has no subscribers. */
  history: EventHistory | undefined
  /** A rule makes its topics durable: it stays when it has no subscribers. */
  isDurable: boolean
  /** Subscribers that get events from the store, and none of durable topics directly; undefined while there are none. */
  catchingUp: Set<Session> | undefined
  /** Its subscribers share it by a name, and get its events from the store alone. */
  isNamed: boolean
  /** Publications that matched, since it was created. */
  publications: number
  /** Events that were sent, or queued, to its subscribers. */
  deliveries: number
  /** Events that a subscriber could not take, or that were dropped from its queue. */
  dropped: number
}

/** A subscriber to be: what it has asked for, in order. */
export interface PendingSubscriber {
  /** The hash of its `nkey`. */
  readonly node: number | undefined
  readonly requests: SubscribeRequest[]
}

/** A subscriber that has sent UNSUBSCRIBE. */
export interface LeavingSubscriber {
  readonly request: number
}

/** What is kept of a SUBSCRIBE for its answer. */
export interface SubscribeRequest {
  readonly request: number
  readonly wantsRetained: boolean
  readonly resume: ResumeRequest | undefined
}

/** What a subscriber has seen already (`_resume`). */
export interface ResumeRequest {
  readonly epoch: string | undefined
  /** Undefined: it has seen nothing, and asks only where it begins. */
  readonly position: number | undefined
  /** The ids of its earlier sessions: it was excluded from what these published. */
  readonly sessions: readonly number[]
}

/** Events of one subscription that one subscriber missed and has not been notified of. */
export interface Gap {
  missed: number
  /** When the first was missed, on the clock for durations. */
  readonly since: number
}

/** A subscription without subscribers. */
export function newSubscription(id: number, uri: string, match: MatchPolicy, created: number): Subscription {
  return {
    id,
    uri,
    match,
    created,
    subscribers: new Set(),
    owner: undefined,
    nodes: undefined,
    leaving: undefined,
    pending: undefined,
    isSettled: false,
    isUntold: false,
    gaps: undefined,
    history: undefined,
    isDurable: false,
    catchingUp: undefined,
    isNamed: false,
    publications: 0,
    deliveries: 0,
    dropped: 0,
  }
}
