// Subscriptions, publications, delivery of events. realm.ts has checked the rights before.

import type { Dict, MatchPolicy, Payload, PayloadError, PublishMessage, SubscribeMessage, UnsubscribeMessage } from '@trunkline/protocol'
import {
  EMPTY_DICT,
  isForRouter,
  matchPolicy,
  ON_GAP,
  PUBLISH,
  PUBLISHED,
  SUBSCRIBED,
  UNSUBSCRIBED,
  uris,
  faultIn,
} from '@trunkline/protocol'
import { sendError, sendLimitError } from '../state/answers.ts'
import type { ContractGuard } from '../state/contract-guard.ts'
import { sendContractFault } from '../state/contract-guard.ts'
import { publisherDetails, refusesDisclosure } from '../state/disclosure.ts'
import { Audience } from './eligibility.ts'
import type { Publication } from './event-delivery.ts'
import { EventDelivery, receiversOf } from './event-delivery.ts'
import type { EventHistory, StoredEvent } from '../state/stored-event.ts'
import { Histories } from './histories.ts'
import { noteLimit } from '../state/limits.ts'
import type { MetaEvents } from '../state/meta-events.ts'
import { checkPassthru, passthruOf } from '../state/passthru.ts'
import { ownerOf, shareOf } from '../state/owner.ts'
import { mayNest, MOST_NESTED } from '../matching/nested-prefixes.ts'
import { PatternIndex } from '../matching/pattern-index.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { KeptForms } from './kept-forms.ts'
import type { ReachedLimit } from './retention.ts'
import { RetainedEvents } from './retention.ts'
import { hashOf, keyHash } from '../state/sharding.ts'
import { newestOf, storedEvent } from '../state/stored-event.ts'
import type { Session } from '../state/session.ts'
import type { Subscription } from '../state/subscription.ts'
import { newSubscription } from '../state/subscription.ts'
import { entryOctets, TABLES_LIMIT } from '../state/table-share.ts'
import { RESERVED, uriFault } from '../matching/uri-check.ts'
import { WildcardBudget } from '../matching/wildcard-budget.ts'

export class Broker {
  readonly retained: RetainedEvents
  readonly #context: RealmContext
  readonly #meta: MetaEvents
  readonly #contracts: ContractGuard
  readonly #index = new PatternIndex<Subscription>()
  readonly #wildcards: WildcardBudget
  readonly #byId = new Map<number, Subscription>()
  #version = 0
  readonly #delivery: EventDelivery
  readonly #histories: Histories

