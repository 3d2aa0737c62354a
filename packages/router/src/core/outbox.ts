// What waits for one peer: one queue, nothing overtakes, bytes counted, bounded. Pure; the connection drains it.

import type { QueuedEvent, Share } from './outbox-queue.ts'
import { OutboxQueue, passGapOn } from './outbox-queue.ts'
import type { Backlog, Delivery } from './ports.ts'

/** Where the bytes go: what a transport shows of itself. */
export interface Sink {
  /** False while it takes no more. */
  readonly isWritable: boolean
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

/** Who is told that a peer does not read. */
export interface OutboxOwner {
  /** Nothing was taken for too long, or more waits than may wait: what waited is given up, nothing more is taken. Called at most once. */
  onSlow(cause: 'stall' | 'queue'): void
  /** Not even the last message was taken in time. Called at most once. */
  onStuck(): void
  /** More than the soft limit waits. Called once until nothing waits. */
  onBacklog(bytes: number): void
  /** An event was given up. */
  onDropped(): void
  /** Events of a subscription were given up, and none of it waits that could tell. */
  onGap(subscription: number, missed: number): void
  /** An EVENT made to tell of another gap than it did; undefined when the peer does not accept it so. */
  withGap(event: Uint8Array, gap: number): Uint8Array | undefined
}

/** The bytes of all outboxes of a router together, with their limit. */
export class OutboxTotal {
  bytes = 0
  limit: number
  /** Those that hold anything. */
  readonly backlogged = new Set<Outbox>()

  constructor(limit: number) {
    this.limit = limit
  }

  /** Looks for peers that took nothing for `stallMs`. To be called about once a second. */
  sweep(now: number, stallMs: number): void {
    for (const outbox of [...this.backlogged]) outbox.checkProgress(now, stallMs)
  }

  /** The outbox that holds most. */
  largest(): Outbox | undefined {
    let largest: Outbox | undefined
    for (const outbox of this.backlogged) if (largest === undefined || outbox.bytes > largest.bytes) largest = outbox
    return largest
  }
}

export class Outbox {
  readonly #sink: Sink
  readonly #limits: OutboxLimits
  readonly #total: OutboxTotal
  readonly #owner: OutboxOwner
  /** Only while something waits. */
  #queue: OutboxQueue | undefined
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

  get isEmpty(): boolean {
    return this.#queue === undefined
  }

  /** What waits, by class. */
  backlog(now: number): Backlog {
    const { events = NONE, size = 0, bytes = 0, hasMoved = true, movedAt = 0 } = this.#queue ?? {}
    return {
      events: events.messages,
      eventBytes: events.bytes,
      replies: size - events.messages,
      replyBytes: bytes - events.bytes,
      dropped: this.#dropped,
      stalledMs: hasMoved ? 0 : now - movedAt,
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
      this.#sink.send(message)
      return 'queued'
    }
    return this.#enqueue(message, kind, delivery)
  }

  /** The sink takes more: hands on what waits. */
  drain(): void {
    while (this.#queue !== undefined && this.#sink.isWritable) {
      const first = this.#queue.shift()
      if (first !== undefined) this.#total.bytes -= first.message.byteLength
      if (this.#queue.size === 0) this.#forget()
      if (first !== undefined) this.#handOver(first.message, first.event)
    }
  }

  /** Gives up what waits. */
  clear(): void {
    this.#total.bytes -= this.bytes
    this.#forget()
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
  overflow(cause: 'stall' | 'queue' = 'queue'): void {
    if (this.#isOverflown) return
    this.#isOverflown = true
    this.clear()
    this.#owner.onSlow(cause)
  }

  /** Called by the sweep while something waits. */
  checkProgress(now: number, stallMs: number): void {
    const queue = this.#queue
    if (queue === undefined) return
    if (queue.hasMoved) {
      queue.hasMoved = false
      queue.movedAt = now
    } else if (now - queue.movedAt >= stallMs) {
      if (this.#isOverflown) this.#owner.onStuck()
      else this.overflow('stall')
    }
  }

  #enqueue(message: Uint8Array, kind: OutboxKind, delivery: Delivery | undefined): 'queued' | 'full' | 'closed' {
    if (this.#isOverflown) return 'closed'
    const share = SHARE_OF[kind]
    if (MAY_REFUSE.has(kind) && !this.#fits(message, share)) return 'full'
    const queue = this.#append(message, share, delivery)
    if ((share === 'reply' || share === 'event') && !this.#makeRoom(queue)) {
      if (this.#takeBack(queue)) return 'full'
      this.overflow()
      return 'closed'
    }
    if (queue.bytes > this.#limits.soft && !queue.isWarned) {
      queue.isWarned = true
      this.#owner.onBacklog(queue.bytes)
    }
    if (this.#total.bytes > this.#total.limit) this.#total.largest()?.overflow()
    return this.#isOverflown ? 'closed' : 'queued'
  }

  #fits(message: Uint8Array, share: Share): boolean {
    const waiting = this.#queue?.bytesBeside(share) ?? 0
    return waiting === 0 || waiting + message.byteLength <= this.#limits.hard
  }

  #append(message: Uint8Array, share: Share, delivery: Delivery | undefined): OutboxQueue {
    if (this.#queue === undefined) {
      this.#queue = new OutboxQueue()
      this.#total.backlogged.add(this)
    }
    const queue = this.#queue
    const before = queue.bytes
    const replaced = share === 'event' ? queue.appendEvent(message, delivery) : queue.append(message.slice(), share)
    this.#total.bytes += queue.bytes - before
    if (replaced !== undefined) this.#gaveUp(replaced)
    return queue
  }

  /** Gives up the oldest events that may be until the rest fits; the message just queued stays. */
  #makeRoom(queue: OutboxQueue): boolean {
    const { hard } = this.#limits
    if (queue.bytesBeside('event') <= hard) return true
    if (!queue.canFit(hard)) return false
    while (queue.bytesBeside('event') > hard) {
      const before = queue.bytes
      const event = queue.dropOldest()
      if (event === undefined) break
      this.#total.bytes += queue.bytes - before
      this.#gaveUp(event)
    }
    return true
  }

  /** Refuses the message just queued, if it is an event that may be given up: what was passed on to it to tell is told otherwise. */
  #takeBack(queue: OutboxQueue): boolean {
    const before = queue.bytes
    const event = queue.dropNewest()
    if (event === undefined) return false
    this.#total.bytes += queue.bytes - before
    this.#dropped++
    const { gap, delivery } = event
    if (gap > delivery.missed) this.#owner.onGap(delivery.subscription, gap - delivery.missed)
    return true
  }

  #handOver(message: Uint8Array, event: QueuedEvent | undefined): void {
    if (event === undefined || event.gap === event.delivery.missed) return this.#sink.send(message)
    const telling = this.#owner.withGap(message, event.gap)
    if (telling === undefined) this.#gaveUp(event)
    else this.#sink.send(telling)
  }

  /** @param event is out of the queue */
  #gaveUp(event: QueuedEvent): void {
    this.#dropped++
    this.#owner.onDropped()
    const missed = passGapOn(event)
    if (missed > 0) this.#owner.onGap(event.delivery.subscription, missed)
  }

  #forget(): void {
    this.#queue = undefined
    this.#total.backlogged.delete(this)
  }
}

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
