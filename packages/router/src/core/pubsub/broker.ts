// Subscriptions, publications, delivery of events. realm.ts has checked the rights before.

import type { MatchPolicy, Payload, PublishMessage, SubscribeMessage, UnsubscribeMessage, UriPattern } from '@trunkline/protocol'
import { EMPTY_DICT, isForRouter, ON_GAP, PUBLISHED, traceContextOf, uris } from '@trunkline/protocol'
import { sendError } from '../state/answers.ts'
import type { ContractGuard } from '../state/contract-guard.ts'
import { sendContractFault } from '../state/contract-guard.ts'
import { refusesDisclosure } from '../state/disclosure.ts'
import { CatchingUp } from './catching-up.ts'
import { DurablePublishing, keyFault } from './durable-publishing.ts'
import type { CheckedPublication, StoredPublication } from './durable-publishing.ts'
import type { DurableSubscriptions } from './durable-subscriptions.ts'
import { DurableTopics } from './durable-topics.ts'
import { Audience } from './eligibility.ts'
import type { Publication } from './event-delivery.ts'
import { EventDelivery } from './event-delivery.ts'
import type { EventHistory } from '../state/stored-event.ts'
import { Histories } from './histories.ts'
import { makeNamed } from './named-parts.ts'
import { noteRefusal, tracedRequest } from '../state/refusals.ts'
import type { MetaEvents } from '../state/meta-events.ts'
import { checkPassthru, passthruOf } from '../state/passthru.ts'
import { shareOf } from '../state/owner.ts'
import type { PatternIndex } from '../matching/pattern-index.ts'
import type { DurableLog } from '../matching/topic-policies.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { KeptForms } from '../state/kept-forms.ts'
import type { RetainedEvents } from './retention.ts'
import { eventDetails, unencodableFor } from './publication-checks.ts'
import { Resuming } from './resuming.ts'
import { Retaining } from './retaining.ts'
import { foreignPublication, sharedEvent, sharedPublication } from './sharing.ts'
import type { SharedPublication, SharedSubscription } from '../state/realm-cluster.ts'
import { keyHash } from '../state/sharding.ts'
import type { Session } from '../state/session.ts'
import type { Subscription } from '../state/subscription.ts'
import { Subscribing } from './subscribing.ts'
import { SubscriptionTable } from './subscription-table.ts'
import { winnersOf } from './winners.ts'
import { RESERVED, uriFault } from '../matching/uri-check.ts'

/** What the broker needs from its realm. */
export interface BrokerRealm {
  /** Everything that a session published is stored: its other messages are no longer held. */
  goOn(session: Session): void
  /** Asks whether a session may publish to a topic. */
  mayPublish(session: Session, topic: string, then: (isAllowed: boolean) => void): void
  /** The same as far as it is known now. */
  mayPublishNow(session: Session, topic: string): boolean
}

export class Broker {
  readonly durable: DurableTopics
  readonly catchingUp: CatchingUp
  /** The durable subscriptions. */
  readonly named: DurableSubscriptions
  readonly #retaining: Retaining
  readonly #publishing: DurablePublishing
  readonly #context: RealmContext
  readonly #contracts: ContractGuard
  readonly #table: SubscriptionTable
  readonly #subscribing: Subscribing
  readonly #delivery: EventDelivery
  readonly #histories: Histories