  constructor(context: RealmContext, meta: MetaEvents, contracts: ContractGuard) {
    this.#contracts = contracts
    this.#context = context
    this.#meta = meta
    this.#delivery = new EventDelivery(context)
    this.#wildcards = new WildcardBudget(context.settings.limits.wildcardNodes)
    this.retained = new RetainedEvents(context)
    this.#histories = new Histories({
      open: (uri, match) => this.#index.get(match, uri) ?? this.#create(uri, match),
      release: (subscription) => this.#dropUnused(subscription),
    })
    this.#histories.follow(context.settings.topicSettings)
  }

  /** Applies changed settings of the realm. */
  followSettings(): void {
    const { topicSettings } = this.#context.settings
    this.#histories.follow(topicSettings)
    this.retained.follow((topic) => topicSettings.retention(topic))
  }

  /** The subscriptions, by id; for the meta API and for tests. */
  get subscriptions(): ReadonlyMap<number, Subscription> {
    return this.#byId
  }

  /** Changes whenever a subscription is created or deleted. */
  get version(): number {
    return this.#version
  }

  get index(): Pick<PatternIndex<Subscription>, 'get' | 'size'> {
    return this.#index
  }

  subscribe(session: Session, message: SubscribeMessage): void {
    const subscription = this.#attach(session, message)
    if (subscription !== undefined && message.options['get_retained'] === true) this.#sendRetained(session, subscription)
  }

  unsubscribe(session: Session, message: UnsubscribeMessage): void {
    const { request, subscription: id } = message
    const subscription = session.subscriptions.get(id)
    if (subscription === undefined) return sendError(session, message, uris.NO_SUCH_SUBSCRIPTION)
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
    if (session.announced('subscriber', 'subscription_revocation')) {
      const details = { subscription: subscription.id, ...(reason !== undefined && { reason }) }
      session.link.send({ type: UNSUBSCRIBED, request: 0, details })
    }
    this.#detach(session, subscription)
  }

  /** @throws {ProtocolError} when the publisher uses payload passthru without having announced it, or uses its older form */
  publish(session: Session, message: PublishMessage): void {
    const { request, options, topic, payload } = message
    const { settings, ids, counters } = this.#context
    const isAcknowledged = options['acknowledge'] === true
    const refuse = (error: string, text?: string): void => {
      counters.publicationsRefused++
      if (isAcknowledged) sendError(session, message, error, text)
    }
    checkPassthru(session, 'publisher', options, payload)
    const exact = this.#index.exact(topic)
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
      const passing = { payload, isEncrypted: passthruOf(options) !== undefined, isLast: false }
      const fault = this.#contracts.refuses(contract, 'publish', passing, session)
      if (fault !== undefined) {
        counters.publicationsRefused++
        return isAcknowledged ? sendContractFault(session, message, fault) : undefined
      }
    }
    const audience = options === EMPTY_DICT ? undefined : Audience.of(options)
    const publication: Publication = {
      id: ids.random(),
      topic,
      key,
      payload,
      details: options === EMPTY_DICT && settings.trust === undefined ? EMPTY_DICT : this.#detailsOf(session, topic, options),
      excluded: options['exclude_me'] === false ? undefined : session,
      isEligible: audience && ((subscriber) => audience.isEligible(subscriber)),
      audience,
    }
    if (isAcknowledged) {
      const fault = this.#unencodableFor(publication, exact)
      if (fault !== undefined) return refuse(uris.INVALID_ARGUMENT, fault.message)
      const reached = options['retain'] === true ? this.#reachedBy(publication, session) : undefined
      if (reached !== undefined) return this.#refuseToRetain(session, request, reached)
      session.link.send({ type: PUBLISHED, request, publication: publication.id })
    }
    counters.publicationsRouted++
    if (options['retain'] === true) this.#retain(publication, session)
    this.#distribute(publication, exact)
  }

  /** Publishes in the name of the router, excluding no session. Patterns match only with the first component as a literal. */
  publishOwn(topic: string, payload: Payload | undefined): void {
    const exact = this.#index.exact(topic)
    if (exact === undefined && !this.#index.hasPatterns) return
    // A session that is leaving gets no more events, not even about its own subscriptions.
    const isEligible = ({ isMember }: Session): boolean => isMember
    const [id, details] = [this.#context.ids.random(), EMPTY_DICT]
    this.#distribute({ id, topic, key: undefined, payload, details, excluded: undefined, isEligible, audience: undefined }, exact)
  }

  /** The subscriptions that get a publication to a topic. */
  matching(topic: string): Subscription[] {
    const matching: Subscription[] = []
    this.#forEachSubscription(topic, this.#index.exact(topic), (subscription) => matching.push(subscription))
    return matching
  }

  /** Removes a session that leaves from all its subscriptions. */
  leave(session: Session): void {
    for (const subscription of session.subscriptions.values()) this.#detach(session, subscription)
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
  historyOf(subscription: Subscription): EventHistory | undefined {
    return this.#histories.of(subscription)
  }

  /** Notifies of gaps that no event has reported in time, and drops what has expired. Called about once a second. */
  tick(): void {
    const now = this.#context.clock.monotonic()
    this.retained.expire(now)
    this.#histories.expire(now)
    this.#delivery.tick()
    if (this.#delivery.gaps.isEmpty) return
    const notices = this.matching(ON_GAP)
    if (notices.length > 0) this.#delivery.notifyOfGaps(notices)
  }

  /** Adds a session to a subscription and answers; undefined when the SUBSCRIBE was refused. */
  #attach(session: Session, message: SubscribeMessage): Subscription | undefined {
    const { request, options, topic } = message
    const { settings } = this.#context
    const match = matchPolicy(options)
    const fault = uriFault(topic, match, settings)
    if (fault !== undefined) {
      sendError(session, message, uris.INVALID_URI, fault)
      return undefined
    }
    const existing = this.#index.get(match, topic)
    const node = typeof options['nkey'] === 'string' ? hashOf(options['nkey']) : undefined
    if (existing !== undefined && session.subscriptions.has(existing.id)) {
      if (existing.nodes?.get(session) !== node) {
        sendError(session, message, uris.INVALID_ARGUMENT, OTHER_NODE)
        return undefined
      }
      session.link.send({ type: SUBSCRIBED, request, subscription: existing.id })
      return existing
    }
    const reached = this.#reachedBySubscribing(session, topic, match, existing)
    if (reached !== undefined) {
      noteLimit(this.#context, session, ...reached)
      sendLimitError(session, message, ...reached)
      return undefined
    }
    if (existing === undefined && match === 'wildcard') this.#wildcards.add(topic, ownerOf(session))
    const subscription = existing ?? this.#create(topic, match, session.tables.owner)
    subscription.subscribers.add(session)
    if (node !== undefined) (subscription.nodes ??= new Map()).set(session, node)
    session.addSubscription(subscription)
    session.link.send({ type: SUBSCRIBED, request, subscription: subscription.id })
    if (existing === undefined) this.#meta.subscriptionCreated(session, subscription)
    this.#meta.subscribed(session, subscription)
    return subscription
  }

  /** The limit that one more subscription of a session would exceed, and its value. */
  #reachedBySubscribing(session: Session, uri: string, match: MatchPolicy, existing?: Subscription): [string, number] | undefined {
    const [{ subscriptions, wildcardNodes }, held] = [this.#context.settings.limits, session.subscriptions]
    if (held.size >= subscriptions) return ['subscriptions', subscriptions]
    if (match === 'prefix' && held.size >= MOST_NESTED && !mayNest(uri, held.values())) return ['nestedPrefixes', MOST_NESTED]
    if (!session.tables.hasRoom(existing === undefined ? uri : '')) return TABLES_LIMIT
    const hasRoom = match !== 'wildcard' || existing !== undefined || this.#wildcards.hasRoom(uri, ownerOf(session))
    return hasRoom ? undefined : ['wildcardNodes', wildcardNodes]
  }

  #create(topic: string, match: MatchPolicy, owner?: string): Subscription {
    const { ids, clock } = this.#context
    const subscription = newSubscription(ids.sequential(), topic, match, clock.now())
    subscription.owner = owner
    if (owner !== undefined) this.#context.tableTotal.add(owner, entryOctets(topic))
    this.#index.set(match, topic, subscription)
    this.#byId.set(subscription.id, subscription)
    this.#version++
    return subscription
  }

  #detach(session: Session, subscription: Subscription): void {
    subscription.subscribers.delete(session)
    if (subscription.nodes?.delete(session) === true && subscription.nodes.size === 0) subscription.nodes = undefined
    this.#delivery.gaps.end(subscription, session)
    session.removeSubscription(subscription)
    const isLast = this.#dropUnused(subscription)
    this.#meta.unsubscribed(session, subscription)
    if (isLast) this.#meta.subscriptionDeleted(session, subscription)
  }

  /** Deletes a subscription without subscribers and history; returns whether it did. */
  #dropUnused(subscription: Subscription): boolean {
    if (subscription.subscribers.size > 0 || subscription.history !== undefined) return false
    this.#index.delete(subscription.match, subscription.uri)
    if (subscription.match === 'wildcard') this.#wildcards.remove(subscription.uri)
    if (subscription.owner !== undefined) this.#context.tableTotal.add(subscription.owner, -entryOctets(subscription.uri))
    this.#byId.delete(subscription.id)
    this.#version++
    return true
  }

  #forEachSubscription(topic: string, exact: Subscription | undefined, visit: (subscription: Subscription) => void): void {
    if (exact !== undefined) visit(exact)
    if (!this.#index.hasPatterns) return
    const isGuarded = isForRouter(topic)
    this.#index.forEachPattern(topic, (subscription) => {
      // Meta events go only to patterns that name them: else a subscription to everything would reveal the sessions of the realm.
      if (!isGuarded || isForRouter(subscription.uri)) visit(subscription)
    })
  }

  #distribute(publication: Publication, exact: Subscription | undefined): void {
    if (exact !== undefined) this.#deliver(publication, exact)
    if (this.#index.hasPatterns)
      this.#forEachSubscription(publication.topic, undefined, (subscription) => this.#deliver(publication, subscription))
  }

  #deliver(publication: Publication, subscription: Subscription): void {
    if (subscription.history !== undefined) this.#remember(publication, subscription.history)
    this.#delivery.deliver(publication, subscription)
  }

  /** Details that every EVENT carries: the publisher, its trust level, and the attributes of payload passthru. */
  #detailsOf(session: Session, topic: string, options: Dict): Dict {
    const isDisclosed = options['disclose_me'] === true
    const level = session.isInternal ? undefined : this.#context.settings.trust?.levelOf(topic, session.identity.authrole)
    const passthru = passthruOf(options)
    if (!isDisclosed && level === undefined && passthru === undefined) return EMPTY_DICT
    return { ...(isDisclosed && publisherDetails(session)), ...(level !== undefined && { trustlevel: level }), ...passthru }
  }

  /** Keeps a publication, unless its audience names session ids: later sessions have others (specification: "Event History"). */
  #remember(publication: Publication, history: EventHistory): void {
    if (publication.audience?.namesSessions !== true) history.append(this.#stored(publication))
  }

  /** The limit that a publication to be retained would exceed; undefined where it has room, or its topic retains none. */
  #reachedBy(publication: Publication, session: Session): ReachedLimit | undefined {
    if (!this.#mayRetain(publication.topic)) return undefined
    return this.retained.reached(this.#stored(publication), shareOf(session))
  }

  /** Answers a publisher that wants an acknowledgement. The event is not published: later subscribers would miss it. */
  #refuseToRetain(session: Session, request: number, { limit, value }: ReachedLimit): void {
    this.#context.counters.publicationsRefused++
    noteLimit(this.#context, session, limit, value)
    sendLimitError(session, { type: PUBLISH, request }, limit, value)
  }

  #retain(publication: Publication, session: Session): void {
    const rule = this.#context.settings.topicSettings.retention(publication.topic)
    if (!this.#mayRetain(publication.topic)) return
    const ageMs = typeof rule === 'object' ? rule.ageMs : undefined
    const reached = this.retained.keep(this.#stored(publication), shareOf(session), ageMs)
    if (reached === undefined) return
    this.#context.counters.eventsNotRetained++
    noteLimit(this.#context, session, reached.limit, reached.value)
  }

  #mayRetain(topic: string): boolean {
    return this.#context.settings.topicSettings.retention(topic) !== false && !isForRouter(topic)
  }

  #sendRetained(session: Session, subscription: Subscription): void {
    const { clock, settings } = this.#context
    const { retainedAtOnce, retainedBytesAtOnce } = settings.limits
    const events = this.retained.matching(subscription.match, subscription.uri, session, clock.monotonic())
    const newest = newestOf(events, retainedAtOnce, retainedBytesAtOnce, session.link.format)
    const tooMany = events.length - newest.length
    if (tooMany > 0) this.#delivery.gaps.add(subscription, session, tooMany)
    const retainedOf = (topic: string): StoredEvent | undefined => this.retained.matching('exact', topic, session, clock.monotonic())[0]
    this.#delivery.deliverRetained(newest, subscription, session, retainedOf)
  }

  /** The publication in the form that is kept; made once for all stores. */
  #stored(publication: Publication): StoredEvent {
    return (publication.stored ??= storedEvent(publication, publication.audience?.kept, this.#context.clock))
  }

  /** Why a receiver's serializer cannot hold the payload; checked before PUBLISHED confirms the publication. */
  #unencodableFor(publication: Publication, exact: Subscription | undefined): PayloadError | undefined {
    const { payload, topic, excluded, isEligible } = publication
    if (payload === undefined) return undefined
    let fault: PayloadError | undefined
    this.#forEachSubscription(topic, exact, (subscription) => {
      for (const subscriber of receiversOf(publication, subscription)) {
        if (subscriber === excluded || (isEligible !== undefined && !isEligible(subscriber))) continue
        fault ??= faultIn(payload, subscriber.link.format)
      }
    })
    return fault
  }
}

const OTHER_NODE = 'this session has this subscription already, with another nkey or without one'
const BAD_KEY = 'rkey must be a string or an integer'
