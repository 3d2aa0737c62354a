// A WebSocket whose messages are batches (specification: "Batched WebSocket Transport"), as a transport of single messages:
// what is sent in one turn leaves as one batch. Never looks into a message.

import { batchedSize, ProtocolError, splitBatch, writeBatched } from '@trunkline/protocol'
import type { Accept, CloseCause, Loss, Transport, TransportOwner } from '../core/ports/index.ts'
import type { TurnsOfReading } from './read-turns.ts'
import { EVENT_LOOP, ReadSlice } from './read-turns.ts'

/** A batch that has grown to so many octets leaves at once. */
const LARGEST_BATCH = 65_536
const FIRST_BUFFER = 1_024

/** Accepts a connection that carries batches as one that carries messages. */
export function acceptBatched(accept: Accept, turns: TurnsOfReading = EVENT_LOOP): Accept {
  return (transport, place) => {
    const batched = new BatchedTransport(transport, turns)
    batched.owner = accept(batched, place)
    return batched
  }
}

class BatchedTransport implements Transport, TransportOwner {
  readonly #inner: Transport
  readonly #isBinary: boolean
  owner: TransportOwner | undefined
  #buffer = new Uint8Array(0)
  #length = 0
  #isOpen = true
  #isScheduled = false
  readonly #turns: TurnsOfReading
  readonly #slice: ReadSlice
  /** What is left of a batch for a later turn. */
  #rest: Uint8Array | undefined
  /** What came of the same chunk behind the batch at hand. */
  #next: Uint8Array[] = []
  #isPaused = false
  #isResting = false

  constructor(inner: Transport, turns: TurnsOfReading) {
    this.#inner = inner
    this.#turns = turns
    this.#slice = new ReadSlice(turns)
    this.#isBinary = inner.serializer !== 'json'
  }

  get serializer(): Transport['serializer'] {
    return this.#inner.serializer
  }

  get maxSendBytes(): number {
    return this.#inner.maxSendBytes
  }

  get maxReceiveBytes(): number | undefined {
    return this.#inner.maxReceiveBytes
  }

  get info(): Transport['info'] {
    return this.#inner.info
  }

  get isWritable(): boolean {
    return this.#inner.isWritable
  }

  get pendingBytes(): number {
    return this.#length + this.#inner.pendingBytes
  }

  send(message: Uint8Array): void {
    if (!this.#isOpen) return
    const size = batchedSize(message.length, this.#isBinary)
    if (this.#length > 0 && this.#length + size > LARGEST_BATCH) this.#flush()
    this.#reserve(size)
    this.#length = writeBatched(message, this.#buffer, this.#length, this.#isBinary)
    if (this.#length >= LARGEST_BATCH) return this.#flush()
    if (this.#isScheduled) return
    this.#isScheduled = true
    queueMicrotask(() => {
      this.#isScheduled = false
      this.#flush()
    })
  }

  close(cause: CloseCause): void {
    this.#flush()
    this.#isOpen = false
    this.#dropRest()
    this.#inner.close(cause)
  }

  destroy(): void {
    this.#isOpen = false
    this.#dropRest()
    this.#length = 0
    this.#inner.destroy()
  }

  /** A batch is not longer than a message may be. */
  limit(octets: number | undefined): void {
    this.#inner.limit?.(octets)
  }

  pause(): void {
    this.#isPaused = true
    this.#inner.pause?.()
  }

  /** The rest of a batch is taken in a later turn, and before anything is read. */
  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    if (this.#rest === undefined || !this.#isOpen) this.#inner.resume?.()
    else this.#goOnLater()
  }

  onMessage(batch: Uint8Array): void {
    // What came of one chunk behind a batch that is not done yet; the socket is not read.
    if (this.#rest !== undefined) return void this.#next.push(batch.slice())
    this.#slice.begin()
    const taken = this.#take(batch)
    if (taken === batch.length || !this.#isOpen) return
    this.#rest = batch.slice(taken)
    this.#inner.pause?.()
    if (!this.#isPaused) this.#goOnLater()
  }

  /** Gives the messages of a batch to the owner, until it pauses or the slice is over; answers how many octets that were. */
  #take(batch: Uint8Array): number {
    let taken = 0
    try {
      for (const message of splitBatch(batch, this.#isBinary)) {
        if (!this.#isOpen) return taken
        taken += batchedSize(message.length, this.#isBinary)
        this.owner?.onMessage(message)
        if (this.#slice.isOver() || this.#isPaused) return taken
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.close('protocol_violation')
    }
    return taken
  }

  #goOnLater(): void {
    if (this.#isResting) return
    this.#isResting = true
    this.#turns.nextTurn(() => {
      this.#isResting = false
      this.#goOn()
    })
  }

  #goOn(): void {
    if (!this.#isOpen || this.#isPaused || this.#rest === undefined) return
    this.#slice.begin()
    const taken = this.#take(this.#rest)
    if (!this.#isOpen) return
    this.#rest = taken < this.#rest.length ? this.#rest.subarray(taken) : this.#next.shift()
    if (this.#isPaused) return
    if (this.#rest === undefined) this.#inner.resume?.()
    else this.#goOnLater()
  }

  #dropRest(): void {
    this.#rest = undefined
    this.#next = []
  }

  onWrongKind(): void {
    this.owner?.onWrongKind()
  }

  onOctets(octets: number): void {
    this.owner?.onOctets?.(octets)
  }

  onTooLong(): void {
    this.owner?.onTooLong?.()
  }

  onSilent(): void {
    if (this.owner?.onSilent === undefined) this.destroy()
    else this.owner.onSilent()
  }

  onFull(): void {
    this.owner?.onFull?.()
  }

  onDrain(): void {
    this.owner?.onDrain()
  }

  onClose(loss?: Loss): void {
    this.#isOpen = false
    this.#dropRest()
    this.#length = 0
    this.owner?.onClose(loss)
  }

  #reserve(octets: number): void {
    const needed = this.#length + octets
    if (needed <= this.#buffer.length) return
    const grown = new Uint8Array(Math.max(needed, FIRST_BUFFER, 2 * this.#buffer.length))
    grown.set(this.#buffer.subarray(0, this.#length))
    this.#buffer = grown
  }

  /** A silent connection keeps no buffer. */
  #flush(): void {
    if (this.#length === 0 || !this.#isOpen) return
    const batch = this.#buffer.subarray(0, this.#length)
    this.#buffer = new Uint8Array(0)
    this.#length = 0
    this.#inner.send(batch)
  }
}
