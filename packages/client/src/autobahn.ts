// The entry of @trunkline/client/autobahn: the calls of autobahn-js over this client, for programs that were written for it.

export { auth_cra } from './autobahn/auth-cra.ts'
export { Connection } from './autobahn/connection.ts'
export type { Challenger, ConnectionOptions, CloseDetails, OpenDetails, TransportInfo } from './autobahn/connection.ts'
export { Registration, Subscription } from './autobahn/declared.ts'
export type { Endpoint, Handler, Options } from './autobahn/declared.ts'
export { Session } from './autobahn/session.ts'
export type { CallPromise } from './autobahn/session.ts'
export { AutobahnError as Error, Publication, Result } from './autobahn/values.ts'
export type { Event, Invocation } from './autobahn/values.ts'
