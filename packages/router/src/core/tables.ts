// What a realm remembers: its sessions, and the subscriptions, registrations and open calls that tie them together.

import type { AnnouncedRoles, ClientRole, Dict, Identity, MatchPolicy, Message, Payload } from '@trunkline/protocol'
import type { CallStreams } from './call-streams.ts'
import type { Deadline } from './deadlines.ts'
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
  /** Whether it acknowledges events, and so is asked to. */
  readonly acknowledgesEvents: boolean
  /** Whether it announced, as a callee, progressive results. */
  readonly canProgress: boolean
  /** Whether calls that it is too busy for may go to another callee. */
  readonly canReroute: boolean

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
  /** Its progressive calls as a caller; undefined while it made none. */
  streams: CallStreams | undefined = undefined
  /** Octets kept with its open calls. */
  callBytes = 0
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
    this.acknowledgesEvents = this.announced('subscriber', 'x_acknowledged_event_delivery')
    this.canProgress = this.announced('callee', 'progressive_call_results')
    this.canReroute = this.announced('callee', 'call_reroute')
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

export type InvocationPolicy = 'single' | 'roundrobin' | 'random' | 'first' | 'last' | '_sharded'

/** One callee of a registration, with what it asked for when it registered. */
export interface Callee {
  readonly session: Session
  readonly wantsCaller: boolean
  /** It looks after the time limits of calls itself. */
  readonly keepsTime: boolean
  /** Only of a sharded registration. */
  readonly share: Share | undefined
}

/** Which keys of a sharded registration belong to one callee. */
export interface Share {
  /** The hash of its name among those that registered without shards. */
  readonly node: number
  /** Undefined for a share of what nobody holds as a shard. */
  readonly shards: ReadonlySet<number> | undefined
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
  callee: Session
  /** The callee's invocation id. */
  invocation: number
  /** Whether progressive results are passed on. */
  wantsProgress: boolean
  /** CANCEL with mode `kill` was passed on; the caller still waits for the callee's answer. */
  isKilling: boolean
  /** Only of a call with a limit of time. */
  timer: CallTimer | undefined
  /** Only of a progressive call. */
  stream: Stream | undefined
  /** Only while the call may still go to another callee. */
  route: Route | undefined
}

/** The time limit of a call: to its first result, and then from one sign of life to the next. */
export interface CallTimer extends Deadline {
  readonly milliseconds: number
}

/** What the chunks of a progressive call have in common: what its first CALL said. */
export interface Stream {
  readonly procedure: string
  /** The id of the registration. */
  readonly registration: number
  /** Details of the last INVOCATION; all others have `progress` too. */
  readonly details: Dict
  /** Octets that it keeps. */
  readonly bytes: number
  /** The caller's last chunk has come. */
  isComplete: boolean
}

/** What a CALL asks for in its options. */
export interface CallWishes {
  /** More chunks follow. */
  readonly isStream: boolean
  readonly wantsProgress: boolean
  readonly isDisclosed: boolean
  /** Milliseconds; 0 for no limit. */
  readonly timeout: number
  readonly passthru: Dict | undefined
}

/** What is needed to give a call to another callee. */
export interface Route {
  readonly registration: Registration
  readonly procedure: string
  readonly wishes: CallWishes
  readonly payload: Payload | undefined
  /** Octets that it keeps. */
  readonly bytes: number
  /** False where the payload was not kept. */
  readonly canRepeat: boolean
  /** The callees that were not available. */
  readonly tried: Set<Session>
}
