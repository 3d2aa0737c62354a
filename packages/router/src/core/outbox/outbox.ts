// What is queued for one peer: one queue in strict order, its bytes counted and bounded. Pure; the connection drains it.

import { LARGE_MESSAGE } from '@trunkline/protocol'
import type { QueuedEvent, Share } from './outbox-queue.ts'
import { mayDrop, OutboxQueue, passGapOn } from './outbox-queue.ts'
import type { Account, Counted, OutboxTotal } from './outbox-total.ts'
import type { Backlog, Delivery } from '../ports/link.ts'

/** Where the bytes go: a transport as the queue sees it. */
export interface Sink {
  /** False while it takes no more. */
  readonly isWritable: boolean
  /** Octets that it was given and has not sent yet. */
  readonly pendingBytes: number
  /** Octets that the system took from it and that may be in transit; see {@link Transport.octetsOnTheWay}. */
  readonly octetsOnTheWay?: number
  /** Sends one message; copies it at once unless it is large (see Transport.send). */
  send(message: Uint8Array): void
}

/**
 * The kind of a message. `call`, `result` and `offered_event` are refused when they do not fit, because the code that sends them
 * can handle a refusal. An `interrupt` is never refused: there is at most one for each call that was queued.
 */
export type OutboxKind = 'reply' | 'event' | 'offered_event' | 'call' | 'interrupt' | 'result'

/** How many octets may be queued for one peer. */
export interface OutboxLimits {
  /**
   * For calls, for results, and for events and replies together; of short messages, one for each 100 octets. Beyond it calls and results
   * are refused, and droppable events are dropped, or else the whole queue. A single message of its share may be longer when no other of
   * that share is queued.
   */
  readonly hard: number
  /** Beyond it the owner is warned. */
  readonly soft: number
}

/** Why a session is closed: its queue is too long, its transport took nothing for too long, or all queues together are too long. */
export type Bound = 'queue' | 'stall' | 'total'

/** Gets the reports of a queue whose peer does not read. */
export interface OutboxOwner {
  /** The principal or address that the queue counts to. Read when something is first queued. */
  readonly holder: string
  /** The queue was dropped and takes nothing more. Called at most once. */
  onSlow(bound: Bound): void
  /** The transport did not take the last message in time, or could not: the owner has to cut the connection. */
  onStuck(bound: Bound): void
  /** More than the soft limit is queued. Called once until the queue is empty. */
  onBacklog(bytes: number): void
  /** An event of a subscription was dropped. */
  onDropped(subscription: number): void
  /** Events of a subscription were dropped, and no queued event of it can report that. */
  onGap(subscription: number, missed: number): void
  /** A copy of an EVENT that reports another gap; undefined when the peer does not accept the result. */
  withGap(event: Uint8Array, gap: number): Uint8Array | undefined
}

/** Kept while the queue or the sink holds anything. */
interface Load {
  readonly account: Account
  /** The large event that the sink has not taken whole, when other queues may hold the same bytes. */
  handed: Uint8Array | undefined
  /** Other octets that the sink has not taken. */
  pending: number
  /** What the sink had not taken at the last check, and what it was given since. */
  pendingThen: number
  given: number
  /** The time of the last check that saw progress; undefined before the first check. */
  movedAt: number | undefined
  isSlow: boolean
  /** Whether the last check saw progress, or there was none yet. */
  isMoving: boolean
}

export class Outbox implements Counted {
  readonly #sink: Sink
  readonly #limits: OutboxLimits
  readonly #total: OutboxTotal
  readonly #owner: OutboxOwner
  /** Only while messages are queued. */
  #queue: OutboxQueue | undefined
  /** Only while the queue or the sink holds anything. */
  #load: Load | undefined
  /** Only during the sending of a large message that other queues may hold too. */
  #handing: Uint8Array | undefined
  #hasOverflowed = false
  #dropped = 0

  constructor(sink: Sink, limits: OutboxLimits, total: OutboxTotal, owner: OutboxOwner) {
    this.#sink = sink
    this.#limits = limits
    this.#total = total
    this.#owner = owner
  }

  /** Octets in the queue. */
  get bytes(): number {
    return this.#queue?.bytes ?? 0
  }

  /** Messages in the queue. */
  get size(): number {
    return this.#queue?.size ?? 0
  }

  get isEmpty(): boolean {
    return this.#queue === undefined
  }

