// A peer behind a transport: bytes in to messages, messages to bytes out through the outbox.

import type { EncodedMessage, Message, PayloadFormat, Serializer } from '@trunkline/protocol'
import { EMPTY_DICT, EVENT, GAP, INTERRUPT, INVOCATION, PayloadError, ProtocolError } from '@trunkline/protocol'
import type { ConnectionHost } from './connection.ts'
import { Connection } from './connection.ts'
import type { Outgoing } from './outgoing.ts'
import type { Counters } from '../core/counters.ts'
import type { OutboxKind, OutboxLimits, OutboxOwner, OutboxTotal } from '../core/outbox.ts'
import { Outbox } from '../core/outbox.ts'
import type {
  Backlog,
  CloseCause,
  Delivery,
  Log,
  Loss,
  Scheduler,
  SendOutcome,
  Transport,
  TransportInfo,
  TransportOwner,
} from '../core/ports.ts'

/** What a peer needs besides its transport. */
export interface NetworkPeerOptions {
  readonly host: ConnectionHost
  readonly serializer: Serializer
  readonly scheduler: Scheduler
  readonly counters: Counters
  readonly log: Log
  /** What may wait for this peer. */
  readonly outbox: OutboxLimits
  readonly total: OutboxTotal
  /** Called once, when the connection is gone. */
  readonly onGone: (peer: NetworkPeer) => void
}

export class NetworkPeer implements Outgoing, TransportOwner, OutboxOwner {
  readonly connection: Connection
  readonly #transport: Transport
  readonly #options: NetworkPeerOptions
  readonly #serializer: Serializer
  readonly #outbox: Outbox
  #closing: CloseCause | undefined
  #isClosed = false

  constructor(transport: Transport, options: NetworkPeerOptions) {
    this.#transport = transport
    this.#options = options
    this.#serializer = options.serializer
    this.#outbox = new Outbox(transport, options.outbox, options.total, this)
    this.connection = new Connection(options.host, this)
  }

  get format(): PayloadFormat {
    return this.#serializer
  }

  get info(): TransportInfo {
    return this.#transport.info
  }

  send(message: Message, isOffer?: boolean): SendOutcome {
    if (this.#closing !== undefined) return 'closed'
    try {
      return this.#push(this.#serializer.encode(message), kindOf(message.type, isOffer))
    } catch (error) {
      return unencodable(error)
    }
  }

  sendEvent(event: EncodedMessage, delivery?: Delivery, isOffer?: boolean): SendOutcome {
    if (this.#closing !== undefined) return 'closed'
    try {
      return this.#push(event.bytesIn(this.#serializer), isOffer === true ? 'offered_event' : 'event', delivery)
    } catch (error) {
      return unencodable(error)
    }
  }

  backlog(now: number): Backlog {
    return this.#outbox.backlog(now)
  }

  seal(): void {
    this.#outbox.seal()
  }

  /** Reads no more; answers whether the transport can. */
  pause(): boolean {
    this.#transport.pause?.()
    return this.#transport.pause !== undefined
  }

  resume(): void {
    this.#transport.resume?.()
  }

  close(cause: CloseCause, last?: Message): void {
    if (this.#closing !== undefined) return
    this.#closing = cause
    if (last !== undefined) this.#outbox.pushLast(this.#encodeLast(last))
    if (this.#outbox.isEmpty) this.#transport.close(cause)
  }

  /** May be told in the middle of a delivery: the session leaves in a later turn. */
  onSlow(cause: 'stall' | 'queue'): void {
    this.#options.counters.slowConsumersClosed++
    this.#options.scheduler.defer(() => {
      // A connection that is closing already has nothing more to say: what it waited for will not be taken.
      if (this.#closing === undefined) this.connection.cutOff(cause)
      else this.#transport.destroy()
    })
  }

  onStuck(): void {
    this.#transport.destroy()
  }

  onBacklog(bytes: number): void {
    this.#options.counters.slowConsumersWarned++
    this.#options.log.warn('slow consumer', { session: this.connection.session?.id, peer: this.info.peer, bytes })
  }

  onDropped(): void {
    this.#options.counters.eventsDropped++
  }

  onGap(subscription: number, missed: number): void {
    this.connection.missed(subscription, missed)
  }

  withGap(bytes: Uint8Array, gap: number): Uint8Array | undefined {
    const event = this.#serializer.decode(bytes)
    if (event.type !== EVENT) throw new Error('only an EVENT tells of a gap')
    const telling = this.#serializer.encode({ ...event, details: { ...event.details, [GAP]: gap } })
    return telling.byteLength > this.#transport.maxSendBytes ? undefined : telling
  }

  onMessage(bytes: Uint8Array): void {
    if (this.#closing !== undefined) return
    let message: Message
    try {
      message = this.#serializer.decode(bytes)
    } catch (error) {
      return this.connection.fail(error)
    }
    this.connection.receive(message)
  }

  onWrongKind(): void {
    const kind = this.#serializer.isBinary ? 'text' : 'binary'
    this.connection.fail(new ProtocolError(`a ${kind} message on subprotocol ${this.#serializer.subprotocol}`))
  }

  onDrain(): void {
    this.#outbox.drain()
    if (this.#closing !== undefined && this.#outbox.isEmpty && !this.#isClosed) this.#transport.close(this.#closing)
  }

  onClose(loss?: Loss): void {
    this.#isClosed = true
    this.#closing ??= 'normal'
    this.#outbox.clear()
    this.connection.closed(loss)
    this.#options.onGone(this)
  }

  /** A text too long for the peer is left out: bare, an ABORT has less than the 512 octets that every transport accepts. */
  #encodeLast(last: Message): Uint8Array {
    const bytes = this.#serializer.encode(last)
    if (bytes.byteLength <= this.#transport.maxSendBytes || !('details' in last)) return bytes
    return this.#serializer.encode({ ...last, details: EMPTY_DICT })
  }

  #push(bytes: Uint8Array, kind: OutboxKind, delivery?: Delivery): SendOutcome {
    if (bytes.byteLength > this.#transport.maxSendBytes) return 'too_large'
    return this.#outbox.push(bytes, kind, delivery)
  }
}

function kindOf(type: number, isOffer: boolean | undefined): OutboxKind {
  if (type === INTERRUPT) return 'interrupt'
  if (isOffer !== true) return 'reply'
  return type === INVOCATION ? 'call' : 'result'
}

function unencodable(error: unknown): SendOutcome {
  if (error instanceof PayloadError) return 'unencodable'
  throw error
}
