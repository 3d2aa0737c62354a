// The messages queued for one peer, in order: which of them may be dropped, and the gaps that this makes.
// Exists only while something is queued; knows neither limits nor where the messages go.

import { PER_ENTRY } from './outbox-total.ts'
import type { Delivery } from '../ports/link.ts'

/** A queued EVENT of a realm where events may be dropped. */
export interface QueuedEvent {
  readonly delivery: Delivery
  /** Events of its subscription that the peer misses before this one. */
  gap: number
  /** Its place in the queue. */
  slot: number
  /** Its neighbours among the events of its subscription. */
  previous: QueuedEvent | undefined
  next: QueuedEvent | undefined
  /** Its session has ended: it stays queued, and its gap is not reported. */
  isSealed: boolean
}

/** The events of one subscription in the queue. */
interface Lane {
  last: QueuedEvent
  /** By topic: the event that the next one of the same topic replaces. */
  newest: Map<string, QueuedEvent> | undefined
}

/**
 * The shares of a queue, each with a bound of its own, so that no share fills up because of another.
 * - `call`: what callers send to the peer as callee.
 * - `result`: what callees answer to the peer's own calls.
 * - `reply`, `event`: the router's own answers, and events; these two share one bound.
 */
export type Share = 'call' | 'result' | 'reply' | 'event'

/** The share of a message, or its entry as an event that may be dropped. */
type Kind = Share | QueuedEvent

/** Where the octets are counted. */
interface Ledger {
  /**
   * @param isShared other queues may hold the same bytes
   * @param place octets for its place in the queue; without it the least
   */
  add(message: Uint8Array, isShared: boolean, place?: number): void
  remove(message: Uint8Array, isShared: boolean, place?: number): void
}

interface Tally {
  messages: number
  bytes: number
}

