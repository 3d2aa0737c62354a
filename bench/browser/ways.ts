// What the page and the program that drives it agree on.

export const REALM = 'realm1'
export const TOPIC = 'com.example.counted'

/** How the page takes events: by a handler, by a loop, or without a client. */
export const WAYS = ['handler', 'loop', 'bare'] as const
export type Way = (typeof WAYS)[number]

/** What the page saw in a given time. */
export interface Measured {
  /** A busy page ends a measurement late. */
  readonly seconds: number
  readonly perSecond: number
  /** Events that came out of order, twice or not at all. */
  readonly faults: number
  /** Tasks of more than 50 ms. */
  readonly longTasks: number
  readonly longestMs: number
}
