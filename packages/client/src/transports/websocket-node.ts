// The WebSocket of Node: the global one where there is one (Node 22), else, and for TLS options, the `ws` package.

import type { TlsOptions } from './transport.ts'
import type { AnyWebSocket, WebSocketClass } from './websocket-class.ts'

/** A way to make WebSockets; `ws` is loaded only when it is needed. */
export async function webSocketClass(tls: TlsOptions | undefined): Promise<WebSocketClass> {
  const Global: typeof WebSocket | undefined = globalThis.WebSocket
  if (Global !== undefined && tls === undefined) return (url, protocol) => new Global(url, protocol)
  const { WebSocket: Client } = await import('ws')
  // No compression: the memory of its contexts is larger than most WAMP messages.
  return (url, protocol) => new Client(url, protocol, { ...tls, perMessageDeflate: false }) as unknown as AnyWebSocket
}
