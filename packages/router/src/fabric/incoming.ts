// What one life of a link takes in: frames out of packets that come in order. Its memory is at most twice the pieces that came of one
// frame. Never judges the numbers of packets.

import { PartialFrame } from '@trunkline/protocol'
import type { LinkCounters, LinkLimits, LinkOwner, LinkPorts } from './link-ports.ts'
import { FIRST, FRAME_HEAD, HEAD, LAST, readU32 } from './packet.ts'

/** An event of one frame may have a thousand subscribers here. */
const FRAMES_AT_ONCE = 8

export class Incoming {
  /** The number of the packet that has to come next. */
  expected = 1
  /** The life has ended: nothing more is delivered. */
  isStopped = false
  readonly #owner: LinkOwner
  readonly #limits: LinkLimits
  readonly #counters: Pick<LinkCounters, 'framesReceived'>
  #partial: PartialFrame | undefined
  /** The whole length of the frame of which pieces have come. */
  #announced = 0

  constructor({ owner, limits, counters }: Pick<LinkPorts, 'owner' | 'limits' | 'counters'>) {
    this.#owner = owner
    this.#limits = limits
    this.#counters = counters
  }

  /**
   * Delivers the frames of a DATA packet, from a position on.
   * @param hasTime asked after some frames
   * @returns the position behind the last one; -1 when the packet is malformed
   */
  takeFrames(packet: Uint8Array, from: number, hasTime: () => boolean): number {
    const end = packet.length
    if (end === HEAD || this.#partial !== undefined) return -1
    let at = from
    for (let frames = 1; at < end && !this.isStopped; frames++) {
      if (end - at <= FRAME_HEAD) return -1
      const length = readU32(packet, at)
      at += FRAME_HEAD
      if (length === 0 || length > end - at) return -1
      this.#counters.framesReceived++
      this.#owner.onFrame(packet, at, at + length)
      at += length
      if (frames % FRAMES_AT_ONCE === 0 && !hasTime()) break
    }
    return at
  }

  /**
   * Takes a piece of a frame, and delivers the frame with its last.
   * @returns the end of the packet; -1 when it is malformed
   */
  takePiece(packet: Uint8Array, flags: number): number {
    const isFirst = (flags & FIRST) !== 0
    if (isFirst !== (this.#partial === undefined)) return -1
    const from = isFirst ? HEAD + FRAME_HEAD : HEAD
    if (packet.length <= from) return -1
    if (isFirst) {
      this.#announced = readU32(packet, HEAD)
      if (this.#announced > this.#limits.frame) return -1
    }
    const partial = (this.#partial ??= new PartialFrame())
    const length = partial.length + packet.length - from
    const isWhole = (flags & LAST) !== 0
    if (isWhole ? length !== this.#announced : length >= this.#announced) return -1
    partial.append(packet, from, packet.length, this.#announced)
    if (!isWhole) return packet.length
    this.#partial = undefined
    this.#counters.framesReceived++
    this.#owner.onFrame(partial.bytes, 0, partial.length)
    return packet.length
  }
}
