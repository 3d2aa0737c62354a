// What carries packets between the nodes of a simulated cluster: for each way a queue, first in, first out. Frames are octets here, and the links
// are those of the router. Some come twice. Nothing moves by itself: a cluster delivers one packet or HELLO at a time.

import type { Bus, BusOwner } from '@trunkline/router'
import { Random } from './random.ts'

/** One direction between two nodes. */
interface Way {
  readonly from: string
  readonly to: string
  /** HELLOs and packets. */
  readonly queue: { readonly isHello: boolean; readonly octets: Uint8Array }[]
}

/** So many of a hundred packets come twice, or more often. */
const REPEATED = 10

/** Links all nodes of one cluster. */
export class SimulatedPackets {
  readonly #random: Random
  readonly #owners = new Map<string, BusOwner>()
  readonly #ways: Way[] = []
  /** How many packets were delivered. */
  frames = 0

  constructor(seed: number) {
    this.#random = new Random(seed)
  }

  /** The bus of one node. */
  linksOf(node: string): Bus {
    return {
      node,
      maxPacketBytes: 1 << 20,
      start: (owner) => {
        for (const other of this.#owners.keys()) {
          this.#ways.push({ from: node, to: other, queue: [] }, { from: other, to: node, queue: [] })
        }
        this.#owners.set(node, owner)
      },
      // The sender keeps its packet, and may send it again.
      send: (to, packet) => this.#put(node, to, false, packet),
      announce: (hello) => {
        for (const other of this.#owners.keys()) if (other !== node) this.#put(node, other, true, hello)
      },
    }
  }

  /** Says that the bus reaches the others, so that all are heard. */
  link(): void {
    for (const owner of this.#owners.values()) owner.onStatus(true)
  }

  /** Delivers one packet or HELLO of any way. False when nothing is on its way. */
  deliverOne(): boolean {
    const way = this.#random.pickAny(this.#ways.filter(({ queue }) => queue.length > 0))
    const next = way?.queue[0]
    if (way === undefined || next === undefined) return false
    const octets = Uint8Array.from(next.octets)
    if (!this.#random.percent(REPEATED)) way.queue.shift()
    const owner = this.#owners.get(way.to)
    this.frames++
    if (next.isHello) owner?.onHello(octets)
    else owner?.onPacket(way.from, octets)
    // The memory of what was received is used again.
    octets.fill(0xee)
    return true
  }

  #put(from: string, to: string, isHello: boolean, octets: Uint8Array): void {
    this.#ways.find((way) => way.from === from && way.to === to)?.queue.push({ isHello, octets: Uint8Array.from(octets) })
  }
}
