// Roles and features: what the router announces, and how it reads the announcements of a client (specification: "Feature Announcement").

import type { Dict } from './messages.ts'
import { DURABLE, PUBLICATION_KEY, RESUME, SHARDING } from './own-names.ts'

export type ClientRole = 'publisher' | 'subscriber' | 'caller' | 'callee'

export const CLIENT_ROLES: readonly ClientRole[] = ['publisher', 'subscriber', 'caller', 'callee']

/**
 * The roles of a client and the features that it announced for them, as `callee` and `callee.call_canceling`.
 * It holds only features that the specification names, to save memory in each session.
 */
export type AnnouncedRoles = readonly string[]

/** The features that work in this router; the value of `roles` in WELCOME. */
export const ROUTER_ROLES: Dict = {
  broker: {
    // Specification, "Interface Reflection": not under `features`. The router announces it in both places.
    reflection: true,
    [SHARDING]: true,
    [RESUME]: true,
    [DURABLE]: true,
    [PUBLICATION_KEY]: true,
    features: {
      event_history: true,
      event_retention: true,
      pattern_based_subscription: true,
      payload_passthru_mode: true,
      publication_trustlevels: true,
      publisher_exclusion: true,
      publisher_identification: true,
      reflection: true,
      session_meta_api: true,
      subscriber_blackwhite_listing: true,
      subscription_meta_api: true,
      subscription_revocation: true,
      // Not in the specification; clients and routers in use have this name.
      x_acknowledged_event_delivery: true,
    },
  },
  dealer: {
    reflection: true,
    [SHARDING]: true,
    features: {
      call_canceling: true,
      call_reroute: true,
      call_timeout: true,
      call_trustlevels: true,
      caller_identification: true,
      pattern_based_registration: true,
      payload_passthru_mode: true,
      progressive_call_invocations: true,
      progressive_call_results: true,
      reflection: true,
      registration_meta_api: true,
      registration_revocation: true,
      session_meta_api: true,
      shared_registration: true,
      testament_meta_api: true,
    },
  },
}

/** The features that a client may announce, and for some of them other spellings in use (specification: "Feature Announcement"). */
const CLIENT_FEATURES: Readonly<Record<ClientRole, readonly (readonly string[])[]>> = {
  publisher: [
    ['publisher_identification'],
    ['publisher_exclusion'],
    ['subscriber_blackwhite_listing'],
    ['event_retention'],
    ['payload_passthru_mode'],
    ['sharded_subscription'],
  ],
  subscriber: [
    ['publisher_identification'],
    ['publication_trustlevels'],
    ['pattern_based_subscription'],
    ['event_history'],
    ['event_retention'],
    ['subscription_revocation'],
    ['payload_passthru_mode'],
    ['sharded_subscription'],
    ['x_acknowledged_event_delivery'],
  ],
  caller: [
    ['progressive_call_results', 'progressive_calls'],
    ['progressive_call_invocations'],
    ['call_timeout'],
    ['call_canceling', 'call_cancelling'],
    ['caller_identification'],
    ['payload_passthru_mode'],
    ['sharded_registration'],
  ],
  callee: [
    ['progressive_call_results', 'progressive_calls'],
    ['progressive_call_invocations'],
    ['call_timeout'],
    ['call_canceling', 'call_cancelling'],
    ['call_reroute'],
    ['caller_identification'],
    ['call_trustlevels'],
    ['pattern_based_registration'],
    ['shared_registration'],
    ['sharded_registration'],
    ['registration_revocation'],
    ['payload_passthru_mode'],
  ],
}

interface FeatureRow {
  readonly role: ClientRole
  readonly spellings: readonly string[]
  /** `role.feature`; all sessions share this string. */
  readonly key: string
}

const FEATURE_ROWS: readonly FeatureRow[] = CLIENT_ROLES.flatMap((role) =>
  CLIENT_FEATURES[role].map((spellings) => ({ role, spellings, key: `${role}.${spellings[0] ?? ''}` })),
)

/**
 * Reads `roles` of a HELLO.
 * @returns undefined when it announces no client role, or an announcement is no dictionary
 */
export function readRoles(roles: unknown): AnnouncedRoles | undefined {
  if (!isDict(roles)) return undefined
  const announced: string[] = []
  for (const role of CLIENT_ROLES) {
    const details = roles[role]
    if (details === undefined || details === null) continue
    if (!isDict(details)) return undefined
    announced.push(role)
    const features = details['features']
    if (isDict(features)) addFeatures(announced, role, features)
  }
  return announced.length === 0 ? undefined : announced
}

function addFeatures(announced: string[], role: ClientRole, features: Dict): void {
  for (const row of FEATURE_ROWS) {
    if (row.role === role && row.spellings.some((name) => features[name] === true)) announced.push(row.key)
  }
}

function isDict(value: unknown): value is Dict {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
