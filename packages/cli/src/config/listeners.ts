// The listeners of a checked document as options of the router, with the octets of their certificates.

import type { SecureContextOptions } from 'node:tls'
import { createSecureContext } from 'node:tls'
import type { SerializerName } from '@trunkline/protocol'
import type { HttpDoorOptions, ListenerLogins, MetricsAccess } from '@trunkline/router'
import { checkRealms, hasRole, noRealm } from './authentication.ts'
import { childPath } from './check.ts'
import { readMetricsAccess, readMetricsPage } from './metrics-access.ts'
import type { ConfigReader } from './reader.ts'
import type { ConfigDocument, HealthDocument, ListenerDocument, MetricsDocument, RawSocketDocument, WebSocketDocument } from './schema.ts'

/** Certificate, key and authorities of clients in octets, and whether clients need a certificate, as options of `node:tls`. */
export interface LoadedTls {
  readonly cert: Buffer
  readonly key: Buffer
  readonly ca?: Buffer | undefined
  readonly requestCert: boolean
  readonly rejectUnauthorized: boolean
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined
  readonly ciphers?: string | undefined
  readonly ecdhCurve?: string | undefined
}

/** A TCP port of an address, or the file of a Unix socket. */
export type ListenPlace = { readonly host: string; readonly port: number } | { readonly path: string; readonly mode: number }

interface CommonConfig {
  /** Identifies the listener across configurations: its address and every option that cannot change while it is open. */
  readonly place: string
  readonly listen: ListenPlace
  readonly proxyProtocol: boolean | undefined
  readonly tls: LoadedTls | undefined
  readonly serializers: readonly SerializerName[] | undefined
  readonly maxMessageBytes: number | undefined
  readonly maxConnections: number | undefined
  readonly backlog: number | undefined
  readonly logins: ListenerLogins | undefined
}

export interface WebSocketConfig extends CommonConfig {
  readonly kind: 'websocket'
  /** Whether it accepts RawSocket too. */
  readonly isUniversal: boolean
  readonly maxHeaderBytes: number | undefined
  readonly paths: readonly string[] | undefined
  readonly longPoll: { readonly path: string; readonly maxConnections: number | undefined } | undefined
  readonly http: HttpDoorOptions | undefined
  /** Absent: pages of the same host and port. */
  readonly origins: readonly string[] | undefined
  /** The host names by which pages of the same host and port may connect. */
  readonly hosts: readonly string[] | undefined
  /** Where it serves metrics too, and to whom. */
  readonly metrics: MetricsAccess | undefined
  /** Where it serves the dashboard too. */
  readonly dashboard: DashboardConfig | undefined
}

/** A dashboard, and where it connects. */
export interface DashboardConfig {
  readonly path: string
  /** The path of the WebSocket. */
  readonly socket: string
  readonly adminRealm: string
}

export interface RawSocketConfig extends CommonConfig {
  readonly kind: 'rawsocket'
}

/** A listener that serves only /health. */
export interface HealthConfig extends CommonConfig {
  readonly kind: 'health'
}

/** A listener that serves only /metrics and /health. */
export interface MetricsConfig extends CommonConfig {
  readonly kind: 'metrics'
  readonly metrics: MetricsAccess
}

export type ListenerConfig = WebSocketConfig | RawSocketConfig | HealthConfig | MetricsConfig

type ListenersAndRealms = Pick<ConfigDocument, 'listeners' | 'realms' | 'admin'>

/** Reads the listeners. */
export function readListeners({ listeners, realms, admin }: ListenersAndRealms, reader: ConfigReader): ListenerConfig[] {
  const addresses = new Map<string, number>()
  const places = new Map<string, number>()
  return listeners.map((each, i) => {
    const path = `listeners[${i}]`
    checkLogins(each, realms, path, reader)
    const listener = readListener(each, { path, admin: admin?.realm, realms }, reader)
    const address = addressOf(listener)
    const earlier = addresses.get(address)
    // Any number of listeners may use port 0, which is a free port.
    if (earlier !== undefined && !address.endsWith(':0')) reader.report(path, `listeners[${earlier}] listens at this address already`)
    addresses.set(address, i)
    const { place } = listener
    const alike = (places.get(place) ?? 0) + 1
    places.set(place, alike)
    return alike === 1 ? listener : { ...listener, place: `${place} (${alike})` }
  })
}

/** Where a listener stands in the document, and the realm of the admin API. */
interface Surrounding {
  readonly path: string
  readonly admin: string | undefined
  readonly realms: ConfigDocument['realms']
}

