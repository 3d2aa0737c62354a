// The rules of a realm, given to it as data. Types only.

import type { MatchPolicy, RequestIdRule, UriRule } from '@trunkline/protocol'
import type { SlowConsumerPolicy } from './link.ts'

export interface RealmSettings {
  /** Default `loose`. */
  readonly uriRule: UriRule
  /** How request ids of clients are checked. Default `tolerant`: clients in wide use draw them at random or send them out of order. */
  readonly requestIds: RequestIdRule
  /** Whether callers and publishers that ask for it are disclosed, or refused. Default true. */
  readonly allowsDisclosure: boolean
  /**
   * Whether features that work without harm are given to clients that use them and did not announce all that the specification
   * wants: progressive CALLs of a caller that announced nothing of the kind (wampy), progressive results of a callee that cannot be
   * interrupted (autobahn-js) or announced nothing of the kind (wampy). `strict` refuses them. Default `tolerant`.
   */
  readonly announcements: 'tolerant' | 'strict'
  /** The trust levels told to subscribers, and to callees that announced `call_trustlevels`. */
  readonly trustLevels?: readonly TrustRule[] | undefined
  /** What is done when more events wait for a session than may. Default: it is closed. */
  readonly slowConsumers: SlowConsumerRules
  /** What is kept of topics. Default: retained events where publishers ask for it, no history. */
  readonly topics: readonly TopicRule[]
  readonly limits: RealmLimits
}

/** Assigns a trust level. A rule for a role goes before one for all roles; among those the most specific URI decides. */
export interface TrustRule {
  /** A URI, a wildcard pattern (`com..status`), `com.shop.**` or `**`. Default: all. */
  readonly uri?: string | undefined
  /** The role of the caller or publisher. Default: all. */
  readonly role?: string | undefined
  /** 0 is the lowest trust; what higher ones mean is for the application to say. */
  readonly level: number
}

export interface SlowConsumerRules {
  /** For all topics that no rule names. */
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
  /** So many at once after a time of silence. Default as many as in a second. */
  readonly burst?: number | undefined
}

/** What is kept of topics. */
export interface TopicRule {
  /** A URI, a wildcard pattern (`com..status`), `com.shop.**` or `**`; with `match` it is taken literally under that policy. */
  readonly uri: string
  readonly match?: MatchPolicy | undefined
  /** Publications are kept for those who ask later: one history for the topic, or one for all topics of the pattern. */
  readonly history?: HistoryRule | undefined
  /** Whether a publisher may have an event kept for later subscribers, and for how long; the most specific rule decides. Default true. */
  readonly retain?: boolean | RetainRule | undefined
}

/** How much a history keeps; the oldest events go first. */
export interface HistoryRule {
  readonly events: number
  /** Default: no matter how old. */
  readonly ageMs?: number | undefined
  /** Octets of all of them together. Default 4 MiB. */
  readonly bytes?: number | undefined
}

export interface RetainRule {
  /** A retained event older than that is given up. */
  readonly ageMs: number
}

/** Limits of one session in the realm, and of what the realm keeps. */
export interface RealmLimits {
  /** URI length in octets of UTF-8 … counted in UTF-16 units times 3 at most. Default 1,024. */
  readonly uriLength: number
  readonly uriComponents: number
  /** Sessions at a time. Default: no limit. */
  readonly sessions: number
  /** Of each connection. What sends more is not read for a while; where the transport cannot wait, it ends. Default: no limit. */
  readonly messageRate: MessageRate | undefined
  /** Wildcard components of a pattern. */
  readonly wildcards: number
  /** Nodes of the match index that the wildcard patterns of clients may make one event or call visit. */
  readonly wildcardNodes: number
  readonly subscriptions: number
  readonly registrations: number
  /** Calls that wait for their answer. */
  readonly pendingCalls: number
  /** Octets kept with open calls: payload for re-routing, attributes of progressive calls. */
  readonly callBytes: number
  /** Messages, and about how many octets they take, options and all, that wait while an authorizer is asked. */
  readonly parkedMessages: number
  readonly parkedBytes: number
  /** Testaments of a session, and octets of them. */
  readonly testaments: number
  readonly testamentBytes: number
  /** Descriptions that a session defines for reflection, and octets of them. */
  readonly definitions: number
  readonly definitionBytes: number
  /** Retained events of the realm, and octets of them. */
  readonly retainedEvents: number
  readonly retainedBytes: number
  /** What one user, or one network of sessions without a login, may have of both, in percent. */
  readonly retainedShare: number
  /** How many one SUBSCRIBE gets at most, and octets of their payload. */
  readonly retainedAtOnce: number
  readonly retainedBytesAtOnce: number
  /** Octets of payload in one answer to a query of history. */
  readonly historyAnswerBytes: number
}

/** What is bounded by the limits of now: they may change at run time. */
export interface Limited {
  readonly settings: { readonly limits: RealmLimits }
}
