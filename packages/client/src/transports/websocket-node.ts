// The WebSocket of Node: the `ws` package, which takes headers and agents and says why there is no connection; the global
// one does neither.

import { globalAgent } from 'node:https'
import { shownCause } from './cause-node.ts'
import type { WayOptions } from './transport.ts'
import type { AnyWebSocket, WebSocketClass } from './websocket-class.ts'

/** A way to make WebSockets; `ws` is loaded only when it is needed. */
export async function webSocketClass({ tls, headers, httpAgent }: WayOptions): Promise<WebSocketClass> {
  const { WebSocket: Client } = await import('ws')
  return (url, protocol) => {
    const way = { ...tls, headers, agent: httpAgent ?? environmentAgent(url) }
    // No compression: the memory of its contexts is larger than most WAMP messages.
    return new Client(url, protocol, { ...way, perMessageDeflate: false }) as unknown as AnyWebSocket
  }
}

/** Why there is no connection. */
export function causeText(cause: unknown, url: URL): string {
  return `: ${shownCause(cause, url)}`
}

/** Where Node's own clients go through HTTPS_PROXY but for NO_PROXY, its agent does so for us; `ws` makes a connection without one. */
function environmentAgent(url: string): object | undefined {
  const isAsked = process.env['NODE_USE_ENV_PROXY'] === '1' || process.execArgv.includes('--use-env-proxy')
  return isAsked && url.startsWith('wss:') ? globalAgent : undefined
}
