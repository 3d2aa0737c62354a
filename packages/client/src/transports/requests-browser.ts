// HTTP requests of browsers, workers and other platforms than Node. Must import nothing that needs Node.

import { UsageError } from '@trunkline/protocol'
import type { WayOptions } from './transport.ts'

/** The platform's `fetch`. The platform decides about certificates, headers and proxies. */
export function requestsBy({ tls, headers, httpAgent }: WayOptions): typeof fetch {
  if (tls ?? headers ?? httpAgent) throw new UsageError('tls, headers and httpAgent need Node')
  return fetch
}
