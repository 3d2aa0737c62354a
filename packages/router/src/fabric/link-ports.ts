// What the link to one other node needs, and what its owner may do with it.

import type { Bus, Clock, Scheduler } from '../core/ports/index.ts'
import type { Paced } from './pacing.ts'

/** The link to one other node: whole frames, none lost, repeated or out of order as long as it is up. */
export interface LinkToNode {
  /** Whether frames can be sent. */
  readonly isUp: boolean
  /** The monotonic time of the next `tick` that is of use. Any other call to the link may bring it forward. */
  readonly due: number
  /** The octets that were not put on the bus yet. */
  readonly queuedBytes: number
  /** The packets that were sent again, over all lives of the link. */
  readonly resent: number
  /** How long it takes from sending to the acknowledgement, in ms, smoothed; undefined as long as none was measured. */
  readonly roundTripMs: number | undefined
  /**
   * Copies a frame, of at least one octet, into the packets of this turn, which go out when the turn ends.
   * @param isOffer the sender can handle a refusal: the frame is not taken into {@link LinkLimits.reserve}
   * @param owner the number of the owner to whose {@link LinkLimits.share} it counts; 0 where to none. Changes of an owner count under a
   *   number of their own, and are never refused for their share
   * @returns false when nothing was taken: the link is down, or its queue has no room. For a frame that is no offer {@link overflow} is
   *   then to be called, unless the link is down already
   */
  send(frame: Uint8Array, isOffer?: boolean, owner?: number): boolean
  /** A frame that has to arrive did not fit: the link goes down in a later turn, and until then takes and delivers nothing. */
  overflow(): void
  /** A frame that came is none, or makes no sense, or one that has to go out cannot be written: the link goes down with cause `protocol` once the owner returns. */
  fault(): void
  /** Lets a session wait, which has sent a frame of an owner, while much of that owner is not acknowledged. */
  pace(owner: number, session: Paced): void
  /** Puts on the bus what can be sent now. The link calls it itself in a turn of its own after `send`. */
  flush(): void
  /** @param packet a view that holds during the call only */
  receive(packet: Uint8Array): void
  /** Has to be called at `due`, and at least once a second: ticks that stayed away for long mean that this process stood still. */
  tick(): void
  /** Calls back once the other node has taken in all that was sent before, or the link is down; at once when that is so already. */
  settle(done: () => void): void
  /** A HELLO of the node was heard: only then the link opens. */
  hello(): void
  /**
   * The process of the node is gone, for certain: by the bus, or by a HELLO of another process of its name.
   * @param successor when that was started, in ms since 1970: a link that is up with it already stays
   */
  gone(successor?: number): void
  /** Tells the node that this one stops. `onDown` follows if the link is up, and nothing after that; it opens no more. */
  close(): void
}

/**
 * Why a link went down.
 * - `left`: the node stopped and said so.
 * - `lost`: nothing was heard of it for 5 s, nothing that was sent was taken in for 15 s, its process is gone, or it began anew.
 * - `overflow`: it did not take in what was sent, and the queue was full.
 * - `protocol`: it sent what is none of the protocol, or this node had to send what cannot be written.
 * - `closed`: this node stops.
 */
export type DownCause = 'left' | 'lost' | 'overflow' | 'protocol' | 'closed'

/** Whether the process of the other node may live and come back: neither it nor this one stops. */
export function mayReturn(cause: DownCause): boolean {
  return cause !== 'left' && cause !== 'closed'
}

/** Called from `receive`, `tick`, `flush`, `gone` and `close`, never from `send`, `overflow` and `fault`. It may call the link. */
export interface LinkOwner {
  /** Nothing that was sent before has arrived, or will. */
  onUp(): void
  /**
   * Everything that came over the link is forgotten. Callbacks of `settle` follow.
   * @param undelivered the frames that were not acknowledged, in order; after `left` those that the other node has not taken in. Read once, in
   *   any turn
   */
  onDown(cause: DownCause, undelivered: Iterable<Uint8Array>): void
  /**
   * A frame, of at least one octet: `octets[start, end)`, which hold during the call only. Must not throw.
   */
  onFrame(octets: Uint8Array, start: number, end: number): void
  /** Half of the queue is full; called once in each life of the link. */
  onHalfFull(): void
}

/** What a link works with. */
export interface LinkPorts {
  /** The name of the other node on the bus. */
  readonly to: string
  readonly bus: Pick<Bus, 'send' | 'maxPacketBytes'>
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly owner: LinkOwner
  /** Counts for all links of a node. */
  readonly counters: LinkCounters
  readonly limits: LinkLimits
}

export interface LinkCounters {
  framesSent: number
  framesReceived: number
  /** Frames that were not sent, to any node, because they cannot be written. */
  framesUnwritable: number
  packetsSent: number
  packetsReceived: number
  packetsResent: number
  /** Packets that came twice, too early or from an earlier life, or that are none. */
  packetsDropped: number
  /** How often a session was not read for a while, because much of its owner was on its way to a node. */
  sessionsPaced: number
  linksLost: number
  /** How often another node wanted to open a link that rests, because it went down again and again or after a fault. */
  linksPutOff: number
}

/** Octets and milliseconds. */
export interface LinkLimits {
  /** The most that is on the bus without being acknowledged. */
  readonly window: number
  /** The most packets of them. */
  readonly windowPackets: number
  /** The most that waits for the window. */
  readonly queue: number
  /** The end of the queue, into which only frames are taken that have to arrive. */
  readonly reserve: number
  /** The most of one owner that is not acknowledged; one frame alone may be longer. Nothing counts while less than {@link uncounted} is. */
  readonly share: number
  readonly uncounted: number
  /** The longest packet, if the bus takes it. */
  readonly packet: number
  /** The longest frame that is taken in. */
  readonly frame: number
}
