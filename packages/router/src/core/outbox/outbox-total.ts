// What is queued for all peers of a router: the bound, the owners, and which queue is dropped first beyond the bound. Pure.

/** A queue as the total sees it. */
export interface Counted {
  /** Octets of this queue alone. */
  readonly bytes: number
  /** Messages of this queue alone. */
  readonly size: number
  /** At the pace of the last second it would not drain in time. */
  readonly isSlow: boolean
  /** It has been dropped already. */
  readonly hasOverflowed: boolean
  /** The account it counts to; known while it holds anything. */
  readonly account: Account | undefined
  /** Called by the sweep. */
  checkProgress(now: number, stallMs: number): void
  /** The total is exceeded, and this queue is dropped first. */
  dropForTotal(): void
}

/** Octets that several queues may hold and that are in memory once. */
class SharedOctets {
  readonly #holders = new Map<Uint8Array, number>()

  /** Returns how many octets this adds to memory. */
  add(message: Uint8Array): number {
    const holders = this.#holders.get(message) ?? 0
    this.#holders.set(message, holders + 1)
    return holders === 0 ? message.byteLength : 0
  }

  /** Returns how many octets this frees. */
  remove(message: Uint8Array): number {
    const holders = this.#holders.get(message) ?? 0
    if (holders > 1) this.#holders.set(message, holders - 1)
    else this.#holders.delete(message)
    return holders === 1 ? message.byteLength : 0
  }
}

/** What is in memory: octets, and an estimate of the overhead. */
class Held {
  bytes = 0
  /** Overhead of each message, and of each queue that it is in. */
  kept = 0
  readonly #shared = new SharedOctets()

  /** @param place overhead of its place in a queue */
  add(message: Uint8Array, isShared: boolean, place: number): void {
    this.#count(isShared ? this.#shared.add(message) : message.byteLength, place, 1)
  }

  remove(message: Uint8Array, isShared: boolean, place: number): void {
    this.#count(isShared ? this.#shared.remove(message) : message.byteLength, place, -1)
  }

  /** @param octets 0 where another queue still holds the same ones */
  #count(octets: number, place: number, sign: 1 | -1): void {
    this.bytes += sign * octets
    this.kept += sign * (place + (octets > 0 ? PER_MESSAGE : 0))
  }
}

/** What is queued for all sessions of one principal or address: many sessions count as much as one that holds the same. */
export class Account extends Held {
  readonly holder: string
  /** How many queues hold anything. */
  queues = 0
  readonly #total: OutboxTotal

  constructor(holder: string, total: OutboxTotal) {
    super()
    this.holder = holder
    this.#total = total
  }

  override add(message: Uint8Array, isShared: boolean, place = PER_PLACE): void {
    super.add(message, isShared, place)
    this.#total.add(message, isShared, place)
  }

  override remove(message: Uint8Array, isShared: boolean, place = PER_PLACE): void {
    super.remove(message, isShared, place)
    this.#total.remove(message, isShared, place)
  }

  /** Counts octets that belong to no known message. */
  addOctets(octets: number): void {
    this.bytes += octets
    this.#total.bytes += octets
  }
}

/** The octets of one event for many count once. */
export class OutboxTotal extends Held {
  /** The limit of octets, and of their overhead. */
  limit: number
  /** The queues that hold anything. */
  readonly backlogged = new Set<Counted>()
  readonly #accounts = new Map<string, Account>()

  constructor(limit: number) {
    super()
    this.limit = limit
  }

  /** A queue begins to hold something. */
  join(queue: Counted, holder: string): Account {
    let account = this.#accounts.get(holder)
    if (account === undefined) this.#accounts.set(holder, (account = new Account(holder, this)))
    account.queues++
    this.backlogged.add(queue)
    return account
  }

  /** A queue has become empty. */
  leave(queue: Counted, account: Account): void {
    this.backlogged.delete(queue)
    account.queues--
    if (account.queues === 0) this.#accounts.delete(account.holder)
  }

  /** Whether the queues of a principal or address may take so many more octets: half of all at most, and none has to go for them. */
  hasRoomFor(octets: number, { bytes, kept }: Account): boolean {
    const mostKept = Math.max(this.limit, LEAST_KEPT)
    return Math.max(2 * (bytes + octets), this.bytes + octets) <= this.limit && Math.max(2 * kept, this.kept) < mostKept
  }

  /** Drops one queue when all together hold too much. */
  relieve(): void {
    const areMany = this.kept > Math.max(this.limit, LEAST_KEPT)
    if (this.bytes <= this.limit && !areMany) return
    const precedes = areMany ? hasMore : goesBefore
    let first: Counted | undefined
    for (const queue of this.backlogged) if (!queue.hasOverflowed && (first === undefined || precedes(queue, first))) first = queue
    first?.dropForTotal()
  }

  /** Looks for peers that took nothing for `stallMs`. Called about once a second. */
  sweep(now: number, stallMs: number): void {
    for (const queue of [...this.backlogged]) queue.checkProgress(now, stallMs)
  }
}

/** By the weight of their account's octets, then by their own octets. */
function goesBefore(a: Counted, b: Counted): boolean {
  const [ofA, ofB] = [weightOf(a, 'bytes'), weightOf(b, 'bytes')]
  return ofA === ofB ? a.bytes > b.bytes : ofA > ofB
}

/** The same, by overhead and number of messages. */
function hasMore(a: Counted, b: Counted): boolean {
  const [ofA, ofB] = [weightOf(a, 'kept'), weightOf(b, 'kept')]
  return ofA === ofB ? a.size > b.size : ofA > ofB
}

/** What a slow queue's account holds weighs more, and yet one that holds next to nothing does not go for one that holds nearly all. */
function weightOf({ isSlow, account }: Counted, what: 'bytes' | 'kept'): number {
  return (account?.[what] ?? 0) * (isSlow ? SLOW_WEIGHT : 1)
}

const SLOW_WEIGHT = 16

// The overhead of a message was measured: some 400 octets, and 16 more in each queue, or 1,000 where it can be dropped.
const PER_MESSAGE = 384
const PER_PLACE = 16
/** In a queue where it can be dropped. */
export const PER_ENTRY = 1_024
/** This much overhead is allowed whatever the limit is. */
const LEAST_KEPT = 16 * 1_048_576
