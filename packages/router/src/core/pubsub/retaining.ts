// Which publications are retained, how, and who gets them at SUBSCRIBE; those of durable topics come back from the store when the realm
// begins. Keeps none itself.

import type { MatchPolicy, PublishMessage } from '@trunkline/protocol'
import { isForRouter, uris } from '@trunkline/protocol'
import { sendLimitError } from '../state/answers.ts'
import { noteLimit } from '../state/limits.ts'
import { shareOf } from '../state/owner.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { RetainedStamp } from '../state/realm-cluster.ts'
import { noteRefusal } from '../state/refusals.ts'
import type { Session } from '../state/session.ts'
import type { StoredEvent } from '../state/stored-event.ts'
import { newestOf, storedEvent } from '../state/stored-event.ts'
import type { Subscription } from '../state/subscription.ts'
import type { DurableTopics } from './durable-topics.ts'
import type { EventDelivery, Publication } from './event-delivery.ts'
import type { ReachedLimit } from './retention.ts'
import type { WantedRetained } from './retained-turns.ts'
import { RetainedTurns } from './retained-turns.ts'
import { RetainedEvents } from './retention.ts'

export class Retaining {
  readonly events: RetainedEvents
  readonly #context: RealmContext
  readonly #delivery: Pick<EventDelivery, 'deliverRetained' | 'gaps'>
  readonly #durable: DurableTopics
  readonly #turns: RetainedTurns
  /** Waits for the events of the store; undefined when they are here. */
  #waiting: (() => void)[] | undefined
  #isLoaded = false

  constructor(context: RealmContext, delivery: Pick<EventDelivery, 'deliverRetained' | 'gaps'>, durable: DurableTopics) {
    this.#context = context
    this.#delivery = delivery
    this.#durable = durable
    this.events = new RetainedEvents(context)
    this.#turns = new RetainedTurns(context, { last: () => this.events.last, send: (wanted) => this.#send(wanted) })
    this.#load()
  }

  /** Applies the rules of the realm. */
  follow(): void {
    const { topicSettings } = this.#context.settings
    this.events.follow((topic) => topicSettings.retention(topic))
    this.#load()
  }

  /** Whether events of the store are still to come. */
  get isLoading(): boolean {
    return this.#waiting !== undefined
  }

  /** Calls back when the events of the store are here; in this turn where they are. */
  whenLoaded(then: () => void): void {
    if (this.#waiting === undefined) then()
    else this.#waiting.push(then)
  }

  mayRetain(topic: string): boolean {
    return this.#context.settings.topicSettings.retention(topic) !== false && !isForRouter(topic)
  }

  /** The limit that a publication to be retained would exceed; undefined where it has room, or its topic retains none. */
  reachedBy(publication: Publication, session: Session): ReachedLimit | undefined {
    if (!this.mayRetain(publication.topic)) return undefined
    return this.events.reached(this.stored(publication), shareOf(session))
  }

  /** Answers a publisher that wants an acknowledgement. The event is not published: later subscribers would miss it. */
  refuse(session: Session, message: PublishMessage, { limit, value }: ReachedLimit): void {
    noteRefusal(this.#context, session, message, { error: uris.LIMIT_EXCEEDED })
    noteLimit(this.#context, session, [limit, value], message.options)
    sendLimitError(session, message, limit, value)
  }

  /** @returns how other nodes are to retain it; undefined where the topic retains none */
  retain(publication: Publication, session: Session, stamp: number | undefined): RetainedStamp | undefined {
    const { topic, excluded } = publication
    if (!this.mayRetain(topic)) return undefined
    const owner = shareOf(session)
    const reached = this.events.keep(this.stored(publication), { owner, ageMs: this.#ageOf(topic), stamp })
    if (reached !== undefined) {
      this.#context.counters.eventsNotRetained++
      noteLimit(this.#context, session, [reached.limit, reached.value])
    }
    return stamp === undefined ? undefined : { stamp, excluded: excluded?.id ?? 0, owner }
  }

  /** Retains an event of another node, as the rules of here say. */
  keep(publication: Publication, { owner, stamp }: RetainedStamp): void {
    const { topic } = publication
    if (!this.mayRetain(topic)) return
    const reached = this.events.keep(this.stored(publication), { owner, ageMs: this.#ageOf(topic), stamp })
    if (reached !== undefined) this.#context.counters.eventsNotRetained++
  }

  /** Drops retained events here; returns how many topics had any. */
  clear(match: MatchPolicy, uri: string): number {
    const { cluster } = this.#context
    const stamp = cluster?.stamp()
    if (stamp !== undefined) cluster?.cleared(match, uri, stamp)
    return this.events.clear(match, uri, stamp)
  }

  /** Sends a subscriber the events that are retained for it; later where its owner has had too much of the router's time. */
  send(session: Session, subscription: Subscription): void {
    this.#turns.send(session, subscription)
  }

  /** A session has no longer a subscription. */
  forget(session: Session, subscription: Subscription): void {
    this.#turns.forget(session, subscription)
  }

  #send({ session, subscription, last }: WantedRetained): void {
    const { clock, settings } = this.#context
    const { retainedAtOnce, retainedBytesAtOnce } = settings.limits
    const { events, all } = this.events.matching(subscription, retainedAtOnce, session, { now: clock.monotonic(), last })
    const newest = newestOf(events, retainedAtOnce, retainedBytesAtOnce, session.link.format)
    const tooMany = all - newest.length
    if (tooMany > 0) this.#delivery.gaps.add(subscription, session, tooMany)
    const retainedOf = (topic: string): StoredEvent | undefined => this.events.newest(topic, session, clock.monotonic())
    this.#delivery.deliverRetained(newest, subscription, session, retainedOf)
  }

  /** The publication in the form that is kept; made once for all stores. */
  stored(publication: Publication): StoredEvent {
    return (publication.stored ??= storedEvent(publication, publication.audience?.kept, this.#context.clock))
  }

  #ageOf(topic: string): number | undefined {
    const rule = this.#context.settings.topicSettings.retention(topic)
    return typeof rule === 'object' ? rule.ageMs : undefined
  }

  /** Once, when a topic is durable for the first time. */
  #load(): void {
    if (this.#isLoaded || this.#durable.store === undefined) return
    this.#isLoaded = true
    this.#waiting = []
    this.#loadAfter('')
  }

  #loadAfter(from: string): void {
    const query = { filter: { match: 'prefix', uri: '' }, from, most: MOST_EVENTS, mostBytes: MOST_OCTETS } as const
    this.#durable.store?.retained(query, (answer) => {
      this.#context.scheduler.defer(() => {
        if ('error' in answer) return this.#loaded(answer.error)
        for (const kept of answer.events) {
          const { topic, owner, position } = kept
          if (this.#durable.logOf(topic) === undefined || !this.mayRetain(topic)) continue
          const event = this.#durable.storedOf(kept, this.#durable.audienceOf(kept))
          // Older than whatever is published now.
          this.events.keep(event, { owner, ageMs: this.#ageOf(topic), stamp: position - Number.MAX_SAFE_INTEGER })
        }
        if (answer.isLast) this.#loaded()
        else this.#loadAfter(answer.next)
      })
    })
  }

  #loaded(error?: string): void {
    const { log, name } = this.#context
    if (error !== undefined) log.error('retained events cannot be read', { area: 'store', realm: name, reason: error })
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const then of waiting) then()
  }
}

/** Of one page. */
const MOST_EVENTS = 256
const MOST_OCTETS = 256 * 1024
