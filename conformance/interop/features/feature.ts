// The features that are tried with each client, and what a client must be able to do for it. Types and data only.

import type { Values } from '../peers/peer.ts'

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

const WITH_OURS: readonly Feature[] = ['one_value', 'with_ours']

/** Features without a part of our client; the clients that run in pairs show the other features there. */
export const OWN_FEATURES = ALL_FEATURES.filter((feature) => !WITH_OURS.includes(feature))

export type Details = Readonly<Record<string, unknown>>

export interface Login {
  readonly authid: string
  readonly method: 'ticket' | 'wampcra' | 'cryptosign' | 'wamp-scram' | 'scram'
  /** Ticket, secret, password or private key (hex). */
  readonly secret: string
}

export interface JoinOptions {
  /** `ws://…` or `rs://…`. */
  readonly url: string
  readonly realm: string
  readonly serializer: string
  readonly login?: Login | undefined
}

/** One invocation, as a procedure sees it. */
export interface Invoked extends Values {
  readonly details: Details
  /** Sends a progressive result. */
  readonly progress: (args: readonly unknown[]) => void
  /** Resolves when the callee is interrupted; never if the library does not report that. */
  readonly canceled: Promise<void>
}

export interface Happened extends Values {
  readonly details: Details
}

export interface Calling {
  /** Rejects with a `PeerError` when it was answered by ERROR. */
  readonly result: Promise<Values>
  cancel(mode: 'skip' | 'kill' | 'killnowait'): void
}

export interface Registered {
  readonly id: number
  /** Resolves when the router revoked the registration, if the library reports that. */
  readonly revoked: Promise<void>
}

/** A session of a client's library. Options are named as on the wire. */
export interface FeatureSession {
  readonly id: number
  /** WELCOME.Details. */
  readonly welcome: Details
  /** Resolves to the reason when the session has ended. */
  readonly over: Promise<string>
  call(procedure: string, values?: Partial<Values>, options?: Details, onProgress?: (values: Values) => void): Calling
  /** Sends each number in a chunk of one call; the procedure of `registerSum` answers with their sum. */
  callInChunks?(procedure: string, numbers: readonly number[]): Promise<unknown>
  registerSum?(procedure: string): Promise<void>
  register(procedure: string, handler: (invoked: Invoked) => Values | Promise<Values>, options?: Details): Promise<Registered>
  /** Resolves to the id of the subscription. */
  subscribe(topic: string, onEvent: (event: Happened) => void, options?: Details): Promise<number>
  /** Acknowledged; resolves to the id of the publication. */
  publish(topic: string, values?: Partial<Values>, options?: Details): Promise<number>
  close(): Promise<void>
}

/** A client's library. */
export interface FeatureClient {
  /** Whether procedures learn that a call was canceled. */
  readonly tellsCallees: boolean
  /** What to publish in passthru mode, and what its EVENT then contains. */
  readonly passthru?: { readonly values: Values; readonly options: Details }
  /** Rejects when the router refuses. */
  join(options: JoinOptions): Promise<FeatureSession>
}

/** The outcome of one feature. Without a fault it is right. */
export interface Outcome {
  readonly feature: Feature
  readonly serializer: string
  readonly fault?: string
}
