// What the connections of all stream transports have in common: the life of a socket as a Transport, its owner, its
// write batch, its deadlines and its turns in reading. Never knows a frame.

import type { Socket } from 'node:net'

import type { SerializerName } from '@trunkline/protocol'

import type { Accept, CloseCause, Loss, Place, Transport, TransportInfo, TransportOwner } from '../core/ports/index.ts'
import type { Connections, Sweepable } from './connections.ts'
import type { Reading, ReadTurns } from './read-turns.ts'
import { ReadTurn } from './read-turns.ts'
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
  readonly turns: ReadTurns
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

/** What makes frames of octets, and hands them out. */
export interface FrameReader {
  /** Takes the next octets; answers how many. It is all of them, unless it is held meanwhile. May throw what the owner throws. */
  receive(chunk: Uint8Array): number
  /** Hands out nothing more until {@link release}, also not of the octets at hand. */
  hold(): void
  release(): void
  /** Hands out nothing more at all. */
  stop(): void
  /** Messages may be so long from now on. */
  limit(octets: number): void
}

/** Who reads more slowly than that is not waited for: what the kernel took may be on the way for as long. */
const LEAST_OCTETS_A_SECOND = 32_768
/** About what a kernel takes for a peer that does not. */
const MOST_ON_THE_WAY = 4_194_304

/** TLS completes every write later, so that a little waiting does not mean that the peer is slow. */
const TLS_SLACK_OCTETS = 65_536

export abstract class StreamConnection implements Transport, SocketUser, Sweepable, Reading {
  readonly serializer: SerializerName
  readonly maxSendBytes: number
  readonly info: TransportInfo
  protected readonly batch: WriteBatch
  protected readonly context: ConnectionContext
  protected abstract readonly reader: FrameReader
  readonly #socket: Socket
  readonly #turn: ReadTurn
  #owner: TransportOwner | undefined
  #isOpen = true
  /** By the owner. */
  #isPaused = false
  /** For the turn in which reading goes on. */
  #isWaiting = false
  /** What is left of the octets that came, while nothing is handed out. */
  #rest: Uint8Array | undefined
  /** The peer has sent all, and some of it is not handed out yet. */
  #hasEnded = false
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
    this.#turn = new ReadTurn(context.turns, this)
    this.batch = new WriteBatch(socket, context.scheduler, traits.info.tls === undefined ? 0 : TLS_SLACK_OCTETS, this)
  }

  abstract send(message: Uint8Array): void

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
    this.reader.limit(octets === undefined ? maxMessageBytes : Math.min(octets, maxMessageBytes))
  }

  pause(): void {
    if (!this.#isOpen) return
    this.#isPaused = true
    this.#hold()
  }

  /** What is left of the octets that came is handed out in a later turn, before anything else is read. */
  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    if (this.#isWaiting) return
    if (this.#rest !== undefined || this.#hasEnded) return this.#wait()
    this.reader.release()
    this.#socket.resume()
  }

  goOn(): void {
    this.#isWaiting = false
    if (this.#isPaused) return
    const rest = this.#rest
    this.#rest = undefined
    this.reader.release()
    if (rest !== undefined) this.#read(rest)
    if (this.#isHeld || this.#socket.destroyed) return
    if (this.#hasEnded) this.#endReading()
    else this.#socket.resume()
  }

  get #isHeld(): boolean {
    return this.#isPaused || this.#isWaiting
  }

  #hold(): void {
    this.reader.hold()
    this.#socket.pause()
  }

  #wait(): void {
    this.#isWaiting = true
    this.#hold()
    this.#turn.wait()
  }

  close(cause: CloseCause): void {
    if (!this.#isOpen) return
    this.resume() // The answer to what is said now must be read.
    this.#isOpen = false
    if (this.sayGoodbye(cause)) return this.batch.flush()
    this.reader.stop()
    this.finish()
  }

  destroy(): void {
    this.#isOpen = false
    this.#drop()
    this.#socket.destroy()
  }

  #drop(): void {
    this.#rest = undefined
    this.reader.stop()
    this.#turn.leave()
  }

  /**
   * Ends the connection for what the peer did: said goodbye itself (no cause) or broke a rule. What was queued goes out
   * before. The owner is told at once: nothing can pass any more.
   */
  protected end(cause: CloseCause | undefined): void {
    if (this.#isOpen && cause !== undefined) this.sayGoodbye(cause)
    this.#isOpen = false
    this.reader.stop()
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
    if (!this.#isOpen) return
    this.#owner?.onMessage(message)
    this.count()
  }

  /** Counts what the peer caused: when it is much, what is left waits for a turn of its own. */
  protected count(): void {
    if (this.#turn.isOver() && this.#isOpen) this.#wait()
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
    if (this.#isHeld) this.#hasEnded = true
    else this.#endReading()
  }

  #endReading(): void {
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
    this.#drop()
    this.context.connections.remove(this)
    this.#tellClosed()
  }

  onTick(): void {
    if (!this.#isOpen) {
      this.#closingTicks += 1
      if (this.#closingTicks > this.context.closeTicks) this.#socket.destroy()
      return
    }
    if (this.#isHeld) return // It is silent by our will.
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
    } catch (error) {
      return this.#fail(error)
    }
    if (this.#isHeld) this.#rest = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk])
    else this.#read(chunk)
  }

  #read(chunk: Uint8Array): void {
    this.#turn.begin()
    try {
      const taken = this.reader.receive(chunk)
      if (taken < chunk.length) this.#rest = chunk.subarray(taken)
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
