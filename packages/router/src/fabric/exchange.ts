// One life of a link that is up: what is sent is sent again until it is acknowledged, and what comes is taken in once and in order.
// Never opens or ends a life: link.ts does.

import type { DownCause, LinkPorts } from './link-ports.ts'
import { Incoming } from './incoming.ts'
import { Outgoing } from './outgoing.ts'
import type { Paced } from './pacing.ts'
import { Pacing } from './pacing.ts'
import type { PacketHead } from './packet.ts'
import { ACK, ASK, CLOSE, createHead, HEAD, NAK, OPEN, writeHead } from './packet.ts'
import { Settling } from './settling.ts'
import { TakingIn } from './taking-in.ts'

/** Without a packet of its own for so long, a link says ACK. */
const IDLE_MS = 1_000
/** What came is acknowledged after so long, or so many octets. */
const ACK_MS = 5
const ACK_BYTES = 256 << 10
/** NAKs are sent and heeded no more often than this. */
const NAK_MS = 50
/** Without an acknowledgement of something new for so long, what is in the window is sent again, about so many octets at once. */
const RESEND_MS = 500
const RESEND_BYTES = 1 << 20
/** Without one for so long, although packets come, the life is lost. */
const STALLED_MS = 15_000
/** How often the round trip is measured. */
const MEASURE_MS = 1_000
/** The longest packet that every bus takes. */
const SMALLEST_MOST = 64 << 10
/** No window holds so many packets: numbers further ahead are none of the protocol. */
const MOST_AHEAD = 1 << 20

/** What a life reports to its link. */
export interface LifeOwner {
  /** A flush is wanted when the turn ends. */
  onWork(): void
  onResent(): void
  onRoundTrip(ms: number): void
}

export class Exchange {
  /** The number of this life, and of the other node's; 0 where that is unknown. */
  readonly me: number
  you = 0
  /** The life is to end for this: nothing is sent or taken in any more. */
  failure: DownCause | undefined
  readonly #ports: LinkPorts
  readonly #owner: LifeOwner
  readonly #head = createHead()
  readonly #outgoing: Outgoing
  readonly #pacing: Pacing
  readonly #incoming: Incoming
  readonly #takingIn: TakingIn
  readonly #settling = new Settling()
  #isHalfFull = false
  #lastSent = -Infinity
  /** Since when something that came is not acknowledged, and how many octets. */
  #owedSince: number | undefined
  #owedBytes = 0
  #owesNow = false
  /** The last packet for which an acknowledgement at once was asked. */
  #asked = 0
  #nakSent = -Infinity
  #nakHeeded = -Infinity
  /** When something new was acknowledged; and when it was, or the window was sent again. */
  #lastProgress = 0
  #lastTry = 0
  /** What is being sent again: the next packet, and the last. */
  #resendFrom = 1
  #resendTo = 0
  /** The packet whose round trip is being measured, or 0. */
  #measured = 0
  #measuredAt = -Infinity

