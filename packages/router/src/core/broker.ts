// Subscriptions, publications, delivery of events. Who may do it was judged before (realm.ts).

import type { Dict, Payload, PayloadError, PublishMessage, SubscribeMessage, UnsubscribeMessage } from '@trunkline/protocol'
import {
  EMPTY_DICT,
  EncodedMessage,
  EVENT,
  GAP,
  matchPolicy,
  PUBLISH,
  PUBLISHED,
  SUBSCRIBE,
  SUBSCRIBED,
  UNSUBSCRIBE,
  UNSUBSCRIBED,
  uris,
} from '@trunkline/protocol'
import { sendError, sendLimitError } from './answers.ts'
import { publisherDetails } from './disclosure.ts'
import type { Eligibility } from './eligibility.ts'
import { eligibility } from './eligibility.ts'
import type { MetaEvents } from './meta-events.ts'
import { PatternIndex } from './pattern-index.ts'
import type { SendOutcome } from './ports.ts'
import type { RealmContext } from './realm-context.ts'
import type { Session, Subscription } from './tables.ts'
import { isForRouter, RESERVED, uriFault } from './uri-check.ts'

/** A publication on its way. */
interface Publication {
  readonly id: number
  readonly topic: string
  readonly payload: Payload | undefined
  /** Details that every EVENT of it carries. */
  readonly details: Dict
  /** Does not receive it. */
  readonly excluded: Session | undefined
  readonly isEligible: Eligibility | undefined
}

export class Broker {
  readonly #context: RealmContext
  readonly #meta: MetaEvents
  readonly #index = new PatternIndex<Subscription>()
  readonly #byId = new Map<number, Subscription>()

  constructor(context: RealmContext, meta: MetaEvents) {
    this.#context = context
    this.#meta = meta
  }

  /** The subscriptions, by id; for the meta API and for tests. */
  get subscriptions(): ReadonlyMap<number, Subscription> {
    return this.#byId
  }

  get index(): Pick<PatternIndex<Subscription>, 'get' | 'size'> {
    return this.#index
  }

  subscribe(session: Session, { request, options, topic }: SubscribeMessage): void {
    const { settings } = this.#context
    const match = matchPolicy(options)
    const fault = uriFault(topic, match, settings)
    if (fault !== undefined) return sendError(session, SUBSCRIBE, request, uris.INVALID_URI, fault)
    const existing = this.#index.get(match, topic)
    if (existing !== undefined && session.subscriptions.has(existing.id)) {
      session.link.send({ type: SUBSCRIBED, request, subscription: existing.id })
      return
    }
    if (session.subscriptions.size >= settings.limits.subscriptions) {
      this.#context.counters.limitsHit++
      return sendLimitError(session, SUBSCRIBE, request, 'subscriptions', settings.limits.subscriptions)
    }
    const subscription = existing ?? this.#create(topic, match)
    subscription.subscribers.add(session)
    session.addSubscription(subscription)
    session.link.send({ type: SUBSCRIBED, request, subscription: subscription.id })
    if (existing === undefined) this.#meta.subscriptionCreated(session, subscription)
    this.#meta.subscribed(session, subscription)
  }

  unsubscribe(session: Session, { request, subscription: id }: UnsubscribeMessage): void {
    const subscription = session.subscriptions.get(id)
    if (subscription === undefined) return sendError(session, UNSUBSCRIBE, request, uris.NO_SUCH_SUBSCRIPTION)
    session.link.send({ type: UNSUBSCRIBED, request, details: undefined })
    this.#detach(session, subscription)
  }

  publish(session: Session, { request, options, topic, payload }: PublishMessage): void {
    const { settings, ids, counters } = this.#context
    const isAcknowledged = options['acknowledge'] === true
    const refuse = (error: string, text?: string): void => {
      counters.publicationsRefused++
      if (isAcknowledged) sendError(session, PUBLISH, request, error, text)
    }
    const exact = this.#index.exact(topic)
    if (exact === undefined) {
      const fault = uriFault(topic, 'exact', settings)
      if (fault !== undefined) return refuse(uris.INVALID_URI, fault)
    }
    if (isForRouter(topic) && !session.isInternal) return refuse(uris.INVALID_URI, RESERVED)
    const isDisclosed = options['disclose_me'] === true
    if (isDisclosed && !settings.allowsDisclosure) return refuse(uris.DISCLOSE_ME_DISALLOWED)
    const publication: Publication = {
      id: ids.random(),
      topic,
      payload,
      details: isDisclosed ? publisherDetails(session) : EMPTY_DICT,
      excluded: options['exclude_me'] === false ? undefined : session,
      isEligible: options === EMPTY_DICT ? undefined : eligibility(options),
    }
    if (isAcknowledged) {
      const fault = this.#unencodableFor(publication, exact)
      if (fault !== undefined) return refuse(uris.INVALID_ARGUMENT, fault.message)
      session.link.send({ type: PUBLISHED, request, publication: publication.id })
    }
    counters.publicationsRouted++
    this.#distribute(publication, exact)
  }

