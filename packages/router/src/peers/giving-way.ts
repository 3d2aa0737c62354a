// Those of one kind that can give way to others, by network and by site of IPv6. Knows neither limits nor what they are.

import { siteOf } from '../ipv6-site.ts'
import { BySize } from './by-size.ts'

/** A site may have as many as so many networks. */
const SITE_FACTOR = 10

/** Those of one network, in the order in which they came. */
export interface OfNetwork<Each> {
  /** Undefined for one without an address. */
  readonly name: string | undefined
  readonly waiting: Set<Each>
}

export class GivingWay<Each> {
  readonly #networks = new BySize<Set<Each>>()
  readonly #sites = new BySize<Set<Each>>()
  readonly #siteByName = new Map<string, Set<Each>>()

  /** From now on one can give way. */
  add(each: Each, { name, waiting }: OfNetwork<Each>): void {
    addTo(waiting, each, this.#networks)
    const site = siteOf(name)
    if (site === undefined) return
    const ofSite = this.#siteByName.get(site) ?? new Set()
    this.#siteByName.set(site, ofSite)
    addTo(ofSite, each, this.#sites)
  }

  /** It has left, or gives way to none from now on. */
  remove(each: Each, { name, waiting }: OfNetwork<Each>): void {
    removeFrom(waiting, each, this.#networks)
    const site = siteOf(name)
    const ofSite = site === undefined ? undefined : this.#siteByName.get(site)
    if (site === undefined || ofSite === undefined) return
    removeFrom(ofSite, each, this.#sites)
    if (ofSite.size === 0) this.#siteByName.delete(site)
  }

  /**
   * The one that gives way to another of a network, if any: the first of a network with more, or else of a site with many more.
   * @param margin how many more a network must have
   */
  firstFor({ name, waiting }: OfNetwork<Each>, margin: number): Each | undefined {
    const ofSite = this.#siteByName.get(siteOf(name) ?? '') ?? waiting
    return firstOf(this.#networks.largest, waiting.size + margin) ?? firstOf(this.#sites.largest, SITE_FACTOR * (ofSite.size + margin))
  }
}

function addTo<Each>(set: Set<Each>, each: Each, bySize: BySize<Set<Each>>): void {
  const before = set.size
  set.add(each)
  bySize.move(set, before, set.size)
}

function removeFrom<Each>(set: Set<Each>, each: Each, bySize: BySize<Set<Each>>): void {
  const before = set.size
  set.delete(each)
  bySize.move(set, before, set.size)
}

/** The one that has waited longest, if there are more than a number. */
function firstOf<Each>(set: Set<Each> | undefined, more: number): Each | undefined {
  if (set === undefined || set.size <= more) return undefined
  for (const each of set) return each
  return undefined
}
