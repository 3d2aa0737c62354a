// The entry of @trunkline/client/store: what components of any framework show of calls, topics and the connection. Knows no framework.

import type { Client } from '../reconnecting/client.ts'
import type { ClientState } from '../reconnecting/states.ts'
import type { Store } from './shared-store.ts'

export type { Store } from './shared-store.ts'
export { callStore } from './call-store.ts'
export type { AnyCall, CallState, CallStore } from './call-store.ts'
export { latestStore } from './latest-store.ts'
export type { TopicParameters } from './latest-store.ts'
export { queryOptions } from './query-options.ts'
export type { QueryOptions } from './query-options.ts'

/** The store of a client's state. */
export function connectionStore(client: Client): Store<ClientState> {
  return { get: () => client.state, subscribe: (changed) => client.onState(changed) }
}
