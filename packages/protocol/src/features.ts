// Roles and features: what the router announces, and how announcements of a peer are read (specification: "Feature Announcement").

import type { Dict } from './messages.ts'

export type ClientRole = 'publisher' | 'subscriber' | 'caller' | 'callee'

export const CLIENT_ROLES: readonly ClientRole[] = ['publisher', 'subscriber', 'caller', 'callee']

/** The roles of a client with the features that it announced for each. */
export type AnnouncedRoles = ReadonlyMap<ClientRole, ReadonlySet<string>>

/** Exactly what works in this router; the value of `roles` in WELCOME. */
export const ROUTER_ROLES: Dict = {
  broker: {
    features: {
      pattern_based_subscription: true,
      publisher_exclusion: true,
      publisher_identification: true,
      session_meta_api: true,
      subscriber_blackwhite_listing: true,
      subscription_meta_api: true,
    },
  },
  dealer: {
    features: {
      call_canceling: true,
      caller_identification: true,
      pattern_based_registration: true,
      progressive_call_results: true,
      registration_meta_api: true,
      session_meta_api: true,
      shared_registration: true,
    },
  },
}

/** Other spellings in use, by the name of the specification. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['call_cancelling', 'call_canceling'],
  ['progressive_calls', 'progressive_call_results'],
])

/**
 * Reads `roles` of a HELLO.
 * @returns undefined when no client role is announced or an announcement is no dictionary
 */
export function readRoles(roles: unknown): AnnouncedRoles | undefined {
  if (!isDict(roles)) return undefined
  const announced = new Map<ClientRole, ReadonlySet<string>>()
  for (const role of CLIENT_ROLES) {
    const details = roles[role]
    if (details === undefined || details === null) continue
    if (!isDict(details)) return undefined
    announced.set(role, readFeatures(details['features']))
  }
  return announced.size === 0 ? undefined : announced
}

function readFeatures(features: unknown): ReadonlySet<string> {
  const names = new Set<string>()
  if (!isDict(features)) return names
  for (const name of Object.keys(features)) if (features[name] === true) names.add(ALIASES.get(name) ?? name)
  return names
}

function isDict(value: unknown): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
