// Listeners of a checked document as the router takes them, with the octets of their certificates. Opens nothing.

import { resolve } from 'node:path'
import type { SecureContextOptions } from 'node:tls'
import { createSecureContext } from 'node:tls'
import type { SerializerName } from '@trunkline/protocol'
import type { ListenerLogins } from '@trunkline/router'
import { checkRealms, hasRole } from './authentication.ts'
import { childPath } from './check.ts'
import type { ConfigReader } from './reader.ts'
import type { ConfigDocument, ListenerDocument, RawSocketDocument, WebSocketDocument } from './schema.ts'

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

interface CommonConfig {
  /** Where it listens and how, without what can change while it is open: the same in two configurations for the same door. */
  readonly place: string
  readonly tls: LoadedTls | undefined
  readonly serializers: readonly SerializerName[] | undefined
  readonly maxMessageBytes: number | undefined
  readonly maxConnections: number | undefined
  readonly backlog: number | undefined
  readonly logins: ListenerLogins | undefined
}

export interface WebSocketConfig extends CommonConfig {
  readonly kind: 'websocket'
  readonly host: string
  readonly port: number
  readonly paths: readonly string[] | undefined
  readonly longPoll: { readonly path: string; readonly maxConnections: number | undefined } | undefined
  /** Absent: pages of the same host and port. */
  readonly origins: readonly string[] | undefined
  /** By which names pages of the same host and port may connect. */
  readonly hosts: readonly string[] | undefined
}

export interface RawSocketConfig extends CommonConfig {
  readonly kind: 'rawsocket'
  readonly listen: { readonly host: string; readonly port: number } | { readonly path: string }
}

export type ListenerConfig = WebSocketConfig | RawSocketConfig

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
    const listener =
      'websocket' in each
        ? readWebSocket(each.websocket, `${path}.websocket`, reader)
        : readRawSocket(each.rawsocket, `${path}.rawsocket`, folder, reader)
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

function readWebSocket(document: WebSocketDocument, path: string, reader: ConfigReader): WebSocketConfig {
  const { host, port, paths, origins, hosts, longPoll } = document
  const tls = readTls(document.tls, `${path}.tls`, reader)
  return {
    kind: 'websocket',
    place: `${tls === undefined ? 'ws' : 'wss'}://${hostAndPort(host, port)}${longPollMark(longPoll)}${clientMark(tls)}${backlogMark(document)}`,
    host,
    port,
    paths,
    longPoll: longPoll === undefined ? undefined : { path: longPoll.path, maxConnections: longPoll.connections },
    origins,
    hosts,
    tls,
    ...limitsOf(document),
  }
}

function readRawSocket(document: RawSocketDocument, at: string, folder: string, reader: ConfigReader): RawSocketConfig {
  const { host = '127.0.0.1', port = 0, path } = document
  const tls = readTls(document.tls, `${at}.tls`, reader)
  const listen = path === undefined ? { host, port } : { path: resolve(folder, path) }
  const scheme = tls === undefined ? 'rs' : 'rss'
  const place = 'path' in listen ? `${scheme}+unix://${listen.path}` : `${scheme}://${hostAndPort(host, port)}`
  return { kind: 'rawsocket', place: `${place}${clientMark(tls)}${backlogMark(document)}`, listen, tls, ...limitsOf(document) }
}

function limitsOf({ serializers, backlog, logins, limits = {} }: WebSocketDocument | RawSocketDocument) {
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

/** What a listener says about realms and roles has to fit to the realms that there are. */
function checkLogins(listener: ListenerDocument, realms: ConfigDocument['realms'], path: string, reader: ConfigReader): void {
  const [kind, { logins }] =
    'websocket' in listener ? (['websocket', listener.websocket] as const) : (['rawsocket', listener.rawsocket] as const)
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
function backlogMark({ backlog }: WebSocketDocument | RawSocketDocument): string {
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
export function addressOf(listener: ListenerConfig): string {
  if (listener.kind === 'websocket') return hostAndPort(listener.host, listener.port)
  return 'path' in listener.listen ? listener.listen.path : hostAndPort(listener.listen.host, listener.listen.port)
}

function hostAndPort(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
