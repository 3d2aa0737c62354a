// One member of a realm: who it is, the way to it, and what broker and dealer hold for it.

import type { AnnouncedRoles, ClientRole, Identity, Message } from '@trunkline/protocol'
import type { Call } from './dealer-tables.ts'
import type { Registration } from './dealer-tables.ts'
import type { Link, TransportInfo } from './ports.ts'
import type { Subscription } from './subscription.ts'

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

  readonly subscriptions = new Map<number, Subscription>()
  readonly registrations = new Map<number, Registration>()
  /** Its open calls as a caller, by request id. */
  readonly calls = new Map<number, Call>()
  /** Its open invocations as a callee, by invocation id. */
  readonly invocations = new Map<number, Call>()
  /** The last INVOCATION id given to it; ids above were never issued. */
  lastInvocation = 0
  /** Input that waits for an authorizer, in order; undefined when none is asked. */
  parked: Message[] | undefined = undefined
  isMember = true

  constructor(id: number, link: Link, profile: SessionProfile) {
    this.id = id
    this.link = link
    this.identity = profile.identity
    this.roles = profile.roles
    this.transport = profile.transport
    this.isInternal = profile.isInternal ?? false
    this.isInterruptible = this.announced('callee', 'call_canceling')
  }

  /** Whether it announced a feature for a role. */
  announced(role: ClientRole, feature: string): boolean {
    return this.roles.get(role)?.has(feature) ?? false
  }
}
