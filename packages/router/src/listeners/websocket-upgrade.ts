// The opening handshake of WebSocket: checks a request that node:http parsed, answers it, and creates the connection.
// RFC 6455, "Server-Side Requirements". Knows nothing of frames.

import { hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

import type { SerializerName } from '@trunkline/protocol'
import { BATCHED } from '@trunkline/protocol'

import type { IssuedCookie, Place, TransportInfo } from '../core/ports/index.ts'
import { isConnected } from './arrivals.ts'
import { acceptBatched } from './batched-transport.ts'
import { Connections } from './connections.ts'
import type { Entrance } from './entrance.ts'
import type { ListenerChanges, ListenerOptions, Refusal, RequestSource } from './listener.ts'
import { ALL_SERIALIZERS, DEFAULT_CLOSE_TIMEOUT_MS, DEFAULT_MAX_MESSAGE_BYTES } from './listener.ts'
import { ReadTurns } from './read-turns.ts'
import { infoOfRequest } from './transport-info.ts'
import type { WebSocketContext } from './websocket.ts'
import { WebSocketConnection } from './websocket.ts'
import { WriteScheduler } from './write-batch.ts'

export interface WebSocketOptions extends ListenerOptions {
  /** The paths at which a WebSocket may be opened. */
  readonly paths: readonly string[]
  /** Checks origin, Host and address of a request before other settings are checked. */
  readonly mayUpgrade?: ((request: IncomingMessage, from: RequestSource) => Refusal | undefined) | undefined
  /** Makes the cookies that the answer to an upgrade sets. Default: none. */
  readonly issueCookies?: ((info: TransportInfo) => readonly IssuedCookie[]) | undefined
  /** Determines the client's address. */
  readonly entrance: Entrance
  /** After this time of silence a peer gets a PING. Default 15 s; 0 = never. */
  readonly pingIntervalMs?: number | undefined
  /** After this time of silence a peer counts as dead. Default 30 s; 0 = never. */
  readonly deadAfterMs?: number | undefined
  /** False accepts clients without a WAMP subprotocol, and both kinds of messages from them. Only for conformance tests of the framing. */
  readonly requireSubprotocol?: boolean | undefined
}

const DEFAULT_PING_INTERVAL_MS = 15_000
const DEFAULT_DEAD_AFTER_MS = 30_000
/** More headers than an honest client sends. */
export const MOST_HEADERS = 100
export const TOO_MANY: Refusal = { status: 503, text: 'too many connections' }
const STOPPING: Refusal = { status: 503, text: 'the router is stopping' }
const WITH_BODY: Refusal = { status: 400, text: 'an upgrade request must not have a body' }
const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
/** A refused client may try again at once: logins take little time. */
export const TOO_MANY_OPENINGS: Refusal = {
  status: 503,
  text: 'too many connections that have not logged in yet',
  headers: { 'Retry-After': '1' },
}
const KEY = /^[A-Za-z0-9+/]{22}==$/

/** Turns upgrade requests into WebSocket connections. */
export class WebSocketDoor {
  readonly connections: Connections
  #options: WebSocketOptions
  #isDraining = false
  #context: WebSocketContext
  #batchedContext: WebSocketContext

  constructor(options: WebSocketOptions) {
    const pingMs = options.pingIntervalMs ?? DEFAULT_PING_INTERVAL_MS
    const deadMs = options.deadAfterMs ?? DEFAULT_DEAD_AFTER_MS
    const closeMs = options.closeTimeoutMs ?? DEFAULT_CLOSE_TIMEOUT_MS
    const { accept, onError, turns = new ReadTurns() } = options
    this.#options = options
    this.connections = new Connections([pingMs, deadMs, closeMs].filter((ms) => ms > 0))
    this.#context = {
      accept,
      onError,
      connections: this.connections,
      scheduler: new WriteScheduler(),
      turns,
      maxMessageBytes: options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES,
      closeTicks: this.connections.ticks(closeMs),
      linger: options.linger,
      pingTicks: pingMs > 0 ? this.connections.ticks(pingMs) : undefined,
      deadTicks: deadMs > 0 ? this.connections.ticks(deadMs) : undefined,
    }
    this.#batchedContext = { ...this.#context, accept: acceptBatched(accept, turns, onError) }
  }

  /** Changes the options for upgrades to come. */
  change({ paths = this.#options.paths, ...changes }: ListenerChanges): void {
    this.#options = { ...this.#options, ...changes, paths }
    // A new context for the connections to come: open ones keep theirs.
    const maxMessageBytes = this.#options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES
    this.#context = { ...this.#context, maxMessageBytes }
    this.#batchedContext = { ...this.#batchedContext, maxMessageBytes }
  }

  /** Refuses all upgrades from now on. */
  drain(): void {
    this.#isDraining = true
  }

  /**
   * Handles the 'upgrade' event of a server. Never throws.
   * @param head octets that came after the request
   * @param place the place of the socket among connections before login; it is left here, or passed on
   */
  handleUpgrade(request: IncomingMessage, stream: Duplex, head: Buffer, place?: Place): void {
    const { socket } = request
    detachFromHttp(socket)
    const refusal = this.#judge(request, stream, place)
    if (refusal !== undefined) {
      place?.leave()
      return this.#refuse(request, refusal)
    }
    const chosen = chooseSubprotocol(request.headers['sec-websocket-protocol'], this.#serializers)
    const bare = infoOfRequest('websocket', request, this.#options.entrance, this.#options.logins)
    const cookies = this.#options.issueCookies?.(bare) ?? []
    socket.write(acceptance(request.headers['sec-websocket-key'] ?? '', chosen?.name, cookies), 'latin1')
    socket.setNoDelay(true)
    const info = withCookies(bare, cookies)
    const traits = { serializer: chosen?.serializer ?? 'json', maxSendBytes: Number.MAX_SAFE_INTEGER, info }
    const context = chosen?.isBatched === true ? this.#batchedContext : this.#context
    new WebSocketConnection(socket, traits, context, chosen === undefined).open(head, place)
  }

  #refuse(request: IncomingMessage, refusal: Refusal): void {
    const { status, text } = refusal
    if (refusal === TOO_MANY || refusal === TOO_MANY_OPENINGS || status === 431) {
      const { onRefused, entrance } = this.#options
      onRefused?.({ ...entrance.sourceOf(request), status, text })
    }
    refuse(request.socket, refusal)
  }

  get #serializers(): readonly SerializerName[] {
    return this.#options.serializers ?? ALL_SERIALIZERS
  }

  #judge(request: IncomingMessage, stream: Duplex, place: Place | undefined): Refusal | undefined {
    // Since Node 26 a request with a body comes with a stream of its own in place of the socket.
    if (stream !== request.socket) return WITH_BODY
    try {
      return (
        judgeForm(request) ??
        this.#judgePath(request) ??
        this.#options.mayUpgrade?.(request, this.#options.entrance.sourceOf(request)) ??
        this.#judgeSubprotocol(request) ??
        this.#judgeRoom(request, place)
      )
    } catch (error) {
      this.#options.onError(error)
      return { status: 500, text: 'internal error' }
    }
  }

  #judgePath(request: IncomingMessage): Refusal | undefined {
    return this.#options.paths.includes(pathOf(request)) ? undefined : { status: 404, text: 'no WebSocket at this path' }
  }

  #judgeSubprotocol(request: IncomingMessage): Refusal | undefined {
    if (this.#options.requireSubprotocol === false) return undefined
    if (chooseSubprotocol(request.headers['sec-websocket-protocol'], this.#serializers) !== undefined) return undefined
    return { status: 400, text: `no subprotocol in common; supported: ${this.#serializers.map(subprotocolOf).join(', ')}` }
  }

  #judgeRoom({ socket, headers }: IncomingMessage, place: Place | undefined): Refusal | undefined {
    if (this.#isDraining) return STOPPING
    const { maxConnections = Infinity, hasRoom, entrance } = this.#options
    if (this.connections.size >= maxConnections) return TOO_MANY
    return isConnected(place, entrance.addressOf(socket, headers), hasRoom) ? undefined : TOO_MANY_OPENINGS
  }
}

/** The path of a request without its query. */
export function pathOf(request: IncomingMessage): string {
  const url = request.url ?? ''
  const query = url.indexOf('?')
  return query < 0 ? url : url.slice(0, query)
}

/** Node:http silently drops headers beyond its limit, which is one more than this. */
export function hasTooManyHeaders(request: IncomingMessage): boolean {
  return request.rawHeaders.length > 2 * MOST_HEADERS
}

/** Whether a request names more than one Host, of which a proxy may go by another than this server (RFC 9112, "Request Target"). */
export function hasTwoHosts({ rawHeaders }: IncomingMessage): boolean {
  let hosts = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? ''
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++
  }
  return hosts > 1
}

