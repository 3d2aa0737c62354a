// Where events of durable topics are kept, beyond the end of the router. Types only.

import type { Dict, ItemCount, SerializerName, UriPattern } from '@trunkline/protocol'

/** Keeps events of durable topics. One router writes to it. Nothing here calls back in the same turn. */
export interface EventStore {
  /** The events of a realm: those that were kept before, and those to come. To open it again closes what was open before. */
  open(realm: string): RealmStore
  /** What all realms take together. */
  readonly size: StoreSize
  /** The octets that it takes at most, kept events and its own tables together. */
  readonly maxBytes: number
}

/** The events of one realm, in one order. */
export interface RealmStore {
  /** Changes when positions that were given before mean nothing any more. */
  readonly epoch: string
  /** The position of the newest event; 0 before the first. Positions only grow, also over restarts, and may leave some out. */
  readonly last: number
  readonly size: StoreSize
  /**
   * Begins a log, or changes what one keeps: the events of all topics of one rule, which are dropped together, the oldest first. A log
   * that was kept before and is not named again stays as it is, by its last rule, and is read as the others are.
   */
  keep(log: string, rule: KeepRule): void
  /**
   * Queues an event for a log that {@link keep} has named. What is given may be changed after the call: the store makes a copy.
   * @param event with a key it is kept only if no event with that key was within two minutes before it, by their times; those on their way
   * count, and those of before a restart
   * @param done called once, in the order of the calls: the event is kept, as surely as this store can, or it is not
   */
  append(log: string, event: NewEvent, done: (outcome: Appended) => void): void
  /** Sees every event that `done` of {@link append} was called for, and may see some for which it is still to be called. */
  read(query: EventQuery, done: (answer: EventPage | StoreFailure) => void): void
  /** Events that {@link DurableEvent.isRetained} marked, in the order of their topics: whatever their log has dropped since. */
  retained(query: RetainedQuery, done: (answer: RetainedPage | StoreFailure) => void): void
  /**
   * Drops the retained events of a topic or pattern as they are when all that was queued before is kept; no event of a log.
   * @param done is told how many topics had any
   */
  clearRetained(filter: UriPattern, done: (outcome: { readonly topics: number } | StoreFailure) => void): void
  /** All durable subscriptions. */
  consumers(done: (answer: { readonly consumers: readonly DurableConsumer[] } | StoreFailure) => void): void
  /** Keeps a durable subscription in place of what was kept under its name; queued, as an event is. */
  saveConsumer(consumer: DurableConsumer, done: (outcome: StoreFailure | undefined) => void): void
  removeConsumer(name: string, done: (outcome: StoreFailure | undefined) => void): void
  /** Drops events that are too old. @param now in milliseconds since 1970 */
  expire(now: number): void
  /** The realm has ended. What is queued is still kept and answered; everything after that fails as `closed`. */
  close(): void
}

/** How much a log keeps; the oldest events go first. What is absent has no limit but the store's own. */
export interface KeepRule {
  readonly events?: number | undefined
  /** Octets of all events together. */
  readonly bytes?: number | undefined
  readonly ageMs?: number | undefined
}

export interface StoreSize {
  readonly events: number
  /** Octets that they take where they are kept. */
  readonly bytes: number
}

/** A publication as a store takes and gives it. */
export interface DurableEvent {
  readonly publication: number
  readonly topic: string
  /** When the router accepted it, in milliseconds since 1970. */
  readonly time: number
  /** The details that every EVENT of it carries: what was disclosed of the publisher, its trust level. */
  readonly details: Dict
  /** The lists that restrict its receivers, as the publisher gave them. */
  readonly audience: Dict | undefined
  /** The id of its publisher, if that is excluded from receiving it. */
  readonly excluded: number | undefined
  /** The hash of its `rkey`. */
  readonly key: number | undefined
  /** The owner to whose share it counts where it is retained. */
  readonly owner: string | undefined
  /** Whether it takes the place of the retained event of its topic. */
  readonly isRetained: boolean
  readonly payload: DurablePayload | undefined
}

