// The simulated network: one FIFO of bytes in each direction of a connection, with delay, stall, cut and end. It keeps
// messages and says when they arrive; it ignores their meaning.

import type { SerializerName } from '@trunkline/protocol'
import type { CloseCause, Transport, TransportInfo, TransportOwner } from '@trunkline/router'

/** A packet in flight. */
export interface Packet {
  readonly at: number
  readonly what: 'message' | 'wrong-kind' | 'end'
  readonly bytes: Uint8Array
  /** The message as an array; undefined for bytes that are none. */
  readonly list: readonly unknown[] | undefined
  /** It may end the session. */
  readonly isHostile?: boolean
}

/** The receiver at the client's end. */
export interface ClientEnd {
  received(packet: Packet): void
  /** The connection has ended. */
  ended(): void
}

/** The observer of what the router does with its end. */
export interface RouterWatch {
  now(): number
  /** The router handed over a message: a copy of its bytes. */
  sent(connection: Connection, bytes: Uint8Array): readonly unknown[]
  closed(connection: Connection): void
}

const NOTHING = new Uint8Array(0)

export class Connection implements Transport {
  /** The number of the connection in its world, from 0. */
  readonly index: number
  readonly client: number
  readonly serializer: SerializerName
  readonly maxSendBytes: number
  readonly info: TransportInfo
  /** The client sees at once what was handed over, or never. */
  readonly pendingBytes = 0
  readonly up: Packet[] = []
  readonly down: Packet[] = []
  owner: TransportOwner | undefined
  /** The router closed or destroyed its end. */
  isClosedByRouter = false
  isDestroyed = false
  /** The router was notified that the connection has ended. */
  isOver = false
  isStalled = false
  /** It has not read for a time. */
  hasStalled = false
  /** It reads again, but the router has not yet been notified. */
  takesMore = false
  readonly #watch: RouterWatch
  readonly #delay: number
  #end: ClientEnd
  #isClientGone = false

  constructor(
    index: number,
    plan: { client: number; serializer: SerializerName; maxBytes: number; delay: number },
    end: ClientEnd,
    watch: RouterWatch,
  ) {
    this.index = index
    this.client = plan.client
    this.serializer = plan.serializer
    this.maxSendBytes = plan.maxBytes
    this.info = { kind: 'websocket', peer: `client-${plan.client}`, isSecure: false }
    this.#delay = plan.delay
    this.#end = end
    this.#watch = watch
  }

  get isWritable(): boolean {
    return (!this.isStalled || this.takesMore) && !this.isOver
  }

  /** Whether the client may still send. */
  get isUsable(): boolean {
    return !this.isOver && !this.#isClientGone
  }

  // ---- the client's side

  sendUp(bytes: Uint8Array, list: readonly unknown[] | undefined, what: 'message' | 'wrong-kind' = 'message', isHostile = false): void {
    if (this.isUsable) this.up.push({ at: this.#arrival(this.up), what, bytes, list, isHostile })
  }

  /** The client closes when everything that it sent has been delivered. */
  endUp(): void {
    if (this.isUsable) this.up.push({ at: this.#arrival(this.up), what: 'end', bytes: NOTHING, list: undefined })
    this.#isClientGone = true
  }

  /** The connection breaks: what is in flight is lost. The router learns of it later, the client at once. */
  cut(): void {
    if (this.isOver) return
    this.up.length = 0
    this.up.push({ at: this.#watch.now() + this.#delay, what: 'end', bytes: NOTHING, list: undefined })
    this.down.length = 0
    this.#leaveClient()
  }

  /** The client has gone without closing: the connection is open on the router's side only, and takes nothing. */
  vanish(): void {
    this.up.length = 0
    this.down.length = 0
    this.stall()
    this.#leaveClient()
  }

  /** The client stops reading. */
  stall(): void {
    this.isStalled = true
    this.hasStalled = true
  }

  // ---- the router's side

  send(message: Uint8Array): void {
    const list = this.#watch.sent(this, message)
    if (!this.#isClientGone) this.down.push({ at: this.#arrival(this.down), what: 'message', bytes: Buffer.from(message), list })
  }

  close(_cause: CloseCause): void {
    if (this.isClosedByRouter) return
    this.isClosedByRouter = true
    this.#watch.closed(this)
    this.up.length = 0
    if (this.#isClientGone) this.up.push({ at: this.#watch.now(), what: 'end', bytes: NOTHING, list: undefined })
    else this.down.push({ at: this.#arrival(this.down), what: 'end', bytes: NOTHING, list: undefined })
  }

  destroy(): void {
    this.isDestroyed = true
    this.close('policy')
    this.isStalled = false
    this.cut()
  }

  // ---- deliveries

  /** When the next packet arrives; infinity when none is in flight. */
  nextAt(): number {
    const up = this.up.length === 0 ? Infinity : (this.up[0] as Packet).at
    const down = this.isStalled || this.down.length === 0 ? Infinity : (this.down[0] as Packet).at
    return Math.min(up, down)
  }

  /** The next packet that arrives at the router by now, or undefined. */
  takeUp(now: number): Packet | undefined {
    return this.up.length > 0 && (this.up[0] as Packet).at <= now ? this.up.shift() : undefined
  }

  /** Delivers the next packet for the client that is due, if any. */
  deliverDown(now: number): boolean {
    if (this.isStalled || this.down.length === 0) return false
    const packet = this.down[0] as Packet
    if (packet.at > now) return false
    this.down.shift()
    if (packet.what === 'end') {
      this.#leaveClient()
      this.up.length = 0
      this.up.push({ at: now, what: 'end', bytes: NOTHING, list: undefined })
    } else {
      this.#end.received(packet)
    }
    return true
  }

  /** The router is being notified that the connection has ended. */
  over(): void {
    this.isOver = true
    this.up.length = 0
    this.down.length = 0
    this.#leaveClient()
  }

  #leaveClient(): void {
    const end = this.#end
    this.#end = NO_CLIENT
    this.#isClientGone = true
    end.ended()
  }

  #arrival(queue: readonly Packet[]): number {
    const at = this.#watch.now() + this.#delay
    return queue.length === 0 ? at : Math.max(at, (queue[queue.length - 1] as Packet).at)
  }
}

const NO_CLIENT: ClientEnd = { received() {}, ended() {} }
