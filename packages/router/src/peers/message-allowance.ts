// How many messages a connection may send: a token bucket. Messages that have already come may overdraw it; the connection then
// waits until the debt is paid. Pure.

import type { MessageRate } from '../core/ports/index.ts'

export class MessageAllowance {
  #perMs: number
  #burst: number
  #tokens: number
  /** When the tokens were counted, on the clock for durations. */
  #at: number

  constructor({ perSecond, burst = perSecond }: MessageRate, now: number) {
    this.#perMs = perSecond / 1000
    this.#burst = burst
    this.#tokens = burst
    this.#at = now
  }

  /** Sets the rate of another realm. Spent tokens stay spent. */
  change({ perSecond, burst = perSecond }: MessageRate, now: number): void {
    this.#refill(now)
    this.#perMs = perSecond / 1000
    this.#burst = burst
    this.#tokens = Math.min(this.#tokens, burst)
  }

  /** Counts one message; returns whether it was within the allowance. */
  spend(now: number): boolean {
    this.#refill(now)
    this.#tokens -= 1
    return this.#tokens >= 0
  }

  /** Whether another message is allowed. */
  isLeft(now: number): boolean {
    this.#refill(now)
    return this.#tokens >= 1
  }

  #refill(now: number): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#perMs)
    this.#at = now
  }
}
