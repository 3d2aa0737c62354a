// What the connections of all stream transports have in common: the life of a socket as a Transport, its owner, its
// write batch and its deadlines. Never knows a frame.

import type { Socket } from 'node:net'

import type { SerializerName } from '@trunkline/protocol'

import type { Accept, CloseCause, Loss, Place, Transport, TransportInfo, TransportOwner } from '../core/ports/index.ts'
import type { Connections, Sweepable } from './connections.ts'
import type { SocketUser } from './socket-events.ts'
import { bindSocket } from './socket-events.ts'
import type { WriteScheduler } from './write-batch.ts'
import { WriteBatch } from './write-batch.ts'

/** What the connections of one listener share. */
export interface ConnectionContext {
  readonly accept: Accept
  readonly onError: (error: unknown) => void
  readonly connections: Connections
  readonly scheduler: WriteScheduler
  readonly maxMessageBytes: number
  /** How many ticks a closed connection may linger. */
  readonly closeTicks: number
}

/** What a connection is known by from its first moment. */
export interface ConnectionTraits {
  readonly serializer: SerializerName
  readonly maxSendBytes: number
  readonly info: TransportInfo
}

/** Who reads more slowly than that is not waited for: what the kernel took may be on the way for as long. */
const LEAST_OCTETS_A_SECOND = 32_768
/** About what a kernel takes for a peer that does not. */
const MOST_ON_THE_WAY = 4_194_304

/** TLS completes every write later, so that a little waiting does not mean that the peer is slow. */
const TLS_SLACK_OCTETS = 65_536

export abstract class StreamConnection implements Transport, SocketUser, Sweepable {
  readonly serializer: SerializerName
  readonly maxSendBytes: number
  readonly info: TransportInfo
  protected readonly batch: WriteBatch
  protected readonly context: ConnectionContext
  readonly #socket: Socket
  #owner: TransportOwner | undefined
  #isOpen = true
  #isPaused = false
  /** What `limit` says. */
  #limit: number | undefined
  #loss: Loss | undefined
  #silentTicks = 0
  #closingTicks = 0
  /** Octets that the kernel had taken at the last tick, and of those what may not have reached the peer yet. */
  #takenThen = 0
  #onTheWay = 0
  #wasFull = false

  constructor(socket: Socket, traits: ConnectionTraits, context: ConnectionContext) {
    this.serializer = traits.serializer
    this.maxSendBytes = traits.maxSendBytes
    this.info = traits.info
    this.context = context
    this.#socket = socket
    this.batch = new WriteBatch(socket, context.scheduler, traits.info.tls === undefined ? 0 : TLS_SLACK_OCTETS, this)
  }

  abstract send(message: Uint8Array): void

  /** Takes octets while the connection is open or lingers. May throw what the owner throws. */
  protected abstract receive(chunk: Uint8Array): void

  /** Writes what the protocol says at the end; answers whether the peer is to answer it before the socket is ended. */
  protected abstract sayGoodbye(cause: CloseCause): boolean

  /** A second or so has passed in which the peer was silent for the given number of ticks. */
  protected abstract onSilence(ticks: number): void

  /** The frames held back while the peer did not read may go now. */
  protected abstract onWritableAgain(): void

