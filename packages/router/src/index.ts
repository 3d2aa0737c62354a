// The public exports of @trunkline/router: the only file that other packages may import.

// Node keeps all files of one level of imports open at a time, and a process may open few: this level would be the widest.
import './authentication/authenticator.ts'

export { createRouter, Router } from './router.ts'
export type { ClusterOptions, Closing, RealmOptions, RealmUpdate, RouterLimits, RouterOptions, SessionSelection } from './router-options.ts'
export type * from './core/ports/index.ts'
export type { Frame } from './fabric/frames.ts'
export type { NodeLink, NodeLinks, NodeLinksOwner } from './fabric/node-links.ts'
export type { DownCause } from './fabric/link-ports.ts'
export type { NodeAnswers } from './fabric/operator-questions.ts'
export { compileSchema, contractFault } from './core/index.ts'
export type { SchemaFault, Validator } from './core/index.ts'
export type { Counters, GrantsReview, RealmExtent, RealmView, RegistrationView, SessionView, SubscriptionView } from './core/index.ts'
export type { InvocationPolicy } from './core/index.ts'
export type { Page, PageRequest, ProcedureRow, SessionFilter, SessionRow, TopicRow, UriFilter } from './core/index.ts'
export type { CallDurations, CallOutcome, CallSeries, Latency } from './core/index.ts'
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
export { hostName, hostOfHeader, hostOfOrigin, isFixedHost, isOwnHost, isPageOf } from './authentication/web-host.ts'
export type { WebHost } from './authentication/web-host.ts'
export { actsOnOthersByPattern } from './authorization/acting-on-others.ts'
export type { DynamicAuthorizerOptions } from './authorization/dynamic.ts'
export type { OptionRight, Rule } from './authorization/rule.ts'
export type { Listener, ListenerChanges, Refusal, RequestSource, RouteHandler } from './listeners/listener.ts'
export type { HttpDoorOptions } from './listeners/http-door/options.ts'
export type { HttpListenerOptions } from './listeners/http-server.ts'
export type { RelayedListener, RelayOptions } from './listeners/longpoll-relay.ts'
export { LongPollRelay } from './listeners/longpoll-relay.ts'
export type { RawSocketListenerOptions } from './listeners/rawsocket-listener.ts'
export type { LocalIdentity, LocalOwner, LocalTransport } from './peers/local-peer.ts'
export type { EventLoopWatch, LoopDelay } from './event-loop-watch.ts'
export type { MeasuredRouter, RouterLoad } from './metrics/measured-router.ts'
export type { HistogramReading, Metric, MetricSource, MetricTable, Reading, Readings } from './metrics/metric.ts'
export { MemoryEventStore } from './store/memory-event-store.ts'
export type { MemoryEventStoreOptions } from './store/memory-event-store.ts'
export { Metrics } from './metrics/metrics.ts'
export type { MetricsAccess, OtherReadings } from './metrics/metrics.ts'
export { PROCESS_METRICS } from './metrics/process-table.ts'
export { ROUTER_METRICS } from './metrics/router-table.ts'
