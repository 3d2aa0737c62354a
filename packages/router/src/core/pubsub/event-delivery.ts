// Delivers one publication to the subscribers of one subscription: makes the EVENT, filters, sends. The broker finds the matching
// subscriptions.

import type { Dict, Payload } from '@trunkline/protocol'
import { EncodedMessage, EVENT, GAP, REDELIVERED } from '@trunkline/protocol'
import { EarlyEvents } from './early-events.ts'
import type { Audience, Eligibility } from './eligibility.ts'
import { Gaps } from './gaps.ts'
import { tableKey } from '../matching/table-key.ts'
import type { Delivery, SendOutcome } from '../ports/link.ts'
import type { Winners } from '../state/realm-cluster.ts'
import type { RealmContext } from '../state/realm-context.ts'
import { receiversFor, receiversOn } from '../state/sharding.ts'
import type { StoredEvent } from '../state/stored-event.ts'
import type { KeptForms, WaitingForForm } from '../state/kept-forms.ts'
import { noteLength } from '../state/stored-event.ts'
import type { Session } from '../state/session.ts'
import type { PendingSubscriber, Subscription } from '../state/subscription.ts'

/** A publication during its delivery. */
export interface Publication {
  readonly id: number
  readonly topic: string
  /** The hash of its `rkey`, if it has one. */
  readonly key: number | undefined
  /** In a cluster, of a publication with a key: who of those that share events gets it. One of another node has no `key`. */
  winners?: Winners | undefined
  readonly payload: Payload | undefined
  /** Details that every EVENT of it carries. */
  readonly details: Dict
  /** The session that must not receive it; of a publication of another node it is not here. */
  readonly excluded: { readonly id: number } | undefined
  readonly isEligible: Eligibility | undefined
  /** The lists of its receivers, for what is kept; undefined where there are none. */
  readonly audience: Audience | undefined
  /** The form that is kept; made on first use. */
  stored?: StoredEvent | undefined
  /** It is of another node, and retained. */
  readonly isRetained?: boolean
}

/** The subscribers that a publication goes to, before exclusion and eligibility apply. */
export function receiversOf(publication: Publication, { id, subscribers, nodes }: Subscription): ReadonlySet<Session> {
  const { key, winners, excluded, isEligible } = publication
  if (nodes === undefined) return subscribers
  if (winners !== undefined) return receiversOn(subscribers, nodes, winners.get(id))
  if (key === undefined) return subscribers
  // One that leaves in several turns may be among them still.
  const mayReceive = (each: Session): boolean => each !== excluded && each.isMember && isEligible?.(each) !== false
  return receiversFor(subscribers, nodes, key, mayReceive)
}

/** A subscriber that has its SUBSCRIBED just now. */
interface EarlySubscriber {
  readonly pending: PendingSubscriber
  readonly getsRetained: boolean
}

/** What an offered event has besides what was kept. */
interface Offer {
  readonly more: Dict | undefined
  readonly delivery: Delivery | undefined
}

type RetainedOf = (topic: string) => StoredEvent | undefined

export class EventDelivery {
  readonly gaps: Gaps
  readonly early = new EarlyEvents<Publication>()
  readonly forms: KeptForms
  readonly #context: RealmContext

  constructor(context: RealmContext) {
    this.gaps = new Gaps(context)
    this.forms = context.forms
    this.#context = context
  }

  /** Sends a publication to all subscribers of a matching subscription that may receive it. */
  deliver(publication: Publication, subscription: Subscription): void {
    if (subscription.pending !== undefined && publication.winners !== undefined)
      this.#keepEarly(publication, subscription, publication.winners)
    this.#deliverTo(receiversOf(publication, subscription), publication, subscription)
    subscription.publications++
  }

  /** Delivers what has waited for the SUBSCRIBED of a subscriber. @param getsRetained it gets those that are retained besides */
  deliverEarly(subscriber: Session, subscription: Subscription, { pending, getsRetained }: EarlySubscriber): void {
    const { events, missed } = this.early.take(pending)
    for (const event of events) if (!getsRetained || event.isRetained !== true) this.#deliverTo(new Set([subscriber]), event, subscription)
    if (missed > 0) this.gaps.add(subscription, subscriber, missed)
  }

