// Opens the listeners of a configuration, with the check of web pages.

import type { IncomingMessage } from 'node:http'
import type { Listener, ListenerChanges, Log, RequestSource, Router, RouterLimits } from '@trunkline/router'
import type { ListenerConfig, WebSocketConfig } from './config/listeners.ts'
import { originFault } from './origin-rule.ts'

/**
 * Opens one listener.
 * @throws {UsageError} (rejects) when its address cannot be used
 */
export function openListener(router: Router, config: ListenerConfig): Promise<Listener> {
  const { tls, serializers, maxConnections, maxMessageBytes, backlog, logins, proxyProtocol } = config
  const common = {
    tls,
    serializers,
    maxConnections,
    backlog,
    logins,
    proxyProtocol,
    ...(maxMessageBytes === undefined ? {} : { maxMessageBytes }),
  }
  if (config.kind === 'rawsocket') return router.listenRawSocket({ ...common, listen: config.listen })
  if (config.kind === 'health') return router.listenHttp({ ...common, ...config.listen, paths: [] })
  const { listen, isUniversal: rawSocket, paths, longPoll, maxHeaderBytes } = config
  const mayUpgrade = originRule(config, router.log)
  return router.listenHttp({ ...common, ...listen, rawSocket, paths, longPoll, maxHeaderBytes, mayUpgrade })
}

/**
 * The changes that bring an open listener to a configuration.
 * @param log the router's log, which is bounded, since refused pages may try any number of times
 */
export function changesOf(config: ListenerConfig, { messageBytes }: Partial<RouterLimits>, log: Log): ListenerChanges {
  const { tls, serializers, maxConnections, logins, maxMessageBytes = messageBytes } = config
  const common = { tls, serializers, maxConnections, logins, maxMessageBytes }
  return config.kind !== 'websocket' ? common : { ...common, paths: config.paths, mayUpgrade: originRule(config, log) }
}

function originRule({ origins, hosts = [], listen }: WebSocketConfig, log: Log) {
  const rule = { origins, hosts: 'path' in listen ? hosts : [...hosts, listen.host] }
  return (request: IncomingMessage, { peer, address }: RequestSource) => {
    const fault = originFault(request, rule)
    if (fault === undefined) return undefined
    const { origin, host } = request.headers
    log.warn('origin refused', { origin, host, peer, address, why: fault })
    return { status: 403, text: fault }
  }
}
