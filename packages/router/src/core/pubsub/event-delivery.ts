// Delivers one publication to the subscribers of one subscription: makes the EVENT, filters, sends. The broker finds the matching
// subscriptions.

import type { Dict, Payload } from '@trunkline/protocol'
import { EncodedMessage, EVENT, GAP } from '@trunkline/protocol'
import type { Audience, Eligibility } from './eligibility.ts'
import { Gaps } from './gaps.ts'
import type { Delivery, SendOutcome } from '../ports/link.ts'
import type { RealmContext } from '../state/realm-context.ts'
import { receiversFor } from '../state/sharding.ts'
import type { StoredEvent } from '../state/stored-event.ts'
import { KeptForms } from './kept-forms.ts'
import { noteLength } from '../state/stored-event.ts'
import type { Session } from '../state/session.ts'
import type { Subscription } from '../state/subscription.ts'

/** A publication during its delivery. */
export interface Publication {
  readonly id: number
  readonly topic: string
  /** The hash of its `rkey`, if it has one. */
  readonly key: number | undefined
  readonly payload: Payload | undefined
  /** Details that every EVENT of it carries. */
  readonly details: Dict
  /** The session that must not receive it. */
  readonly excluded: Session | undefined
  readonly isEligible: Eligibility | undefined
  /** The lists of its receivers, for what is kept; undefined where there are none. */
  readonly audience: Audience | undefined
  /** The form that is kept; made on first use. */
  stored?: StoredEvent
}

/** The subscribers that a publication goes to, before exclusion and eligibility apply. */
export function receiversOf(publication: Publication, { subscribers, nodes }: Subscription): ReadonlySet<Session> {
  const { key, excluded, isEligible } = publication
  if (nodes === undefined || key === undefined) return subscribers
  return receiversFor(subscribers, nodes, key, (subscriber) => subscriber !== excluded && isEligible?.(subscriber) !== false)
}

type RetainedOf = (topic: string) => StoredEvent | undefined

export class EventDelivery {
  readonly gaps: Gaps
  readonly forms: KeptForms
  readonly #context: RealmContext

  constructor(context: RealmContext) {
    this.gaps = new Gaps(context)
    this.forms = new KeptForms(context)
    this.#context = context
  }

  /** Sends a publication to all subscribers of a matching subscription that may receive it. */
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
    subscription.publications++
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
        if (!this.forms.wait(subscriber, wait)) this.#noteLoss(subscription, subscriber, 'full')
        continue
      }
      const outcome: SendOutcome = refusal ?? this.#offer(kept, subscription, subscriber)
      isFull ||= outcome === 'full'
      if (outcome === 'queued') {
        subscription.deliveries++
        this.#context.counters.eventsSent++
      } else this.#noteLoss(subscription, subscriber, outcome)
    }
  }

  /** Delivers an event later, unless another is retained then, which the subscriber got when it was published. Does not hold the event. */
  #later({ topic, publication }: StoredEvent, subscription: Subscription, subscriber: Session, retainedOf: RetainedOf): () => void {
    return () => {
      if (subscriber.subscriptions.get(subscription.id) !== subscription) return
      const retained = retainedOf(topic)
      if (retained?.publication === publication) this.deliverRetained([retained], subscription, subscriber, retainedOf)
    }
  }

  #offer(kept: StoredEvent, subscription: Subscription, subscriber: Session): SendOutcome {
    const { publication, topic } = kept
    const { format } = subscriber.link
    const details = { ...kept.details, retained: true, ...(subscription.match !== 'exact' && { topic }) }
    const payload = this.forms.payloadOf(kept)
    const event = new EncodedMessage({ type: EVENT, subscription: subscription.id, publication, details, payload })
    const message = subscriber.acknowledgesEvents ? askingForReceipt(event) : event
    const outcome = this.#sendAfterGap(message, this.#deliveryOf(subscription, topic), subscription, subscriber, true)
    this.forms.note(kept, payload, subscriber)
    if (outcome !== 'closed') noteLength(kept, payload, format)
    return outcome
  }

  /** Called about once a second. */
  tick(): void {
    this.forms.tick()
  }

  /** Notifies of gaps that no event has reported in time. */
  notifyOfGaps(notices: readonly Subscription[]): void {
    this.gaps.notify(notices, this.#context.settings.topicPolicies !== undefined)
  }

  #deliveryOf(subscription: Subscription, topic: string): Delivery | undefined {
    const { topicPolicies } = this.#context.settings
    return topicPolicies && { subscription: subscription.id, topic, policy: topicPolicies.policyOf(topic), missed: 0 }
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
