// A peer made by hand: what it says goes in as bytes of its serializer, what it gets is kept as literal WAMP arrays.

import type { Serializer } from '@trunkline/protocol'
import { messageFromArray, messageToArray } from '@trunkline/protocol'
import type { CloseCause, Transport, TransportInfo, TransportOwner } from '@trunkline/router'

export class TestPeer implements Transport {
  readonly serializer: Serializer['name']
  /** Set it before `say` to come over another kind of connection. */
  info: TransportInfo
  /** Set it to make this peer accept only short messages. */
  maxSendBytes = Number.POSITIVE_INFINITY
  /** Why the router closed the transport. */
  closeCause: CloseCause | 'destroyed' | undefined
  #isReading = true
  /** Set by `welcomed`. */
  #session: number | undefined
  readonly #codec: Serializer
  readonly #settle: () => void
  readonly #received: unknown[][] = []
  #owner: TransportOwner | undefined
  #isGone = false

  constructor(codec: Serializer, settle: () => void, name: string) {
    this.#codec = codec
    this.#settle = settle
    this.serializer = codec.name
    this.info = { kind: 'websocket', peer: name, isSecure: false }
  }

  /** The session id from its WELCOME. */
  get session(): number {
    if (this.#session === undefined) throw new Error('this peer has no session')
    return this.#session
  }

  get isWritable(): boolean {
    return this.#isReading && !this.#isGone
  }

  /** Whether the router closed the transport or the peer dropped it. */
  get isClosed(): boolean {
    return this.closeCause !== undefined || this.#isGone
  }

  /** Called by the world. */
  opened(owner: TransportOwner): void {
    this.#owner = owner
  }

  /** Sends one message, given as a WAMP array, and lets everything settle. */
  say(...message: unknown[]): void {
    this.sayBytes(this.#codec.encode(messageFromArray(message)).slice())
  }

  /** Sends messages in one turn: nothing deferred runs between them. */
  sayAll(...messages: unknown[][]): void {
    for (const message of messages) this.#owner?.onMessage(this.#codec.encode(messageFromArray(message)).slice())
    this.#settle()
  }

  /** Sends bytes as they are. */
  sayBytes(bytes: Uint8Array): void {
    this.#owner?.onMessage(bytes)
    this.#settle()
  }

  /** Sends text as UTF-8, for what is no WAMP array. */
  sayText(text: string): void {
    this.sayBytes(new TextEncoder().encode(text))
  }

  /** Sends a text message on a binary subprotocol, or the reverse. */
  sayInWrongKind(): void {
    this.#owner?.onWrongKind()
    this.#settle()
  }

  /** Stops reading: the router's outbox fills. */
  stopReading(): void {
    this.#isReading = false
  }

  /** Reads again. */
  resumeReading(): void {
    this.#isReading = true
    this.#owner?.onDrain()
    this.#settle()
  }

  /** What came since the last call, as WAMP arrays. */
  take(): unknown[][] {
    return this.#received.splice(0)
  }

  /** The one message that came since the last call. */
  takeOne(): unknown[] {
    const messages = this.take()
    const [message] = messages
    if (message === undefined || messages.length > 1) throw new Error(`expected one message, got ${JSON.stringify(messages)}`)
    return message
  }

  /** The connection breaks. */
  drop(): void {
    if (this.#isGone) return
    this.#isGone = true
    this.#owner?.onClose()
    this.#settle()
  }

  /** Keeps the id of a WELCOME just received, and drops the message. */
  welcomed(): this {
    const [type, session] = this.takeOne()
    if (type !== 2) throw new Error('no WELCOME came')
    this.#session = session as number
    return this
  }

  send(message: Uint8Array): void {
    this.#received.push(messageToArray(this.#codec.decode(message.slice())))
  }

  close(cause: CloseCause): void {
    this.closeCause ??= cause
  }

  destroy(): void {
    this.closeCause ??= 'destroyed'
    this.drop()
  }
}
