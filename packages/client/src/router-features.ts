// The features that the router announced, and the refusal of options that need other features
// (specification: "Feature Announcement").

import type { Dict } from '@trunkline/protocol'
import { CALL, PUBLISH, REGISTER, SUBSCRIBE, UsageError } from '@trunkline/protocol'
import { camelCase } from './checks.ts'

export type RouterRole = 'broker' | 'dealer'

const PASSTHRU = { ppt_scheme: 'payload_passthru_mode' }
const LISTING = 'subscriber_blackwhite_listing'

/** The feature that an option needs, by request type; `exclude` includes `exclude_authid` and `exclude_authrole`. */
const NEEDED: Readonly<Record<number, readonly [RouterRole, Readonly<Record<string, string>>]>> = {
  [CALL]: [
    'dealer',
    { disclose_me: 'caller_identification', progress: 'progressive_call_invocations', timeout: 'call_timeout', ...PASSTHRU },
  ],
  [REGISTER]: [
    'dealer',
    {
      match: 'pattern_based_registration',
      invoke: 'shared_registration',
      disclose_caller: 'caller_identification',
      forward_timeout: 'call_timeout',
    },
  ],
  [PUBLISH]: [
    'broker',
    {
      exclude_me: 'publisher_exclusion',
      disclose_me: 'publisher_identification',
      exclude: LISTING,
      eligible: LISTING,
      retain: 'event_retention',
      ...PASSTHRU,
    },
  ],
  [SUBSCRIBE]: ['broker', { match: 'pattern_based_subscription', get_retained: 'event_retention' }],
}

/** Values that need no feature, for options whose default is not false. */
const DEFAULTS: Readonly<Record<string, unknown>> = { match: 'exact', invoke: 'single', exclude_me: true }

/** Possibly nested dictionaries: reading a key of any other value gives undefined. */
type Nested = { readonly [key: string]: Nested } | true | null | undefined

/** Whether WELCOME.Details announce a feature. */
export function isAnnounced(details: Dict, role: RouterRole, feature: string): boolean {
  const announced = at(details['roles'] as Nested, role)
  const features = at(announced, 'features')
  // What is Trunkline's own stands beside `features`. One file of the specification and some routers spell canceling with two l.
  return (
    at(features, feature) === true ||
    at(announced, feature) === true ||
    (feature === 'call_canceling' && at(features, 'call_cancelling') === true)
  )
}

/**
 * Refuses options that the router would ignore or answer with ABORT.
 * @throws {UsageError} that names the missing feature
 */
export function checkFeatures(type: number, options: Dict, supports: (role: RouterRole, feature: string) => boolean): void {
  const [role = 'dealer', needed] = NEEDED[type] ?? []
  for (const option in options) {
    const feature = needed?.[option.replace(/_auth.*/, '')]
    if (feature === undefined || options[option] === (DEFAULTS[option] ?? false) || supports(role, feature)) continue
    throw new UsageError(`'${camelCase(option)}' needs ${feature}, which the ${role} did not announce`, 'TL_NOT_ANNOUNCED')
  }
}

function at(value: Nested, key: string): Nested {
  return (value as Readonly<Record<string, Nested>> | null | undefined)?.[key]
}
