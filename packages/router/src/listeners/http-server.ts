// The HTTP port: WebSocket upgrades, the start page, health, and the routes of the embedding program, with deadlines for all.
// Errors are answered with a short text at most.

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TlsOptions } from 'node:tls'
import { Server as TlsServer } from 'node:tls'

import { RAWSOCKET_MAGIC } from '@trunkline/protocol'

import { Arrivals } from './arrivals.ts'
import { BoundedHandshakes } from './bounded-handshakes.ts'
import type { ProxyOptions } from './entrance.ts'
import { Entrance } from './entrance.ts'
import { beforeEach, FirstLooks } from './first-octets.ts'
import type { Content } from './http-answer.ts'
import { answer, content, endWith } from './http-answer.ts'
import { HttpDoor } from './http-door/http-door.ts'
import type { HttpDoorOptions } from './http-door/options.ts'
import type { Listener, ListenerChanges, ListenTarget, RouteHandler } from './listener.ts'
import { boundAddress, closeServer, listen, renewCertificate, trackSockets } from './listener.ts'
import type { LongPollOptions } from './longpoll.ts'
import { LongPollDoor } from './longpoll.ts'
import { OutstandingAnswers } from './outstanding-answers.ts'
import type { Health } from './own-pages.ts'
import { answerOwnPage, faultOf } from './own-pages.ts'
import type { RawSocketOptions } from './rawsocket.ts'
import { RawSocketDoor } from './rawsocket.ts'
import { RequestDeadlines } from './request-deadlines.ts'
import { StrangerTurns } from './stranger-turns.ts'
import { tlsOptionsOf } from './tls-options.ts'
import type { WebSocketOptions } from './websocket-upgrade.ts'
import { hasTooManyHeaders, MOST_HEADERS, TOO_MANY_OPENINGS, WebSocketDoor } from './websocket-upgrade.ts'

/** The options of an HTTP listener, without its address. */
export interface HttpOptions extends Omit<WebSocketOptions, 'paths' | 'entrance'>, RawSocketOptions, ProxyOptions {
  /** Serves https and wss. */
  readonly tls?: TlsOptions | undefined
  /** Paths for WebSockets; the first is part of the address. Default `/ws` and `/`; none: only health and routes are served. */
  readonly paths?: readonly string[] | undefined
  /** Also accepts RawSocket on the same port, recognized by its first octet. Default: no. */
  readonly rawSocket?: boolean | undefined
  /** Also accepts sessions by HTTP requests, for clients behind proxies that break WebSocket. Default: no. */
  readonly longPoll?: LongPollOptions | undefined
  /** Also takes calls and publications of programs that do not speak WAMP. Default: no. */
  readonly http?: HttpDoorOptions | undefined
  /** Called first for each request that is not an upgrade. */
  readonly routes?: RouteHandler | undefined
  /** The HTML at `/`. Default: a line with the WebSocket's address. */
  readonly startPage?: string | undefined
  /** Called for `/health` and `/health/ready`; `/health/live` only shows that the process answers. Default: ok. */
  readonly health?: (() => Health) | undefined
  /** The most octets of all headers of a request together; single sign-on makes long cookies. Default 64 KiB. */
  readonly maxHeaderBytes?: number | undefined
  /** How long a client may take for the head of a request (and for the TLS handshake). Default 10 s. */
  readonly headersTimeoutMs?: number | undefined
  /** How long a client may take to send a whole request. Default 30 s. */
  readonly requestTimeoutMs?: number | undefined
}

/** A TCP port (0 = any free one), or the path of a Unix socket. */
export type HttpListenerOptions = HttpOptions & ListenTarget

const DEFAULT_PATHS: readonly string[] = ['/ws', '/']
const DEFAULT_HEADERS_TIMEOUT_MS = 10_000
const DEFAULT_REQUEST_TIMEOUT_MS = 30_000
const SLOWEST_CHECK_MS = 1_000
const LATE = 'ERR_HTTP_REQUEST_TIMEOUT'
const TIMEOUT = '408 Request Timeout'
const DEFAULT_MAX_HEADER_BYTES = 64 * 1024

/**
 * Listens for HTTP and WebSocket.
 * @throws {UsageError} (rejects) when it cannot listen at the address
 */
