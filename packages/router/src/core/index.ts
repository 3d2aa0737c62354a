// What the rest of the router may import from the core.

export { contractFault } from './contracts/contract-checks.ts'
export type { SchemaFault, Validator } from './contracts/json-schema.ts'
export { compileSchema } from './contracts/json-schema.ts'
export type { GrantsReview } from './grants-review.ts'
export type { OwnProcedure, OwnResult } from './meta/meta-session.ts'
export type { Callee, InvocationPolicy, OtherNode, Registration, Standing } from './state/registration.ts'
export { PatternIndex } from './matching/pattern-index.ts'
export { Later } from './meta/meta-session.ts'
export { OutboxTotal } from './outbox/outbox-total.ts'
export type { Bound, OutboxKind, OutboxLimits, OutboxOwner } from './outbox/outbox.ts'
export { Outbox } from './outbox/outbox.ts'
export type { Page, PageRequest, ProcedureRow, SessionFilter, SessionRow, TopicRow, UriFilter } from './realm-pages.ts'
export type { RealmExtent, RegistrationView, SessionView, SubscriptionView } from './realm-view.ts'
export { RealmView } from './realm-view.ts'
export { Realm } from './realm.ts'
export type { CallSeries } from './state/call-durations.ts'
export { CallDurations } from './state/call-durations.ts'
export { KeptForms } from './state/kept-forms.ts'
export { OwnerTotal } from './state/owner-total.ts'
export { StoreShares } from './state/store-shares.ts'
export { tablesWithin } from './state/table-share.ts'
export { RecentlyUsed } from './state/recently-used.ts'
export type { CompiledSettings } from './state/compiled-settings.ts'
export { compileSettings } from './state/compiled-settings.ts'
export type { CallOutcome } from './state/counters.ts'
export { Counters } from './state/counters.ts'
export type { Deadline } from './state/deadlines.ts'
export { Deadlines } from './state/deadlines.ts'
export { DEFAULT_REALM_SETTINGS } from './state/default-settings.ts'
export { TimeShare } from './state/time-share.ts'
export { Histogram } from './state/histogram.ts'
export type { Latency } from './state/recent-durations.ts'
export { networkOf, ownerOf } from './state/owner.ts'
export type { Numbering, Session, SessionProfile } from './state/session.ts'
export type {
  NodeQuestion,
  PlaceEnd,
  RealmCluster,
  RemoteSession,
  SharedDescription,
  SharedPublication,
  SharedSubscription,
} from './state/realm-cluster.ts'
export type { Subscription } from './state/subscription.ts'
