// What the connections of all stream transports have in common: the life of a socket as a Transport, its owner, its write
// batch, its deadlines and its reading turns. Knows no frames.

import type { Socket } from 'node:net'

import type { SerializerName } from '@trunkline/protocol'

import type { Accept, CloseCause, Loss, Place, Transport, TransportInfo, TransportOwner } from '../core/ports/index.ts'
import { UNIX } from './address-list.ts'
import type { Connections, Sweepable } from './connections.ts'
import type { FrameReader } from './frame-reader.ts'
import type { InputHolder } from './held-input.ts'
import { HeldInput } from './held-input.ts'
import type { ListenerOptions } from './listener.ts'
import type { Reading, ReadTurns } from './read-turns.ts'
import { ReadTurn } from './read-turns.ts'
import type { SocketUser } from './socket-events.ts'
import { bindSocket } from './socket-events.ts'
import { Transit } from './transit.ts'
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
  /** Gives a place to a closed connection that lingers. */
  readonly linger: ListenerOptions['linger']
}

/** What is known of a connection from its first moment. */
export interface ConnectionTraits {
  readonly serializer: SerializerName
  readonly maxSendBytes: number
  readonly info: TransportInfo
}

/** TLS completes every write later, so that a few pending octets do not mean that the peer is slow. */
const TLS_SLACK_OCTETS = 65_536

export abstract class StreamConnection implements Transport, SocketUser, Sweepable, Reading, InputHolder {
  readonly serializer: SerializerName
  readonly maxSendBytes: number
  readonly info: TransportInfo
  protected readonly batch: WriteBatch
  protected readonly context: ConnectionContext
  protected abstract readonly reader: FrameReader
  readonly #socket: Socket
  readonly #turn: ReadTurn
  readonly #held: HeldInput
  #owner: TransportOwner | undefined
  #isOpen = true
  /** Whether the owner has paused it. */
  #isPaused = false
  /** Whether it waits for its next reading turn. */
  #isWaiting = false
  /** A long message that waits for its turn, before the rest. */
  #kept: Uint8Array | undefined
  /** The rest of the octets that came, while delivery is held. */
  #rest: Uint8Array | undefined
  /** The peer has ended its stream, and some of its octets are not delivered yet. */
  #hasEnded = false
  /** The limit that the owner set. */
  #limit: number | undefined
  #loss: Loss | undefined
  #silentTicks = 0
  #closingTicks = 0
  readonly #transit = new Transit()
  /** The place of the socket, since the connection has ended. */
  #lingering: Place | undefined

  constructor(socket: Socket, traits: ConnectionTraits, context: ConnectionContext) {
    this.serializer = traits.serializer
    this.maxSendBytes = traits.maxSendBytes
    this.info = traits.info
    this.context = context
    this.#socket = socket
    this.#turn = new ReadTurn(context.turns, this)
    this.#held = new HeldInput(context.turns.held, this)
    this.batch = new WriteBatch(socket, context.scheduler, traits.info.tls === undefined ? 0 : TLS_SLACK_OCTETS, this)
  }

  abstract send(message: Uint8Array): void

  /** Writes the closing frame, if the protocol has one; returns whether the peer has to answer before the socket is ended. */
  protected abstract sendClose(cause: CloseCause): boolean

  /** Called each tick while the peer is silent, with the number of ticks so far. */
  protected abstract onSilence(ticks: number): void

  /** Sends frames that were held back while the peer did not read. */
  protected abstract onWritableAgain(): void

