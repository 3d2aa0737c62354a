// How long to wait before the next attempt. Pure; randomness comes in.

/** Full jitter: each delay is drawn evenly between 0 and a bound that grows with every attempt. */
export interface Backoff {
  /** The bound for the first attempt after a lost connection. Default 500. */
  readonly initialMs: number
  /** What the bound is multiplied by with each further attempt. Default 2. */
  readonly factor: number
  /** The bound grows no further than this. Default 30,000. */
  readonly maxMs: number
}

export const DEFAULT_BACKOFF: Backoff = { initialMs: 500, factor: 2, maxMs: 30_000 }

/**
 * The longest delay in milliseconds before an attempt; the first is 1.
 * @param awayMs how long there has been no session: the delay is not longer, so that a router which is back after a short
 *   time is found in a short time, however quickly the attempts meanwhile failed
 */
export function boundOf({ initialMs, factor, maxMs }: Backoff, attempt: number, awayMs: number): number {
  return Math.min(maxMs, initialMs * factor ** (attempt - 1), Math.max(initialMs, awayMs))
}
