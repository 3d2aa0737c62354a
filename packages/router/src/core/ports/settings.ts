// The settings of a realm. Types only.

import type { MatchPolicy, RequestIdRule, UriRule } from '@trunkline/protocol'
import type { ContractRule } from './contracts.ts'
import type { KeepRule } from './event-store.ts'
import type { SlowConsumerPolicy } from './link.ts'

export interface RealmSettings {
  /** Default `loose`. */
  readonly uriRule: UriRule
  /** How request ids of clients are checked. Default `tolerant`: clients in wide use draw them at random or send them out of order. */
  readonly requestIds: RequestIdRule
  /** Whether callers and publishers that ask for it are disclosed, or refused. Default true. */
  readonly allowsDisclosure: boolean
  /**
   * Whether clients may use harmless features without announcing all that the specification requires: progressive CALLs of a caller
   * that announced no such feature (wampy), progressive results of a callee that cannot be interrupted (autobahn-js) or announced no
   * such feature (wampy). `strict` refuses them. Default `tolerant`.
   */
  readonly announcements: 'tolerant' | 'strict'
  /** The trust levels sent to subscribers, and to callees that announced `call_trustlevels`. */
  readonly trustLevels?: readonly TrustRule[] | undefined
  /** What the router does when more events are queued for a session than its limit allows. Default: it closes the session. */
  readonly slowConsumers: SlowConsumerRules
  /** What the realm keeps of each topic. Default: retained events where publishers ask for them, no history. */
  readonly topics: readonly TopicRule[]
  /** Contracts that payloads are checked by. Default: none. */
  readonly contracts?: readonly ContractRule[] | undefined
  readonly limits: RealmLimits
}

/** Assigns a trust level. A rule for a role takes precedence over one for all roles; among those the most specific URI decides. */
export interface TrustRule {
  /** A URI, a wildcard pattern (`com..status`), `com.shop.**` or `**`. Default: all. */
  readonly uri?: string | undefined
  /** The role of the caller or publisher. Default: all. */
  readonly role?: string | undefined
  /** 0 is the lowest trust; the application defines what higher levels mean. */
  readonly level: number
}

export interface SlowConsumerRules {
  /** For each topic without a rule. */
  readonly policy: SlowConsumerPolicy
  /** The most specific rule decides. */
  readonly topics?: readonly SlowConsumerRule[] | undefined
}

export interface SlowConsumerRule {
  /** A URI, a wildcard pattern (`com..status`), `com.shop.**` or `**`. */
  readonly uri: string
  readonly policy: SlowConsumerPolicy
}

/** How many messages a session may send. */
export interface MessageRate {
  readonly perSecond: number
  /** How many may come at once after a pause. Default: as many as in one second. */
  readonly burst?: number | undefined
}

/** What the realm keeps of the topics that match. */
export interface TopicRule {
  /** A URI, a wildcard pattern (`com..status`), `com.shop.**` or `**`; with `match` it is taken literally under that policy. */
  readonly uri: string
  readonly match?: MatchPolicy | undefined
  /** Keeps publications for later queries: one history for the topic, or one for all topics of the pattern. */
  readonly history?: HistoryRule | undefined
  /** Whether a publisher may have an event retained, and for how long; the most specific rule decides. Default true. */
  readonly retain?: boolean | RetainRule | undefined
  /** Keeps all publications in the router's store: one log for the topic, or one for all topics of the pattern. */
  readonly durable?: DurableRule | undefined
}

/** What the store keeps of durable topics: PUBLISHED says that it has the event, and later subscribers may ask for what they missed. */
export interface DurableRule {
  /** Default: as much as the store has room for. */
  readonly keep?: KeepRule | undefined
}

/** How much a history keeps; the oldest events go first. */
export interface HistoryRule {
  readonly events: number
  /** Default: no limit of age. */
  readonly ageMs?: number | undefined
  /** Octets of all events together. Default 4 MiB. */
  readonly bytes?: number | undefined
}

export interface RetainRule {
  /** An older retained event is dropped. */
  readonly ageMs: number
}

/** Limits for each session of the realm, and for what the realm keeps. */
export interface RealmLimits {
  /** Length of a URI in UTF-16 units. Default 1,024. */
  readonly uriLength: number
  readonly uriComponents: number
  /** Open sessions. Default: no limit. */
  readonly sessions: number
  /** For each connection. One that sends more is not read for a while; where the transport cannot pause, it ends. Default: no limit. */
  readonly messageRate: MessageRate | undefined
  /** Wildcard components of a pattern. */
  readonly wildcards: number
  /** Nodes of the match index that the wildcard patterns of clients may cost one event or call. */
  readonly wildcardNodes: number
  readonly subscriptions: number
  readonly registrations: number
  /** Open calls of a caller. */
  readonly pendingCalls: number
  /** Octets kept with the open calls of a caller: payload for re-routing, attributes of progressive calls. */
  readonly callBytes: number
  /** Messages pending until an authorizer has answered, and about how many octets they take, options included. */
  readonly pendingRequests: number
  readonly pendingRequestBytes: number
  /** Testaments of a session, and octets of them. */
  readonly testaments: number
  readonly testamentBytes: number
  /** Descriptions that a session defines for reflection, and octets of them. */
  readonly definitions: number
  readonly definitionBytes: number
  /** Retained events of the realm, and octets of them. */
  readonly retainedEvents: number
  readonly retainedBytes: number
  /** What one owner may have of both, in percent: one user, or one network of sessions without a login. */
  readonly retainedShare: number
  /** Retained events that one SUBSCRIBE gets at most, and octets of their payload. */
  readonly retainedAtOnce: number
  readonly retainedBytesAtOnce: number
  /** Durable subscriptions of the realm, and those of one owner. */
  readonly durableSubscriptions: number
  readonly durableSubscriptionsPerUser: number
  /** Events of them that are sent to the sessions of one owner and not acknowledged; with those that are to be sent again four times as many. */
  readonly durableInFlightPerUser: number
  /** Octets of payload in one answer to a query of history. */
  readonly historyAnswerBytes: number
}

/** An object bounded by the present limits; they may change at run time. */
export interface Limited {
  readonly settings: { readonly limits: RealmLimits }
}
