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
  return /^wss?:/.test(parsed.protocol) ? openWebSocket(url, options) : openRawSocket(parsed, options)
}

function parseUrl(url: string): URL {
  try {
    const parsed = new URL(url)
    if (parsed.hash === '') return parsed
  } catch {
    // Told below, without the URL, in which a password may stand.
  }
  throw new UsageError('url is not a URL, or has a #fragment')
}
