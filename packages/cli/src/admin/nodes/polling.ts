// Asks all processes of the router for what they have seen, in an interval, one time after the other.

import type { Gathered } from './parts.ts'

export interface PollingPorts<Answer> {
  readonly everyMs: number
  readonly gather: () => Promise<Gathered<Answer>>
  /** @param at when they were asked, in milliseconds since 1970: what each had seen before is among its answers */
  readonly take: (gathered: Gathered<Answer>, at: number) => void
  /** Whether to ask now. */
  readonly isWanted: () => boolean
  readonly onFault: (error: unknown) => void
  readonly onEnd: () => void
}

export class Polling<Answer> {
  readonly #ports: PollingPorts<Answer>
  #timer: NodeJS.Timeout | undefined
  #isAsking = false
  #isOver = false

  constructor(ports: PollingPorts<Answer>) {
    this.#ports = ports
  }

  /** Asks at once, and then again and again. @returns ends it */
  start(): () => void {
    void this.#poll()
    this.#timer = setInterval(() => {
      if (this.#ports.isWanted()) void this.#poll()
    }, this.#ports.everyMs).unref()
    return () => {
      if (this.#isOver) return
      this.#isOver = true
      clearInterval(this.#timer)
      this.#ports.onEnd()
    }
  }

  async #poll(): Promise<void> {
    if (this.#isAsking || this.#isOver) return
    this.#isAsking = true
    try {
      const at = Date.now()
      const gathered = await this.#ports.gather()
      this.#take(gathered, at)
    } catch (error) {
      this.#ports.onFault(error)
    }
    this.#isAsking = false
  }

  #take(gathered: Gathered<Answer>, at: number): void {
    if (!this.#isOver) this.#ports.take(gathered, at)
  }
}
