// The entry of @trunkline/client: everything that applications import, with JSON built in.

export type { AuthMethod, LoginAttempt, LoginStart } from './login.ts'
export type { Challenge, ChallengeAnswer } from './opening.ts'
export { json } from './json-text.ts'
export type { Session } from './session.ts'
export type { AcknowledgedPublish, SessionOptions, Welcome } from './session.ts'
export { CallResult, Result } from './results.ts'
export type { Args, Kwargs } from './results.ts'
export type { OpenCall } from './call-parts.ts'
export type { Chunks, ProgressCall, StreamCallOptions } from './calls/streams.ts'
export type { EndInfo } from './ended.ts'
export { RevokedError } from './ended.ts'
export type { Chunk, Invocation, InvocationHandler, Registration } from './invocation.ts'
export type { EventHandler, ReceivedEvent, Subscription } from './subscriber.ts'
export type { PayloadCodec, PayloadUse, PlainPayload, SealedPayload } from './passthru.ts'
export type { RouterRole } from './router-features.ts'
export type {
  CallOptions,
  CustomOptions,
  KeywordOptions,
  PassthruOptions,
  PublishOptions,
  RegisterOptions,
  SubscribeOptions,
} from './options.ts'
export { DisconnectedError, isCanceled } from './errors.ts'
export type { CloseInfo } from './errors.ts'
export type { ErrorContext, ErrorSource, OnError } from './report.ts'
export type { Clock } from './clock.ts'
export type { Client } from './reconnecting/client.ts'
export type {
  ClientAcknowledgedPublish,
  ClientCallOptions,
  ClientOptions,
  ClientPublishOptions,
  SharedConnection,
} from './reconnecting/client-options.ts'
export { connect, createClient } from './reconnecting/connect.ts'
export type { Pending } from './awaitable.ts'
export { OverflowError } from './event-stream.ts'
export type { EventStream, StreamedEvent, StreamOptions } from './event-stream.ts'
export type { WhileAway } from './reconnecting/away.ts'
export type { Backoff } from './reconnecting/backoff.ts'
export type { DeclarationState, Declared } from './reconnecting/declaration-state.ts'
export type { DeclaredRegistration, DeclaredSubscription } from './reconnecting/declared.ts'
export type { Environment } from './reconnecting/environment.ts'
export type { ClientState, ConnectionFault } from './reconnecting/states.ts'
export { ConnectError } from './transports/transport.ts'
export type {
  ClientSerializer,
  ClientTransport,
  ConnectErrorCode,
  OpenTransportOptions,
  TlsOptions,
  WayOptions,
  TransportCloseInfo,
  TransportOwner,
} from './transports/transport.ts'
export type { CancelMode, Overflow } from '@trunkline/protocol'
export { ApplicationError, isUri, PayloadError, ProtocolError, UsageError } from '@trunkline/protocol'
