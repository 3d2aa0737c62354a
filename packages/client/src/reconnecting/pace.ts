// The delay of retries: the client's backoff, with its clock and randomness.

import type { Clock } from '../clock.ts'
import type { Backoff } from './backoff.ts'
import { boundOf } from './backoff.ts'

/** Backoff, time and randomness, from the options of a client. */
export interface Pace {
  readonly backoff: Backoff
  readonly clock: Clock
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Uniformly random between 0 and 1. */
  readonly random: () => number
}

/** The longest delay, as a share of the time since the first refusal, so that a short obstacle causes a short delay. */
const SHARE = 1 / 4

/**
 * Milliseconds before the next request after a refusal.
 * @param attempt the number of requests so far
 * @param since the time of the first refusal
 */
export function delayAfter({ backoff, now, random }: Pace, attempt: number, since: number): number {
  return Math.round(random() * boundOf(backoff, attempt, (now() - since) * SHARE))
}
