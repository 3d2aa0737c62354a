// Several messages in one WebSocket message, both ways. Only bundles that import `batched` contain it.

import type { Message } from '@trunkline/protocol'
import { ProtocolError } from '@trunkline/protocol'
import type { MessageSocket } from './message-socket.ts'
import type { ClientSerializer, Receiver, Wire } from './transport.ts'

/** The functions that make and split batches. */
export interface Batching {
  readonly join: (messages: readonly Uint8Array[]) => Uint8Array<ArrayBuffer>
  /** @throws {ProtocolError} for octets that are not a batch */
  readonly split: (batch: Uint8Array) => Iterable<Uint8Array>
}

/** Joins batches into one. */
export function concat(batches: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(batches.reduce((octets, { length }) => octets + length, 0))
  batches.reduce((at, each) => {
    whole.set(each, at)
    return at + each.length
  }, 0)
  return whole
}

/** The number of batches, at least one, that together have at most `most` octets. */
export function countWithin(batches: readonly Uint8Array[], most: number): number {
  let octets = 0
  const count = batches.findIndex(({ length }) => (octets += length) > most)
  return count < 0 ? batches.length : Math.max(count, 1)
}

/** Sends the messages of one turn as one batch, or as several where one would be too long. */
export class BatchedWire implements Wire {
  readonly #socket: MessageSocket
  readonly #serializer: ClientSerializer
  readonly #join: Batching['join']
  #waiting: Uint8Array<ArrayBuffer>[] = []
  #most = Infinity

  constructor(socket: MessageSocket, serializer: ClientSerializer, { join }: Batching) {
    this.#socket = socket
    this.#serializer = serializer
    this.#join = join
  }

  /** A batch of one. */
  encode(message: Message): Uint8Array<ArrayBuffer> {
    return this.#join([this.#serializer.encode(message)])
  }

  send(encoded: Uint8Array<ArrayBuffer>, most: number): void {
    this.#most = most
    if (this.#waiting.push(encoded) === 1) queueMicrotask(() => this.#flush())
  }

  close(): void {
    this.#flush()
    this.#socket.close()
  }

  destroy(): void {
    this.#waiting = []
    this.#socket.destroy()
  }

  #flush(): void {
    while (this.#waiting.length > 0) {
      const batch = concat(this.#waiting.splice(0, countWithin(this.#waiting, this.#most)))
      this.#socket.send(this.#serializer.isBinary ? batch : new TextDecoder('utf-8', { ignoreBOM: true }).decode(batch))
    }
  }
}

/** Passes on the messages of a batch; a malformed batch is a protocol error of the router. */
export function receiveBatch(transport: Receiver, message: string | Uint8Array, serializer: ClientSerializer, { split }: Batching): void {
  try {
    const octets = typeof message === 'string' ? new TextEncoder().encode(message) : message
    for (const each of split(octets)) transport.receive(each, (octets) => serializer.decode(octets))
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    transport.fail(error)
  }
}
