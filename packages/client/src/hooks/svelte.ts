// The entry of @trunkline/client/svelte: the stores of @trunkline/client/store by Svelte's contract, for `$`. Imports nothing of Svelte.

import type { TopicApi, TopicEvent } from '@trunkline/contract'
import type { Client } from '../reconnecting/client.ts'
import type { ClientState } from '../reconnecting/states.ts'
import type { AnyCall, CallState, CallStore } from './call-store.ts'
import { callStore as sharedCall } from './call-store.ts'
import type { TopicParameters } from './latest-store.ts'
import { latestStore as sharedLatest } from './latest-store.ts'
import type { Store } from './shared-store.ts'
import { connectionStore as sharedConnection } from './store.ts'

export { queryOptions } from './query-options.ts'
export type { QueryOptions } from './query-options.ts'
export type { AnyCall, CallState } from './call-store.ts'

/** A store as Svelte has it. */
export interface Readable<Value> {
  /** Calls `run` at once, and at each change, until the returned function is called. */
  readonly subscribe: (run: (value: Value) => void) => () => void
}

/** `$price` is the {@link CallState} of a call, which all components share; see `callStore` of @trunkline/client/store. */
export function callStore<Parameters extends readonly unknown[], Value>(
  call: AnyCall<Parameters, Value>,
  ...parameters: Parameters
): Readable<CallState<Value>> & Pick<CallStore<Value>, 'refetch'> {
  const store = sharedCall(call, ...parameters)
  return { ...readable(store), refetch: store.refetch }
}

/** `$latest` is the `value` of the latest event of a topic, undefined before the first. */
export function latestStore<D>(topic: TopicApi<D>, ...parameters: TopicParameters<D>): Readable<TopicEvent<D>['value'] | undefined> {
  return readable(sharedLatest(topic, ...parameters))
}

/** `$connection` is the state of the client. */
export function connectionStore(client: Client): Readable<ClientState> {
  return readable(sharedConnection(client))
}

function readable<Value>(store: Store<Value>): Readable<Value> {
  return {
    subscribe(run) {
      run(store.get())
      let leave = (): void => undefined
      let isLeft = false
      // A server subscribes and leaves in one turn: it only renders what is there, and nothing is called.
      queueMicrotask(() => {
        if (!isLeft) leave = store.subscribe(() => run(store.get()))
      })
      return () => {
        isLeft = true
        leave()
      }
    },
  }
}
