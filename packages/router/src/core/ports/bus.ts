// How packets get to other nodes. Types only.

/** Hands packets to other nodes. Each may be lost, repeated, late or out of order; none is changed. */
export interface Bus {
  /** The name of this node. */
  readonly node: string
  /** The longest packet, in octets; at least 64 KiB. May change when a connection is opened anew. */
  readonly maxPacketBytes: number
  /** Within this time processes of one name hear of each other, in ms; absent where no two can have one name. */
  readonly nameMs?: number
  start(owner: BusOwner): void
  /**
   * Sends a packet, which neither the sender nor the bus changes or transfers from now on: the sender may send it again. Never throws, and
   * never calls the owner in the same turn.
   */
  send(to: string, packet: Uint8Array): void
  /** Sends to all nodes that can be reached. */
  announce(hello: Uint8Array): void
}

/** What a bus tells of the other nodes. */
export interface BusOwner {
  /** @param packet a view that holds during the call only */
  onPacket(from: string, packet: Uint8Array): void
  /** @param hello a view that holds during the call only */
  onHello(hello: Uint8Array): void
  /** The process of a node is gone; called only where the bus knows that for certain. */
  onGone(node: string): void
  /** Whether the bus can reach others now. */
  onStatus(isConnected: boolean): void
}
