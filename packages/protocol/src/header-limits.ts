// Limits of the part of a message before its payload, and of messages that arrive before any login.

import { AUTHENTICATE, HELLO, PUBLISH } from './messages.ts'
import { DURABLE, PUBLICATION_KEY, REPLACES, RESUME, SHARD, TRACEPARENT, TRACESTATE } from './own-names.ts'

export interface HeaderLimits {
  /** The longest message, in octets. */
  readonly octets: number
  /** The most lists, dicts and their entries, without those counted by {@link HeaderLimits.listed}. */
  readonly values: number
  /** The most entries, in total, of the lists that are values of Options. */
  readonly listed: number
}

/** The longest message that opens a session, in octets: every client may send one, and the router holds it until the login is over. */
export const MOST_OPENING_OCTETS = 65_536
/** The most sessions, authids and authroles, in total, that a PUBLISH may include and exclude. */
export const MOST_LISTED = 100_000

/** The options of clients that the router reads besides those of the message table. */
export const OWN_OPTIONS: ReadonlySet<string> = new Set([DURABLE, PUBLICATION_KEY, REPLACES, RESUME, SHARD, TRACEPARENT, TRACESTATE])

const OPENING: HeaderLimits = { octets: MOST_OPENING_OCTETS, values: 1_000, listed: 0 }
const PUBLISHING: HeaderLimits = { octets: Number.POSITIVE_INFINITY, values: 10_000, listed: MOST_LISTED }
const OTHERS: HeaderLimits = { octets: Number.POSITIVE_INFINITY, values: 10_000, listed: 0 }

/** The limits of messages of a type. */
export function headerLimits(type: number): HeaderLimits {
  if (type === HELLO || type === AUTHENTICATE) return OPENING
  return type === PUBLISH ? PUBLISHING : OTHERS
}

/** The number of lists, dicts and their entries in a value, the value itself included. */
export function valuesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return 1
  return Object.values(value).reduce((sum: number, each) => sum + valuesIn(each), 1)
}
