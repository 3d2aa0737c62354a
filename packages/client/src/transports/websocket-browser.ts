// The WebSocket of browsers, workers and other platforms than Node. Must import nothing that needs Node.

import { UsageError } from '@trunkline/protocol'
import type { WayOptions } from './transport.ts'
import type { WebSocketClass } from './websocket-class.ts'

/** The platform's WebSocket. The platform decides about certificates, headers and proxies. */
export function webSocketClass({ tls, headers, httpAgent }: WayOptions): Promise<WebSocketClass> {
  if (tls ?? headers ?? httpAgent) return Promise.reject(new UsageError('tls, headers and httpAgent need Node'))
  return Promise.resolve((url, protocol) => new WebSocket(url, protocol))
}

/** The reason of a failed connection, which a browser does not disclose. */
export function causeText(_cause: unknown, _url: URL): string {
  return ''
}
