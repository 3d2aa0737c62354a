// The states of a client and those who are told of them, in order and one at a time. Changes no state itself.

import type { CloseInfo } from '../errors.ts'
import type { Report } from '../report.ts'
import type { Session } from '../session.ts'

/** Why there is no session: how the last one ended, or why none came about (mostly a ConnectError). */
export type ConnectionFault = CloseInfo | Error

/**
 * Where a client stands.
 * - `connecting`: an attempt is under way. The first after a start or a lost session is 1.
 * - `connected`: declared subscriptions and registrations were sent, and then what waited.
 * - `waiting`: the next attempt comes by itself; `until` is in milliseconds since 1970.
 * - `stopped`: none comes until `start()`. Without `cause` it was `stop()`.
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

  /** Returns what takes the listener away again. */
  add(listener: StateListener): () => void {
    const entry = { listener }
    this.#listeners.add(entry)
    return () => void this.#listeners.delete(entry)
  }

  /** What a listener changes is told when all have heard of the state before. */
  tell(state: ClientState): void {
    this.#untold.push(state)
    if (this.#isTelling) return
    this.#isTelling = true
    for (let next = this.#untold.shift(); next !== undefined; next = this.#untold.shift()) this.#tellAll(next)
    this.#isTelling = false
  }

  /** Gives `first`, then each state that is told, up to a `stopped`. Listens only while it is iterated. */
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
