// A WebSocket whose messages are batches (specification: "Batched WebSocket Transport"), as a transport of single messages:
// what is sent in one turn leaves as one batch. Never looks into a message.

import { batchedSize, ProtocolError, splitBatch, writeBatched } from '@trunkline/protocol'
import type { Accept, CloseCause, Loss, Transport, TransportOwner } from '../core/ports.ts'

/** A batch that has grown to so many octets leaves at once. */
const LARGEST_BATCH = 65_536
const FIRST_BUFFER = 1_024

/** Accepts a connection that carries batches as one that carries messages. */
export function acceptBatched(accept: Accept): Accept {
  return (transport) => {
    const batched = new BatchedTransport(transport)
    batched.owner = accept(batched)
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

  constructor(inner: Transport) {
    this.#inner = inner
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
    this.#inner.close(cause)
  }

  destroy(): void {
    this.#isOpen = false
    this.#length = 0
    this.#inner.destroy()
  }

  /** A batch is not longer than a message may be. */
  limit(octets: number | undefined): void {
    this.#inner.limit?.(octets)
  }

  pause(): void {
    this.#inner.pause?.()
  }

  resume(): void {
    this.#inner.resume?.()
  }

  onMessage(batch: Uint8Array): void {
    let messages: Iterable<Uint8Array>
    try {
      messages = splitBatch(batch, this.#isBinary)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      return this.close('protocol_violation')
    }
    for (const message of messages) {
      if (!this.#isOpen) return
      this.owner?.onMessage(message)
    }
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
