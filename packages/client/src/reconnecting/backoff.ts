// The delay before the next attempt.

/** Full jitter: each delay is uniformly random between 0 and a bound that grows with every attempt. */
export interface Backoff {
  /** The bound for the first attempt after a lost connection. Default 500. */
  readonly initialMs: number
  /** The factor by which the bound grows with each further attempt. Default 2. */
  readonly factor: number
  /** The greatest bound. Default 30,000. */
  readonly maxMs: number
}

export const DEFAULT_BACKOFF: Backoff = { initialMs: 500, factor: 2, maxMs: 30_000 }

/**
 * The longest delay in milliseconds before an attempt; the first is 1.
 * @param awayMs the time without a session; the delay is not longer, so that the client soon finds a router that was gone for
 *   a short time, however many attempts failed
 */
export function boundOf({ initialMs, factor, maxMs }: Backoff, attempt: number, awayMs: number): number {
  return Math.min(maxMs, initialMs * factor ** (attempt - 1), Math.max(initialMs, awayMs))
}