export class OutboxQueue {
  readonly #tallies: Readonly<Record<Share, Tally>> = {
    call: { messages: 0, bytes: 0 },
    result: { messages: 0, bytes: 0 },
    reply: { messages: 0, bytes: 0 },
    event: { messages: 0, bytes: 0 },
  }
  /** Events that may be dropped. */
  readonly #droppable: Tally = { messages: 0, bytes: 0 }
  /** Octets of all messages. */
  bytes = 0
  /** How many messages are queued. */
  size = 0
  /** The soft limit has been exceeded since the queue began. */
  isWarned = false
  /** A result did not fit, and no result has left since. */
  hasRefusedResult = false
  /** Slots before `#head`, and those of dropped events, are undefined. */
  #messages: (Uint8Array | undefined)[] = []
  #kinds: Kind[] = []
  #head = 0
  /** No event before this slot may be dropped. */
  #dropFrom = 0
  #lanes: Map<number, Lane> | undefined
  readonly #ledger: Ledger

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  /** The queued events. */
  get events(): Readonly<Tally> {
    return this.#tallies.event
  }

  /**
   * Whether a message fits beside those under the same bound; alone it may be longer.
   * @param most octets
   */
  fits(octets: number, share: Share, most: number): boolean {
    const { call, result, reply, event } = this.#tallies
    if (share === 'call') return isWithin(call.messages, call.bytes + octets, most)
    if (share === 'result') return isWithin(result.messages, result.bytes + octets, most)
    return isWithin(reply.messages + event.messages, reply.bytes + event.bytes + octets, most)
  }

  /** Whether one more event or reply fits into a bound once all droppable events are dropped; alone it may be longer. */
  canFit(octets: number, most: number): boolean {
    const { reply, event } = this.#tallies
    const { messages, bytes } = this.#droppable
    return isWithin(reply.messages + event.messages - messages, reply.bytes + event.bytes - bytes + octets, most)
  }

  /** Whether one more reply fits into a bound, whatever events are queued. */
  fitsReplies(octets: number, most: number): boolean {
    const { reply } = this.#tallies
    return isWithin(reply.messages, reply.bytes + octets, most)
  }

  /** Whether events and replies, with the newest, are beyond a bound. */
  areTooMany(most: number): boolean {
    const { reply, event } = this.#tallies
    return !isWithin(reply.messages + event.messages - 1, reply.bytes + event.bytes, most)
  }

  /** Adds a message that is no event at the end. */
  append(message: Uint8Array, share: Exclude<Share, 'event'>): undefined {
    this.#append(message, share)
  }

  /**
   * Adds an event at the end.
   * @param delivery absent where no event may be dropped
   * @returns the queued event of the same topic that it replaces
   */
  appendEvent(message: Uint8Array, delivery: Delivery | undefined): QueuedEvent | undefined {
    if (delivery === undefined) {
      this.#append(message, 'event')
      return undefined
    }
    const event: QueuedEvent = {
      delivery,
      gap: delivery.missed,
      slot: this.#messages.length,
      previous: undefined,
      next: undefined,
      isSealed: false,
    }
    this.#append(message, event)
    const replaced = this.#link(event)
    if (replaced !== undefined) this.#remove(replaced)
    return replaced
  }

  /** Removes and returns the first message, with its entry when it may have a gap. */
  shift(): { readonly message: Uint8Array; readonly share: Share; readonly event: QueuedEvent | undefined } | undefined {
    while (this.#head < this.#messages.length && this.#messages[this.#head] === undefined) this.#head++
    const kind = this.#kinds[this.#head]
    const message = this.#messages[this.#head]
    if (kind === undefined || message === undefined) return undefined
    this.#empty(this.#head, message, kind)
    this.#head++
    const event = typeof kind === 'object' ? kind : undefined
    if (event !== undefined) this.#unlink(event)
    this.#compact()
    return { message, share: shareOf(kind), event }
  }

  /** Removes all messages; the queue is not used any more. */
  clear(): void {
    for (let slot = this.#head; slot < this.#messages.length; slot++) {
      const [message, kind] = [this.#messages[slot], this.#kinds[slot]]
      if (message !== undefined && kind !== undefined) this.#ledger.remove(message, shareOf(kind) === 'event', placeOf(kind))
    }
  }

  /** Drops the oldest droppable event, but never the last message. */
  dropOldest(): QueuedEvent | undefined {
    if (this.#lanes === undefined) return undefined
    for (let slot = Math.max(this.#dropFrom, this.#head); slot < this.#messages.length - 1; slot++) {
      this.#dropFrom = slot
      const kind = this.#kinds[slot]
      if (!isDroppable(kind) || this.#messages[slot] === undefined) continue
      this.#remove(kind)
      return kind
    }
    return undefined
  }

  /** The session has ended and another may follow: queued events are no longer dropped, nor replaced by events of the next one. */
  seal(): void {
    for (const lane of this.#lanes?.values() ?? []) {
      for (let event: QueuedEvent | undefined = lane.last; event !== undefined; event = event.previous) event.isSealed = true
    }
    this.#lanes = undefined
    this.#droppable.messages = 0
    this.#droppable.bytes = 0
  }

  #append(message: Uint8Array, kind: Kind): void {
    this.#messages.push(message)
    this.#kinds.push(kind)
    this.#ledger.add(message, shareOf(kind) === 'event', placeOf(kind))
    this.#count(kind, 1, message.byteLength)
  }

  #remove(event: QueuedEvent): void {
    const message = this.#messages[event.slot]
    if (message === undefined) return
    this.#empty(event.slot, message, event)
    this.#unlink(event)
    this.#compact()
  }

  #empty(slot: number, message: Uint8Array, kind: Kind): void {
    this.#messages[slot] = undefined
    this.#kinds[slot] = 'reply'
    this.#ledger.remove(message, shareOf(kind) === 'event', placeOf(kind))
    this.#count(kind, -1, -message.byteLength)
  }

  #count(kind: Kind, messages: number, bytes: number): void {
    const tally = this.#tallies[shareOf(kind)]
    tally.messages += messages
    tally.bytes += bytes
    if (isDroppable(kind)) {
      this.#droppable.messages += messages
      this.#droppable.bytes += bytes
    }
    this.size += messages
    this.bytes += bytes
  }

  /** Adds an event at the end of its lane; returns the event that it replaces, which is still in the lane. */
  #link(event: QueuedEvent): QueuedEvent | undefined {
    const { subscription, policy, topic } = event.delivery
    this.#lanes ??= new Map()
    let lane = this.#lanes.get(subscription)
    if (lane === undefined) {
      lane = { last: event, newest: undefined }
      this.#lanes.set(subscription, lane)
    } else {
      event.previous = lane.last
      lane.last.next = event
      lane.last = event
    }
    if (policy !== 'conflate') return undefined
    lane.newest ??= new Map()
    const replaced = lane.newest.get(topic)
    lane.newest.set(topic, event)
    return replaced
  }

  /** Removes an event from its lane. Its own `next` stays, for {@link passGapOn}. */
  #unlink(event: QueuedEvent): void {
    const { previous, next, delivery } = event
    if (previous !== undefined) previous.next = next
    if (next !== undefined) next.previous = previous
    if (event.isSealed) return // Its lane is gone; a lane of the same subscription is another session's.
    const lane = this.#lanes?.get(delivery.subscription)
    if (lane === undefined) return
    if (lane.newest?.get(delivery.topic) === event) lane.newest.delete(delivery.topic)
    if (lane.last !== event) return
    if (previous === undefined) this.#lanes?.delete(delivery.subscription)
    else lane.last = previous
  }

  /** Removes empty slots when they are the majority. */
  #compact(): void {
    const slots = this.#messages.length
    if (slots < LEAST_COMPACTED || this.size * 2 > slots) return
    const [messages, kinds] = [this.#messages, this.#kinds]
    this.#messages = []
    this.#kinds = []
    for (let slot = this.#head; slot < slots; slot++) {
      const [message, kind] = [messages[slot], kinds[slot]]
      if (message === undefined || kind === undefined) continue
      if (typeof kind === 'object') kind.slot = this.#messages.length
      this.#messages.push(message)
      this.#kinds.push(kind)
    }
    this.#head = 0
    this.#dropFrom = 0
  }
}

