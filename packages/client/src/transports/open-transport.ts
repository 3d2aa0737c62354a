// From a URL to a connection: chooses the transport by the scheme. Knows no sockets itself.

import { UsageError } from '@trunkline/protocol'
import { openRawSocket } from '#rawsocket'
import type { ClientTransport, OpenTransportOptions } from './transport.ts'
import { openWebSocket } from './websocket.ts'

/**
 * Opens a connection to a router.
 * @param url `ws://`, `wss://`, `rs://host:port`, `rss://host:port` or `rs+unix:///path`
 * @throws {UsageError} for a URL that is none of these
 * @throws {ConnectError} when no connection comes about
 */
export async function openTransport(url: string, options: OpenTransportOptions): Promise<ClientTransport> {
  const parsed = parseUrl(url)
  switch (parsed.protocol) {
    case 'ws:':
    case 'wss:':
      return openWebSocket(url, options)
    case 'rs:':
    case 'rss:':
    case 'rs+unix:':
      return openRawSocket(parsed, options)
    default:
      throw new UsageError(`${parsed.protocol} is none of ws, wss, rs, rss, rs+unix`)
  }
}

function parseUrl(url: string): URL {
  try {
    return new URL(url)
  } catch (error) {
    throw new UsageError('url is not a URL', 'TL_USAGE', { cause: error })
  }
}
