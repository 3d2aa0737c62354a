// One session of a realm, with what it holds.

import type { AnnouncedRoles, ClientRole, Identity } from '@trunkline/protocol'
import type { CallStreams } from './call-streams.ts'
import type { Link } from '../ports/link.ts'
import type { Rights } from '../ports/rights.ts'
import type { TransportInfo } from '../ports/transport.ts'
import type { Subscription } from './subscription.ts'
import type { Registration } from './registration.ts'
import type { Call } from './call.ts'
import { CallBudget } from './call-budget.ts'
import type { PendingInput } from './pending-input.ts'

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

  /** The last INVOCATION id given to it; ids above were never issued. */
  lastInvocation = 0
  /** Its progressive calls as a caller; undefined while it made none. */
  streams: CallStreams | undefined = undefined
  /** What is kept with its open calls. */
  readonly callBudget = new CallBudget()
  /** Input behind a request about which an authorizer is asked; undefined when none is. */
  pending: PendingInput | undefined = undefined
  /** Its rights as far as they are known; undefined until it needs them. */
  rights: Rights | undefined = undefined
  /** How often its rights may have changed: a verdict of before has no force. */
  rightsChanges = 0
  isMember = true
  // Undefined while empty: an idle session costs little.
  #subscriptions: Map<number, Subscription> | undefined = undefined
  #registrations: Map<number, Registration> | undefined = undefined
  #calls: Map<number, Call> | undefined = undefined
  #invocations: Map<number, Call> | undefined = undefined

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

  /** Whether a call of it, or to it, is open. */
  get isBusy(): boolean {
    return this.calls.size > 0 || this.invocations.size > 0
  }

  /** Whether it announced a feature for a role. */
  announced(role: ClientRole, feature: string): boolean {
    return this.roles.includes(`${role}.${feature}`)
  }

  /** What it is subscribed to, by subscription id. */
  get subscriptions(): ReadonlyMap<number, Subscription> {
    return this.#subscriptions ?? NONE
  }

  /** What it is a callee of, by registration id. */
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
  }

  /** Iterations over the subscriptions that are under way go on over the rest. */
  removeSubscription({ id }: Subscription): void {
    this.#subscriptions?.delete(id)
    if (this.#subscriptions?.size === 0) this.#subscriptions = undefined
  }

  addRegistration(registration: Registration): void {
    this.#registrations = (this.#registrations ?? new Map<number, Registration>()).set(registration.id, registration)
  }

  /** Iterations over the registrations that are under way go on over the rest. */
  removeRegistration({ id }: Registration): void {
    this.#registrations?.delete(id)
    if (this.#registrations?.size === 0) this.#registrations = undefined
  }

  addCall(call: Call): void {
    this.#calls = (this.#calls ?? new Map<number, Call>()).set(call.request, call)
  }

  /** The table of a busy session stays: most calls are followed by another. */
  removeCall({ request }: Call): void {
    this.#calls?.delete(request)
  }

  addInvocation(call: Call): void {
    this.#invocations = (this.#invocations ?? new Map<number, Call>()).set(call.invocation, call)
  }

  /** As of {@link removeCall}. */
  removeInvocation({ invocation }: Call): void {
    this.#invocations?.delete(invocation)
  }
}

const NONE: ReadonlyMap<number, never> = new Map<number, never>()
