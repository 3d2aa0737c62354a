// One connection between a client and the router of a test, with both of its ends: octets in the client's serializer, each direction in
// order. What is wrong with it at present, its network says.

import type { ClientSerializer, ClientTransport, TransportCloseInfo, TransportOwner } from '@trunkline/client'
import type { Dict, Message } from '@trunkline/protocol'
import { ABORT, HELLO, PAYLOAD_SIZE_EXCEEDED, PayloadError, ProtocolError, WELCOME } from '@trunkline/protocol'
import type { LocalIdentity, Transport, TransportInfo, TransportOwner as RouterOwner } from '@trunkline/router'
import type { Activity } from './activity.ts'
import { Lane } from './lane.ts'
import type { Time } from './time.ts'
import type { OpenCrossing, SentMessage } from './traffic.ts'
import { sentMessage } from './traffic.ts'
import { UriMemory } from './uri-memory.ts'

/** What all connections of a test router share. */
export interface Network {
  readonly time: Time
  readonly activity: Activity
  /** The longest message that the router takes, in octets, if that is known. */
  readonly maxReceiveBytes: number | undefined
  accept(transport: Transport): RouterOwner
  /** Milliseconds that a message of a client, or for it, takes now. */
  delayOf(peer: string): number
  isDropped(message: SentMessage): boolean
  /** The reason with which clients of a realm are refused at present. */
  refusalOf(realm: string | null): string | undefined
  /** Adds a message to the traffic. */
  record(message: SentMessage, fate: OpenCrossing['fate']): OpenCrossing
}

export class Connection implements ClientTransport {
  readonly #network: Network
  readonly #peer: string
  readonly #serializer: ClientSerializer
  readonly #up: Lane
  readonly #down: Lane
  readonly #uris = new UriMemory()
  readonly #router: RouterOwner
  #client: TransportOwner | undefined
  /** Octets on their way to the client. */
  #pendingBytes = 0
  /** The longest message that the client sends. */
  #most = Infinity
  #isOpen = true
  #isReading = true
  #isStalled = false
  #end: TransportCloseInfo | undefined
  #session: { readonly id: number; readonly realm: string } | undefined

