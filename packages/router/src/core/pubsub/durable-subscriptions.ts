// The durable subscriptions of a realm, by name: they come back from the store when the realm begins, sessions subscribe by their names and
// leave, and acknowledge events. Reads and sends no event itself.

import type { Dict, EventReceivedMessage, MatchPolicy, SubscribeMessage, UriPattern } from '@trunkline/protocol'
import { DURABLE, EPOCH, NOT_STORED, POSITION, SUBSCRIBED, uris } from '@trunkline/protocol'
import { PatternIndex } from '../matching/pattern-index.ts'
import type { DurableConsumer } from '../ports/event-store.ts'
import { sendLimitError } from '../state/answers.ts'
import type { OpenEvent, Receiver } from '../state/durable-subscription.ts'
import { DurableSubscription, sentUpTo } from '../state/durable-subscription.ts'
import type { Reached } from '../state/limits.ts'
import { noteLimit } from '../state/limits.ts'
import type { MetaEvents } from '../state/meta-events.ts'
import { ownerOf } from '../state/owner.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { Session } from '../state/session.ts'
import type { Subscription } from '../state/subscription.ts'
import { subscriberOctets } from '../state/table-share.ts'
import type { Asking } from './durable-asking.ts'
import { deadLetterFault, faultOf, NOT_COVERED, refuse } from './durable-asking.ts'
import type { DurableDelivery } from './durable-delivery.ts'
import type { DurableRequest, Receipt } from './durable-request.ts'
import { receiptIn, settingsOf } from './durable-request.ts'
import type { DurableSaving } from './durable-saving.ts'
import type { DurableTopics } from './durable-topics.ts'
import type { EventDelivery } from './event-delivery.ts'
import type { InFlight } from './in-flight.ts'
import type { SubscriptionTable } from './subscription-table.ts'

/** What they need from their realm. */
export interface DurableSubscriptionParts {
  readonly topics: DurableTopics
  readonly table: SubscriptionTable
  readonly delivery: DurableDelivery
  readonly inFlight: InFlight
  readonly saving: DurableSaving
  readonly gaps: EventDelivery['gaps']
  readonly meta: MetaEvents
  /** Asks whether a session may publish to a topic. */
  mayPublish(session: Session, topic: string, then: (isAllowed: boolean) => void): void
  /** Takes a subscription from a session, and tells it why. */
  revoke(session: Session, subscription: Subscription, reason: string): void
}

export class DurableSubscriptions {
  readonly #context: RealmContext
  readonly #parts: DurableSubscriptionParts
  readonly #byName = new Map<string, DurableSubscription>()
  readonly #byTopic = new PatternIndex<Set<DurableSubscription>>()
  /** Those of each session, by subscription id. */
  readonly #bySession = new Map<Session, Map<number, DurableSubscription>>()
  /** Those that are being made: who waits for them. */
  readonly #coming = new Map<string, Asking[]>()
  /** Waits for what the store has; undefined when it is here. */
  #waiting: (() => void)[] | undefined
  #hasLoaded = false
  /** What the store has cannot be read. */
  #isUnreadable = false

  constructor(context: RealmContext, parts: DurableSubscriptionParts) {
    this.#context = context
    this.#parts = parts
    this.follow()
  }

  /** Whether those that the store has are here. */
  get isLoaded(): boolean {
    return this.#waiting === undefined
  }