  /** Only where none that has its SUBSCRIBED gets it: the `nkey` is new. */
  #keepEarly(publication: Publication, { id, nodes, pending }: Subscription, winners: Winners): void {
    const winner = winners.get(id)
    if (winner === undefined || [...(nodes?.values() ?? [])].includes(winner)) return
    for (const subscriber of pending?.values() ?? []) if (subscriber.node === winner) this.early.add(subscriber, publication)
  }

  #deliverTo(receivers: ReadonlySet<Session>, publication: Publication, subscription: Subscription): void {
    const { excluded, isEligible } = publication
    const details = subscription.match === 'exact' ? publication.details : { ...publication.details, topic: publication.topic }
    const event = new EncodedMessage({
      type: EVENT,
      subscription: subscription.id,
      publication: publication.id,
      details,
      payload: publication.payload,
    })
    const delivery = this.#deliveryOf(subscription, publication.topic)
    let asking: EncodedMessage | undefined
    let sent = 0
    for (const subscriber of receivers) {
      if (subscriber === excluded || (isEligible !== undefined && !isEligible(subscriber))) continue
      const message = subscriber.acknowledgesEvents ? (asking ??= askingForReceipt(event)) : event
      const outcome =
        subscription.gaps === undefined
          ? subscriber.link.sendEvent(message, delivery)
          : this.#sendAfterGap(message, delivery, subscription, subscriber)
      if (outcome === 'queued') sent++
      else this.#noteLoss(subscription, subscriber, outcome)
    }
    subscription.deliveries += sent
    this.#context.counters.eventsSent += sent
  }

  /**
   * Sends retained events to one subscriber that may receive them (specification: "Event Retention"). An event known to be refused is
   * not encoded; after one found no room in the queue, events of unknown length are refused without encoding them. One that would
   * have to be converted beyond the rate of the subscriber's owner waits, and is sent if it is still retained then.
   * @param retainedOf the event of a topic that the subscriber would get now
   */
  deliverRetained(events: readonly StoredEvent[], subscription: Subscription, subscriber: Session, retainedOf: RetainedOf): void {
    let isFull = false
    for (const kept of events) {
      const refusal = refusalOf(kept, subscriber, isFull)
      if (refusal === undefined && !this.forms.mayTake(kept, subscriber)) {
        const wait = this.#later(kept, subscription, subscriber, retainedOf)
        if (!this.forms.wait(wait)) this.#noteLoss(subscription, subscriber, 'full')
        continue
      }
      const delivery = refusal === undefined ? this.#deliveryOf(subscription, kept.topic) : undefined
      const outcome: SendOutcome = refusal ?? this.#offer(kept, subscription, subscriber, { more: { retained: true }, delivery })
      isFull ||= outcome === 'full'
      if (outcome === 'queued') {
        subscription.deliveries++
        this.#context.counters.eventsSent++
      } else this.#noteLoss(subscription, subscriber, outcome)
    }
  }

  /** An event to be delivered later, unless another is retained then, which the subscriber got when it was published. Does not hold it. */
  #later({ topic, publication }: StoredEvent, subscription: Subscription, subscriber: Session, retainedOf: RetainedOf): WaitingForForm {
    const event = (): StoredEvent | undefined => {
      if (subscriber.subscriptions.get(subscription.id) !== subscription) return undefined
      const retained = retainedOf(topic)
      return retained?.publication === publication ? retained : undefined
    }
    const goOn = (): void => {
      const retained = event()
      if (retained !== undefined) this.deliverRetained([retained], subscription, subscriber, retainedOf)
    }
    return { subscriber, event, goOn }
  }

  /**
   * Sends an event of the store to one subscriber, unless its queue is full; counts it where it cannot be sent at all.
   * @param named of a durable subscription, whose events are never dropped from a queue: how often this one was sent before
   */
  deliverStored(kept: StoredEvent, subscription: Subscription, subscriber: Session, named?: { readonly attempts: number }): SendOutcome {
    const more = named !== undefined && named.attempts > 0 ? { [REDELIVERED]: named.attempts } : undefined
    const delivery = named === undefined ? this.#deliveryOf(subscription, kept.topic) : undefined
    const outcome = refusalOf(kept, subscriber, false) ?? this.#offer(kept, subscription, subscriber, { more, delivery })
    if (outcome === 'full' || outcome === 'closed') return outcome
    if (outcome === 'queued') {
      subscription.deliveries++
      this.#context.counters.eventsSent++
    } else this.#noteLoss(subscription, subscriber, outcome)
    return outcome
  }

  #offer(kept: StoredEvent, subscription: Subscription, subscriber: Session, { more, delivery }: Offer): SendOutcome {
    const { publication, topic } = kept
    const { format } = subscriber.link
    const details = { ...kept.details, ...more, ...(subscription.match !== 'exact' && { topic }) }
    const payload = this.forms.payloadOf(kept)
    const event = new EncodedMessage({ type: EVENT, subscription: subscription.id, publication, details, payload })
    const message = subscriber.acknowledgesEvents ? askingForReceipt(event) : event
    const outcome = this.#sendAfterGap(message, delivery, subscription, subscriber, true)
    this.forms.note(kept, payload, subscriber)
    if (outcome !== 'closed') noteLength(kept, payload, format)
    return outcome
  }

  /** Notifies of gaps that no event has reported in time. */
  notifyOfGaps(notices: readonly Subscription[]): void {
    this.gaps.notify(notices, this.#context.settings.topicPolicies !== undefined)
  }

  #deliveryOf(subscription: Subscription, topic: string): Delivery | undefined {
    const { topicPolicies } = this.#context.settings
    return topicPolicies && { subscription: subscription.id, topic: tableKey(topic), policy: topicPolicies.policyOf(topic), missed: 0 }
  }

  /**
   * Sends an event; for a subscriber that missed events, in a message of its own that carries their number.
   * @param isOffer an event without room in the subscriber's queue is refused, and then counts as missed too
   */
  // oxlint-disable-next-line max-params -- Runs for each event of a subscription with a gap: an object for each would be garbage.
  #sendAfterGap(
    event: EncodedMessage,
    delivery: Delivery | undefined,
    subscription: Subscription,
    subscriber: Session,
    isOffer = false,
  ): SendOutcome {
    const gap = this.gaps.of(subscription, subscriber)
    if (gap === undefined || event.message.type !== EVENT) return subscriber.link.sendEvent(event, delivery, isOffer)
    const outcome = subscriber.link.sendEvent(
      new EncodedMessage({ ...event.message, details: { ...event.message.details, [GAP]: gap.missed } }),
      delivery && { ...delivery, missed: gap.missed },
      isOffer,
    )
    if (outcome === 'queued') {
      this.gaps.end(subscription, subscriber)
      this.#context.counters.gapsReported++
    }
    return outcome
  }

  #noteLoss(subscription: Subscription, subscriber: Session, outcome: SendOutcome): void {
    if (outcome === 'closed') return // The session ends; the client notices that.
    const { counters } = this.#context
    if (outcome === 'unencodable') counters.eventsUnencodable++
    else if (outcome === 'full') counters.eventsDropped++
    else counters.eventsTooLarge++
    subscription.dropped++
    this.gaps.add(subscription, subscriber, 1)
  }
}

/** The same event for subscribers that acknowledge events; encoded separately. */
function askingForReceipt({ message }: EncodedMessage): EncodedMessage {
  if (message.type !== EVENT) return new EncodedMessage(message)
  return new EncodedMessage({ ...message, details: { ...message.details, x_acknowledged_delivery: true } })
}

/**
 * Why a retained event would be refused, as far as that is known before it is encoded for the subscriber's serializer.
 * @param isFull an earlier event did not fit
 */
function refusalOf({ lengths }: StoredEvent, { link }: Session, isFull: boolean): Exclude<SendOutcome, 'queued' | 'closed'> | undefined {
  const length = lengths[link.format.name]
  if (length === 'unfit') return 'unencodable'
  if (length === undefined) return isFull ? 'full' : undefined
  return link.refusalOf?.(length)
}
