// The WAMP messages as typed objects: a union discriminated by `type`. message-table.ts has their form on the wire.

import type { Payload } from './payload.ts'

/** An Options, Details or Extra dictionary: only its own string keys count. A dictionary from the wire inherits no keys. */
export type Dict = Readonly<Record<string, unknown>>

export const EMPTY_DICT: Dict = Object.freeze(Object.create(null) as Dict)

export const HELLO = 1
export const WELCOME = 2
export const ABORT = 3
export const CHALLENGE = 4
export const AUTHENTICATE = 5
export const GOODBYE = 6
export const ERROR = 8
export const PUBLISH = 16
export const PUBLISHED = 17
export const SUBSCRIBE = 32
export const SUBSCRIBED = 33
export const UNSUBSCRIBE = 34
export const UNSUBSCRIBED = 35
export const EVENT = 36
export const CALL = 48
export const CANCEL = 49
export const RESULT = 50
export const REGISTER = 64
export const REGISTERED = 65
export const UNREGISTER = 66
export const UNREGISTERED = 67
export const INVOCATION = 68
export const INTERRUPT = 69
export const YIELD = 70
/** Not in the text of the specification; the published test vectors use this code. */
export const EVENT_RECEIVED = 337

export interface HelloMessage {
  readonly type: typeof HELLO
  /** null: the router assigns one. */
  readonly realm: string | null
  readonly details: Dict
}
export interface WelcomeMessage {
  readonly type: typeof WELCOME
  readonly session: number
  readonly details: Dict
}
export interface AbortMessage {
  readonly type: typeof ABORT
  readonly details: Dict
  readonly reason: string
  readonly payload: Payload | undefined
}
export interface ChallengeMessage {
  readonly type: typeof CHALLENGE
  readonly authmethod: string
  readonly extra: Dict
}
export interface AuthenticateMessage {
  readonly type: typeof AUTHENTICATE
  readonly signature: string
  readonly extra: Dict
}
export interface GoodbyeMessage {
  readonly type: typeof GOODBYE
  readonly details: Dict
  readonly reason: string
}
export interface ErrorMessage {
  readonly type: typeof ERROR
  /** The type of the request that failed. */
  readonly requestType: number
  readonly request: number
  readonly details: Dict
  readonly error: string
  readonly payload: Payload | undefined
}
export interface PublishMessage {
  readonly type: typeof PUBLISH
  readonly request: number
  readonly options: Dict
  readonly topic: string
  readonly payload: Payload | undefined
}
export interface PublishedMessage {
  readonly type: typeof PUBLISHED
  readonly request: number
  readonly publication: number
}
export interface SubscribeMessage {
  readonly type: typeof SUBSCRIBE
  readonly request: number
  readonly options: Dict
  readonly topic: string
}
export interface SubscribedMessage {
  readonly type: typeof SUBSCRIBED
  readonly request: number
  readonly subscription: number
  /** Only for a subscriber that asked for `_resume`, which is Trunkline's own. */
  readonly details?: Dict | undefined
}
export interface UnsubscribeMessage {
  readonly type: typeof UNSUBSCRIBE
  readonly request: number
  readonly subscription: number
  readonly options: Dict | undefined
}
export interface UnsubscribedMessage {
  readonly type: typeof UNSUBSCRIBED
  /** 0 when the router revokes a subscription; then `details` name it. */
  readonly request: number
  readonly details: Dict | undefined
}
export interface EventMessage {
  readonly type: typeof EVENT
  readonly subscription: number
  readonly publication: number
  readonly details: Dict
  readonly payload: Payload | undefined
}
export interface CallMessage {
  readonly type: typeof CALL
  readonly request: number
  readonly options: Dict
  readonly procedure: string
  readonly payload: Payload | undefined
}
export interface CancelMessage {
  readonly type: typeof CANCEL
  readonly request: number
  readonly options: Dict
}
export interface ResultMessage {
  readonly type: typeof RESULT
  readonly request: number
  readonly details: Dict
  readonly payload: Payload | undefined
}
export interface RegisterMessage {
  readonly type: typeof REGISTER
  readonly request: number
  readonly options: Dict
  readonly procedure: string
}
export interface RegisteredMessage {
  readonly type: typeof REGISTERED
  readonly request: number
  readonly registration: number
}
export interface UnregisterMessage {
  readonly type: typeof UNREGISTER
  readonly request: number
  readonly registration: number
  readonly options: Dict | undefined
}
export interface UnregisteredMessage {
  readonly type: typeof UNREGISTERED
  /** 0 when the router revokes a registration; then `details` name it. */
  readonly request: number
  readonly details: Dict | undefined
}
export interface InvocationMessage {
  readonly type: typeof INVOCATION
  readonly request: number
  readonly registration: number
  readonly details: Dict
  readonly payload: Payload | undefined
}
export interface InterruptMessage {
  readonly type: typeof INTERRUPT
  readonly request: number
  readonly options: Dict
}
export interface YieldMessage {
  readonly type: typeof YIELD
  readonly request: number
  readonly options: Dict
  readonly payload: Payload | undefined
}
export interface EventReceivedMessage {
  readonly type: typeof EVENT_RECEIVED
  readonly publication: number
  readonly details?: Dict | undefined
}

export type Message =
  | HelloMessage
  | WelcomeMessage
  | AbortMessage
  | ChallengeMessage
  | AuthenticateMessage
  | GoodbyeMessage
  | ErrorMessage
  | PublishMessage
  | PublishedMessage
  | SubscribeMessage
  | SubscribedMessage
  | UnsubscribeMessage
  | UnsubscribedMessage
  | EventMessage
  | CallMessage
  | CancelMessage
  | ResultMessage
  | RegisterMessage
  | RegisteredMessage
  | UnregisterMessage
  | UnregisteredMessage
  | InvocationMessage
  | InterruptMessage
  | YieldMessage
  | EventReceivedMessage
