// When to try again: the client's backoff, with its clock and its chance. Knows not what is tried.

import type { Clock } from '../clock.ts'
import type { Backoff } from './backoff.ts'
import { boundOf } from './backoff.ts'

/** Time and chance, as options of a client give them. */
export interface Pace {
  readonly backoff: Backoff
  readonly clock: Clock
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Evenly between 0 and 1. */
  readonly random: () => number
}

/** How much of the time that something has lasted the next delay may take: what ends is noticed soon after. */
const SHARE = 1 / 4

/**
 * Milliseconds before the next try of something that was refused.
 * @param attempt how often it was tried
 * @param since when it was refused first
 */
export function delayAfter({ backoff, now, random }: Pace, attempt: number, since: number): number {
  return Math.round(random() * boundOf(backoff, attempt, (now() - since) * SHARE))
}
