// A peer behind a transport: bytes in to messages, messages to bytes out through the outbox.

import type { EncodedMessage, Message, PayloadFormat, Serializer } from '@trunkline/protocol'
import { PayloadError, ProtocolError } from '@trunkline/protocol'
import type { ConnectionHost, Outgoing } from './connection.ts'
import { Connection } from './connection.ts'
import type { Counters } from '../core/counters.ts'
import type { OutboxTotal } from '../core/outbox.ts'
import type { OutboxOwner } from '../core/outbox.ts'
import { Outbox } from '../core/outbox.ts'
import type { CloseCause, Scheduler, SendOutcome, Transport, TransportInfo, TransportOwner } from '../core/ports.ts'

/** What a peer needs besides its transport. */
export interface NetworkPeerOptions {
  readonly host: ConnectionHost
  readonly serializer: Serializer
  readonly scheduler: Scheduler
  readonly counters: Counters
  /** Octets that may wait for this peer. */
  readonly outboxBytes: number
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
    this.#outbox = new Outbox(transport, options.outboxBytes, options.total, this)
    this.connection = new Connection(options.host, this)
  }

  get format(): PayloadFormat {
    return this.#serializer
  }

  get info(): TransportInfo {
    return this.#transport.info
  }

  send(message: Message): SendOutcome {
    if (this.#closing !== undefined) return 'closed'
    try {
      return this.#push(this.#serializer.encode(message), false)
    } catch (error) {
      return unencodable(error)
    }
  }

  sendEvent(event: EncodedMessage): SendOutcome {
    if (this.#closing !== undefined) return 'closed'
    try {
      return this.#push(event.bytesIn(this.#serializer), true)
    } catch (error) {
      return unencodable(error)
    }
  }

  close(cause: CloseCause, last?: Message): void {
    if (this.#closing !== undefined) return
    this.#closing = cause
    if (last !== undefined) this.#outbox.pushLast(this.#serializer.encode(last))
    if (this.#outbox.isEmpty) this.#transport.close(cause)
  }

  /** May be told in the middle of a delivery: the session leaves in a later turn. */
  onSlow(): void {
    this.#options.counters.slowConsumersClosed++
    this.#options.scheduler.defer(() => {
      // A connection that is closing already has nothing more to say: what it waited for will not be taken.
      if (this.#closing === undefined) this.connection.cutOff()
      else this.#transport.destroy()
    })
  }

  onStuck(): void {
    this.#transport.destroy()
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

  onClose(): void {
    this.#isClosed = true
    this.#closing ??= 'normal'
    this.#outbox.clear()
    this.connection.closed()
    this.#options.onGone(this)
  }

  #push(bytes: Uint8Array, isShared: boolean): SendOutcome {
    if (bytes.byteLength > this.#transport.maxSendBytes) return 'too_large'
    return this.#outbox.push(bytes, isShared) ? 'queued' : 'closed'
  }
}

function unencodable(error: unknown): SendOutcome {
  if (error instanceof PayloadError) return 'unencodable'
  throw error
}
