// Opens the doors that a configuration names. Judges origins; knows no file.

import type { IncomingMessage } from 'node:http'
import type { Listener, ListenerChanges, Log, Router, RouterLimits } from '@trunkline/router'
import type { ListenerConfig, WebSocketConfig } from './config/listeners.ts'
import { isOriginAllowed } from './origin-rule.ts'

/**
 * Opens one listener.
 * @throws {UsageError} (rejects) when its address is not to be had
 */
export function openListener(router: Router, config: ListenerConfig): Promise<Listener> {
  const { tls, serializers, maxConnections, maxMessageBytes, backlog } = config
  const common = { tls, serializers, maxConnections, backlog, ...(maxMessageBytes === undefined ? {} : { maxMessageBytes }) }
  if (config.kind === 'rawsocket') return router.listenRawSocket({ ...common, listen: config.listen })
  const { host, port, paths, longPoll } = config
  return router.listenHttp({ ...common, host, port, paths, longPoll, mayUpgrade: originRule(config, router.log) })
}

/**
 * What an open listener has to be told to be as a configuration says.
 * @param log the router's, which is bounded: pages that may not connect can try as often as they like
 */
export function changesOf(config: ListenerConfig, { messageBytes }: Partial<RouterLimits>, log: Log): ListenerChanges {
  const { tls, serializers, maxConnections, maxMessageBytes = messageBytes } = config
  const common = { tls, serializers, maxConnections, maxMessageBytes }
  return config.kind === 'rawsocket' ? common : { ...common, paths: config.paths, mayUpgrade: originRule(config, log) }
}

function originRule({ origins }: WebSocketConfig, log: Log) {
  return (request: IncomingMessage) => {
    if (isOriginAllowed(request, origins)) return undefined
    const { remoteAddress, remotePort } = request.socket
    log.warn('origin refused', { origin: request.headers.origin, peer: `${remoteAddress}:${remotePort}` })
    return { status: 403, text: 'pages of this origin may not connect' }
  }
}
