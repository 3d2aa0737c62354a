// One session of a realm, with what it holds.

import type { AnnouncedRoles, ClientRole, Identity, Message } from '@trunkline/protocol'
import type { CallStreams } from './call-streams.ts'
import type { Link } from '../ports/link.ts'
import type { Rights } from '../ports/rights.ts'
import type { TransportInfo } from '../ports/transport.ts'
import type { Subscription } from './subscription.ts'
import type { Registration } from './registration.ts'
import type { Call } from './call.ts'
import { NONE, added, without } from './entries.ts'

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