  /** @param identity that of its sessions, without a login */
  constructor(network: Network, peer: string, serializer: ClientSerializer, identity: LocalIdentity | undefined) {
    this.#network = network
    this.#peer = peer
    this.#serializer = serializer
    this.#up = new Lane(network.time, network.activity)
    this.#down = new Lane(network.time, network.activity)
    this.#down.hold('nobody listens')
    this.#router = network.accept(
      this.#routerSide({ kind: identity === undefined ? 'websocket' : 'local', peer, isSecure: true, identity }),
    )
  }

  /** The latest session on it. */
  get session(): { readonly id: number; readonly realm: string } | undefined {
    return this.#session
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  attach(owner: TransportOwner): void {
    this.#client = owner
    this.#down.release('nobody listens')
    if (this.#end !== undefined) this.#report(this.#end)
  }

  send(message: Message): void {
    if (!this.#isOpen) return
    const octets = this.#serializer.encode(message).slice()
    if (octets.length > this.#most) {
      const text = `a message of ${octets.length} octets is too long: the router takes ${this.#most}`
      throw new PayloadError(text, { uri: PAYLOAD_SIZE_EXCEEDED })
    }
    if (message.type === HELLO && this.#isRefused(message, octets)) return
    this.#cross('client', octets, this.#up, () => this.#router.onMessage(octets))
  }

  limit(octets: number): void {
    this.#most = Math.min(this.#most, octets)
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#isReading = false
    this.#up.send(this.#delay, () => this.#finish({ wasClean: true }))
  }

  destroy(): void {
    this.#finish({ wasClean: false })
  }

  /** It breaks: both ends notice at once, and what was on its way is lost. */
  cut(): void {
    this.#finish({ wasClean: false, reason: 'the test cut the connection' })
  }

  /** The client takes nothing any more. */
  stall(): void {
    this.#isStalled = true
    this.#down.hold('stalled')
    if (this.#pendingBytes > 0) this.#router.onFull?.()
  }

  /** The client takes everything again. */
  resume(): void {
    if (!this.#isStalled) return
    this.#isStalled = false
    this.#down.release('stalled')
    this.#router.onDrain()
  }

  get #delay(): number {
    return this.#network.delayOf(this.#peer)
  }

  #routerSide(info: TransportInfo): Transport {
    // What a stalled client is sent first is on its way, and the router keeps the rest.
    const isWritable = (): boolean => this.#end === undefined && !(this.#isStalled && this.#pendingBytes > 0)
    const pendingBytes = (): number => this.#pendingBytes
    const { maxReceiveBytes } = this.#network
    return {
      serializer: this.#serializer.name,
      maxSendBytes: Infinity,
      ...(maxReceiveBytes === undefined ? {} : { maxReceiveBytes }),
      info,
      get isWritable() {
        return isWritable()
      },
      get pendingBytes() {
        return pendingBytes()
      },
      send: (octets) => this.#sendDown(octets.slice()),
      close: () => this.#down.send(this.#delay, () => this.#finish({ wasClean: true })),
      destroy: () => this.#finish({ wasClean: false }),
      pause: () => this.#up.hold('paused'),
      resume: () => this.#up.release('paused'),
    }
  }

  #sendDown(octets: Uint8Array): void {
    const isSent = this.#cross('router', octets, this.#down, () => {
      this.#pendingBytes -= octets.length
      if (!this.#isReading) return
      const message = this.#decode(octets)
      if (message !== undefined) this.#client?.onMessage(message)
    })
    if (!isSent) return
    this.#pendingBytes += octets.length
    if (this.#isStalled) this.#router.onFull?.()
  }

  /** Sends a message, and keeps its record. Returns false for one that a fault drops. */
  #cross(from: SentMessage['from'], octets: Uint8Array, lane: Lane, arrive: () => void): boolean {
    const record = this.#record(from, octets)
    if (record?.fate === 'dropped') return false
    const become = (fate: OpenCrossing['fate']): void => {
      if (record !== undefined) record.fate = fate
    }
    const arrives = (): void => {
      become('delivered')
      arrive()
    }
    lane.send(this.#delay, arrives, () => become('lost'))
    return true
  }

  /** Undefined for octets that are no message. */
  #record(from: SentMessage['from'], octets: Uint8Array, isRefused = false): OpenCrossing | undefined {
    const { time } = this.#network
    const message = this.#decoded(octets)
    if (message instanceof ProtocolError) return undefined
    const uri = this.#uris.note(message)
    if (message.type === WELCOME) this.#session = { id: message.session, realm: uri ?? '' }
    const sent = sentMessage(message, { at: time.elapsed(), peer: this.#peer, from, uri })
    return this.#network.record(sent, isRefused || this.#network.isDropped(sent) ? 'dropped' : 'in_flight')
  }

  /** A realm that is refused at present answers in place of the router. */
  #isRefused({ realm }: { readonly realm: string | null }, octets: Uint8Array): boolean {
    const reason = this.#network.refusalOf(realm)
    if (reason === undefined) return false
    this.#record('client', octets, true)
    const details: Dict = { message: 'the test refuses this realm' }
    this.#sendDown(this.#serializer.encode({ type: ABORT, details, reason, payload: undefined }).slice())
    return true
  }

  /** A message for the client, which gets the fault of one that it cannot read. */
  #decode(octets: Uint8Array): Message | undefined {
    const message = this.#decoded(octets)
    if (!(message instanceof ProtocolError)) return message
    this.#isReading = false
    this.#client?.onProtocolError(message)
    return undefined
  }

  #decoded(octets: Uint8Array): Message | ProtocolError {
    try {
      return this.#serializer.decode(octets)
    } catch (error) {
      if (error instanceof ProtocolError) return error
      throw error
    }
  }

  #finish(info: TransportCloseInfo): void {
    if (this.#end !== undefined) return
    this.#end = info
    this.#isOpen = false
    this.#isReading = false
    this.#up.clear()
    this.#down.clear()
    this.#network.activity.note()
    queueMicrotask(() => {
      this.#router.onClose()
      if (this.#client !== undefined) this.#report(info)
    })
  }

  /** Notifies the client of the end: once, and never inside one of its own calls. */
  #report(info: TransportCloseInfo): void {
    queueMicrotask(() => {
      const owner = this.#client
      this.#client = undefined
      owner?.onClose(info)
    })
  }
}
