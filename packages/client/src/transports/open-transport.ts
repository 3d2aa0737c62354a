// From a URL to a connection: chooses the transport by the scheme.

import { UsageError } from '@trunkline/protocol'
import { openRawSocket } from '#rawsocket'
import type { ClientTransport, OpenTransportOptions } from './transport.ts'
import { openWebSocket } from './websocket.ts'

/**
 * Opens a connection to a router.
 * @param url `ws://`, `wss://`, `rs://host:port`, `rss://host:port` or `rs+unix:///path`
 * @throws {UsageError} for a URL that is none of these
 * @throws {ConnectError} when the connection could not be opened
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
    // The error below leaves the URL out, which may hold a password.
  }
  throw new UsageError('url: expected a URL, such as ws://host/ws, without #fragment')
}
