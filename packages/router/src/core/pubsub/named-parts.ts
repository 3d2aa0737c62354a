// Puts the parts of durable subscriptions together.

import type { MetaEvents } from '../state/meta-events.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { DeadLetterBroker } from './dead-letters.ts'
import { DeadLetters } from './dead-letters.ts'
import { DurableDelivery } from './durable-delivery.ts'
import { DurableSaving } from './durable-saving.ts'
import type { DurableSubscriptionParts } from './durable-subscriptions.ts'
import { DurableSubscriptions } from './durable-subscriptions.ts'
import type { EventDelivery } from './event-delivery.ts'
import { InFlight } from './in-flight.ts'

/** What they need from the broker. */
type NamedBroker = DeadLetterBroker &
  Pick<DurableSubscriptionParts, 'topics' | 'table' | 'mayPublish' | 'revoke'> & { readonly events: EventDelivery }

export function makeNamed(context: RealmContext, meta: MetaEvents, broker: NamedBroker): DurableSubscriptions {
  const { topics, events } = broker
  const inFlight = new InFlight(context)
  const deadLetters = new DeadLetters(context, topics, broker)
  const giveUp: DeadLetters['giveUp'] = (event, then) => deadLetters.giveUp(event, then)
  const open = new InFlight(context, OPEN_TIMES)
  const delivery = new DurableDelivery(context, { topics, delivery: events, inFlight, open, giveUp })
  const saving = new DurableSaving(context, topics)
  return new DurableSubscriptions(context, { ...broker, delivery, inFlight, saving, gaps: events.gaps, meta })
}

/** Events of one owner that may be open, those in flight included, as a multiple of what may be in flight. */
const OPEN_TIMES = 4
