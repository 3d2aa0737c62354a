// For tests: two routers, and the bus between them, whose packets a test holds back.

import type { Bus, BusOwner } from '@trunkline/router'
import { SeededIds } from '@trunkline/testing/ports'
import { World } from '@trunkline/testkit'

export const STEP_MS = 50

/** Two routers, and the bus between them. Packets that a test does not let through are lost. */
export class BusPair {
  readonly worlds: readonly [World, World]
  /** Which packets of the second node come. */
  passes: (packet: Uint8Array) => boolean = () => true
  readonly #owners = new Map<string, BusOwner>()
  #flying: (() => void)[] = []

  constructor() {
    this.worlds = [this.#worldOf('a', 'b', 1_000), this.#worldOf('b', 'a', 2_000)]
    this.advance(3_000)
  }

  /** Lets time pass, and packets come, until both nodes have said what they have to say. */
  advance(milliseconds: number): void {
    for (let left = milliseconds; left > 0; left -= STEP_MS) {
      for (const world of this.worlds) world.advance(STEP_MS)
      this.deliver()
    }
  }

  deliver(): void {
    for (let packets = this.#flying; packets.length > 0; packets = this.#flying) {
      this.#flying = []
      for (const packet of packets) packet()
      for (const world of this.worlds) world.settle()
    }
  }

  #worldOf(node: string, other: string, seed: number): World {
    const bus: Bus = {
      node,
      maxPacketBytes: 1 << 20,
      start: (owner) => {
        this.#owners.set(node, owner)
        owner.onStatus(true)
      },
      send: (_, packet) => {
        if (node === 'a' || this.passes(packet)) this.#fly((to) => to.onPacket(node, packet.slice()), other)
      },
      announce: (hello) => this.#fly((to) => to.onHello(hello.slice()), other),
    }
    return new World({ ids: new SeededIds(seed), cluster: { name: 'test', by: bus } })
  }

  #fly(what: (to: BusOwner) => void, to: string): void {
    this.#flying.push(() => {
      const owner = this.#owners.get(to)
      if (owner !== undefined) what(owner)
    })
  }
}
