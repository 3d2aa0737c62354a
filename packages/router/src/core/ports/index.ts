// What the rest of the router may import from the ports. Types only.

export type * from './access.ts'
export type * from './bus.ts'
export type * from './clock.ts'
export type * from './contracts.ts'
export type * from './event-store.ts'
export type * from './link.ts'
export type * from './log.ts'
export type * from './rights.ts'
export type * from './transport.ts'
export type * from './tracer.ts'
export type * from './witness.ts'
export type * from './witnesses.ts'
export type {
  DurableRule,
  HistoryRule,
  MessageRate,
  RealmLimits,
  RealmSettings,
  RetainRule,
  SlowConsumerRule,
  SlowConsumerRules,
  TopicRule,
  TrustRule,
} from './settings.ts'
