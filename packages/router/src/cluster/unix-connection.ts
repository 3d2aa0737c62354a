// One connection between two processes: packets with a head of four octets (kind, then length in three), written once a turn.

import type { Duplex } from 'node:stream'
import { PartialFrame } from '@trunkline/protocol'

/** The first packet of each side: the name of its node. */
const NAME = 1
const HELLO = 2
const PACKET = 3

const HEAD = 4
export const LONGEST_PACKET = 1_048_576
const LONGEST: Readonly<Record<number, number>> = { [NAME]: 64, [HELLO]: 65_536, [PACKET]: LONGEST_PACKET }
/** What may wait for a process that does not read; the window of the link is smaller. */
const MOST_WAITING = 8_388_608
/** Up to here copying the packets of a turn into one piece costs less than a list of pieces does. */
const GATHERED = 16_384
/** How long a connection may take to name its node. */
const NAMING_MS = 2_000
/** How long what waits may take to be read when this side ends. */
const ENDING_MS = 500

/** The same for all connections of a bus. Called in later turns only. */
export interface ConnectionOwner {
  /** The first packet has come. Unless the owner accepts the node, the connection ends. */
  onName(connection: UnixConnection, node: string): void
  /** @param hello a view that holds during the call only */
  onHello(from: string, hello: Uint8Array): void
  /** @param packet a view that holds during the call only */
  onPacket(from: string, packet: Uint8Array): void
  onClose(connection: UnixConnection): void
}

export class UnixConnection {
  /** Resolves when it is closed. */
  readonly closed: Promise<void>
  readonly #socket: Duplex
  readonly #owner: ConnectionOwner
  #node: string | undefined
  #isOver = false
  #isRefused = false
  #timer: NodeJS.Timeout | undefined
  #partial = new PartialFrame()
  #kinds: number[] = []
  #pending: Uint8Array[] = []
  #pendingOctets = 0
  #isScheduled = false
  #room = Buffer.alloc(0)
  readonly #flush = (): void => this.#write()

