// What waits for all peers of a router together: the bound, whose it is, and who goes first when it is passed. Pure.

/** A queue, as far as it counts for the total. */
export interface Counted {
  /** Octets of it alone. */
  readonly bytes: number
  /** At the pace of the last second it would not be empty within the limit for a stall. */
  readonly isSlow: boolean
  /** It has been given up already. */
  readonly isOverflown: boolean
  /** Whose it is; known while it holds anything. */
  readonly account: Account | undefined
  /** Called by the sweep. */
  checkProgress(now: number, stallMs: number): void
  /** The total is passed, and this one goes first. */
  giveWay(): void
}

/** Octets that several may hold and that are in memory once. */
class SharedOctets {
  readonly #holders = new Map<Uint8Array, number>()

  /** Returns how many octets are in memory now that were not. */
  add(message: Uint8Array): number {
    const holders = this.#holders.get(message) ?? 0
    this.#holders.set(message, holders + 1)
    return holders === 0 ? message.byteLength : 0
  }

  /** Returns how many octets are no longer in memory. */
  remove(message: Uint8Array): number {
    const holders = this.#holders.get(message) ?? 0
    if (holders > 1) this.#holders.set(message, holders - 1)
    else this.#holders.delete(message)
    return holders === 1 ? message.byteLength : 0
  }
}

/** What waits for all sessions of one principal, or of one address: many sessions weigh as much as one that holds as much. */
export class Account {
  readonly holder: string
  bytes = 0
  /** How many queues hold anything. */
  queues = 0
  readonly #total: OutboxTotal
  readonly #shared = new SharedOctets()

  constructor(holder: string, total: OutboxTotal) {
    this.holder = holder
    this.#total = total
  }

  /** @param isShared others may hold the same bytes */
  add(message: Uint8Array, isShared: boolean): void {
    if (!isShared) return this.addOctets(message.byteLength)
    this.bytes += this.#shared.add(message)
    this.#total.bytes += this.#total.shared.add(message)
  }

  remove(message: Uint8Array, isShared: boolean): void {
    if (!isShared) return this.addOctets(-message.byteLength)
    this.bytes -= this.#shared.remove(message)
    this.#total.bytes -= this.#total.shared.remove(message)
  }

  /** Counts octets of no message that is known. */
  addOctets(octets: number): void {
    this.bytes += octets
    this.#total.bytes += octets
  }
}

export class OutboxTotal {
  /** Octets of all; those of one event for many count once. */
  bytes = 0
  limit: number
  readonly shared = new SharedOctets()
  /** The queues that hold anything. */
  readonly backlogged = new Set<Counted>()
  readonly #accounts = new Map<string, Account>()

  constructor(limit: number) {
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

  /** A queue holds nothing any more. */
  leave(queue: Counted, account: Account): void {
    this.backlogged.delete(queue)
    account.queues--
    if (account.queues === 0) this.#accounts.delete(account.holder)
  }

  /** Makes one queue give way when all together hold too much. */
  relieve(): void {
    if (this.bytes <= this.limit) return
    let first: Counted | undefined
    for (const queue of this.backlogged) if (!queue.isOverflown && (first === undefined || goesBefore(queue, first))) first = queue
    first?.giveWay()
  }

  /** Looks for peers that took nothing for `stallMs`. To be called about once a second. */
  sweep(now: number, stallMs: number): void {
    for (const queue of [...this.backlogged]) queue.checkProgress(now, stallMs)
  }
}

/** First who does not read, or hardly; then by what waits for the principal or address, then by what waits for the session. */
function goesBefore(a: Counted, b: Counted): boolean {
  if (a.isSlow !== b.isSlow) return a.isSlow
  const [ofA, ofB] = [a.account?.bytes ?? 0, b.account?.bytes ?? 0]
  return ofA === ofB ? a.bytes > b.bytes : ofA > ofB
}
