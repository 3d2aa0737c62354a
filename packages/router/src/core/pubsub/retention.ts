// The retained events of a realm (specification: "Event Retention"): for each topic the newest event for all subscribers, and newer
// events with an audience. In memory, bounded; eligibility is checked for each subscriber.

import type { MatchPolicy } from '@trunkline/protocol'
import { fitsWildcard } from '@trunkline/protocol'
import { admits, isSameAudience } from './eligibility.ts'
import { SortedNames } from './sorted.ts'
import { tableKey } from '../matching/table-key.ts'
import type { Limited, RetainRule } from '../ports/settings.ts'
import type { StoredEvent } from '../state/stored-event.ts'
import type { Session } from '../state/session.ts'

interface Kept {
  readonly event: StoredEvent
  /** Counts up with each event kept. */
  readonly order: number
  /** When it expires, on the clock for durations. */
  readonly endsAt: number
  /** The owner to whose share it counts; undefined where it counts to none. */
  readonly owner: string | undefined
}

/** How much some events take. */
interface Taken {
  readonly events: number
  readonly bytes: number
}

/** A limit that one more event would exceed. */
export interface ReachedLimit {
  readonly limit: 'retainedEvents' | 'retainedBytes'
  readonly value: number
}

export class RetainedEvents {
  readonly #context: Limited
  /** By topic ({@link tableKey}), oldest first; an event without an audience is always the first. */
  readonly #topics = new Map<string, readonly Kept[]>()
  /** The topics, sorted, for patterns. */
  readonly #names = new SortedNames()
  readonly #byOwner = new Map<string, Taken>()
  #order = 0
  #all = NOTHING
  /** How many of the events expire. */
  #mortal = 0

  constructor(context: Limited) {
    this.#context = context
  }

  /** How many events are kept. */
  get size(): number {
    return this.#all.events
  }

  /** How many owners have a retained event; for tests. */
  get owners(): number {
    return this.#byOwner.size
  }

