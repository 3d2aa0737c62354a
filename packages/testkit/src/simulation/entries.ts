// What is expected on one connection, in its order: what may come first, what may be passed over, and which events may
// have been given up while the peer did not read. Compares nothing.

import type { EventFacts, ModelSubscription, Place } from './model/state.ts'

/** A message that the model expects. */
export interface Entry {
  /** Empty for what is no message, but only kept in its place among them. */
  readonly message: readonly unknown[]
  readonly place: Place
  readonly step: number
  readonly at: number
  readonly least: number
  readonly most: number
  readonly event: EventFacts | undefined
  /** Of an event: whether it was given up, as far as can be known from the outside. */
  fate: 'stays' | 'may be gone' | 'gone'
  /** Its session is over: what was not given up yet stays. */
  isSealed: boolean
  /** An event of this subscription was not sent at all. */
  readonly lost?: ModelSubscription
  /** The session has left the subscription. */
  readonly forgotten?: ModelSubscription | 'all'
}

/** What waits for a peer that does not read. */
export interface Waiting {
  readonly entries: readonly Entry[]
  /** More waited than may, whatever was given up: for certain, or perhaps. */
  mustOverflow: boolean
  mayOverflow: boolean
}

/** How many entries come of the first step: what comes of one step stands together. */
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

/** The pattern of an event, with the number of events missed that the event tells. */
export function tellingAs(message: readonly unknown[], list: readonly unknown[]): readonly unknown[] {
  const gap = gapOf(list)
  return gap === 0 || message[0] !== 36 ? message : message.with(3, { ...(message[3] as object), _gap: gap })
}

/** How many events missed an event tells of. */
export function gapOf(list: readonly unknown[]): number {
  if (list[0] !== 36) return 0
  const gap = (list[3] as { readonly _gap?: unknown })._gap
  return typeof gap === 'number' ? gap : 0
}

/**
 * Gives events up as their policies say: with the least that messages may take, which were given up for certain, and
 * with the most, which may have been.
 */
export function makeRoom(expected: Waiting, limit: number): void {
  const { entries } = expected
  const last = entries.at(-1) as Entry
  if (last.event?.policy === 'conflate') for (const entry of entries) if (isReplacedBy(entry, last)) entry.fate = 'gone'
  let [least, certain, most, kept] = [0, 0, 0, 0]
  for (const { fate, place, message, least: size, most: greatest } of entries) {
    if (message.length === 0) continue
    if (fate !== 'gone') least += size
    if (fate !== 'gone' && place.isOptional !== true) certain++
    if (fate === 'stays') most += greatest
    if (fate === 'stays') kept++
  }
  // Whether a session is over, and its events stay, before its GOODBYE is queued or after it, is the router's choice.
  const isGoodbye = last.message[0] === 6
  if (isGoodbye) expected.mayOverflow ||= most > limit && kept > 1
  for (const entry of entries) {
    if (isGoodbye || least <= limit || certain <= 1) break
    if (entry === last || entry.fate === 'gone' || !mayGoFirst(entry)) continue
    if (entry.fate === 'stays') {
      most -= entry.most
      kept--
    }
    entry.fate = 'gone'
    least -= entry.least
    certain--
  }
  for (const entry of entries) {
    if (most <= limit || kept <= 1) break
    if (entry === last || entry.fate !== 'stays' || !mayGoFirst(entry)) continue
    entry.fate = 'may be gone'
    most -= entry.most
    kept--
  }
  expected.mustOverflow ||= !isGoodbye && least > limit && certain > 1
  expected.mayOverflow ||= most > limit && kept > 1
}

function mayGoFirst({ event, isSealed }: Entry): boolean {
  return event !== undefined && event.policy !== 'disconnect' && !isSealed
}

function isReplacedBy(entry: Entry, last: Entry): boolean {
  const { event, isSealed } = entry
  if (event === undefined || isSealed || entry === last) return false
  return event.subscription === last.event?.subscription && event.topic === last.event.topic
}

/** What waits, in octets, at least. */
export function leastOf({ entries }: Pick<Waiting, 'entries'>): number {
  return entries.reduce((sum, { least, fate }) => (fate === 'stays' ? sum + least : sum), 0)
}

/** What waits, in octets, at most. */
export function mostOf({ entries }: Pick<Waiting, 'entries'>): number {
  return entries.reduce((sum, { most, fate }) => (fate === 'gone' ? sum : sum + most), 0)
}
