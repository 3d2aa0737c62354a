// What a router and its realms are given by the program that runs them. Types and defaults only.

import type { AuthenticationOptions } from './authentication/options.ts'
import type { Rule } from './authorization/rule.ts'
import type { DynamicAuthorizerOptions } from './authorization/dynamic.ts'
import type { GrantsReview } from './core/index.ts'
import type {
  Access,
  Alarm,
  Audit,
  Authenticate,
  Authorizer,
  Clock,
  Ids,
  Log,
  RealmLimits,
  RealmSettings,
  Scheduler,
} from './core/ports/index.ts'
import type { LifeLimits } from './peers/life-host.ts'
import type { OpeningLimits } from './peers/openings.ts'

/** What may be written. */
export type Changeable<T> = { -readonly [Key in keyof T]: T[Key] }

/** One realm as its owner wants it. */
export interface RealmOptions extends Partial<Omit<RealmSettings, 'limits'>> {
  readonly limits?: Partial<RealmLimits>
  /** The role of clients that do not log in; without it they are refused. */
  readonly anonymousRole?: string
  /** The ways to log in. */
  readonly authentication?: AuthenticationOptions
  /** Decides who a client is, in place of `anonymousRole` and `authentication`. */
  readonly authenticate?: Authenticate
  /** What each role may do. */
  readonly roles?: Readonly<Record<string, readonly Rule[]>>
  /** Decides in place of `roles`. */
  readonly authorizer?: Authorizer
  /** A procedure that decides for all roles that have no rules in `roles`; these may have any name. */
  readonly dynamicAuthorizer?: DynamicAuthorizerOptions
  /** A procedure of its own for each of some roles, which have no rules in `roles`. */
  readonly dynamicAuthorizers?: Readonly<Record<string, DynamicAuthorizerOptions>>
}

/** What a change of a realm at run time did. */
export interface RealmUpdate extends GrantsReview {
  /** The options that are others now. */
  readonly changed: readonly (keyof RealmOptions)[]
  /** What takes effect only when the realm is made anew, as a path: `limits.wildcardNodes`. */
  readonly needRestart: readonly string[]
  /** Sessions ended because their role, or the way they logged in, is no longer there. */
  readonly sessionsEnded: number
}

export interface RouterLimits extends LifeLimits, OpeningLimits {
  /** Octets that may wait for one session. Default 4 MiB. */
  readonly outboxBytes: number
  /** Octets for one session beyond which it is counted and logged as slow. Default half of `outboxBytes`. */
  readonly outboxSoftBytes: number
  /** Octets that may wait for all sessions together. Default 256 MiB. */
  readonly outboxTotalBytes: number
  /** How long a session may take nothing of what waits for it. Default 10 s. */
  readonly stallMs: number
  /** A WebSocket client silent for so long gets a PING; 0: never. Default 15 s. For listeners opened from then on. */
  readonly pingMs: number
  /**
   * A WebSocket client silent for so long is taken for dead; 0: never. Default 30 s. Octets that leave count as a sign of life.
   * For listeners opened from then on.
   */
  readonly silenceMs: number
  /** How long calls under way may still take when the router is to stop. Default 10 s. */
  readonly drainMs: number
  /** Longest message in octets. Default 4 MiB. */
  readonly messageBytes: number
  /** Deepest nesting of lists and dicts. Default 64. */
  readonly depth: number
  /** Sessions at a time from one IP address, or from one IPv6 network of 64 bits. Default: no limit. */
  readonly sessionsPerAddress: number
}

export interface RouterOptions {
  /** The realms by name. */
  readonly realms?: Readonly<Record<string, RealmOptions>>
  /** Makes a realm of this kind for any name, up to a number. For development. */
  readonly onDemand?: { readonly realm: RealmOptions; readonly most: number }
  readonly limits?: Partial<RouterLimits>
  /** Proxies that are believed when they name the client's address in X-Forwarded-For: addresses or networks. Default none. */
  readonly trustedProxies?: readonly string[]
  /** Default: nothing is logged. */
  readonly log?: Log
  /** Is told of every decision about a client's request, for an audit log. Default: nobody is. */
  readonly audit?: Audit
  /** Is told of every client that joins, leaves or is refused, for an access log. Default: nobody is. */
  readonly access?: Access
  /** Default: the system's. */
  readonly clock?: Clock
  /** Default: random ids from the system's generator. */
  readonly ids?: Ids
  /** Runs deferred work in a later turn. Default: at the end of this one, and no more than a slice of time in each. */
  readonly scheduler?: Scheduler
  /** Wakes the router, by `tick`, when the time of a call is over. Default: a timer. */
  readonly alarm?: Alarm
  /** Named in WELCOME. */
  readonly agent?: string
}

/** All limits: those given, and the defaults of the others. */
export function limitsOf(limits: Partial<RouterLimits>): RouterLimits {
  const { outboxBytes = DEFAULT_LIMITS.outboxBytes } = limits
  return { ...DEFAULT_LIMITS, outboxSoftBytes: outboxBytes / 2, ...limits }
}

const DEFAULT_LIMITS: RouterLimits = {
  helloMs: 10_000,
  loginMs: 10_000,
  goodbyeMs: 5_000,
  drainMs: 10_000,
  reuseMs: 2_000,
  outboxBytes: 4 * 1024 * 1024,
  outboxSoftBytes: 2 * 1024 * 1024,
  outboxTotalBytes: 256 * 1024 * 1024,
  stallMs: 10_000,
  pingMs: 15_000,
  silenceMs: 30_000,
  messageBytes: 4 * 1024 * 1024,
  depth: 64,
  sessionsPerAddress: Number.POSITIVE_INFINITY,
  connectionsBeforeLogin: 20_000,
  connectionsBeforeLoginPerAddress: 10_000,
  beforeLoginTotalBytes: 32 * 1024 * 1024,
}
