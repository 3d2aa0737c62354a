// A peer that a test drives: it sends bytes of its serializer, and keeps what it gets as literal WAMP arrays.

import type { Serializer } from '@trunkline/protocol'
import { messageFromArray, messageToArray } from '@trunkline/protocol'
import type { CloseCause, Transport, TransportInfo, TransportOwner } from '@trunkline/router'

/** The messages of a client that carry a request id of its own. */
const REQUESTS: readonly unknown[] = [16, 32, 34, 48, 64, 66]

export class TestPeer implements Transport {
  readonly serializer: Serializer['name']
  /** Set it before `say` to come over another kind of connection. */
  info: TransportInfo
  /** Set it to make this peer accept only short messages. */
  maxSendBytes = Number.POSITIVE_INFINITY
  /** Set it to simulate octets that were handed over and not taken. */
  pendingBytes = 0
  /** Why the router closed the transport. */
  closeCause: CloseCause | 'destroyed' | undefined
  #isReading = true
  /** Set by `welcomed`. */
  #session: number | undefined
  /** The last request id that it sent. */
  #request = 0
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

  /** The world calls it. */
  opened(owner: TransportOwner): void {
    this.#owner = owner
  }

  /** Sends one message, given as a WAMP array, and runs all deferred tasks. */
  say(...message: unknown[]): void {
    this.#note(message)
    this.sayBytes(this.#codec.encode(messageFromArray(message)).slice())
  }

  /** Sends messages in one turn: nothing deferred runs between them. */
  sayAll(...messages: unknown[][]): void {
    for (const message of messages) {
      this.#note(message)
      this.#owner?.onMessage(this.#codec.encode(messageFromArray(message)).slice())
    }
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

  /** Its transport takes no more, with `pendingBytes` not passed on. */
  isFull(): void {
    this.#owner?.onFull?.()
    this.#settle()
  }

  /** Its transport has received nothing from it for too long. */
  isSilent(): void {
    this.#owner?.onSilent?.()
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

  /** The one message that comes when work outside of the world has ended, such as the derivation of a key. */
  async comes(): Promise<unknown[]> {
    while (this.#received.length === 0) {
      await new Promise(setImmediate)
      this.#settle()
    }
    return this.takeOne()
  }

  /** The request id that is next, after all that it sent as arrays. */
  get nextRequest(): number {
    return this.#request + 1
  }

  /** Subscribes; the id of the subscription. */
  subscribe(topic: string, options: Record<string, unknown> = {}): number {
    this.say(32, this.nextRequest, options, topic)
    return this.#granted(33)
  }

  /** Registers; the id of the registration. */
  register(procedure: string, options: Record<string, unknown> = {}): number {
    this.say(64, this.nextRequest, options, procedure)
    return this.#granted(65)
  }

  /** Publishes with acknowledgement; the id of the publication. */
  publish(topic: string, args: unknown[] = [], options: Record<string, unknown> = {}): number {
    this.say(16, this.nextRequest, { acknowledge: true, ...options }, topic, args)
    return this.#granted(17)
  }

  /** Calls; the one message that came: RESULT or ERROR. */
  call(procedure: string, args: unknown[] = [], kwargs: Record<string, unknown> = {}): unknown[] {
    this.say(48, this.nextRequest, {}, procedure, args, kwargs)
    return this.takeOne()
  }

  /** The connection breaks, or is regarded as dead. */
  drop(loss?: 'silence'): void {
    if (this.#isGone) return
    this.#isGone = true
    this.#owner?.onClose(loss)
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

  #note([type, request]: unknown[]): void {
    if (REQUESTS.includes(type) && typeof request === 'number') this.#request = request
  }

  #granted(type: number): number {
    const answer = this.takeOne()
    if (answer[0] !== type || answer[1] !== this.#request) throw new Error(`expected ${type}, got ${JSON.stringify(answer)}`)
    return answer[2] as number
  }
}