function readListener(document: ListenerDocument, { path, admin, realms }: Surrounding, reader: ConfigReader): ListenerConfig {
  if ('websocket' in document) return readWebSocket(document.websocket, false, { path: `${path}.websocket`, admin, realms }, reader)
  if ('universal' in document) return readWebSocket(document.universal, true, { path: `${path}.universal`, admin, realms }, reader)
  if ('rawsocket' in document) return { kind: 'rawsocket', ...commonOf(document.rawsocket, 'rs', `${path}.rawsocket`, reader) }
  if ('metrics' in document) {
    const at = `${path}.metrics`
    const { addresses, token, hosts } = document.metrics
    return {
      kind: 'metrics',
      ...commonOf(document.metrics, 'http', at, reader),
      metrics: readMetricsAccess({ addresses, token, hosts }, at, reader),
    }
  }
  return { kind: 'health', ...commonOf(document.health, 'http', `${path}.health`, reader) }
}

function readWebSocket(document: WebSocketDocument, isUniversal: boolean, at: Surrounding, reader: ConfigReader): WebSocketConfig {
  const { path } = at
  const { paths, origins, hosts, longPoll, limits, metrics } = document
  const common = commonOf(document, 'ws', path, reader)
  const marks = [longPollMark(longPoll), isUniversal ? ' (universal)' : '', headerMark(limits?.headers)]
  return {
    kind: 'websocket',
    ...common,
    place: `${common.place}${marks.join('')}`,
    isUniversal,
    paths,
    longPoll: longPoll === undefined ? undefined : { path: longPoll.path, maxConnections: longPoll.connections },
    origins,
    hosts,
    maxHeaderBytes: limits?.headers,
    http: readHttpDoor(document, at, reader),
    metrics: metrics === undefined ? undefined : readMetricsPage(metrics, `${path}.metrics`, reader),
    dashboard: readDashboard(document, at, reader),
  }
}

/** The door for HTTP, whose realm clients of the listener may join. */
function readHttpDoor(
  { http, logins }: WebSocketDocument,
  { path, realms }: Surrounding,
  reader: ConfigReader,
): HttpDoorOptions | undefined {
  if (http === undefined) return undefined
  if (!Object.hasOwn(realms, http.realm)) reader.report(`${path}.http.realm`, noRealm(http.realm, realms))
  if (logins?.realms?.includes(http.realm) === false) {
    reader.report(`${path}.http.realm`, 'is not one of the realms that clients may join through this listener')
  }
  return {
    path: http.path ?? '/',
    realm: http.realm,
    maxBodyBytes: http.body,
    timeoutMs: http.timeout,
    idleMs: http.idle,
    heartbeatMs: http.heartbeat,
  }
}

/** The dashboard of a listener, which needs the admin API and a way into its realm. */
function readDashboard(
  { dashboard, paths, logins }: WebSocketDocument,
  { path, admin }: Surrounding,
  reader: ConfigReader,
): DashboardConfig | undefined {
  if (dashboard === undefined) return undefined
  if (admin === undefined) {
    reader.report(`${path}.dashboard`, 'needs admin: the dashboard shows what the admin API offers')
    return undefined
  }
  if (logins?.realms?.includes(admin) === false) {
    reader.report(`${path}.dashboard`, `clients may not join the realm of admin, ${admin}, through this listener`)
  }
  return { path: dashboard.path ?? '/', socket: paths?.[0] ?? '/ws', adminRealm: admin }
}

/** Every user of the machine may connect, as to a port on loopback; logins and roles decide about rights. */
const DEFAULT_MODE = '0666'

type CommonDocument = RawSocketDocument | WebSocketDocument | HealthDocument | MetricsDocument

function commonOf(document: CommonDocument, scheme: string, at: string, reader: ConfigReader): CommonConfig {
  const { host = '127.0.0.1', port = 0, path, mode, proxyProtocol } = document
  const tls = readTls(document.tls, `${at}.tls`, reader)
  const listen = path === undefined ? { host, port } : { path: reader.pathOf(path), mode: parseInt(mode ?? DEFAULT_MODE, 8) }
  const secure = tls === undefined ? scheme : `${scheme}s`
  const place = 'path' in listen ? `${secure}+unix://${listen.path}` : `${secure}://${hostAndPort(host, port)}`
  const marks = [clientMark(tls), backlogMark(document), modeMark(mode), proxyMark(proxyProtocol)]
  return { place: `${place}${marks.join('')}`, listen, proxyProtocol, tls, ...limitsOf(document) }
}

/** The mode of a socket file is set when it is made. */
function modeMark(mode: string | undefined): string {
  return mode === undefined ? '' : ` (mode ${mode})`
}

