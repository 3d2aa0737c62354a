// What waits for one peer: one queue, nothing overtakes, bytes counted, bounded. Pure; the connection drains it.

import { LARGE_MESSAGE } from '@trunkline/protocol'
import type { QueuedEvent, Share } from './outbox-queue.ts'
import { mayDrop, OutboxQueue, passGapOn } from './outbox-queue.ts'
import type { Account, Counted, OutboxTotal } from './outbox-total.ts'
import type { Backlog, Delivery } from '../ports/link.ts'

/** Where the bytes go: what a transport shows of itself. */
export interface Sink {
  /** False while it takes no more. */
  readonly isWritable: boolean
  /** Octets that it was given and has not passed on. */
  readonly pendingBytes: number
  /** Takes one message; copies it at once unless it is large (see Transport.send). */
  send(message: Uint8Array): void
}

/**
 * What a message is to the queue. `call`, `result` and `offered_event` are refused when they do not fit: their sender can be
 * told. An `interrupt` is never refused: there is at most one for each call that was taken.
 */
export type OutboxKind = 'reply' | 'event' | 'offered_event' | 'call' | 'interrupt' | 'result'

/** Octets that may wait for one peer. */
export interface OutboxLimits {
  /**
   * Of calls, of results, and of events and replies together. Beyond it calls and results are refused, and events are given up
   * where they may be, else everything. A single message of its share may be longer when nothing else of it waits.
   */
  readonly hard: number
  /** Beyond it the owner is warned. */
  readonly soft: number
}

/** Why a session is given up: more waits than may, nothing was taken for too long, or all together hold too much. */
export type Bound = 'queue' | 'stall' | 'total'

/** Who is told that a peer does not read. */
export interface OutboxOwner {
  /** The principal for whom it is, or the address. Asked when something begins to wait. */
  readonly holder: string
  /** What waited is given up, nothing more is taken. Called at most once. */
  onSlow(bound: Bound): void
  /** Not even the last message was taken in time, or it could not be: the connection is to be cut. */
  onStuck(bound: Bound): void
  /** More than the soft limit waits. Called once until nothing waits. */
  onBacklog(bytes: number): void
  /** An event was given up. */
  onDropped(): void
  /** Events of a subscription were given up, and none of it waits that could tell. */
  onGap(subscription: number, missed: number): void
  /** An EVENT made to tell of another gap than it did; undefined when the peer does not accept it so. */
  withGap(event: Uint8Array, gap: number): Uint8Array | undefined
}

/** What is known while anything waits, in the queue or in the sink. */
interface Load {
  readonly account: Account
  /** The message that the sink has not taken whole, when others hold the same bytes. */
  handed: Uint8Array | undefined
  /** Octets that the sink has not taken besides. */
  pending: number
  /** What the sink had not taken at the last look, and what it was given since. */
  pendingThen: number
  given: number
  /** The time of the last look that saw progress; undefined before the first look. */
  movedAt: number | undefined
  isSlow: boolean
}

export class Outbox implements Counted {
  readonly #sink: Sink
  readonly #limits: OutboxLimits
  readonly #total: OutboxTotal
  readonly #owner: OutboxOwner
  /** Only while messages wait. */
  #queue: OutboxQueue | undefined
  /** Only while anything waits. */
  #load: Load | undefined
  /** Only while the sink is given a large message that others hold too. */
  #handing: Uint8Array | undefined
  #isOverflown = false
  #dropped = 0

  constructor(sink: Sink, limits: OutboxLimits, total: OutboxTotal, owner: OutboxOwner) {
    this.#sink = sink
    this.#limits = limits
    this.#total = total
    this.#owner = owner
  }

  /** Octets that wait. */
  get bytes(): number {
    return this.#queue?.bytes ?? 0
  }

  /** Messages that wait. */
  get size(): number {
    return this.#queue?.size ?? 0
  }

  get isEmpty(): boolean {
    return this.#queue === undefined
  }

  get isOverflown(): boolean {
    return this.#isOverflown
  }

  get isSlow(): boolean {
    return this.#load?.isSlow ?? false
  }

  get account(): Account | undefined {
    return this.#load?.account
  }

