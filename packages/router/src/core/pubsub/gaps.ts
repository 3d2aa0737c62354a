// Events that subscribers missed, until the next event or a meta event notifies them. Never drops an event itself.

import { EMPTY_DICT, EncodedMessage, EVENT, ON_GAP, Payload } from '@trunkline/protocol'
import type { Delivery } from '../ports/link.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { Gap, Subscription } from '../state/subscription.ts'
import type { Session } from '../state/session.ts'

/** A gap that is looked at, and where its session is notified. */
interface Look {
  readonly session: Session
  readonly subscription: Subscription
  /** The subscriptions of the session that get `trunkline.session.on_gap`. */
  readonly notices: readonly Subscription[]
}

export class Gaps {
  readonly #context: RealmContext
  /** The subscriptions with a gap that each session has not been notified of. */
  readonly #open = new Map<Session, Set<Subscription>>()
  /** The gaps that the last round has not looked at yet. */
  #rest: Iterator<Look | 'pause', undefined> | undefined

  constructor(context: RealmContext) {
    this.#context = context
  }

  get isEmpty(): boolean {
    return this.#open.size === 0
  }

  of(subscription: Subscription, subscriber: Session): Gap | undefined {
    return subscription.gaps?.get(subscriber)
  }

  add(subscription: Subscription, subscriber: Session, events: number): void {
    subscription.gaps ??= new Map()
    const gap = subscription.gaps.get(subscriber)
    if (gap !== undefined) {
      gap.missed += events
      return
    }
    subscriber.tables.addGap()
    subscription.gaps.set(subscriber, { missed: events, since: this.#context.clock.monotonic() })
    const open = this.#open.get(subscriber)
    if (open === undefined) this.#open.set(subscriber, new Set([subscription]))
    else open.add(subscription)
  }

  end(subscription: Subscription, subscriber: Session): void {
    if (subscription.gaps?.delete(subscriber) !== true) return
    subscriber.tables.removeGap()
    if (subscription.gaps.size === 0) subscription.gaps = undefined
    const open = this.#open.get(subscriber)
    open?.delete(subscription)
    if (open?.size === 0) this.#open.delete(subscriber)
  }

  /**
   * Notifies by a meta event of gaps that no event has reported in time; of very many in later turns. Begins no round before the
   * last is over.
   * @param notices the subscriptions that get `trunkline.session.on_gap`
   * @param mayDrop whether events of the realm may be dropped
   */
  notify(notices: readonly Subscription[], mayDrop: boolean): void {
    if (this.#rest !== undefined) return
    this.#rest = this.#looks(notices)
    this.#notifySome(this.#rest, mayDrop)
  }

  /** The gaps of sessions that want to know of them, with a pause at each session. Those that end meanwhile are left out. */
  *#looks(notices: readonly Subscription[]): Generator<Look | 'pause', undefined> {
    for (const [session, subscriptions] of this.#open) {
      const own = notices.filter(({ subscribers }) => subscribers.has(session))
      yield 'pause'
      if (own.length === 0) continue
      for (const subscription of subscriptions) yield { session, subscription, notices: own }
    }
    return undefined
  }

  #notifySome(rest: Iterator<Look | 'pause', undefined>, mayDrop: boolean): void {
    const latest = this.#context.clock.monotonic() - GAP_NOTICE_MS
    for (let looks = 0; looks < MOST_IN_A_TASK; looks++) {
      const look = rest.next().value
      if (look === undefined) {
        this.#rest = undefined
        return
      }
      if (look === 'pause') continue
      const gap = this.of(look.subscription, look.session)
      if (gap !== undefined && gap.since <= latest && this.#notify(look, gap.missed, mayDrop)) this.end(look.subscription, look.session)
    }
    this.#context.scheduler.defer(() => this.#notifySome(rest, mayDrop))
  }

  /** Notifies the session concerned and no other; returns whether the event was queued. */
  #notify({ session, subscription: { id, uri }, notices }: Look, missed: number, mayDrop: boolean): boolean {
    const [publication, payload] = [this.#context.ids.random(), Payload.fromValues([id, uri, missed])]
    let isSent = false
    for (const notice of notices) {
      if (!notice.subscribers.has(session)) continue
      const details = notice.match === 'exact' ? EMPTY_DICT : { topic: ON_GAP }
      const delivery: Delivery | undefined = mayDrop
        ? { subscription: notice.id, topic: ON_GAP, policy: 'disconnect', missed: 0 }
        : undefined
      const event = new EncodedMessage({ type: EVENT, subscription: notice.id, publication, details, payload })
      if (session.link.sendEvent(event, delivery) === 'queued') isSent = true
    }
    if (isSent) this.#context.counters.eventsSent++
    return isSent
  }
}

/** A gap that no event has reported after this time is reported by a meta event. */
const GAP_NOTICE_MS = 1000
/** About a millisecond of work. */
const MOST_IN_A_TASK = 256
