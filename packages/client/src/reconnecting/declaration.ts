// The shared part of declared subscriptions and registrations: a request made in each session, and repeated in the same
// session after a temporary refusal, until it is withdrawn. Its owner reports when a session opens and when it
// ends.

import { ApplicationError, UsageError } from '@trunkline/protocol'
import { asyncDispose } from '../dispose.ts'
import type { EndInfo } from '../ended.ts'
import { RevokedError } from '../ended.ts'
import { DisconnectedError } from '../errors.ts'
import type { Session } from '../session.ts'
import type { Settlable } from '../settlable.ts'
import { settlable } from '../settlable.ts'
import type { DeclarationState, Declared } from './declaration-state.ts'
import type { Obstacles } from './obstacles.ts'
import type { Pace } from './pace.ts'
import { delayAfter } from './pace.ts'
import { mayPass, refusalUri } from './refusals.ts'

/** Ends a granted subscription or registration at the router. */
type TakeBack = () => Promise<void>

/** A granted subscription or registration; its disposal ends it at the router. */
export interface Granted {
  readonly id: number
  readonly ended: Promise<EndInfo>
  [asyncDispose](): Promise<void>
}

export interface DeclarationOwner {
  readonly pace: Pace
  readonly obstacles: Obstacles
  forget(declaration: Declaration): void
  /** @param isAwaited whether the application waits for `ready`, which rejects with the error */
  refused(declaration: Declaration, error: unknown, isAwaited: boolean): void
  /** The reason why no session will open; undefined as long as one may. */
  stoppedBy(): Error | undefined
}

type Ready = Settlable<void>

export abstract class Declaration implements Declared {
  /** The procedure, topic or pattern. */
  readonly uri: string
  readonly #owner: DeclarationOwner
  #state: DeclarationState = WAITING
  /** The session of the last request, until it ends. */
  #session: Session | undefined
  #requesting: Promise<TakeBack | undefined> | undefined
  #takeBack: TakeBack | undefined
  #ready: Ready | undefined
  #withdrawing: Promise<void> | undefined
  /** The number of requests since it was last active. */
  #attempt = 0
  #refusedSince = 0
  /** The URI of the last reported refusal. */
  #told: string | undefined
  #cancelTimer: (() => void) | undefined
  /** The registration that blocks it, and the function that stops watching that registration. */
  #obstacle: { readonly id: number; readonly leave: () => void } | undefined

  constructor(owner: DeclarationOwner, uri: string) {
    this.#owner = owner
    this.uri = uri
  }

  get state(): DeclarationState {
    return this.#state
  }

  get ready(): Promise<void> {
    const state = this.#state
    if (state.status === 'active') return Promise.resolve()
    if (state.status === 'withdrawn') return Promise.reject(withdrawn())
    if (state.status === 'refused' && state.until === undefined) return Promise.reject(state.error)
    const stopped = this.#owner.stoppedBy()
    if (stopped !== undefined) return Promise.reject(stopped)
    this.#ready ??= settlable<void>()
    return this.#ready.promise
  }

  /** Withdraws it, as `unsubscribe` and `unregister` do. */
  [asyncDispose](): Promise<void> {
    return this.withdraw()
  }

  /** Sends the request in this turn. */
  restore(session: Session): void {
    this.#begin()
    this.#ask(session)
  }

  /** The session has ended; another may follow. */
  lost(): void {
    this.#begin()
    this.#session = undefined
    this.#requesting = undefined
    this.#takeBack = undefined
    this.#state = WAITING
  }

  /** The client has stopped: no session follows. */
  stopped(error: Error): void {
    this.lost()
    this.#settleReady((ready) => ready.reject(error))
  }

  /** Whether it takes the procedure over from others. Such a declaration does not retry after a takeover by another one. */
  protected abstract readonly isForcing: boolean

  /** Requests it from the router. */
  protected abstract request(session: Session): Promise<Granted>

  /** Idempotent. Resolves when the router has confirmed it, or at once if there is nothing to end at the router. */
  protected withdraw(): Promise<void> {
    this.#withdrawing ??= this.#withdraw()
    return this.#withdrawing
  }

