// Collects the frames of a connection and writes them once a turn. Never looks into a frame; keeps no buffer for a silent
// connection.

import type { Writable } from 'node:stream'

import { LateBatches } from './late-batches.ts'
import { DEAR_OCTET, WriteTurns } from './write-turns.ts'

const EMPTY = Buffer.alloc(0)

/** Buffers have these sizes: many connections with little to send cost little, and one with much is not slowed. */
const SIZES: readonly number[] = [1_024, 8_192, 65_536]
const LARGEST = 65_536
/** The most octets of free buffers that are kept of each size. */
const KEPT_OCTETS = 2 * 1024 * 1024

/** The most that the socket gets at a time: what it takes of that shows whether the peer reads. */
const LARGEST_PIECE = 262_144
/** The same under TLS, which copies a piece to encrypt it: that copy counts nowhere. */
const LARGEST_TLS_PIECE = 65_536

/** So many batches are written in a turn, and as many of those that are left of earlier ones: 5 ms of work, each. */
const MOST_BATCHES = 256

/** Is notified whether the kernel takes what is written. */
export interface WriteBatchOwner {
  /** Whose turn it takes where very many have something to write. */
  readonly holder: string
  /** {@link WriteBatch.isFull} has become true. */
  onBatchFull(): void
  /** {@link WriteBatch.isFull} has become false. */
  onBatchDrained(): void
}

/** Shared by all connections of a listener: the batches to write in this turn, the turns of long messages, and the free buffers. */
export class WriteScheduler {
  readonly turns: WriteTurns
  readonly #free: Buffer[][] = SIZES.map(() => [])
  #waiting: WriteBatch[] = []
  /** What is left of earlier turns, as of an event for thousands. */
  readonly #late = new LateBatches<WriteBatch>()
  #isScheduled = false
  readonly #run = (): void => this.#flush()

  constructor(turns: WriteTurns = new WriteTurns()) {
    this.turns = turns
  }

  /** A buffer of at least `octets`, up to the largest size. Its content is undefined. */
  take(octets: number): Buffer {
    const size = sizeIndex(octets)
    return this.#free[size]?.pop() ?? Buffer.allocUnsafeSlow(SIZES[size] ?? LARGEST)
  }

  /** Returns a buffer that is no longer used. */
  putBack(buffer: Buffer): void {
    const free = this.#free[sizeIndex(buffer.length)]
    if (free !== undefined && free.length * buffer.length < KEPT_OCTETS) free.push(buffer)
  }

  /** Flushes the batch when this turn of the event loop has handled its input; of very many the last ones in later turns. */
  add(batch: WriteBatch): void {
    this.#waiting.push(batch)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(this.#run)
  }

  /** A connection that is left is not added again: what it gets meanwhile is written with the rest. */
  #flush(): void {
    const waiting = this.#waiting
    this.#waiting = []
    this.#isScheduled = false
    let left = Math.min(this.#late.size, MOST_BATCHES)
    if (waiting.length <= MOST_BATCHES) for (const batch of waiting) batch.flush()
    else {
      for (const batch of waiting) this.#late.add(batch)
      left += MOST_BATCHES
    }
    for (; left > 0; left--) this.#late.take()?.flush()
    if (this.#late.size > 0) this.#schedule()
  }
}

function sizeIndex(octets: number): number {
  return octets <= 1_024 ? 0 : octets <= 8_192 ? 1 : 2
}

/** The frames of one connection that are written at the end of the turn. */
export class WriteBatch {
  readonly #socket: Writable
  readonly #scheduler: WriteScheduler
  readonly #slack: number
  readonly #largestPiece: number
  readonly #costOfOctet: number
  readonly #owner: WriteBatchOwner
  #buffer: Buffer = EMPTY
  #length = 0
  #isWaiting = false
  #isFull = false
  /** Octets held back while the socket is full, in order. */
  #held: Uint8Array[] = []
  #heldOctets = 0
  /** Ends the socket when nothing is held any more. */
  #end: (() => void) | undefined
  readonly #onTurn = (): void => this.#goOn()

  /**
   * @param slack how many octets may be pending in the socket before it counts as full: 0 where a write goes to the kernel at
   * once, more where every write completes later (TLS)
   */
  constructor(socket: Writable, scheduler: WriteScheduler, slack: number, owner: WriteBatchOwner) {
    this.#socket = socket
    this.#scheduler = scheduler
    this.#slack = slack
    this.#largestPiece = slack > 0 ? LARGEST_TLS_PIECE : LARGEST_PIECE
    this.#costOfOctet = slack > 0 ? DEAR_OCTET : 1
    this.#owner = owner
  }

  get holder(): string {
    return this.#owner.holder
  }

  /** Whether the kernel takes no more. Octets added nevertheless stay in memory. */
  get isFull(): boolean {
    return this.#isFull
  }

  /** Octets that are pending here and in the socket. */
  get waitingOctets(): number {
    return this.#length + this.#heldOctets + this.#socket.writableLength
  }

