// SUBSCRIBE, UNSUBSCRIBE and revocation: who has which subscription. Publishes and delivers nothing but meta events.

import type { SubscribeMessage, UnsubscribeMessage } from '@trunkline/protocol'
import { matchPolicy, SUBSCRIBE, SUBSCRIBED, UNSUBSCRIBED, uris } from '@trunkline/protocol'
import { sendError, sendLimitError } from '../state/answers.ts'
import { uriFault } from '../matching/uri-check.ts'
import { noteLimit } from '../state/limits.ts'
import type { MetaEvents } from '../state/meta-events.ts'
import type { RealmCluster } from '../state/realm-cluster.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { Session } from '../state/session.ts'
import { hashOf } from '../state/sharding.ts'
import type { PendingSubscriber, SubscribeRequest, Subscription } from '../state/subscription.ts'
import type { CatchingUp } from './catching-up.ts'
import { durableRequest } from './durable-request.ts'
import type { DurableSubscriptions } from './durable-subscriptions.ts'
import type { EventDelivery } from './event-delivery.ts'
import { resumeDetails, resumeRequest } from './resume-request.ts'
import type { AnswerTo, Resuming } from './resuming.ts'
import type { Retaining } from './retaining.ts'
import type { SubscriptionTable } from './subscription-table.ts'

/** What subscribing needs from the broker. */
export interface SubscribingBroker {
  readonly table: SubscriptionTable
  readonly delivery: Pick<EventDelivery, 'gaps' | 'early' | 'deliverEarly'>
  readonly retaining: Pick<Retaining, 'isLoading' | 'whenLoaded' | 'send' | 'forget'>
  readonly resuming: Resuming
  readonly catchingUp: Pick<CatchingUp, 'end'>
  readonly named: Pick<DurableSubscriptions, 'subscribe' | 'detach'>
}

/** What SUBSCRIBED says besides, and what others are told after it. */
interface Answering {
  readonly answerTo?: AnswerTo | undefined
  readonly tell?: (() => void) | undefined
}

export class Subscribing {
  readonly #context: RealmContext
  readonly #meta: MetaEvents
  readonly #broker: SubscribingBroker

  constructor(context: RealmContext, meta: MetaEvents, broker: SubscribingBroker) {
    this.#context = context
    this.#meta = meta
    this.#broker = broker
  }