  /** Calls back when those that the store has are here; in this turn where they are. */
  whenLoaded(then: () => void): void {
    if (this.#waiting === undefined) then()
    else this.#waiting.push(then)
  }

  /** By name. */
  get all(): ReadonlyMap<string, DurableSubscription> {
    return this.#byName
  }

  get inFlight(): number {
    return this.#parts.inFlight.size
  }

  /** Applies the rules of the realm: who subscribes to topics that are durable no more is told so. */
  follow(): void {
    this.#load()
    for (const { subscription, receivers } of this.#byName.values()) {
      if (this.#parts.topics.cover(subscription)) continue
      for (const session of [...receivers.keys()]) this.#parts.revoke(session, subscription, NOT_COVERED)
    }
  }

  /** An event of a durable topic was delivered. */
  delivered(topic: string): void {
    if (this.#byName.size === 0) return
    const exact = this.#byTopic.exact(topic)
    if (exact !== undefined) this.#wakeAll(exact)
    if (this.#byTopic.hasPatterns) this.#byTopic.forEachPattern(topic, (those) => this.#wakeAll(those))
  }

  #wakeAll(those: ReadonlySet<DurableSubscription>): void {
    for (const durable of those) {
      durable.count()
      if (durable.receivers.size > 0) this.#parts.delivery.wake(durable)
    }
  }

  /** A SUBSCRIBE whose topic and right were checked. */
  subscribe(session: Session, message: SubscribeMessage, match: MatchPolicy, wanted: DurableRequest): void {
    const filter = { match, uri: message.topic }
    const asking: Asking = { session, message, wanted, filter, changes: session.rightsChanges }
    const { topics } = this.#parts
    if (topics.store === undefined || !topics.cover(filter)) return refuse(asking, uris.INVALID_ARGUMENT, NOT_COVERED)
    this.whenLoaded(() => this.#goOn(asking, () => this.#decide(asking)))
  }

  #decide(asking: Asking): void {
    const { session, wanted, filter } = asking
    if (this.#isUnreadable) return refuse(asking, uris.UNAVAILABLE, 'the durable subscriptions of the realm cannot be read')
    const durable = this.#byName.get(wanted.name)
    const coming = this.#coming.get(wanted.name)
    if (coming !== undefined) return void coming.push(asking)
    const fault = durable === undefined ? deadLetterFault(wanted, filter) : faultOf(asking, durable)
    if (fault !== undefined) return refuse(asking, ...fault)
    const topic = durable?.settings.deadLetters ?? wanted.given.deadLetters
    if (topic === undefined || session.isInternal) return this.#take(asking)
    this.#parts.mayPublish(session, topic, (isAllowed) => {
      if (!isAllowed) refuse(asking, uris.NOT_AUTHORIZED, `publish ${topic}`)
      else this.#goOn(asking, () => this.#take(asking))
    })
  }

  /** Goes on with a SUBSCRIBE in a later turn, unless it has become void. */
  #goOn(asking: Asking, then: () => void): void {
    const { session, changes } = asking
    if (!session.isMember) return
    if (session.rightsChanges === changes) then()
    else refuse(asking, uris.UNAVAILABLE, 'the rights of the session have changed meanwhile: ask again')
  }

  #take(asking: Asking): void {
    const { name } = asking.wanted
    const durable = this.#byName.get(name)
    const coming = this.#coming.get(name)
    if (durable !== undefined) this.#attach(asking, durable, false)
    else if (coming !== undefined) coming.push(asking)
    else this.#create(asking)
  }

  // ---- making one

