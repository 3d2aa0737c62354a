// What is expected on one connection, in its order: what may come first, what may be left out, and how much is queued.
// Compares nothing.

import type { EventFacts, ModelSubscription, Place } from './model/state.ts'

/** The share of the outbox to which a message counts: each has a limit. An ERROR to a call may come from the router or from a callee. */
export type Share = 'call' | 'result' | 'rest' | 'either'

export function shareOf([type, requestType]: readonly unknown[]): Share {
  if (type === 68 || type === 69) return 'call'
  if (type === 50) return 'result'
  return type === 8 && requestType === 48 ? 'either' : 'rest'
}

/** Whether a message may count to that share. */
export function mayCount(message: readonly unknown[], share: Share): boolean {
  const own = shareOf(message)
  return own === share || (own === 'either' && share !== 'call')
}

/** A message that the model expects. */
export interface Entry {
  /** Empty for an entry that is no message and only keeps its place among them. */
  readonly message: readonly unknown[]
  readonly place: Place
  readonly step: number
  readonly at: number
  /** The octets that it takes: between these two. None if it may have been dropped. */
  least: number
  readonly most: number
  readonly event: EventFacts | undefined
  /** Of an event: whether it was dropped, as far as can be known from outside. */
  fate: 'stays' | 'may be gone' | 'gone'
  /** The step in which a later event of its topic replaced it, if it may have been queued beside others of that step. */
  replacedAt: number | undefined
  /** The step in which it was certainly dropped. */
  goneAt: number | undefined
  /** The step in which its session ended: an event that was not dropped by then stays. */
  sealedAt: number | undefined
  /** An event of this subscription was not sent at all. */
  readonly lost?: ModelSubscription | undefined
  /** The session has left the subscription. */
  readonly forgotten?: ModelSubscription | 'all' | undefined
}

/** What is queued for a peer that does not read. */
export interface Waiting {
  readonly entries: readonly Entry[]
  /** By step: the octets that are left at most of its events, of which some may have been dropped. */
  readonly perhaps: Map<number, number>
  /** More was queued than is allowed, whatever was dropped: for certain, or perhaps. */
  mustOverflow: boolean
  mayOverflow: boolean
}

/** How many entries come of the first step: the entries of one step are adjacent. */
export function lengthOfFirstStep(entries: readonly Entry[]): number {
  let count = 1
  while (count < entries.length && entries[count]?.step === entries[0]?.step) count++
  return count
}

/** Whether none of the first entries must come before. */
export function mayCome({ lane, rank }: Place, entries: readonly Entry[], count: number): boolean {
  for (let i = 0; i < count; i++) {
    const { place, fate } = entries[i] as Entry
    if (place.lane === lane && place.rank < rank && place.isOptional !== true && fate === 'stays') return false
  }
  return true
}

/** Whether none of the first entries has to come. */
export function maySkip(entries: readonly Entry[], count: number): boolean {
  for (let i = 0; i < count; i++) {
    const { place, fate } = entries[i] as Entry
    if (place.isOptional !== true && fate === 'stays') return false
  }
  return true
}

/** The pattern of an event, with the number of missed events that the event reports. */
export function tellingAs(message: readonly unknown[], list: readonly unknown[]): readonly unknown[] {
  const gap = gapOf(list)
  return gap === 0 || message[0] !== 36 ? message : message.with(3, { ...(message[3] as object), _gap: gap })
}

/** How many missed events an event reports. */
export function gapOf(list: readonly unknown[]): number {
  if (list[0] !== 36) return 0
  const gap = (list[3] as { readonly _gap?: unknown })._gap
  return typeof gap === 'number' ? gap : 0
}

/** How many octets at least are queued. */
export function leastOf({ entries }: Pick<Waiting, 'entries'>): number {
  return entries.reduce((sum, { least, fate }) => (fate === 'stays' ? sum + least : sum), 0)
}

/** How many octets at least are queued for several peers: an event that is queued for many of one serializer counts once. */
export function leastOfAll(
  queues: readonly (Pick<Waiting, 'entries'> & { readonly connection: { readonly serializer: string } })[],
): number {
  const counted = new Map<string, Set<unknown>>()
  let octets = 0
  for (const { entries, connection } of queues) {
    let publications = counted.get(connection.serializer)
    if (publications === undefined) counted.set(connection.serializer, (publications = new Set()))
    for (const { message, least, fate } of entries) {
      if (fate !== 'stays') continue
      const isShared = message[0] === 36
      if (!isShared || !publications.has(message[2])) octets += least
      if (isShared) publications.add(message[2])
    }
  }
  return octets
}

/** How many octets at most are queued at some time in a step: what was dropped in it may still have been there when another message came. */
export function mostDuring({ entries }: Pick<Waiting, 'entries'>, step: number): number {
  return entries.reduce((sum, { most, fate, goneAt }) => (fate === 'gone' && goneAt !== step ? sum : sum + most), 0)
}
