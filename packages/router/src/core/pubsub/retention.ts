// The retained events of a realm (specification: "Event Retention"): for each topic the newest event for all subscribers, and newer
// events with an audience. In memory, bounded for the realm, for each owner in it, and for all realms together; eligibility is checked
// for each subscriber.

import type { MatchPolicy, UriPattern } from '@trunkline/protocol'
import { fitsWildcard } from '@trunkline/protocol'
import { admits, isSameAudience } from './eligibility.ts'
import { SortedNames } from './sorted.ts'
import { tableKey } from '../matching/table-key.ts'
import type { Limited, RetainRule } from '../ports/settings.ts'
import { DEFAULT_REALM_SETTINGS } from '../state/default-settings.ts'
import type { OwnerTotal } from '../state/owner-total.ts'
import { MOST_OF_ONE } from '../state/owner-total.ts'
import type { StoredEvent } from '../state/stored-event.ts'
import type { Session } from '../state/session.ts'

interface Kept {
  readonly event: StoredEvent
  /** Grows with each event kept; in a cluster its stamp, by which all nodes keep the same. */
  readonly order: number
  /** When it expires, on the clock for durations. */
  readonly endsAt: number
  /** The owner to whose share it counts; undefined where it counts to none. */
  readonly owner: string | undefined
  /** To whom it counts among the events of all realms; undefined where it counts to none. */
  readonly commonOwner: string | undefined
}

/** How an event is to be kept. */
export interface Keeping {
  /** The owner to whose share it counts; undefined for none. */
  readonly owner: string | undefined
  /** Undefined: for ever. */
  readonly ageMs: number | undefined
  /** In a cluster: an event that came later may be older, by its stamp. */
  readonly stamp: number | undefined
}

/** What was cleared: events up to a stamp. */
interface Cleared extends UriPattern {
  readonly fits: (topic: string) => boolean
  readonly stamp: number
}

/** The events of a topic: oldest first, one without an audience always the first. Never empty. */
interface Topic {
  readonly name: string
  kept: readonly Kept[]
}

/** How much some events take. */
interface Taken {
  readonly events: number
  readonly bytes: number
}

/** A limit that one more event would exceed. */
export interface ReachedLimit {
  readonly limit: 'retainedEvents' | 'retainedBytes' | typeof OF_ALL_REALMS
  readonly value: number
}

const OF_ALL_REALMS = 'octets of retained events in all realms'

/** The limits of a realm, and what all realms of the router retain. */
type RetentionContext = Limited & { readonly retainedTotal: OwnerTotal }

export class RetainedEvents {
  readonly #context: RetentionContext
  /** By topic ({@link tableKey}). */
  readonly #topics = new Map<string, Topic>()
  /** The topics, sorted, for patterns. */
  readonly #names = new SortedNames<Topic>()
  readonly #byOwner = new Map<string, Taken>()
  #order = 0
  /** In a cluster: what was cleared lately, for events from before that come later. */
  #cleared: readonly Cleared[] = []
  #digest = 0
  #all = NOTHING
  /** How many of the events expire. */
  #mortal = 0
  #hasEnded = false

  constructor(context: RetentionContext) {
    this.#context = context
  }

  /** How many events are kept. */
  get size(): number {
    return this.#all.events
  }

  /** The sum of the ids of all publications that are kept, modulo 2^53. */
  get digest(): number {
    return this.#digest
  }

  /** How many owners have a retained event; for tests. */
  get owners(): number {
    return this.#byOwner.size
  }

