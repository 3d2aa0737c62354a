// The retained events of a realm (specification: "Event Retention"): of each topic the newest for all, and newer ones for some.
// In memory, bounded, and judged again for each who asks.

import type { MatchPolicy } from '@trunkline/protocol'
import { fitsWildcard } from '@trunkline/protocol'
import { admits } from './eligibility.ts'
import type { RealmLimits } from './settings.ts'
import type { StoredEvent } from './stored-event.ts'
import type { Session } from './tables.ts'

interface Kept {
  readonly event: StoredEvent
  /** Counts up with each event kept. */
  readonly order: number
  /** The audience as text, for comparison; empty for all. */
  readonly audience: string
  /** On the clock for durations. */
  readonly endsAt: number
}

type RetentionLimits = Pick<RealmLimits, 'retainedEvents' | 'retainedBytes'>

export class RetainedEvents {
  readonly #limits: RetentionLimits
  /** Of each topic, oldest first; an event for all is always the first. */
  readonly #topics = new Map<string, readonly Kept[]>()
  #order = 0
  #size = 0
  #bytes = 0
  /** How many of them end by themselves. */
  #mortal = 0

  constructor(limits: RetentionLimits) {
    this.#limits = limits
  }

  /** How many events are kept. */
  get size(): number {
    return this.#size
  }

  /**
   * Keeps an event in place of those that nobody would get any more.
   * @returns false when the limits leave no room; what it supersedes is given up all the same, since it is not the newest
   */
  keep(event: StoredEvent, ageMs: number | undefined): boolean {
    const audience = event.audience === undefined ? '' : JSON.stringify(event.audience)
    const kept = this.#topics.get(event.topic) ?? []
    let rest = audience === '' ? [] : kept.filter((each) => each.audience !== audience)
    const limited = rest.filter((each) => each.audience !== '')
    if (limited.length >= LIMITED_PER_TOPIC) rest = rest.filter((each) => each !== limited[0])
    this.#put(event.topic, rest)
    if (this.#size >= this.#limits.retainedEvents || this.#bytes + event.bytes > this.#limits.retainedBytes) return false
    const endsAt = ageMs === undefined ? Number.POSITIVE_INFINITY : event.keptAt + ageMs
    this.#put(event.topic, [...rest, { event, order: ++this.#order, audience, endsAt }])
    return true
  }

  /** The events that a subscriber to a topic or pattern may have: of each topic the newest, oldest first. */
  matching(match: MatchPolicy, uri: string, subscriber: Session, now: number): StoredEvent[] {
    if (match === 'exact') {
      const kept = newestFor(subscriber, this.#topics.get(uri) ?? [], now)
      return kept === undefined ? [] : [kept.event]
    }
    const isMatch = matcher(match, uri)
    const found: Kept[] = []
    for (const [topic, events] of this.#topics) {
      if (!isMatch(topic)) continue
      const kept = newestFor(subscriber, events, now)
      if (kept !== undefined) found.push(kept)
    }
    return found.sort((a, b) => a.order - b.order).map(({ event }) => event)
  }

  /** Gives up what is kept of a topic or of all topics of a pattern; says of how many. */
  clear(match: MatchPolicy, uri: string): number {
    const topics = [...this.#topics.keys()].filter(matcher(match, uri))
    for (const topic of topics) this.#put(topic, [])
    return topics.length
  }

  /** Gives up what has ended. */
  expire(now: number): void {
    if (this.#mortal === 0) return
    for (const [topic, kept] of this.#topics) {
      const rest = kept.filter(({ endsAt }) => endsAt > now)
      if (rest.length < kept.length) this.#put(topic, rest)
    }
  }

  #put(topic: string, kept: readonly Kept[]): void {
    for (const each of this.#topics.get(topic) ?? []) this.#count(each, -1)
    for (const each of kept) this.#count(each, 1)
    if (kept.length === 0) this.#topics.delete(topic)
    else this.#topics.set(topic, kept)
  }

  #count({ event, endsAt }: Kept, sign: 1 | -1): void {
    this.#size += sign
    this.#bytes += sign * event.bytes
    if (endsAt !== Number.POSITIVE_INFINITY) this.#mortal += sign
  }
}

function newestFor(subscriber: Session, kept: readonly Kept[], now: number): Kept | undefined {
  return kept.findLast(({ event, endsAt }) => {
    if (endsAt <= now || event.excluded === subscriber.id) return false
    return event.audience === undefined || admits(event.audience, subscriber)
  })
}

/** Tells whether a topic matches; for the few cases in which patterns are not looked up by topics, but many topics by one pattern. */
function matcher(match: MatchPolicy, uri: string): (topic: string) => boolean {
  if (match === 'exact') return (topic) => topic === uri
  if (match === 'prefix') return (topic) => topic.startsWith(uri)
  const components = uri.split('.')
  return (topic) => fitsWildcard(components, topic)
}

/** Events for some that are kept of one topic; beyond that the oldest goes. */
const LIMITED_PER_TOPIC = 16