  /**
   * Takes the socket over and passes the connection to its owner.
   * @param head octets that have already come
   * @param place its place among connections before login
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

  get holder(): string {
    return this.#owner?.holder ?? this.info.peer
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

  /** Delivers the rest of the octets that came in a later turn, before it reads more. */
  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    if (this.#isWaiting) return
    if (this.#kept !== undefined || this.#rest !== undefined || this.#hasEnded) return this.#wait()
    this.reader.release()
    this.#socket.resume()
  }

  goOn(): void {
    this.#isWaiting = false
    if (this.#isPaused) return
    this.reader.release()
    this.#takeKept()
    if (!this.#isHeld) this.#takeRest()
    if (this.#isHeld || this.#socket.destroyed) return
    if (this.#hasEnded) this.#endReading()
    else this.#socket.resume()
  }

  #takeKept(): void {
    const kept = this.#kept
    this.#kept = undefined
    if (kept === undefined) return
    this.#turn.begin()
    try {
      this.#handOn(kept)
      this.#countHeld()
    } catch (error) {
      this.#fail(error)
    }
  }

  #takeRest(): void {
    const rest = this.#rest
    this.#rest = undefined
    if (rest !== undefined) this.#read(rest)
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
    this.#turn.wait(this.#kept)
  }

  close(cause: CloseCause): void {
    if (!this.#isOpen) return
    this.resume() // The answer to the closing frame must be read.
    this.#isOpen = false
    if (this.sendClose(cause)) {
      this.batch.flush()
    } else {
      this.reader.stop()
      this.finish()
    }
    this.#linger()
  }

  destroy(): void {
    this.#isOpen = false
    this.#drop()
    this.#socket.destroy()
  }

  #drop(): void {
    this.#kept = undefined
    this.#rest = undefined
    this.reader.stop()
    this.#held.set(0)
    this.#turn.leave()
  }

  giveUp(): void {
    this.#owner?.onTooMuchHeld?.()
    this.end('policy')
    this.#held.set(0)
  }

  /**
   * Ends the connection because the peer closed it (no cause) or broke a rule. What was queued is sent before. The owner is
   * notified at once: no message can pass any more.
   */
  protected end(cause: CloseCause | undefined): void {
    if (this.#isOpen && cause !== undefined) this.sendClose(cause)
    this.#isOpen = false
    this.reader.stop()
    this.finish()
    this.#notifyClosed()
    this.#linger()
  }

  /** The socket counts until it is closed; others of its network, and of all, may need its place before. */
  #linger(): void {
    const { linger, closeTicks } = this.context
    if (linger === undefined || this.#lingering !== undefined || this.#socket.destroyed) return
    const place = linger(this.info.address ?? UNIX)
    if ('limit' in place) {
      this.#closingTicks = closeTicks
      return this.finishAndClose()
    }
    this.#lingering = place
    place.yieldBy(() => this.#socket.destroy())
    if (this.info.tls !== undefined && place.beginTls() !== undefined) this.#socket.destroy()
  }

  /** Sends what is queued and ends the router's direction; what still comes is read and ignored until the peer ends too. */
  protected finish(): void {
    this.batch.finish(() => this.#socket.end())
  }

  /** Sends what is queued and closes the socket; for a peer that can send nothing more. */
  protected finishAndClose(): void {
    this.batch.finish(() => this.#socket.destroySoon())
  }

  protected deliver(message: Uint8Array): void {
    if (!this.#isOpen) return this.count()
    if (this.#turn.mayTake(message)) return this.#handOn(message)
    this.#kept = message
    this.#wait()
  }

  #handOn(message: Uint8Array): void {
    if (!this.#isOpen) return
    this.#owner?.onMessage(message)
    this.count()
  }

  /** Counts work that the peer caused, also when only its closing frame is awaited: after much of it, the rest waits for the next reading turn. */
  protected count(): void {
    if (this.#turn.isOver() && !this.#socket.destroyed) this.#wait()
  }

  /** The peer broke the framing. Where the owner set the limit that was exceeded, the owner sends the reason, else the transport. */
  protected endFaulty(cause: CloseCause): void {
    if (this.#isOpen && this.#limit !== undefined && cause === 'too_large') this.#owner?.onTooLong?.()
    this.end(cause)
  }

  protected deliverWrongKind(): void {
    if (this.#isOpen) this.#owner?.onWrongKind()
    this.count()
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
    this.batch.flush()
    // TLS sends a closing alert first.
    if (this.batch.waitingOctets === 0 && this.info.tls === undefined) this.#socket.destroy()
    else this.finishAndClose()
    this.#notifyClosed()
    this.#linger()
  }

  onBroken(code: string | undefined): void {
    // TCP keepalive had no answer.
    if (code === 'ETIMEDOUT') this.#loss = 'silence'
  }

  onGone(): void {
    this.#isOpen = false
    this.#drop()
    this.context.connections.remove(this)
    this.#lingering?.leave()
    this.#notifyClosed()
  }

  onTick(): void {
    if (!this.#isOpen) {
      this.#closingTicks += 1
      if (this.#closingTicks > this.context.closeTicks) this.#socket.destroy()
      return
    }
    const isSending = this.#isSending()
    if (this.#isHeld) return // It is silent because the router does not read.
    if (isSending) return // It can answer only after octets in transit have arrived.
    this.#silentTicks += 1
    this.onSilence(this.#silentTicks)
  }

  get pendingBytes(): number {
    return this.batch.waitingOctets
  }

  get octetsOnTheWay(): number {
    return this.#transit.octets
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

  /** Whether octets are leaving, which is a sign of life like incoming ones. A PING would queue behind them. */
  #isSending(): boolean {
    const taken = (this.#socket.bytesWritten || 0) - this.#socket.writableLength
    const hasMoved = this.#transit.look(taken, this.batch.isFull, this.context.connections.tickMs)
    if (hasMoved) this.#silentTicks = 0
    return hasMoved || this.#transit.octets > 0
  }

  /** Nothing has come for too long: the owner may send a reason before the connection is closed. */
  protected endSilent(): void {
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
      this.#countHeld()
    } catch (error) {
      this.#fail(error)
    }
  }

  #countHeld(): void {
    this.#held.set(this.reader.heldOctets + (this.#kept?.length ?? 0))
  }

  #notifyClosed(): void {
    const owner = this.#owner
    this.#owner = undefined
    try {
      owner?.onClose(this.#loss)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Code of the router threw: this connection ends, the others continue. */
  #fail(error: unknown): void {
    this.destroy()
    this.context.onError(error)
  }
}
