// What a session holds in the tables of its realm, in octets: its subscriptions, registrations and open calls. Bounded for each
// owner and in all, since a client may open any number of sessions.

import type { OwnerTotal } from './owner-total.ts'

/** Four times the bounds: 1 GiB of all, 256 MiB of one owner. */
const TABLES_PART = 4
/** The name of the limit, and its value for one owner. */
export const TABLES_LIMIT: [string, number] = ['octets of subscriptions, registrations and open calls', 268_435_456]

// What they take in memory was measured.
/** A session's place in a subscription or registration. */
const PLACE_OCTETS = 160
const CALL_OCTETS = 384
const ENTRY_OCTETS = 384
/** So many open calls of a session are not counted: most sessions have fewer. */
const FREE_CALLS = 128

/** What a subscription or registration takes besides the places of its sessions; counts to the owner that caused it. */
export function entryOctets({ length }: string): number {
  return ENTRY_OCTETS + length
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

  /** Whether one more place has room, with the entry of a URI that it would create, if any. */
  hasRoom(created = ''): boolean {
    return this.#fits(PLACE_OCTETS + (created === '' ? 0 : entryOctets(created)))
  }

  /** Whether a call has room beside so many open ones. */
  hasRoomForCall(open: number): boolean {
    return open < FREE_CALLS || this.#fits(CALL_OCTETS)
  }

  addPlace(): void {
    this.#total.add(this.owner, PLACE_OCTETS)
  }

  removePlace(): void {
    this.#total.add(this.owner, -PLACE_OCTETS)
  }

  /** Counts a call. @param open the open calls, with this one. @returns whether it has to be removed at its end */
  addCall(open: number): boolean {
    if (open <= FREE_CALLS) return false
    this.#total.add(this.owner, CALL_OCTETS)
    return true
  }

  removeCall(): void {
    this.#total.add(this.owner, -CALL_OCTETS)
  }

  #fits(octets: number): boolean {
    return this.#total.fits(this.owner, octets, TABLES_PART)
  }
}
