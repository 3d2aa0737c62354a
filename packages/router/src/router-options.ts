// The options of a router and its realms, as the embedding program sets them. Types, defaults and checks only.

import { isUri, UsageError } from '@trunkline/protocol'
import type { AuthenticationOptions } from './authentication/options.ts'
import type { Rule } from './authorization/rule.ts'
import type { DynamicAuthorizerOptions } from './authorization/dynamic.ts'
import type { GrantsReview } from './core/index.ts'
import type { NodeLinks } from './fabric/node-links.ts'
import type {
  Access,
  Alarm,
  Audit,
  Authenticate,
  Authorizer,
  Bus,
  Clock,
  EventStore,
  Ids,
  Log,
  RealmLimits,
  RealmSettings,
  Scheduler,
  Tracer,
} from './core/ports/index.ts'
import type { LifeLimits } from './peers/life-host.ts'
import type { OpeningLimits } from './peers/openings.ts'

/** The same type with writable properties. */
export type Changeable<T> = { -readonly [Key in keyof T]: T[Key] }

/** The options of one realm. */
export interface RealmOptions extends Partial<Omit<RealmSettings, 'limits'>> {
  readonly limits?: Partial<RealmLimits>
  /** The role of clients without a login; without it they are refused. */
  readonly anonymousRole?: string
  /** The ways to log in. */
  readonly authentication?: AuthenticationOptions
  /** Authenticates clients, in place of `anonymousRole` and `authentication`. */
  readonly authenticate?: Authenticate
  /** What each role may do. */
  readonly roles?: Readonly<Record<string, readonly Rule[]>>
  /** Decides in place of `roles`. */
  readonly authorizer?: Authorizer
  /** A procedure that decides for all roles without rules in `roles`; these may have any name. */
  readonly dynamicAuthorizer?: DynamicAuthorizerOptions
  /** A separate procedure for each of these roles, which have no rules in `roles`. */
  readonly dynamicAuthorizers?: Readonly<Record<string, DynamicAuthorizerOptions>>
}

/** The results of a change of a realm at run time. */
export interface RealmUpdate extends GrantsReview {
  /** The options that have changed. */
  readonly changed: readonly (keyof RealmOptions)[]
  /** Changes that take effect only when the realm is created again, as paths: `limits.wildcardNodes`. */
  readonly needRestart: readonly string[]
  /** Sessions ended because their role, or their way to log in, no longer exists. */
  readonly sessionsEnded: number
}

/** Sessions that have all of what is given. Sessions of the router itself are never chosen. */
export interface SessionSelection {
  readonly realm?: string | undefined
  readonly session?: number | undefined
  readonly authid?: string | undefined
  readonly authrole?: string | undefined
  /** The id of a session that is left out. */
  readonly except?: number | undefined
}

/** What the GOODBYE of a session says. */
export interface Closing {
  /** A URI; default `wamp.close.killed`. */
  readonly reason?: string | undefined
  readonly message?: string | undefined
}

export interface RouterLimits extends LifeLimits, OpeningLimits {
  /** Octets that may be queued for one session. Default 4 MiB. */
  readonly outboxBytes: number
  /** Octets in the queue of one session beyond which it is counted and logged as slow. Default half of `outboxBytes`. */
  readonly outboxSoftBytes: number
  /** Octets that may be queued for all sessions together. Default 256 MiB. */
  readonly outboxTotalBytes: number
  /** How long a session may take nothing from its queue. Default 10 s. */
  readonly stallMs: number
  /** After this time of silence a WebSocket client gets a PING; 0: never. Default 15 s. For listeners opened from then on. */
  readonly pingMs: number
  /**
   * After this time of silence a WebSocket client counts as dead; 0: never. Default 30 s. Octets that leave count as a sign of life.
   * For listeners opened from then on.
   */
  readonly silenceMs: number
  /** How long open calls may still take when the router stops. Default 10 s. */
  readonly drainMs: number
  /** Longest message in octets. Default 4 MiB. */
  readonly messageBytes: number
  /** Deepest nesting of lists and dicts. Default 64. */
  readonly depth: number
  /** Sessions at a time from one IP address, or from one IPv6 network of 64 bits. Default: no limit. */
  readonly sessionsPerAddress: number
}

/** The other nodes that serve the realms of a router. */
export interface ClusterOptions {
  /** The name of the cluster: the same on all nodes, and of no other cluster that they can reach. */
  readonly name: string
  /** What reaches the other nodes, and has the name of this one; links that need no bus are for simulations. */
  readonly by: Bus | NodeLinks
  /** The same on all nodes: ids of subscriptions and registrations cannot be computed without it. */
  readonly secret?: string
  /** Where a policy leaves the choice: callees of this node first, or all alike. Default `local`. */
  readonly callees?: 'local' | 'any'
  /** Called when an older process turns out to have the name of this node, which then has to stop: the others do not hear it any more. */
  readonly onNameTaken?: (error: UsageError) => void
}

export interface RouterOptions {
  /** The realms by name. */
  readonly realms?: Readonly<Record<string, RealmOptions>>
  /** Creates a realm with these options for any name, up to a number of realms. For development. */
  readonly onDemand?: { readonly realm: RealmOptions; readonly most: number }
  readonly limits?: Partial<RouterLimits>
  /** Links the router to others that serve the same realms. Default: it stands alone. */
  readonly cluster?: ClusterOptions
  /** Keeps the events of durable topics, which no realm may have without it. The program closes it, after the router. */
  readonly store?: EventStore
  /** Proxies that are believed about the client's address in X-Forwarded-For: addresses or networks. Default none. */
  readonly trustedProxies?: readonly string[]
  /** Default: nothing is logged. */
  readonly log?: Log
  /** Called with each decision about a client's request, for an audit log. Default: no audit. */
  readonly audit?: Audit
  /** Called for each client that joins, leaves or is refused, for an access log. Default: no access log. */
  readonly access?: Access
  /** Makes spans: `createTracer` of `@trunkline/router/tracing`. Default: none; contexts of traces are passed on in any case. */
  readonly tracer?: Tracer | undefined
  /** Default: the system's. */
  readonly clock?: Clock
  /** Default: random ids from the system's generator. */
  readonly ids?: Ids
  /** Runs deferred work later. Default: at the end of this turn, and no more than a slice of time in each turn. */
  readonly scheduler?: Scheduler
  /** Wakes the router, by `tick`, when the time limit of a call is over. Default: a timer. */
  readonly alarm?: Alarm
  /** The agent in WELCOME. */
  readonly agent?: string
}

/** @throws {UsageError} when no session is chosen by anything but its realm, or the reason is no valid URI */
export function checkSelection({ session, authid, authrole }: SessionSelection, { reason }: Closing): void {
  if (session === undefined && authid === undefined && authrole === undefined) {
    throw new UsageError('endSessions needs a session, an authid or an authrole')
  }
  if (reason !== undefined && !isUri(reason)) throw new UsageError(`the reason '${reason}' is not a valid URI`)
}

/** All limits: the given ones, and defaults for the others. */
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
