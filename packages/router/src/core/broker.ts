// Subscriptions, publications, delivery of events. Who may do it was judged before (realm.ts).

import type { Dict, PayloadError, PublishMessage, SubscribeMessage, UnsubscribeMessage } from '@trunkline/protocol'
import {
  EMPTY_DICT,
  EncodedMessage,
  EVENT,
  GAP,
  matchPolicy,
  ON_GAP,
  Payload,
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
import type { Delivery, SendOutcome } from './ports.ts'
import type { RealmContext } from './realm-context.ts'
import type { Session, Subscription } from './tables.ts'
import { TopicPolicies } from './topic-policies.ts'
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
  /** Undefined where no event may be given up. */
  readonly #policies: TopicPolicies | undefined
  /** Those that some subscriber missed events of without being told. */
  readonly #withGaps = new Set<Subscription>()

  constructor(context: RealmContext, meta: MetaEvents) {
    this.#context = context
    this.#meta = meta
    this.#policies = TopicPolicies.from(context.settings.slowConsumers)
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

  /**
   * Takes a subscription away from a session (specification: "Subscription Revocation"). Told to those that announced the
   * feature; the others may see it by `wamp.subscription.on_unsubscribe`. Does nothing where it is not subscribed.
   * @param reason a URI or a text
   */
  revoke(session: Session, subscription: Subscription, reason?: string): void {
    if (session.subscriptions.get(subscription.id) !== subscription) return
    if (session.announced('subscriber', 'subscription_revocation')) {
      const details = { subscription: subscription.id, ...(reason !== undefined && { reason }) }
      session.link.send({ type: UNSUBSCRIBED, request: 0, details })
    }
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

  /** Events of a subscription that waited for a session were given up, and none that waits tells of it. */
  missed(session: Session, id: number, events: number): void {
    const subscription = session.subscriptions.get(id)
    if (subscription !== undefined) this.#addGap(subscription, session, events)
  }

  /** Tells by a meta event of gaps that no event told of in time. To be called about once a second. */
  tellGaps(): void {
    if (this.#withGaps.size === 0) return
    const notices = this.matching(ON_GAP)
    if (notices.length === 0) return
    const latest = this.#context.clock.now() - GAP_NOTICE_MS
    for (const subscription of this.#withGaps) {
      for (const [session, { missed, since }] of subscription.gaps ?? []) {
        if (since <= latest && this.#tellGap(session, subscription, missed, notices)) this.#endGap(subscription, session)
      }
    }
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
    this.#endGap(subscription, session)
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
    const delivery = this.#policies && {
      subscription: subscription.id,
      topic: publication.topic,
      policy: this.#policies.policyOf(publication.topic),
      missed: 0,
    }
    let sent = 0
    for (const subscriber of subscription.subscribers) {
      if (subscriber === excluded || (isEligible !== undefined && !isEligible(subscriber))) continue
      const outcome =
        subscription.gaps === undefined
          ? subscriber.link.sendEvent(event, delivery)
          : this.#sendAfterGap(event, delivery, subscription, subscriber)
      if (outcome === 'queued') sent++
      else this.#noteLoss(subscription, subscriber, outcome)
    }
    this.#context.counters.eventsSent += sent
  }

  /** An event for a subscriber that missed some tells how many, in a message of its own. */
  #sendAfterGap(event: EncodedMessage, delivery: Delivery | undefined, subscription: Subscription, subscriber: Session): SendOutcome {
    const gap = subscription.gaps?.get(subscriber)
    if (gap === undefined || event.message.type !== EVENT) return subscriber.link.sendEvent(event, delivery)
    const outcome = subscriber.link.sendEvent(
      new EncodedMessage({ ...event.message, details: { ...event.message.details, [GAP]: gap.missed } }),
      delivery && { ...delivery, missed: gap.missed },
    )
    if (outcome === 'queued') this.#endGap(subscription, subscriber)
    return outcome
  }

  #noteLoss(subscription: Subscription, subscriber: Session, outcome: SendOutcome): void {
    if (outcome === 'closed') return // Its session ends; that is the sign.
    const { counters } = this.#context
    if (outcome === 'unencodable') counters.eventsUnencodable++
    else counters.eventsTooLarge++
    this.#addGap(subscription, subscriber, 1)
  }

  #addGap(subscription: Subscription, subscriber: Session, events: number): void {
    subscription.gaps ??= new Map()
    const gap = subscription.gaps.get(subscriber)
    if (gap === undefined) subscription.gaps.set(subscriber, { missed: events, since: this.#context.clock.now() })
    else gap.missed += events
    this.#withGaps.add(subscription)
  }

  #endGap(subscription: Subscription, subscriber: Session): void {
    if (subscription.gaps === undefined) return
    subscription.gaps.delete(subscriber)
    if (subscription.gaps.size > 0) return
    subscription.gaps = undefined
    this.#withGaps.delete(subscription)
  }

  /** Whether the session could be told; nobody else is. */
  #tellGap(session: Session, { id, uri }: Subscription, missed: number, notices: readonly Subscription[]): boolean {
    const [publication, payload] = [this.#context.ids.random(), Payload.fromValues([id, uri, missed])]
    let isTold = false
    for (const notice of notices) {
      if (!notice.subscribers.has(session)) continue
      const details = notice.match === 'exact' ? EMPTY_DICT : { topic: ON_GAP }
      const delivery: Delivery | undefined = this.#policies && { subscription: notice.id, topic: ON_GAP, policy: 'disconnect', missed: 0 }
      const event = new EncodedMessage({ type: EVENT, subscription: notice.id, publication, details, payload })
      if (session.link.sendEvent(event, delivery) === 'queued') isTold = true
    }
    if (isTold) this.#context.counters.eventsSent++
    return isTold
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

/** A gap that no event told of for so long is told by a meta event. */
const GAP_NOTICE_MS = 1000
