// For tests: several worlds whose routers are the nodes of one cluster. Frames go as objects, one at a time, in an order drawn from a
// seed; each way between two nodes is first in, first out. Links are cut and brought up by the test.

import { owned } from '@trunkline/protocol'
import type { DownCause, Frame, NodeLink, NodeLinksOwner, RealmOptions } from '@trunkline/router'
import { SeededIds } from '@trunkline/testing/ports'
import { OPEN_REALM, World } from '@trunkline/testkit'
import { Random } from '@trunkline/testkit/simulation'

/** One direction between two nodes, while the link is up. */
class Way implements NodeLink {
  readonly node: string
  readonly queuedBytes = 0
  readonly to: NodeLinksOwner
  back: Way = this
  isUp = true
  /** It has no room for events and other offers. */
  isFull = false
  readonly #frames: Frame[] = []
  #unacknowledged: Frame[] = []
  readonly #waits: { readonly after: number; readonly done: () => void }[] = []
  #sent = 0
  #taken = 0
  #acknowledged = 0

  constructor(node: string, to: NodeLinksOwner) {
    this.node = node
    this.to = to
  }

  send(frame: Frame, isOffer = false): boolean {
    if (this.isFull && (isOffer || frame.type === 'pub' || frame.type === 'missed')) return false
    this.#sent++
    const own = kept(frame)
    this.#frames.push(own)
    this.#unacknowledged.push(own)
    return true
  }

  pace(): void {}

  settle(done: () => void): void {
    if (!this.isUp || this.#acknowledged === this.#sent) done()
    else this.#waits.push({ after: this.#sent, done })
  }

  fault(): void {
    throw new Error(`${this.node} sent what makes no sense`)
  }

  /** What can be done next: an acknowledgement never overtakes what was sent before it. */
  get next(): (() => void) | undefined {
    if (this.#frames.length > 0) return () => this.#deliver()
    return this.#taken > this.#acknowledged && this.back.#frames.length === 0 ? () => this.#acknowledge() : undefined
  }

  /** Returns what was not acknowledged; where the other node stops and says so, what it has not taken in. */
  down(cause: DownCause): readonly Frame[] {
    this.isUp = false
    if (cause === 'left') this.#unacknowledged = [...this.#frames]
    this.#frames.length = 0
    for (const { done } of this.#waits.splice(0)) done()
    return this.#unacknowledged
  }

  #deliver(): void {
    const frame = this.#frames.shift()
    this.#taken++
    if (frame !== undefined) this.to.receive(this.back, frame)
  }

  #acknowledge(): void {
    this.#unacknowledged = this.#unacknowledged.slice(this.#taken - this.#acknowledged)
    this.#acknowledged = this.#taken
    while (this.#waits[0] !== undefined && this.#waits[0].after <= this.#acknowledged) this.#waits.shift()?.done()
  }
}

export class NodeWorlds {
  readonly worlds: readonly World[]
  readonly random: Random
  readonly #owners = new Map<World, { readonly name: string; owner: NodeLinksOwner }>()
  #ways: Way[] = []

  /** @param realm options of `realm1`, which all nodes serve */
  constructor(nodes: number, seed = 1, realm: RealmOptions = {}) {
    this.random = new Random(seed)
    this.worlds = Array.from({ length: nodes }, (_, i) => this.#nodeOf(i, realm))
    for (const [i, one] of this.worlds.entries()) for (const other of this.worlds.slice(i + 1)) this.link(one, other)
    this.deliver()
  }

  /** Delivers one frame or acknowledgement; false when nothing is on its way. */
  step(): boolean {
    const next = this.random.pickAny(this.#ways.filter((way) => way.isUp && way.next !== undefined))?.next
    if (next === undefined) return false
    next()
    for (const world of this.worlds) world.settle()
    return true
  }

  /** Delivers all. */
  deliver(): void {
    while (this.step());
  }

  link(one: World, other: World): void {
    const [a, b] = [this.#of(one), this.#of(other)]
    const [there, back] = [new Way(b.name, b.owner), new Way(a.name, a.owner)]
    there.back = back
    back.back = there
    this.#ways.push(there, back)
    a.owner.up(there)
    b.owner.up(back)
  }

  /** What is on its way between two nodes is lost. */
  cut(one: World, other: World, cause: DownCause = 'lost'): void {
    const cut = this.#between(one, other)
    this.#ways = this.#ways.filter((way) => !cut.includes(way))
    for (const way of cut) way.back.to.down(way, cause, way.down(cause))
    for (const world of this.worlds) world.settle()
  }

  /** Lets time pass on all nodes. */
  advance(milliseconds: number): void {
    for (const world of this.worlds) world.advance(milliseconds)
  }

  /** Delivers all, and asserts that nothing remains of the peers. */
  end(): void {
    this.deliver()
    for (const world of this.worlds) world.end()
    this.deliver()
  }

  /** Whether links between two nodes have no room for events. */
  fill(one: World, other: World, isFull: boolean): void {
    for (const way of this.#between(one, other)) way.isFull = isFull
  }

  #between(one: World, other: World): Way[] {
    const [a, b] = [this.#of(one), this.#of(other)]
    return this.#ways.filter((way) => (way.to === a.owner && way.back.to === b.owner) || (way.to === b.owner && way.back.to === a.owner))
  }

  #of(world: World): { readonly name: string; owner: NodeLinksOwner } {
    const of = this.#owners.get(world)
    if (of === undefined) throw new Error('no node of this cluster')
    return of
  }

  #nodeOf(place: number, realm: RealmOptions): World {
    const name = 'abcdefgh'.charAt(place)
    let owner: NodeLinksOwner | undefined
    const start = (given: NodeLinksOwner): void => {
      owner = given
    }
    const cluster = { name: 'test', by: { node: name, start } }
    const world = new World({ realms: { realm1: { ...OPEN_REALM, ...realm } }, ids: new SeededIds(1_000 + place), cluster })
    if (owner === undefined) throw new Error('the router did not start its cluster')
    this.#owners.set(world, { name, owner })
    return world
  }
}

/** The payload of a frame holds only while it is handed over. */
function kept(frame: Frame): Frame {
  if ('payload' in frame) return { ...frame, payload: owned(frame.payload) }
  if (!('publication' in frame)) return frame
  const { publication } = frame
  return { ...frame, publication: { ...publication, payload: owned(publication.payload) } }
}
