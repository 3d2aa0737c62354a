// The WebSocket of browsers, Deno, Bun and workers. Must import nothing that needs Node.

import { UsageError } from '@trunkline/protocol'
import type { TlsOptions } from './transport.ts'
import type { WebSocketClass } from './websocket-class.ts'

/** The platform's WebSocket. Certificates are the platform's business. */
export function webSocketClass(tls: TlsOptions | undefined): Promise<WebSocketClass> {
  if (tls !== undefined) return Promise.reject(new UsageError('tls: here the platform checks certificates, it takes no options'))
  return Promise.resolve((url, protocol) => new WebSocket(url, protocol))
}