  subscribe(session: Session, message: SubscribeMessage): void {
    const { options, topic } = message
    const { table } = this.#broker
    const match = matchPolicy(options)
    const fault = uriFault(topic, match, this.#context.settings)
    if (fault !== undefined) return sendError(session, message, uris.INVALID_URI, fault)
    const durable = durableRequest(options)
    if (typeof durable === 'string') return sendError(session, message, uris.INVALID_ARGUMENT, durable)
    if (durable !== undefined) return this.#broker.named.subscribe(session, message, match, durable)
    const resume = resumeRequest(options)
    if (resume === 'invalid') return sendError(session, message, uris.INVALID_ARGUMENT, BAD_RESUME)
    const request: SubscribeRequest = { request: message.request, wantsRetained: options['get_retained'] === true, resume }
    const held = table.index.get(match, topic)
    if (held?.leaving?.has(session) === true) this.#endLeaving(session, held)
    const existing = table.index.get(match, topic)
    const node = typeof options['nkey'] === 'string' ? hashOf(options['nkey']) : undefined
    if (existing !== undefined && session.subscriptions.has(existing.id)) return this.#subscribeAgain(session, existing, request, node)
    const reached = table.reachedBy(session, topic, match, existing)
    if (reached !== undefined) {
      noteLimit(this.#context, session, reached)
      return sendLimitError(session, message, ...reached)
    }
    const subscription = existing ?? table.createFor(session, topic, match)
    if (subscription === undefined) {
      this.#context.counters.clusterIdsTaken++
      return sendError(session, message, uris.INVALID_URI, ID_TAKEN)
    }
    table.reach.add(session, subscription)
    session.addSubscription(subscription)
    this.#admitInTime(session, subscription, { node, requests: [request] })
  }

  unsubscribe(session: Session, message: UnsubscribeMessage): void {
    const { request, subscription: id } = message
    const subscription = session.subscriptions.get(id)
    if (subscription?.leaving?.has(session) === true) this.#endLeaving(session, subscription)
    if (subscription === undefined || !subscription.subscribers.has(session)) return sendError(session, message, uris.NO_SUCH_SUBSCRIPTION)
    if (subscription.nodes?.has(session) === true && this.#context.cluster !== undefined)
      return this.#leaveInTime(this.#context.cluster, session, subscription, request)
    session.link.send({ type: UNSUBSCRIBED, request, details: undefined })
    this.#detach(session, subscription)
  }

  /**
   * Removes a session from a subscription (specification: "Subscription Revocation"), and notifies it if it announced the
   * feature; others may see `wamp.subscription.on_unsubscribe`. Does nothing when the session is not subscribed.
   * @param reason a URI or a text
   */
  revoke(session: Session, subscription: Subscription, reason?: string): void {
    if (session.subscriptions.get(subscription.id) !== subscription) return
    if (subscription.leaving?.has(session) === true) return this.#endLeaving(session, subscription)
    const pending = subscription.pending?.get(session)
    if (pending !== undefined) {
      this.#detach(session, subscription)
      for (const { request } of pending.requests) sendError(session, { type: SUBSCRIBE, request }, reason ?? uris.NOT_AUTHORIZED)
      return
    }
    if (session.announced('subscriber', 'subscription_revocation')) {
      const details = { subscription: subscription.id, ...(reason !== undefined && { reason }) }
      session.link.send({ type: UNSUBSCRIBED, request: 0, details })
    }
    this.#detach(session, subscription)
  }

  /** Removes a session that leaves from all its subscriptions. */
  leave(session: Session): void {
    for (const subscription of session.subscriptions.values()) this.#detach(session, subscription)
  }

  /** Does the same for one subscription in each step. */
  *leaving(session: Session): Generator<undefined, void> {
    for (const subscription of session.subscriptions.values()) {
      this.#detach(session, subscription)
      yield
    }
  }

  /** A SUBSCRIBE to what the session has already, or waits for. */
  #subscribeAgain(session: Session, subscription: Subscription, request: SubscribeRequest, node: number | undefined): void {
    const pending = subscription.pending?.get(session)
    const held = pending === undefined ? subscription.nodes?.get(session) : pending.node
    if (held !== node) return sendError(session, { type: SUBSCRIBE, request: request.request }, uris.INVALID_ARGUMENT, OTHER_NODE)
    if (pending === undefined) this.#answer(session, subscription, request, { answerTo: this.#broker.resuming.answerAgain(subscription) })
    else pending.requests.push(request)
  }

  /** Makes a session a subscriber: in a cluster once all nodes know of the subscription, so that it misses nothing after SUBSCRIBED. */
  #admitInTime(session: Session, subscription: Subscription, subscriber: PendingSubscriber): void {
    const { cluster } = this.#context
    const { node } = subscriber
    if (cluster === undefined) return this.#admitWhenRead(session, subscription, subscriber)
    if (subscription.isSettled && node === undefined) return this.#admit(session, subscription, subscriber)
    ;(subscription.pending ??= new Map()).set(session, subscriber)
    if (node !== undefined) cluster.shares(subscription, session, node)
    cluster.settle((isInTime) => {
      // The session may have left, or lost the right meanwhile.
      if (subscription.pending?.get(session) !== subscriber || !session.isMember) return
      // Where time has passed first a node may not know of it yet: who subscribes next waits again.
      subscription.isSettled = isInTime
      removePending(subscription, session)
      this.#admit(session, subscription, subscriber)
      if (!isInTime) this.#broker.delivery.gaps.add(subscription, session, 1)
    }, MOST_HELD_MS)
  }

  /** Makes a session a subscriber once the store has told what it missed. */
  #admitWhenRead(session: Session, subscription: Subscription, subscriber: PendingSubscriber): void {
    const [request] = subscriber.requests
    const { retaining, resuming } = this.#broker
    const isLoading = request?.wantsRetained === true && retaining.isLoading
    if (request?.resume === undefined && !isLoading) return this.#admit(session, subscription, subscriber)
    ;(subscription.pending ??= new Map()).set(session, subscriber)
    const isPending = (): boolean => subscription.pending?.get(session) === subscriber
    const decide = (): void => {
      if (!isPending()) return
      resuming.decide(session, subscription, subscriber, (answerTo) => {
        if (!isPending()) return
        removePending(subscription, session)
        this.#admit(session, subscription, subscriber, answerTo)
      })
    }
    if (isLoading) retaining.whenLoaded(decide)
    else decide()
  }