export const TWO_HOSTS: Refusal = { status: 400, text: 'there is more than one Host' }

function judgeForm(request: IncomingMessage): Refusal | undefined {
  const { headers } = request
  if (request.method !== 'GET') return { status: 405, text: 'a client opens a WebSocket with GET', headers: { Allow: 'GET' } }
  if (hasTooManyHeaders(request)) return { status: 431, text: 'too many headers' }
  if (request.httpVersion !== '1.1') return { status: 400, text: 'a WebSocket requires HTTP/1.1' }
  if (headers.host === undefined) return { status: 400, text: 'Host is missing' }
  if (hasTwoHosts(request)) return TWO_HOSTS
  if (headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0') return WITH_BODY
  if (!hasToken(headers.upgrade, 'websocket') || !hasToken(headers.connection, 'upgrade'))
    return { status: 400, text: 'not an upgrade to websocket' }
  if (headers['sec-websocket-version'] !== '13') {
    return { status: 426, text: 'WebSocket version 13 is required', headers: { 'Sec-WebSocket-Version': '13', Upgrade: 'websocket' } }
  }
  return KEY.test(headers['sec-websocket-key'] ?? '') ? undefined : { status: 400, text: 'Sec-WebSocket-Key is missing or malformed' }
}

function hasToken(value: string | undefined, token: string): boolean {
  return value !== undefined && value.split(',').some((item) => item.trim().toLowerCase() === token)
}

function subprotocolOf(serializer: SerializerName): string {
  return `wamp.2.${serializer}`
}

/** A WAMP subprotocol: a serializer, and whether each WebSocket message is a batch. */
export interface Subprotocol {
  readonly name: string
  readonly serializer: SerializerName
  readonly isBatched: boolean
}

const SUBPROTOCOLS: ReadonlyMap<string, Subprotocol> = new Map(
  ALL_SERIALIZERS.flatMap((serializer) =>
    ['', BATCHED].map((ending) => {
      const name = `${subprotocolOf(serializer)}${ending}`
      return [name, { name, serializer, isBatched: ending === BATCHED }]
    }),
  ),
)

/** The first of the client's subprotocols that is allowed. */
export function chooseSubprotocol(offered: string | undefined, allowed: readonly SerializerName[]): Subprotocol | undefined {
  for (const item of (offered ?? '').split(',')) {
    const found = SUBPROTOCOLS.get(item.trim())
    if (found !== undefined && allowed.includes(found.serializer)) return found
  }
  return undefined
}

/** The facts of a connection, with the cookies that it was given. */
export function withCookies(info: TransportInfo, cookies: readonly IssuedCookie[]): TransportInfo {
  return cookies.length === 0 ? info : { ...info, issuedCookies: new Map(cookies.map(({ name, value }) => [name, value])) }
}

function acceptance(key: string, subprotocol: string | undefined, cookies: readonly IssuedCookie[]): string {
  const proof = hash('sha1', key + ACCEPT_SUFFIX, 'base64')
  const chosen = subprotocol === undefined ? '' : `Sec-WebSocket-Protocol: ${subprotocol}\r\n`
  const set = cookies.map(({ header }) => `Set-Cookie: ${header}\r\n`).join('')
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${proof}\r\n${chosen}${set}\r\n`
}

function refuse(socket: Socket, { status, text, headers = {} }: Refusal): void {
  const body = `${text}\n`
  const lines = Object.entries({
    Connection: 'close',
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    ...headers,
  })
  socket.on('error', ignoreBrokenConnection)
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`,
  )
  socket.destroySoon()
}

/** The peer left before its refusal reached it: nothing is left to do. */
function ignoreBrokenConnection(): void {}

/** Removes what node:http attached to the socket, so that an idle connection keeps no memory of its request. */
function detachFromHttp(socket: Socket): void {
  socket.removeAllListeners()
  socket.setTimeout(0)
}
