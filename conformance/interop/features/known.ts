// What clients do not offer, and what they do differently from the specification. A row that no longer holds is a failure, so
// that it is noticed. Nothing of our router or client belongs here.

import type { Feature } from './feature.ts'

/** Why a client's users cannot use a feature. */
export type NotOffered = Readonly<Record<string, Readonly<Partial<Record<Feature, string>>>>>

export interface FeatureDeviation {
  readonly client: string
  readonly feature: Feature
  /** Default: all. */
  readonly serializers?: readonly string[]
  /** The error with which the scenario then ends. */
  readonly shows: RegExp
  /** One sentence. */
  readonly reason: string
  /** It depends on the timing of threads, so the scenario may also succeed. */
  readonly isOccasional?: true
}

const NO_CHUNKS = 'has no call whose arguments go out in chunks'
const NO_CHUNKS_IN = 'has no procedure that takes a call in chunks'
const NO_PASSTHRU = 'has an older form of its own, payload transparency'
const NO_SCRAM = 'has no SCRAM'
const NO_OPTIONS = 'takes no options'
const NO_SUCH_OPTION = 'has no such option'
const TICKET_ONLY = 'has the logins anonymous and ticket only'
const NO_CRYPTOSIGN = 'has no signing for cryptosign'
const WITHOUT_SCRAM = { scram: NO_SCRAM, scram_autobahn: NO_SCRAM } as const
const WITH_TICKET_ONLY = {
  wampcra: TICKET_ONLY,
  wampcra_salted: TICKET_ONLY,
  cryptosign: TICKET_ONLY,
  scram: TICKET_ONLY,
  scram_autobahn: TICKET_ONLY,
} as const

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
  nexus: { cryptosign: NO_CRYPTOSIGN, ...WITHOUT_SCRAM },
  'xconn-go': WITHOUT_SCRAM,
  'xconn-core': WITHOUT_SCRAM,
  wamp_async: {
    call_timeout: NO_OPTIONS,
    pattern_registration: NO_OPTIONS,
    shared_registration: NO_OPTIONS,
    caller_identification: NO_OPTIONS,
    pattern_subscription: NO_OPTIONS,
    black_white_listing: NO_OPTIONS,
    publisher_exclusion: NO_OPTIONS,
    publisher_identification: NO_OPTIONS,
    event_retention: NO_OPTIONS,
    cryptosign: NO_CRYPTOSIGN,
    ...WITHOUT_SCRAM,
  },
  swampyer: { call_timeout: NO_SUCH_OPTION, ...WITH_TICKET_ONLY },
  jawampa: {
    call_timeout: NO_SUCH_OPTION,
    pattern_registration: NO_SUCH_OPTION,
    shared_registration: NO_SUCH_OPTION,
    black_white_listing: NO_SUCH_OPTION,
    publisher_identification: NO_SUCH_OPTION,
    event_retention: NO_SUCH_OPTION,
    ...WITH_TICKET_ONLY,
  },
  'autobahn-java': {
    caller_identification: NO_SUCH_OPTION,
    black_white_listing: NO_SUCH_OPTION,
    publisher_identification: NO_SUCH_OPTION,
    cryptosign: 'signs with a native library of Android, which its Maven package does not bring',
    ...WITHOUT_SCRAM,
  },
  'thruway.js': { cryptosign: NO_CRYPTOSIGN, ...WITHOUT_SCRAM },
}

const CANCEL_ANSWERED = 'takes the ERROR that answers its CANCEL for a protocol violation and closes the connection with 3002'

const LATE_HANDLER = 'gives a subscription its handler some time after SUBSCRIBED, so that an event right behind it is lost'
const LATE_AND_DEAF = 'gives a subscription its handler some time after SUBSCRIBED, and reads nothing more after an event that comes before'
const OUT_OF_ORDER = 'hands each event to a goroutine of its own, so that events may change places'
const OWN_ERROR = 'answers each failure of a procedure by an ERROR of its own, whatever the procedure says'
const ONE_RESULT = 'a procedure gives one value, without keywords'
const NEEDS_RESULT = 'fails at a RESULT without positional values'
const NO_ANSWER = /^nothing within/

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
  { client: 'nexus', feature: 'event_retention', shows: NO_ANSWER, reason: LATE_HANDLER, isOccasional: true },
  { client: 'xconn-go', feature: 'event_retention', shows: NO_ANSWER, reason: LATE_AND_DEAF, isOccasional: true },
  // Others join and leave at any time.
  { client: 'xconn-go', feature: 'session_meta', shows: NO_ANSWER, reason: LATE_AND_DEAF, isOccasional: true },
  { client: 'xconn-go', feature: 'black_white_listing', shows: /^what they got/, reason: OUT_OF_ORDER, isOccasional: true },
  { client: 'xconn-go', feature: 'publisher_exclusion', shows: /^what came/, reason: OUT_OF_ORDER, isOccasional: true },
  {
    client: 'xconn-go',
    feature: 'call_timeout',
    shows: NO_ANSWER,
    reason: 'announces call canceling as callee, and reads nothing more after an INTERRUPT',
  },
  { client: 'wamp_async', feature: 'calls', shows: /^the error: "wamp\.async/, reason: OWN_ERROR },
  { client: 'wamp_async', feature: 'keyword_values', shows: /the error: "wamp\.async/, reason: OWN_ERROR },
  {
    client: 'wamp_async',
    feature: 'with_ours',
    shows: /^from\.keywords: the values of the error: \[\] \{\}/,
    reason: 'hands out the URI of an ERROR without its values',
  },
  { client: 'swampyer', feature: 'calls', shows: /does not hand out/, reason: ONE_RESULT },
  { client: 'swampyer', feature: 'keyword_values', shows: /does not hand out/, reason: ONE_RESULT },
  { client: 'swampyer', feature: 'event_retention', shows: NO_ANSWER, reason: LATE_HANDLER, isOccasional: true },
  { client: 'swampyer', feature: 'testaments', shows: /list index/, reason: NEEDS_RESULT },
  { client: 'swampyer', feature: 'session_meta', shows: /list index/, reason: NEEDS_RESULT },
  { client: 'swampyer', feature: 'with_ours', shows: /list index/, reason: NEEDS_RESULT },
  {
    client: 'autobahn-java',
    feature: 'pattern_registration',
    shows: /^a call by prefix: \["prefix","[^"]*\.prefix"\]/,
    reason: 'shows a procedure the pattern in place of the URI that was called',
  },
  { client: 'autobahn-java', feature: 'testaments', shows: NO_ANSWER, reason: NEEDS_RESULT },
  { client: 'autobahn-java', feature: 'session_meta', shows: NO_ANSWER, reason: NEEDS_RESULT },
  { client: 'autobahn-java', feature: 'with_ours', shows: NO_ANSWER, reason: NEEDS_RESULT },
  {
    client: 'autobahn-java',
    feature: 'wampcra_salted',
    shows: /authentication_denied/,
    reason: 'signs with the secret as it is, whatever the challenge says of a salt',
  },
  { client: 'thruway.js', feature: 'calls', shows: /invocation_exception/, reason: ONE_RESULT },
  { client: 'thruway.js', feature: 'keyword_values', shows: /invocation_exception/, reason: ONE_RESULT },
  { client: 'thruway.js', feature: 'events', shows: /has one value/, reason: 'a publication has one value, without keywords' },
  {
    client: 'thruway.js',
    feature: 'with_ours',
    shows: /^from\.keywords: the values of the error: \[\{"uri"/,
    reason: 'adds the URI to the positional values of an ERROR, and hands out none of its keyword values',
  },
]
