// For tests: nodes with a link each on a bus that a test empties by hand, and packets that a test makes.

import { createCounters } from '../fabric/counters.ts'
import type { LinkLimits, LinkOwner } from '../fabric/link-ports.ts'
import { LINK_LIMITS, NodeLink } from '../fabric/link.ts'
import type { PacketHead } from '../fabric/packet.ts'
import { createHead, HEAD, readHead, writeHead, writeU32 } from '../fabric/packet.ts'

/** The time of all ends of a test. */
export class LinkClock {
  ms = 1_000_000
}

/** A node with one link. */
export class LinkEnd implements LinkOwner {
  /** What the link reported: `up`, `down lost`, `half full`, and frames as text. */
  readonly events: string[] = []
  readonly counters = createCounters()
  readonly bus: { maxPacketBytes: number; send: (to: string, packet: Uint8Array) => void }
  readonly link: NodeLink
  /** The frames that the last life did not deliver, as far as it knew. */
  undelivered: readonly string[] = []
  /** Packets that were sent and that no test has taken. */
  sent: Uint8Array[] = []
  /** Done with each frame, before anything else. */
  onTaken: () => void = () => {}
  #tasks: (() => void)[] = []

  constructor(clock: LinkClock, limits: Partial<LinkLimits> = {}) {
    this.bus = { maxPacketBytes: 1 << 20, send: (_, packet) => this.sent.push(packet) }
    this.link = new NodeLink({
      to: 'other',
      bus: this.bus,
      clock: { now: () => clock.ms, monotonic: () => clock.ms },
      scheduler: { defer: (task) => this.#tasks.push(task) },
      owner: this,
      counters: this.counters,
      limits: { ...LINK_LIMITS, ...limits },
    })
  }

  /** What was reported since it was asked last. */
  take(): string[] {
    return this.events.splice(0)
  }

  /** The heads of what was sent since it was asked last. */
  takeHeads(): PacketHead[] {
    return this.sent.splice(0).map(headOf)
  }

  /** The first packet that was sent and not taken. */
  get firstSent(): Uint8Array {
    const [packet] = this.sent
    if (packet === undefined) throw new Error('nothing was sent')
    return packet
  }

  say(...frames: string[]): void {
    for (const frame of frames) this.link.send(Buffer.from(frame))
  }

  endTurn(): void {
    for (const task of this.#tasks.splice(0)) task()
  }

  /** Takes one packet, in a turn of its own. */
  receive(packet: Uint8Array): void {
    this.link.receive(packet)
    this.endTurn()
  }

  tick(): void {
    this.link.tick()
    this.endTurn()
  }

  onUp(): void {
    this.events.push('up')
  }

  onDown(cause: string, undelivered: Iterable<Uint8Array>): void {
    this.events.push(`down ${cause}`)
    this.undelivered = Array.from(undelivered, (frame) => Buffer.from(frame).toString())
  }

  onFrame(octets: Uint8Array, start: number, end: number): void {
    this.onTaken()
    this.events.push(end - start > 40 ? `${end - start} octets` : Buffer.from(octets.subarray(start, end)).toString())
  }

  onHalfFull(): void {
    this.events.push('half full')
  }
}

export function headOf(packet: Uint8Array): PacketHead {
  const head = createHead()
  if (!readHead(packet, head)) throw new Error('no packet')
  return head
}

/** A packet with a head of these fields; the others are 0. */
export function packetOf(head: Partial<PacketHead>, ...parts: readonly Uint8Array[]): Uint8Array {
  const packet = Buffer.concat([new Uint8Array(HEAD), ...parts])
  writeHead(packet, { ...createHead(), ...head })
  return packet
}

/** A frame as DATA holds it. */
export function framed(text: string): Uint8Array {
  return Buffer.concat([u32(text.length), Buffer.from(text)])
}

export function u32(value: number): Uint8Array {
  const octets = new Uint8Array(4)
  writeU32(octets, 0, value)
  return octets
}