  /**
   * The limit that an event would exceed, if any: its owner's share or the total.
   * @param rest the events of its topic that would stay beside it
   */
  reached(event: StoredEvent, owner: string | undefined, rest = this.#restBeside(event)): ReachedLimit | undefined {
    const gone = this.#keptOf(event.topic).filter((each) => !rest.includes(each))
    const { retainedEvents, retainedBytes, retainedShare } = this.#context.settings.limits
    const of = (total: number): number => Math.max(1, Math.floor((total * retainedShare) / 100))
    const taken = less(
      owner === undefined ? NOTHING : (this.#byOwner.get(owner) ?? NOTHING),
      gone.filter((each) => each.owner === owner),
    )
    const ofOwner = owner === undefined ? undefined : passed(taken, event, of(retainedEvents), of(retainedBytes))
    return ofOwner ?? passed(less(this.#all, gone), event, retainedEvents, retainedBytes)
  }

  /**
   * Keeps an event in place of those that no subscriber would get any more.
   * @param owner the owner to whose share it counts; undefined for none
   * @returns the limit that leaves no room; the events that it supersedes are dropped all the same, since a newer one exists
   */
  keep(event: StoredEvent, owner: string | undefined, ageMs: number | undefined): ReachedLimit | undefined {
    const rest = this.#restBeside(event)
    const reached = this.reached(event, owner, rest)
    if (reached !== undefined) this.#put(event.topic, rest)
    else this.#put(event.topic, [...rest, { event, order: ++this.#order, endsAt: endOf(event, ageMs), owner }])
    return reached
  }

  /** The events that a subscriber to a topic or pattern may receive: the newest of each topic, oldest first. */
  matching(match: MatchPolicy, uri: string, subscriber: Session, now: number): StoredEvent[] {
    if (match === 'exact') {
      const kept = newestFor(subscriber, this.#keptOf(uri), now)
      return kept === undefined ? [] : [kept.event]
    }
    const found: Kept[] = []
    for (const topic of this.#topicsOf(match, uri)) {
      const kept = newestFor(subscriber, this.#keptOf(topic), now)
      if (kept !== undefined) found.push(kept)
    }
    return found.sort((a, b) => a.order - b.order).map(({ event }) => event)
  }

  /** Applies changed rules: drops what may no longer be kept, and sets the expiry of the rest by the new rules. */
  follow(ruleOf: (topic: string) => boolean | RetainRule): void {
    for (const [topic, kept] of this.#kept()) {
      const rule = ruleOf(topic)
      const ageMs = typeof rule === 'object' ? rule.ageMs : undefined
      this.#put(topic, rule === false ? [] : kept.map((each) => ({ ...each, endsAt: endOf(each.event, ageMs) })))
    }
  }

  /** Drops the events of a topic, or of all topics that match a pattern; returns the number of topics. */
  clear(match: MatchPolicy, uri: string): number {
    const topics = [...this.#topicsOf(match, uri)]
    for (const topic of topics) this.#put(topic, [])
    return topics.length
  }

  /** Drops expired events. */
  expire(now: number): void {
    if (this.#mortal === 0) return
    for (const [topic, kept] of this.#kept()) {
      const rest = kept.filter(({ endsAt }) => endsAt > now)
      if (rest.length < kept.length) this.#put(topic, rest)
    }
  }

  /** The events of a topic that stay beside a newer event. */
  #restBeside(event: StoredEvent): readonly Kept[] {
    const { topic, audience } = event
    const rest = audience === undefined ? [] : this.#keptOf(topic).filter((each) => !isSameAudience(each.event.audience, audience))
    const limited = rest.filter((each) => each.event.audience !== undefined)
    return limited.length >= LIMITED_PER_TOPIC ? rest.filter((each) => each !== limited[0]) : rest
  }

  /** The topics that match. For a wildcard, only topics with the same components before the first wildcard are compared. */
  *#topicsOf(match: MatchPolicy, uri: string): Iterable<string> {
    if (match === 'prefix') return yield* this.#names.beginningWith(uri)
    const components = uri.split('.')
    const free = components.indexOf('')
    if (match === 'exact' || free < 0) {
      if (this.#topics.has(tableKey(uri))) yield uri
      return
    }
    const fixed = components.slice(0, free).map((each) => `${each}.`)
    for (const topic of this.#names.beginningWith(fixed.join(''))) if (fitsWildcard(components, topic)) yield topic
  }

  #keptOf(topic: string): readonly Kept[] {
    return this.#topics.get(tableKey(topic)) ?? NOTHING_KEPT
  }

  /** All events with their topics. */
  *#kept(): Iterable<readonly [string, readonly Kept[]]> {
    for (const kept of this.#topics.values()) for (const { event } of kept.slice(0, 1)) yield [event.topic, kept]
  }

  #put(topic: string, kept: readonly Kept[]): void {
    for (const each of this.#keptOf(topic)) this.#count(each, -1)
    for (const each of kept) this.#count(each, 1)
    if (kept.length === 0) {
      if (this.#topics.delete(tableKey(topic))) this.#names.delete(topic)
      return
    }
    if (!this.#topics.has(tableKey(topic))) this.#names.add(topic)
    this.#topics.set(tableKey(topic), kept)
  }

  #count({ event, endsAt, owner }: Kept, sign: 1 | -1): void {
    this.#all = sum(this.#all, event, sign)
    if (endsAt !== Number.POSITIVE_INFINITY) this.#mortal += sign
    if (owner === undefined) return
    const taken = sum(this.#byOwner.get(owner) ?? NOTHING, event, sign)
    if (taken.events > 0) this.#byOwner.set(owner, taken)
    else this.#byOwner.delete(owner)
  }
}

function sum({ events, bytes }: Taken, event: StoredEvent, sign: 1 | -1): Taken {
  return { events: events + sign, bytes: bytes + sign * event.bytes }
}

function less(taken: Taken, gone: readonly Kept[]): Taken {
  return gone.reduce((left, { event }) => sum(left, event, -1), taken)
}

/** The limit that these events would exceed with one more. */
function passed(taken: Taken, { bytes }: StoredEvent, mostEvents: number, mostBytes: number): ReachedLimit | undefined {
  if (taken.events >= mostEvents) return { limit: 'retainedEvents', value: mostEvents }
  return taken.bytes + bytes > mostBytes ? { limit: 'retainedBytes', value: mostBytes } : undefined
}

function endOf({ keptAt }: StoredEvent, ageMs: number | undefined): number {
  return ageMs === undefined ? Number.POSITIVE_INFINITY : keptAt + ageMs
}

function newestFor(subscriber: Session, kept: readonly Kept[], now: number): Kept | undefined {
  return kept.findLast(({ event, endsAt }) => {
    if (endsAt <= now || event.excluded === subscriber.id) return false
    return event.audience === undefined || admits(event.audience, subscriber)
  })
}

const NOTHING_KEPT: readonly Kept[] = []
const NOTHING: Taken = { events: 0, bytes: 0 }
/** How many events with an audience are kept of one topic; beyond that the oldest is dropped. */
const LIMITED_PER_TOPIC = 16
