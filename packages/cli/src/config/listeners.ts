// Listeners of a checked document as the router takes them, with the octets of their certificates. Opens nothing.

import { resolve } from 'node:path'
import type { SecureContextOptions } from 'node:tls'
import { createSecureContext } from 'node:tls'
import type { SerializerName } from '@trunkline/protocol'
import type { ListenerLogins } from '@trunkline/router'
import { checkRealms, hasRole } from './authentication.ts'
import { childPath } from './check.ts'
import type { ConfigReader } from './reader.ts'
import type { ConfigDocument, HealthDocument, ListenerDocument, RawSocketDocument, WebSocketDocument } from './schema.ts'

/** Certificate, key and authorities of clients in octets, and what is asked of clients, as `node:tls` takes it. */
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
  /** Where it listens and how, without what can change while it is open: the same in two configurations for the same door. */
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
  /** RawSocket is taken too. */
  readonly isUniversal: boolean
  readonly maxHeaderBytes: number | undefined
  readonly paths: readonly string[] | undefined
  readonly longPoll: { readonly path: string; readonly maxConnections: number | undefined } | undefined
  /** Absent: pages of the same host and port. */
  readonly origins: readonly string[] | undefined
  /** By which names pages of the same host and port may connect. */
  readonly hosts: readonly string[] | undefined
}

export interface RawSocketConfig extends CommonConfig {
  readonly kind: 'rawsocket'
}

/** For /health alone. */
export interface HealthConfig extends CommonConfig {
  readonly kind: 'health'
}

export type ListenerConfig = WebSocketConfig | RawSocketConfig | HealthConfig

type ListenersAndRealms = Pick<ConfigDocument, 'listeners' | 'realms'>

/**
 * Reads the listeners.
 * @param folder what Unix sockets are relative to
 */
export function readListeners({ listeners, realms }: ListenersAndRealms, folder: string, reader: ConfigReader): ListenerConfig[] {
  const addresses = new Map<string, number>()
  const places = new Map<string, number>()
  return listeners.map((each, i) => {
    const path = `listeners[${i}]`
    checkLogins(each, realms, path, reader)
    const listener = readListener(each, path, folder, reader)
    const address = addressOf(listener)
    const earlier = addresses.get(address)
    // Any number of doors may take a free port.
    if (earlier !== undefined && !address.endsWith(':0')) reader.report(path, `listeners[${earlier}] listens there already`)
    addresses.set(address, i)
    const { place } = listener
    const alike = (places.get(place) ?? 0) + 1
    places.set(place, alike)
    return alike === 1 ? listener : { ...listener, place: `${place} (${alike})` }
  })
}

function readListener(document: ListenerDocument, path: string, folder: string, reader: ConfigReader): ListenerConfig {
  if ('websocket' in document) return readWebSocket(document.websocket, false, `${path}.websocket`, folder, reader)
  if ('universal' in document) return readWebSocket(document.universal, true, `${path}.universal`, folder, reader)
  if ('rawsocket' in document) return { kind: 'rawsocket', ...commonOf(document.rawsocket, 'rs', `${path}.rawsocket`, folder, reader) }
  return { kind: 'health', ...commonOf(document.health, 'http', `${path}.health`, folder, reader) }
}

function readWebSocket(
  document: WebSocketDocument,
  isUniversal: boolean,
  path: string,
  folder: string,
  reader: ConfigReader,
): WebSocketConfig {
  const { paths, origins, hosts, longPoll, limits } = document
  const common = commonOf(document, 'ws', path, folder, reader)
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
  }
}

/** As a port on loopback: who may do what is for logins and roles to say. */
const DEFAULT_MODE = '0666'

type CommonDocument = RawSocketDocument | WebSocketDocument | HealthDocument

function commonOf(document: CommonDocument, scheme: string, at: string, folder: string, reader: ConfigReader): CommonConfig {
  const { host = '127.0.0.1', port = 0, path, mode, proxyProtocol } = document
  const tls = readTls(document.tls, `${at}.tls`, reader)
  const listen = path === undefined ? { host, port } : { path: resolve(folder, path), mode: parseInt(mode ?? DEFAULT_MODE, 8) }
  const secure = tls === undefined ? scheme : `${scheme}s`
  const place = 'path' in listen ? `${secure}+unix://${listen.path}` : `${secure}://${hostAndPort(host, port)}`
  const marks = [clientMark(tls), backlogMark(document), modeMark(mode), proxyMark(proxyProtocol)]
  return { place: `${place}${marks.join('')}`, listen, proxyProtocol, tls, ...limitsOf(document) }
}

/** What a file may be used by is said when it is made. */
function modeMark(mode: string | undefined): string {
  return mode === undefined ? '' : ` (mode ${mode})`
}

/** Who speaks first is known before a connection is read. */
function proxyMark(proxyProtocol: boolean | undefined): string {
  return proxyProtocol === undefined ? '' : ` (${proxyProtocol ? 'with' : 'without'} PROXY protocol)`
}

/** How long headers may be is said to the parser of HTTP when it is made. */
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

/** What a listener says about realms and roles has to fit to the realms that there are. */
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
    reader.report(`${at}.defaultRealm`, 'is none of the realms that may be joined here')
  }
  const joined = open.flatMap((name) => (Object.hasOwn(realms, name) ? [[name, realms[name] ?? {}] as const] : []))
  for (const [i, role] of roles.entries()) {
    if (!joined.some(([, realm]) => hasRole(realm, role))) reader.report(`${at}.roles[${i}]`, 'there is no such role in these realms')
  }
  const lacking = joined.find(([, realm]) => anonymous !== undefined && !hasRole(realm, anonymous.role))
  if (lacking !== undefined) reader.report(`${at}.anonymous.role`, `there is no such role in ${childPath('realms', lacking[0])}.roles`)
}

/** Reports what OpenSSL says against some of the options. */
function tryOut(options: SecureContextOptions, what: string, path: string, reader: ConfigReader): void {
  try {
    createSecureContext(options)
  } catch (error) {
    reader.report(path, `${what} cannot be used: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** How many connections the system keeps is said when a door is opened. */
function backlogMark({ backlog }: CommonDocument): string {
  return backlog === undefined ? '' : ` (backlog ${backlog})`
}

/** Whether a door serves long-poll cannot change while it is open. */
function longPollMark(longPoll: WebSocketDocument['longPoll']): string {
  return longPoll === undefined ? '' : ` (long-poll ${[longPoll.path, longPoll.connections].join(' ').trim()})`
}

/** What a door asks of clients cannot change while it is open. */
function clientMark(tls: LoadedTls | undefined): string {
  if (tls?.requestCert !== true) return ''
  return tls.rejectUnauthorized ? ' (client certificates required)' : ' (client certificates requested)'
}

/** The address and port, or the file: two doors cannot have the same. */
export function addressOf({ listen }: ListenerConfig): string {
  return 'path' in listen ? listen.path : hostAndPort(listen.host, listen.port)
}

function hostAndPort(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
