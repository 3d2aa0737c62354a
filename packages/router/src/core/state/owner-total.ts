// Octets that the router keeps of one kind for all its sessions, bounded in all and for each owner, however many sessions that has.

/** Of all sessions of a router, and of those of one owner. */
const MOST_OF_ALL = 256 * 1024 * 1024
export const MOST_OF_ONE = 64 * 1024 * 1024

/** The part for what sessions leave with the router without a call: 64 MiB of all, 16 MiB of one owner. */
export const KEPT_PART = 0.25

export class OwnerTotal {
  readonly #byOwner = new Map<string, number>()
  readonly #mostOfAll: number
  readonly #mostOfOne: number
  #octets = 0

  constructor(mostOfAll = MOST_OF_ALL, mostOfOne = MOST_OF_ONE) {
    this.#mostOfAll = mostOfAll
    this.#mostOfOne = mostOfOne
  }

  get mostOfOne(): number {
    return this.#mostOfOne
  }

  get octets(): number {
    return this.#octets
  }

  /** How many owners have anything kept. */
  get owners(): number {
    return this.#byOwner.size
  }

  /** @param part the part of the bounds that may be used */
  fits(owner: string, octets: number, part = 1): boolean {
    return this.#octets + octets <= this.#mostOfAll * part && (this.#byOwner.get(owner) ?? 0) + octets <= this.#mostOfOne * part
  }

  /** @param octets negative to give back */
  add(owner: string, octets: number): void {
    const left = (this.#byOwner.get(owner) ?? 0) + octets
    this.#octets += octets
    if (left === 0) this.#byOwner.delete(owner)
    else this.#byOwner.set(owner, left)
  }
}