export async function createHttpListener(options: HttpListenerOptions): Promise<Listener> {
  let paths = options.paths ?? DEFAULT_PATHS
  let { routes } = options
  const entrance = new Entrance(options, 'path' in options ? options.path : undefined)
  const door = new WebSocketDoor({ ...options, paths, entrance })
  const arrivals = new Arrivals(options, entrance)
  const turns = new StrangerTurns((socket) => entrance.ownerOf(socket))
  const longPoll = options.longPoll && new LongPollDoor(options.longPoll, { ...options, entrance }, { arrivals, turns })
  const answers = new OutstandingAnswers(options.maxHeaderBytes ?? DEFAULT_MAX_HEADER_BYTES)
  let common = { ...options, entrance }
  const openDoor = (http: HttpDoorOptions | undefined): HttpDoor | undefined =>
    http && options.formats && new HttpDoor(http, common, { arrivals, turns, answers, formats: options.formats })
  let httpDoor = openDoor(options.http)
  const rawSocket = options.rawSocket === true ? new RawSocketDoor(options, entrance, arrivals) : undefined
  const server = createHttpServer(options)
  const deadlines = new RequestDeadlines(
    (socket) => turns.isWaiting(socket),
    requestTimeoutOf(options),
    (socket) => endWith(socket, TIMEOUT),
  )
  deadlines.watch(server)
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    deadlines.forget(request.socket)
    // While an earlier answer is missing, the client would take a refusal for that answer: nothing can be sent.
    if (answers.isOwedBy(request.socket)) request.socket.destroy()
    else door.handleUpgrade(request, stream, Buffer.concat([head, ...turns.takeRest(request.socket)]), arrivals.handOver(request.socket))
  })
  // Made once: many answers may wait for clients that do not read.
  const page = options.startPage === undefined ? undefined : content('text/html; charset=utf-8', options.startPage)
  const served: Served = {
    ...options,
    entrance,
    arrivals,
    longPollDoor: longPoll,
    page,
    // What changes.
    get routes() {
      return routes
    },
    get paths() {
      return paths
    },
    get httpDoor() {
      return httpDoor
    },
  }
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    if (!answers.add(request, response)) return void request.socket.destroy()
    const hasPlace = arrivals.onRequest(request, response)
    deadlines.onRequest(request)
    turns.setKnown(request.socket, undefined)
    if (hasPlace) handleRequest(request, response, served)
    else answer(response, 503, TOO_MANY_OPENINGS.text, { ...TOO_MANY_OPENINGS.headers, Connection: 'close' })
    // The rest of the body is discarded: if it were kept until the answer has left, each chunk would take hundreds of octets.
    if (response.writableEnded) request.resume()
  }
  // For `checkExpectation` node:http would send its own answer, and keep what comes as its body.
  server.on('request', onRequest).on('checkExpectation', onRequest)
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === LATE && deadlines.extends(socket, arrivals.unfinished(socket))) return
    // Further input is discarded, or it would be refused again, piece by piece.
    turns.takeRest(socket)
    socket.removeAllListeners('data').resume()
    refuseMalformed(error, socket, options, entrance)
  })
  const looks = new FirstLooks(options.headersTimeoutMs ?? DEFAULT_HEADERS_TIMEOUT_MS)
  turns.paceRequests(server)
  arrivals.watch(server)
  if (rawSocket !== undefined) branchOff(server, looks, (socket) => turns.begin(socket, () => rawSocket.take(socket)))
  const handshakes = options.tls && new BoundedHandshakes(turns, entrance, options)
  handshakes?.count(server)
  arrivals.guardTls(server)
  turns.paceHandshakes(server)
  arrivals.guard(server, looks)
  handshakes?.name(server)
  turns.letIn.watch(server)
  options.turns?.letIn.watch(server)
  const destroySockets = options.tls === undefined ? undefined : trackSockets(server)
  await listen(server, options, options)
  const place = placeOf(server, options)
  return {
    get address() {
      return addressOf(place, options, paths)
    },
    change(changes: ListenerChanges) {
      renewCertificate(server, changes.tls)
      if ('routes' in changes) routes = changes.routes
      if ('paths' in changes) paths = changes.paths ?? DEFAULT_PATHS
      door.change({ ...changes, paths })
      longPoll?.change(changes)
      rawSocket?.change(changes)
      common = { ...common, ...changes }
      httpDoor?.change(changes)
      if (!('http' in changes)) return
      if (changes.http === undefined || httpDoor === undefined) httpDoor = openDoor(changes.http)
    },
    drain() {
      door.drain()
      longPoll?.drain()
      httpDoor?.drain()
      rawSocket?.drain()
    },
    close() {
      const closed = closeServer(server)
      server.closeIdleConnections()
      return closed
    },
    closeAll() {
      door.connections.destroyAll()
      longPoll?.connections.destroyAll()
      httpDoor?.destroyAll()
      rawSocket?.connections.destroyAll()
      looks.destroyAll()
      server.closeAllConnections()
      destroySockets?.()
    },
  }
}