  /**
   * The limit that an event would exceed, if any: its owner's share, the total, or what all realms may retain.
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
    return ofOwner ?? passed(less(this.#all, gone), event, retainedEvents, retainedBytes) ?? this.#passedByAll(event, owner, gone)
  }

  /**
   * Keeps an event in place of those that no subscriber would get any more; none that no subscriber would get any more itself.
   * @returns the limit that leaves no room; the events that it supersedes are dropped all the same, since a newer one exists
   */
  keep(event: StoredEvent, { owner, ageMs, stamp }: Keeping): ReachedLimit | undefined {
    if (this.#hasEnded) return undefined
    const commonOwner = this.#countsToAll() ? owner : undefined
    const kept: Kept = { event, order: stamp ?? this.#order + 1, endsAt: endOf(event, ageMs), owner, commonOwner }
    if (kept.order <= this.#order && this.#isPast(kept)) return undefined
    this.#order = Math.max(this.#order, kept.order)
    const rest = this.#restBeside(event, kept)
    const reached = this.reached(event, owner, rest)
    if (reached !== undefined) this.#put(event.topic, rest)
    else this.#put(event.topic, [...rest.filter((each) => !isNewer(each, kept)), kept, ...rest.filter((each) => isNewer(each, kept))])
    return reached
  }

  /** All events, with what other nodes need to keep the same. */
  *all(): Iterable<{ readonly event: StoredEvent; readonly stamp: number; readonly owner: string | undefined }> {
    for (const [, kept] of this.#kept()) for (const { event, order, owner } of kept) yield { event, stamp: order, owner }
  }

  /** The place of the last event of all topics. */
  get last(): number {
    return this.#order
  }

  /** The stamp of the newest event of a topic; 0 without one. */
  stampOf(topic: string): number {
    return this.#keptOf(topic).at(-1)?.order ?? 0
  }

  /** The event of a topic that a subscriber may receive now. */
  newest(topic: string, subscriber: Session, now: number): StoredEvent | undefined {
    return newestFor(subscriber, this.#keptOf(topic), now)?.event
  }

  /**
   * The events that a subscriber to a topic or pattern may receive: the newest of each topic.
   * @param most how many of them are given at most, the newest, oldest first
   * @param last the place of the last event: a topic with a later one is left out
   */
  matching(
    { match, uri }: UriPattern,
    most: number,
    subscriber: Session,
    { now, last = Number.POSITIVE_INFINITY }: { readonly now: number; readonly last?: number },
  ): { events: StoredEvent[]; all: number } {
    const found: Kept[] = []
    for (const { kept } of this.#topicsOf(match, uri)) {
      const newest = newestFor(subscriber, kept, now)
      if (newest !== undefined && newest.order <= last) found.push(newest)
    }
    const events = newestOf(found, most)
      .sort((a, b) => a.order - b.order)
      .map(({ event }) => event)
    return { events, all: found.length }
  }

  /** Applies changed rules: drops what may no longer be kept, and sets the expiry of the rest by the new rules. */
  follow(ruleOf: (topic: string) => boolean | RetainRule): void {
    this.#change(this.#topics.values(), ({ name, kept }) => {
      const rule = ruleOf(name)
      const ageMs = typeof rule === 'object' ? rule.ageMs : undefined
      return rule === false ? NOTHING_KEPT : kept.map((each) => ({ ...each, endsAt: endOf(each.event, ageMs) }))
    })
  }

  /**
   * Drops the events of a topic, or of all topics that match a pattern; returns the number of topics.
   * @param stamp in a cluster: only events up to it, also those that come later
   */
  clear(match: MatchPolicy, uri: string, stamp?: number): number {
    const topics = this.#topicsOf(match, uri)
    this.#change(topics, ({ kept }) => (stamp === undefined ? NOTHING_KEPT : kept.filter(({ order }) => order > stamp)))
    if (stamp !== undefined) {
      this.#order = Math.max(this.#order, stamp)
      this.#noteCleared({ match, uri, fits: fitting(match, uri), stamp })
    }
    return topics.length
  }

  /** In a cluster: what was cleared lately. */
  get cleared(): Iterable<UriPattern & { readonly stamp: number }> {
    return this.#cleared
  }

  /** Drops expired events. */
  expire(now: number): void {
    if (this.#mortal === 0) return
    this.#change(this.#topics.values(), ({ kept }) =>
      kept.every(({ endsAt }) => endsAt > now) ? kept : kept.filter(({ endsAt }) => endsAt > now),
    )
  }

  /** The realm has ended: its events count no more, and none is kept from now on. */
  end(): void {
    this.#hasEnded = true
    for (const [, kept] of this.#kept()) for (const each of kept) this.#countToAll(each, -1)
    this.#topics.clear()
  }

  /** Of a pattern that is cleared again the newest counts, whichever came last. */
  #noteCleared(cleared: Cleared): void {
    const { match, uri, stamp } = cleared
    const known = this.#cleared.find((each) => each.match === match && each.uri === uri)
    if (known !== undefined && known.stamp >= stamp) return
    this.#cleared = [...this.#cleared.filter((each) => each !== known).slice(1 - MOST_CLEARED), cleared]
  }

  /** A realm that may retain more than others by its configuration counts by itself. */
  #countsToAll(): boolean {
    return this.#context.settings.limits.retainedBytes <= DEFAULT_REALM_SETTINGS.limits.retainedBytes
  }

  #passedByAll({ bytes }: StoredEvent, owner: string | undefined, gone: readonly Kept[]): ReachedLimit | undefined {
    if (owner === undefined || !this.#countsToAll()) return undefined
    const freed = gone.reduce((sum, { commonOwner, event }) => sum + (commonOwner === owner ? event.bytes : 0), 0)
    return this.#context.retainedTotal.fits(owner, bytes - freed) ? undefined : { limit: OF_ALL_REALMS, value: MOST_OF_ONE }
  }

  #countToAll({ commonOwner, event }: Kept, sign: 1 | -1): void {
    if (commonOwner !== undefined) this.#context.retainedTotal.add(commonOwner, sign * event.bytes)
  }

  /**
   * The events of a topic that stay beside another: newer ones, and those for others.
   * @param kept as it would be kept; undefined for the newest of all
   */
  #restBeside({ topic, audience }: StoredEvent, kept?: Kept): readonly Kept[] {
    const all = this.#keptOf(topic)
    const newer = kept === undefined || all.length === 0 ? NOTHING_KEPT : all.filter((each) => isNewer(each, kept))
    const rest =
      audience === undefined ? newer : all.filter((each) => newer.includes(each) || !isSameAudience(each.event.audience, audience))
    const limited = audience === undefined ? NOTHING_KEPT : rest.filter((each) => each.event.audience !== undefined)
    return limited.length >= LIMITED_PER_TOPIC ? rest.filter((each) => each !== limited[0]) : rest
  }

