// Converts transports of Crossbar.io to listeners: their addresses, their TLS, and the transports that they serve.

import type { Notes, Place } from '../notes.ts'
import { importCookie } from './cookies.ts'
import type { Logins, WrittenLogins } from './logins.ts'
import type { Part } from './part.ts'
import type { WrittenRealms } from './realms.ts'
import type { Folders } from './references.ts'
import { referenceOf } from './references.ts'

type Listener = Readonly<Record<string, Record<string, unknown>>>

/** The parts of the new file that transports add to. */
export interface ListenerImport {
  readonly listeners: Listener[]
  readonly realms: WrittenRealms
  readonly logins: Logins
  readonly folders: Folders
  readonly notes: Notes
}

const SERIALIZERS = ['json', 'msgpack', 'cbor']
/** Keys whose effect is always on in Trunkline, or that have none. */
const NEEDLESS = [
  'enable_rfc6455',
  'validate_utf8',
  'tcp_nodelay',
  'require_masked_client_frames',
  'require_websocket_subprotocol',
  'auto_fragment_size',
]

/** Adds the listener for a transport. */
export function importTransport(part: Part, into: ListenerImport): void {
  const place: Place = ['listeners', into.listeners.length]
  part.skip('id', 'debug')
  const type = part.text('type') ?? ''
  const endpoint = part.part('endpoint')
  if (endpoint === undefined) return part.note(place, '', 'not carried over; it has no endpoint')
  if (isForProxies(part)) return part.note(['listeners'], '', 'not carried over; it is for proxy workers, and there is one process')
  if (type === 'web') importWeb(part, endpoint, [...place, 'websocket'], into)
  else if (type === 'websocket')
    importWebSocket(endpoint, { main: part, paths: [pathOfUrl(part.text('url')), '/'] }, [...place, 'websocket'], into)
  else if (type === 'rawsocket') importRawSocket(part, endpoint, [...place, 'rawsocket'], into)
  else if (type === 'universal') importUniversal(part, endpoint, [...place, 'websocket'], into)
  else return part.note(place, '', `not carried over; there is no listener of type ${type}`)
  part.finish(place)
}

/** Whether a transport is for proxy workers, which log in by methods of their own. */
function isForProxies(part: Part): boolean {
  const methods = part.part('auth')?.keys ?? []
  return methods.length > 0 && methods.every((method) => method.endsWith('-proxy'))
}

/** Whether a port has a listener already: workers of Crossbar.io may share a port, listeners may not. */
function isTaken({ host, port, path }: Readonly<Record<string, unknown>>, { listeners }: ListenerImport): boolean {
  return listeners.some((listener) =>
    Object.values(listener).some((other) => other['host'] === host && other['port'] === port && other['path'] === path),
  )
}

/** The WebSocket and long-poll services of a port. */
interface Served {
  readonly main: Part
  readonly paths: readonly string[]
  readonly longPoll?: string | undefined
}

function importWeb(part: Part, endpoint: Part, place: Place, into: ListenerImport): void {
  part.noteIf(place, 'options', 'not carried over; HTTP is served for WebSocket, long-poll and /health alone')
  const served = servedOf(part.members('paths'), place)
  if (served === undefined) return part.note(['listeners'], '', 'not carried over; it serves no WebSocket')
  importWebSocket(endpoint, served, place, into)
}

function importUniversal(part: Part, endpoint: Part, place: Place, into: ListenerImport): void {
  part.noteIf(place, 'rawsocket', 'not carried over; make this listener universal, or add a rawsocket listener')
  part.noteIf(place, 'mqtt', 'not carried over; there is no MQTT')
  const inWeb = part.part('web')?.members('paths') ?? []
  const served = servedOf([...part.members('websocket'), ...inWeb], place)
  if (served === undefined) return part.note(['listeners'], '', 'not carried over; it serves no WebSocket')
  importWebSocket(endpoint, served, place, into)
}

/** A listener has one set of logins, so of several WebSockets with different logins it takes the first. */
function servedOf(members: readonly (readonly [string, Part])[], place: Place): Served | undefined {
  let [main, longPoll]: [Part | undefined, string | undefined] = [undefined, undefined]
  const paths: string[] = []
  for (const [name, service] of members) {
    const path = name === '/' ? '/' : `/${name}`
    const type = service.text('type') ?? (service.has('url') || service.has('auth') ? 'websocket' : '')
    if (type === 'websocket' && (main === undefined || main.isLike(service))) {
      main ??= service
      paths.push(path)
    } else if (type === 'websocket') service.note(place, '', 'not carried over; it has options of its own: give it a listener of its own')
    else if (type === 'longpoll') longPoll = readLongPoll(service, path, place)
    else service.note(place, '', `not carried over; there is no service of type ${type || 'unknown'} here: use a web server`)
  }
  return main === undefined ? undefined : { main, paths, longPoll }
}

function readLongPoll(service: Part, path: string, place: Place): string {
  service.skip('options', 'debug')
  service.noteIf(place, 'auth', 'not carried over; the logins of the WebSocket beside it hold here too')
  service.finish(place)
  return path
}