/** Passes on connections that begin as RawSocket; inside TLS where that is served. */
function branchOff(server: Server, looks: FirstLooks, take: (socket: Socket) => void): void {
  beforeEach(server, server instanceof TlsServer ? 'secureConnection' : 'connection', (socket, goOn) => {
    looks.begin(socket, ([first]) => ({ taken: 0, goOn: first === RAWSOCKET_MAGIC ? take : goOn }))
  })
}

/** `host:port`, or the path of a Unix socket. */
function placeOf(server: Server, options: HttpListenerOptions): string {
  return 'path' in options ? options.path : boundAddress(server)
}

function addressOf(place: string, options: HttpListenerOptions, [path]: readonly string[]): string {
  const scheme = `${path === undefined ? 'http' : 'ws'}${options.tls === undefined ? '' : 's'}`
  return 'path' in options ? `${scheme}+unix://${place}:${path ?? '/'}` : `${scheme}://${place}${path ?? '/'}`
}

function requestTimeoutOf({
  headersTimeoutMs = DEFAULT_HEADERS_TIMEOUT_MS,
  requestTimeoutMs = DEFAULT_REQUEST_TIMEOUT_MS,
}: HttpListenerOptions): number {
  return Math.max(headersTimeoutMs, requestTimeoutMs)
}

function createHttpServer(options: HttpListenerOptions): Server {
  const headersTimeout = options.headersTimeoutMs ?? DEFAULT_HEADERS_TIMEOUT_MS
  const common = {
    headersTimeout,
    requestTimeout: requestTimeoutOf(options),
    connectionsCheckingInterval: Math.min(SLOWEST_CHECK_MS, Math.ceil(headersTimeout / 4)),
    maxHeaderSize: options.maxHeaderBytes ?? DEFAULT_MAX_HEADER_BYTES,
    noDelay: true,
    // Requests without Host get an answer of the router too.
    requireHostHeader: false,
  }
  const server =
    options.tls === undefined
      ? createServer(common)
      : createSecureServer({ ...common, ...tlsOptionsOf(options.tls), handshakeTimeout: headersTimeout })
  // One more than allowed: that one is refused, and node:http keeps no others.
  server.maxHeadersCount = MOST_HEADERS + 1
  return server
}

/** What the port serves to requests that are no upgrades. */
interface Served extends HttpOptions {
  readonly paths: readonly string[]
  readonly entrance: Entrance
  readonly arrivals: Arrivals
  readonly longPollDoor: LongPollDoor | undefined
  readonly httpDoor: HttpDoor | undefined
  readonly page: Content | undefined
}

function handleRequest(request: IncomingMessage, response: ServerResponse, served: Served): void {
  try {
    if (hasTooManyHeaders(request)) return refuseHeaders(request, response, served)
    const fault = faultOf(request)
    if (fault !== undefined) return answer(response, fault.status, fault.text, { Connection: 'close' })
    if (served.longPollDoor?.handle(request, response) === true) return
    if (served.httpDoor?.handle(request, response) === true) return
    // What a route of the embedding program accepts does not count as a connection before login.
    if (served.routes?.(request, response, served.entrance.sourceOf(request)) === true) return served.arrivals.setKnown(request, response)
    answerOwnPage(request, response, served)
  } catch (error) {
    if (response.headersSent) response.destroy()
    else answer(response, 500, 'internal error')
    served.onError(error)
  }
}

function refuseHeaders(request: IncomingMessage, response: ServerResponse, { onRefused, entrance }: Served): void {
  onRefused?.({ ...entrance.sourceOf(request), status: 431, text: 'too many headers' })
  answer(response, 431, 'too many headers')
}

/** Answers a request that node:http could not parse or that came too slowly; after a failed TLS handshake no answer is possible. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket, { onRefused }: HttpOptions, entrance: Entrance): void {
  if (error.code === 'HPE_HEADER_OVERFLOW') {
    const [peer, address] = [entrance.peerOf(socket), entrance.addressOf(socket)]
    onRefused?.({ peer, address, status: 431, text: 'the headers are longer than maxHeaderBytes' })
  }
  const status = statusOf(error.code ?? '')
  if (status === undefined) socket.destroy()
  else endWith(socket, status)
}

function statusOf(code: string): string | undefined {
  if (code === 'HPE_HEADER_OVERFLOW') return '431 Request Header Fields Too Large'
  if (code === LATE) return TIMEOUT
  return code.startsWith('HPE_') ? '400 Bad Request' : undefined
}
