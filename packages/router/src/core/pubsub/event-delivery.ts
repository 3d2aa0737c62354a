// Brings one publication to the subscribers of one subscription: makes the EVENT, filters, hands on. Which subscriptions match is
// the broker's business.

import type { Dict, Payload } from '@trunkline/protocol'
import { EncodedMessage, EVENT, GAP } from '@trunkline/protocol'
import type { Eligibility } from './eligibility.ts'
import { Gaps } from './gaps.ts'
import type { Delivery, SendOutcome } from '../ports/link.ts'
import type { RealmContext } from '../state/realm-context.ts'
import { receiversFor } from '../state/sharding.ts'
import type { StoredEvent } from '../state/stored-event.ts'
import { noteLength, payloadOfStored } from '../state/stored-event.ts'
import type { Session } from '../state/session.ts'
import type { Subscription } from '../state/subscription.ts'

/** A publication on its way. */
export interface Publication {
  readonly id: number
  readonly topic: string
  /** The hash of its `rkey`, if it has one. */
  readonly key: number | undefined
  readonly payload: Payload | undefined
  /** Details that every EVENT of it carries. */
  readonly details: Dict
  /** Does not receive it. */
  readonly excluded: Session | undefined
  readonly isEligible: Eligibility | undefined
  /** The options of the PUBLISH; of them comes what is kept. */
  readonly options: Dict
  /** As it is kept; made when the first asks. */
  stored?: StoredEvent
}

/** The subscribers among whom a publication goes to those that may have it. */
export function receiversOf(publication: Publication, { subscribers, nodes }: Subscription): ReadonlySet<Session> {
  const { key, excluded, isEligible } = publication
  if (nodes === undefined || key === undefined) return subscribers
  return receiversFor(subscribers, nodes, key, (subscriber) => subscriber !== excluded && isEligible?.(subscriber) !== false)
}

export class EventDelivery {
  readonly gaps: Gaps
  readonly #context: RealmContext

  constructor(context: RealmContext) {
    this.gaps = new Gaps(context)
    this.#context = context
  }

  /** Sends a publication to all subscribers of a matching subscription that may have it. */
  deliver(publication: Publication, subscription: Subscription): void {
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
    for (const subscriber of receiversOf(publication, subscription)) {
      if (subscriber === excluded || (isEligible !== undefined && !isEligible(subscriber))) continue
      const message = subscriber.acknowledgesEvents ? (asking ??= askingForReceipt(event)) : event
      const outcome =
        subscription.gaps === undefined
          ? subscriber.link.sendEvent(message, delivery)
          : this.#sendAfterGap(message, delivery, subscription, subscriber)
      if (outcome === 'queued') sent++
      else this.#noteLoss(subscription, subscriber, outcome)
    }
    this.#context.counters.eventsSent += sent
  }

  /**
   * Sends retained events to one subscriber that may have them (specification: "Event Retention"). What is known not to be taken
   * is not made for its serializer: of events that do not fit one at most is made to learn how long it is.
   */
  deliverRetained(events: readonly StoredEvent[], subscription: Subscription, subscriber: Session): void {
    let isFull = false
    for (const kept of events) {
      const outcome: SendOutcome = refusalOf(kept, subscriber, isFull) ?? this.#offer(kept, subscription, subscriber)
      isFull ||= outcome === 'full'
      if (outcome === 'queued') this.#context.counters.eventsSent++
      else this.#noteLoss(subscription, subscriber, outcome)
    }
  }

  #offer(kept: StoredEvent, subscription: Subscription, subscriber: Session): SendOutcome {
    const { publication, topic } = kept
    const { format } = subscriber.link
    const details = { ...kept.details, retained: true, ...(subscription.match !== 'exact' && { topic }) }
    const payload = payloadOfStored(kept)
    const event = new EncodedMessage({ type: EVENT, subscription: subscription.id, publication, details, payload })
    const message = subscriber.acknowledgesEvents ? askingForReceipt(event) : event
    const outcome = this.#sendAfterGap(message, this.#deliveryOf(subscription, topic), subscription, subscriber, true)
    if (outcome !== 'closed') noteLength(kept, payload, format)
    return outcome
  }

  /** Tells of gaps that no event told of in time. */
  tellGaps(notices: readonly Subscription[]): void {
    this.gaps.tell(notices, this.#context.settings.topicPolicies !== undefined)
  }

  #deliveryOf(subscription: Subscription, topic: string): Delivery | undefined {
    const { topicPolicies } = this.#context.settings
    return topicPolicies && { subscription: subscription.id, topic, policy: topicPolicies.policyOf(topic), missed: 0 }
  }

  /**
   * An event for a subscriber that missed some tells how many, in a message of its own.
   * @param isOffer it counts as missed, too, when it does not fit into what may wait for the subscriber
   */
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
    if (outcome === 'queued') this.gaps.end(subscription, subscriber)
    return outcome
  }

  #noteLoss(subscription: Subscription, subscriber: Session, outcome: SendOutcome): void {
    if (outcome === 'closed') return // Its session ends; that is the sign.
    const { counters } = this.#context
    if (outcome === 'unencodable') counters.eventsUnencodable++
    else if (outcome === 'full') counters.eventsDropped++
    else counters.eventsTooLarge++
    this.gaps.add(subscription, subscriber, 1)
  }
}

/** The same event for those who acknowledge it; bytes of its own. */
function askingForReceipt({ message }: EncodedMessage): EncodedMessage {
  if (message.type !== EVENT) return new EncodedMessage(message)
  return new EncodedMessage({ ...message, details: { ...message.details, x_acknowledged_delivery: true } })
}

/**
 * Why a retained event would not be taken, as far as that is known before it is made for the subscriber's serializer.
 * @param isFull another did not fit before
 */
function refusalOf({ lengths }: StoredEvent, { link }: Session, isFull: boolean): Exclude<SendOutcome, 'queued' | 'closed'> | undefined {
  const length = lengths[link.format.name]
  if (length === 'unfit') return 'unencodable'
  if (length === undefined) return isFull ? 'full' : undefined
  return link.refusalOf?.(length)
}