  /** Publishes in the router's own name; nobody is excluded. Patterns get it only when they begin with the literal first component. */
  publishOwn(topic: string, payload: Payload | undefined): void {
    const exact = this.#index.exact(topic)
    if (exact === undefined && !this.#index.hasPatterns) return
    // A session that is leaving is told nothing any more, not even of what it leaves.
    const isEligible = ({ isMember }: Session): boolean => isMember
    this.#distribute({ id: this.#context.ids.random(), topic, payload, details: EMPTY_DICT, excluded: undefined, isEligible }, exact)
  }

  /** The subscriptions that get a publication to a topic. */
  matching(topic: string): Subscription[] {
    const matching: Subscription[] = []
    this.#forEachSubscription(topic, this.#index.exact(topic), (subscription) => matching.push(subscription))
    return matching
  }

  /** Detaches a session that leaves from everything. */
  leave(session: Session): void {
    for (const subscription of session.subscriptions.values()) this.#detach(session, subscription)
  }

  #create(topic: string, match: Subscription['match']): Subscription {
    const { ids, clock } = this.#context
    const subscription: Subscription = {
      id: ids.sequential(),
      uri: topic,
      match,
      created: clock.now(),
      subscribers: new Set(),
      gaps: undefined,
    }
    this.#index.set(match, topic, subscription)
    this.#byId.set(subscription.id, subscription)
    return subscription
  }

  #detach(session: Session, subscription: Subscription): void {
    subscription.subscribers.delete(session)
    subscription.gaps?.delete(session)
    session.removeSubscription(subscription)
    const isLast = subscription.subscribers.size === 0
    if (isLast) {
      this.#index.delete(subscription.match, subscription.uri)
      this.#byId.delete(subscription.id)
    }
    this.#meta.unsubscribed(session, subscription)
    if (isLast) this.#meta.subscriptionDeleted(session, subscription)
  }

  #forEachSubscription(topic: string, exact: Subscription | undefined, visit: (subscription: Subscription) => void): void {
    if (exact !== undefined) visit(exact)
    if (!this.#index.hasPatterns) return
    const isGuarded = isForRouter(topic)
    this.#index.forEachPattern(topic, (subscription) => {
      // Or "subscribe to everything" would leak who is there: meta events go only to patterns that name them.
      if (!isGuarded || isForRouter(subscription.uri)) visit(subscription)
    })
  }

  #distribute(publication: Publication, exact: Subscription | undefined): void {
    if (exact !== undefined) this.#deliver(publication, exact)
    if (this.#index.hasPatterns)
      this.#forEachSubscription(publication.topic, undefined, (subscription) => this.#deliver(publication, subscription))
  }

  #deliver(publication: Publication, subscription: Subscription): void {
    const { excluded, isEligible } = publication
    const details = subscription.match === 'exact' ? publication.details : { ...publication.details, topic: publication.topic }
    const event = new EncodedMessage({
      type: EVENT,
      subscription: subscription.id,
      publication: publication.id,
      details,
      payload: publication.payload,
    })
    let sent = 0
    for (const subscriber of subscription.subscribers) {
      if (subscriber === excluded || (isEligible !== undefined && !isEligible(subscriber))) continue
      const outcome =
        subscription.gaps === undefined ? subscriber.link.sendEvent(event) : this.#sendAfterGap(event, subscription, subscriber)
      if (outcome === 'queued') sent++
      else this.#noteLoss(subscription, subscriber, outcome)
    }
    this.#context.counters.eventsSent += sent
  }

  /** An event for a subscriber that missed some tells how many, in a message of its own. */
  #sendAfterGap(event: EncodedMessage, subscription: Subscription, subscriber: Session): SendOutcome {
    const missed = subscription.gaps?.get(subscriber)
    if (missed === undefined || event.message.type !== EVENT) return subscriber.link.sendEvent(event)
    const outcome = subscriber.link.sendEvent(
      new EncodedMessage({ ...event.message, details: { ...event.message.details, [GAP]: missed } }),
    )
    if (outcome === 'queued') subscription.gaps?.delete(subscriber)
    if (subscription.gaps?.size === 0) subscription.gaps = undefined
    return outcome
  }

  #noteLoss(subscription: Subscription, subscriber: Session, outcome: SendOutcome): void {
    if (outcome === 'closed') return // Its session ends; that is the sign.
    const { counters } = this.#context
    if (outcome === 'unencodable') counters.eventsUnencodable++
    else if (outcome === 'too_large') counters.eventsTooLarge++
    else counters.eventsDropped++
    subscription.gaps ??= new Map()
    subscription.gaps.set(subscriber, (subscription.gaps.get(subscriber) ?? 0) + 1)
  }

  /** Why some receiver could not take the payload; looked at before PUBLISHED says that all is well. */
  #unencodableFor({ payload, topic, excluded, isEligible }: Publication, exact: Subscription | undefined): PayloadError | undefined {
    if (payload === undefined) return undefined
    let fault: PayloadError | undefined
    this.#forEachSubscription(topic, exact, (subscription) => {
      for (const subscriber of subscription.subscribers) {
        if (subscriber === excluded || (isEligible !== undefined && !isEligible(subscriber))) continue
        fault ??= payload.faultIn(subscriber.link.format)
      }
    })
    return fault
  }
}
