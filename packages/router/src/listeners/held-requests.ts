// What the requests of one long-poll connection hold until they are answered: their heads, and what has come of their bodies.

import type { IncomingMessage } from 'node:http'
import type { HeldInputs } from './held-input.ts'
import { HeldInput } from './held-input.ts'
import { requestOctets } from './request-octets.ts'

export class HeldRequests {
  readonly #input: HeldInput
  readonly #octets = new Map<IncomingMessage, number>()
  #all = 0

  /**
   * @param holderOf whose share the requests count to, when they begin to count
   * @param onTooMuch called when they hold the most of all, before they are destroyed
   */
  constructor(all: HeldInputs, holderOf: () => string, onTooMuch: () => void) {
    const giveUp = (): void => {
      const requests = [...this.#octets.keys()]
      this.#octets.clear()
      this.#all = 0
      this.#input.set(0)
      onTooMuch()
      for (const request of requests) request.destroy()
    }
    const user = {
      get holder(): string {
        return holderOf()
      },
      giveUp,
    }
    this.#input = new HeldInput(all, user)
  }

  /** Counts a request that has come. */
  add(request: IncomingMessage): void {
    this.#change(request, requestOctets(request))
  }

  /** Sets how much of the body of a request is held. */
  setBody(request: IncomingMessage, octets: number): void {
    if (this.#octets.has(request)) this.#change(request, requestOctets(request) + octets)
  }

  remove(request: IncomingMessage): void {
    if (!this.#octets.has(request)) return
    this.#change(request, 0)
    this.#octets.delete(request)
  }

  #change(request: IncomingMessage, octets: number): void {
    this.#all += octets - (this.#octets.get(request) ?? 0)
    this.#octets.set(request, octets)
    this.#input.set(this.#all)
  }
}
