// The link to one other node: whole frames in order, over a bus that may lose, repeat and reorder packets. Here are its states: how lives
// begin and end; exchange.ts holds what one life sends and takes in. Pure: time, turns and the bus come in. Never reads a frame.

import type { LifeOwner } from './exchange.ts'
import { Exchange } from './exchange.ts'
import { firstLife, isEarlier, nextLife } from './life.ts'
import type { DownCause, LinkLimits, LinkPorts, LinkToNode } from './link-ports.ts'
import type { Paced } from './pacing.ts'
import { ACK, CLOSE, createHead, DATA, HEAD, OPEN, OPENED, PART, readHead } from './packet.ts'

/** 4 MiB on the bus, 64 MiB waiting for it, 8 MiB of both for one owner, packets of 256 KiB. */
export const LINK_LIMITS: LinkLimits = {
  window: 4 << 20,
  windowPackets: 8_192,
  queue: 64 << 20,
  reserve: 16 << 20,
  share: 8 << 20,
  uncounted: 1 << 20,
  packet: 256 << 10,
  frame: 64 << 20,
}

/** How often a link that is down says OPEN, and for how long a HELLO makes it do so. */
const OPEN_MS = 250
const GREETED_MS = 5_000
/** Ticks come this often at least. */
const TICK_MS = 1_000
/** Without a packet of the other node for so long, a link is lost. */
const SILENT_MS = 5_000
/** Ticks further apart mean that this process stood still: what waits to be read then gets some time to be heard. */
const STOOD_STILL_MS = 2_000
const GRACE_MS = 2_000
/** After a fault of the protocol a link stays down for so long. */
const REST_MS = 5_000
/**
 * So often in a row a link may come up and be down again within 10 s. After that it rests, each time twice as long: each time that it comes
 * up, both nodes send each other all that they know.
 */
const MOST_SHORT_LIVES = 5
const SHORT_LIFE_MS = 10_000
const FIRST_REST_MS = 500
const LONGEST_REST_MS = 30_000

/** A link with all its lives: made when a node is first heard of, kept as long as it may come back. */
export class NodeLink implements LinkToNode, LifeOwner {
  resent = 0
  roundTripMs: number | undefined
  readonly #ports: LinkPorts
  readonly #head = createHead()
  #life: Exchange
  #isUp = false
  #isClosed = false
  #isFlushAwaited = false
  #greeted = -Infinity
  #restsUntil = -Infinity
  #lastOpen = -Infinity
  #lastTick: number
  #lastHeard = -Infinity
  #graceUntil = -Infinity
  /** One silence gets one grace. */
  #hadGrace = false
  #cameUp = -Infinity
  /** How many of the last lives in a row were short. */
  #shortLives = 0

  constructor(ports: LinkPorts) {
    this.#ports = ports
    this.#life = new Exchange(ports, this, firstLife(ports.clock.now()))
    this.#lastTick = ports.clock.monotonic()
  }

  get isUp(): boolean {
    return this.#isUp && this.#life.failure === undefined
  }

  get queuedBytes(): number {
    return this.#life.queuedBytes
  }

  get windowBytes(): number {
    return this.#life.windowBytes
  }

