// What a session misses of its subscriptions since events were given up, and what tells it of them. Goes by counts; which
// events were given up is not decided here.

import type { Entry } from './entries.ts'
import { gapOf } from './entries.ts'
import type { EventFacts, ModelSubscription } from './model/state.ts'

/** Events of a subscription that a session misses and has not been told of. */
interface Missed {
  /** Without those from before it left the subscription and came back. */
  least: number
  most: number
  /** When the first was given up: between these times. */
  readonly earliest: number
  latest: number
}

/** What waits for one session, and what it misses. */
export interface Missing {
  readonly connection: { readonly hasStalled: boolean }
  entries: Entry[]
  missed: Map<ModelSubscription, Missed>
}

/** Whether an event tells how many of its subscription are missing since the one before; a notice tells it of another. */
export function isTold({ missed, entries }: Missing, { subscription, tellsOf }: EventFacts, at: number, list: readonly unknown[]): boolean {
  const concerned = tellsOf ?? subscription
  let { least, most } = missed.get(concerned) ?? { least: 0, most: 0 }
  for (let i = 0; i < at; i++) {
    if (!isMissing(entries[i] as Entry, concerned)) continue
    least++
    most++
  }
  const told = toldBy(tellsOf, list)
  return typeof told === 'number' && told >= least && told <= most
}

/** Whether it may have to tell of others of its subscription: of some that are missing, or that go to make room for it. */
export function mayTell(expected: Missing, { subscription, policy }: EventFacts): boolean {
  if (mayMiss(expected, subscription)) return true
  return policy !== 'disconnect' && expected.entries.some(({ event }) => event?.subscription === subscription)
}

/** Whether events of the subscription may be missing that have not been told of. */
export function mayMiss({ missed, entries }: Missing, subscription: ModelSubscription): boolean {
  return missed.has(subscription) || entries.some((entry) => isMissing(entry, subscription))
}

/** An event has come and told of those before it. Returns of how many. */
export function tell(expected: Missing, { subscription, tellsOf }: EventFacts, at: number, list: readonly unknown[]): number {
  const concerned = tellsOf ?? subscription
  for (const entry of expected.entries.slice(0, at)) {
    if (isMissing(entry, concerned)) expected.entries.splice(expected.entries.indexOf(entry), 1)
  }
  expected.missed.delete(concerned)
  return toldBy(tellsOf, list) as number
}

/** Something that was expected has not come, and did not have to. */
export function skip(expected: Missing, { event, lost, forgotten, at, fate }: Entry, now: number): void {
  const { missed, connection } = expected
  if (forgotten === 'all') return missed.clear()
  if (forgotten !== undefined) {
    const before = missed.get(forgotten)
    // What waited before may be counted on when the session comes back to the subscription.
    if (before === undefined || !connection.hasStalled) missed.delete(forgotten)
    else before.least = 0
    return
  }
  const subscription = lost ?? (fate === 'stays' ? undefined : event?.subscription)
  if (subscription === undefined) return
  const before = missed.get(subscription)
  if (before === undefined) missed.set(subscription, { least: 1, most: 1, earliest: at, latest: now })
  else {
    // What came before may not count any more, or be told of by an event that was queued and is given up now.
    if (before.least === 0 || lost === undefined) before.latest = now
    before.least++
    before.most++
  }
}

/** Whether it is an event of that subscription that has not come. */
function isMissing({ lost, event, fate }: Entry, subscription: ModelSubscription): boolean {
  return lost === subscription || (fate !== 'stays' && event?.subscription === subscription)
}

function toldBy(tellsOf: ModelSubscription | undefined, list: readonly unknown[]): unknown {
  return tellsOf === undefined ? gapOf(list) : (list[4] as readonly unknown[] | undefined)?.[2]
}
