// One subscription: a topic or pattern under a match policy, with everybody attached to it.

import type { MatchPolicy } from '@trunkline/protocol'
import type { Session } from './session.ts'

export interface Subscription {
  readonly id: number
  readonly uri: string
  readonly match: MatchPolicy
  /** Milliseconds since 1970. */
  readonly created: number
  readonly subscribers: Set<Session>
  /** Events that a subscriber should have had and did not get; told with its next event. */
  gaps: Map<Session, number> | undefined
}
