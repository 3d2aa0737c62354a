// Several messages in one WebSocket message, both ways. Only those who import `batched` carry it.

import type { Message } from '@trunkline/protocol'
import { ProtocolError } from '@trunkline/protocol'
import type { Wire } from './encoded-transport.ts'
import type { ClientSerializer, Receiver } from './transport.ts'
import type { AnyWebSocket } from './websocket-class.ts'

/** How a serializer's messages become batches. */
export interface Batching {
  readonly join: (messages: readonly Uint8Array[]) => Uint8Array<ArrayBuffer>
  /** @throws {ProtocolError} for octets that are no batch */
  readonly split: (batch: Uint8Array) => Iterable<Uint8Array>
}

/** What is sent in one turn leaves as one batch. */
export class BatchedWire implements Wire {
  readonly #socket: AnyWebSocket
  readonly #serializer: ClientSerializer
  readonly #join: Batching['join']
  #waiting: Uint8Array[] = []

  constructor(socket: AnyWebSocket, serializer: ClientSerializer, { join }: Batching) {
    this.#socket = socket
    this.#serializer = serializer
    this.#join = join
  }

  send(message: Message): void {
    if (this.#waiting.push(this.#serializer.encode(message).slice()) === 1) queueMicrotask(() => this.#flush())
  }

  close(): void {
    this.#flush()
    this.#socket.close(1000)
  }

  destroy(): void {
    this.#waiting = []
    if (this.#socket.terminate === undefined) this.#socket.close()
    else this.#socket.terminate()
  }

  #flush(): void {
    if (this.#waiting.length === 0) return
    const batch = this.#join(this.#waiting)
    this.#waiting = []
    this.#socket.send(this.#serializer.isBinary ? batch : new TextDecoder('utf-8', { ignoreBOM: true }).decode(batch))
  }
}

/** Hands over the messages of a batch; what is none is the router's fault. */
export function receiveBatch(transport: Receiver, data: string | ArrayBuffer, serializer: ClientSerializer, { split }: Batching): void {
  try {
    const octets = typeof data === 'string' ? new TextEncoder().encode(data) : new Uint8Array(data)
    for (const message of split(octets)) transport.receive(() => serializer.decode(message))
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    transport.fail(error)
  }
}
