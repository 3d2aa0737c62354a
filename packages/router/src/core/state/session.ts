// One session of a realm, with its subscriptions, registrations and open calls.

import type { AnnouncedRoles, ClientRole, Identity } from '@trunkline/protocol'
import type { CallStreams } from './call-streams.ts'
import type { Link } from '../ports/link.ts'
import type { Rights, Verdict } from '../ports/rights.ts'
import type { TransportInfo } from '../ports/transport.ts'
import type { Subscription } from './subscription.ts'
import type { TableShare } from './table-share.ts'
import { subscriberOctets } from './table-share.ts'
import type { Registration } from './registration.ts'
import type { Call } from './call.ts'
import type { CallBudget } from './call-budget.ts'
import type { PendingInput } from './pending-input.ts'

/** What is known of a session when it joins. */
export interface SessionProfile {
  readonly identity: Identity
  readonly roles: AnnouncedRoles
  readonly transport: TransportInfo
  /** What the client says of itself; of a length that the peer has bounded. */
  readonly agent?: string | undefined
  /** A session of the router itself: never counted, listed or killed, and free to use `wamp.` URIs. */
  readonly isInternal?: boolean
}

/** Publications of a session that the store has not answered yet. */
export interface Unstored {
  count: number
  /** Reads from the peer again, which is not read until all are stored. */
  readAgain: (() => void) | undefined
}

/** Reads no more from a peer that has sent much behind what is on its way to the store, until {@link Unstored.readAgain} is called. */
export function readLater({ link, unstored }: Session): void {
  if (unstored !== undefined && unstored.readAgain === undefined) link.waitForRoom?.((goOn) => void (unstored.readAgain = goOn))
}

/** What its realm gives to a session. */
export interface Membership {
  readonly id: number
  /** The name of the realm. */
  readonly realm: string
  readonly link: Link
  readonly callBudget: CallBudget
  readonly tables: TableShare
  /** Only of sessions that share the ids of their INVOCATIONs with others. */
  readonly numbering?: Numbering | undefined
}

/** Counts the INVOCATIONs of one session, or of all sessions that stand for callees of one node. */
export interface Numbering {
  /** The id of the last INVOCATION; higher ids were never issued. */
  lastInvocation: number
}

export class Session implements Numbering {
  readonly id: number
  /** The name of its realm. */
  readonly realm: string
  readonly identity: Identity
  readonly roles: AnnouncedRoles
  readonly transport: TransportInfo
  readonly agent: string | undefined
  readonly isInternal: boolean
  /** Another one while calls to it wait (awaited-calls.ts), and when it leaves in several turns (leaving.ts). */
  link: Link
  /** Whether an INTERRUPT may be sent to it. */
  readonly isInterruptible: boolean
  /** Whether it acknowledges events, so that the router asks it to. */
  readonly acknowledgesEvents: boolean
  /** Whether it announced progressive results as a callee. */
  readonly canProgress: boolean
  /** Whether its calls may go to another callee when it answers that it is unavailable. */
  readonly canReroute: boolean
  /** Whether it takes results with payload passthru as a caller. */
  readonly takesPassthru: boolean

  /** When it joined, in milliseconds since 1970. */
  since = 0
  /** Its place in the order in which sessions joined the realm. */
  place = 0
  /** The id of the last INVOCATION sent to it; higher ids were never issued. */
  lastInvocation = 0
  /** What counts the INVOCATIONs that go to it: itself, as a rule. */
  readonly numbering: Numbering
  /** Its progressive calls as a caller; undefined until the first. */
  streams: CallStreams | undefined = undefined
  /** Octets that the router keeps with its open calls. */
  readonly callBudget: CallBudget
  /** What it holds in tables. */
  readonly tables: TableShare
  /** Input that is pending while an authorizer is asked; undefined when none is asked. */
  pending: PendingInput | undefined = undefined
  /** Its publications that the store has not answered yet; undefined where there are none. */
  unstored: Unstored | undefined = undefined
  /** Continues with the request that an authorizer is asked about. The session alone holds it: when it leaves, the request is gone. */
  onVerdict: ((verdict: Verdict | 'failed') => void) | undefined = undefined
  /** Its rights as far as they are known; undefined until the first check. */
  rights: Rights | undefined = undefined
  /** How often its rights may have changed: a verdict asked for before the last change is void. */
  rightsChanges = 0
  isMember = true
  /** How many testaments are kept for it. */
  testaments = 0
  // Undefined while empty, to keep idle sessions small.
  #subscriptions: Map<number, Subscription> | undefined = undefined
  #registrations: Map<number, Registration> | undefined = undefined
  #calls: Map<number, Call> | undefined = undefined
  #invocations: Map<number, Call> | undefined = undefined

