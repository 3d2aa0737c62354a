// Octets that the router keeps with open calls: payload for re-routing, attributes of progressive calls. Bounded for each caller,
// for each owner of callers, and in all, since a call may stay open for ever.

import type { OwnerTotal } from './owner-total.ts'

/** What is kept with the calls of one session. */
export class CallBudget {
  readonly #ownerOf: () => string
  readonly #total: OwnerTotal
  #octets = 0
  /** Undefined until something is kept. */
  #owner: string | undefined

  /** @param ownerOf the owner of the caller; called when something is first kept */
  constructor(ownerOf: () => string, total: OwnerTotal) {
    this.#ownerOf = ownerOf
    this.#total = total
  }

  get octets(): number {
    return this.#octets
  }

  /** @param most of this session alone */
  fits(octets: number, most: number): boolean {
    return this.#hasRoom(octets, most, 1)
  }

  /** The same for payload that is kept for re-routing. */
  fitsToRepeat(octets: number, most: number): boolean {
    return this.#hasRoom(octets, most, 0.5)
  }

  take(octets: number): void {
    if (octets === 0) return
    this.#octets += octets
    this.#total.add((this.#owner ??= this.#ownerOf()), octets)
  }

  giveBack(octets: number): void {
    this.take(-octets)
  }

  #hasRoom(octets: number, most: number, part: number): boolean {
    return octets === 0 || (this.#octets + octets <= most && this.#total.fits((this.#owner ??= this.#ownerOf()), octets, part))
  }
}
