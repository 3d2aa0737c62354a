// What each owner has on its way to the store of events, over all its sessions, and which of them are not read until there is room: what
// is beyond waits with its sender, in place of the queue of the store, where all others would stand behind it. Refuses nothing.

import type { Link } from '../ports/link.ts'
import type { Scheduler } from '../ports/clock.ts'

/** A session that can wait; others go on. */
export type Waits = Pick<Link, 'waitForRoom'>

/**
 * Publications of one owner on their way to the store, and their octets, from which on its sessions are not read: at least twice what the store
 * gathers before it begins to write, so that the next group of one publisher comes together while one is written.
 */
const MOST_ON_WAY = 512
const MOST_OCTETS_ON_WAY = 1024 * 1024

interface Waiting {
  readonly session: Waits
  readonly goOn: () => void
}

/** What one owner has on its way. */
interface Share {
  count: number
  octets: number
  /** Sessions that are not read, those that have waited longest first. */
  readonly waiting: Waiting[]
  /** Those that have waited and are read again. */
  readonly known: Set<Waits>
  /** Whether the next one is read again in a turn to come. */
  isDeferred: boolean
}

export class StoreShares {
  readonly #scheduler: Scheduler
  readonly #owners = new Map<string, Share>()

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler
  }

  /** How many owners have anything on its way, or sessions that wait. */
  get owners(): number {
    return this.#owners.size
  }

  /**
   * A publication is on its way. Where its owner has much on its way then, the session waits, and those of its owner that have waited before:
   * else each of very many sessions would send one more publication.
   * @param session absent where it has left
   */
  add(owner: string, octets: number, session: Waits | undefined): void {
    const share = this.#shareOf(owner)
    share.count++
    share.octets += octets
    if (isRoomy(share)) return
    if (session !== undefined) hold(session, share)
    for (const each of share.known) hold(each, share)
    share.known.clear()
  }

  /** Whether more of an owner may go on its way. */
  hasRoom(owner: string): boolean {
    const share = this.#owners.get(owner)
    return share === undefined || isRoomy(share)
  }

  /** The store has answered: where half of the room is free, one session of the owner is read again, and another in the next turn if it still is. */
  remove(owner: string, octets: number): void {
    const share = this.#shareOf(owner)
    share.count--
    share.octets -= octets
    this.#goOn(owner, share)
  }

  #goOn(owner: string, share: Share): void {
    if (share.isDeferred || share.count > MOST_ON_WAY / 2 || share.octets > MOST_OCTETS_ON_WAY / 2) return
    const next = share.waiting.shift()
    if (next === undefined) {
      if (share.count === 0) this.#owners.delete(owner)
      return
    }
    share.known.add(next.session)
    share.isDeferred = true
    this.#scheduler.defer(() => {
      share.isDeferred = false
      this.#goOn(owner, share)
    })
    next.goOn()
  }

  #shareOf(owner: string): Share {
    const known = this.#owners.get(owner)
    if (known !== undefined) return known
    const share: Share = { count: 0, octets: 0, waiting: [], known: new Set(), isDeferred: false }
    this.#owners.set(owner, share)
    return share
  }
}

function isRoomy({ count, octets }: Share): boolean {
  return count < MOST_ON_WAY && octets < MOST_OCTETS_ON_WAY
}

/** One that cannot wait, as it has ended or waits already, is forgotten. */
function hold(session: Waits, { waiting }: Share): void {
  session.waitForRoom?.((goOn) => waiting.push({ session, goOn }))
}
