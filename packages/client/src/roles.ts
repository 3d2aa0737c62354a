// What this client announces in HELLO: its roles and the features that work in it (specification: "Feature Announcement").

import type { Dict } from '@trunkline/protocol'

/** All four roles. A feature stands here only if nothing is missing for it in the client. */
export const CLIENT_FEATURES: Dict = {
  publisher: {
    features: { publisher_exclusion: true, publisher_identification: true, subscriber_blackwhite_listing: true },
  },
  subscriber: { features: { pattern_based_subscription: true, publisher_identification: true } },
  caller: { features: { caller_identification: true } },
  callee: { features: { caller_identification: true, pattern_based_registration: true, shared_registration: true } },
}
