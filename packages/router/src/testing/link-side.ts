// For tests: one of two nodes, with its link, and a record of what it sent and got, which it checks at every step.

import { Random } from '@trunkline/testkit/simulation'
import { createCounters } from '../fabric/counters.ts'
import type { DownCause, LinkLimits, LinkOwner } from '../fabric/link-ports.ts'
import { NodeLink } from '../fabric/link.ts'

/** What a side is made of. */
export interface SideParts {
  readonly name: string
  readonly now: () => number
  readonly limits: LinkLimits
  /** Puts a packet on the way to the other side. */
  readonly post: (packet: Uint8Array) => void
}

/** Octets for frames: each frame is a stretch of them behind its head. */
const PATTERN = new Uint8Array(64 << 10)
const patterns = new Random(1)
for (let i = 0; i < PATTERN.length; i++) PATTERN[i] = patterns.below(256)
/** The period of the sender in which the frame was sent, its number in it, and where in the pattern it begins. */
const FRAME_HEAD = 12

/** A node with one link. */
export class LinkSide implements LinkOwner {
  readonly counters = createCounters()
  readonly downs: DownCause[] = []
  /** Settled since the beginning: while the link was up, and because it went down. */
  settled = 0
  settledByDown = 0
  asked = 0
  /** The date of this side: it may jump. */
  dateOffset = 0
  /** It does nothing until then. */
  standsUntil = 0
  link: NodeLink
  readonly #parts: SideParts
  #tasks: (() => void)[] = []
  /** Counts the periods in which the link was up, over restarts too; and whether it is. */
  #period = 0
  #isUp = false
  /** How many frames were sent in this period, and how many of the other side came. */
  #sent = 0
  #got = 0
  /** The period of the other side whose frames come. */
  #from = 0
  #lastFrom = 0
  /** For each frame that came, how many had been sent by then. */
  #sentWhenGot: number[] = []

  constructor(parts: SideParts) {
    this.#parts = parts
    this.link = this.#createLink()
  }

  get period(): number {
    return this.#period
  }

  get sent(): number {
    return this.#sent
  }

  /** The frames of the other side's period that came in this one; none of another. */
  gotOf(period: number): number {
    return this.#isUp && this.#from === period ? this.#got : 0
  }

  /** The process ends, and a new one with the same name begins. */
  restart(): void {
    this.#tasks = []
    this.#isUp = false
    this.asked = this.settled + this.settledByDown
    this.link = this.#createLink()
  }

  /** @returns whether the frame was taken */
  sendFrame(length: number, offset: number): boolean {
    const frame = new Uint8Array(FRAME_HEAD + length)
    const view = new DataView(frame.buffer)
    view.setUint32(0, this.#period)
    view.setUint32(4, this.#sent)
    view.setUint32(8, offset)
    frame.set(PATTERN.subarray(offset, offset + length), FRAME_HEAD)
    const isTaken = this.link.send(frame)
    // A link copies what it takes.
    frame.fill(0xee)
    if (isTaken) this.#sent++
    return isTaken
  }

  /** Asks to be called back, and checks what has to hold then. */
  settle(other: LinkSide): void {
    const [period, sent] = [this.#period, this.#sent]
    this.asked++
    let isCalled = false
    this.link.settle(() => {
      if (isCalled) throw new Error(`${this.#parts.name}: settled twice`)
      isCalled = true
      if (!this.#isUp || this.#period !== period) return void this.settledByDown++
      this.settled++
      if (other.#from !== period) {
        // It has begun a new period, which this side does not know yet; in the old one it had taken all in.
        if (sent > 0 && other.#lastFrom < period && other.#from < period)
          throw new Error(`${this.#parts.name}: settled before anything came`)
        return
      }
      if (other.#got < sent) throw new Error(`${this.#parts.name}: settled ${sent} frames when ${other.#got} had come`)
      const had = sent === 0 ? 0 : (other.#sentWhenGot[sent - 1] ?? 0)
      if (other.#period === this.#from && this.#got < had) {
        throw new Error(`${this.#parts.name}: settled with ${this.#got} of the ${had} frames that were sent before`)
      }
    })
  }

  /** Does what was put off to the end of the turn. */
  endTurn(): void {
    for (let tasks = this.#tasks; tasks.length > 0; tasks = this.#tasks) {
      this.#tasks = []
      for (const task of tasks) task()
    }
  }

  /** What holds at each step. */
  checkBounds(): void {
    const { window, queue } = this.#parts.limits
    if (this.link.windowBytes > window) throw new Error(`${this.#parts.name}: ${this.link.windowBytes} octets in the window`)
    if (this.link.queuedBytes > queue) throw new Error(`${this.#parts.name}: ${this.link.queuedBytes} octets in the queue`)
    if (this.link.isUp !== (this.#isUp && this.link.isUp)) throw new Error(`${this.#parts.name}: up, and it was not said`)
  }

  onUp(): void {
    if (this.#isUp) throw new Error(`${this.#parts.name}: up twice`)
    this.#isUp = true
    this.#period++
    this.#sent = this.#got = this.#from = 0
    this.#sentWhenGot = []
  }

  onDown(cause: DownCause): void {
    if (!this.#isUp) throw new Error(`${this.#parts.name}: down twice`)
    this.#isUp = false
    this.downs.push(cause)
  }

  onFrame(octets: Uint8Array, start: number, end: number): void {
    const frame = octets.subarray(start, end)
    const { name } = this.#parts
    if (!this.#isUp) throw new Error(`${name}: got a frame while down`)
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
    const [from, index, offset] = [view.getUint32(0), view.getUint32(4), view.getUint32(8)]
    if (this.#got === 0) {
      if (from <= this.#lastFrom) throw new Error(`${name}: got frames of period ${from} again`)
      this.#from = this.#lastFrom = from
    }
    if (from !== this.#from || index !== this.#got) {
      throw new Error(`${name}: got frame ${index} of period ${from}, not ${this.#got} of ${this.#from}`)
    }
    const expected = PATTERN.subarray(offset, offset + frame.length - FRAME_HEAD)
    if (Buffer.compare(frame.subarray(FRAME_HEAD), expected) !== 0) throw new Error(`${name}: got other octets than were sent`)
    this.#sentWhenGot.push(this.#sent)
    this.#got++
  }

  onHalfFull(): void {}

  #createLink(): NodeLink {
    const { now, limits, post } = this.#parts
    return new NodeLink({
      to: 'other',
      bus: { maxPacketBytes: 64 << 10, send: (_, packet) => post(packet) },
      clock: { now: () => now() + this.dateOffset, monotonic: now },
      scheduler: { defer: (task) => this.#tasks.push(task) },
      owner: this,
      counters: this.counters,
      limits,
    })
  }
}
