// Sends subscribers the retained events that they ask for: at once, or later where the long answers of their owner have taken too much of
// the router's time.

import type { RealmContext } from '../state/realm-context.ts'
import { shareOf } from '../state/owner.ts'
import type { Session } from '../state/session.ts'
import type { Subscription } from '../state/subscription.ts'

export interface WantedRetained {
  readonly session: Session
  readonly subscription: Subscription
  /** The place of the last event that was retained then: the session gets later ones as they are published. */
  readonly last: number
}

/** What sends the events. */
interface RetainedSource {
  /** The place of the last event that is retained now. */
  last(): number
  send(wanted: WantedRetained): void
}

export class RetainedTurns {
  readonly #context: Pick<RealmContext, 'timeShare' | 'scheduler'>
  readonly #source: RetainedSource
  /** What waits, by owner. */
  readonly #waiting = new Map<string, Map<Session, Map<Subscription, WantedRetained>>>()

  constructor(context: Pick<RealmContext, 'timeShare' | 'scheduler'>, source: RetainedSource) {
    this.#context = context
    this.#source = source
  }

  send(session: Session, subscription: Subscription): void {
    const owner = shareOf(session)
    const wanted = { session, subscription, last: this.#source.last() }
    if (owner === undefined) return this.#source.send(wanted)
    const isFirst = !this.#waiting.has(owner)
    if (isFirst && !this.#context.timeShare.isUsedUp(owner)) return this.#sendNow(owner, wanted)
    const sessions = this.#waiting.get(owner) ?? new Map<Session, Map<Subscription, WantedRetained>>()
    this.#waiting.set(owner, sessions)
    sessions.set(session, (sessions.get(session) ?? new Map<Subscription, WantedRetained>()).set(subscription, wanted))
    if (isFirst) this.#goOnInTime(owner)
  }

  /** A session has no longer a subscription. */
  forget(session: Session, subscription: Subscription): void {
    if (this.#waiting.size === 0) return
    const sessions = this.#waiting.get(shareOf(session) ?? '')
    const ofSession = sessions?.get(session)
    if (ofSession?.delete(subscription) === true && ofSession.size === 0) sessions?.delete(session)
  }

  #sendNow(owner: string, wanted: WantedRetained): void {
    this.#context.timeShare.run(owner, () => {
      this.#source.send(wanted)
      return 'done'
    })
  }

  #goOnInTime(owner: string): void {
    const { timeShare, scheduler } = this.#context
    if (timeShare.isUsedUp(owner)) timeShare.whenGood(owner, () => this.#goOn(owner))
    else scheduler.defer(() => this.#goOn(owner))
  }

  /** One subscription in each turn. */
  #goOn(owner: string): void {
    const wanted = firstOf(this.#waiting.get(owner)?.values())?.values()
    const first = firstOf(wanted)
    if (first !== undefined) {
      this.forget(first.session, first.subscription)
      this.#sendNow(owner, first)
    }
    if (this.#waiting.get(owner)?.size === 0) this.#waiting.delete(owner)
    else this.#goOnInTime(owner)
  }
}

function firstOf<T>(values: Iterable<T> | undefined): T | undefined {
  for (const first of values ?? []) return first
  return undefined
}
