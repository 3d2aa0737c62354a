// The entry of @trunkline/client/react: hooks over the stores of @trunkline/client/store.

import type { TopicApi, TopicEvent } from '@trunkline/contract'
import type { SharedSubscribeOptions } from '@trunkline/protocol'
import { useCallback, useEffect, useRef, useSyncExternalStore } from 'react'
import type { Client } from '../reconnecting/client.ts'
import type { ClientState } from '../reconnecting/states.ts'
import type { AnyCall, AwaitableCall, CallState, CallStore } from './call-store.ts'
import { awaitableCall, PENDING } from './call-store.ts'
import type { TopicHandler, TopicParameters, TopicParams } from './latest-store.ts'
import { latestStore, listen } from './latest-store.ts'
import { keyOf } from './shared-store.ts'

export { queryOptions } from './query-options.ts'
export type { QueryOptions } from './query-options.ts'
export type { AnyCall, CallState } from './call-store.ts'

/** The state of a call, and how to make it again. */
export type UsedCall<Value> = CallState<Value> & Pick<CallStore<Value>, 'refetch'>

/**
 * The outcome of a call, which all components with the same procedure and parameters share. It is made when the first of them is
 * mounted, and forgotten when the last one is unmounted; while a server renders it is pending. `call` must be the same function each time: make
 * `client.use(contract)` once, outside of components.
 */
export function useCall<Parameters extends readonly unknown[], Value>(
  call: AnyCall<Parameters, Value>,
  ...parameters: Parameters
): UsedCall<Value> {
  const store = awaitableCall(call, ...parameters)
  return { ...useStateOf(store), refetch: store.refetch }
}

/**
 * The value of a call, as {@link useCall} shares it. The component suspends until there is one, and throws a failure to its error boundary;
 * the next component that is mounted calls again. Give the call a `timeout`.
 */
export function useCallNow<Parameters extends readonly unknown[], Value>(
  call: AnyCall<Parameters, Value>,
  ...parameters: Parameters
): Value {
  const store = awaitableCall(call, ...parameters)
  const { status, data, error } = useStateOf(store)
  if (status === 'success') return data as Value
  // oxlint-disable-next-line typescript/only-throw-error -- React 18 has no other way to suspend, and React 19 takes it.
  if (status === 'pending') throw store.settled()
  store.release()
  throw error
}

/**
 * Calls the latest `handler` for each event of a topic while the component is mounted: `useTopic(api.prices, { symbol }, handler)`. URI
 * parameters that are left out match anything. It subscribes anew when the parameters or options change.
 */
export function useTopic<D>(topic: TopicApi<D>, handler: TopicHandler<D>, options?: SharedSubscribeOptions): void
export function useTopic<D>(topic: TopicApi<D>, params: TopicParams<D>, handler: TopicHandler<D>, options?: SharedSubscribeOptions): void
export function useTopic<D>(topic: TopicApi<D>, ...given: readonly unknown[]): void {
  const place = given.findIndex((each) => typeof each === 'function')
  const latest = useRef(given[place])
  useEffect(() => {
    latest.current = given[place]
  })
  const key = keyOf(given)
  useEffect(() => {
    const handler: TopicHandler<D> = (event) => (latest.current as TopicHandler<D>)(event)
    return listen(topic, [...given.slice(0, place), handler, ...given.slice(place + 1)])
  }, [topic, key])
}

/** The `value` of the latest event of a topic, undefined before the first; a retained event comes at once. See `latestStore`. */
export function useLatest<D>(topic: TopicApi<D>, ...parameters: TopicParameters<D>): TopicEvent<D>['value'] | undefined {
  const store = latestStore(topic, ...parameters)
  return useSyncExternalStore(store.subscribe, store.get, nothing)
}

/** The state of the client, for a line such as «offline, again in 3 s». While a server renders, and at hydration, it is `connecting`. */
export function useConnection(client: Client): ClientState {
  const subscribe = useCallback((changed: () => void) => client.onState(changed), [client])
  return useSyncExternalStore(subscribe, () => client.state, connecting)
}

function useStateOf<Value>({ subscribe, get }: AwaitableCall<Value>): CallState<Value> {
  return useSyncExternalStore<CallState<Value>>(subscribe, get, pending)
}

const CONNECTING: ClientState = { status: 'connecting', attempt: 1, url: undefined }
const pending = (): typeof PENDING => PENDING
const nothing = (): undefined => undefined
const connecting = (): ClientState => CONNECTING
