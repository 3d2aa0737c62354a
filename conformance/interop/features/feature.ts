// The features that are tried with each client. Types and data only.

/** Every feature by its id, with the text for people. The order is that of the page. */
export const FEATURES = {
  one_value: 'calls and events of one value, to and from `@trunkline/client`',
  with_ours: 'calls, errors and events of every kind of value, to and from `@trunkline/client`',
  calls: 'calls, results and errors',
  keyword_values: 'keyword values alone, in calls, results, errors and events',
  calls_in_flight: 'several calls in flight, answered in another order',
  progressive_results: 'progressive call results',
  progressive_invocations: 'progressive call invocations, as caller',
  progressive_invocations_callee: 'progressive call invocations, as callee',
  call_timeout: 'call timeout',
  cancel_skip: 'call canceling, mode skip',
  cancel_kill: 'call canceling, mode kill',
  cancel_killnowait: 'call canceling, mode killnowait',
  pattern_registration: 'pattern-based registration',
  shared_registration: 'shared registration',
  registration_revocation: 'registration revocation, by force_reregister',
  caller_identification: 'caller identification',
  events: 'subscriptions and acknowledged events',
  event_order: 'events in the order of their publication',
  pattern_subscription: 'pattern-based subscription',
  black_white_listing: 'subscriber black- and whitelisting',
  publisher_exclusion: 'publisher exclusion',
  publisher_identification: 'publisher identification',
  event_retention: 'retained events',
  event_history: 'event history',
  testaments: 'session testaments',
  session_meta: 'session meta API and events',
  registration_meta: 'registration meta API and events',
  subscription_meta: 'subscription meta API and events',
  payload_passthru: 'payload passthru mode',
  anonymous: 'login: anonymous',
  ticket: 'login: ticket',
  wampcra: 'login: WAMP-CRA',
  wampcra_salted: 'login: WAMP-CRA with a salted secret',
  cryptosign: 'login: cryptosign',
  scram: 'login: WAMP-SCRAM',
  scram_autobahn: "login: SCRAM in Autobahn's dialect",
} as const

export type Feature = keyof typeof FEATURES

/** All of them. */
export const ALL_FEATURES = Object.keys(FEATURES) as readonly Feature[]

const WITH_OURS: readonly Feature[] = ['one_value', 'with_ours', 'event_order']

/** Features without a part of our client; the clients that run in pairs show the other features there. */
export const OWN_FEATURES = ALL_FEATURES.filter((feature) => !WITH_OURS.includes(feature))

/** The outcome of one feature. Without a fault it is right. */
export interface Outcome {
  readonly feature: Feature
  readonly serializer: string
  readonly fault?: string
}
