// A peer in the same process: a connection without bytes. Payloads cross as CBOR, so that the two sides share no objects and
// everything that crosses could also come from a network peer.

import type { EncodedMessage, Message, PayloadFormat } from '@trunkline/protocol'
import {
  EMPTY_DICT,
  headerElements,
  headerLimits,
  Lasting,
  messageFromElements,
  NewDict,
  Payload,
  payloadOf,
  ProtocolError,
  valuesIn,
  rawIn,
  faultIn,
  owned,
} from '@trunkline/protocol'
import type { LifeHost } from './life-host.ts'
import { Peer } from './peer.ts'
import { SessionLife } from './session-life.ts'
import type { WayOut } from './way-out.ts'
import type { Counters } from '../core/index.ts'
import type { Scheduler, SendOutcome, TransportInfo } from '../core/ports/index.ts'

/** Receives the events on the client's side. Never called from inside a method of the transport. */
export interface LocalOwner {
  onMessage(message: Message): void
  /** Not called by a local transport: its messages are objects already. */
  onProtocolError(error: ProtocolError): void
  /** The connection has ended: called once, last. */
  onClose(info: { readonly wasClean: boolean }): void
}

/** The client's side; `connect({ transport })` of the client takes it. */
export interface LocalTransport {
  /** Sets the owner, which gets all events from now on, and those that came before. */
  attach(owner: LocalOwner): void
  /**
   * Queues a message.
   * @throws {PayloadError} when a value of the payload cannot be sent
   */
  send(message: Message): void
  /** Closes once all sent messages are delivered. Idempotent. */
  close(): void
}

/** The identity that the embedding program gives a local session. Its role must exist in the realm, unless it is internal. */
export interface LocalIdentity {
  readonly authid: string
  readonly authrole: string
  /** A session of the router itself: never counted, listed, killed or authorized, and free to use `wamp.` and `trunkline.` URIs. */
  readonly isInternal?: true
}

/** What a peer needs from its router. */
export interface LocalPeerOptions {
  readonly host: LifeHost
  /** The serializer in which payloads cross. */
  readonly cbor: PayloadFormat
  readonly scheduler: Scheduler
  readonly counters: Counters
  /** How much is kept for a client without an owner. An owner gets its events in the next turn, so none queue up. */
  readonly mostBytes: number
  /** Called once, when the connection has ended. */
  readonly onGone: (peer: LocalPeer) => void
}

/** An event for the client's side. */
interface Delivery {
  readonly deliver: (owner: LocalOwner) => void
  readonly bytes: number
}

export class LocalPeer extends Peer implements WayOut {
  readonly life: SessionLife
  readonly format: PayloadFormat
  readonly info: TransportInfo
  /** The side that the client uses. */
  readonly clientSide: LocalTransport
  readonly #options: LocalPeerOptions
  #owner: LocalOwner | undefined
  /** Events for the client from before it had an owner. */
  #early: Delivery[] = []
  #earlyBytes = 0
  #hasOverflowed = false
  #isClosed = false

  /** @param identity the identity of the session, without a login */
  constructor(options: LocalPeerOptions, identity?: LocalIdentity) {
    super()
    const { host, cbor } = options
    this.format = cbor
    this.info = { kind: 'local', peer: 'local', isSecure: true, identity }
    this.#options = options
    this.life = new SessionLife(host, this)
    this.clientSide = {
      attach: (owner) => this.#attach(owner),
      send: (message) => this.#sendToRouter(message),
      close: () => this.close(),
    }
  }

  /** Queues a message for the client. */
  send(message: Message): SendOutcome {
    if (this.#isClosed || this.#hasOverflowed) return 'closed'
    const payload = payloadOf(message)
    if (payload !== undefined && faultIn(payload, this.format) !== undefined) return 'unencodable'
    this.#deliverMessage(message)
    return 'queued'
  }

  sendEvent(event: EncodedMessage): SendOutcome {
    return this.send(event.message)
  }

  close(_cause?: unknown, last?: Message): void {
    if (last !== undefined && !this.#isClosed) this.#deliverMessage(last)
    this.#options.scheduler.defer(() => this.#finish())
  }

  #sendToRouter(message: Message): void {
    if (this.#isClosed) return
    const copy = isolated(message, this.format)
    this.#options.scheduler.defer(() => {
      if (!this.#isClosed) this.#receive(copy)
    })
  }

  #receive(message: Message): void {
    try {
      // A client in this process gets the same checks as any other: the types of elements and options.
      const header = headerElements(message)
      const { values, listed } = headerLimits(message.type)
      if (valuesIn(header) > values + listed) throw new ProtocolError('the message has too many values before the payload')
      if (!isText(header)) throw new ProtocolError('a string before the payload begins with U+0000 or contains a lone surrogate')
      this.life.receive(messageFromElements(header, payloadOf(message)))
    } catch (error) {
      this.life.fail(error)
    }
  }

  #attach(owner: LocalOwner): void {
    this.#owner = owner
    const early = this.#early
    this.#early = []
    this.#earlyBytes = 0
    for (const delivery of early) this.#deliver(delivery)
  }

  #deliverMessage(message: Message): void {
    const copy = isolated(message, this.format)
    const payload = payloadOf(copy)
    const bytes = HEAD_BYTES + (payload === undefined ? 0 : rawIn(payload, this.format).byteLength)
    this.#deliver({ deliver: (owner) => owner.onMessage(copy), bytes })
  }

  #deliver(delivery: Delivery): void {
    this.#options.scheduler.defer(() => {
      if (this.#owner === undefined) this.#keep(delivery)
      else delivery.deliver(this.#owner)
    })
  }

  #keep(delivery: Delivery): void {
    this.#early.push(delivery)
    this.#earlyBytes += delivery.bytes
    if (this.#earlyBytes <= this.#options.mostBytes || this.#hasOverflowed) return
    this.#hasOverflowed = true
    this.#early = []
    this.#options.counters.slowConsumersClosed++
    this.life.cutOff('queue')
  }

  #finish(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.life.closed()
    this.#deliver({ deliver: (owner) => owner.onClose({ wasClean: true }), bytes: 0 })
    this.#options.onGone(this)
  }
}

/** A copy that shares nothing with the original: dictionaries and payload are copied. */
function isolated(message: Message, format: PayloadFormat): Message {
  const copy: Record<string, unknown> = { ...message }
  for (const field of ['options', 'details', 'extra']) {
    if (copy[field] !== undefined) copy[field] = copied(copy[field])
  }
  const payload = payloadOf(message)
  if (payload !== undefined) {
    const crossing = Payload.fromRaw(format, rawIn(payload, format), payload.count)
    // Received bytes are a view that is valid in this turn only; converted ones belong to this copy alone.
    copy['payload'] = payload.format?.name === format.name ? owned(crossing) : crossing
  }
  return copy as unknown as Message
}

/** A deep copy of an option or detail. */
function copied(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value === EMPTY_DICT || value instanceof Uint8Array) return value
  if (value instanceof Lasting) return copied(value.dict)
  if (Array.isArray(value)) return value.map(copied)
  const copy = new NewDict()
  for (const [key, each] of Object.entries(value)) copy[key] = copied(each)
  return copy
}

/** Whether every serializer can write all strings in a value; else a URI could pass that some receivers cannot get. */
function isText(value: unknown): boolean {
  if (typeof value === 'string') return !NOT_TEXT.test(value)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return true
  return Object.entries(value).every(([key, each]) => isText(key) && isText(each))
}

const NOT_TEXT = /^\0|\p{Surrogate}/u

/** How many octets a message counts besides its payload. */
const HEAD_BYTES = 256