  /** Whether a result may still fit: false from one that did not until one of those that wait is handed on. */
  get takesResults(): boolean {
    const queue = this.#queue
    return queue === undefined || (!queue.hasRefusedResult && queue.bytesBeside('result') < this.#limits.hard)
  }

  /** What waits, by class. */
  backlog(now: number): Backlog {
    const { events = NONE, size = 0, bytes = 0 } = this.#queue ?? {}
    return {
      events: events.messages,
      eventBytes: events.bytes,
      replies: size - events.messages,
      replyBytes: bytes - events.bytes,
      dropped: this.#dropped,
      stalledMs: this.#load === undefined || this.#load.given > 0 ? 0 : now - (this.#load.movedAt ?? now),
    }
  }

  /**
   * Hands a message on, or queues it.
   * @param kind others hold the same bytes of an event, which then are never changed and need no copy
   * @param delivery of an event, where events may be given up
   * @returns `full` when it does not fit, `closed` when the peer does not read and gets nothing more
   */
  push(message: Uint8Array, kind: OutboxKind, delivery?: Delivery): 'queued' | 'full' | 'closed' {
    if (this.#queue === undefined && this.#sink.isWritable && !this.#isOverflown) {
      // `length`: reading `byteLength` costs three times the rest.
      if (message.length < LARGE_MESSAGE) this.#sink.send(message)
      else this.#sendLarge(message, SHARE_OF[kind] === 'event')
      return 'queued'
    }
    return this.#enqueue(message, kind, delivery)
  }

  /** Whether an offered event of so many octets would not be refused. */
  hasRoom(octets: number): boolean {
    return this.#queue === undefined || this.#fits(octets, 'event')
  }

  /** The sink takes no more, and has not taken all that it was given. */
  hold(): void {
    const load = (this.#load ??= this.#join())
    const handing = this.#handing
    if (handing !== undefined && load.handed === undefined) {
      load.handed = handing
      load.account.add(handing, true)
    }
    this.#measure(load)
    if (load.movedAt === undefined) load.pendingThen = this.#sink.pendingBytes
    this.#total.relieve()
  }

  /** The sink takes more: hands on what waits. */
  drain(): void {
    this.#settle()
    while (this.#queue !== undefined && this.#sink.isWritable) {
      const first = this.#queue.shift()
      if (first !== undefined && this.#load !== undefined) this.#load.given += first.message.byteLength
      if (first?.share === 'result') this.#queue.hasRefusedResult = false
      if (this.#queue.size === 0) this.#queue = undefined
      if (first !== undefined) this.#handOver(first.message, first.share, first.event)
    }
    this.#leaveIfDone()
  }

  /** Gives up all: the transport is gone. */
  clear(): void {
    this.#clearQueue()
    const load = this.#load
    if (load === undefined) return
    this.#release(load)
    load.account.addOctets(-load.pending)
    this.#leave(load)
  }

  /** The session is over; another one of the same peer may follow. */
  seal(): void {
    this.#queue?.seal()
    this.#dropped = 0
  }

  /** Queues the last message of all, also after an overflow; a peer that still does not read is then cut off. */
  pushLast(message: Uint8Array): void {
    if (this.#queue === undefined && this.#sink.isWritable) this.#sink.send(message)
    else this.#append(message.slice(), 'reply', undefined)
  }

  /** Gives up what waits and refuses what comes. */
  overflow(bound: Bound): void {
    if (this.#isOverflown) return
    this.#isOverflown = true
    this.#clearQueue()
    this.#leaveIfDone()
    this.#owner.onSlow(bound)
  }

  giveWay(): void {
    if (this.#sink.pendingBytes === 0) return this.overflow('total')
    // What the sink holds is free only when the connection is cut; no last message could pass it.
    this.#isOverflown = true
    this.clear()
    this.#owner.onStuck('total')
  }

  checkProgress(now: number, stallMs: number): void {
    const load = this.#load
    if (load === undefined) return
    this.#measure(load)
    const pending = this.#sink.pendingBytes
    const left = load.pendingThen + load.given - pending
    const isFirstLook = load.movedAt === undefined
    load.isSlow = !isFirstLook && this.bytes + pending > left * SECONDS_TO_BE_EMPTY
    load.pendingThen = pending
    load.given = 0
    if (isFirstLook || left > 0) load.movedAt = now
    else if (now - (load.movedAt ?? now) >= stallMs) {
      load.movedAt = now // The last message has as long.
      this.#stall()
    }
  }

  #stall(): void {
    if (this.#isOverflown) this.#owner.onStuck('stall')
    else this.overflow('stall')
  }

  #enqueue(message: Uint8Array, kind: OutboxKind, delivery: Delivery | undefined): 'queued' | 'full' | 'closed' {
    if (this.#isOverflown) return 'closed'
    const share = SHARE_OF[kind]
    if (MAY_REFUSE.has(kind) && !this.#fits(message.byteLength, share)) return this.#refuse(share)
    const hasRoom = share === 'call' || share === 'result' || this.#queue?.canFit(message, this.#limits.hard) !== false
    if (!hasRoom) return this.#noRoom(delivery)
    const queue = this.#append(message, share, delivery)
    if (share === 'reply' || share === 'event') this.#makeRoom(queue)
    if (queue.bytes > this.#limits.soft && !queue.isWarned) {
      queue.isWarned = true
      this.#owner.onBacklog(queue.bytes)
    }
    this.#total.relieve()
    return this.#isOverflown ? 'closed' : 'queued'
  }

  #fits(octets: number, share: Share): boolean {
    const waiting = this.#queue?.bytesBeside(share) ?? 0
    return waiting === 0 || waiting + octets <= this.#limits.hard
  }

  #refuse(share: Share): 'full' {
    if (share === 'result' && this.#queue !== undefined) this.#queue.hasRefusedResult = true
    return 'full'
  }

  #append(message: Uint8Array, share: Share, delivery: Delivery | undefined): OutboxQueue {
    const load = (this.#load ??= this.#join())
    const queue = (this.#queue ??= new OutboxQueue(load.account))
    const replaced = share === 'event' ? queue.appendEvent(message, delivery) : queue.append(message.slice(), share)
    if (replaced !== undefined) this.#gaveUp(replaced)
    return queue
  }

  /** Refuses an event that may be given up, before it replaces anything that waits; for all else the peer does not read. */
  #noRoom(delivery: Delivery | undefined): 'full' | 'closed' {
    if (mayDrop(delivery)) {
      this.#dropped++
      return 'full'
    }
    this.overflow('queue')
    return 'closed'
  }

  /** Gives up the oldest events that may be until the rest fits; the message just queued stays. */
  #makeRoom(queue: OutboxQueue): void {
    while (queue.bytesBeside('event') > this.#limits.hard) {
      const event = queue.dropOldest()
      if (event === undefined) return
      this.#gaveUp(event)
    }
  }

  #handOver(message: Uint8Array, share: Share, event: QueuedEvent | undefined): void {
    if (event === undefined || event.gap === event.delivery.missed) return this.#sendLarge(message, share === 'event')
    const telling = this.#owner.withGap(message, event.gap)
    if (telling === undefined) this.#gaveUp(event)
    else this.#sink.send(telling)
  }

  #sendLarge(message: Uint8Array, isShared: boolean): void {
    if (!isShared) return this.#sink.send(message)
    this.#handing = message
    this.#sink.send(message)
    this.#handing = undefined
  }

  /** @param event is out of the queue */
  #gaveUp(event: QueuedEvent): void {
    this.#dropped++
    this.#owner.onDropped()
    const missed = passGapOn(event)
    if (missed > 0) this.#owner.onGap(event.delivery.subscription, missed)
  }

  #clearQueue(): void {
    this.#queue?.clear()
    this.#queue = undefined
  }

  #join(): Load {
    const account = this.#total.join(this, this.#owner.holder)
    return { account, handed: undefined, pending: 0, pendingThen: 0, given: 0, movedAt: undefined, isSlow: false }
  }

  /** Counts what the sink has not taken. */
  #measure(load: Load): void {
    const pending = Math.max(0, this.#sink.pendingBytes - (load.handed?.byteLength ?? 0))
    load.account.addOctets(pending - load.pending)
    load.pending = pending
  }

  /** The sink has taken the large message that it was given. */
  #release(load: Load): void {
    if (load.handed !== undefined) load.account.remove(load.handed, true)
    load.handed = undefined
  }

  #settle(): void {
    const load = this.#load
    if (load === undefined) return
    if (this.#sink.pendingBytes === 0 || this.#sink.isWritable) this.#release(load)
    this.#measure(load)
  }

  #leaveIfDone(): void {
    const load = this.#load
    if (load === undefined || this.#queue !== undefined) return
    if (this.#sink.isWritable) load.account.addOctets(-load.pending)
    else if (load.pending > 0 || load.handed !== undefined) return
    this.#leave(load)
  }

  #leave(load: Load): void {
    this.#load = undefined
    this.#total.leave(this, load.account)
  }
}

/** A queue that needs longer is slow. */
const SECONDS_TO_BE_EMPTY = 10
const NONE = { messages: 0, bytes: 0 }
const MAY_REFUSE: ReadonlySet<OutboxKind> = new Set(['call', 'result', 'offered_event'])
const SHARE_OF: Readonly<Record<OutboxKind, Share>> = {
  reply: 'reply',
  event: 'event',
  offered_event: 'event',
  call: 'call',
  interrupt: 'call',
  result: 'result',
}