  /** @param socket which may still connect */
  constructor(socket: Duplex, owner: ConnectionOwner) {
    this.#socket = socket
    this.#owner = owner
    this.#refuseAfter(NAMING_MS)
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('drain', this.#flush)
    socket.on('error', () => undefined) // `close` follows, and says all that counts.
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#release()
        resolve()
      })
    })
  }

  /** The name of the node at the other end, once it is accepted. */
  get node(): string | undefined {
    return this.#node
  }

  /** Whether this side has ended it. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Whether {@link refuse} has ended it. */
  get isRefused(): boolean {
    return this.#isRefused
  }

  /** From now on packets go to this node and come from it. */
  accept(node: string): void {
    this.#node = node
    clearTimeout(this.#timer)
  }

  sendName(name: string): void {
    this.#send(NAME, Buffer.from(name))
  }

  sendHello(hello: Uint8Array): boolean {
    return this.#send(HELLO, hello)
  }

  /** @returns false when it was dropped: it is too long, or too much waits already */
  sendPacket(packet: Uint8Array): boolean {
    return this.#send(PACKET, packet)
  }

  /** Writes what waits, then ends. */
  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#write()
    this.#socket.end()
    this.#refuseAfter(ENDING_MS)
  }

  destroy(): void {
    this.#isOver = true
    this.#socket.destroy()
  }

  /** Ends it because of what came from the other end, or did not come. */
  refuse(): void {
    this.#isRefused = !this.#isOver
    this.destroy()
  }

  #refuseAfter(milliseconds: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.refuse(), milliseconds).unref()
  }

  #release(): void {
    clearTimeout(this.#timer)
    this.#kinds = []
    this.#pending = []
    this.#pendingOctets = 0
    this.#owner.onClose(this)
  }

  #send(kind: number, octets: Uint8Array): boolean {
    const size = HEAD + octets.length
    if (octets.length > (LONGEST[kind] ?? 0) || this.#isOver || this.#socket.destroyed) return false
    if (this.#pendingOctets + this.#socket.writableLength + size > MOST_WAITING) return false
    this.#kinds.push(kind)
    this.#pending.push(octets)
    this.#pendingOctets += size
    if (!this.#isScheduled) {
      this.#isScheduled = true
      setImmediate(this.#flush)
    }
    return true
  }

  #write(): void {
    this.#isScheduled = false
    const socket = this.#socket
    if (this.#pending.length === 0 || socket.destroyed || (socket.writableNeedDrain && !this.#isOver)) return
    const [kinds, pending, octets] = [this.#kinds, this.#pending, this.#pendingOctets]
    this.#kinds = []
    this.#pending = []
    this.#pendingOctets = 0
    if (octets <= GATHERED) this.#writeTogether(kinds, pending, octets)
    else this.#writeApart(kinds, pending)
  }

  #writeTogether(kinds: readonly number[], pending: readonly Uint8Array[], octets: number): void {
    if (this.#room.length < octets) this.#room = Buffer.allocUnsafeSlow(octets <= 1_024 ? 1_024 : GATHERED)
    const room = this.#room
    let at = 0
    for (const [i, packet] of pending.entries()) {
      at = room.writeUInt32BE(headOf(kinds[i], packet), at)
      room.set(packet, at)
      at += packet.length
    }
    this.#socket.write(room.subarray(0, at))
    // What the kernel has not taken yet stays in use.
    if (this.#socket.writableLength > 0) this.#room = Buffer.alloc(0)
  }

  #writeApart(kinds: readonly number[], pending: readonly Uint8Array[]): void {
    const heads = Buffer.allocUnsafeSlow(HEAD * pending.length)
    this.#socket.cork()
    for (const [i, packet] of pending.entries()) {
      heads.writeUInt32BE(headOf(kinds[i], packet), HEAD * i)
      this.#socket.write(heads.subarray(HEAD * i, HEAD * (i + 1)))
      this.#socket.write(packet)
    }
    this.#socket.uncork()
  }

  #read(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && !this.#isOver;) {
      at = this.#partial.length > 0 ? this.#continue(chunk, at) : this.#begin(chunk, at)
    }
  }

  /** Reads a packet in place if all of it is there. Returns the position behind what was taken. */
  #begin(chunk: Buffer, at: number): number {
    const left = chunk.length - at
    if (left < HEAD) return this.#keep(chunk, at, HEAD)
    const size = this.#sizeAt(chunk, at)
    if (size > left) return this.#keep(chunk, at, size)
    if (size > 0) this.#deliver(chunk[at], chunk.subarray(at + HEAD, at + size))
    return at + size
  }

  #continue(chunk: Buffer, from: number): number {
    const partial = this.#partial
    const at = from + partial.fill(HEAD, chunk, from, chunk.length)
    if (partial.length < HEAD) return at
    const size = this.#sizeAt(partial.bytes, 0)
    const end = at + partial.fill(size, chunk, at, chunk.length)
    if (partial.length < size || size === 0) return end
    this.#partial = new PartialFrame()
    this.#deliver(partial.bytes[0], partial.bytes.subarray(HEAD))
    return end
  }

  #keep(chunk: Buffer, at: number, limit: number): number {
    this.#partial.append(chunk, at, chunk.length, limit)
    return chunk.length
  }

  /** The octets of the packet at a position; 0 after a fault. Before the name has come, a packet can be nothing else. */
  #sizeAt(octets: Uint8Array, at: number): number {
    const kind = octets[at] as number
    const length = ((octets[at + 1] as number) << 16) | ((octets[at + 2] as number) << 8) | (octets[at + 3] as number)
    if ((kind === NAME) === (this.#node === undefined) && length <= (LONGEST[kind] ?? -1)) return HEAD + length
    this.refuse()
    return 0
  }

  #deliver(kind: number | undefined, octets: Uint8Array): void {
    const node = this.#node
    if (node === undefined) {
      this.#owner.onName(this, String.fromCharCode(...octets))
      if (this.#node === undefined) this.refuse()
    } else if (kind === PACKET) this.#owner.onPacket(node, octets)
    else this.#owner.onHello(node, octets)
  }
}

function headOf(kind: number | undefined, packet: Uint8Array): number {
  return (kind ?? 0) * 0x100_0000 + packet.length
}