  get hasOverflowed(): boolean {
    return this.#hasOverflowed
  }

  get isSlow(): boolean {
    return this.#load?.isSlow ?? false
  }

  get account(): Account | undefined {
    return this.#load?.account
  }

  /** Whether a result may still fit: false from one that did not until a queued result leaves. */
  get takesResults(): boolean {
    const queue = this.#queue
    return queue === undefined || (!queue.hasRefusedResult && queue.fits(1, 'result', this.#limits.hard))
  }

  /** What is queued, by class. */
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
   * Sends a message, or queues it.
   * @param kind an event shares its bytes with other queues: they never change and need no copy
   * @param delivery of an event, where events may be dropped
   * @returns `full` when it does not fit, `closed` when the queue was dropped and takes nothing more
   */
  push(message: Uint8Array, kind: OutboxKind, delivery?: Delivery): 'queued' | 'full' | 'closed' {
    if (this.#queue === undefined && this.#sink.isWritable && !this.#hasOverflowed) {
      // `length`, because reading `byteLength` costs three times as much as the rest.
      if (message.length < LARGE_MESSAGE) this.#sink.send(message)
      else this.#sendLarge(message, SHARE_OF[kind] === 'event')
      return 'queued'
    }
    return this.#enqueue(message, kind, delivery)
  }

  /** Whether an offered event of this many octets would fit. */
  hasRoom(octets: number): boolean {
    return this.#fits(octets, 'event')
  }

  /** Whether {@link push} would find a message of this many octets `full`; notes that refusal as it does. */
  refuses(octets: number, kind: OutboxKind, delivery?: Delivery): boolean {
    if (this.#queue === undefined || this.#hasOverflowed) return false
    const share = SHARE_OF[kind]
    if (MAY_REFUSE.has(kind)) return !this.#fits(octets, share) && this.#refuse(share) === 'full'
    return mayDrop(delivery) && !this.#queue.canFit(octets, this.#limits.hard) && this.#noRoom(delivery) === 'full'
  }

  /** The sink takes no more, and still holds octets. */
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

  /** The sink takes more: sends what is queued. */
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

  /** Drops everything: the transport has ended. */
  clear(): void {
    this.#clearQueue()
    const load = this.#load
    if (load === undefined) return
    this.#release(load)
    load.account.addOctets(-load.pending)
    this.#leave(load)
  }

  /** The session has ended; another one of the same peer may follow. */
  seal(): void {
    this.#queue?.seal()
    this.#dropped = 0
  }

  /** Queues the very last message, also after an overflow; a peer that still does not read is then cut off. */
  pushLast(message: Uint8Array): void {
    if (this.#queue === undefined && this.#sink.isWritable) this.#sink.send(message)
    else this.#append(message.slice(), 'reply', undefined)
  }

  /** Drops the queue and refuses further messages. */
  overflow(bound: Bound): void {
    if (this.#hasOverflowed) return
    this.#hasOverflowed = true
    this.#clearQueue()
    this.#leaveIfDone()
    this.#owner.onSlow(bound)
  }

  dropForTotal(): void {
    if (this.#sink.pendingBytes === 0) return this.overflow('total')
    // Cutting the connection is the only way to free what the sink holds; a last message could not overtake it.
    this.#hasOverflowed = true
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
    load.isMoving = isFirstLook || left > 0
    if (!load.isMoving && this.#queue?.areTooMany(this.#limits.hard) === true) return this.overflow('queue')
    if (load.isMoving) load.movedAt = now
    else if (now - (load.movedAt ?? now) >= stallMs + this.#patience) {
      load.movedAt = now // The last message gets the same time.
      this.#stall()
    }
  }

  /** A full system takes more only when a third of its buffer is free again. Until then nothing leaves, though the peer reads. */
  get #patience(): number {
    return !this.#hasOverflowed && (this.#sink.octetsOnTheWay ?? 0) > 0 ? TRANSIT_MS : 0
  }

  #stall(): void {
    if (this.#hasOverflowed) this.#owner.onStuck('stall')
    else this.overflow('stall')
  }

  #enqueue(message: Uint8Array, kind: OutboxKind, delivery: Delivery | undefined): 'queued' | 'full' | 'closed' {
    if (this.#hasOverflowed) return 'closed'
    const share = SHARE_OF[kind]
    if (MAY_REFUSE.has(kind) && !this.#fits(message.byteLength, share)) return this.#refuse(share)
    const hasRoom = share === 'call' || share === 'result' || this.#hasRoomFor(message.byteLength, share, delivery)
    if (!hasRoom) return this.#noRoom(delivery)
    const queue = this.#append(message, share, delivery)
    if (share === 'reply' || share === 'event') this.#makeRoom(queue)
    if (queue.bytes > this.#limits.soft && !queue.isWarned) {
      queue.isWarned = true
      this.#owner.onBacklog(queue.bytes)
    }
    this.#total.relieve()
    return this.#hasOverflowed ? 'closed' : 'queued'
  }

  /**
   * Whether an event or reply finds room. Where it may not be dropped, a peer that reads may have more than the limit, as after a burst: it
   * is closed for time without progress.
   */
  #hasRoomFor(octets: number, share: 'reply' | 'event', delivery: Delivery | undefined): boolean {
    const [queue, load] = [this.#queue, this.#load]
    if (queue === undefined || load === undefined || queue.canFit(octets, this.#limits.hard)) return true
    if (!load.isMoving || mayDrop(delivery)) return false
    return share === 'reply' ? queue.fitsReplies(octets, this.#limits.hard) : this.#total.hasRoomFor(octets, load.account)
  }

  #fits(octets: number, share: Share): boolean {
    return this.#queue === undefined || this.#queue.fits(octets, share, this.#limits.hard)
  }

  #refuse(share: Share): 'full' {
    if (share === 'result' && this.#queue !== undefined) this.#queue.hasRefusedResult = true
    return 'full'
  }

  #append(message: Uint8Array, share: Share, delivery: Delivery | undefined): OutboxQueue {
    const load = (this.#load ??= this.#join())
    const queue = (this.#queue ??= new OutboxQueue(load.account))
    const replaced = share === 'event' ? queue.appendEvent(message, delivery) : queue.append(message.slice(), share)
    if (replaced !== undefined) this.#reportDropped(replaced)
    return queue
  }

  /** Refuses a droppable event before it replaces a queued one; for any other message the whole queue overflows. */
  #noRoom(delivery: Delivery | undefined): 'full' | 'closed' {
    if (mayDrop(delivery)) {
      this.#dropped++
      return 'full'
    }
    this.overflow('queue')
    return 'closed'
  }

  /** Drops the oldest droppable events until the rest fits; the message just queued stays. */
  #makeRoom(queue: OutboxQueue): void {
    while (queue.areTooMany(this.#limits.hard)) {
      const event = queue.dropOldest()
      if (event === undefined) return
      this.#reportDropped(event)
    }
  }

  #handOver(message: Uint8Array, share: Share, event: QueuedEvent | undefined): void {
    if (event === undefined || event.gap === event.delivery.missed) return this.#sendLarge(message, share === 'event')
    const telling = this.#owner.withGap(message, event.gap)
    if (telling === undefined) this.#reportDropped(event)
    else this.#sink.send(telling)
  }

  #sendLarge(message: Uint8Array, isShared: boolean): void {
    if (!isShared) return this.#sink.send(message)
    this.#handing = message
    this.#sink.send(message)
    this.#handing = undefined
  }

  /** @param event an event that has left the queue */
  #reportDropped(event: QueuedEvent): void {
    this.#dropped++
    this.#owner.onDropped(event.delivery.subscription)
    const missed = passGapOn(event)
    if (missed > 0) this.#owner.onGap(event.delivery.subscription, missed)
  }

  #clearQueue(): void {
    this.#queue?.clear()
    this.#queue = undefined
  }

  #join(): Load {
    const account = this.#total.join(this, this.#owner.holder)
    return { account, handed: undefined, pending: 0, pendingThen: 0, given: 0, movedAt: undefined, isSlow: false, isMoving: true }
  }

  /** Counts the octets that the sink has not taken. */
  #measure(load: Load): void {
    const pending = Math.max(0, this.#sink.pendingBytes - (load.handed?.byteLength ?? 0))
    load.account.addOctets(pending - load.pending)
    load.pending = pending
  }

  /** The sink has taken the large message whole. */
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

/** A queue that needs longer to drain is slow. */
const SECONDS_TO_BE_EMPTY = 10
/** In this time a slow peer reads a third of a large system buffer: 1.5 MiB, at 32 KiB a second. */
const TRANSIT_MS = 48_000
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
