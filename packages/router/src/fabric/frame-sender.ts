// Frames over links of octets. A frame for several nodes is written once.

import type { Scheduler } from '../core/ports/index.ts'
import type { FrameCodec } from './frame-codec.ts'
import { FrameError } from './frame-error.ts'
import type { Frame } from './frames.ts'
import type { LinkCounters, LinkToNode } from './link-ports.ts'
import type { NodeLink } from './node-links.ts'

export interface FrameSenderPorts {
  readonly codec: FrameCodec
  readonly scheduler: Scheduler
  readonly counters: Pick<LinkCounters, 'framesUnwritable'>
  /** A frame that has to reach a node cannot be written: its link goes down. */
  onUnwritable(node: string, error: FrameError): void
}

/** Where frames go. */
interface Way {
  readonly node: string
  readonly link: LinkToNode
}

/** Writes frames for all links of a node. */
export class FrameSender {
  readonly #ports: FrameSenderPorts
  /** The last frame of this turn, and its octets. */
  #last: Frame | undefined
  #octets: Uint8Array | undefined

  constructor(ports: FrameSenderPorts) {
    this.#ports = ports
  }

  /** A link that takes frames. */
  over(node: string, link: LinkToNode): NodeLink {
    const way = { node, link }
    return {
      node,
      get queuedBytes() {
        return link.queuedBytes
      },
      send: (frame, isOffer, owner) => this.#send(frame, way, isOffer === true || mayMiss(frame), owner),
      pace: (owner, session) => link.pace(owner, session),
      settle: (done) => link.settle(done),
      fault: () => link.fault(),
    }
  }

  /** A frame may hold many MiB, and there may be no next one for long. */
  readonly #release = (): void => {
    this.#last = undefined
    this.#octets = undefined
    this.#ports.codec.release()
  }

  #send(frame: Frame, { node, link }: Way, isOffer: boolean, owner: number | undefined): boolean {
    if (!link.isUp) return false
    const octets = this.#write(frame)
    if (octets instanceof FrameError) {
      this.#ports.counters.framesUnwritable++
      if (mayMiss(frame)) return false
      link.fault()
      this.#ports.onUnwritable(node, octets)
      return false
    }
    if (link.send(octets, isOffer, owner)) return true
    if (!isOffer) link.overflow()
    return false
  }

  #write(frame: Frame): Uint8Array | FrameError {
    if (this.#last === frame && this.#octets !== undefined) return this.#octets
    if (this.#last === undefined) this.#ports.scheduler.defer(this.#release)
    // What is written now takes the room of the last frame, even where it fails.
    this.#last = frame
    this.#octets = undefined
    try {
      return (this.#octets = this.#ports.codec.encode(frame))
    } catch (error) {
      if (error instanceof FrameError) return error
      throw error
    }
  }
}

/** An event that is missed can be counted, and reported later; without any other frame the nodes differ. */
function mayMiss({ type }: Frame): boolean {
  return type === 'pub' || type === 'missed'
}