  constructor(context: RealmContext, meta: MetaEvents, contracts: ContractGuard, realm: BrokerRealm) {
    this.#contracts = contracts
    this.#context = context
    this.#delivery = new EventDelivery(context)
    this.durable = new DurableTopics(context)
    this.#retaining = new Retaining(context, this.#delivery, this.durable)
    this.catchingUp = new CatchingUp(context, this.durable, this.#delivery)
    this.#publishing = new DurablePublishing(context, this.durable, {
      deliver: (stored) => this.#deliverStored(stored),
      deliverOwn: (publication) => this.#deliverOwn(publication),
      goOn: (session) => realm.goOn(session),
    })
    this.#table = new SubscriptionTable(context)
    this.named = makeNamed(context, meta, {
      topics: this.durable,
      table: this.#table,
      events: this.#delivery,
      publishing: this.#publishing,
      deliver: (publication) => {
        context.counters.publicationsRouted++
        this.#distribute(publication, this.#table.index.exact(publication.topic))
      },
      mayPublish: (session, topic, then) => realm.mayPublish(session, topic, then),
      mayPublishNow: (session, topic) => realm.mayPublishNow(session, topic),
      revoke: (session, subscription, reason) => this.revoke(session, subscription, reason),
    })
    this.#subscribing = new Subscribing(context, meta, {
      table: this.#table,
      delivery: this.#delivery,
      retaining: this.#retaining,
      resuming: new Resuming(this.durable, this.catchingUp),
      catchingUp: this.catchingUp,
      named: this.named,
    })
    this.#histories = new Histories({
      open: (uri, match) => this.#table.index.get(match, uri) ?? this.#table.create(uri, match),
      release: (subscription) => {
        if (this.#table.dropUnused(subscription)) context.cluster?.ended(subscription, () => {})
      },
    })
    this.#histories.follow(context.settings.topicSettings)
  }

  /** Applies changed settings of the realm. */
  followSettings(): void {
    const { topicSettings } = this.#context.settings
    this.durable.follow()
    this.#histories.follow(topicSettings)
    this.#retaining.follow()
    this.named.follow()
  }

  /** Other nodes serve the realm too: subscriptions get the ids that all nodes give them. None has subscribers yet. */
  followCluster(): void {
    this.#histories.follow({ histories: [] })
    this.#histories.follow(this.#context.settings.topicSettings)
  }

  get retained(): RetainedEvents {
    return this.#retaining.events
  }

  /** The subscriptions, by id; for the meta API and for tests. */
  get subscriptions(): ReadonlyMap<number, Subscription> {
    return this.#table.byId
  }

  /** Changes whenever a subscription is created or deleted. */
  get version(): number {
    return this.#table.version
  }

  get index(): Pick<PatternIndex<Subscription>, 'get' | 'size'> {
    return this.#table.index
  }

  subscribe(session: Session, message: SubscribeMessage): void {
    this.#subscribing.subscribe(session, message)
  }

  unsubscribe(session: Session, message: UnsubscribeMessage): void {
    this.#subscribing.unsubscribe(session, message)
  }

  /** Removes a session from a subscription; see {@link Subscribing.revoke}. */
  revoke(session: Session, subscription: Subscription, reason?: string): void {
    this.#subscribing.revoke(session, subscription, reason)
  }

  /** @throws {ProtocolError} when the publisher uses payload passthru without having announced it, or uses its older form */
  publish(session: Session, message: PublishMessage): void {
    const { request, options, topic, payload } = message
    const { settings, ids, counters, cluster } = this.#context
    const isAcknowledged = options['acknowledge'] === true
    const refuse = (error: string, text?: string): void => {
      noteRefusal(this.#context, session, message, { error })
      if (isAcknowledged) sendError(session, message, error, text)
    }
    checkPassthru(session, 'publisher', options, payload)
    const exact = this.#table.index.exact(topic)
    if (exact === undefined) {
      const fault = uriFault(topic, 'exact', settings)
      if (fault !== undefined) return refuse(uris.INVALID_URI, fault)
    }
    if (isForRouter(topic) && !session.isInternal) return refuse(uris.INVALID_URI, RESERVED)
    if (refusesDisclosure(options['disclose_me'] === true, settings)) return refuse(uris.DISCLOSE_ME_DISALLOWED)
    const rkey = options['rkey'] ?? undefined
    const key = rkey === undefined ? undefined : keyHash(rkey)
    if (rkey !== undefined && key === undefined) return refuse(uris.INVALID_ARGUMENT, BAD_KEY)
    const contract = settings.contractChecks?.topic(topic)
    if (contract !== undefined) {
      const passing = { payload, options, isEncrypted: passthruOf(options) !== undefined, isLast: false }
      const fault = this.#contracts.refuses(contract, 'publish', passing, session)
      if (fault !== undefined) {
        noteRefusal(this.#context, session, message, { error: uris.INVALID_ARGUMENT })
        return isAcknowledged ? sendContractFault(session, message, fault) : undefined
      }
    }
    const audience = options === EMPTY_DICT ? undefined : Audience.of(options, this.#context)
    const log = this.durable.logOf(topic)
    const fault = options === EMPTY_DICT ? undefined : keyFault(options, log !== undefined)
    if (fault !== undefined) return refuse(uris.INVALID_ARGUMENT, fault)
    if (log !== undefined && audience?.namesSessions === true) return refuse(uris.INVALID_ARGUMENT, NAMES_SESSIONS)
    const details =
      options === EMPTY_DICT && settings.trust === undefined ? EMPTY_DICT : eventDetails(this.#context, session, topic, options)
    const { traffic, tracer } = this.#context.witnesses
    const traced = tracer?.published(tracedRequest(this.#context, session, { kind: 'publish', uri: topic }, traceContextOf(options)))
    const publication: Publication = {
      id: ids.random(),
      topic,
      key,
      payload,
      details: traced === undefined ? details : { ...details, ...traced.trace },
      excluded: options['exclude_me'] === false ? undefined : session,
      isEligible: audience && ((subscriber) => audience.isEligible(subscriber)),
      audience,
    }
    if (key !== undefined && cluster !== undefined)
      publication.winners = winnersOf(publication, key, { subscriptions: this.matching(topic), cluster })
    if (isAcknowledged) {
      const fault = unencodableFor(this.#table, publication, exact)
      if (fault !== undefined) return refuse(uris.INVALID_ARGUMENT, fault.message)
      const reached = options['retain'] === true ? this.#retaining.reachedBy(publication, session) : undefined
      if (reached !== undefined) return this.#retaining.refuse(session, message, reached)
    }
    if (log !== undefined) return this.#store(log, { session, message, publication, traced })
    if (isAcknowledged) session.link.send({ type: PUBLISHED, request, publication: publication.id })
    counters.publicationsRouted++
    const retained = options['retain'] === true ? this.#retaining.retain(publication, session, cluster?.stamp()) : undefined
    const before = counters.eventsSent
    this.#distribute(publication, exact)
    if (cluster !== undefined) cluster.published(sharedPublication(publication, retained), session)
    traffic?.published(this.#context.name, session, publication, counters.eventsSent - before)
    traced?.onEnd(counters.eventsSent - before)
  }

  /**
   * Publishes in the name of the router, excluding no session. Patterns match only with the first component as a literal.
   * @param cause the owner whose doing it tells of
   * @returns how many subscribers it has here, each as often as its subscriptions match
   */
  publishOwn(topic: string, payload: Payload | undefined, isForAll = true, cause?: string): number {
    const exact = this.#table.index.exact(topic)
    const cluster = isForAll ? this.#context.cluster : undefined
    if (exact === undefined && !this.#table.index.hasPatterns && cluster === undefined) return 0
    // A session that is leaving gets no more events, not even about its own subscriptions.
    const isEligible = ({ isMember }: Session): boolean => isMember
    const [id, details] = [this.#context.ids.random(), EMPTY_DICT]
    const publication = { id, topic, key: undefined, payload, details, excluded: undefined, isEligible, audience: undefined }
    let subscribers = 0
    this.#table.forEach(topic, exact, (subscription) => {
      subscribers += subscription.subscribers.size
      this.#deliver(publication, subscription)
    })
    cluster?.published({ ...sharedPublication(publication, undefined), isOwn: true }, undefined, cause)
    return subscribers
  }

  /** Takes a publication of another node: for the subscribers of here, and what is kept here. It was counted and judged there. */
  publishForeign(shared: SharedPublication): void {
    const publication = foreignPublication(shared, this.#context)
    const { topic, retained, isPast } = shared
    if (retained !== undefined) this.#retaining.keep(publication, retained)
    if (!isPast) this.#distribute(publication, this.#table.index.exact(topic))
  }

  /** A testament as other nodes keep it; made by the rights and rules of now. */
  testamentOf(session: Session, { topic, options, payload }: PublishMessage): SharedPublication {
    const audience = Audience.of(options, this.#context)?.given
    const [id, details] = [this.#context.ids.random(), eventDetails(this.#context, session, topic, options)]
    // Its stamp is given when it is published, since only then it is newer than others.
    const retained = options['retain'] === true ? { stamp: 0, excluded: 0, owner: shareOf(session) } : undefined
    return { id, topic, winners: undefined, payload, details, audience, retained, isPast: false, isOwn: false }
  }

  /** Publishes the testament of a session whose node is lost: here only, as every other node does. */
  publishTestament(session: Session, { retained, ...testament }: SharedPublication): void {
    const { topic, payload, details: options } = testament
    const contract = this.#context.settings.contractChecks?.topic(topic)
    const passing = { payload, options, isEncrypted: passthruOf(options) !== undefined, isLast: false }
    if (contract !== undefined && this.#contracts.refuses(contract, 'publish', passing, session) !== undefined) return
    // The same on every node that retains the same.
    const stamp = this.retained.stampOf(topic) + 1
    this.publishForeign({ ...testament, retained: retained && { ...retained, stamp } })
  }

  /** All retained events as other nodes take them: {@link publishForeign} keeps those that are newer, and delivers none. */
  *sharedRetained(): Iterable<SharedPublication> {
    for (const { event, stamp, owner } of this.retained.all()) yield sharedEvent(event, { stamp, excluded: event.excluded ?? 0, owner })
  }

  /** Whether retained events are in the store, or may be: {@link clearStored} drops them there too. */
  get keepsInStore(): boolean {
    return this.durable.store !== undefined
  }

  /** Drops retained events on all nodes; returns how many topics had any here. */
  clearRetained(match: MatchPolicy, uri: string): number {
    return this.#retaining.clear(match, uri)
  }

  /** Drops retained events, those among them that are on their way to the store. @param done is told how many topics had any */
  clearStored(filter: UriPattern, done: (topics: number) => void): void {
    const clear = (): void => done(this.clearRetained(filter.match, filter.uri))
    this.#retaining.whenLoaded(() => this.durable.store?.clearRetained(filter, () => this.#publishing.inOrder(clear)))
  }

  /**
   * Notes events that other nodes could not send here: they count as missed for every subscriber that may have been meant.
   * @param topic undefined where it is not known
   */
  missedElsewhere(topic: string | undefined, events: number): void {
    for (const subscription of topic === undefined ? this.#table.byId.values() : this.matching(topic))
      for (const subscriber of subscription.subscribers) this.#delivery.gaps.add(subscription, subscriber, events)
  }

  /** Another node has a subscription since a time, in milliseconds since 1970. */
  existsElsewhere(match: MatchPolicy, uri: string, created: number): void {
    const subscription = this.#table.index.get(match, uri)
    if (subscription !== undefined && created < subscription.created) subscription.created = created
  }

  /** Another node is linked that knows none of the subscriptions yet: who subscribes from now on waits for it. */
  unsettle(): void {
    for (const subscription of this.#table.byId.values()) subscription.isSettled = false
  }

  /** The subscriptions that get a publication to a topic. */
  matching(topic: string): Subscription[] {
    return this.#table.matching(topic)
  }

  /** How many owners have patterns that count because they may match the same topic. */
  get reachingOwners(): number {
    return this.#table.reach.owners
  }

  /** How many subscribers a publication to a topic has here, each as often as its subscriptions match. */
  subscribersOf(topic: string): number {
    let count = 0
    this.#table.forEach(topic, this.#table.index.exact(topic), ({ subscribers }) => (count += subscribers.size))
    return count
  }

  /** Removes a session that leaves from all its subscriptions. */
  leave(session: Session): void {
    this.#subscribing.leave(session)
  }

  /** A session leaves in several turns: its patterns count no more, so that its successor may have the same. */
  retire(session: Session): void {
    this.#table.reach.forget(session)
  }

  /** Does what {@link leave} does, for one subscription in each step. */
  leaving(session: Session): Generator<undefined, void> {
    return this.#subscribing.leaving(session)
  }

  /** Notes events of a session that were dropped from its queue and that no queued event reports. */
  missed(session: Session, id: number, events: number): void {
    const subscription = session.subscriptions.get(id)
    if (subscription !== undefined) this.#delivery.gaps.add(subscription, session, events)
  }

  /** Kept events in other serializers than their own. */
  get forms(): KeptForms {
    return this.#delivery.forms
  }

  /** The history of a subscription: its own, or for a topic that of a pattern with history. */
  historyOf(subscription: SharedSubscription): EventHistory | undefined {
    return this.#histories.of(subscription)
  }

  /** Notifies of gaps that no event has reported in time, and drops what has expired. Called about once a second. */
  tick(): void {
    const now = this.#context.clock.monotonic()
    this.retained.expire(now)
    this.#histories.expire(now)
    this.durable.store?.expire(this.#context.clock.now())
    this.catchingUp.tick()
    this.named.tick()
    if (this.#delivery.gaps.isEmpty) return
    const notices = this.matching(ON_GAP)
    if (notices.length > 0) this.#delivery.notifyOfGaps(notices)
  }

  #store(log: DurableLog, checked: Omit<CheckedPublication, 'isRetained'>): void {
    const { session, message, publication } = checked
    const retaining = this.#retaining
    const wantsRetained = message.options['retain'] === true && retaining.mayRetain(publication.topic)
    const isRetained = wantsRetained && retaining.reachedBy(publication, session) === undefined
    this.#publishing.publish(log.name, { ...checked, isRetained })
  }

  /** Passes on a publication that the store has. */
  #deliverStored({ session, publication, isRetained, traced }: StoredPublication): void {
    const { counters, name, witnesses } = this.#context
    counters.publicationsRouted++
    if (isRetained) this.#retaining.retain(publication, session, undefined)
    const before = counters.eventsSent
    this.#toSubscribers(publication)
    this.named.delivered(publication.topic)
    witnesses.traffic?.published(name, session, publication, counters.eventsSent - before)
    traced?.onEnd(counters.eventsSent - before)
  }

  /** Passes on a publication of the router itself that the store has. */
  #deliverOwn(publication: Publication): void {
    this.#context.counters.publicationsRouted++
    this.#toSubscribers(publication)
    this.named.delivered(publication.topic)
  }

  /** Delivers an event of a durable topic to those who do not get it from the store. */
  #toSubscribers(publication: Publication): void {
    this.#table.forEach(publication.topic, this.#table.index.exact(publication.topic), (subscription) =>
      this.#deliver(this.catchingUp.without(publication, subscription), subscription),
    )
  }

  #distribute(publication: Publication, exact: Subscription | undefined): void {
    if (exact !== undefined) this.#deliver(publication, exact)
    if (this.#table.index.hasPatterns)
      this.#table.forEach(publication.topic, undefined, (subscription) => this.#deliver(publication, subscription))
  }

  #deliver(publication: Publication, subscription: Subscription): void {
    if (subscription.history !== undefined) this.#remember(publication, subscription.history)
    this.#delivery.deliver(publication, subscription)
  }

  /** Keeps a publication, unless its audience names session ids: later sessions have others (specification: "Event History"). */
  #remember(publication: Publication, history: EventHistory): void {
    if (publication.audience?.namesSessions !== true) history.append(this.#retaining.stored(publication))
  }
}

const NAMES_SESSIONS = 'the topic is durable: later sessions have other ids, so that its receivers cannot be named by them'
const BAD_KEY = 'rkey must be a string or an integer'
