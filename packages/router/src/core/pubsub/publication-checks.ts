// What a publication says of its publisher, and whether its receivers can take it.

import type { Dict, PayloadError } from '@trunkline/protocol'
import { EMPTY_DICT, faultIn, traceContextOf } from '@trunkline/protocol'
import { publisherDetails } from '../state/disclosure.ts'
import { passthruOf } from '../state/passthru.ts'
import type { RealmContext } from '../state/realm-context.ts'
import type { Session } from '../state/session.ts'
import type { Subscription } from '../state/subscription.ts'
import type { Publication } from './event-delivery.ts'
import { receiversOf } from './event-delivery.ts'
import type { SubscriptionTable } from './subscription-table.ts'

/** Details that every EVENT carries: the publisher, its trust level, and the attributes of payload passthru. */
export function eventDetails({ settings }: Pick<RealmContext, 'settings'>, session: Session, topic: string, options: Dict): Dict {
  const isDisclosed = options['disclose_me'] === true
  const level = session.isInternal ? undefined : settings.trust?.levelOf(topic, session.identity.authrole)
  const passthru = passthruOf(options)
  const trace = traceContextOf(options)
  if (!isDisclosed && level === undefined && passthru === undefined) return trace ?? EMPTY_DICT
  return { ...(isDisclosed && publisherDetails(session)), ...(level !== undefined && { trustlevel: level }), ...passthru, ...trace }
}

/** Why a receiver's serializer cannot hold the payload; checked before PUBLISHED confirms the publication. */
export function unencodableFor(
  table: SubscriptionTable,
  publication: Publication,
  exact: Subscription | undefined,
): PayloadError | undefined {
  const { payload, topic, excluded, isEligible } = publication
  if (payload === undefined) return undefined
  let fault: PayloadError | undefined
  table.forEach(topic, exact, (subscription) => {
    for (const subscriber of receiversOf(publication, subscription)) {
      if (subscriber === excluded || (isEligible !== undefined && !isEligible(subscriber))) continue
      fault ??= faultIn(payload, subscriber.link.format)
    }
  })
  return fault
}
