// What clients do not offer, and what they do otherwise than the specification. A row that is not so any more is a failure, so
// that it is noticed. Nothing of our router or client belongs here.

import type { Feature } from './feature.ts'

/** Why a client's users cannot use a feature. */
export type NotOffered = Readonly<Record<string, Readonly<Partial<Record<Feature, string>>>>>

export interface FeatureDeviation {
  readonly client: string
  readonly feature: Feature
  /** Default: all. */
  readonly serializers?: readonly string[]
  /** What the scenario then ends with. */
  readonly shows: RegExp
  /** One sentence. */
  readonly reason: string
}

const NO_CHUNKS = 'has no call whose arguments go out in chunks'
const NO_CHUNKS_IN = 'has no procedure that takes a call in chunks'
const NO_PASSTHRU = 'has an older form of its own, payload transparency'
const NO_SCRAM = 'has no SCRAM'

export const NOT_OFFERED: NotOffered = {
  ours: {},
  'autobahn-js': {
    progressive_invocations: NO_CHUNKS,
    progressive_invocations_callee: NO_CHUNKS_IN,
    payload_passthru: 'has no payload passthru mode',
    scram: NO_SCRAM,
    scram_autobahn: NO_SCRAM,
  },
  wampy: {
    registration_revocation: 'sends no force_reregister, and leaves UNREGISTERED with request 0 unread',
    scram: NO_SCRAM,
    scram_autobahn: NO_SCRAM,
  },
  'autobahn-python': {
    progressive_invocations: NO_CHUNKS,
    progressive_invocations_callee: NO_CHUNKS_IN,
    cancel_skip: 'sends CANCEL without a mode only, which is killnowait',
    cancel_kill: 'sends CANCEL without a mode only, which is killnowait',
    caller_identification: 'sends no disclose_me',
    publisher_identification: 'sends no disclose_me',
    payload_passthru: NO_PASSTHRU,
    scram: 'knows SCRAM in a dialect of its own only, see the next row',
  },
}

const CANCEL_ANSWERED = 'takes the ERROR that answers its CANCEL for a protocol violation and closes the connection with 3002'

export const FEATURE_DEVIATIONS: readonly FeatureDeviation[] = [
  { client: 'autobahn-js', feature: 'cancel_skip', shows: /a session ended/, reason: CANCEL_ANSWERED },
  { client: 'autobahn-js', feature: 'cancel_killnowait', shows: /a session ended/, reason: CANCEL_ANSWERED },
  {
    client: 'wampy',
    feature: 'progressive_invocations_callee',
    shows: /feature_not_supported/,
    reason:
      'as callee announces neither progressive call invocations nor call canceling, so the router answers `wamp.error.feature_not_supported`, as the specification wants',
  },
  {
    client: 'wampy',
    feature: 'publisher_exclusion',
    shows: /^what came: \["to all"\]/,
    reason: 'sends exclude_me only when it is true, so a publisher cannot ask for its own events',
  },
  {
    client: 'wampy',
    feature: 'payload_passthru',
    serializers: ['json'],
    shows: /nothing within/,
    reason: 'wampy knows no octets there, so what it packed does not come back as octets',
  },
  {
    client: 'autobahn-python',
    feature: 'registration_revocation',
    shows: /whether the old registration is active: True/,
    reason: 'reads that the router took a registration away, and goes on showing it as active',
  },
]