function importWebSocket(endpoint: Part, { main, paths, longPoll }: Served, place: Place, into: ListenerImport): void {
  const where = endpointOf(endpoint, place, into.folders)
  if (where === undefined) return
  if (isTaken(where, into)) return endpoint.note(['listeners'], '', 'not carried over; another transport listens there')
  if ('path' in where) return endpoint.note(['listeners'], '', 'not carried over; a Unix socket serves RawSocket only')
  main.skip('type', 'url', 'debug')
  const options = main.part('options')
  const origins = originsOf(options, place, into.notes)
  const limits = limitsOf(options)
  options?.skip(...NEEDLESS)
  options?.finish(place)
  const auth = main.part('auth')
  const logins = into.logins.read(auth, [...place, 'logins'])
  noteTickets(logins, where, place, into.notes)
  into.listeners.push({
    websocket: {
      ...where,
      paths: [...new Set(paths)],
      ...(origins.length === 0 ? {} : { origins }),
      ...(longPoll === undefined ? {} : { longPoll: { path: longPoll } }),
      ...serializersOf(main, place),
      ...limits,
      logins,
    },
  })
  const cookie = main.part('cookie')
  const named = origins.filter((origin) => origin !== '*')
  if (cookie !== undefined) {
    importCookie(cookie, { isLogin: auth?.has('cookie') === true, origins: named, port: where['port'] }, into)
  }
  main.finish(place)
}

function importRawSocket(part: Part, endpoint: Part, place: Place, into: ListenerImport): void {
  const where = endpointOf(endpoint, place, into.folders)
  if (where === undefined) return
  if (isTaken(where, into)) return endpoint.note(['listeners'], '', 'not carried over; another transport listens there')
  const options = part.part('options')
  const limits = limitsOf(options)
  options?.finish(place)
  const logins = into.logins.read(part.part('auth'), [...place, 'logins'])
  noteTickets(logins, where, place, into.notes)
  into.listeners.push({ rawsocket: { ...where, ...serializersOf(part, place), ...limits, logins } })
}

/** Notes that a public port without TLS refuses tickets, which Crossbar.io accepts. */
function noteTickets({ methods }: WrittenLogins, where: Readonly<Record<string, unknown>>, place: Place, notes: Notes): void {
  const isPrivate =
    where['tls'] !== undefined || where['path'] !== undefined || where['host'] === '127.0.0.1' || where['host'] === 'localhost'
  if (isPrivate || !methods.includes('ticket')) return
  notes.add(
    [...place, 'logins'],
    'tickets are sent unencrypted: from other machines the router accepts them only over TLS, or if the realm has plainTickets: true',
  )
}

/** The address and TLS of an endpoint; undefined if a listener cannot have it. */
function endpointOf(part: Part, place: Place, folders: Folders): Record<string, unknown> | undefined {
  const type = part.text('type')
  const backlog = part.number('backlog')
  const common = backlog === undefined ? {} : { backlog }
  if (type === 'unix') {
    const path = part.text('path') ?? ''
    part.finish(place)
    return { path: folders.path(path), ...common }
  }
  if (type !== 'tcp') {
    part.note(['listeners'], '', `not carried over; there is no endpoint of type ${type ?? 'unknown'}`)
    return undefined
  }
  part.skip('shared')
  const host = part.text('interface') ?? (part.number('version') === 6 ? '::' : '0.0.0.0')
  part.skip('version')
  const tls = part.part('tls')
  const written = {
    host,
    port: portOf(part, place),
    ...(tls === undefined ? {} : { tls: tlsOf(tls, [...place, 'tls'], folders) }),
    ...common,
  }
  part.finish(place)
  return written
}

function portOf(part: Part, place: Place): unknown {
  const port = part.number('port') ?? part.text('port')
  if (typeof port === 'string') return referenceOf(port)
  part.noteIf(place, 'portrange', 'not carried over; one process listens on one port')
  return port ?? 8080
}

function tlsOf(part: Part, place: Place, folders: Folders): Record<string, unknown> {
  const path = (key: string): string => folders.path(part.text(key) ?? '')
  const [ca, ...more] = part.texts('ca_certificates')
  if (more.length > 0) part.note(place, 'ca_certificates', 'only the first is carried over; put the certificates of all into one file')
  part.noteIf(place, 'chain_certificates', 'not carried over; append them to the file of cert')
  part.noteIf(place, 'dhparam', 'not carried over; keys are exchanged over curves')
  const ciphers = part.text('ciphers')
  const written = {
    cert: path('certificate'),
    key: path('key'),
    ...(ca === undefined ? {} : { ca: folders.path(ca), clientCertificates: 'require' }),
    ...(ciphers === undefined ? {} : { ciphers }),
  }
  part.finish(place)
  return written
}

/** The allowed origins; without any, Crossbar.io lets pages of all origins connect. */
function originsOf(options: Part | undefined, place: Place, notes: Notes): readonly string[] {
  const given = options?.has('allowed_origins') === true ? options.texts('allowed_origins') : ['*']
  if (given.includes('*')) {
    notes.add(
      [...place, 'origins'],
      'pages of every origin may connect, as in Crossbar.io; name your origins, or remove the key to admit only pages of this host and port',
    )
    return ['*']
  }
  const [exact, others] = [given.filter(isOrigin), given.filter((origin) => !isOrigin(origin))]
  for (const origin of others)
    notes.add([...place, 'origins'], `allowed_origins: ${origin} is not carried over; name each origin as a whole`)
  return exact
}

function isOrigin(text: string): boolean {
  return /^https?:\/\//.test(text) && !text.includes('*') && URL.canParse(text) && new URL(text).origin === text
}

function limitsOf(options: Part | undefined): Record<string, unknown> {
  const message = options?.number('max_message_size')
  return message === undefined || message < 512 ? {} : { limits: { message } }
}

function serializersOf(part: Part, place: Place): Record<string, unknown> {
  const named = part.texts('serializers')
  const known = SERIALIZERS.filter((name) => named.includes(name))
  const others = named.filter((name) => !SERIALIZERS.includes(name))
  if (others.length > 0) part.note(place, 'serializers', `not carried over: ${others.join(', ')}`)
  return known.length === 0 ? {} : { serializers: known }
}

function pathOfUrl(url: string | undefined): string {
  return url !== undefined && URL.canParse(url) ? new URL(url).pathname : '/ws'
}