  #create(asking: Asking): void {
    const { session, wanted, message } = asking
    const reached = this.#reachedBy(asking) ?? this.#tooMany(ownerOf(session))
    if (reached !== undefined) {
      noteLimit(this.#context, session, reached)
      return sendLimitError(session, message, ...reached)
    }
    this.#coming.set(wanted.name, [asking])
    if (wanted.from === 'now') return this.#keep(asking, this.#parts.topics.delivered)
    this.#findOldest(asking.filter, (before) => {
      if (before === undefined) this.#failedToMake(asking, uris.UNAVAILABLE, 'the store cannot be read')
      else this.#keep(asking, before)
    })
  }

  #keep(asking: Asking, acked: number): void {
    const { session, wanted, filter } = asking
    const kept: DurableConsumer = {
      name: wanted.name,
      filter,
      principal: ownerOf(session),
      settings: settingsOf(wanted.given),
      created: this.#context.clock.now(),
      isPaused: false,
      acked,
      ackedAbove: [],
      attempts: new Map(),
    }
    this.#parts.topics.store?.saveConsumer(kept, (failure) => {
      this.#context.scheduler.defer(() => {
        if (failure !== undefined) return this.#failedToMake(asking, NOT_STORED, 'the store did not keep the durable subscription')
        const waiting = this.#coming.get(wanted.name) ?? []
        this.#coming.delete(wanted.name)
        this.#made(this.#add(kept), asking, waiting)
      })
    })
  }

  #made(durable: DurableSubscription, first: Asking, waiting: readonly Asking[]): void {
    this.#goOn(first, () => this.#attach(first, durable, true))
    for (const asking of waiting) if (asking !== first) this.#goOn(asking, () => this.#decide(asking))
  }

  #failedToMake(asking: Asking, error: string, text: string): void {
    const waiting = this.#coming.get(asking.wanted.name) ?? []
    this.#coming.delete(asking.wanted.name)
    for (const each of waiting) refuse(each, error, text)
  }

  #tooMany(owner: string): Reached | undefined {
    const { durableSubscriptions, durableSubscriptionsPerUser } = this.#context.settings.limits
    if (this.#byName.size + this.#coming.size >= durableSubscriptions) return ['durableSubscriptions', durableSubscriptions]
    let own = 0
    for (const { principal } of this.#byName.values()) if (principal === owner) own++
    for (const [asking] of this.#coming.values()) if (asking !== undefined && ownerOf(asking.session) === owner) own++
    return own >= durableSubscriptionsPerUser ? ['durableSubscriptionsPerUser', durableSubscriptionsPerUser] : undefined
  }

  #add(kept: DurableConsumer): DurableSubscription {
    const { match, uri } = kept.filter
    const subscription = this.#parts.table.createNamed(uri, match)
    const durable = new DurableSubscription(subscription, kept, this.#parts.topics.delivered)
    this.#byName.set(kept.name, durable)
    const alike = this.#byTopic.get(match, uri) ?? new Set()
    this.#byTopic.set(match, uri, alike.add(durable))
    return durable
  }

  // ---- sessions

  #reachedBy({ session, filter }: Asking): Reached | undefined {
    const { subscriptions } = this.#context.settings.limits
    if (session.subscriptions.size >= subscriptions) return ['subscriptions', subscriptions]
    return session.tables.hasRoom(undefined, subscriberOctets(filter.match)) ? undefined : session.tables.limit
  }

  #attach(asking: Asking, durable: DurableSubscription, isNew: boolean): void {
    const { session, message } = asking
    const { subscription, receivers } = durable
    if (receivers.has(session)) return this.#answer(asking, durable, false)
    const reached = this.#reachedBy(asking)
    if (reached !== undefined) {
      noteLimit(this.#context, session, reached)
      return sendLimitError(session, message, ...reached)
    }
    const receiver: Receiver = { session, held: new Map(), inFlight: 0, isFull: false }
    receivers.set(session, receiver)
    const named = this.#bySession.get(session) ?? new Map<number, DurableSubscription>()
    this.#bySession.set(session, named.set(subscription.id, durable))
    subscription.subscribers.add(session)
    session.addSubscription(subscription)
    this.#answer(asking, durable, isNew)
    if (isNew) this.#parts.meta.subscriptionCreated(session, subscription)
    this.#parts.meta.subscribed(session, subscription)
    this.#parts.delivery.wake(durable)
  }

  #answer({ session, message: { request } }: Asking, durable: DurableSubscription, isNew: boolean): void {
    const { subscription, name, waiting, isPaused, acked } = durable
    const state: Dict = { name, waiting, ...(isNew && { created: true }), ...(isPaused && { paused: true }) }
    const details: Dict = { [DURABLE]: state, [EPOCH]: this.#parts.topics.store?.epoch, [POSITION]: acked }
    session.link.send({ type: SUBSCRIBED, request, subscription: subscription.id, details })
  }

  /** A session has left a durable subscription: what was in flight to it goes to others, or waits. */
  detach(session: Session, subscription: Subscription): void {
    const named = this.#bySession.get(session)
    const durable = named?.get(subscription.id)
    const receiver = durable?.receivers.get(session)
    if (durable === undefined || receiver === undefined) return
    const { receivers } = durable
    receivers.delete(session)
    named?.delete(subscription.id)
    if (named?.size === 0) this.#bySession.delete(session)
    subscription.subscribers.delete(session)
    this.#parts.gaps.end(subscription, session)
    session.removeSubscription(subscription)
    for (const open of receiver.held.values()) if (open.state === 'sent') this.#parts.delivery.giveBack(durable, open)
    receiver.held.clear()
    this.#parts.meta.unsubscribed(session, subscription)
    if (receivers.size === 0) this.#parts.saving.save(durable)
    this.#parts.delivery.wake(durable)
  }

  /** An EVENT_RECEIVED. @returns whether it was about an event of a durable subscription */
  received(session: Session, { publication, details }: EventReceivedMessage): boolean {
    const named = this.#bySession.get(session)
    if (named === undefined) return false
    const receipt = receiptIn(details)
    for (const [id, durable] of named) {
      if (receipt.subscription !== undefined && receipt.subscription !== id) continue
      const receiver = durable.receivers.get(session)
      const open = receiver?.held.get(publication)
      if (receiver === undefined || open === undefined) continue
      this.#receive(durable, receiver, open, receipt)
      return true
    }
    // One that acknowledges all events does so for others too.
    if (!session.acknowledgesEvents) this.#context.counters.durableLate++
    return false
  }

  #receive(durable: DurableSubscription, receiver: Receiver, open: OpenEvent, { isUpTo, isAgain, afterMs }: Receipt): void {
    const { delivery, saving } = this.#parts
    const meant = isUpTo ? sentUpTo(open, receiver) : [open]
    for (const each of meant) {
      if (!isAgain && each.state !== 'ending') delivery.settle(durable, each)
      else if (isAgain && each.state === 'sent') delivery.giveBack(durable, each, afterMs)
    }
    saving.note(durable)
    delivery.wake(durable)
  }

  // ---- what their owners and operators do

  /** Stops sending, or goes on. */
  pause(durable: DurableSubscription, isPaused: boolean): void {
    durable.isPaused = isPaused
    this.#changed(durable)
  }

  /** Begins anew behind a position; what was acknowledged after it is sent again. */
  seek(durable: DurableSubscription, position: number): void {
    const { delivery, topics } = this.#parts
    delivery.forget(durable)
    durable.seek(Math.min(position, topics.delivered), topics.delivered)
    this.#changed(durable)
  }

  /** The same with the oldest event that is kept. @param done called in a later turn: whether the store could tell which that is */
  seekOldest(durable: DurableSubscription, done: (isDone: boolean) => void): void {
    const { match, uri } = durable.subscription
    this.#findOldest({ match, uri }, (before) => {
      if (before !== undefined && !durable.isDeleted) this.seek(durable, before)
      done(before !== undefined)
    })
  }

  /** @param then gets the position before the oldest event that is kept; undefined where the store cannot tell */
  #findOldest(filter: UriPattern, then: (before: number | undefined) => void): void {
    const { store } = this.#parts.topics
    // A page without events tells it too, and none is looked for.
    store?.read({ filter, first: 'oldest', from: store.last, most: 1, mostBytes: 1 }, (page) => {
      this.#context.scheduler.defer(() => then('error' in page ? undefined : page.dropped))
    })
  }

  #changed(durable: DurableSubscription): void {
    durable.changes++
    this.#parts.saving.save(durable)
    this.#parts.delivery.wake(durable)
  }

  /** Ends one: who has subscribed by its name is told so. @param done called when the store has forgotten it, or could not */
  delete(durable: DurableSubscription, by: Session, done: (isDone: boolean) => void): void {
    const { delivery, meta, table, topics } = this.#parts
    const { name, subscription, receivers } = durable
    delivery.forget(durable)
    durable.isDeleted = true
    for (const session of [...receivers.keys()]) this.#parts.revoke(session, subscription, 'the durable subscription was deleted')
    this.#byName.delete(name)
    const { match, uri } = subscription
    const alike = this.#byTopic.get(match, uri)
    alike?.delete(durable)
    if (alike?.size === 0) this.#byTopic.delete(match, uri)
    table.deleteNamed(subscription)
    meta.subscriptionDeleted(by, subscription)
    topics.store?.removeConsumer(name, (failure) => this.#context.scheduler.defer(() => done(failure === undefined)))
  }

  /** Saves what has changed, and goes on where something had failed or had no room. Called about once a second. */
  tick(): void {
    if (this.#byName.size === 0) return
    this.#parts.delivery.tick()
    for (const durable of this.#byName.values()) {
      this.#parts.saving.save(durable)
      if (durable.receivers.size > 0) this.#parts.delivery.wake(durable)
    }
  }

  // ---- the store

  /** Once, when a topic is durable for the first time. */
  #load(): void {
    const { store } = this.#parts.topics
    if (this.#hasLoaded || store === undefined) return
    this.#hasLoaded = true
    this.#waiting = []
    store.consumers((answer) => {
      this.#context.scheduler.defer(() => {
        if ('error' in answer) this.#cannotRead(answer.error)
        else for (const kept of answer.consumers) this.#add(kept)
        const waiting = this.#waiting ?? []
        this.#waiting = undefined
        for (const then of waiting) then()
      })
    })
  }

  #cannotRead(reason: string): void {
    this.#isUnreadable = true
    this.#context.log.error('durable subscriptions cannot be read', { area: 'store', realm: this.#context.name, reason })
  }
}