  /**
   * Takes the socket over and hands the connection to its owner.
   * @param head octets that came already
   * @param place among those that have not logged in
   */
  open(head: Uint8Array, place: Place | undefined): void {
    bindSocket(this.#socket, this)
    this.context.connections.add(this)
    try {
      this.#owner = this.context.accept(this, place)
    } catch (error) {
      place?.leave()
      this.#fail(error)
      return
    }
    if (head.length > 0) this.#take(head)
  }

  get maxReceiveBytes(): number {
    return this.context.maxMessageBytes
  }

  get isWritable(): boolean {
    return this.#isOpen && !this.batch.isFull
  }

  protected get isOpen(): boolean {
    return this.#isOpen
  }

  limit(octets: number | undefined): void {
    const { maxMessageBytes } = this.context
    this.#limit = octets
    this.setMostOctets(octets === undefined ? maxMessageBytes : Math.min(octets, maxMessageBytes))
  }

  /** Messages may be so long from now on. */
  protected abstract setMostOctets(octets: number): void

  pause(): void {
    if (!this.#isOpen) return
    this.#isPaused = true
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#socket.resume()
  }

  close(cause: CloseCause): void {
    if (!this.#isOpen) return
    this.resume() // The answer to what is said now must be read.
    this.#isOpen = false
    if (this.sayGoodbye(cause)) this.batch.flush()
    else this.finish()
  }

  destroy(): void {
    this.#isOpen = false
    this.#socket.destroy()
  }

  /**
   * Ends the connection for what the peer did: said goodbye itself (no cause) or broke a rule. What was queued goes out
   * before. The owner is told at once: nothing can pass any more.
   */
  protected end(cause: CloseCause | undefined): void {
    if (this.#isOpen && cause !== undefined) this.sayGoodbye(cause)
    this.#isOpen = false
    this.finish()
    this.#tellClosed()
  }

  /** Sends what is queued and ends our direction; what still comes is read and ignored until the peer ends too. */
  protected finish(): void {
    this.batch.finish()
    this.#socket.end()
  }

  /** Sends what is queued and closes the socket; for a peer from which nothing more can come. */
  protected finishAndClose(): void {
    this.finish()
    this.#socket.destroySoon()
  }

  protected deliver(message: Uint8Array): void {
    if (this.#isOpen) this.#owner?.onMessage(message)
  }

  /** The peer broke the framing: its end is said by the owner where that set the limit that was passed, else here. */
  protected endFaulty(cause: CloseCause): void {
    if (this.#isOpen && this.#limit !== undefined && cause === 'too_large') this.#owner?.onTooLong?.()
    this.end(cause)
  }

  protected deliverWrongKind(): void {
    if (this.#isOpen) this.#owner?.onWrongKind()
  }

  onOctets(chunk: Buffer): void {
    this.#silentTicks = 0
    this.#take(chunk)
  }

  onEnd(): void {
    this.#isOpen = false
    this.batch.finish()
    // TLS says at the end that it is the end.
    if (this.batch.waitingOctets === 0 && this.info.tls === undefined) this.#socket.destroy()
    else this.finishAndClose()
    this.#tellClosed()
  }

  onBroken(code: string | undefined): void {
    // What TCP keepalive found out.
    if (code === 'ETIMEDOUT') this.#loss = 'silence'
  }

  onGone(): void {
    this.#isOpen = false
    this.context.connections.remove(this)
    this.#tellClosed()
  }

  onTick(): void {
    if (!this.#isOpen) {
      this.#closingTicks += 1
      if (this.#closingTicks > this.context.closeTicks) this.#socket.destroy()
      return
    }
    if (this.#isPaused) return // It is silent by our will.
    if (this.#isSending()) return // It can say nothing before what is on the way has come through.
    this.#silentTicks += 1
    this.onSilence(this.#silentTicks)
  }

  get pendingBytes(): number {
    return this.batch.waitingOctets
  }

  onBatchFull(): void {
    if (this.#isOpen) this.#owner?.onFull?.()
  }

  onBatchDrained(): void {
    if (!this.#isOpen) return
    this.onWritableAgain()
    try {
      this.#owner?.onDrain()
    } catch (error) {
      this.#fail(error)
    }
  }

  /**
   * Whether octets are leaving, which is a sign of life like octets that come: the kernel takes some of what it had no room for,
   * or what it has taken may be on the way over a slow link. A PING would stand behind them.
   */
  #isSending(): boolean {
    const taken = (this.#socket.bytesWritten || 0) - this.#socket.writableLength
    const moved = Math.max(0, taken - this.#takenThen)
    const hasMoved = this.#wasFull && moved > 0
    const gone = (LEAST_OCTETS_A_SECOND * this.context.connections.tickMs) / 1_000
    this.#takenThen = taken
    this.#wasFull = this.batch.isFull
    this.#onTheWay = Math.max(0, Math.min(MOST_ON_THE_WAY, this.#onTheWay + moved - gone))
    if (hasMoved) this.#silentTicks = 0
    return hasMoved || this.#onTheWay > 0
  }

  /** Nothing came for too long: the owner may say so before the connection is closed. */
  protected giveUp(): void {
    this.#loss = 'silence'
    if (this.batch.isFull || this.#owner?.onSilent === undefined) return this.destroy()
    try {
      this.#owner.onSilent()
    } catch (error) {
      this.#fail(error)
    }
  }

  #take(chunk: Uint8Array): void {
    try {
      if (this.#limit !== undefined) this.#owner?.onOctets?.(chunk.length)
      this.receive(chunk)
    } catch (error) {
      this.#fail(error)
    }
  }

  #tellClosed(): void {
    const owner = this.#owner
    this.#owner = undefined
    try {
      owner?.onClose(this.#loss)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Our side threw: this connection ends, the others go on. */
  #fail(error: unknown): void {
    this.destroy()
    this.context.onError(error)
  }
}
