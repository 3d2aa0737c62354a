// What a realm remembers: its sessions, and the subscriptions, registrations and open calls that tie them together.

import type { AnnouncedRoles, ClientRole, Identity, MatchPolicy, Message } from '@trunkline/protocol'
import type { EventHistory } from './event-history.ts'
import type { Link, Rights, TransportInfo } from './ports.ts'

/** What a session is besides its identity. */
export interface SessionProfile {
  readonly identity: Identity
  readonly roles: AnnouncedRoles
  readonly transport: TransportInfo
  /** A session of the router itself: not counted, listed or killed, and free to use `wamp.` URIs. */
  readonly isInternal?: boolean
}

export class Session {
  readonly id: number
  readonly identity: Identity
  readonly roles: AnnouncedRoles
  readonly transport: TransportInfo
  readonly isInternal: boolean
  readonly link: Link
  /** Whether an INTERRUPT may be sent to it. */
  readonly isInterruptible: boolean
  /** Whether it may be asked for progressive results: a callee that cannot be interrupted may not. */
  readonly canProgress: boolean

  /** What it is subscribed to, by subscription id. */
  subscriptions: ReadonlyMap<number, Subscription> = NONE
  /** What it is a callee of, by registration id. */
  registrations: ReadonlyMap<number, Registration> = NONE
  /** Its open calls as a caller, by request id. */
  calls: ReadonlyMap<number, Call> = NONE
  /** Its open invocations as a callee, by invocation id. */
  invocations: ReadonlyMap<number, Call> = NONE
  /** The last INVOCATION id given to it; ids above were never issued. */
  lastInvocation = 0
  /** Input that waits for an authorizer, in order; undefined when none is asked. */
  parked: Message[] | undefined = undefined
  /** Octets of payload in `parked`. */
  parkedBytes = 0
  /** Its rights as far as they are known; undefined until it needs them. */
  rights: Rights | undefined = undefined
  /** How often its rights may have changed: a verdict of before has no force. */
  rightsChanges = 0
  isMember = true

  constructor(id: number, link: Link, profile: SessionProfile) {
    this.id = id
    this.link = link
    this.identity = profile.identity
    this.roles = profile.roles
    this.transport = profile.transport
    this.isInternal = profile.isInternal ?? false
    this.isInterruptible = this.announced('callee', 'call_canceling')
    this.canProgress = this.isInterruptible && this.announced('callee', 'progressive_call_results')
  }

  /** Whether somebody waits for an answer, or it does. */
  get isBusy(): boolean {
    return this.calls.size > 0 || this.invocations.size > 0
  }

  /** Whether it announced a feature for a role. */
  announced(role: ClientRole, feature: string): boolean {
    return this.roles.includes(`${role}.${feature}`)
  }

  addSubscription(subscription: Subscription): void {
    this.subscriptions = added(this.subscriptions, subscription.id, subscription)
  }

  removeSubscription({ id }: Subscription): void {
    this.subscriptions = without(this.subscriptions, id)
  }

  addRegistration(registration: Registration): void {
    this.registrations = added(this.registrations, registration.id, registration)
  }

  removeRegistration({ id }: Registration): void {
    this.registrations = without(this.registrations, id)
  }
}

/** Puts a call into the tables of its caller and its callee. */
export function openCall(call: Call): void {
  const { caller, callee } = call
  caller.calls = added(caller.calls, call.request, call)
  callee.invocations = added(callee.invocations, call.invocation, call)
}

/** Takes a call out of both tables. */
export function closeCall({ caller, request, callee, invocation }: Call): void {
  // The tables of a busy session stay: most calls are followed by another.
  ;(caller.calls as Map<number, Call>).delete(request)
  ;(callee.invocations as Map<number, Call>).delete(invocation)
}

/** What a session holds that holds nothing: no table of its own, so that a silent session costs little. Never written to. */
const NONE: ReadonlyMap<number, never> = new Map<number, never>()

function added<Entry>(table: ReadonlyMap<number, Entry>, id: number, entry: Entry): ReadonlyMap<number, Entry> {
  if (table === NONE) return new Map([[id, entry]])
  return (table as Map<number, Entry>).set(id, entry)
}

/** Iterations over the table that are under way go on over the rest. */
function without<Entry>(table: ReadonlyMap<number, Entry>, id: number): ReadonlyMap<number, Entry> {
  if (table !== NONE) (table as Map<number, Entry>).delete(id)
  return table.size === 0 ? NONE : table
}

/** One subscription: a topic or pattern under a match policy, with everybody attached to it. */
export interface Subscription {
  readonly id: number
  readonly uri: string
  readonly match: MatchPolicy
  /** Milliseconds since 1970. */
  readonly created: number
  readonly subscribers: Set<Session>
  /** What subscribers should have had and did not get; told with the next event, or by `trunkline.session.on_gap`. */
  gaps: Map<Session, Gap> | undefined
  /** Kept for those who ask later. A subscription with a history stays when nobody is attached to it. */
  readonly history: EventHistory | undefined
}

/** Events of one subscription that one subscriber missed and was not told of. */
export interface Gap {
  missed: number
  /** When the first was lost, in milliseconds since 1970. */
  readonly since: number
}

export type InvocationPolicy = 'single' | 'roundrobin' | 'random' | 'first' | 'last'

/** One callee of a registration, with what it asked for when it registered. */
export interface Callee {
  readonly session: Session
  readonly wantsCaller: boolean
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
  /** Roundrobin: the index of the next callee. */
  next: number
}

/** A call whose final answer has not come. */
export interface Call {
  readonly caller: Session
  /** The caller's request id. */
  readonly request: number
  readonly callee: Session
  /** The callee's invocation id. */
  readonly invocation: number
  readonly wantsProgress: boolean
  /** CANCEL with mode `kill` was passed on; the caller still waits for the callee's answer. */
  isKilling: boolean
}
