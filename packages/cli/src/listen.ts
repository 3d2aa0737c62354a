// Opens the listeners of a configuration, with the check of web pages.

import type { IncomingMessage } from 'node:http'
import type { Listener, ListenerChanges, Log, MetricsAccess, RequestSource, RouteHandler, Router, RouterLimits } from '@trunkline/router'
import type { ListenerConfig, MetricsConfig, WebSocketConfig } from './config/listeners.ts'
import { originFault } from './origin-rule.ts'

/** Makes the handler for requests of metrics. */
export type MetricsRoutes = (access: MetricsAccess) => RouteHandler

/**
 * Opens one listener.
 * @throws {UsageError} (rejects) when its address cannot be used
 */
export function openListener(router: Router, config: ListenerConfig, metrics: MetricsRoutes): Promise<Listener> {
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
  const routes = routesOf(config, metrics)
  if (config.kind === 'metrics') return router.listenHttp({ ...common, ...config.listen, paths: [], routes })
  const { listen, isUniversal: rawSocket, paths, longPoll, maxHeaderBytes } = config
  const mayUpgrade = originRule(config, router.log)
  return router.listenHttp({ ...common, ...listen, rawSocket, paths, longPoll, maxHeaderBytes, mayUpgrade, routes })
}

/** What the changes of an open listener need from its router. */
interface OpenRouter {
  readonly limits: Partial<RouterLimits>
  /** Bounded, since refused pages may try any number of times. */
  readonly log: Log
  readonly metrics: MetricsRoutes
}

/** The changes that bring an open listener to a configuration. */
export function changesOf(config: ListenerConfig, { limits: { messageBytes }, log, metrics }: OpenRouter): ListenerChanges {
  const { tls, serializers, maxConnections, logins, maxMessageBytes = messageBytes } = config
  const common = { tls, serializers, maxConnections, logins, maxMessageBytes }
  if (config.kind === 'rawsocket') return common
  // A listener for health alone may have served metrics before.
  const routes = config.kind === 'health' ? undefined : routesOf(config, metrics)
  return config.kind !== 'websocket'
    ? { ...common, routes }
    : { ...common, routes, paths: config.paths, mayUpgrade: originRule(config, log) }
}

function routesOf({ metrics: access }: WebSocketConfig | MetricsConfig, metrics: MetricsRoutes): RouteHandler | undefined {
  return access && metrics(access)
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
