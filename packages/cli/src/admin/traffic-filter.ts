// Which calls, publications and changes of sessions an operator wants to see. Only compares.

import type { MatchPolicy } from '@trunkline/protocol'
import type { Actor } from '@trunkline/router'
import type { TrafficKind } from './traffic-kinds.ts'
import type { UriMatcher } from './uri-matcher.ts'
import { uriMatcher } from './uri-matcher.ts'

/** All of what is given has to fit. */
export interface TrafficWish {
  readonly realm?: string | undefined
  readonly uri?: string | undefined
  readonly match?: MatchPolicy | undefined
  readonly kinds?: readonly TrafficKind[] | undefined
  readonly session?: number | undefined
  readonly authid?: string | undefined
}

export class TrafficFilter {
  readonly #wish: TrafficWish
  readonly #kinds: ReadonlySet<TrafficKind> | undefined
  /** Undefined: any URI, or none. */
  readonly #fitsUri: UriMatcher | undefined
  /** Whether a session or a user is named. */
  readonly #namesActor: boolean
  /** Whether everything is wanted. */
  readonly #isOpen: boolean

  constructor(wish: TrafficWish) {
    const { realm, kinds = [], uri, match = 'exact', session, authid } = wish
    this.#wish = wish
    this.#kinds = kinds.length === 0 ? undefined : new Set(kinds)
    this.#fitsUri = uri === undefined ? undefined : uriMatcher(uri, match)
    this.#isOpen = realm === undefined && uri === undefined && kinds.length === 0
    this.#namesActor = session !== undefined || authid !== undefined
  }

  /** Whether something is wanted, as far as that depends on what it is and where; joins and leaves have no URI. */
  fits(kind: TrafficKind, realm: string, uri: string | undefined): boolean {
    if (this.#isOpen) return true
    const { realm: wanted } = this.#wish
    if ((wanted !== undefined && wanted !== realm) || this.#kinds?.has(kind) === false) return false
    return this.#fitsUri === undefined || (uri !== undefined && this.#fitsUri(uri))
  }

  /** Whether it is of one of these sessions. What the router itself does is of none. */
  isOf(from: Actor, to?: Actor): boolean {
    if (from.isInternal) return false
    return !this.#namesActor || this.#isWanted(from) || (to !== undefined && this.#isWanted(to))
  }

  #isWanted({ id, identity }: Actor): boolean {
    const { session = id, authid = identity.authid } = this.#wish
    return session === id && authid === identity.authid
  }
}
