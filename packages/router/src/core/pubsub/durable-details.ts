// What owners and operators see of a durable subscription.

import type { Dict } from '@trunkline/protocol'
import type { DurableSubscription } from '../state/durable-subscription.ts'

export function durableDetails(durable: DurableSubscription): Dict {
  const { name, principal, created, isPaused, subscription, receivers, waiting, inFlight, acked, counts, settings } = durable
  const { maxInFlight, ackWaitMs, attempts, deadLetters } = settings
  return {
    name,
    owner: principal,
    topic: subscription.uri,
    match: subscription.match,
    subscription: subscription.id,
    created,
    paused: isPaused,
    sessions: receivers.size,
    waiting,
    in_flight: inFlight,
    position: acked,
    max_in_flight: maxInFlight,
    ack_wait: ackWaitMs,
    ...(attempts !== undefined && { attempts }),
    ...(deadLetters !== undefined && { dead_letters: deadLetters }),
    ...counts,
  }
}
