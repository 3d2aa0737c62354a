// The entry of @trunkline/client/vue: the stores of @trunkline/client/store as refs, which end with the scope that made them.

import type { TopicApi, TopicEvent } from '@trunkline/contract'
import type { SharedSubscribeOptions } from '@trunkline/protocol'
import type { MaybeRefOrGetter, ShallowRef } from 'vue'
import { computed, getCurrentInstance, onMounted, onScopeDispose, shallowRef, toValue, watch } from 'vue'
import type { Client } from '../reconnecting/client.ts'
import type { ClientState } from '../reconnecting/states.ts'
import type { AnyCall, CallState } from './call-store.ts'
import { callStore, PENDING } from './call-store.ts'
import type { TopicHandler, TopicParameters, TopicParams } from './latest-store.ts'
import { latestStore, listen } from './latest-store.ts'
import type { Store } from './shared-store.ts'
import { keyOf } from './shared-store.ts'
import { connectionStore } from './store.ts'

export { queryOptions } from './query-options.ts'
export type { QueryOptions } from './query-options.ts'
export type { AnyCall, CallState } from './call-store.ts'

/** Parameters as values, refs or getters. */
export type Reactive<Parameters extends readonly unknown[]> = { [Place in keyof Parameters]: MaybeRefOrGetter<Parameters[Place]> }
/** The state of a call as refs, and how to make it again. */
export type UsedCall<Value> = { readonly [Key in keyof CallState<Value>]: Readonly<ShallowRef<CallState<Value>[Key]>> } & {
  refetch(): Promise<void>
}
type Shown<Value> = Readonly<ShallowRef<Value>>

/**
 * The outcome of a call, which all components with the same procedure and parameters share. It is made when the first of them is
 * mounted, anew when its parameters change, and forgotten when the last one is unmounted; while a server renders it is pending.
 * `call` must be the same function each time: make `client.use(contract)` once.
 */
export function useCall<Parameters extends readonly unknown[], Value>(
  call: AnyCall<Parameters, Value>,
  ...parameters: Reactive<Parameters>
): UsedCall<Value> {
  const storeNow = (): ReturnType<typeof callStore<Parameters, Value>> =>
    callStore(call, ...(parameters.map(toValue) as never as Parameters))
  const state = shown<CallState<Value>>(PENDING, storeNow)
  return {
    status: computed(() => state.value.status),
    data: computed(() => state.value.data),
    error: computed(() => state.value.error),
    isFetching: computed(() => state.value.isFetching),
    refetch: () => storeNow().refetch(),
  }
}

/**
 * Calls `handler` for each event of a topic until the component is unmounted: `useTopic(api.prices, { symbol }, handler)`. `params` may be a
 * ref or a getter: a change subscribes anew. URI parameters that are left out match anything.
 */
export function useTopic<D>(topic: TopicApi<D>, handler: TopicHandler<D>, options?: SharedSubscribeOptions): void
export function useTopic<D>(
  topic: TopicApi<D>,
  params: MaybeRefOrGetter<TopicParams<D>>,
  handler: TopicHandler<D>,
  options?: SharedSubscribeOptions,
): void
export function useTopic(topic: unknown, ...given: readonly unknown[]): void {
  // A handler in the first place is no getter.
  const hasParams = typeof given[1] === 'function'
  const parameters = (): readonly unknown[] => (hasParams ? [toValue(given[0]), ...given.slice(1)] : given)
  whenMounted(() =>
    watch(
      () => keyOf(parameters()),
      (_key, _before, onCleanup) => onCleanup(listen(topic, parameters())),
      { immediate: true },
    ),
  )
}

/** The `value` of the latest event of a topic, undefined before the first; a retained event comes at once. See `latestStore`. */
export function useLatest<D>(topic: TopicApi<D>, ...parameters: Reactive<TopicParameters<D>>): Shown<TopicEvent<D>['value'] | undefined> {
  return shown(undefined, () => latestStore<D>(topic, ...((parameters as unknown[]).map(toValue) as never as TopicParameters<D>)))
}

/** The state of the client, for a line such as «offline, again in 3 s». While a server renders it is `connecting`. */
export function useConnection(client: Client): Shown<ClientState> {
  const store = connectionStore(client)
  return shown<ClientState>({ status: 'connecting', attempt: 1, url: undefined }, () => store)
}

/** The value of a store, which may become another one. */
function shown<Value>(first: Value, storeNow: () => Store<Value>): Shown<Value> {
  const value = shallowRef(first)
  whenMounted(() =>
    watch(
      storeNow,
      (store, _before, onCleanup) => {
        const show = (): void => void (value.value = store.get())
        onCleanup(store.subscribe(show))
        show()
      },
      { immediate: true },
    ),
  )
  return value
}

/** Begins when the component is mounted, which it never is on a server; outside of components at once. Ends with the scope. */
function whenMounted(begin: () => () => void): void {
  let end = (): void => undefined
  const start = (): void => void (end = begin())
  if (getCurrentInstance() === null) start()
  else onMounted(start)
  onScopeDispose(() => end())
}
