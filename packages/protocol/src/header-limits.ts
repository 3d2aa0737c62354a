// How much may stand before the payload of a message, and how long a message may be that comes before any login. Reads no octets.

import { AUTHENTICATE, HELLO, PUBLISH } from './messages.ts'
import { REPLACES, SHARD } from './own-names.ts'

export interface HeaderLimits {
  /** The most octets of the whole message. */
  readonly octets: number
  /** The most lists, dicts and entries of them, {@link HeaderLimits.listed} aside. */
  readonly values: number
  /** The most entries of lists that stand directly in Options, all together. */
  readonly listed: number
}

/** The most octets of a message that opens a session: it comes from anybody, and is held until the login is over. */
export const MOST_OPENING_OCTETS = 65_536
/** The most sessions, authids and authroles that a PUBLISH may name as its receivers and as excluded, all together. */
export const MOST_LISTED = 100_000

/** The options of clients that a router asks for besides those of the message table. */
export const OWN_OPTIONS: ReadonlySet<string> = new Set([REPLACES, SHARD])

const OPENING: HeaderLimits = { octets: MOST_OPENING_OCTETS, values: 1_000, listed: 0 }
const PUBLISHING: HeaderLimits = { octets: Number.POSITIVE_INFINITY, values: 10_000, listed: MOST_LISTED }
const OTHERS: HeaderLimits = { octets: Number.POSITIVE_INFINITY, values: 10_000, listed: 0 }

/** The limits of messages of a type. */
export function headerLimits(type: number): HeaderLimits {
  if (type === HELLO || type === AUTHENTICATE) return OPENING
  return type === PUBLISH ? PUBLISHING : OTHERS
}

/** How many lists, dicts and entries of them a value is made of, itself included. */
export function valuesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return 1
  return Object.values(value).reduce((sum: number, each) => sum + valuesIn(each), 1)
}