/** An event to be kept. */
export interface NewEvent extends DurableEvent {
  /** Absent: every one is an event of its own. */
  readonly once?: EventKey | undefined
}

/** By what a repeated publication to a topic is known. */
export interface EventKey {
  /** The owner of the publication: keys of others are other keys. Its keys are bounded, and those of all. */
  readonly owner: string
  readonly key: string
}

/** The octets of args and kwargs, as they came in. */
export interface DurablePayload {
  readonly serializer: SerializerName
  readonly count: Exclude<ItemCount, 0>
  readonly raw: Uint8Array
}

/** An event at its place. Its octets are the reader's own. */
export interface KeptEvent extends DurableEvent {
  readonly position: number
}

/**
 * Why a store did not do what was asked:
 * `full`: there is no room, on the disk or within its limit;
 * `busy`: too much is queued already;
 * `keys`: the owner, or all together, have as many keys within two minutes as the store keeps;
 * `closed`: it, or the realm, has ended;
 * `damaged`: what is on the disk cannot be read, or the disk cannot be written to.
 */
export type StoreError = 'full' | 'busy' | 'keys' | 'closed' | 'damaged'

export interface StoreFailure {
  readonly error: StoreError
}

/** @property repeated the publication that came first with the key, whose position this is */
export type Appended = { readonly position: number; readonly repeated?: number | undefined } | StoreFailure

/** Which events are asked for. The first is given whatever its length. */
export interface EventQuery {
  readonly filter: UriPattern
  /** `oldest`: upwards from the position, `newest`: downwards. */
  readonly first: 'oldest' | 'newest'
  /** Events behind this position: above it, or below. */
  readonly from: number
  readonly most: number
  /** About how many octets all of them take. */
  readonly mostBytes: number
}

export interface EventPage {
  /** In the order that was asked for. */
  readonly events: readonly KeptEvent[]
  /** From where to ask for the next page. */
  readonly next: number
  /** Whether that was all there is. If not, a page may be short, or have no events: much was looked at that does not fit. */
  readonly isLast: boolean
  /**
   * Events at and below this position may have been dropped, by the limits of a log that has, or had, topics of the filter; 0 when none
   * was. Asked for from there on, nothing is missing.
   */
  readonly dropped: number
}

/** Which retained events are asked for; a page ends with a whole topic. */
export interface RetainedQuery {
  readonly filter: UriPattern
  /** Topics behind this one, by the order of their characters; empty to begin. */
  readonly from: string
  readonly most: number
  readonly mostBytes: number
}

export interface RetainedPage {
  /** Of each topic the newest event for all subscribers, and newer ones with an audience, oldest first. */
  readonly events: readonly KeptEvent[]
  readonly next: string
  readonly isLast: boolean
}

/** A durable subscription, and what of it was acknowledged. */
export interface DurableConsumer {
  readonly name: string
  readonly filter: UriPattern
  /** The owner who made it: the only one who may subscribe by its name. */
  readonly principal: string
  readonly settings: DurableSettings
  /** In milliseconds since 1970. */
  readonly created: number
  readonly isPaused: boolean
  /** Up to here all events are acknowledged. */
  readonly acked: number
  /** Positions above that which are acknowledged too, in order. */
  readonly ackedAbove: readonly number[]
  /** How often an event that is not acknowledged was sent, by its position. */
  readonly attempts: ReadonlyMap<number, number>
}

/** What the first SUBSCRIBE of a durable subscription decides. */
export interface DurableSettings {
  /** Events that may be sent to each session and not acknowledged. */
  readonly maxInFlight: number
  /** After this time an event that is not acknowledged is sent again. */
  readonly ackWaitMs: number
  /** How often an event is sent at most; undefined: as often as needed. */
  readonly attempts: number | undefined
  /** The topic for events that were sent so often. */
  readonly deadLetters: string | undefined
}
