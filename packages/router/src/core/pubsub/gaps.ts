// Events that subscribers missed, until the next event or a meta event notifies them. Never drops an event itself.

import { EMPTY_DICT, EncodedMessage, EVENT, ON_GAP, Payload } from '@trunkline/protocol'
import type { Delivery } from '../ports/link.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { Gap, Subscription } from '../state/subscription.ts'
import type { Session } from '../state/session.ts'

export class Gaps {
  readonly #context: RealmContext
  /** Subscriptions with a gap that a subscriber has not been notified of. */
  readonly #open = new Set<Subscription>()

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
    if (gap === undefined) subscription.gaps.set(subscriber, { missed: events, since: this.#context.clock.monotonic() })
    else gap.missed += events
    this.#open.add(subscription)
  }

  end(subscription: Subscription, subscriber: Session): void {
    if (subscription.gaps === undefined) return
    subscription.gaps.delete(subscriber)
    if (subscription.gaps.size > 0) return
    subscription.gaps = undefined
    this.#open.delete(subscription)
  }

  /**
   * Notifies by a meta event of gaps that no event has reported in time.
   * @param notices the subscriptions that get `trunkline.session.on_gap`
   * @param mayDrop whether events of the realm may be dropped
   */
  notify(notices: readonly Subscription[], mayDrop: boolean): void {
    const latest = this.#context.clock.monotonic() - GAP_NOTICE_MS
    for (const subscription of this.#open) {
      for (const [session, { missed, since }] of subscription.gaps ?? []) {
        if (since <= latest && this.#notify(session, noticeOf(subscription, missed), notices, mayDrop)) this.end(subscription, session)
      }
    }
  }

  /** Notifies the session concerned and no other; returns whether the event was queued. */
  #notify(session: Session, payload: Payload | undefined, notices: readonly Subscription[], mayDrop: boolean): boolean {
    const publication = this.#context.ids.random()
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
    if (isSent) {
      this.#context.counters.eventsSent++
      this.#context.counters.gapsReported++
    }
    return isSent
  }
}

function noticeOf({ id, uri }: Subscription, missed: number): Payload | undefined {
  return Payload.fromValues([id, uri, missed])
}

/** A gap that no event has reported after this time is reported by a meta event. */
const GAP_NOTICE_MS = 1000
