// The WebSocket of browsers, workers and whatever is not Node. Must import nothing that needs Node.

import { UsageError } from '@trunkline/protocol'
import type { WayOptions } from './transport.ts'
import type { WebSocketClass } from './websocket-class.ts'

/** The platform's WebSocket. Certificates, headers and proxies are the platform's business. */
export function webSocketClass({ tls, headers, httpAgent }: WayOptions): Promise<WebSocketClass> {
  if (tls ?? headers ?? httpAgent) return Promise.reject(new UsageError('tls, headers and httpAgent need Node'))
  return Promise.resolve((url, protocol) => new WebSocket(url, protocol))
}

/** Why there is no connection; a browser does not say. */
export function causeText(_cause: unknown, _url: URL): string {
  return ''
}
