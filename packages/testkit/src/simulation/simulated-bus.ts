// What carries frames between the nodes of a simulated cluster: for each way a queue of frames, first in, first out, and the
// acknowledgement of what was taken in. Nothing moves by itself: a cluster delivers one frame or acknowledgement at a time.

import { owned } from '@trunkline/protocol'
import type { Frame, NodeLink, NodeLinks, NodeLinksOwner } from '@trunkline/router'
import { Random } from './random.ts'

/** One direction between two nodes. */
class Way implements NodeLink {
  readonly node: string
  readonly queuedBytes = 0
  readonly #from: string
  readonly #to: NodeLinksOwner
  /** The way of the other direction; an acknowledgement is behind all that was sent on it before. */
  back: Way | undefined
  readonly #frames: Frame[] = []
  readonly #waiting: { readonly after: number; readonly done: () => void }[] = []
  #sent = 0
  #taken = 0
  #acknowledged = 0

  constructor(from: string, node: string, to: NodeLinksOwner) {
    this.#from = from
    this.node = node
    this.#to = to
  }

  send(frame: Frame): boolean {
    this.#sent++
    this.#frames.push(kept(frame))
    return true
  }

  pace(): void {}

  settle(done: () => void): void {
    if (this.#acknowledged === this.#sent) done()
    else this.#waiting.push({ after: this.#sent, done })
  }

  fault(): void {
    throw new Error(`${this.#from} is sent what makes no sense by ${this.node}`)
  }

  get hasFrame(): boolean {
    return this.#frames.length > 0
  }

  /** Whether an acknowledgement can come: one never overtakes what was sent before it. */
  get hasAcknowledgement(): boolean {
    return this.#taken > this.#acknowledged && this.back?.hasFrame === false
  }

  deliver(): void {
    const frame = this.#frames.shift()
    if (frame === undefined || this.back === undefined) return
    this.#taken++
    this.#to.receive(this.back, frame)
  }

  acknowledge(): void {
    this.#acknowledged = this.#taken
    while (this.#waiting[0] !== undefined && this.#waiting[0].after <= this.#acknowledged) this.#waiting.shift()?.done()
  }
}

/** Links all nodes of one cluster. */
export class SimulatedBus {
  readonly #random: Random
  readonly #owners = new Map<string, NodeLinksOwner>()
  readonly #ways: Way[] = []
  /** How many frames were delivered. */
  frames = 0

  constructor(seed: number) {
    this.#random = new Random(seed)
  }

  /** The links of one node; they are up when all have started. */
  linksOf(node: string): NodeLinks {
    return { node, start: (owner) => void this.#owners.set(node, owner) }
  }

  /** Brings every link up. */
  link(): void {
    const nodes = [...this.#owners]
    for (const [from, owner] of nodes) {
      for (const [to, other] of nodes) {
        if (from < to) this.#linkTwo(new Way(from, to, other), new Way(to, from, owner))
      }
    }
  }

  #linkTwo(there: Way, back: Way): void {
    there.back = back
    back.back = there
    this.#ways.push(there, back)
    this.#owners.get(back.node)?.up(there)
    this.#owners.get(there.node)?.up(back)
  }

  /** Delivers one frame or acknowledgement of any way. False when nothing is on its way. */
  deliverOne(): boolean {
    const ready = this.#ways.filter((way) => way.hasFrame || way.hasAcknowledgement)
    const way = this.#random.pickAny(ready)
    if (way === undefined) return false
    if (!way.hasAcknowledgement || (way.hasFrame && this.#random.percent(50))) {
      this.frames++
      way.deliver()
    } else way.acknowledge()
    return true
  }
}

/** The payload of a frame holds only while it is handed over. */
function kept(frame: Frame): Frame {
  if ('payload' in frame) return { ...frame, payload: owned(frame.payload) }
  if (!('publication' in frame)) return frame
  const { publication } = frame
  return { ...frame, publication: { ...publication, payload: owned(publication.payload) } }
}