  constructor(ports: LinkPorts, owner: LifeOwner, me: number) {
    this.me = me
    this.#ports = ports
    this.#owner = owner
    this.#outgoing = new Outgoing(ports.limits)
    this.#pacing = new Pacing({ shares: this.#outgoing.shares, clock: ports.clock, scheduler: ports.scheduler })
    this.#incoming = new Incoming(ports)
    this.#takingIn = new TakingIn({
      incoming: this.#incoming,
      clock: ports.clock,
      scheduler: ports.scheduler,
      most: 2 * ports.limits.window,
      onTaken: (octets, isAsked) => this.#tookIn(octets, isAsked),
      onMalformed: () => this.fail('protocol'),
    })
  }

  /** The other node is there. It learns at once that this one knows. */
  begin(now: number): void {
    this.#owe(now, true)
  }

  get queuedBytes(): number {
    return this.#outgoing.queuedBytes
  }

  get windowBytes(): number {
    return this.#outgoing.windowBytes
  }

  /** When {@link tick} is of use. */
  get due(): number {
    let due = this.#lastSent + IDLE_MS
    if (this.#owedSince !== undefined) due = Math.min(due, this.#owedSince + ACK_MS)
    return this.#outgoing.windowPackets > 0 ? Math.min(due, this.#lastTry + RESEND_MS) : due
  }

  send(frame: Uint8Array, isOffer?: boolean, owner?: number): boolean {
    const { bus, limits, counters } = this.#ports
    const longest = Math.min(limits.packet, Math.max(bus.maxPacketBytes, SMALLEST_MOST))
    if (!this.#outgoing.append(frame, longest, isOffer, owner)) return false
    counters.framesSent++
    this.#owner.onWork()
    return true
  }

  pace(owner: number, session: Paced): void {
    this.#ports.counters.sessionsPaced += this.#pacing.pace(owner, session)
  }

  settle(done: () => void): void {
    this.#settling.add(this.#outgoing.lastMade, done)
    this.#owner.onWork()
  }

  /** The frames that were not acknowledged. */
  undelivered(): Iterable<Uint8Array> {
    return this.#outgoing.undelivered()
  }

  /** Ends what waits for this life. */
  end(): void {
    this.#pacing.end()
    this.#settling.end()
  }

  /** The life ends as soon as none of its methods is running, and in a later turn at the latest. */
  fail(cause: DownCause): void {
    if (this.failure !== undefined) return
    this.stop(cause)
    this.#owner.onWork()
  }

  /** Nothing is taken in any more. */
  stop(cause: DownCause): void {
    this.failure = cause
    this.#incoming.isStopped = true
  }

  flush(): void {
    const outgoing = this.#outgoing
    this.#sendWindow()
    if (!this.#isHalfFull && outgoing.queuedBytes > this.#ports.limits.queue / 2) {
      this.#isHalfFull = true
      this.#ports.owner.onHalfFull()
    }
    const isAsking = this.#asked < Math.min(this.#settling.last, outgoing.lastSeq)
    if (this.#owesNow || isAsking) this.#acknowledge(isAsking ? ASK : 0)
  }

  /** Takes a packet of this life: DATA, PART or ACK. */
  receive(packet: Uint8Array, head: Readonly<PacketHead>, now: number): void {
    const { kind, flags, behind, seq, ack } = head
    const incoming = this.#incoming
    if (ack > this.#outgoing.lastSeq || seq - incoming.expected > MOST_AHEAD) return this.fail('protocol')
    this.#moveWindow(ack, now)
    if (kind === ACK) this.#takeAck(seq, flags, now)
    else this.#takeNumbered(packet, head, now)
    if (!incoming.isStopped) this.#settling.acknowledged(ack, seq + behind, this.#takingIn.last)
  }

  tick(now: number): void {
    this.#pacing.tick(now)
    if (this.#outgoing.windowPackets > 0 && now - this.#lastTry >= RESEND_MS) this.#resendAll(now)
    const isOwed = this.#owedSince !== undefined && now - this.#owedSince >= ACK_MS
    if (isOwed || now - this.#lastSent >= IDLE_MS) this.#acknowledge(0)
  }

  /** Packets come, but none says that what was sent was taken in. */
  isStalled(now: number): boolean {
    return this.#outgoing.windowPackets > 0 && now - this.#lastProgress >= STALLED_MS
  }

  /** Says that the life ends here, and what was taken in: all that came later never was. */
  close(): void {
    this.#takingIn.countBegun()
    for (let i = 0; i < 3; i++) this.emit(new Uint8Array(HEAD), CLOSE, 0, 0)
  }

  /** The other node has ended the life: what it has not taken in by then is undelivered. */
  closed(ack: number): void {
    if (ack <= this.#outgoing.lastSeq) this.#outgoing.acknowledge(ack)
  }

  /** Puts a packet on the bus, with a head of this life. */
  emit(packet: Uint8Array, kind: number, flags: number, seq: number): void {
    const head = this.#head
    const { bus, to, clock, counters } = this.#ports
    head.kind = kind
    head.flags = flags
    head.source = this.me
    head.destination = kind === OPEN ? 0 : this.you
    head.behind = this.#outgoing.lastMade - seq
    head.seq = seq
    head.ack = this.#takingIn.last
    writeHead(packet, head)
    this.#lastSent = clock.monotonic()
    counters.packetsSent++
    bus.send(to, packet)
  }

  // What comes.

  #moveWindow(ack: number, now: number): void {
    const outgoing = this.#outgoing
    if (!outgoing.acknowledge(ack)) return
    this.#pacing.goOn()
    this.#lastTry = this.#lastProgress = now
    if (this.#measured > 0 && ack >= this.#measured) {
      this.#owner.onRoundTrip(now - this.#measuredAt)
      this.#measured = 0
    }
    if (this.#resendFrom <= this.#resendTo && ack >= this.#resendFrom - 1) this.#resend()
    if (!outgoing.isEmpty) this.#owner.onWork()
  }

  /** An acknowledgement of its own. It says, too, what was sent last, which shows what was lost at the end. */
  #takeAck(seq: number, flags: number, now: number): void {
    if (seq >= this.#incoming.expected) this.#sayNak(now)
    if ((flags & ASK) !== 0) this.#owe(now, true)
    if ((flags & NAK) === 0 || this.#outgoing.windowPackets === 0 || now - this.#nakHeeded < NAK_MS) return
    this.#nakHeeded = now
    this.#resendAll(now)
  }

  #takeNumbered(packet: Uint8Array, { kind, flags, seq }: Readonly<PacketHead>, now: number): void {
    const incoming = this.#incoming
    const { counters } = this.#ports
    if (seq !== incoming.expected) counters.packetsDropped++
    if (seq > incoming.expected) return this.#sayNak(now)
    if (seq < incoming.expected) return this.#owePacket(packet.length, (flags & ASK) !== 0)
    if (!this.#takingIn.take(packet, kind, flags)) counters.packetsDropped++
    else if (!incoming.isStopped) incoming.expected++
  }

  /** Only now: what the owner sent meanwhile must not acknowledge a packet of which it had seen a part. */
  #tookIn(octets: number, isAsked: boolean): void {
    this.#settling.tookIn(this.#takingIn.last)
    this.#owePacket(octets, isAsked)
  }

  #owePacket(octets: number, isAsked: boolean): void {
    this.#owedBytes += octets
    this.#owe(this.#ports.clock.monotonic(), isAsked || this.#owedBytes >= ACK_BYTES)
  }

  #owe(now: number, isUrgent: boolean): void {
    this.#owedSince ??= now
    if (!isUrgent) return
    this.#owesNow = true
    this.#owner.onWork()
  }

  #sayNak(now: number): void {
    if (now - this.#nakSent < NAK_MS) return
    this.#nakSent = now
    this.#acknowledge(NAK)
  }

  // What goes out.

  #sendWindow(): void {
    const outgoing = this.#outgoing
    const wasEmpty = outgoing.windowPackets === 0
    let packet = outgoing.next()
    if (packet === undefined) return
    const now = this.#ports.clock.monotonic()
    if (wasEmpty) this.#lastTry = this.#lastProgress = now
    const measures = this.#measured === 0 && now - this.#measuredAt >= MEASURE_MS
    while (packet !== undefined) {
      const seq = outgoing.lastSeq
      const following = outgoing.next()
      const asks = following === undefined && (measures || this.#settling.last > this.#asked)
      if (asks) this.#asked = seq
      if (asks && measures) [this.#measured, this.#measuredAt] = [seq, now]
      this.#emitNumbered(packet, seq, asks)
      packet = following
    }
  }

  #emitNumbered(packet: Uint8Array, seq: number, asks: boolean): void {
    const flags = (packet[3] as number) & ~ASK
    this.emit(packet, packet[2] as number, asks ? flags | ASK : flags, seq)
    this.#paid()
  }

  #acknowledge(flags: number): void {
    const { lastSeq } = this.#outgoing
    if ((flags & ASK) !== 0) this.#asked = lastSeq
    this.emit(new Uint8Array(HEAD), ACK, flags, lastSeq)
    this.#paid()
  }

  /** What is owed was just acknowledged. */
  #paid(): void {
    this.#owedSince = undefined
    this.#owedBytes = 0
    this.#owesNow = false
  }

  #resendAll(now: number): void {
    this.#lastTry = now
    this.#measured = 0
    this.#resendFrom = this.#outgoing.firstSeq
    this.#resendTo = this.#outgoing.lastSeq
    this.#resend()
  }

  /** Sends again what is left of the window, as much as may be at once; the acknowledgement of that brings the next. */
  #resend(): void {
    for (let bytes = 0; this.#resendFrom <= this.#resendTo && bytes < RESEND_BYTES;) {
      const seq = this.#resendFrom++
      // The bus may still hold the first one.
      const packet = this.#outgoing.packetOf(seq).slice()
      bytes += packet.length
      this.#emitNumbered(packet, seq, this.#resendFrom > this.#resendTo || bytes >= RESEND_BYTES)
      this.#owner.onResent()
      this.#ports.counters.packetsResent++
    }
  }
}
