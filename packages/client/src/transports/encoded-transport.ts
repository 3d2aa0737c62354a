// The shared part of all transports of encoded messages: keeping messages until there is an owner, faults, and a single end.

import type { Message } from '@trunkline/protocol'
import { PAYLOAD_SIZE_EXCEEDED, PayloadError, ProtocolError } from '@trunkline/protocol'
import type { ClientTransport, TransportCloseInfo, TransportOwner, Wire } from './transport.ts'

/** A {@link ClientTransport} over a {@link Wire}, which feeds it by `receive`, `fail` and `end`. */
export class EncodedTransport implements ClientTransport {
  readonly #wire: Wire
  readonly #canSend: () => boolean
  /** The longest message that the router accepts, as far as it is known. */
  #most: number
  #owner: TransportOwner | undefined
  #waiting: ((owner: TransportOwner) => void)[] = []
  #isOpen = true
  #isReading = true
  #hasEnded = false

  /** @param canSend whether the connection would still send a message */
  constructor(wire: Wire, canSend: () => boolean = () => true, most = Infinity) {
    this.#wire = wire
    this.#canSend = canSend
    this.#most = most
  }

  get isOpen(): boolean {
    return this.#isOpen && this.#canSend()
  }

  limit(octets: number): void {
    if (octets < this.#most) this.#most = octets
  }

  attach(owner: TransportOwner): void {
    const isFirst = this.#owner === undefined
    this.#owner = owner
    if (isFirst && this.#waiting.length > 0) queueMicrotask(() => this.#deliverWaiting())
  }

  send(message: Message): void {
    if (!this.#isOpen) return
    const encoded = this.#wire.encode(message)
    // A character has at most three octets.
    if (encoded.length * 3 > this.#most) checkLength(encoded, this.#most)
    this.#wire.send(encoded, this.#most)
  }

  close(): void {
    if (!this.#isOpen) return
    this.#stop()
    this.#wire.close()
  }

  destroy(): void {
    this.#stop()
    this.#wire.destroy()
    // A browser's WebSocket cannot be cut: the owner is notified now, even if the connection ends later.
    queueMicrotask(() => this.end({ wasClean: false }))
  }

  receive<Encoded>(encoded: Encoded, decode: (encoded: Encoded) => Message): void {
    if (!this.#isReading) return
    let message: Message
    try {
      message = decode(encoded)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      return this.fail(error)
    }
    // Every message passes here: no closure for it.
    if (this.#owner !== undefined && this.#waiting.length === 0) this.#owner.onMessage(message)
    else this.#tell((owner) => owner.onMessage(message))
  }

  /** The router broke the framing or the serializer's rules. */
  fail(error: ProtocolError): void {
    if (!this.#isReading) return
    this.#isReading = false
    this.#tell((owner) => owner.onProtocolError(error))
  }

  /** Notifies the owner of the end of the connection. Only the first call has an effect. */
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

function checkLength(encoded: string | Uint8Array, most: number): void {
  const { length } = typeof encoded === 'string' ? new TextEncoder().encode(encoded) : encoded
  if (length > most)
    throw new PayloadError(`a message of ${length} octets is too long: the router takes ${most}`, { uri: PAYLOAD_SIZE_EXCEEDED })
}
