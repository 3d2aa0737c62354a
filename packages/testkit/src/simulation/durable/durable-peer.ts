// One end of a connection of a durable world: what the router sends waits here until the client looks at it, and is lost with the
// connection.

import type { Serializer } from '@trunkline/protocol'
import { messageFromArray, messageToArray } from '@trunkline/protocol'
import type { Transport, TransportInfo, TransportOwner } from '@trunkline/router'

export class DurablePeer implements Transport {
  readonly serializer: Serializer['name']
  readonly info: TransportInfo = { kind: 'websocket', peer: 'client', isSecure: false }
  readonly maxSendBytes = Number.POSITIVE_INFINITY
  readonly pendingBytes = 0
  /** Came, and was not looked at yet. */
  readonly inbox: unknown[][] = []
  isGone = false
  /** The router reads no more. */
  isResting = false
  #isStalled = false
  #owner: TransportOwner | undefined
  #request = 0
  /** What it has sent while the router did not read. */
  #held: unknown[][] = []
  readonly #codec: Serializer

  constructor(codec: Serializer) {
    this.#codec = codec
    this.serializer = codec.name
  }

  get isWritable(): boolean {
    return !this.#isStalled && !this.isGone
  }

  get isStalled(): boolean {
    return this.#isStalled
  }

  opened(owner: TransportOwner): void {
    this.#owner = owner
  }

  /** Sends a request with the next id, which is returned. */
  request(type: number, ...rest: unknown[]): number {
    this.say([type, ++this.#request, ...rest])
    return this.#request
  }

  say(message: unknown[]): void {
    if (this.isGone) return
    if (this.isResting) this.#held.push(message)
    else this.#owner?.onMessage(this.#codec.encode(messageFromArray(message)).slice())
  }

  send(message: Uint8Array): void {
    this.inbox.push(messageToArray(this.#codec.decode(message.slice())))
  }

  stall(): void {
    this.#isStalled = true
  }

  readAgain(): void {
    if (!this.#isStalled) return
    this.#isStalled = false
    if (!this.isGone) this.#owner?.onDrain()
  }

  pause(): void {
    this.isResting = true
  }

  resume(): void {
    this.isResting = false
    const held = this.#held
    this.#held = []
    for (const message of held) this.say(message)
  }

  /** The connection breaks: nothing that waits is looked at any more. */
  cut(): void {
    if (this.isGone) return
    this.isGone = true
    this.#owner?.onClose()
  }

  /** The router has ended without a word. @returns what makes it let go of the connection, when nothing of it is looked at any more */
  forget(): () => void {
    const owner = this.isGone ? undefined : this.#owner
    this.isGone = true
    this.#owner = undefined
    return () => owner?.onClose()
  }

  close(): void {
    this.cut()
  }

  destroy(): void {
    this.cut()
  }
}
