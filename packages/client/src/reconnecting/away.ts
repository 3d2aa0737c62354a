// Requests made while there is no session: they wait, fail, or time out.

import { EMPTY_DICT, NETWORK_FAILURE } from '@trunkline/protocol'
import type { Clock } from '../clock.ts'
import { DisconnectedError } from '../errors.ts'
import type { Session } from '../session.ts'

/** The policy for a request while there is no session: it waits for the next one, fails at once, or fails after a time. */
export type WhileAway = 'wait' | 'fail' | { readonly timeoutMs: number }

export const DEFAULT_WHILE_AWAY: WhileAway = { timeoutMs: 10_000 }

/** The most waiting requests; further requests fail at once. */
const MOST_WAITING = 10_000

interface Waiting {
  readonly send: (session: Session) => void
  readonly reject: (error: DisconnectedError) => void
  cancelTimer: () => void
}

export class WaitingRequests {
  readonly #clock: Clock
  readonly #waiting = new Set<Waiting>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * @param cause the reason why there is no session, if known
   * @returns the function that withdraws the request
   */
  add(
    policy: WhileAway,
    cause: unknown,
    send: (session: Session) => void,
    reject: (error: DisconnectedError) => void,
  ): (() => void) | undefined {
    const isFull = this.#waiting.size >= MOST_WAITING
    if (policy === 'fail' || isFull) {
      reject(notSent(isFull ? `${MOST_WAITING} requests wait for a session already` : 'there is no session', cause))
      return undefined
    }
    const waiting: Waiting = { send, reject, cancelTimer: () => undefined }
    this.#waiting.add(waiting)
    if (policy !== 'wait') {
      const { timeoutMs } = policy
      waiting.cancelTimer = this.#clock.setTimer(() => {
        this.#waiting.delete(waiting)
        reject(notSent(`no session within ${timeoutMs} ms`, cause))
      }, timeoutMs)
    }
    return () => {
      waiting.cancelTimer()
      this.#waiting.delete(waiting)
    }
  }

  /** Sends the requests in the order in which they were added. */
  sendAll(session: Session): void {
    for (const { send } of this.#takeAll()) send(session)
  }

  rejectAll(error: DisconnectedError): void {
    for (const { reject } of this.#takeAll()) reject(error)
  }

  #takeAll(): Waiting[] {
    const all = [...this.#waiting]
    this.#waiting.clear()
    for (const { cancelTimer } of all) cancelTimer()
    return all
  }
}

/** The error of a request that was not sent. */
export function notSent(message: string, cause: unknown): DisconnectedError {
  const info = { reason: NETWORK_FAILURE, message, wasClean: false, by: 'client', details: EMPTY_DICT } as const
  return new DisconnectedError(false, info, { cause })
}
