// What the model remembers. Plain lists, searched from the front; nothing is ever indexed.

import type { IdOf } from './ids.ts'
import type { SerializerName } from '@trunkline/protocol'
import type { HistoryRule } from '@trunkline/router'
import type { RealmPlan, SlowPolicy } from '../settings.ts'
import type { Ref } from './expectation.ts'
import type { Match } from './uris.ts'

export type Action = 'call' | 'register' | 'publish' | 'subscribe' | 'see'

/** One connection, as the router sees it. */
export interface Peer {
  readonly index: number
  readonly serializer: SerializerName
  readonly maxBytes: number
  phase: 'opening' | 'open' | 'closing' | 'left' | 'dead'
  /** When the phase began, on the clock of the world. */
  since: number
  session: ModelSession | undefined
}

export interface ModelSession {
  readonly id: Ref
  readonly authid: Ref
  readonly role: string
  readonly realm: ModelRealm
  readonly peer: Peer
  /** What it announced, as `role.feature`. */
  readonly features: readonly string[]
  readonly canCancel: boolean
  readonly canProgress: boolean
  /** The request ids of progressive calls, also of ended ones. */
  readonly streams: Set<number>
  /** Its subscriptions, in the order of their making: unknown ids are guessed in this order. */
  subscriptions: ModelSubscription[]
  /** Its testaments: what is published when it ends. */
  testaments: ModelTestament[]
  /** The request id used last. */
  lastRequest: number
  /** The INVOCATION id given last. */
  lastInvocation: number
  isOpen: boolean
}

export interface ModelTestament {
  readonly scope: string
  readonly topic: string
  readonly options: Readonly<Record<string, unknown>>
  readonly payload: readonly unknown[]
}

export interface ModelSubscription {
  readonly id: Ref
  readonly uri: string
  readonly match: Match
  readonly created: number
  members: ModelSession[]
}

export interface ModelCallee {
  readonly session: ModelSession
  readonly wantsCaller: boolean
  /** It enforces the time limit of a call itself. */
  readonly keepsTime: boolean
  /** Grows with each callee, so that the next in turn is known when some have left. */
  readonly order: number
}

export interface ModelRegistration {
  readonly id: Ref
  readonly uri: string
  readonly match: Match
  readonly invoke: string
  readonly created: number
  callees: ModelCallee[]
  /** The `order` of the callee chosen last. */
  lastOrder: number
}

export interface ModelCall {
  readonly caller: ModelSession
  readonly request: number
  readonly callee: ModelSession
  readonly invocation: number
  readonly wantsProgress: boolean
  /** An INTERRUPT was sent. */
  isInterrupted: boolean
  /** Milliseconds without a sign of life after which it ends; 0 for no limit. */
  readonly timeout: number
  /** When its time limit passes. */
  deadline: number
  /** Of a call whose arguments come in chunks. */
  readonly stream: ModelStream | undefined
  /** How it may be sent to another callee; undefined when this one has not announced that, or when a message followed the first INVOCATION. */
  route: ModelRoute | undefined
}

/** A call as its caller made it. */
export interface Asked {
  readonly caller: ModelSession
  readonly request: number
  readonly options: Readonly<Record<string, unknown>>
  readonly procedure: string
  readonly payload: readonly unknown[]
}

export interface ModelRoute {
  readonly asked: Asked
  readonly registration: ModelRegistration
  /** Callees that are not asked again. */
  readonly passed: ModelSession[]
}

export interface ModelStream {
  readonly procedure: string
  readonly registration: Ref
  /** The details of every INVOCATION. */
  readonly details: Readonly<Record<string, unknown>>
  /** The last chunk has come. */
  isComplete: boolean
}

/** A publication that is kept. */
export interface ModelKept {
  readonly topic: string
  readonly publication: Ref
  readonly details: Readonly<Record<string, unknown>>
  readonly payload: readonly unknown[]
  readonly options: Readonly<Record<string, unknown>>
  readonly publisher: ModelSession
  readonly isHard: boolean
  /** By the clock for dates. */
  readonly time: number
  /** By the clock for durations. */
  readonly keptAt: number
}

/** What is kept of the publications to a topic or pattern; its subscription stays although no session is attached. */
export interface ModelHistory {
  readonly subscription: ModelSubscription
  readonly rule: HistoryRule
  /** Oldest first; some may be too old by now, or too much. */
  events: readonly ModelKept[]
}

export interface ModelRealm {
  /** Several nodes serve it. */
  readonly isCluster: boolean
  readonly plan: RealmPlan
  sessions: ModelSession[]
  subscriptions: ModelSubscription[]
  registrations: ModelRegistration[]
  /** Events that are kept, oldest first. */
  retained: ModelKept[]
  readonly histories: readonly ModelHistory[]
  /** Calls without a final answer. */
  calls: ModelCall[]
}

/** What the model may ask about choices that the protocol leaves to the router. */
export interface Choices {
  /** Whether the router takes turns among the callees of `roundrobin`; the nodes of a cluster do that each for itself. */
  readonly takesTurns: boolean
  /** Whether the router has sent that INVOCATION in this step, as far as can be seen. */
  wasInvoked(session: ModelSession, message: readonly unknown[]): boolean
  /** Whether the router has ended the session in this step. */
  isGone(session: ModelSession): boolean
  /** What the router decides about a pattern that it may grant, or refuse as a precaution. */
  grants(role: string, action: Action, uri: string, match: Match): boolean
  /** How many events the router has in the history of a subscription. */
  keeps(realm: ModelRealm, subscription: ModelSubscription): number
}

