// The states of a client, and the listeners that are called with them, in order and one state at a time.

import type { CloseInfo } from '../errors.ts'
import type { Report } from '../report.ts'
import type { Session } from '../session.ts'

/** Why there is no session: the end of the last one, or the error of the attempt (mostly a ConnectError). */
export type ConnectionFault = CloseInfo | Error

/**
 * The state of a client.
 * - `connecting`: an attempt has begun. The first after a start or a lost session is 1.
 * - `connected`: declared subscriptions and registrations were sent, and then the waiting requests.
 * - `waiting`: the next attempt begins by itself at `until`, in milliseconds since 1970.
 * - `stopped`: there is no attempt until `start()`. Without `cause` it was `stop()`.
 */
export type ClientState =
  | { readonly status: 'connecting'; readonly attempt: number; readonly url: string | undefined }
  | { readonly status: 'connected'; readonly session: Session; readonly url: string }
  | { readonly status: 'waiting'; readonly until: number; readonly attempt: number; readonly cause: ConnectionFault }
  | { readonly status: 'stopped'; readonly cause: Error | undefined }

export type StateListener = (state: ClientState) => void

export class StateListeners {
  readonly #report: Report
  readonly #listeners = new Set<{ readonly listener: StateListener }>()
  readonly #untold: ClientState[] = []
  #isTelling = false

  constructor(report: Report) {
    this.#report = report
  }

  /** Returns the function that removes the listener. */
  add(listener: StateListener): () => void {
    const entry = { listener }
    this.#listeners.add(entry)
    return () => void this.#listeners.delete(entry)
  }

  /** Calls the listeners. A change made by a listener follows after all listeners have the state before it. */
  tell(state: ClientState): void {
    this.#untold.push(state)
    if (this.#isTelling) return
    this.#isTelling = true
    for (let next = this.#untold.shift(); next !== undefined; next = this.#untold.shift()) this.#tellAll(next)
    this.#isTelling = false
  }

  /** Yields `first`, then each later state, up to a `stopped`. It listens only while it is iterated. */
  async *iterate(first: () => ClientState): AsyncGenerator<ClientState, void, void> {
    const queue = [first()]
    let wake = (): void => undefined
    const remove = this.add((state) => {
      queue.push(state)
      wake()
    })
    try {
      for (;;) {
        const state = queue.shift()
        if (state !== undefined) yield state
        if (state?.status === 'stopped') return
        if (queue.length > 0) continue
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    } finally {
      remove()
    }
  }

  #tellAll(state: ClientState): void {
    for (const entry of [...this.#listeners]) {
      if (!this.#listeners.has(entry)) continue
      try {
        entry.listener(state)
      } catch (error) {
        this.#report(error, 'state_listener')
      }
    }
  }
}
