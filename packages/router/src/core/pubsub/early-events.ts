// Events with a key that other nodes have sent for a subscriber before its SUBSCRIBED: from the moment in which they hear of its `nkey` it
// gets them instead of others. They follow its SUBSCRIBED. What waits is bounded; what does not fit counts as missed.

import type { Payload } from '@trunkline/protocol'
import { owned } from '@trunkline/protocol'
import type { PendingSubscriber } from '../state/subscription.ts'

const MOST_EVENTS = 256
const MOST_OCTETS = 1024 * 1024

interface Early<Event> {
  readonly events: Event[]
  octets: number
  missed: number
}

export class EarlyEvents<Event extends { readonly payload: Payload | undefined }> {
  readonly #early = new Map<PendingSubscriber, Early<Event>>()

  /** Keeps an event for a subscriber to be. */
  add(subscriber: PendingSubscriber, publication: Event): void {
    const early = this.#early.get(subscriber) ?? { events: [] as Event[], octets: 0, missed: 0 }
    this.#early.set(subscriber, early)
    const octets = publication.payload?.raw.byteLength ?? 0
    // Those after one that is missed are missed, too: they keep their order.
    if (early.missed > 0 || early.events.length >= MOST_EVENTS || early.octets + octets > MOST_OCTETS) return void early.missed++
    early.octets += octets
    early.events.push({ ...publication, payload: owned(publication.payload) })
  }

  /** Takes what was kept for a subscriber, which has its SUBSCRIBED now or does not come. */
  take(subscriber: PendingSubscriber): Pick<Early<Event>, 'events' | 'missed'> {
    const early = this.#early.get(subscriber)
    this.#early.delete(subscriber)
    return early ?? NONE
  }
}

const NONE = { events: [], missed: 0 }
