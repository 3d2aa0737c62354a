// Octets that the router keeps with open calls: payload for re-routing, attributes of progressive calls. Bounded for each caller,
// for each owner of callers, and in all, since a call may stay open for ever.

/** Of all callers of a router, and of those of one owner. Payload for re-routing, without which calls go on, gets half of both. */
const MOST_OF_ALL = 256 * 1024 * 1024
const MOST_OF_ONE = 64 * 1024 * 1024

/** What is kept with the calls of all sessions of a router. */
export class CallTotal {
  readonly #byOwner = new Map<string, number>()
  #octets = 0

  get octets(): number {
    return this.#octets
  }

  /** How many owners have anything kept. */
  get owners(): number {
    return this.#byOwner.size
  }

  /** @param part the part of the bounds that may be used */
  fits(owner: string, octets: number, part: number): boolean {
    return this.#octets + octets <= MOST_OF_ALL * part && (this.#byOwner.get(owner) ?? 0) + octets <= MOST_OF_ONE * part
  }

  /** @param octets negative to give back */
  add(owner: string, octets: number): void {
    const left = (this.#byOwner.get(owner) ?? 0) + octets
    this.#octets += octets
    if (left === 0) this.#byOwner.delete(owner)
    else this.#byOwner.set(owner, left)
  }
}

/** What is kept with the calls of one session. */
export class CallBudget {
  readonly #ownerOf: () => string
  readonly #total: CallTotal
  #octets = 0
  /** Undefined until something is kept. */
  #owner: string | undefined

  /** @param ownerOf the owner of the caller; called when something is first kept */
  constructor(ownerOf: () => string, total: CallTotal) {
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
