// A peer behind a transport: decodes bytes into messages, and sends messages as bytes through the outbox.

import type { EncodedMessage, Message, PayloadFormat, Serializer, SerializerName } from '@trunkline/protocol'
import {
  EMPTY_DICT,
  EVENT,
  GAP,
  HELLO,
  INTERRUPT,
  INVOCATION,
  MOST_OPENING_OCTETS,
  PayloadError,
  ProtocolError,
  uris,
  valuesIn,
} from '@trunkline/protocol'
import { headerOctets } from './admission.ts'
import { longLengthOf } from './encoded-length.ts'
import type { LongConversions, LongSender } from './long-conversions.ts'
import { LONG_PAYLOAD } from './long-conversions.ts'
import type { LifeHost } from './life-host.ts'
import { Peer } from './peer.ts'
import { SessionLife } from './session-life.ts'
import type { Openings } from './openings.ts'
import { networkOf, Outbox, ownerOf } from '../core/index.ts'
import type { WayOut } from './way-out.ts'
import type { Bound, Counters, OutboxKind, OutboxLimits, OutboxOwner, OutboxTotal } from '../core/index.ts'
import type {
  Backlog,
  CloseCause,
  Delivery,
  Log,
  Loss,
  Place,
  ReachedLimit,
  Scheduler,
  SendOutcome,
  SessionTraffic,
  Transport,
  TransportInfo,
  TransportOwner,
} from '../core/ports/index.ts'

/** What all peers of a router share, besides their transports. */
export interface NetworkPeerOptions {
  readonly host: LifeHost
  readonly serializers: Readonly<Record<SerializerName, Serializer>>
  readonly scheduler: Scheduler
  readonly counters: Counters
  readonly log: Log
  /** How much may be queued for this peer. */
  readonly outbox: OutboxLimits
  readonly total: OutboxTotal
  readonly openings: Openings
  readonly conversions: LongConversions
  /** Called once, when the connection has ended. */
  readonly onGone: (peer: NetworkPeer) => void
}

export class NetworkPeer extends Peer implements WayOut, TransportOwner, OutboxOwner, LongSender {
  readonly life: SessionLife
  readonly #transport: Transport
  readonly #options: NetworkPeerOptions
  readonly #serializer: Serializer
  readonly #outbox: Outbox
  #closing: CloseCause | undefined
  #isClosed = false
  #isOpen = false
  // Why the transport is not read.
  #isPaused = false
  #isHeld = false
  /** What it waits for, if much of its owner is on its way to another node or the store. */
  #awaited: object | undefined
  /** Called when nothing is queued any more. */
  #onEmpty: (() => void)[] = []
  /** The place of a connection without an open session; undefined also after a session, until the next HELLO. */
  #opening: Place | undefined
  /** The place before the session, of a connection without an address: it knows to whose share it counts. */
  #former: Place | undefined
  // Counts since the session opened.
  #messagesIn = 0
  #octetsIn = 0
  #messagesOut = 0
  #octetsOut = 0

  /** @param place the place that the connection already has, if any */
  constructor(transport: Transport, options: NetworkPeerOptions, place?: Place) {
    super()
    this.#transport = transport
    this.#options = options
    this.#serializer = options.serializers[transport.serializer]
    this.#outbox = new Outbox(transport, options.outbox, options.total, this)
    this.life = new SessionLife(options.host, this)
    this.setOpen(false)
    if (place === undefined) this.#enter()
    else this.#hold(place)
  }

  get format(): PayloadFormat {
    return this.#serializer
  }

  get info(): TransportInfo {
    return this.#transport.info
  }

  get maxReceiveBytes(): number | undefined {
    return this.#transport.maxReceiveBytes
  }

