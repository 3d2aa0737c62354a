// A session of the page in one realm: opened with a login, watched, and opened again after a loss. Never stores a secret.

import type { Session } from '@trunkline/client'
import { calls, openSession } from '@trunkline/client/session'
import { signal } from '@preact/signals'
import type { Login } from './login.ts'
import { loginOptions } from './login.ts'
import { isRefusal, wordsFor } from './words.ts'

export type LinkState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open'; readonly session: Session }
  /** Another attempt follows at this time, in milliseconds since 1970. */
  | { readonly kind: 'lost'; readonly text: string; readonly retryAt: number }
  /** Only another login can help. */
  | { readonly kind: 'refused'; readonly text: string }

const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 10_000

export class Link {
  readonly state = signal<LinkState>({ kind: 'idle' })
  /** The realm that was asked for last. */
  readonly realm = signal('')
  readonly #url: string
  #login: Login | undefined
  #pauseMs = FIRST_PAUSE_MS
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Counts openings, so that results of an abandoned opening are ignored. */
  #turn = 0

  constructor(url: string) {
    this.#url = url
  }

  /** The open session; undefined without one. */
  get session(): Session | undefined {
    const state = this.state.value
    return state.kind === 'open' ? state.session : undefined
  }

  /** Leaves the realm, if any, and joins another. */
  join(realm: string, login: Login): void {
    this.realm.value = realm
    this.#login = login
    this.#pauseMs = FIRST_PAUSE_MS
    this.retry()
  }

  /** Leaves, and forgets the login. */
  leave(): void {
    this.#abandon()
    this.#login = undefined
    this.state.value = { kind: 'idle' }
  }

  /** Connects now, and abandons any other attempt. */
  retry(): void {
    if (this.#login === undefined) return
    this.#abandon()
    void this.#open(this.#turn, this.#login)
  }

  #abandon(): void {
    clearTimeout(this.#timer)
    this.#turn += 1
    const left = this.session
    this.state.value = { kind: 'connecting' }
    void left?.leave()
  }

  async #open(turn: number, login: Login): Promise<void> {
    try {
      const realm = this.realm.value
      const session = await openSession({ url: this.#url, realm, agent: 'Trunkline dashboard', calls: calls(), ...loginOptions(login) })
      if (turn !== this.#turn) return void session.leave()
      this.#use(session, turn)
    } catch (error) {
      if (turn !== this.#turn) return
      if (isRefusal(error)) this.state.value = { kind: 'refused', text: wordsFor(error) }
      else this.#lose(wordsFor(error))
    }
  }

  #use(session: Session, turn: number): void {
    this.#pauseMs = FIRST_PAUSE_MS
    this.state.value = { kind: 'open', session }
    void session.closed.then(({ reason, message }) => {
      if (turn === this.#turn) this.#lose(`The connection was lost: ${message ?? reason}.`)
    })
  }

  #lose(text: string): void {
    const pauseMs = this.#pauseMs
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)
    this.#timer = setTimeout(() => this.retry(), pauseMs)
    this.state.value = { kind: 'lost', text, retryAt: Date.now() + pauseMs }
  }
}