  #withdraw(): Promise<void> {
    this.#begin()
    this.#state = WITHDRAWN
    this.#owner.forget(this)
    this.#settleReady((ready) => ready.reject(withdrawn()))
    if (this.#takeBack !== undefined) return this.#takeBack()
    return this.#takeBackLater(this.#requesting)
  }

  /** Waits for a request in flight, if there is one, and ends what it granted. */
  async #takeBackLater(requesting: Promise<TakeBack | undefined> | undefined): Promise<void> {
    const takeBack = await requesting
    await takeBack?.()
  }

  /** Resets the record of refusals. */
  #begin(): void {
    this.#attempt = 0
    this.#told = undefined
    this.#cancelTimer?.()
    this.#forgetObstacle()
  }

  #ask(session: Session): void {
    this.#cancelTimer?.()
    this.#session = session
    this.#state = { status: 'requested', attempt: ++this.#attempt }
    this.#requesting = this.request(session).then(
      (granted) => this.#granted(session, granted),
      (error: unknown) => this.#failed(session, error),
    )
  }

  #granted(session: Session, granted: Granted): TakeBack | undefined {
    if (this.#session !== session) return undefined
    const takeBack = (): Promise<void> => granted[asyncDispose]()
    this.#takeBack = takeBack
    if (this.#state.status === 'withdrawn') return takeBack
    this.#begin()
    this.#state = { status: 'active', id: granted.id }
    this.#settleReady((ready) => ready.resolve())
    // Only now, so that a grant revoked in the same turn is active first.
    void granted.ended.then((end) => this.#ended(session, end))
    return takeBack
  }

  /** A granted subscription or registration has ended. A revocation by the router counts as a refusal. */
  #ended(session: Session, { by, reason }: EndInfo): void {
    if (by !== 'router' || this.#state.status !== 'active' || this.#session !== session) return
    this.#takeBack = undefined
    this.#requesting = undefined
    this.#failed(session, new RevokedError(this.uri, reason))
  }

  #failed(session: Session, error: unknown): undefined {
    // `lost` handles the end of a session.
    if (this.#session !== session || error instanceof DisconnectedError || this.#state.status === 'withdrawn') return
    const until = mayPass(error, this.isForcing) ? this.#askLater(session, error) : undefined
    this.#state = { status: 'refused', attempt: this.#attempt, error, until }
    const isAwaited = this.#settleReady((ready) => ready.reject(error))
    const uri = refusalUri(error)
    // A repeated refusal is not reported again.
    if (until === undefined || this.#told !== uri) this.#owner.refused(this, error, isAwaited)
    this.#told = uri
  }

  /** Schedules the next request: after a delay, or once the obstacle is gone. Returns the time of the former. */
  #askLater(session: Session, error: unknown): number {
    const { pace } = this.#owner
    if (this.#attempt <= 1) this.#refusedSince = pace.now()
    const again = (): void => {
      if (this.#session === session && this.#state.status === 'refused' && session.isOpen) this.#ask(session)
    }
    const delayMs = delayAfter(pace, Math.max(1, this.#attempt), this.#refusedSince)
    this.#cancelTimer = pace.clock.setTimer(again, delayMs)
    this.#watchObstacle(session, error, again)
    return pace.now() + delayMs
  }

  #watchObstacle(session: Session, error: unknown, again: () => void): void {
    const id = error instanceof ApplicationError ? error.details['registration'] : undefined
    if (id === this.#obstacle?.id) return
    this.#forgetObstacle()
    if (typeof id === 'number') this.#obstacle = { id, leave: this.#owner.obstacles.watch(session, id, again) }
  }

  #forgetObstacle(): void {
    this.#obstacle?.leave()
    this.#obstacle = undefined
  }

  #settleReady(how: (ready: Ready) => void): boolean {
    const ready = this.#ready
    this.#ready = undefined
    if (ready !== undefined) how(ready)
    return ready !== undefined
  }
}

const WAITING: DeclarationState = { status: 'waiting' }
const WITHDRAWN: DeclarationState = { status: 'withdrawn' }

function withdrawn(): UsageError {
  return new UsageError('it was withdrawn')
}