  /** The buffer that {@link reserve} gave room in; valid until the next call of any method. */
  get buffer(): Buffer {
    return this.#buffer
  }

  /**
   * Makes room for octets that the caller writes at once.
   * @param octets up to 64 KiB
   * @returns the index in {@link buffer} where they begin
   */
  reserve(octets: number): number {
    let at = this.#length
    if (at + octets > this.#buffer.length) {
      this.#makeRoom(octets)
      at = this.#length
    }
    this.#length = at + octets
    if (!this.#isWaiting) {
      this.#isWaiting = true
      this.#scheduler.add(this)
    }
    return at
  }

  /** Writes what was collected, and after it octets that are not copied and must not change any more. */
  writeLarge(octets: Uint8Array): void {
    if (this.#held.length > 0) {
      this.flush()
      return this.#hold(octets)
    }
    this.#socket.cork()
    this.flush()
    this.#hold(octets)
    this.#givePiece(octets)
    this.#socket.uncork()
    this.#giveHeld()
    this.#checkFull()
  }

  /**
   * Passes everything pending to the socket.
   * @param end called when that is done, at once where nothing is held; it ends the socket. A later one replaces it
   */
  finish(end: () => void): void {
    this.flush()
    if (this.#held.length === 0) return end()
    this.#end = end
  }

  /** Writes what was collected. */
  flush(): void {
    this.#isWaiting = false
    const length = this.#length
    if (length === 0) return
    const buffer = this.#buffer
    const socket = this.#socket
    this.#buffer = EMPTY
    this.#length = 0
    if (!socket.writable) {
      this.#scheduler.putBack(buffer)
      this.#drop()
    } else if (this.#held.length > 0) {
      this.#hold(Buffer.from(buffer.subarray(0, length)))
      this.#scheduler.putBack(buffer)
    } else if (socket.writableLength > 0 || socket.writableCorked > 0) {
      // The socket keeps this copy: an exact one, so that a slow connection holds no more memory than needed.
      socket.write(Buffer.from(buffer.subarray(0, length)))
      this.#scheduler.putBack(buffer)
    } else {
      socket.write(buffer.subarray(0, length))
      // If the kernel took it all in that call, the buffer is free again; else the socket keeps it.
      if (socket.writableLength === 0) this.#scheduler.putBack(buffer)
    }
    this.#checkFull()
  }

  #makeRoom(octets: number): void {
    if (this.#length + octets > LARGEST) {
      const isWaiting = this.#isWaiting
      this.flush()
      this.#isWaiting = isWaiting
    }
    const roomier = this.#scheduler.take(this.#length + octets)
    if (this.#length > 0) roomier.set(this.#buffer.subarray(0, this.#length))
    if (this.#buffer.length > 0) this.#scheduler.putBack(this.#buffer)
    this.#buffer = roomier
  }

  #hold(octets: Uint8Array): void {
    this.#held.push(octets)
    this.#heldOctets += octets.length
  }

  #drop(): void {
    this.#held = []
    this.#heldOctets = 0
  }

  /** Passes held octets to the socket, piece by piece, as long as it takes them and its turn lasts. */
  #giveHeld(): void {
    for (let first = this.#held[0]; first !== undefined && this.#hasRoom; first = this.#held[0]) if (!this.#givePiece(first)) return
  }

  /** @param first the octets that have been held for longest */
  #givePiece(first: Uint8Array): boolean {
    const most = this.#largestPiece
    const piece = first.length > most ? first.subarray(0, most) : first
    if (!this.#scheduler.turns.take(piece.length * this.#costOfOctet)) return false
    if (piece.length < first.length) this.#held[0] = first.subarray(piece.length)
    else this.#held.shift()
    this.#heldOctets -= piece.length
    this.#socket.write(piece)
    return true
  }

  get #hasRoom(): boolean {
    return this.#socket.writableLength <= this.#slack
  }

  #checkFull(): void {
    if (this.#isFull || this.#socket.writableCorked > 0 || (this.#hasRoom && this.#held.length === 0)) return
    this.#isFull = true
    this.#goOnLater()
    this.#owner.onBatchFull()
  }

  /** Waits for its turn, or where the socket has no room for that. */
  #goOnLater(): void {
    if (this.#hasRoom) this.#scheduler.turns.wait(this.#onTurn)
    else this.#awaitDrain()
  }

  /** 'drain' comes only after a write beyond the high-water mark; the callback of an empty write always comes. */
  #awaitDrain(): void {
    this.#socket.write(EMPTY, (error) => {
      if (error !== null && error !== undefined) return // 'close' follows.
      this.#goOn()
    })
  }

  #goOn(): void {
    if (!this.#socket.writable) return this.#drop() // 'close' follows.
    this.#giveHeld()
    if (!this.#hasRoom || this.#held.length > 0) return this.#goOnLater()
    this.#isFull = false
    this.#end?.()
    this.#owner.onBatchDrained()
  }
}