/**
 * Whether one more message may be queued: beside none always.
 * @param messages that are queued
 * @param octets of all, with the new one
 */
function isWithin(messages: number, octets: number, most: number): boolean {
  return messages <= 0 || (octets <= most && messages < mostMessages(most))
}

/** How many messages may be queued where so many octets may: a short one takes some 250 octets of memory, whatever its length. */
export function mostMessages(octets: number): number {
  return Math.max(LEAST_MESSAGES, octets / OCTETS_OF_ONE)
}

const LEAST_MESSAGES = 1_000
const OCTETS_OF_ONE = 100

function shareOf(kind: Kind): Share {
  return typeof kind === 'object' ? 'event' : kind
}

function placeOf(kind: Kind): number | undefined {
  return typeof kind === 'object' ? PER_ENTRY + kind.delivery.topic.length : undefined
}

function isDroppable(kind: Kind | undefined): kind is QueuedEvent {
  return typeof kind === 'object' && !kind.isSealed && mayDrop(kind.delivery)
}

/** Whether an event may be dropped while its session lasts. */
export function mayDrop(delivery: Delivery | undefined): boolean {
  return delivery !== undefined && delivery.policy !== 'disconnect'
}

/**
 * Adds the gap of a dropped event, which has left its queue, to the next queued event of its subscription.
 * @returns how many missed events no queued event can report
 */
export function passGapOn({ gap, next, isSealed }: QueuedEvent): number {
  if (next === undefined) return isSealed ? 0 : gap + 1
  next.gap += gap + 1
  return 0
}

const LEAST_COMPACTED = 1024
