// The half that all transports of encoded messages share: waiting for an owner, faults, and one end. Opens nothing.

import type { Message } from '@trunkline/protocol'
import { ProtocolError } from '@trunkline/protocol'
import type { ClientTransport, TransportCloseInfo, TransportOwner } from './transport.ts'

/** The connection under it. Must not call back in the same turn. */
export interface Wire {
  /** @throws {PayloadError} when the message cannot be encoded or is too long; nothing was sent */
  send(message: Message): void
  close(): void
  destroy(): void
}

/** A {@link ClientTransport} over a {@link Wire}, which feeds it by `receive`, `fail` and `end`. */
export class EncodedTransport implements ClientTransport {
  readonly #wire: Wire
  readonly #canSend: () => boolean
  #owner: TransportOwner | undefined
  #waiting: ((owner: TransportOwner) => void)[] = []
  #isOpen = true
  #isReading = true
  #hasEnded = false

  /** @param canSend whether what is sent would still leave */
  constructor(wire: Wire, canSend: () => boolean = () => true) {
    this.#wire = wire
    this.#canSend = canSend
  }

  get isOpen(): boolean {
    return this.#isOpen && this.#canSend()
  }

  attach(owner: TransportOwner): void {
    const isFirst = this.#owner === undefined
    this.#owner = owner
    if (isFirst && this.#waiting.length > 0) queueMicrotask(() => this.#deliverWaiting())
  }

  send(message: Message): void {
    if (this.#isOpen) this.#wire.send(message)
  }

  close(): void {
    if (!this.#isOpen) return
    this.#stop()
    this.#wire.close()
  }

  destroy(): void {
    this.#stop()
    this.#wire.destroy()
    // A browser's WebSocket cannot be cut: the owner is told now, whenever the connection really ends.
    queueMicrotask(() => this.end({ wasClean: false }))
  }

  /** An encoded message came; `decode` reads it. */
  receive(decode: () => Message): void {
    if (!this.#isReading) return
    let message: Message
    try {
      message = decode()
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      return this.fail(error)
    }
    this.#tell((owner) => owner.onMessage(message))
  }

  /** The router broke the framing or the serializer's rules. */
  fail(error: ProtocolError): void {
    if (!this.#isReading) return
    this.#isReading = false
    this.#tell((owner) => owner.onProtocolError(error))
  }

  /** The connection is gone. Only the first call counts. */
  end(info: TransportCloseInfo): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#stop()
    this.#tell((owner) => owner.onClose(info))
  }

  #stop(): void {
    this.#isOpen = false
    this.#isReading = false
  }

  #tell(news: (owner: TransportOwner) => void): void {
    if (this.#owner === undefined || this.#waiting.length > 0) this.#waiting.push(news)
    else news(this.#owner)
  }

  #deliverWaiting(): void {
    for (let news = this.#waiting[0]; news !== undefined && this.#owner !== undefined; news = this.#waiting[0]) {
      news(this.#owner)
      this.#waiting.shift()
    }
  }
}
