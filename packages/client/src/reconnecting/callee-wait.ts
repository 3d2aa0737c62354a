// Calls again while the router says that nobody has registered the procedure: after its restart callers are back before
// callees. Never repeats a call that may have run.

import { ApplicationError, NO_SUCH_PROCEDURE } from '@trunkline/protocol'
import type { Aborts } from '../aborts.ts'
import type { CallResult } from '../results.ts'
import type { Pace } from './pace.ts'
import { delayAfter } from './pace.ts'

/** So many calls wait for callees at most; for others the first answer counts. */
const MOST_WAITING = 10_000

export class CalleeWaits {
  readonly #pace: Pace
  readonly #aborts: Aborts
  /** What ends the pauses between two calls. */
  readonly #pauses = new Set<(error: unknown) => void>()

  constructor(pace: Pace, aborts: Aborts) {
    this.#pace = pace
    this.#aborts = aborts
  }

  /**
   * Calls until there is an answer, or the time is over: then it rejects with the last one.
   * @param call makes the call; told how long it may wait for a session, except at first
   */
  async until(
    waitMs: number,
    signal: AbortSignal | undefined,
    call: (sessionWithinMs?: number) => Promise<CallResult>,
  ): Promise<CallResult> {
    const pace = this.#pace
    const since = pace.now()
    const leftMs = (): number => since + waitMs - pace.now()
    for (let attempt = 1; ; attempt++) {
      try {
        return await call(attempt === 1 ? undefined : Math.max(0, leftMs()))
      } catch (error) {
        if (!isUnmatched(error) || leftMs() <= 0 || this.#pauses.size >= MOST_WAITING) throw error
      }
      await this.#pause(Math.min(delayAfter(pace, attempt, since), leftMs()), signal)
    }
  }

  rejectAll(error: unknown): void {
    for (const reject of [...this.#pauses]) reject(error)
  }

  #pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (error: unknown): void => {
        this.#pauses.delete(end)
        cancelTimer()
        leave?.()
        if (error === undefined) resolve()
        else reject(error)
      }
      this.#pauses.add(end)
      const cancelTimer = this.#pace.clock.setTimer(() => end(undefined), ms)
      const leave = signal === undefined ? undefined : this.#aborts.on(signal, () => end(signal.reason))
      if (signal?.aborted === true) end(signal.reason)
    })
  }
}

/** The router's own word: the same error of a callee that called in vain itself has no such details, for that callee has run. */
function isUnmatched(error: unknown): boolean {
  return error instanceof ApplicationError && error.uri === NO_SUCH_PROCEDURE && error.details['callees'] === 0
}
