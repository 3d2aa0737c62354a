// Cached verdicts of a dynamic authorizer, by principal, action, URI and match policy; never by role alone, since an authorizer may
// look at the authid. Bounded: the entry unused for longest is dropped first.

import type { MatchPolicy } from '@trunkline/protocol'
import type { Action, Clock, Principal, Verdict } from '../core/ports/index.ts'

/** Verdicts on longer URIs are not cached, to bound each entry too. */
const LONGEST_URI = 1_024

/** The verdicts for one principal. */
export interface CachedVerdicts {
  get(action: Action, uri: string, match: MatchPolicy): Verdict | undefined
  set(action: Action, uri: string, match: MatchPolicy, verdict: Verdict): void
}

interface Entry {
  readonly verdict: Verdict
  /** When it expires, on the clock for durations. */
  readonly expires: number
}

export class VerdictCache {
  readonly #entries: number
  readonly #ttlMs: number
  readonly #clock: Clock
  /** In the order of their last use. */
  readonly #verdicts = new Map<string, Entry>()

  constructor(entries: number, ttlMs: number, clock: Clock) {
    this.#entries = entries
    this.#ttlMs = ttlMs
    this.#clock = clock
  }

  get size(): number {
    return this.#verdicts.size
  }

  of({ authid, authrole, authmethod }: Principal): CachedVerdicts {
    const principal = JSON.stringify([authid, authrole, authmethod])
    const keyOf = (action: Action, uri: string, match: MatchPolicy): string => `${principal} ${action} ${match} ${uri}`
    return {
      get: (action, uri, match) => this.#get(keyOf(action, uri, match)),
      set: (action, uri, match, verdict) => {
        if (uri.length <= LONGEST_URI) this.#set(keyOf(action, uri, match), verdict)
      },
    }
  }

  #get(key: string): Verdict | undefined {
    const entry = this.#verdicts.get(key)
    if (entry === undefined) return undefined
    this.#verdicts.delete(key)
    if (this.#clock.monotonic() >= entry.expires) return undefined
    this.#verdicts.set(key, entry)
    return entry.verdict
  }

  #set(key: string, verdict: Verdict): void {
    this.#verdicts.delete(key)
    if (this.#verdicts.size >= this.#entries) {
      const [oldest] = this.#verdicts.keys()
      if (oldest !== undefined) this.#verdicts.delete(oldest)
    }
    this.#verdicts.set(key, { verdict, expires: this.#clock.monotonic() + this.#ttlMs })
  }
}
