// Those who wait for a turn, in rounds: owners come one after another, however many wait for each, and of one owner those who
// came first. Who has used much of its share waits for the others. A site of IPv6 has no more shares than a few networks. Knows no
// clock and runs nothing.

import { siteOf } from '../ipv6-site.ts'
import { Row } from './row.ts'

/** Whose share something counts to: a name, or the very connection that has no share with others. */
export type Owner = string | object

/** What an owner may use in a round, in milliseconds; what it uses beyond that it has less in the next ones. */
const SHARE_MS = 2
/** So much at most is made up for: what a busy machine took may be among it. */
const MOST_DEBT_MS = 20
/** So many networks of a site have a share each; all others of it have one together. */
const SHARES_OF_A_SITE = 10

interface Share<Each> {
  readonly owner: Owner
  readonly waiting: Row<Each>
  /** Milliseconds that are left of its share. */
  left: number
}

export class Rounds<Each> {
  readonly #shares = new Map<Owner, Share<Each>>()
  /** How many networks of a site have a share. */
  readonly #sites = new Map<string, number>()
  /** Nothing of theirs waited for a round: they come first, so that few requests do not wait for many of any other owners. */
  #newcomers = new Row<Share<Each>>()
  #others = new Row<Share<Each>>()
  #isOthersTurn = false
  #served: Share<Each> | undefined
  #size = 0

  /** How many wait. */
  get size(): number {
    return this.#size
  }

  add(whose: Owner, each: Each): void {
    this.#size++
    const owner = this.#shares.has(whose) ? whose : this.#ownerFor(whose)
    const known = this.#shares.get(owner)
    if (known !== undefined) return known.waiting.push(each)
    const share: Share<Each> = { owner, waiting: new Row(), left: SHARE_MS }
    share.waiting.push(each)
    this.#shares.set(owner, share)
    this.#newcomers.push(share)
  }

  /** A turn of the event loop begins: one of the others is looked at first, since there may be another newcomer always. */
  begin(): void {
    this.#isOthersTurn = true
  }

  /** Takes the next. Then {@link count} what it used. */
  take(): Each | undefined {
    while (this.#size > 0) {
      const row = this.#newcomers.size === 0 || (this.#isOthersTurn && this.#others.size > 0) ? this.#others : this.#newcomers
      const share = row.first
      if (share === undefined) break
      this.#isOthersTurn = false
      if (share.left > 0 && share.waiting.size > 0) return this.#takeOf(share)
      row.shift()
      // A newcomer for which nothing waits any more stays for a round: it is none again when it comes back.
      if (share.waiting.size === 0 && row === this.#others) this.#forget(share.owner)
      else {
        share.left = Math.min(SHARE_MS, share.left + SHARE_MS)
        this.#others.push(share)
      }
    }
    this.#clear()
    return undefined
  }

  /** Counts what the one that was taken last has used. */
  count(tookMs: number): void {
    if (this.#served !== undefined) this.#served.left = Math.max(-MOST_DEBT_MS, this.#served.left - tookMs)
  }

  #takeOf(share: Share<Each>): Each | undefined {
    this.#size--
    this.#served = share
    return share.waiting.shift()
  }

  /** Who gets a share: the owner, or its site where many of its networks have one. */
  #ownerFor(owner: Owner): Owner {
    const site = siteOf(owner)
    if (site === undefined) return owner
    const networks = this.#sites.get(site) ?? 0
    if (networks >= SHARES_OF_A_SITE) return `site ${site}`
    this.#sites.set(site, networks + 1)
    return owner
  }

  #forget(owner: Owner): void {
    this.#shares.delete(owner)
    const site = siteOf(owner)
    const networks = this.#sites.get(site ?? '')
    if (site === undefined || networks === undefined) return
    if (networks > 1) this.#sites.set(site, networks - 1)
    else this.#sites.delete(site)
  }

  /** Nothing waits: no owner has anything to make up for. */
  #clear(): void {
    if (this.#shares.size === 0) return
    this.#shares.clear()
    this.#sites.clear()
    this.#newcomers = new Row()
    this.#others = new Row()
  }
}
