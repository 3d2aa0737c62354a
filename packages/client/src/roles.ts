// The roles and features that this client announces in HELLO (specification: "Feature Announcement").

import type { Dict } from '@trunkline/protocol'

/** All four roles, with the features that work completely in the client. */
export const CLIENT_FEATURES = {
  publisher: 'publisher_exclusion publisher_identification subscriber_blackwhite_listing',
  subscriber: 'pattern_based_subscription publisher_identification publication_trustlevels subscription_revocation',
  caller: 'caller_identification',
  callee: 'caller_identification call_reroute call_trustlevels pattern_based_registration registration_revocation shared_registration',
}

/** `roles` of HELLO. @param calls further features of calls */
export function rolesWith(calls: readonly string[]): Dict {
  const entries = Object.entries(CLIENT_FEATURES).map(([role, names]) => {
    const more = role.startsWith('call') ? calls : []
    const features = [...names.split(' '), 'payload_passthru_mode', ...more].map((name) => [name, true])
    return [role, { features: Object.fromEntries(features) as Dict }]
  })
  return Object.fromEntries(entries) as Dict
}