  #admit(session: Session, subscription: Subscription, subscriber: PendingSubscriber, answerTo?: AnswerTo): void {
    const { node, requests } = subscriber
    subscription.subscribers.add(session)
    if (node !== undefined) (subscription.nodes ??= new Map()).set(session, node)
    for (const [i, request] of requests.entries()) {
      const tell = (): void => this.#tell(session, subscription)
      this.#answer(session, subscription, request, { answerTo, tell: i === 0 ? tell : undefined })
    }
    if (node === undefined || this.#context.cluster === undefined) return
    const getsRetained = requests.some(({ wantsRetained }) => wantsRetained)
    this.#broker.delivery.deliverEarly(session, subscription, { pending: subscriber, getsRetained })
  }

  /** Answers UNSUBSCRIBE when no other node sends events for the subscriber alone any more: else these would be lost. */
  #leaveInTime(cluster: RealmCluster, session: Session, subscription: Subscription, request: number): void {
    const leaving = { request }
    ;(subscription.leaving ??= new Map()).set(session, leaving)
    cluster.shares(subscription, session, undefined)
    cluster.settle(() => {
      if (subscription.leaving?.get(session) === leaving) this.#endLeaving(session, subscription)
    }, MOST_HELD_MS)
  }

  #endLeaving(session: Session, subscription: Subscription): void {
    const request = subscription.leaving?.get(session)?.request ?? 0
    session.link.send({ type: UNSUBSCRIBED, request, details: undefined })
    this.#detach(session, subscription)
  }

  #answer(session: Session, subscription: Subscription, request: SubscribeRequest, more: Answering = {}): void {
    const { tell, answerTo } = more
    const resume = answerTo?.(request)
    const details = resume && resumeDetails(resume)
    session.link.send({ type: SUBSCRIBED, request: request.request, subscription: subscription.id, details })
    tell?.()
    // One that has all it missed has seen the retained event, or gets it as the one that it was.
    if (request.wantsRetained && resume?.outcome !== 'recovered') this.#broker.retaining.send(session, subscription)
  }

  #tell(session: Session, subscription: Subscription): void {
    const { isUntold, match, uri } = subscription
    subscription.isUntold = false
    // Two nodes may have begun at once: then both know by now, and one of them tells.
    if (isUntold && this.#context.cluster?.isBefore(match, uri) !== true) this.#meta.subscriptionCreated(session, subscription)
    this.#meta.subscribed(session, subscription)
  }

  #detach(session: Session, subscription: Subscription): void {
    if (subscription.isNamed) return this.#broker.named.detach(session, subscription)
    const isSubscriber = subscription.subscribers.delete(session)
    const pending = subscription.pending?.get(session)
    if (pending !== undefined) this.#broker.delivery.early.take(pending)
    removePending(subscription, session)
    const isShared =
      subscription.leaving?.has(session) !== true && (subscription.nodes?.has(session) === true || pending?.node !== undefined)
    if (subscription.leaving?.delete(session) === true && subscription.leaving.size === 0) subscription.leaving = undefined
    if (subscription.nodes?.delete(session) === true && subscription.nodes.size === 0) subscription.nodes = undefined
    this.#broker.delivery.gaps.end(subscription, session)
    this.#broker.retaining.forget(session, subscription)
    this.#broker.catchingUp.end(session, subscription)
    session.removeSubscription(subscription)
    this.#broker.table.reach.remove(session, subscription)
    const isLast = this.#broker.table.dropUnused(subscription)
    if (isShared && !isLast) this.#context.cluster?.shares(subscription, session, undefined)
    // `on_subscribe` was published only of sessions that have SUBSCRIBED.
    if (isSubscriber) this.#meta.unsubscribed(session, subscription)
    if (isLast) this.#end(session, subscription)
  }

  #end(session: Session, subscription: Subscription): void {
    const { cluster } = this.#context
    const tell = (): void => {
      if (!subscription.isUntold) this.#meta.subscriptionDeleted(session, subscription)
    }
    if (cluster === undefined) tell()
    else cluster.ended(subscription, tell, session)
  }
}

function removePending(subscription: Subscription, session: Session): void {
  if (subscription.pending?.delete(session) === true && subscription.pending.size === 0) subscription.pending = undefined
}

/**
 * SUBSCRIBED waits no longer for other nodes. A node that does not answer at all is lost sooner; one that answers so late may not know of the
 * subscription yet, so that the subscriber is told of a gap.
 */
const MOST_HELD_MS = 10_000
const ID_TAKEN = 'another topic has the id that this one would get'
const BAD_RESUME = '_resume: expected a dict with epoch, position and perhaps sessions, or an empty one'
const OTHER_NODE = 'this session has this subscription already, with another nkey or without one'
