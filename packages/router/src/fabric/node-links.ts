// What the fabric needs of the links to other nodes, and what they report to it. Types only.

import type { Frame } from './frames.ts'
import type { Hello } from './hello.ts'
import type { DownCause, LinkCounters } from './link-ports.ts'
import type { Paced } from './pacing.ts'
import type { MembershipCounters } from './membership-ports.ts'

/** What is shown of another node. */
export interface NodeRow {
  readonly node: string
  /** Its machine. */
  readonly host: string
  /**
   * As it says itself while there is a link to it. Else `left`: it stopped and said so; `incompatible`: it is there, and speaks no version
   * that this node speaks; `lost`: anything else.
   */
  readonly state: Hello['state'] | 'left' | 'incompatible' | 'lost'
  /** The octets that wait for it. */
  readonly queuedBytes: number
  /** The packets that were sent to it again. */
  readonly resent: number
  /** How long it takes to acknowledge, in ms; undefined as long as none was measured. */
  readonly roundTripMs: number | undefined
  /** How far its clock is ahead of this node's, in ms, as it said it last. */
  readonly clockAheadMs: number
}

/** Opens links to all nodes that can be reached, and keeps them open. */
export interface NodeLinks {
  /** The name of this node. */
  readonly node: string
  /** Whether this process has its name for itself, as far as it can know; absent where it always has. */
  readonly isNamed?: boolean
  /** The machine of an older process that has the name of this one, which has to stop. */
  readonly nameTakenBy?: string | undefined
  /** The nodes that are there, as far as this one knows. */
  readonly heard?: readonly string[]
  /** The other nodes of which was heard in the last 10 minutes. */
  readonly nodes?: readonly NodeRow[]
  readonly counts?: LinkCounters & MembershipCounters
  start(owner: NodeLinksOwner): void
  /** Handles what is due, about once a second. */
  tick?(): void
  /** Tells the other nodes that this one takes no new work. */
  drain?(): void
  /** Tells the other nodes that this one stops. */
  close?(): void
}

/** The link to one other node, as long as it is up. */
export interface NodeLink {
  /** The name of the other node. */
  readonly node: string
  /** The octets that wait for it. */
  readonly queuedBytes: number
  /**
   * Sends a frame behind those that were sent before; its payload holds during the call only. The owner is never called in the same turn.
   * @param isOffer the sender can handle a refusal; that of an event always can
   * @param owner the number of the owner to whose share of the link it counts; 0 where to none. Numbers below 0 are owners of the other node,
   *   and what an owner changes has a number of its own
   * @returns false when the link has no room for an offer, which was not sent; a link without room for any other frame goes down
   */
  send(frame: Frame, isOffer?: boolean, owner?: number): boolean
  /** Lets a session wait, which has sent a frame of an owner, while much of that owner is on its way. */
  pace(owner: number, session: Paced): void
  /** Calls back once the other node has taken in all that was sent before, or the link is down; in the same turn where that is so already. */
  settle(done: () => void): void
  /** The other node has sent what makes no sense: the link goes down once the owner returns. */
  fault(): void
}

/** What links report. Each call comes in a turn of its own. */
export interface NodeLinksOwner {
  /** A link is up: nothing that was sent to that node before is known there. */
  up(link: NodeLink): void
  /**
   * All that came over the link is forgotten.
   * @param undelivered frames that the other node may not have taken in, or has not where the cause is `left`; read once, in any turn
   */
  down(link: NodeLink, cause: DownCause, undelivered?: Iterable<Frame>): void
  /** A frame, whose payload holds during the call only. */
  receive(link: NodeLink, frame: Frame): void
}
