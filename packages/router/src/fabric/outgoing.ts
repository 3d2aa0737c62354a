// What one life of a link sends: frames, gathered into packets; packets that wait for the window; and packets in the window, which stay
// until they are acknowledged. Never writes the head of a packet beyond its kind, and never sends.

import type { LinkLimits } from './link-ports.ts'
import { CHANGES, RETAINED } from './owner-numbers.ts'
import { OwnerShares } from './owner-shares.ts'
import { DATA, FIRST, FRAME_HEAD, HEAD, LAST, PART, readU32, writeU32 } from './packet.ts'

const NONE = new Uint8Array(0)
/** The room that a link begins with for the frames of a turn. */
const SMALLEST_BATCH = 4 << 10
/** What a frame counts at least by which an owner changes the other node: it takes little room, and much work there. */
const OF_A_CHANGE = 16 << 10
/** The part of its share that an owner may have where half of the queue is full. */
const LITTLE = 32
/** Packets that were acknowledged leave holes, which are closed when there are this many, and half of all. */
const MOST_HOLES = 64

/** The packets of one life, in the order of their numbers. */
export class Outgoing {
  readonly #limits: LinkLimits
  /** The frames of this turn, behind room for a head. Kept from packet to packet. */
  #batch: Uint8Array
  #batchEnd = HEAD
  /** Holes, then the window, then what waits for it. */
  #packets: Uint8Array[] = []
  #acknowledged = 0
  #sent = 0
  /** The number of the first packet of the window, sent or not. */
  #firstSeq = 1
  #windowBytes = 0
  #waitingBytes = 0
  #acknowledgedBytes = 0
  /** What is not acknowledged of each owner. */
  readonly shares = new OwnerShares()

  constructor(limits: LinkLimits) {
    this.#limits = limits
    this.#batch = new Uint8Array(Math.min(SMALLEST_BATCH, limits.packet))
  }

  /** The number of the first packet that is not acknowledged. */
  get firstSeq(): number {
    return this.#firstSeq
  }

  /** The number of the last packet that was sent. */
  get lastSeq(): number {
    return this.#firstSeq + this.windowPackets - 1
  }

  /** The number that the last frame was given, or will be. */
  get lastMade(): number {
    return this.#firstSeq + this.#packets.length - this.#acknowledged - (this.#batchEnd > HEAD ? 0 : 1)
  }

  get windowPackets(): number {
    return this.#sent - this.#acknowledged
  }

  get windowBytes(): number {
    return this.#windowBytes
  }

  /** The octets that wait for the window. */
  get queuedBytes(): number {
    return this.#waitingBytes + (this.#batchEnd > HEAD ? this.#batchEnd : 0)
  }

