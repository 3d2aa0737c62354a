// Keeps one session open: attempts, the delays between them, and the end.

import type { Clock } from '../clock.ts'
import { textOf } from '../error-text.ts'
import type { CloseInfo } from '../errors.ts'
import type { Session } from '../session.ts'
import { ConnectError } from '../transports/transport.ts'
import type { Backoff } from './backoff.ts'
import { boundOf } from './backoff.ts'
import type { Environment } from './environment.ts'
import type { ClientState, ConnectionFault, StateListeners } from './states.ts'
import type { UrlsInTurn } from './urls.ts'

export interface ReconnectionOptions {
  readonly urls: Pick<UrlsInTurn, 'latest'>
  readonly backoff: Backoff
  readonly clock: Clock
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Uniformly random between 0 and 1. */
  readonly random: () => number
  readonly environment: Environment
  /** One attempt; rejects when `opening` aborts. */
  readonly open: (turn: number, opening: AbortController) => Promise<Session>
  /** Whether another attempt is useless. */
  readonly isFinal: (error: unknown) => boolean
}

/** Is called at each change, before the listeners. */
export interface ReconnectionOwner {
  opened(session: Session): void
  lost(): void
  stopped(cause: Error | undefined): void
}

export class Reconnection {
  readonly #options: ReconnectionOptions
  readonly #owner: ReconnectionOwner
  readonly #listeners: StateListeners
  #state: ClientState = { status: 'stopped', cause: undefined }
  /** Ends the attempt, session or timer of the state. Resolves when it has ended. */
  #leaveState: () => Promise<unknown> = () => Promise.resolve()
  #stopping: Promise<unknown> = Promise.resolve()
  #attempt = 1
  #turn = 0
  /** The time since which there has been no lasting session. */
  #awaySince = 0
  /** The bound of the latest delay. */
  #bound = 0

  constructor(options: ReconnectionOptions, owner: ReconnectionOwner, listeners: StateListeners) {
    this.#options = options
    this.#owner = owner
    this.#listeners = listeners
  }

  get state(): ClientState {
    return this.#state
  }

  start(): void {
    if (this.#state.status !== 'stopped') return
    this.#attempt = 1
    this.#awaySince = this.#options.now()
    this.#connect()
  }

  async stop(): Promise<void> {
    if (this.#state.status !== 'stopped') {
      this.#stopping = this.#leaveState()
      this.#stop(undefined)
    }
    await this.#stopping
  }

  connectNow(): void {
    if (this.#state.status !== 'waiting') return
    void this.#leaveState()
    this.#connect()
  }

  #connect(): void {
    const { urls, open } = this.#options
    const opening = new AbortController()
    let isWanted = true
    const outcome = open(this.#turn, opening).then(
      (session) => (isWanted ? this.#opened(session, urls.latest ?? '') : session.leave()),
      (error: unknown) => (isWanted ? this.#failed(error) : undefined),
    )
    this.#become({ status: 'connecting', attempt: this.#attempt, url: urls.latest }, () => {
      isWanted = false
      opening.abort(new ConnectError('TL_CONNECT_FAILED', 'the client was stopped'))
      return outcome
    })
  }

  #opened(session: Session, url: string): void {
    const since = this.#options.now()
    let isWanted = true
    void session.closed.then((info) => (isWanted ? this.#lost(info, since) : undefined))
    this.#become(
      { status: 'connected', session, url },
      () => {
        isWanted = false
        return session.leave()
      },
      () => this.#owner.opened(session),
    )
  }

  #failed(error: unknown): void {
    const cause = error instanceof Error ? error : new Error(textOf(error))
    if (this.#options.isFinal(error)) return this.#stop(cause)
    this.#attempt++
    this.#wait(cause)
  }

  /** A session that ends at once counts as a failed attempt; only a session that lasted resets the attempts. */
  #lost(info: CloseInfo, since: number): void {
    const now = this.#options.now()
    const hasLasted = now - since >= Math.max(this.#bound, this.#options.backoff.initialMs)
    this.#attempt = hasLasted ? 1 : this.#attempt + 1
    if (hasLasted) this.#awaySince = now
    this.#wait(info, () => this.#owner.lost())
  }

  #wait(cause: ConnectionFault, first?: () => void): void {
    const { backoff, random, clock, now, environment } = this.#options
    this.#turn++
    this.#bound = boundOf(backoff, this.#attempt, now() - this.#awaySince)
    const delayMs = Math.round(random() * this.#bound)
    const connectNow = (): void => this.connectNow()
    const cancelTimer = clock.setTimer(connectNow, delayMs)
    const cancelWake = environment.onWake(connectNow)
    const leave = (): Promise<void> => {
      cancelTimer()
      cancelWake()
      return Promise.resolve()
    }
    this.#become({ status: 'waiting', until: now() + delayMs, attempt: this.#attempt, cause }, leave, first)
  }

  #stop(cause: Error | undefined): void {
    this.#become(
      { status: 'stopped', cause },
      () => Promise.resolve(),
      () => this.#owner.stopped(cause),
    )
  }

  #become(state: ClientState, leaveState: () => Promise<unknown>, first?: () => void): void {
    this.#state = state
    this.#leaveState = leaveState
    first?.()
    this.#listeners.tell(state)
  }
}