  /** Whether events that came before, but are newer, leave no subscriber for an event; or it was cleared. */
  #isPast(kept: Kept): boolean {
    const { topic, audience } = kept.event
    if (this.#cleared.some(({ fits, stamp }) => kept.order <= stamp && fits(topic))) return true
    const newer = this.#keptOf(topic).filter((each) => isNewer(each, kept) || each.event.publication === kept.event.publication)
    return (
      newer.length >= LIMITED_PER_TOPIC ||
      newer.some(({ event }) => event.audience === undefined || isSameAudience(event.audience, audience))
    )
  }

  /** The topics that match. For a wildcard, only topics with the same components before the first wildcard are compared. */
  #topicsOf(match: MatchPolicy, uri: string): readonly Topic[] {
    if (match === 'prefix') return this.#names.beginningWith(uri)
    const components = uri.split('.')
    const free = components.indexOf('')
    if (match === 'exact' || free < 0) {
      const topic = this.#topics.get(tableKey(uri))
      return topic === undefined ? [] : [topic]
    }
    const fixed = components.slice(0, free).map((each) => `${each}.`)
    return this.#names.beginningWith(fixed.join('')).filter(({ name }) => fitsWildcard(components, name))
  }

  #keptOf(topic: string): readonly Kept[] {
    return this.#topics.get(tableKey(topic))?.kept ?? NOTHING_KEPT
  }

  /** All events with their topics. */
  *#kept(): Iterable<readonly [string, readonly Kept[]]> {
    for (const { name, kept } of this.#topics.values()) yield [name, kept]
  }

  /** Replaces what is kept of topics. Those that keep nothing are taken out of the order of names together. */
  #change(topics: Iterable<Topic>, restOf: (topic: Topic) => readonly Kept[]): void {
    const gone = new Set<string>()
    for (const topic of topics) {
      const rest = restOf(topic)
      if (rest !== topic.kept && this.#replace(topic.name, rest) === 'gone') gone.add(topic.name)
    }
    this.#names.deleteAll(gone)
  }

  #put(name: string, kept: readonly Kept[]): void {
    if (this.#replace(name, kept) === 'gone') this.#names.delete(name)
  }

  /** @returns whether nothing is kept of the topic any more: then its name is to be deleted */
  #replace(name: string, kept: readonly Kept[]): 'gone' | undefined {
    const key = tableKey(name)
    const known = this.#topics.get(key)
    for (const each of known?.kept ?? NOTHING_KEPT) this.#count(each, -1)
    for (const each of kept) this.#count(each, 1)
    if (kept.length === 0) return this.#topics.delete(key) ? 'gone' : undefined
    if (known !== undefined) known.kept = kept
    else {
      const topic = { name, kept }
      this.#topics.set(key, topic)
      this.#names.add(name, topic)
    }
    return undefined
  }

  #count(kept: Kept, sign: 1 | -1): void {
    const { event, endsAt, owner } = kept
    this.#countToAll(kept, sign)
    this.#all = sum(this.#all, event, sign)
    this.#digest = sumOf(this.#digest, sign === 1 ? event.publication : ID_RANGE - event.publication)
    if (endsAt !== Number.POSITIVE_INFINITY) this.#mortal += sign
    if (owner === undefined) return
    const taken = sum(this.#byOwner.get(owner) ?? NOTHING, event, sign)
    if (taken.events > 0) this.#byOwner.set(owner, taken)
    else this.#byOwner.delete(owner)
  }
}

/** Whether the first of two events of a topic is the newer one, on every node. */
function isNewer(one: Kept, other: Kept): boolean {
  return one.order === other.order ? one.event.publication > other.event.publication : one.order > other.order
}

function fitting(match: MatchPolicy, uri: string): (topic: string) => boolean {
  if (match === 'exact') return (topic) => topic === uri
  if (match === 'prefix') return (topic) => topic.startsWith(uri)
  const components = uri.split('.')
  return (topic) => fitsWildcard(components, topic)
}

/** Of numbers below 2^53, modulo 2^53. */
function sumOf(one: number, other: number): number {
  return one >= ID_RANGE - other ? one - (ID_RANGE - other) : one + other
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

/** The newest, in no order: to sort ten thousand numbers takes a tenth of sorting as many events. */
function newestOf(found: Kept[], most: number): Kept[] {
  if (found.length <= most) return found
  const orders = Float64Array.from(found, ({ order }) => order).sort()
  const first = orders[found.length - most] ?? Number.POSITIVE_INFINITY
  return found.filter(({ order }) => order >= first)
}

const NOTHING_KEPT: readonly Kept[] = []
const NOTHING: Taken = { events: 0, bytes: 0 }
const ID_RANGE = 2 ** 53
/** How many clearings are remembered. */
const MOST_CLEARED = 1_000
/** How many events with an audience are kept of one topic; beyond that the oldest is dropped. */
const LIMITED_PER_TOPIC = 16