  /**
   * Copies a frame.
   * @param longest of a packet, now
   * @param isOffer it is not taken into the reserve
   * @param owner to whose share it counts; 0 where to none
   * @returns false when there is no room for it
   */
  append(frame: Uint8Array, longest: number, isOffer = false, owner = 0): boolean {
    if (owner > CHANGES) return this.#appendChange(frame, longest, { isOffer, owner })
    if (owner === 0 || this.#bytes + frame.length <= this.#limits.uncounted) return this.#append(frame, longest, isOffer)
    const held = this.shares.of(owner)
    if (held > 0 && held + frame.length > this.#mostOf(owner)) return false
    if (!this.#append(frame, longest, isOffer)) return false
    this.shares.add(owner, frame.length, this.#acknowledgedBytes + this.#bytes)
    return true
  }

  /** Counts however little is on its way: a few KiB may be hundreds of them. */
  #appendChange(frame: Uint8Array, longest: number, { isOffer, owner }: { readonly isOffer: boolean; readonly owner: number }): boolean {
    if (!this.#append(frame, longest, isOffer)) return false
    this.shares.add(owner, Math.max(frame.length, OF_A_CHANGE), this.#acknowledgedBytes + this.#bytes)
    return true
  }

  #append(frame: Uint8Array, longest: number, isOffer: boolean): boolean {
    const { length } = frame
    const { queue, reserve } = this.#limits
    const most = isOffer ? queue - reserve : queue
    const needed = FRAME_HEAD + length
    if (HEAD + needed > longest) return this.#appendLong(frame, longest, most)
    if (this.queuedBytes + HEAD + needed > most) return false
    if (this.#batchEnd + needed > longest) this.#cut()
    if (this.#batchEnd + needed > this.#batch.length) this.#grow(this.#batchEnd + needed)
    const at = this.#batchEnd
    writeU32(this.#batch, at, length)
    this.#batch.set(frame, at + FRAME_HEAD)
    this.#batchEnd = at + needed
    return true
  }

  /** The next packet that the window has room for; from now on it is in the window. */
  next(): Uint8Array | undefined {
    if (this.#sent === this.#packets.length) {
      // Frames that have to wait for the window gather: the packets that wait are few and long.
      if (this.#batchEnd === HEAD || !this.#hasRoom(this.#batchEnd)) return undefined
      this.#cut()
    }
    const packet = this.#packets[this.#sent]
    if (packet === undefined || !this.#hasRoom(packet.length)) return undefined
    this.#sent++
    this.#waitingBytes -= packet.length
    this.#windowBytes += packet.length
    return packet
  }

  /** Whether something waits, sent or not for lack of room. */
  get isEmpty(): boolean {
    return this.#sent === this.#packets.length && this.#batchEnd === HEAD
  }

  /** A packet of the window; `seq` is one of its numbers. */
  packetOf(seq: number): Uint8Array {
    return this.#packets[this.#acknowledged + seq - this.#firstSeq] ?? NONE
  }

  /**
   * Frees the packets up to a number that was sent.
   * @returns whether there were any
   */
  acknowledge(ack: number): boolean {
    if (ack < this.#firstSeq) return false
    for (; this.#firstSeq <= ack; this.#firstSeq++) {
      const { length } = this.#packets[this.#acknowledged] ?? NONE
      this.#windowBytes -= length
      this.#acknowledgedBytes += length
      this.#packets[this.#acknowledged++] = NONE
    }
    this.shares.acknowledged(this.#acknowledgedBytes)
    if (this.#acknowledged >= MOST_HOLES && this.#acknowledged * 2 >= this.#packets.length) {
      this.#packets.splice(0, this.#acknowledged)
      this.#sent -= this.#acknowledged
      this.#acknowledged = 0
    }
    return true
  }

  /** The frames of packets that are not acknowledged. A long one is left out where its beginning was acknowledged. */
  *undelivered(): Generator<Uint8Array> {
    this.#cut()
    const packets = this.#packets.slice(this.#acknowledged)
    for (const [i, packet] of packets.entries()) {
      if (packet[2] === DATA) yield* framesOf(packet)
      else if (((packet[3] as number) & FIRST) !== 0) yield wholeOf(packets, i)
    }
  }

  /** All that is not acknowledged. */
  get #bytes(): number {
    return this.#windowBytes + this.queuedBytes
  }

  /** The share of an owner; where many owners fill the queue, there is room left for those that have next to nothing in it. */
  #mostOf(owner: number): number {
    const { queue, reserve, share } = this.#limits
    const half = (queue - reserve) / 2
    if (owner > RETAINED) return half
    return this.queuedBytes > half ? share / LITTLE : share
  }

  #hasRoom(bytes: number): boolean {
    const packets = this.windowPackets
    return packets === 0 || (packets < this.#limits.windowPackets && this.#windowBytes + bytes <= this.#limits.window)
  }

  /** Makes a packet of the frames gathered so far. */
  #cut(): void {
    if (this.#batchEnd === HEAD) return
    this.#batch[2] = DATA
    this.#push(this.#batch.slice(0, this.#batchEnd))
    this.#batchEnd = HEAD
  }

  #push(packet: Uint8Array): void {
    this.#packets.push(packet)
    this.#waitingBytes += packet.length
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, Math.min(this.#limits.packet, this.#batch.length * 2)))
    larger.set(this.#batch.subarray(0, this.#batchEnd))
    this.#batch = larger
  }

  /** Cuts a frame that no packet holds into pieces. */
  #appendLong(frame: Uint8Array, longest: number, most: number): boolean {
    const room = longest - HEAD
    const pieces = Math.ceil((FRAME_HEAD + frame.length) / room)
    const isTooLong = frame.length > this.#limits.frame
    if (isTooLong || this.queuedBytes + FRAME_HEAD + frame.length + pieces * HEAD > most) return false
    this.#cut()
    for (let from = 0; from < frame.length;) {
      const start = from === 0 ? HEAD + FRAME_HEAD : HEAD
      const to = Math.min(frame.length, from + longest - start)
      const packet = new Uint8Array(start + to - from)
      packet[2] = PART
      packet[3] = (from === 0 ? FIRST : 0) | (to === frame.length ? LAST : 0)
      if (from === 0) writeU32(packet, HEAD, frame.length)
      packet.set(frame.subarray(from, to), start)
      this.#push(packet)
      from = to
    }
    return true
  }
}

/** A long frame, of the pieces that begin at a place. */
function wholeOf(packets: readonly Uint8Array[], first: number): Uint8Array {
  const whole = new Uint8Array(readU32(packets[first] ?? NONE, HEAD))
  let [at, from] = [0, HEAD + FRAME_HEAD]
  for (let i = first; at < whole.length; i++) {
    const piece = (packets[i] ?? NONE).subarray(from)
    whole.set(piece, at)
    at += piece.length
    from = HEAD
  }
  return whole
}

/** The frames of a whole packet. */
function* framesOf(packet: Uint8Array): Generator<Uint8Array> {
  for (let at = HEAD; at < packet.length;) {
    const start = at + FRAME_HEAD
    at = start + readU32(packet, at)
    yield packet.subarray(start, at)
  }
}
