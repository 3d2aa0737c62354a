// What carries packets between nodes of a cluster where things go wrong: each comes after a time, or not at all, or twice, or behind later
// ones; ways are cut and heal, nodes stand still or die. Packets are octets, and time is that of the world.

import type { Bus, BusOwner } from '@trunkline/router'
import type { Random } from './random.ts'

/** What happens to packets. */
export interface Weather {
  /** Of a hundred packets so many are lost, come twice, or come late. */
  readonly lost: number
  readonly repeated: number
  readonly late: number
  /** How long a packet takes at most, in ms. */
  readonly delay: number
}

export const CALM: Weather = { lost: 0, repeated: 0, late: 0, delay: 5 }
const MOST_LATE_MS = 300

interface Flying {
  readonly at: number
  readonly from: string
  readonly to: string
  readonly isHello: boolean
  readonly octets: Uint8Array
}

export class FaultyBus {
  weather: Weather
  /** How many packets were delivered. */
  packets = 0
  readonly #random: Random
  readonly #now: () => number
  readonly #owners = new Map<string, BusOwner>()
  /** By the time at which they come. */
  #flying: Flying[] = []
  /** When the last packet of each way comes. */
  readonly #last = new Map<string, number>()
  /** Both names of two nodes that do not reach each other. */
  readonly #cuts = new Set<string>()

  constructor(random: Random, now: () => number, weather: Weather) {
    this.#random = random
    this.#now = now
    this.weather = weather
  }

  /** The bus of one process. @param isAlive what a process that has died sends is dropped */
  busOf(node: string, isAlive: () => boolean): Bus {
    return {
      node,
      maxPacketBytes: 1 << 20,
      start: (owner) => {
        this.#owners.set(node, owner)
        owner.onStatus(true)
      },
      send: (to, packet) => {
        if (isAlive()) this.#put(node, to, false, packet)
      },
      announce: (hello) => {
        if (isAlive()) for (const other of this.#owners.keys()) if (other !== node) this.#put(node, other, true, hello)
      },
    }
  }

  /** A process has died: what is under way to it is dropped. */
  forget(node: string): void {
    this.#owners.delete(node)
    this.#flying = this.#flying.filter(({ to }) => to !== node)
  }

  cut(one: string, other: string): void {
    this.#cuts.add(pairOf(one, other))
  }

  heal(one: string, other: string): void {
    this.#cuts.delete(pairOf(one, other))
  }

  healAll(): void {
    this.#cuts.clear()
  }

  /** When the next packet comes. */
  nextAt(takes: (node: string) => boolean): number {
    return this.#flying.find(({ to }) => takes(to))?.at ?? Infinity
  }

  /** Delivers a packet that is due, to a node that takes any. False where there is none. */
  deliverOne(takes: (node: string) => boolean): boolean {
    const at = this.#flying.findIndex(({ at: due, to }) => due <= this.#now() && takes(to))
    const [next] = at < 0 ? [] : this.#flying.splice(at, 1)
    if (next === undefined) return false
    const { from, to, isHello, octets } = next
    const owner = this.#owners.get(to)
    this.packets++
    if (isHello) owner?.onHello(octets)
    else owner?.onPacket(from, octets)
    // The memory of what was received is used again.
    octets.fill(0xee)
    return true
  }

  #put(from: string, to: string, isHello: boolean, octets: Uint8Array): void {
    const { lost, repeated } = this.weather
    if (this.#cuts.has(pairOf(from, to)) || this.#random.percent(lost)) return
    const copies = this.#random.percent(repeated) ? 2 : 1
    for (let i = 0; i < copies; i++) this.#fly({ at: this.#arrival(`${from} ${to}`), from, to, isHello, octets: Uint8Array.from(octets) })
  }

  /** Packets of one way come in order, but for those that are late. */
  #arrival(way: string): number {
    const { late, delay } = this.weather
    const at = Math.max(this.#now() + this.#random.between(1, delay), this.#last.get(way) ?? 0)
    if (this.#random.percent(late)) return at + this.#random.between(0, MOST_LATE_MS)
    this.#last.set(way, at)
    return at
  }

  #fly(packet: Flying): void {
    let at = this.#flying.length
    while (at > 0 && (this.#flying[at - 1] as Flying).at > packet.at) at--
    this.#flying.splice(at, 0, packet)
  }
}

function pairOf(one: string, other: string): string {
  return one < other ? `${one} ${other}` : `${other} ${one}`
}
