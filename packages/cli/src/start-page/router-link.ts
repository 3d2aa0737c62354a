// The page's connection to its router: opened, watched, and opened again after a loss.

import type { Session } from '@trunkline/client'
import { UsageError } from '@trunkline/client'
import { openSession } from '@trunkline/client/session'
import { wordsFor } from './errors.ts'

export type LinkState =
  | { readonly kind: 'connecting'; readonly realm: string }
  | { readonly kind: 'connected'; readonly session: Session }
  /** `retryInMs` undefined: another attempt is useless. */
  | { readonly kind: 'lost'; readonly text: string; readonly retryInMs: number | undefined }

const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 10_000

export class RouterLink {
  readonly #url: string
  readonly #onState: (state: LinkState) => void
  #realm: string
  #pauseMs = FIRST_PAUSE_MS
  #session: Session | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Counts openings, so that results of an abandoned opening are ignored. */
  #turn = 0

  constructor(url: string, realm: string, onState: (state: LinkState) => void) {
    this.#url = url
    this.#realm = realm
    this.#onState = onState
  }

  /** Leaves the current realm and joins another. */
  join(realm: string): void {
    this.#realm = realm
    this.#pauseMs = FIRST_PAUSE_MS
    this.retry()
  }

  /** Connects now and abandons any other attempt. */
  retry(): void {
    clearTimeout(this.#timer)
    const left = this.#session
    this.#session = undefined
    void left?.leave()
    void this.#open(++this.#turn)
  }

  async #open(turn: number): Promise<void> {
    const realm = this.#realm
    this.#onState({ kind: 'connecting', realm })
    try {
      const session = await openSession({ url: this.#url, realm, agent: 'trunkline start page' })
      if (turn !== this.#turn) return void session.leave()
      this.#use(session, turn)
    } catch (error) {
      if (turn === this.#turn) this.#lose(wordsFor(error), !(error instanceof UsageError))
    }
  }

  #use(session: Session, turn: number): void {
    this.#session = session
    this.#pauseMs = FIRST_PAUSE_MS
    void session.closed.then(({ reason, message }) => {
      if (turn !== this.#turn) return
      this.#session = undefined
      this.#lose(message === undefined ? `The connection was lost (${reason}).` : `The connection was lost: ${message}.`, true)
    })
    this.#onState({ kind: 'connected', session })
  }

  #lose(text: string, mayRetry: boolean): void {
    if (!mayRetry) return this.#onState({ kind: 'lost', text, retryInMs: undefined })
    const pauseMs = this.#pauseMs
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)
    this.#timer = setTimeout(() => this.retry(), pauseMs)
    this.#onState({ kind: 'lost', text, retryInMs: pauseMs })
  }
}