  constructor({ id, realm, link, callBudget, tables, numbering }: Membership, profile: SessionProfile) {
    this.id = id
    this.realm = realm
    this.link = link
    this.identity = profile.identity
    this.roles = profile.roles
    this.transport = profile.transport
    this.agent = profile.agent
    this.callBudget = callBudget
    this.tables = tables
    this.numbering = numbering ?? this
    this.isInternal = profile.isInternal ?? false
    this.isInterruptible = this.announced('callee', 'call_canceling')
    this.acknowledgesEvents = this.announced('subscriber', 'x_acknowledged_event_delivery')
    this.canProgress = this.announced('callee', 'progressive_call_results')
    this.canReroute = this.announced('callee', 'call_reroute')
    this.takesPassthru = this.announced('caller', 'payload_passthru_mode')
  }

  /** The owner to whose share of a link between nodes its calls and events count; none where the program around the router vouches for it. */
  get share(): string | undefined {
    return this.isInternal || this.transport.identity !== undefined ? undefined : this.tables.owner
  }

  /** Whether a call of it, or to it, is open, or a publication of it is on its way to the store. */
  get isBusy(): boolean {
    return this.calls.size > 0 || this.invocations.size > 0 || this.unstored !== undefined
  }

  /** How many subscriptions, registrations and open calls it has. */
  get held(): number {
    return this.subscriptions.size + this.registrations.size + this.calls.size + this.invocations.size
  }

  /** These and its testaments: what there is to do when it leaves. */
  get extent(): number {
    return this.held + this.testaments * PER_TESTAMENT
  }

  /** Whether it announced a feature for a role. */
  announced(role: ClientRole, feature: string): boolean {
    return this.roles.includes(`${role}.${feature}`)
  }

  /** Its subscriptions, by subscription id. */
  get subscriptions(): ReadonlyMap<number, Subscription> {
    return this.#subscriptions ?? NONE
  }

  /** Its registrations as a callee, by registration id. */
  get registrations(): ReadonlyMap<number, Registration> {
    return this.#registrations ?? NONE
  }

  /** Its open calls as a caller, by request id. */
  get calls(): ReadonlyMap<number, Call> {
    return this.#calls ?? NONE
  }

  /** Its open invocations as a callee, by invocation id. */
  get invocations(): ReadonlyMap<number, Call> {
    return this.#invocations ?? NONE
  }

  addSubscription(subscription: Subscription): void {
    this.#subscriptions = (this.#subscriptions ?? new Map<number, Subscription>()).set(subscription.id, subscription)
    this.tables.addPlace(subscriberOctets(subscription.match))
  }

  /** Safe during an iteration over the subscriptions, which continues with the rest. */
  removeSubscription({ id, match }: Subscription): void {
    if (this.#subscriptions?.delete(id) !== true) return
    this.tables.removePlace(subscriberOctets(match))
    if (this.#subscriptions?.size === 0) this.#subscriptions = undefined
  }

  /** @param octets what its place takes */
  addRegistration(registration: Registration, octets: number): void {
    this.#registrations = (this.#registrations ?? new Map<number, Registration>()).set(registration.id, registration)
    this.tables.addPlace(octets)
  }

  /** Safe during an iteration over the registrations, which continues with the rest. */
  removeRegistration({ id }: Registration, octets: number): void {
    if (this.#registrations?.delete(id) !== true) return
    this.tables.removePlace(octets)
    if (this.#registrations?.size === 0) this.#registrations = undefined
  }

  /** An event for it was dropped from its queue. */
  noteDropped(subscription: number): void {
    const held = this.#subscriptions?.get(subscription)
    if (held !== undefined) held.dropped++
  }

  addCall(call: Call): void {
    this.#calls = (this.#calls ?? new Map<number, Call>()).set(call.request, call)
  }

  /** Keeps the empty table: most calls are followed by another. */
  removeCall({ request }: Call): void {
    this.#calls?.delete(request)
  }

  /** Empties the table of open calls. One by one they would be looked for, and a client can choose ids of which each takes long to find. */
  takeCalls(): Iterable<Call> {
    const { calls } = this
    this.#calls = undefined
    return calls.values()
  }

  addInvocation(call: Call): void {
    this.#invocations = (this.#invocations ?? new Map<number, Call>()).set(call.invocation, call)
  }

  /** Keeps the empty table, like {@link removeCall}. */
  removeInvocation({ invocation }: Call): void {
    this.#invocations?.delete(invocation)
  }
}

const NONE: ReadonlyMap<number, never> = new Map<number, never>()
/** A testament counts like this many subscriptions: its event may be for thousands. */
const PER_TESTAMENT = 128
