// What both entries of this package export.

export { contractInfo, isEntry } from './contract.ts'
export type { ContractInfo } from './contract.ts'
export { error, procedure, topic } from './entries.ts'
export type { AnyError, ContractError, Entry, ErrorEntry, ErrorSpec, Procedure, ProcedureSpec, Topic, TopicSpec, Tree } from './entries.ts'
export { bytes, date, int64, optional } from './own-schemas.ts'
export { isSchema, type } from './schema.ts'
export type { Checked, In, Issue, Out, Schema } from './schema.ts'
export type {
  ArgsIn,
  ArgsOut,
  ArgsSpec,
  KwargsIn,
  KwargsOut,
  KwargsSpec,
  ParamsOf,
  Shape,
  ShapeIn,
  ShapeOut,
  SomeUriParams,
  UriParams,
} from './shapes.ts'
export { canceled, invalidArgument, noSuchProcedure, notAuthorized, timedOut, unavailable } from './standard-errors.ts'
export { settle } from './settle.ts'
export type { Call, Settled } from './settle.ts'
export type { Fault } from './check.ts'
export { ContractViolation } from './violation.ts'
export type {
  Answering,
  Api,
  Caller,
  CallOptions,
  Context,
  EventLoop,
  Handler,
  Handlers,
  Implement,
  Implementation,
  ImplementOptions,
  LoopOptions,
  Pending,
  ProcedureApi,
  ProgressLoop,
  RepeatableCallOptions,
  TopicApi,
  TopicEvent,
  TopicSubscription,
  Use,
  UseOptions,
} from './api.ts'
export type { CheckPolicy, Peer } from './peer.ts'
