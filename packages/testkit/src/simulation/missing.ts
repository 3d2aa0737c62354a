// Which events a session misses of its subscriptions, and which messages report that. Uses counts only; which
// events were dropped is not decided here.

import type { Entry } from './entries.ts'
import { gapOf } from './entries.ts'
import type { EventFacts, ModelSubscription } from './model/state.ts'

/** Events of a subscription that a session misses, not yet reported to it. */
interface Missed {
  /** Without those from before it left the subscription and subscribed again. */
  least: number
  most: number
  /** When the first was dropped: between these times. */
  readonly earliest: number
  latest: number
}

/** What is queued for one session, and what it misses. */
export interface Missing {
  readonly connection: { readonly hasStalled: boolean }
  entries: Entry[]
  missed: Map<ModelSubscription, Missed>
}

/** A message that came for an expected event. */
export interface Arrival {
  readonly event: EventFacts
  /** The place of the event among the entries. */
  readonly at: number
  readonly list: readonly unknown[]
}

/** Whether an event says how many of its subscription are missing since the one before; a notice says it about another subscription. */
export function isGapRight(expected: Missing, { event, at, list }: Arrival): boolean {
  const { least, most } = countOf(expected, event, at)
  const reported = reportedBy(event.noticeOf, list)
  if (typeof reported !== 'number') return false
  // An entry before a notice may have been dropped after it: a later event reports that.
  return reported >= (event.noticeOf === undefined ? least : 1) && reported <= most
}

/** How many are missing if this is the next that comes. */
function countOf({ missed, entries }: Missing, { subscription, noticeOf }: EventFacts, at: number): { least: number; most: number } {
  const concerned = noticeOf ?? subscription
  let { least, most } = missed.get(concerned) ?? { least: 0, most: 0 }
  for (let i = 0; i < at; i++) {
    if (!isMissing(entries[i] as Entry, concerned)) continue
    least++
    most++
  }
  return { least, most }
}

/** Whether it may have to report others of its subscription: some that are missing, or that are dropped to make room for it. */
export function mayReport(expected: Missing, { subscription, policy }: EventFacts): boolean {
  if (mayMiss(expected, subscription)) return true
  return policy !== 'disconnect' && expected.entries.some(({ event }) => event?.subscription === subscription)
}

/** Whether events of the subscription may be missing that have not been reported. */
export function mayMiss({ missed, entries }: Missing, subscription: ModelSubscription): boolean {
  return missed.has(subscription) || entries.some((entry) => isMissing(entry, subscription))
}

/** An event has come that reports missed ones before it. Returns how many. */
export function takeReport(expected: Missing, { event, at, list }: Arrival, now: number): number {
  const concerned = event.noticeOf ?? event.subscription
  const { least, most } = countOf(expected, event, at)
  for (const entry of expected.entries.slice(0, at)) {
    if (isMissing(entry, concerned)) expected.entries.splice(expected.entries.indexOf(entry), 1)
  }
  const reported = reportedBy(event.noticeOf, list) as number
  if (event.noticeOf === undefined || reported >= most) expected.missed.delete(concerned)
  else expected.missed.set(concerned, { least: Math.max(0, least - reported), most: most - reported, earliest: now, latest: now })
  return reported
}

/** An expected message has not come, and did not have to. */
export function skip(expected: Missing, { event, lost, forgotten, at, fate }: Entry, now: number): void {
  const { missed, connection } = expected
  if (forgotten === 'all') return missed.clear()
  if (forgotten !== undefined) {
    const before = missed.get(forgotten)
    // Events that were queued before may be counted further when the session subscribes again.
    if (before === undefined || !connection.hasStalled) missed.delete(forgotten)
    else before.least = 0
    return
  }
  const subscription = lost ?? (fate === 'stays' ? undefined : event?.subscription)
  if (subscription === undefined) return
  const before = missed.get(subscription)
  if (before === undefined) missed.set(subscription, { least: 1, most: 1, earliest: at, latest: now })
  else {
    // Earlier ones may no longer count, or may be reported by an event that was queued and is dropped now.
    if (before.least === 0 || lost === undefined) before.latest = now
    before.least++
    before.most++
  }
}

/** Whether it is an event of that subscription that has not come. */
function isMissing({ lost, event, fate }: Entry, subscription: ModelSubscription): boolean {
  return lost === subscription || (fate !== 'stays' && event?.subscription === subscription)
}

function reportedBy(noticeOf: ModelSubscription | undefined, list: readonly unknown[]): unknown {
  return noticeOf === undefined ? gapOf(list) : (list[4] as readonly unknown[] | undefined)?.[2]
}
