// Payload of others as an operator with a right to it sees it: short, without what the configuration hides, and in values that JSON has.

import type { Payload } from '@trunkline/protocol'
import { isForRouter, itemsWithin, PayloadError, uriPattern } from '@trunkline/protocol'
import { HIDDEN } from '../config/hidden.ts'
import type { UriMatcher } from './uri-matcher.ts'
import { uriMatcher } from './uri-matcher.ts'

/** What is never shown. */
export interface HiddenPayload {
  /** Procedures and topics, in the notation of rules. */
  readonly uris?: readonly string[] | undefined
  /** Keys of dicts at any depth, in any case. */
  readonly keys?: readonly string[] | undefined
}

/** The most octets of a payload that is shown; and how many lists, dicts and entries it may have. */
export const MOST_OCTETS = 8_192
const MOST_VALUES = 1_000

export class ShownPayload {
  readonly #patterns: readonly UriMatcher[]
  readonly #keys: ReadonlySet<string>

  constructor({ uris = [], keys = HIDDEN_KEYS }: HiddenPayload = {}) {
    this.#patterns = uris.map((notation) => {
      const { uri, match } = uriPattern(notation)
      return uriMatcher(uri, match)
    })
    this.#keys = new Set(keys.map((key) => key.toLowerCase()))
  }

  /** Whether payload for this URI may be shown. */
  mayShow(uri: string): boolean {
    return !isForRouter(uri) && !this.#patterns.some((fits) => fits(uri))
  }

  /** Args and kwargs of a payload; where it is too long or has too many values, only how many octets it has. Keeps nothing of it. */
  of(payload: Payload | undefined): Readonly<Record<string, unknown>> {
    if (payload === undefined) return { args: [], kwargs: {} }
    const { length } = payload.raw
    if (length > MOST_OCTETS) return { omitted: length }
    try {
      const [args = [], kwargs = {}] = itemsWithin(payload, MOST_VALUES)
      return { args: this.#shown(args), kwargs: this.#shown(kwargs) }
    } catch (error) {
      if (error instanceof PayloadError) return { omitted: length }
      throw error
    }
  }

  #shown(value: unknown): unknown {
    if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
    if (typeof value === 'bigint') return String(value)
    if (ArrayBuffer.isView(value)) return `<${value.byteLength} octets>`
    if (Array.isArray(value)) return value.map((each) => this.#shown(each))
    if (typeof value !== 'object' || value === null) return value ?? null
    const entries = Object.entries(value).map(([key, each]) => [key, this.#keys.has(key.toLowerCase()) ? HIDDEN : this.#shown(each)])
    return Object.fromEntries(entries) as unknown
  }
}

/** Keys that are hidden where the configuration names none. */
const HIDDEN_KEYS = ['password', 'secret', 'token', 'ticket']