  get due(): number {
    if (this.#isClosed) return Infinity
    const least = this.#lastTick + TICK_MS
    if (this.#isUp) return Math.min(least, this.#life.due)
    const opens = Math.max(this.#lastTick, this.#lastOpen + OPEN_MS, this.#restsUntil)
    return this.#mayOpen(opens) ? Math.min(least, opens) : least
  }

  send(frame: Uint8Array, isOffer?: boolean, owner?: number): boolean {
    return this.#isUp && this.#life.failure === undefined && this.#life.send(frame, isOffer, owner)
  }

  pace(owner: number, session: Paced): void {
    if (this.#isUp) this.#life.pace(owner, session)
  }

  overflow(): void {
    if (this.#isUp) this.#life.fail('overflow')
  }

  fault(): void {
    if (this.#isUp) this.#life.fail('protocol')
  }

  flush(): void {
    if (this.#isUp && !this.#endIfFailed()) this.#life.flush()
  }

  settle(done: () => void): void {
    if (this.#isUp) this.#life.settle(done)
    else done()
  }

  receive(packet: Uint8Array): void {
    const head = this.#head
    const { counters, clock } = this.#ports
    counters.packetsReceived++
    if (this.#isClosed || this.#life.failure !== undefined || !readHead(packet, head)) return this.#drop()
    const { kind, source, destination } = head
    const now = clock.monotonic()
    if (kind === OPEN) return this.#takeOpen(source, now)
    if (destination !== this.#life.me) return this.#drop()
    if (kind === OPENED) return this.#takeOpened(source, now)
    if (source !== this.#life.you) return this.#drop()
    if (kind === CLOSE) return this.#takeClose(head.ack)
    if (kind !== DATA && kind !== PART && kind !== ACK) return this.#drop()
    const life = this.#life
    this.#heard(now)
    if (!this.#isUp) this.#goUp()
    // The owner may have ended the life when it came up.
    if (life !== this.#life) return this.#drop()
    life.receive(packet, head, now)
    if (life === this.#life) this.#endIfFailed()
  }

  tick(): void {
    if (this.#isClosed || this.#endIfFailed()) return
    const now = this.#ports.clock.monotonic()
    if (now - this.#lastTick > STOOD_STILL_MS && !this.#hadGrace) {
      this.#hadGrace = true
      this.#graceUntil = now + GRACE_MS
    }
    this.#lastTick = now
    if (this.#isUp && this.#isLost(now)) this.#goDown('lost')
    if (this.#isUp) this.#life.tick(now)
    else if (!this.#isClosed) this.#open(now)
  }

  hello(): void {
    const now = this.#ports.clock.monotonic()
    this.#greeted = now
    if (!this.#isUp && !this.#isClosed) this.#open(now)
  }

  gone(successor?: number): void {
    if (successor !== undefined && this.#isUp && !isEarlier(this.#life.you, firstLife(successor))) return
    this.#greeted = -Infinity
    if (this.#isUp) this.#goDown('lost')
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    if (this.#life.you === 0) return
    // None of the packets is acknowledged; three are hardly all lost.
    this.#life.close()
    this.#goDown('closed')
  }

  onWork(): void {
    if (this.#isFlushAwaited) return
    this.#isFlushAwaited = true
    this.#ports.scheduler.defer(this.#flushAwaited)
  }

  onResent(): void {
    this.resent++
  }

  onRoundTrip(ms: number): void {
    this.roundTripMs = this.roundTripMs === undefined ? ms : (7 * this.roundTripMs + ms) / 8
  }

  readonly #flushAwaited = (): void => {
    this.#isFlushAwaited = false
    this.flush()
  }

  #drop(): void {
    this.#ports.counters.packetsDropped++
  }

  #putOff(): void {
    this.#ports.counters.linksPutOff++
    this.#drop()
  }

  #heard(now: number): void {
    this.#lastHeard = now
    this.#hadGrace = false
  }

  #takeOpen(source: number, now: number): void {
    if (source === 0) return this.#drop()
    if (now < this.#restsUntil) return this.#putOff()
    if (this.#isUp && source !== this.#life.you) {
      if (isEarlier(source, this.#life.you)) return this.#drop()
      this.#goDown('lost')
      if (this.#isClosed) return
      if (now < this.#restsUntil) return this.#putOff()
    }
    // In a life that is not up nothing was sent or taken in: it may go on with whichever life of the other node is there.
    this.#life.you = source
    this.#heard(now)
    this.#life.emit(new Uint8Array(HEAD), OPENED, 0, 0)
  }

  #takeOpened(source: number, now: number): void {
    if (source === 0 || (this.#isUp && this.#life.you !== source)) return this.#drop()
    this.#life.you = source
    this.#heard(now)
    if (this.#isUp) return
    this.#life.begin(now)
    this.#goUp()
  }

  #takeClose(ack: number): void {
    this.#greeted = -Infinity
    if (!this.#isUp) return
    this.#life.closed(ack)
    this.#goDown('left')
  }

  #mayOpen(now: number): boolean {
    return now - this.#greeted < GREETED_MS && now >= this.#restsUntil
  }

  #open(now: number): void {
    if (!this.#mayOpen(now) || now - this.#lastOpen < OPEN_MS) return
    this.#lastOpen = now
    this.#life.emit(new Uint8Array(HEAD), OPEN, 0, 0)
  }

  #goUp(): void {
    this.#isUp = true
    this.#cameUp = this.#ports.clock.monotonic()
    this.#ports.owner.onUp()
  }

  #restIfFlapping(now: number): void {
    if (now - this.#cameUp >= SHORT_LIFE_MS) this.#shortLives = 0
    else if (++this.#shortLives > MOST_SHORT_LIVES) {
      const rest = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** (this.#shortLives - MOST_SHORT_LIVES - 1))
      this.#restsUntil = Math.max(this.#restsUntil, now + rest)
    }
  }

  #isLost(now: number): boolean {
    return now >= this.#graceUntil && (now - this.#lastHeard >= SILENT_MS || this.#life.isStalled(now))
  }

  /** Ends a life that has failed. Called where no method of that life is running. */
  #endIfFailed(): boolean {
    const { failure } = this.#life
    if (failure !== undefined) this.#goDown(failure)
    return failure !== undefined
  }

  /** Begins a new life. */
  #goDown(cause: DownCause): void {
    const { owner, counters, clock } = this.#ports
    const life = this.#life
    const wasUp = this.#isUp
    // The owner may do this in the midst of the frames of a packet.
    life.stop(cause)
    this.#isUp = false
    this.#life = new Exchange(this.#ports, this, nextLife(life.me, clock.now()))
    if (cause === 'protocol') this.#restsUntil = clock.monotonic() + REST_MS
    if (!wasUp) return
    this.#restIfFlapping(clock.monotonic())
    if (cause !== 'left' && cause !== 'closed') counters.linksLost++
    owner.onDown(cause, life.undelivered())
    life.end()
  }
}
