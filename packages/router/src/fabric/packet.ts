// The head of the packets between two nodes, and what stands behind it: frames, or a piece of one. Knows no states.

/**
 * All numbers are big-endian.
 *
 * | offset | size | field |
 * |---|---|---|
 * | 0 | 1 | 0x54 |
 * | 1 | 1 | version, 1 |
 * | 2 | 1 | kind |
 * | 3 | 1 | flags |
 * | 4 | 4 | source: the life of the link at the sender |
 * | 8 | 4 | destination: the life of the link at the receiver, as the sender knows it; 0 in OPEN |
 * | 12 | 4 | behind: how many packets are made or begun, not counted those up to `seq` |
 * | 16 | 8 | seq: of DATA and PART the number of this packet, from 1 in each life; of ACK the last that was sent |
 * | 24 | 8 | ack: all packets up to this one were taken in |
 * | 32 | | DATA: frames, each as u32 length and octets. PART: a piece of a frame; before the first its whole length as u32 |
 */
export interface PacketHead {
  kind: number
  flags: number
  source: number
  destination: number
  behind: number
  seq: number
  ack: number
}

/** The octets of the head. */
export const HEAD = 32
/** The octets before each frame of DATA, and before the first piece of a frame. */
export const FRAME_HEAD = 4

export const OPEN = 1
export const OPENED = 2
export const DATA = 3
export const ACK = 4
export const CLOSE = 5
export const PART = 6

/** Of ACK: the packets after `ack` are to be sent again. */
export const NAK = 1
/** An acknowledgement is wanted in the turn in which this comes. */
export const ASK = 2
/** The first and the last piece of a frame. */
export const FIRST = 4
export const LAST = 8

const MAGIC = 0x54
const VERSION = 1
/** Larger high halves make numbers that are not exact. */
const MOST_HIGH = 0x1f_ffff

/** A head to be filled by {@link readHead}. */
export function createHead(): PacketHead {
  return { kind: 0, flags: 0, source: 0, destination: 0, behind: 0, seq: 0, ack: 0 }
}

/** @returns false for octets that are no packet; the head is not to be used then */
export function readHead(packet: Uint8Array, head: PacketHead): boolean {
  if (packet.length < HEAD || packet[0] !== MAGIC || packet[1] !== VERSION) return false
  const [seqHigh, ackHigh] = [readU32(packet, 16), readU32(packet, 24)]
  if (seqHigh > MOST_HIGH || ackHigh > MOST_HIGH) return false
  head.kind = packet[2] as number
  head.flags = packet[3] as number
  head.source = readU32(packet, 4)
  head.destination = readU32(packet, 8)
  head.behind = readU32(packet, 12)
  head.seq = seqHigh * 0x1_0000_0000 + readU32(packet, 20)
  head.ack = ackHigh * 0x1_0000_0000 + readU32(packet, 28)
  return true
}

export function writeHead(packet: Uint8Array, head: Readonly<PacketHead>): void {
  packet[0] = MAGIC
  packet[1] = VERSION
  packet[2] = head.kind
  packet[3] = head.flags
  writeU32(packet, 4, head.source)
  writeU32(packet, 8, head.destination)
  writeU32(packet, 12, head.behind)
  writeU32(packet, 16, Math.floor(head.seq / 0x1_0000_0000))
  writeU32(packet, 20, head.seq)
  writeU32(packet, 24, Math.floor(head.ack / 0x1_0000_0000))
  writeU32(packet, 28, head.ack)
}

export function readU32(octets: Uint8Array, at: number): number {
  return (
    (((octets[at] as number) << 24) |
      ((octets[at + 1] as number) << 16) |
      ((octets[at + 2] as number) << 8) |
      (octets[at + 3] as number)) >>>
    0
  )
}

/** Of larger numbers the lower 32 bits. */
export function writeU32(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value >>> 24
  octets[at + 1] = value >>> 16
  octets[at + 2] = value >>> 8
  octets[at + 3] = value
}
