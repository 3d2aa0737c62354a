// Repeats a call that reached no callee: while a router stops, and after its restart, when callers may be back before
// callees. It never repeats a call that may have run.

import { ApplicationError, DRAINING, NO_SUCH_PROCEDURE } from '@trunkline/protocol'
import type { Aborts } from '../aborts.ts'
import type { CallResult } from '../results.ts'
import type { Pace } from './pace.ts'
import { delayAfter } from './pace.ts'

/** The most calls that wait for callees; for further calls the first answer counts. */
const MOST_WAITING = 10_000

export class CalleeWaits {
  readonly #pace: Pace
  readonly #aborts: Aborts
  /** The functions that end the pauses between two calls. */
  readonly #pauses = new Set<(error: unknown) => void>()

  constructor(pace: Pace, aborts: Aborts) {
    this.#pace = pace
    this.#aborts = aborts
  }

  /**
   * Calls until there is another answer than this error, or the time has passed; then it rejects with the last error.
   * @param call makes the call; from the second call on, its argument is the time that the call may wait for a session
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
        if (!reachedNoCallee(error) || leftMs() <= 0 || this.#pauses.size >= MOST_WAITING) throw error
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

/** Only the router's own error has these details. A callee, which has run, may pass on the same error of a call of its own without them. */
function reachedNoCallee(error: unknown): boolean {
  return error instanceof ApplicationError && UNREACHED.includes(error.uri) && error.details['callees'] === 0
}

const UNREACHED: readonly string[] = [NO_SUCH_PROCEDURE, DRAINING]