/** The PROXY protocol is decided before the first read of a connection. */
function proxyMark(proxyProtocol: boolean | undefined): string {
  return proxyProtocol === undefined ? '' : ` (${proxyProtocol ? 'with' : 'without'} PROXY protocol)`
}

/** The limit of headers is set when the HTTP parser is made. */
function headerMark(octets: number | undefined): string {
  return octets === undefined ? '' : ` (headers of ${octets} octets)`
}

function limitsOf(document: CommonDocument) {
  const { backlog } = document
  const { serializers, logins, limits = {} }: Partial<WebSocketDocument> = document
  return { serializers, backlog, logins, maxMessageBytes: limits.message, maxConnections: limits.connections }
}

function readTls(tls: WebSocketDocument['tls'], path: string, reader: ConfigReader): LoadedTls | undefined {
  if (tls === undefined) return undefined
  const cert = reader.file(tls.cert, `${path}.cert`)
  const key = reader.file(tls.key, `${path}.key`)
  const ca = reader.file(tls.ca, `${path}.ca`)
  if (cert === undefined || key === undefined || (tls.ca !== undefined && ca === undefined)) return undefined
  const { minVersion, ciphers, curves } = tls
  const choices = { minVersion, ciphers, ecdhCurve: curves?.join(':') }
  tryOut({ cert, key, ca }, 'certificate and key', path, reader)
  if (minVersion !== undefined) tryOut({ minVersion }, 'the version', `${path}.minVersion`, reader)
  if (ciphers !== undefined) tryOut({ ciphers }, 'the ciphers', `${path}.ciphers`, reader)
  if (curves !== undefined) tryOut({ ecdhCurve: choices.ecdhCurve }, 'the curves', `${path}.curves`, reader)
  const { clientCertificates = 'none' } = tls
  return { cert, key, ca, requestCert: clientCertificates !== 'none', rejectUnauthorized: clientCertificates === 'require', ...choices }
}

const NO_LOGINS: Pick<WebSocketDocument, 'logins'> = {}

/** Checks that the realms and roles of a listener exist. */
function checkLogins(listener: ListenerDocument, realms: ConfigDocument['realms'], path: string, reader: ConfigReader): void {
  const [[kind, { logins }] = ['', NO_LOGINS]] = Object.entries(listener as Readonly<Record<string, Pick<WebSocketDocument, 'logins'>>>)
  if (logins === undefined) return
  const at = `${path}.${kind}.logins`
  const { realms: open = Object.keys(realms), roles = [], anonymous, defaultRealm } = logins
  checkRealms(open, `${at}.realms`, realms, reader)
  if (anonymous !== undefined && logins.methods?.includes('anonymous') === false) {
    reader.report(`${at}.anonymous`, "has no meaning where methods lacks 'anonymous'")
  }
  if (defaultRealm !== undefined && !open.includes(defaultRealm)) {
    reader.report(`${at}.defaultRealm`, 'is not one of the realms that clients may join through this listener')
  }
  const joined = open.flatMap((name) => (Object.hasOwn(realms, name) ? [[name, realms[name] ?? {}] as const] : []))
  for (const [i, role] of roles.entries()) {
    if (!joined.some(([, realm]) => hasRole(realm, role)))
      reader.report(`${at}.roles[${i}]`, 'none of the realms of this listener has this role')
  }
  const lacking = joined.find(([, realm]) => anonymous !== undefined && !hasRole(realm, anonymous.role))
  if (lacking !== undefined) reader.report(`${at}.anonymous.role`, `there is no such role in ${childPath('realms', lacking[0])}.roles`)
}

/** Reports errors of OpenSSL for some of the options. */
function tryOut(options: SecureContextOptions, what: string, path: string, reader: ConfigReader): void {
  try {
    createSecureContext(options)
  } catch (error) {
    reader.report(path, `${what} cannot be used: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The backlog is set when a listener is opened. */
function backlogMark({ backlog }: CommonDocument): string {
  return backlog === undefined ? '' : ` (backlog ${backlog})`
}

/** Long-poll cannot change while a listener is open. */
function longPollMark(longPoll: WebSocketDocument['longPoll']): string {
  return longPoll === undefined ? '' : ` (long-poll ${[longPoll.path, longPoll.connections].join(' ').trim()})`
}

/** The client certificates cannot change while a listener is open. */
function clientMark(tls: LoadedTls | undefined): string {
  if (tls?.requestCert !== true) return ''
  return tls.rejectUnauthorized ? ' (client certificates required)' : ' (client certificates requested)'
}

/** The address and port, or the file: two listeners cannot share it. */
export function addressOf({ listen }: ListenerConfig): string {
  return 'path' in listen ? listen.path : hostAndPort(listen.host, listen.port)
}

function hostAndPort(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
