// Calls as queries of TanStack Query, of whatever framework. Imports nothing of it.

import type { AnyCall } from './call-store.ts'
import { cancellable } from './call-store.ts'

/** What `useQuery`, `prefetchQuery` … of TanStack Query take. */
export interface QueryOptions<Parameters extends readonly unknown[], Value> {
  /** The URI, and the parameters. */
  readonly queryKey: readonly [uri: string, ...parameters: Parameters]
  /** Makes the call, which the signal cancels. */
  readonly queryFn: (context: { readonly signal: AbortSignal }) => Promise<Value>
}

/**
 * The options of a query that makes a call: `useQuery(queryOptions(api.orders.get, 42))`. All queries of a procedure have the key `[uri]`
 * in common, for `invalidateQueries({ queryKey: [api.orders.get.uri] })`.
 */
export function queryOptions<Parameters extends readonly unknown[], Value>(
  call: AnyCall<Parameters, Value>,
  ...parameters: Parameters
): QueryOptions<Parameters, Value> {
  return { queryKey: [call.uri, ...parameters], queryFn: ({ signal }) => cancellable(call, signal)(...parameters) }
}
