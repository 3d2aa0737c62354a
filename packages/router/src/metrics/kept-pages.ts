// Pages that are given again when making them has taken too much of the time lately: many readers cost hardly more than a few.

import type { Content } from '../listeners/http-answer.ts'

/** Makes a page anew. */
type Make<Kind> = (kind: Kind) => Content

/** The share of the time that making pages may take. */
const SHARE = 0.1
/** How much time may be taken at once, in milliseconds: a page is made while any of it is left. */
const AT_ONCE_MS = 100

export class KeptPages<Kind> {
  readonly #make: Make<Kind>
  readonly #now: () => number
  readonly #pages = new Map<Kind, Content>()
  #leftMs = AT_ONCE_MS
  #at: number

  /**
   * @param make makes the page of a kind; kinds are few
   * @param now the clock for durations, in milliseconds
   */
  constructor(make: Make<Kind>, now: () => number = () => performance.now()) {
    this.#make = make
    this.#now = now
    this.#at = now()
  }

  /** The page of a kind, new or, while no time is left, the last one. */
  get(kind: Kind): Content {
    const begun = this.#now()
    this.#leftMs = Math.min(AT_ONCE_MS, this.#leftMs + (begun - this.#at) * SHARE)
    this.#at = begun
    const last = this.#pages.get(kind)
    if (last !== undefined && this.#leftMs <= 0) return last
    const page = this.#make(kind)
    this.#pages.set(kind, page)
    this.#leftMs -= this.#now() - begun
    return page
  }
}
