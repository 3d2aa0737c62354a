// Gathers the frames of a connection and writes them once a turn. Never looks into a frame; keeps no buffer for a
// connection that is silent.

import type { Writable } from 'node:stream'

const EMPTY = Buffer.alloc(0)

/** Buffers are had in these sizes: many connections with a little to say cost little, one with much is not slowed. */
const SIZES: readonly number[] = [1_024, 8_192, 65_536]
const LARGEST = 65_536
/** The most that is kept of free buffers, in octets for each size. */
const KEPT_OCTETS = 2 * 1024 * 1024

/** The most that the socket is given at a time: what it takes of that shows that the peer reads. */
const LARGEST_PIECE = 262_144

/** Who is told how the kernel takes what is written. */
export interface WriteBatchOwner {
  /** {@link WriteBatch.isFull} turned true. */
  onBatchFull(): void
  /** {@link WriteBatch.isFull} turned false. */
  onBatchDrained(): void
}

/** What all connections of a listener share: who has something to write in this turn, and the free buffers. */
export class WriteScheduler {
  readonly #free: Buffer[][] = SIZES.map(() => [])
  #waiting: WriteBatch[] = []
  #isScheduled = false
  readonly #run = (): void => this.#flush()

  /** A buffer of at least `octets`, up to the largest size. Its content is undefined. */
  take(octets: number): Buffer {
    const size = sizeIndex(octets)
    return this.#free[size]?.pop() ?? Buffer.allocUnsafeSlow(SIZES[size] ?? LARGEST)
  }

  /** Gives a buffer back that nobody uses any more. */
  give(buffer: Buffer): void {
    const free = this.#free[sizeIndex(buffer.length)]
    if (free !== undefined && free.length * buffer.length < KEPT_OCTETS) free.push(buffer)
  }

  /** Has the batch flushed when this turn of the event loop has handled its input. */
  add(batch: WriteBatch): void {
    this.#waiting.push(batch)
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(this.#run)
  }

  #flush(): void {
    const waiting = this.#waiting
    this.#waiting = []
    this.#isScheduled = false
    for (const batch of waiting) batch.flush()
  }
}

function sizeIndex(octets: number): number {
  return octets <= 1_024 ? 0 : octets <= 8_192 ? 1 : 2
}

/** The frames of one connection that wait for the end of the turn. */
export class WriteBatch {
  readonly #socket: Writable
  readonly #scheduler: WriteScheduler
  readonly #slack: number
  readonly #owner: WriteBatchOwner
  #buffer: Buffer = EMPTY
  #length = 0
  #isWaiting = false
  #isFull = false
  /** What the socket is not given yet, in its order, while it is full. */
  #held: Uint8Array[] = []
  #heldOctets = 0

  /**
   * @param slack how many octets may wait in the socket before it counts as full: 0 where a write goes to the kernel at
   *   once, more where every write completes later (TLS)
   */
  constructor(socket: Writable, scheduler: WriteScheduler, slack: number, owner: WriteBatchOwner) {
    this.#socket = socket
    this.#scheduler = scheduler
    this.#slack = slack
    this.#owner = owner
  }

  /** The kernel takes no more. What is added nevertheless waits in memory. */
  get isFull(): boolean {
    return this.#isFull
  }

  /** Octets that wait here and in the socket. */
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
   * @returns where in {@link buffer} they begin
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

  /** Writes what was gathered, and behind it octets that are not copied and must not be changed any more. */
  writeLarge(octets: Uint8Array): void {
    if (this.#held.length > 0) {
      this.flush()
      return this.#hold(octets)
    }
    this.#socket.cork()
    this.flush()
    this.#socket.write(octets.length > LARGEST_PIECE ? octets.subarray(0, LARGEST_PIECE) : octets)
    this.#socket.uncork()
    if (octets.length > LARGEST_PIECE) {
      this.#hold(octets.subarray(LARGEST_PIECE))
      this.#giveHeld()
    }
    this.#checkFull()
  }

  /** Gives the socket all that waits: it is about to be ended. */
  finish(): void {
    this.flush()
    for (const octets of this.#held) this.#socket.write(octets)
    this.#drop()
  }

  /** Writes what was gathered. */
  flush(): void {
    this.#isWaiting = false
    const length = this.#length
    if (length === 0) return
    const buffer = this.#buffer
    const socket = this.#socket
    this.#buffer = EMPTY
    this.#length = 0
    if (!socket.writable) {
      this.#scheduler.give(buffer)
      this.#drop()
    } else if (this.#held.length > 0) {
      this.#hold(Buffer.from(buffer.subarray(0, length)))
      this.#scheduler.give(buffer)
    } else if (socket.writableLength > 0 || socket.writableCorked > 0) {
      // The socket keeps what it is given now: an exact copy, so that a slow connection holds no more than it must.
      socket.write(Buffer.from(buffer.subarray(0, length)))
      this.#scheduler.give(buffer)
    } else {
      socket.write(buffer.subarray(0, length))
      // Written by the kernel in that call, the buffer is free again; else it stays with the socket.
      if (socket.writableLength === 0) this.#scheduler.give(buffer)
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
    if (this.#buffer.length > 0) this.#scheduler.give(this.#buffer)
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

  /** Gives the socket what is held, piece by piece, as long as it takes it. */
  #giveHeld(): void {
    for (let first = this.#held[0]; first !== undefined && this.#hasRoom; first = this.#held[0]) {
      const piece = first.subarray(0, LARGEST_PIECE)
      if (piece.length < first.length) this.#held[0] = first.subarray(piece.length)
      else this.#held.shift()
      this.#heldOctets -= piece.length
      this.#socket.write(piece)
    }
  }

  get #hasRoom(): boolean {
    return this.#socket.writableLength <= this.#slack
  }

  #checkFull(): void {
    if (this.#isFull || this.#socket.writableCorked > 0 || (this.#hasRoom && this.#held.length === 0)) return
    this.#isFull = true
    this.#awaitDrain()
    this.#owner.onBatchFull()
  }

  /** 'drain' comes only after a write beyond the high-water mark; the callback of an empty write comes always. */
  #awaitDrain(): void {
    this.#socket.write(EMPTY, (error) => {
      if (error !== null && error !== undefined) return // 'close' follows.
      this.#giveHeld()
      if (!this.#hasRoom || this.#held.length > 0) return this.#awaitDrain()
      this.#isFull = false
      this.#owner.onBatchDrained()
    })
  }
}
