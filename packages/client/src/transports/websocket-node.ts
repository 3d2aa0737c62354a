// The WebSocket of Node: the `ws` package, which supports headers and agents and reports why a connection failed; the global
// WebSocket does neither.

import { globalAgent } from 'node:https'
import { shownCause } from './cause-node.ts'
import type { WayOptions } from './transport.ts'
import type { AnyWebSocket, WebSocketClass } from './websocket-class.ts'

/** A function that makes WebSockets; it loads `ws` only when needed. */
export async function webSocketClass({ tls, headers, httpAgent }: WayOptions): Promise<WebSocketClass> {
  const { WebSocket: Client } = await import('ws')
  return (url, protocol) => {
    const way = { ...tls, headers, agent: httpAgent ?? environmentAgent(url) }
    // No compression: the memory of its contexts is larger than most WAMP messages.
    return new Client(url, protocol, { ...way, perMessageDeflate: false }) as unknown as AnyWebSocket
  }
}

/** The reason of a failed connection. */
export function causeText(cause: unknown, url: URL): string {
  return `: ${shownCause(cause, url)}`
}

/** Node's global agent, if Node is set to respect HTTPS_PROXY and NO_PROXY; without an agent `ws` ignores them. */
function environmentAgent(url: string): object | undefined {
  const isAsked = process.env['NODE_USE_ENV_PROXY'] === '1' || process.execArgv.includes('--use-env-proxy')
  return isAsked && url.startsWith('wss:') ? globalAgent : undefined
}
