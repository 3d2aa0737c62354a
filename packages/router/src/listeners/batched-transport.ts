// A WebSocket whose messages are batches (specification: "Batched WebSocket Transport"), as a transport of single messages:
// what is sent in one turn leaves as one batch. Never looks into a message.

import { batchedSize, LARGE_MESSAGE, ProtocolError, splitBatch, writeBatched } from '@trunkline/protocol'
import type { Accept, CloseCause, Loss, Transport, TransportOwner } from '../core/ports/index.ts'
import { largeBatch } from './large-batches.ts'
import type { InputHolder } from './held-input.ts'
import { HeldInput } from './held-input.ts'
import type { Reading, ReadTurns } from './read-turns.ts'
import { ReadTurn } from './read-turns.ts'

/** A batch that has grown to this many octets leaves at once. */
const LARGEST_BATCH = 65_536
const FIRST_BUFFER = 1_024

/**
 * Wraps `accept`, so that a connection with batches looks like one with single messages.
 * @param onError gets errors that the owner threw in a later turn, after its connection was destroyed
 */
export function acceptBatched(accept: Accept, turns: ReadTurns, onError: (error: unknown) => void): Accept {
  return (transport, place) => {
    const batched = new BatchedTransport(transport, turns, onError)
    batched.owner = accept(batched, place)
    return batched
  }
}

class BatchedTransport implements Transport, TransportOwner, Reading, InputHolder {
  readonly #inner: Transport
  readonly #isBinary: boolean
  owner: TransportOwner | undefined
  #buffer = new Uint8Array(0)
  #length = 0
  #isOpen = true
  #isScheduled = false
  readonly #turn: ReadTurn
  readonly #held: HeldInput
  readonly #onError: (error: unknown) => void
  /** The rest of a batch that is not delivered yet. */
  #rest: Iterator<Uint8Array> | undefined
  #isPaused = false

  constructor(inner: Transport, turns: ReadTurns, onError: (error: unknown) => void) {
    this.#inner = inner
    this.#turn = new ReadTurn(turns, this)
    this.#held = new HeldInput(turns.held, this)
    this.#onError = onError
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

  get holder(): string {
    return this.owner?.holder ?? this.info.peer
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

  get octetsOnTheWay(): number {
    return this.#inner.octetsOnTheWay ?? 0
  }

  send(message: Uint8Array): void {
    if (!this.#isOpen) return
    if (message.length >= LARGE_MESSAGE) {
      this.#flush()
      return this.#inner.send(largeBatch(message, this.#isBinary))
    }
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

  /** The limit of a message also bounds a batch. */
  limit(octets: number | undefined): void {
    this.#inner.limit?.(octets)
  }

  pause(): void {
    this.#isPaused = true
    this.#inner.pause?.()
  }

  /** Delivers the rest of a batch in a later turn, before anything else. */
  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    if (this.#rest === undefined || !this.#isOpen) this.#inner.resume?.()
    else this.#turn.wait()
  }

  onMessage(batch: Uint8Array): void {
    let taken = 0
    this.#turn.begin()
    try {
      for (const message of splitBatch(batch, this.#isBinary)) {
        if (!this.#isOpen) return
        taken += batchedSize(message.length, this.#isBinary)
        this.owner?.onMessage(message)
        if (this.#turn.isOver() || this.#isPaused) break
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      return this.close('protocol_violation')
    }
    if (taken < batch.length && this.#isOpen) this.#keep(batch.slice(taken))
  }

  #keep(rest: Uint8Array): void {
    this.#rest = splitBatch(rest, this.#isBinary)[Symbol.iterator]()
    this.#inner.pause?.()
    if (!this.#isPaused) this.#turn.wait()
    this.#held.set(rest.length)
  }

  giveUp(): void {
    this.owner?.onTooMuchHeld?.()
    this.destroy()
  }

  goOn(): void {
    try {
      this.#takeRest()
    } catch (error) {
      this.destroy()
      this.#onError(error)
    }
  }

  #takeRest(): void {
    while (this.#rest !== undefined && !this.#isPaused) {
      const { value, done } = this.#rest.next()
      if (done === true) {
        this.#rest = undefined
        this.#held.set(0)
        return this.#inner.resume?.()
      }
      this.owner?.onMessage(value)
      if (this.#turn.isOver() && this.#rest !== undefined) return this.#turn.wait()
    }
  }

  #dropRest(): void {
    this.#rest = undefined
    this.#held.set(0)
    this.#turn.leave()
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

  onTooMuchHeld(): void {
    this.owner?.onTooMuchHeld?.()
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
