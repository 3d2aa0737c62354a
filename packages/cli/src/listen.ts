// Opens the listeners of a configuration, with the check of web pages.

import type { IncomingMessage } from 'node:http'
import type {
  Listener,
  ListenerChanges,
  Log,
  LongPollRelay,
  MetricsAccess,
  RequestSource,
  RouteHandler,
  Router,
  RouterLimits,
} from '@trunkline/router'
import type { DashboardConfig, ListenerConfig, MetricsConfig, WebSocketConfig } from './config/listeners.ts'
import type { OriginRule } from './origin-rule.ts'
import { hostFault, originFault } from './origin-rule.ts'

/** Makes the handlers for requests of pages. */
export interface PageRoutes {
  readonly metrics: (access: MetricsAccess) => RouteHandler
  readonly dashboard: (place: DashboardConfig, rule: OriginRule) => RouteHandler
}

/**
 * Opens one listener.
 * @param relay where other processes serve the same address: what brings long-poll requests to the one that has their connection
 * @throws {UsageError} (rejects) when its address cannot be used
 */
export function openListener(router: Router, config: ListenerConfig, pages: PageRoutes, relay?: LongPollRelay): Promise<Listener> {
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
  const routes = routesOf(config, pages)
  if (config.kind === 'metrics') return router.listenHttp({ ...common, ...config.listen, paths: [], routes })
  const { listen, isUniversal: rawSocket, paths, longPoll, http, maxHeaderBytes } = config
  const mayUpgrade = originRule(config, router.log)
  return router.listenHttp({
    ...common,
    ...listen,
    rawSocket,
    paths,
    longPoll: longPoll && { ...longPoll, relay: relay?.at(config.place) },
    http,
    maxHeaderBytes,
    mayUpgrade,
    routes,
  })
}

/** What the changes of an open listener need from its router. */
interface OpenRouter {
  readonly limits: Partial<RouterLimits>
  /** Bounded, since refused pages may try any number of times. */
  readonly log: Log
  readonly pages: PageRoutes
}

/** The changes that bring an open listener to a configuration. */
export function changesOf(config: ListenerConfig, { limits: { messageBytes }, log, pages }: OpenRouter): ListenerChanges {
  const { tls, serializers, maxConnections, logins, maxMessageBytes = messageBytes } = config
  const common = { tls, serializers, maxConnections, logins, maxMessageBytes }
  if (config.kind === 'rawsocket') return common
  // A listener for health alone may have served metrics before.
  const routes = config.kind === 'health' ? undefined : routesOf(config, pages)
  return config.kind !== 'websocket'
    ? { ...common, routes }
    : { ...common, routes, paths: config.paths, http: config.http, mayUpgrade: originRule(config, log) }
}

function routesOf(config: WebSocketConfig | MetricsConfig, pages: PageRoutes): RouteHandler | undefined {
  const metrics = config.metrics && pages.metrics({ ...config.metrics, hosts: hostsOf(config) })
  const dashboard = config.kind === 'websocket' ? dashboardOf(config, pages) : undefined
  if (metrics === undefined || dashboard === undefined) return metrics ?? dashboard
  return (...asked) => metrics(...asked) || dashboard(...asked)
}

function dashboardOf(config: WebSocketConfig, pages: PageRoutes): RouteHandler | undefined {
  return config.dashboard && pages.dashboard(config.dashboard, { origins: config.origins, hosts: hostsOf(config) })
}

/** The names of a listener: those that it is given, and its address, should that be a name. */
function hostsOf({ listen, ...config }: WebSocketConfig | MetricsConfig): readonly string[] {
  const { hosts = [] } = config.kind === 'websocket' ? config : config.metrics
  return 'path' in listen ? hosts : [...hosts, listen.host]
}

function originRule(config: WebSocketConfig, log: Log) {
  const hosts = hostsOf(config)
  const rule: OriginRule = { origins: config.origins, hosts }
  /** Pages of the listener itself may connect whatever `origins` names. */
  const own = config.dashboard && { origins: undefined, hosts }
  return (request: IncomingMessage, { peer, address }: RequestSource) => {
    const isOwn = own !== undefined && originFault(request, own) === undefined
    const fault = hostFault(request, rule) ?? (isOwn ? undefined : originFault(request, rule))
    if (fault === undefined) return undefined
    const { origin, host } = request.headers
    log.warn('origin refused', { area: 'listeners', origin, host, peer, address, why: fault })
    return { status: 403, text: fault }
  }
}
