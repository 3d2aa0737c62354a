// How many events of durable subscriptions are in flight to each owner of a realm, or open at all, within a limit.

import type { Limited } from '../ports/settings.ts'

export class InFlight {
  readonly #realm: Limited
  readonly #byOwner = new Map<string, number>()
  /** Those that wait until an owner has room. */
  #all = 0

  readonly #times: number

  /** @param times how many times what may be in flight */
  constructor(realm: Limited, times = 1) {
    this.#realm = realm
    this.#times = times
  }

  /** Of all owners. */
  get size(): number {
    return this.#all
  }

  roomOf(owner: string): number {
    const most = this.#times * this.#realm.settings.limits.durableInFlightPerUser
    return Math.max(0, most - (this.#byOwner.get(owner) ?? 0))
  }

  add(owner: string, count: number): void {
    const left = (this.#byOwner.get(owner) ?? 0) + count
    this.#all += count
    if (left > 0) this.#byOwner.set(owner, left)
    else this.#byOwner.delete(owner)
  }
}
