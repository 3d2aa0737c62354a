// What the declared subscriptions and registrations share: a request that is made anew in each session, until it is
// withdrawn. Knows no connection; its owner says when a session is there and when it is gone.

import { UsageError } from '@trunkline/protocol'
import type { EndInfo } from '../ended.ts'
import { RevokedError } from '../ended.ts'
import { DisconnectedError } from '../errors.ts'
import type { Session } from '../session.ts'

/**
 * - `waiting`: there is no session; the next one brings it.
 * - `requested`: the router was asked and has not answered.
 * - `active`: it holds in the open session.
 * - `refused`: the router said no in the open session, or took it away; the next one asks again.
 * - `withdrawn`: it was taken back, for good.
 */
export type DeclarationState = 'waiting' | 'requested' | 'active' | 'refused' | 'withdrawn'

/** Takes back at the router what a request brought. */
export type TakeBack = () => Promise<void>

export interface DeclarationOwner {
  forget(declaration: Declaration): void
  /** @param isAwaited whether somebody was told by `ready` */
  refused(error: unknown, isAwaited: boolean): void
  /** Why no session will come; undefined as long as one may. */
  stoppedBy(): Error | undefined
}

interface Ready {
  readonly promise: Promise<void>
  resolve(): void
  reject(error: unknown): void
}

export abstract class Declaration {
  readonly #owner: DeclarationOwner
  #state: DeclarationState = 'waiting'
  #error: unknown
  /** The session asked last, until it ends. */
  #session: Session | undefined
  #requesting: Promise<TakeBack | undefined> | undefined
  #takeBack: TakeBack | undefined
  #ready: Ready | undefined
  #withdrawing: Promise<void> | undefined

  constructor(owner: DeclarationOwner) {
    this.#owner = owner
  }

  get state(): DeclarationState {
    return this.#state
  }

  /** Why it is refused, in that state. */
  get error(): unknown {
    return this.#error
  }

  /** Settles when the open session, or the next, has brought it or was refused it. Rejects when it is withdrawn or the client stops. */
  get ready(): Promise<void> {
    if (this.#state === 'active') return Promise.resolve()
    if (this.#state === 'refused') return Promise.reject(this.#error)
    if (this.#state === 'withdrawn') return Promise.reject(withdrawn())
    const stopped = this.#owner.stoppedBy()
    if (stopped !== undefined) return Promise.reject(stopped)
    this.#ready ??= createReady()
    return this.#ready.promise
  }

  /** Sends the request, in this turn. */
  restore(session: Session): void {
    this.#session = session
    this.#state = 'requested'
    this.#error = undefined
    this.#requesting = this.request(session).then(
      (takeBack) => this.#granted(session, takeBack),
      (error: unknown) => this.#failed(session, error),
    )
  }

  /** The session is gone, and another may come. */
  lost(): void {
    this.#session = undefined
    this.#requesting = undefined
    this.#takeBack = undefined
    this.#error = undefined
    this.#state = 'waiting'
  }

  /** What a session brought has ended. When the router took it away, the next session asks again. */
  protected ended(session: Session, what: string, { by, reason }: EndInfo): void {
    if (by !== 'router' || this.#state !== 'active' || this.#session !== session) return
    this.#takeBack = undefined
    this.#requesting = undefined
    this.#failed(session, new RevokedError(what, reason))
  }

  /** No session will come. */
  stopped(error: Error): void {
    this.lost()
    this.#settleReady((ready) => ready.reject(error))
  }

  /** Asks the router for it. */
  protected abstract request(session: Session): Promise<TakeBack>

  /** Idempotent. Resolves when the router has agreed, or needs not be asked. */
  protected withdraw(): Promise<void> {
    this.#withdrawing ??= this.#withdraw()
    return this.#withdrawing
  }

  #withdraw(): Promise<void> {
    this.#state = 'withdrawn'
    this.#error = undefined
    this.#owner.forget(this)
    this.#settleReady((ready) => ready.reject(withdrawn()))
    if (this.#takeBack !== undefined) return this.#takeBack()
    return this.#takeBackLater(this.#requesting)
  }

  /** The request is under way, or there was none. */
  async #takeBackLater(requesting: Promise<TakeBack | undefined> | undefined): Promise<void> {
    const takeBack = await requesting
    await takeBack?.()
  }

  #granted(session: Session, takeBack: TakeBack): TakeBack | undefined {
    if (this.#session !== session) return undefined
    this.#takeBack = takeBack
    if (this.#state === 'withdrawn') return takeBack
    this.#state = 'active'
    this.#settleReady((ready) => ready.resolve())
    return takeBack
  }

  #failed(session: Session, error: unknown): undefined {
    // A session that ended is told of by `lost`.
    if (this.#session !== session || error instanceof DisconnectedError || this.#state === 'withdrawn') return
    this.#state = 'refused'
    this.#error = error
    const isAwaited = this.#settleReady((ready) => ready.reject(error))
    this.#owner.refused(error, isAwaited)
  }

  #settleReady(how: (ready: Ready) => void): boolean {
    const ready = this.#ready
    this.#ready = undefined
    if (ready !== undefined) how(ready)
    return ready !== undefined
  }
}

function withdrawn(): UsageError {
  return new UsageError('it was withdrawn')
}

function createReady(): Ready {
  let settle: Omit<Ready, 'promise'> = { resolve: () => undefined, reject: () => undefined }
  const promise = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject }
  })
  return { promise, ...settle }
}
