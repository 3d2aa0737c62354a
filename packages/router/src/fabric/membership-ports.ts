// What the membership of a node needs, and what it reports. Types only.

import type { TextPort } from '@trunkline/protocol'
import type { Bus, Clock } from '../core/ports/index.ts'
import type { Hello, Seal } from './hello.ts'

/** Another node of which a HELLO came. */
export interface Member {
  /** Its newest HELLO. */
  readonly hello: Hello
  /** The version that both speak; undefined where there is none: then there is no link. */
  readonly version: number | undefined
  /** When its last HELLO came, on the monotonic clock; -Infinity when its process is known to be gone. */
  readonly heardAt: number
  /** Whether a HELLO came in the last 5 s. */
  readonly isHeard: boolean
  /** How far its clock is ahead of this one, in ms, as the last HELLO showed it. */
  readonly aheadMs: number
}

export interface MembershipPorts {
  readonly bus: Pick<Bus, 'node' | 'announce'>
  readonly clock: Clock
  readonly text: TextPort
  /** Where the cluster has a secret. */
  readonly seal?: Seal
  readonly owner: MembershipOwner
  readonly counters: MembershipCounters
  readonly self: Self
}

/** What this node says of itself. */
export interface Self {
  readonly version: number
  readonly least: number
  /** When this process started, in ms since 1970. */
  readonly boot: number
  readonly host: string
  /** How long to listen for another process of this name before linking, in ms; 0 where the bus lets no two have one name. */
  readonly nameMs: number
}

/** Called from `hear`, `tick` and `gone`. */
export interface MembershipOwner {
  /** A HELLO of a node to which there may be a link: its link is to be made, if there is none, and greeted. */
  onHeard(member: Member): void
  /** Another process has the name now: the link to the one before is gone. `onHeard` follows if it may be linked. */
  onRestarted(member: Member): void
  /** The state of a node is another one; called for its first HELLO, too. */
  onState(member: Member): void
  /** Nothing was heard of a node for 10 minutes, or for a while and others need its place: it is no member any more, and what is kept for it may go. */
  onForgotten(node: string): void
  /** An older process has the name of this one, which has to stop. */
  onNameTaken(by: Hello): void
  /** Something that an operator should see; the same of the same node at most once a minute. */
  onIncident(incident: Incident): void
}

export type Incident =
  | { readonly kind: 'clock'; readonly node: string; readonly aheadMs: number }
  | { readonly kind: 'version'; readonly node: string; readonly version: number; readonly least: number }
  /** A newer process has the name of this node, and is to stop. */
  | { readonly kind: 'name'; readonly node: string; readonly host: string }
  /** A HELLO came that shows no knowledge of the secret; by its own words it is of this node. */
  | { readonly kind: 'stranger'; readonly node: string | undefined; readonly host: string | undefined }
  /** A HELLO came that is none. */
  | { readonly kind: 'malformed' }
  /** There are more nodes than a cluster may have. */
  | { readonly kind: 'crowd'; readonly node: string }

export interface MembershipCounters {
  hellosSent: number
  hellosReceived: number
  strangers: number
  hellosMalformed: number
}
