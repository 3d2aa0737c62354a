// What a session holds in the tables of its realm, in octets: its subscriptions, registrations and open calls. Bounded for each
// owner and in all, since a client may open any number of sessions.

import type { MatchPolicy } from '@trunkline/protocol'
import { OwnerTotal } from './owner-total.ts'
import type { InvocationPolicy } from './registration.ts'
import { textOctets } from './text-octets.ts'

const LIMIT = 'octets of subscriptions, registrations and open calls'
const MOST_OF_ALL = 1_073_741_824
/** The part of the heap that tables may take, and that of it for one owner. */
const OF_HEAP = 4
const OF_TABLES = 4

// What they take in memory was measured.
/** A session's place in a subscription or registration. */
const PLACE_OCTETS = 160
/** What is kept of a prefix of a session, which is compared with its others. */
const PREFIX_OCTETS = 72
/** Some 200 octets without options; time limit, progress and re-routing add up to a thousand. */
const CALL_OCTETS = 768
/** What is kept of events that a session missed, until it is notified of them. */
const GAP_OCTETS = 256
const ENTRY_OCTETS = 384
/** What a component of a wildcard pattern takes in the index of patterns besides its text. */
const COMPONENT_OCTETS = 112
/** The tables of a sharded registration for the names and shards of its callees. */
const SHARDED_OCTETS = 704
/** What it keeps of each callee besides its place, and of one that names shards. */
const SHARE_OCTETS = 192
const SHARDS_OCTETS = 384
/** So many open calls of a session are not counted: most sessions have fewer. */
const FREE_CALLS = 128

/** A subscription or registration, or what would make one. */
interface TableEntry {
  readonly uri: string
  readonly match: MatchPolicy
  /** Of registrations. */
  readonly invoke?: InvocationPolicy
}

/** What a subscription or registration takes besides the places of its sessions; counts to the owner that caused it. */
export function entryOctets({ uri, match, invoke }: TableEntry): number {
  const text = textOctets(uri)
  const inIndex = match === 'wildcard' ? text + uri.split('.').length * COMPONENT_OCTETS : 0
  return ENTRY_OCTETS + text + inIndex + (invoke === '_sharded' ? SHARDED_OCTETS : 0)
}

/** What the place of a session in a subscription takes. */
export function subscriberOctets(match: MatchPolicy): number {
  return match === 'prefix' ? PLACE_OCTETS + PREFIX_OCTETS : PLACE_OCTETS
}

/** What the place of a session takes. @param callee of a registration: its policy, and whether the callee names shards */
export function placeOctets(callee?: { readonly invoke: InvocationPolicy; readonly namesShards: boolean }): number {
  if (callee?.invoke !== '_sharded') return PLACE_OCTETS
  return PLACE_OCTETS + SHARE_OCTETS + (callee.namesShards ? SHARDS_OCTETS : 0)
}

/** The tables of all realms. @param heapLimit the octets that the process may have on its heap, beyond which it ends */
export function tablesWithin(heapLimit: number): OwnerTotal {
  const ofAll = Math.min(MOST_OF_ALL, Math.floor(heapLimit / OF_HEAP))
  return new OwnerTotal(ofAll, Math.floor(ofAll / OF_TABLES))
}

export class TableShare {
  readonly #ownerOf: () => string
  readonly #total: OwnerTotal
  /** Undefined until something is held. */
  #owner: string | undefined

  constructor(ownerOf: () => string, total: OwnerTotal) {
    this.#ownerOf = ownerOf
    this.#total = total
  }

  get owner(): string {
    return (this.#owner ??= this.#ownerOf())
  }

  /** The name of the limit, and its value for one owner. */
  get limit(): [string, number] {
    return [LIMIT, this.#total.mostOfOne]
  }

  /** Whether one more place has room, with the entry that it would create, if any. */
  hasRoom(created?: TableEntry, place = PLACE_OCTETS): boolean {
    return this.#fits(place + (created === undefined ? 0 : entryOctets(created)))
  }

  /** Whether a call has room beside so many open ones. */
  hasRoomForCall(open: number): boolean {
    return open < FREE_CALLS || this.#fits(CALL_OCTETS)
  }

  addPlace(octets = PLACE_OCTETS): void {
    this.#total.add(this.owner, octets)
  }

  removePlace(octets = PLACE_OCTETS): void {
    this.#total.add(this.owner, -octets)
  }

  /** Counts a call. @param open the open calls, with this one. @returns whether it has to be removed at its end */
  addCall(open: number): boolean {
    if (open <= FREE_CALLS) return false
    this.#total.add(this.owner, CALL_OCTETS)
    return true
  }

  addGap(): void {
    this.#total.add(this.owner, GAP_OCTETS)
  }

  removeGap(): void {
    this.#total.add(this.owner, -GAP_OCTETS)
  }

  removeCall(): void {
    this.#total.add(this.owner, -CALL_OCTETS)
  }

  #fits(octets: number): boolean {
    return this.#total.fits(this.owner, octets)
  }
}
