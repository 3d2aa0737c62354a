// The entry of @trunkline/contract: the only file that other packages may import.

export { contract, contractInfo, isEntry } from './contract.ts'
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
export { use } from './use.ts'
export { implement } from './implement.ts'
export { ContractViolation } from './violation.ts'
export type {
  Api,
  Context,
  EventLoop,
  Handler,
  Handlers,
  Implementation,
  ImplementOptions,
  Pending,
  ProcedureApi,
  ProgressLoop,
  TopicApi,
  TopicEvent,
  TopicSubscription,
  UseOptions,
} from './api.ts'
export type { CallOptions, CheckPolicy, LoopOptions, Peer, PublishOptions, RegisterOptions, SubscribeOptions } from './peer.ts'