/** Entries of one lane come in the order of their ranks; entries of different lanes in any order. */
export interface Place {
  readonly lane: string
  readonly rank: number
  /** It may be missing. */
  readonly isOptional?: boolean
  /** After it has come the connection is closed. */
  readonly isEnd?: boolean
}

/** What must be known of an event: later ones may replace it, it may be dropped, or it reports others that were dropped. */
export interface EventFacts {
  readonly subscription: ModelSubscription
  readonly topic: string
  readonly policy: SlowPolicy
  /** It is the notice of missed events of this subscription. */
  readonly noticeOf?: ModelSubscription
}

/** Takes from the model what must be sent. */
export interface Outlet {
  expect(peer: Peer, message: readonly unknown[], place: Place, event?: EventFacts): void
  /** An event cannot be sent to the peer: the loss must be reported to it. */
  lost(peer: Peer, subscription: ModelSubscription): void
  /** The peer has left the subscription, or all of them: missed events are no longer reported to it. */
  forget(peer: Peer, subscription: ModelSubscription | undefined): void
  /** Whether the peer must be notified now that it misses events of the subscription, because no event came that reports it. */
  mustNotify(peer: Peer, subscription: ModelSubscription): boolean | 'either'
  expectClose(peer: Peer): void
  /** Whether the router refused to queue that message in this step, because too much is queued for the peer. */
  isRefused(peer: Peer, message: readonly unknown[]): boolean
  /** The same; each refusal is returned once. */
  wasRefused(peer: Peer, message: readonly unknown[]): boolean
  /** Whether the router did not perform that call of a procedure of its own in this step, because too many results are queued; each is returned once. */
  wasNotPerformed(peer: Peer, request: number): boolean
  /** Whether the router found in this step that the message is longer than the peer accepts. */
  isTooLong(peer: Peer, message: readonly unknown[]): boolean
  /** The octets that a message takes, between these two, if the peer may not accept it. */
  measure(peer: Peer, message: readonly unknown[]): { readonly least: number; readonly most: number }
  /** The octets that a value takes in the serializer of the peer. */
  size(peer: Peer, value: readonly unknown[]): { readonly least: number; readonly most: number }
}

/** What the parts of the model share. */
export interface ModelContext {
  readonly choices: Choices
  readonly outlet: Outlet
  now(): number
  date(): number
  /** A number that grows. */
  next(): number
  /** Whether two peers are connected to the same node. */
  areTogether(a: Peer, b: Peer): boolean
  /** The sessions that are being ended at once, each by its own node: which of two nodes is first is open. */
  dying(): readonly ModelSession[]
  /** Whether a session ends together with the one that causes something, on another node: before it or after it. */
  mayBeGone(session: ModelSession): boolean
  /** The lane of meta events that a session causes: those of several nodes come in any order. */
  laneOf(lane: string, session: ModelSession): string
  /** A placeholder for the id of a subscription or registration. */
  readonly idOf: IdOf
  allows(session: ModelSession, action: Action, uri: string, match: Match): boolean | 'failed'
  /** Sends, if the session is still open. */
  send(session: ModelSession, message: readonly unknown[], place?: Place, event?: EventFacts): void
  /** Sends what may be refused; returns whether it was accepted. */
  offer(session: ModelSession, message: readonly unknown[], place: Place): boolean
  /** Publishes in the name of the router. */
  announce(realm: ModelRealm, topic: string, args: readonly unknown[], place: Place): void
}

/** The errors of the protocol's list of predefined URIs, and those of the product. */
export const ERRORS = {
  invalidUri: 'wamp.error.invalid_uri',
  invalidArgument: 'wamp.error.invalid_argument',
  notAuthorized: 'wamp.error.not_authorized',
  authorizationFailed: 'wamp.error.authorization_failed',
  noSuchProcedure: 'wamp.error.no_such_procedure',
  alreadyExists: 'wamp.error.procedure_already_exists',
  noSuchRegistration: 'wamp.error.no_such_registration',
  noSuchSubscription: 'wamp.error.no_such_subscription',
  noSuchSession: 'wamp.error.no_such_session',
  noSuchRealm: 'wamp.error.no_such_realm',
  canceled: 'wamp.error.canceled',
  timeout: 'wamp.error.timeout',
  notSupported: 'wamp.error.feature_not_supported',
  tooLarge: 'wamp.error.payload_size_exceeded',
  violation: 'wamp.error.protocol_violation',
  disclosure: 'wamp.error.option_disallowed.disclose_me',
  optionNotAllowed: 'wamp.error.option_not_allowed',
  limit: 'trunkline.error.limit_exceeded',
  unavailable: 'wamp.error.unavailable',
  noCallee: 'wamp.error.no_available_callee',
  slow: 'trunkline.close.slow_consumer',
  replaced: 'trunkline.close.replaced',
  takenOver: 'trunkline.error.taken_over',
} as const

/** Whether a payload holds a number that JSON cannot. */
export function needsBinary(payload: unknown): boolean {
  if (typeof payload === 'number') return !Number.isFinite(payload)
  if (typeof payload !== 'object' || payload === null) return false
  return Object.values(payload).some(needsBinary)
}
