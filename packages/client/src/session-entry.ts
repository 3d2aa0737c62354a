// The entry of @trunkline/client/session: one session over one connection, for applications that count octets and
// connect again themselves. Cancelling, time limits, progress and chunks come with `calls()`.

export { openSession } from './open-session.ts'
export type { OpenSessionOptions } from './open-session.ts'
export { calls } from './calls/calls.ts'
export { send, stream } from './calls/streams.ts'
export type { CallMaker, Chunks, ProgressCall, StreamCallOptions } from './calls/streams.ts'
export type { CallParts, OpenCall } from './call-parts.ts'
export { Session } from './session.ts'
export type { AcknowledgedPublish, SessionOptions, Welcome } from './session.ts'
