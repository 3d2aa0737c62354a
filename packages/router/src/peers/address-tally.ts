// Counts sessions by address. An IPv6 network of 64 bits counts as one address: its owner can use all addresses in it.

import { networkOf } from '../core/index.ts'

export class AddressTally {
  readonly #most: number
  readonly #sessions = new Map<string, number>()

  constructor(most: number) {
    this.#most = most
  }

  /** Addresses with sessions. */
  get size(): number {
    return this.#sessions.size
  }

  /** Adds a session; returns false when its address has no room. A session without an address always has room. */
  add(address: string | undefined): boolean {
    if (address === undefined || this.#most === Number.POSITIVE_INFINITY) return true
    const key = networkOf(address)
    const sessions = this.#sessions.get(key) ?? 0
    if (sessions >= this.#most) return false
    this.#sessions.set(key, sessions + 1)
    return true
  }

  /** Removes a session that was added. */
  remove(address: string | undefined): void {
    if (address === undefined || this.#most === Number.POSITIVE_INFINITY) return
    const key = networkOf(address)
    const sessions = (this.#sessions.get(key) ?? 0) - 1
    if (sessions > 0) this.#sessions.set(key, sessions)
    else this.#sessions.delete(key)
  }
}
