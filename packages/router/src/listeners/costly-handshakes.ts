// Handshakes that take OpenSSL long, as those with certificates made to be dear do, which Node does not divide: an address that has caused
// one waits for its next ones, so that it has a tenth of the time at most. Begins nothing itself.

import { siteOf } from '../ipv6-site.ts'
import type { Owner } from './rounds.ts'

/** What a step of a handshake may take: most take one or two, with an RSA key of 4,096 bits five. */
const FREE_MS = 10
/** So many times as long as a step that took longer, its address waits. */
const WAIT_FACTOR = 9

export class CostlyHandshakes {
  readonly #worked: () => number
  /** What waits, by the address, or site of IPv6, that has to wait. */
  readonly #waiting = new Map<Owner, (() => void)[]>()

  /** @param worked milliseconds of processor time of this process */
  constructor(worked: () => number) {
    this.#worked = worked
  }

  /**
   * Runs a step of a handshake and counts what it takes.
   * @param owner whose time it takes
   * @param again called in place of `step` when the owner has waited long enough
   */
  run(owner: Owner, step: () => void, again: () => void): void {
    const payer = siteOf(owner) ?? owner
    const waiting = this.#waiting.get(payer)
    if (waiting !== undefined) return void waiting.push(again)
    const before = this.#worked()
    step()
    const took = this.#worked() - before
    if (took > FREE_MS) this.#rest(payer, took * WAIT_FACTOR)
  }

  #rest(payer: Owner, ms: number): void {
    const waiting: (() => void)[] = []
    this.#waiting.set(payer, waiting)
    const wake = (): void => {
      this.#waiting.delete(payer)
      for (const again of waiting) again()
    }
    setTimeout(wake, ms).unref()
  }
}
