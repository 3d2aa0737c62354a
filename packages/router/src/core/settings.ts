// The rules of a realm, given to it as data.

import type { RequestIdRule, UriRule } from '@trunkline/protocol'
import type { SlowConsumerPolicy } from './ports.ts'

export interface RealmSettings {
  /** Default `loose`. */
  readonly uriRule: UriRule
  /** How request ids of clients are checked. Default `increasing`: clients in wide use skip ids after a send that failed or a reconnection. */
  readonly requestIds: RequestIdRule
  /** Whether callers and publishers that ask for it are disclosed, or refused. Default true. */
  readonly allowsDisclosure: boolean
  /**
   * Whether features that work without harm are given to clients that use them and did not announce all that the specification
   * wants: progressive CALLs of a caller that announced nothing of the kind (wampy), progressive results of a callee that cannot be
   * interrupted (autobahn-js) or announced nothing of the kind (wampy). `strict` refuses them. Default `tolerant`.
   */
  readonly announcements: 'tolerant' | 'strict'
  /** The trust levels told to callees that announced `call_trustlevels`. */
  readonly trustLevels?: readonly TrustRule[] | undefined
  /** What is done when more events wait for a session than may. Default: it is closed. */
  readonly slowConsumers: SlowConsumerRules
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

/** Limits of the realm and of one session in it. */
export interface RealmLimits {
  /** URI length in octets of UTF-8 … counted in UTF-16 units times 3 at most. Default 1,024. */
  readonly uriLength: number
  readonly uriComponents: number
  /** Sessions at a time. Default: no limit. */
  readonly sessions: number
  /** Who sends more is not read for a while; where the transport cannot wait, the session ends. Default: no limit. */
  readonly messageRate: MessageRate | undefined
  /** Wildcard components of a pattern. */
  readonly wildcards: number
  readonly subscriptions: number
  readonly registrations: number
  /** Calls that wait for their answer. */
  readonly pendingCalls: number
  /** Octets kept with open calls: payload for re-routing, attributes of progressive calls. */
  readonly callBytes: number
  /** Messages, and octets of payload in them, that wait while an authorizer is asked. */
  readonly parkedMessages: number
  readonly parkedBytes: number
}

export const DEFAULT_REALM_SETTINGS: RealmSettings = {
  uriRule: 'loose',
  requestIds: 'increasing',
  allowsDisclosure: true,
  announcements: 'tolerant',
  slowConsumers: { policy: 'disconnect' },
  limits: {
    uriLength: 1024,
    uriComponents: 32,
    sessions: Number.POSITIVE_INFINITY,
    messageRate: undefined,
    wildcards: 6,
    subscriptions: 10_000,
    registrations: 10_000,
    pendingCalls: 10_000,
    callBytes: 4 * 1024 * 1024,
    parkedMessages: 10_000,
    parkedBytes: 4 * 1024 * 1024,
  },
}
