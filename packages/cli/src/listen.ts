// Opens the doors that a configuration names. Judges origins; knows no file.

import type { IncomingMessage } from 'node:http'
import type { Listener, ListenerChanges, Log, Router, RouterLimits } from '@trunkline/router'
import type { ListenerConfig, WebSocketConfig } from './config/listeners.ts'
import { isOriginAllowed } from './origin-rule.ts'

/**
 * Opens one listener.
 * @throws {UsageError} (rejects) when its address is not to be had
 */
export function openListener(router: Router, config: ListenerConfig, log: Log): Promise<Listener> {
  const { tls, serializers, maxConnections, maxMessageBytes } = config
  const common = { tls, serializers, maxConnections, ...(maxMessageBytes === undefined ? {} : { maxMessageBytes }) }
  if (config.kind === 'rawsocket') return router.listenRawSocket({ ...common, listen: config.listen })
  const { host, port, paths, longPoll } = config
  return router.listenHttp({ ...common, host, port, paths, longPoll, mayUpgrade: originRule(config, log) })
}

/** What an open listener has to be told to be as a configuration says. */
export function changesOf(config: ListenerConfig, { messageBytes }: Partial<RouterLimits>, log: Log): ListenerChanges {
  const { tls, serializers, maxConnections, maxMessageBytes = messageBytes } = config
  const common = { tls, serializers, maxConnections, maxMessageBytes }
  return config.kind === 'rawsocket' ? common : { ...common, paths: config.paths, mayUpgrade: originRule(config, log) }
}

function originRule({ origins }: WebSocketConfig, log: Log) {
  return (request: IncomingMessage) => {
    if (isOriginAllowed(request, origins)) return undefined
    log.warn('origin refused', { origin: request.headers.origin, peer: request.socket.remoteAddress })
    return { status: 403, text: 'pages of this origin may not connect' }
  }
}
