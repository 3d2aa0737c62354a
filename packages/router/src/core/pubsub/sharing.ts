// Publications in the form in which nodes tell them to one another, and back. Copies no payload.

import type { StoredEvent } from '../state/stored-event.ts'
import { payloadOfStored } from '../state/stored-event.ts'
import type { RetainedStamp, SharedPublication } from '../state/realm-cluster.ts'
import type { Session } from '../state/session.ts'
import type { OfNames } from './eligibility.ts'
import { Audience, givenOf } from './eligibility.ts'
import type { Publication } from './event-delivery.ts'

/** A publication of a session of here. */
export function sharedPublication(publication: Publication, retained: RetainedStamp | undefined): SharedPublication {
  const { id, topic, winners, payload, details, audience } = publication
  return { id, topic, winners, payload, details, audience: audience?.given, retained, isPast: false, isOwn: false }
}

/** An event that is retained here. */
export function sharedEvent(event: StoredEvent, retained: RetainedStamp): SharedPublication {
  const { publication: id, topic, details } = event
  const audience = event.audience && givenOf(event.audience)
  return { id, topic, winners: undefined, payload: payloadOfStored(event), details, audience, retained, isPast: true, isOwn: false }
}

/** A publication of another node. Its publisher is not here, and is excluded where it is. */
export function foreignPublication(shared: SharedPublication, realm: OfNames): Publication {
  const { id, topic, winners, payload, details, audience: lists, retained } = shared
  const audience = lists && Audience.of(lists, realm)
  const excluded = retained === undefined || retained.excluded === 0 ? undefined : { id: retained.excluded }
  const isEligible = audience && ((each: Session): boolean => audience.isEligible(each))
  const isRetained = retained !== undefined
  return { id, topic, key: undefined, winners, payload, details, excluded, isEligible, audience, isRetained }
}