  send(message: Message, isOffer?: boolean): SendOutcome {
    if (this.#closing !== undefined) return 'closed'
    try {
      const kind = kindOf(message.type, isOffer)
      if (isOffer === true && this.#refuses(message, kind)) return 'full'
      return this.#push(message.type, this.#serializer.encode(message), kind)
    } catch (error) {
      return unencodable(error)
    }
  }

  sendEvent(event: EncodedMessage, delivery?: Delivery, isOffer?: boolean): SendOutcome {
    if (this.#closing !== undefined) return 'closed'
    try {
      const kind = isOffer === true ? 'offered_event' : 'event'
      if (!event.isIn(this.#serializer) && this.#refuses(event.message, kind, delivery)) return 'full'
      return this.#push(EVENT, event.bytesIn(this.#serializer), kind, delivery)
    } catch (error) {
      return unencodable(error)
    }
  }

  refusalOf(octets: number): 'too_large' | 'full' | undefined {
    if (octets > this.#transport.maxSendBytes) return 'too_large'
    return this.#outbox.hasRoom(octets) ? undefined : 'full'
  }

  backlog(now: number): Backlog {
    return this.#outbox.backlog(now)
  }

  traffic(): SessionTraffic {
    return { messagesIn: this.#messagesIn, octetsIn: this.#octetsIn, messagesOut: this.#messagesOut, octetsOut: this.#octetsOut }
  }

  takesResults(): boolean {
    return this.#outbox.takesResults
  }

  seal(): void {
    this.#outbox.seal()
    // Only what ends the connection, or begins anew, may still come.
    if (this.#awaited !== undefined) this.#waitNoMore()
  }

  /** Without an open session, messages must be short, and their octets count to the total of all connections before login. */
  setOpen(isOpen: boolean): void {
    this.#isOpen = isOpen
    this.#transport.limit?.(isOpen ? undefined : MOST_OPENING_OCTETS)
    if (!isOpen) return
    this.#messagesIn = this.#octetsIn = this.#messagesOut = this.#octetsOut = 0
    this.#opening?.leave()
    if (this.info.address === undefined) this.#former = this.#opening
    this.#opening = undefined
  }

  /** Stops reading; returns false when the transport cannot. */
  pause(): boolean {
    this.#isPaused = true
    return this.#stopReading()
  }

  resume(): void {
    this.#isPaused = false
    this.#readAgain()
  }

  waitForRoom(wait: (goOn: () => void) => void): boolean {
    // What a session that leaves publishes pauses nothing: only the answer to GOODBYE may still come.
    if (this.#awaited !== undefined || this.life.session === undefined || !this.#stopReading()) return false
    const awaited = {}
    this.#awaited = awaited
    wait(() => {
      if (this.#awaited === awaited) this.#waitNoMore()
    })
    return true
  }

  #waitNoMore(): void {
    this.#awaited = undefined
    if (!this.#isClosed) this.#readAgain()
  }

  whenEmpty(then: () => void): void {
    if (this.#outbox.isEmpty && this.#transport.isWritable) then()
    else this.#onEmpty.push(then)
  }

  receivingFormats(message: Message): Iterable<PayloadFormat> {
    return this.life.receivingFormats(message)
  }

  hold(): boolean {
    this.#isHeld = this.#stopReading()
    return this.#isHeld
  }

  goOn(message: Message): void {
    if (this.#closing === undefined) this.life.receive(message)
    this.#isHeld = false
    if (!this.#isClosed) this.#readAgain()
  }

  #stopReading(): boolean {
    this.#transport.pause?.()
    return this.#transport.pause !== undefined
  }

  #readAgain(): void {
    if (!this.#isPaused && !this.#isHeld && this.#awaited === undefined) this.#transport.resume?.()
  }

  close(cause: CloseCause, last?: Message): void {
    if (this.#closing !== undefined) return
    this.#closing = cause
    this.#opening?.release()
    if (last !== undefined) this.#sendLast(last)
    if (this.#outbox.isEmpty) this.#transport.close(cause)
  }

  /** The principal that has logged in; else the address, because anonymous sessions can choose any number of names. */
  get holder(): string {
    const { session } = this.life
    if (session !== undefined && session.identity.authmethod !== 'anonymous') return ownerOf(session)
    return `network ${networkOf(this.info.address ?? this.info.peer)}`
  }

  /** May be called in the middle of a delivery: the session leaves in a later turn. */
  onSlow(bound: Bound): void {
    this.#options.counters.slowConsumersClosed++
    this.#options.scheduler.defer(() => {
      // A connection that is already closing sends nothing more: its peer would not take what is queued.
      if (this.#closing === undefined) this.life.cutOff(bound)
      else this.#transport.destroy()
    })
  }

  onStuck(bound: Bound): void {
    if (bound === 'total') this.#options.counters.slowConsumersClosed++
    this.#options.scheduler.defer(() => {
      if (this.#closing === undefined) this.life.cutOff(bound)
      this.#transport.destroy()
    })
  }

  onBacklog(bytes: number): void {
    this.#options.counters.slowConsumersWarned++
    this.#options.log.warn('slow consumer', { area: 'sessions', session: this.life.session?.id, peer: this.info.peer, bytes })
  }

  onDropped(subscription: number): void {
    this.#options.counters.eventsDropped++
    this.life.session?.noteDropped(subscription)
  }

  onGap(subscription: number, missed: number): void {
    this.life.missed(subscription, missed)
  }

  withGap(bytes: Uint8Array, gap: number): Uint8Array | undefined {
    const event = this.#serializer.decode(bytes)
    if (event.type !== EVENT) throw new Error('only an EVENT can carry a gap')
    const telling = this.#serializer.encode({ ...event, details: { ...event.details, [GAP]: gap } })
    if (telling.byteLength > this.#transport.maxSendBytes) return undefined
    this.#options.counters.gapsReported++
    return telling
  }

  onMessage(bytes: Uint8Array): void {
    if (this.#closing !== undefined) return
    this.#messagesIn++
    this.#octetsIn += bytes.length
    let message: Message
    try {
      message = this.#serializer.decode(bytes)
    } catch (error) {
      return this.life.fail(error)
    }
    this.#options.counters.received.add(message.type, bytes.length)
    if (bytes.length >= LONG_PAYLOAD && this.#options.conversions.take(this, message)) return
    if (this.#isOpen || this.#admits(message)) this.life.receive(message)
  }

  onOctets(octets: number): void {
    const reached = this.#closing === undefined ? this.#opening?.take(octets) : undefined
    if (reached !== undefined) this.life.turnAway(reached)
  }

  onTooLong(): void {
    this.life.abort(new ProtocolError(`a message before the end of the login is longer than ${MOST_OPENING_OCTETS} octets`))
  }

  onTooMuchHeld(): void {
    this.life.abort(new ProtocolError(TOO_MUCH_HELD, uris.LIMIT_EXCEEDED))
  }

  /** Whether there is room for a message before login; it counts by the memory that it takes when decoded. */
  #admits(message: Message): boolean {
    if (this.#opening === undefined) this.#enter()
    if (message.type === HELLO) this.onOctets(valuesIn(message.details['authextra']) * OCTETS_PER_VALUE)
    return this.#closing === undefined
  }

  #enter(): void {
    const former = this.#former
    const opening = former === undefined ? this.#options.openings.enter(this.info.address) : (former.connect(undefined) ?? former)
    if ('limit' in opening) this.life.turnAway(opening)
    else this.#hold(opening)
  }

  /** Keeps a place until the login; header values that stay in memory count to it. */
  #hold(place: Place): void {
    this.#opening = place
    place.yieldBy((reached) => this.#giveWay(reached))
    this.onOctets(headerOctets(this.info))
  }

  /** Others need its place: it is not waited for, as for one that is refused. */
  #giveWay(reached: ReachedLimit): void {
    this.life.turnAway(reached)
    this.#transport.destroy()
  }

  onWrongKind(): void {
    const kind = this.#serializer.isBinary ? 'text' : 'binary'
    this.life.fail(new ProtocolError(`a ${kind} message on subprotocol ${this.#serializer.subprotocol}`))
  }

  /** What is still queued would not be taken either. */
  onSilent(): void {
    this.#inItsTurn(() => {
      this.life.silent()
      if (!this.#outbox.isEmpty) this.#transport.destroy()
    })
  }

  onFull(): void {
    this.#outbox.hold()
  }

  onDrain(): void {
    this.#outbox.drain()
    if (this.#onEmpty.length > 0 && this.#outbox.isEmpty && this.#transport.isWritable) this.#runOnEmpty()
    if (this.#closing !== undefined && this.#outbox.isEmpty && !this.#isClosed) this.#transport.close(this.#closing)
  }

  onClose(loss?: Loss): void {
    this.#isClosed = true
    this.#opening?.leave()
    this.#closing ??= 'normal'
    this.#outbox.clear()
    this.#onEmpty = []
    this.#inItsTurn(() => this.#leave(loss))
  }

  #runOnEmpty(): void {
    const waiting = this.#onEmpty
    this.#onEmpty = []
    for (const then of waiting) this.#options.scheduler.defer(then)
  }

  /** Of many that break or go silent at once, as when a host fails, each session with much to end leaves in a turn of its own. */
  #inItsTurn(end: () => void): void {
    if ((this.life.session?.extent ?? 0) <= MOST_ENDED_AT_ONCE) end()
    else this.#options.scheduler.defer(end)
  }

  #leave(loss: Loss | undefined): void {
    this.life.closed(loss)
    this.#options.onGone(this)
  }

  #sendLast(last: Message): void {
    const bytes = this.#encodeLast(last)
    this.#outbox.pushLast(bytes)
    this.#options.counters.sent.add(last.type, bytes.length)
  }

  /** Leaves out a text too long for the peer: a bare ABORT is below the 512 octets that every transport accepts. */
  #encodeLast(last: Message): Uint8Array {
    const bytes = this.#serializer.encode(last)
    if (bytes.byteLength <= this.#transport.maxSendBytes || !('details' in last)) return bytes
    return this.#serializer.encode({ ...last, details: EMPTY_DICT })
  }

  /** Whether a long message finds no room: that is asked before its payload is copied, since very many may be offered the same. */
  #refuses(message: Message, kind: OutboxKind, delivery?: Delivery): boolean {
    if (this.#outbox.isEmpty) return false
    const length = longLengthOf(message, this.#serializer)
    return length !== undefined && length <= this.#transport.maxSendBytes && this.#outbox.refuses(length, kind, delivery)
  }

  #push(type: number, bytes: Uint8Array, kind: OutboxKind, delivery?: Delivery): SendOutcome {
    if (bytes.length > this.#transport.maxSendBytes) return 'too_large'
    const outcome = this.#outbox.push(bytes, kind, delivery)
    if (outcome === 'queued') {
      this.#options.counters.sent.add(type, bytes.length)
      this.#messagesOut++
      this.#octetsOut += bytes.length
    }
    return outcome
  }
}

function kindOf(type: number, isOffer: boolean | undefined): OutboxKind {
  if (type === INTERRUPT) return 'interrupt'
  if (isOffer !== true) return 'reply'
  return type === INVOCATION ? 'call' : 'result'
}

function unencodable(error: unknown): SendOutcome {
  if (error instanceof PayloadError) return 'unencodable'
  throw error
}

const TOO_MUCH_HELD = 'the router holds too many octets of messages that have not come whole, and most of them are from you'
/** About how many octets a value of a HELLO takes in memory. */
const OCTETS_PER_VALUE = 128
/** Subscriptions, registrations and calls of a session: well below a millisecond of work. */
const MOST_ENDED_AT_ONCE = 64
