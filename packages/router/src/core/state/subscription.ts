// What ties sessions to a topic or pattern. Types only.

import type { MatchPolicy } from '@trunkline/protocol'
import type { EventHistory } from './stored-event.ts'
import type { Session } from './session.ts'

/** One subscription: a topic or pattern under a match policy, with everybody attached to it. */
export interface Subscription {
  readonly id: number
  readonly uri: string
  readonly match: MatchPolicy
  /** Milliseconds since 1970. */
  readonly created: number
  readonly subscribers: Set<Session>
  /** Those that share events that have a key, with the hash of their `nkey`; undefined while there are none. */
  nodes: Map<Session, number> | undefined
  /** What subscribers should have had and did not get; told with the next event, or by `trunkline.session.on_gap`. */
  gaps: Map<Session, Gap> | undefined
  /** Kept for those who ask later. A subscription with a history stays when nobody is attached to it. */
  history: EventHistory | undefined
}

/** Events of one subscription that one subscriber missed and was not told of. */
export interface Gap {
  missed: number
  /** When the first was lost, on the clock for durations. */
  readonly since: number
}
