// The public exports of @trunkline/router: the only file that other packages may import.

// Node keeps all files of one level of imports open at a time, and a process may open few: this level would be the widest.
import './authentication/authenticator.ts'

export { createRouter, Router } from './router.ts'
export type { RealmOptions, RealmUpdate, RouterLimits, RouterOptions } from './router-options.ts'
export type * from './core/ports/index.ts'
export { compileSchema, contractFault } from './core/index.ts'
export type { SchemaFault, Validator } from './core/index.ts'
export type { Counters, GrantsReview, RealmView, RegistrationView, SessionView, SubscriptionView } from './core/index.ts'
export type {
  RealmSettings,
  RealmLimits,
  MessageRate,
  SlowConsumerRule,
  SlowConsumerRules,
  TopicRule,
  HistoryRule,
  RetainRule,
  TrustRule,
} from './core/ports/index.ts'
export { deriveScramKeys } from './authentication/scram-keys.ts'
export type {
  AuthenticationOptions,
  CookieOptions,
  CraOptions,
  DynamicAuthenticatorOptions,
  IssuedCookieOptions,
  JwtKey,
  JwtOptions,
  ScramOptions,
  UserOptions,
  UsersOptions,
} from './authentication/options.ts'
export { hostName, hostOfHeader, hostOfOrigin, isFixedHost, isPageOf } from './authentication/web-host.ts'
export type { WebHost } from './authentication/web-host.ts'
export type { DynamicAuthorizerOptions } from './authorization/dynamic.ts'
export type { OptionRight, Rule } from './authorization/rule.ts'
export type { Listener, ListenerChanges, Refusal, RequestSource } from './listeners/listener.ts'
export type { HttpListenerOptions, RouteHandler } from './listeners/http-server.ts'
export type { RawSocketListenerOptions } from './listeners/rawsocket-listener.ts'
export type { LocalIdentity, LocalOwner, LocalTransport } from './peers/local-peer.ts'
