// Packets to the processes of this machine by their sockets, and to those of others by another bus. Never looks into a packet.

import type { Bus, BusOwner } from '../core/ports/index.ts'

/** A bus that knows which nodes it reaches. */
export interface NearBus extends Bus {
  /** Whether the process of a node is connected. */
  reaches(node: string): boolean
}

/** Two buses of one node: the near one where it reaches a node, the far one for all others. */
export class CompositeBus implements Bus {
  readonly node: string
  readonly nameMs: number
  readonly #near: NearBus
  readonly #far: Bus

  /** @param near and `far` have the same name; both are closed by who opened them */
  constructor(near: NearBus, far: Bus) {
    this.node = far.node
    this.nameMs = far.nameMs ?? 0
    this.#near = near
    this.#far = far
  }

  /** A packet that was made for one of them may have to go by the other. */
  get maxPacketBytes(): number {
    return Math.min(this.#near.maxPacketBytes, this.#far.maxPacketBytes)
  }

  start(owner: BusOwner): void {
    this.#near.start(owner)
    this.#far.start(owner)
  }

  send(to: string, packet: Uint8Array): void {
    const bus = this.#near.reaches(to) ? this.#near : this.#far
    bus.send(to, packet)
  }

  /** A node that is reached by both hears it twice. */
  announce(hello: Uint8Array): void {
    this.#near.announce(hello)
    this.#far.announce(hello)
  }
}
