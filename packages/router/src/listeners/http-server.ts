// The one HTTP port: WebSocket upgrades, the start page, health, and the caller's routes, with deadlines for all.
// Never answers with more than a short text where something is wrong.

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TlsOptions } from 'node:tls'

import { answer, send } from './http-answer.ts'
import type { Listener, ListenerChanges } from './listener.ts'
import { boundAddress, closeServer, hostAndPort, listen, renewCertificate, trackSockets } from './listener.ts'
import type { LongPollOptions } from './longpoll.ts'
import { LongPollDoor } from './longpoll.ts'
import { OutstandingAnswers } from './outstanding-answers.ts'
import type { WebSocketOptions } from './websocket-upgrade.ts'
import { hasTooManyHeaders, pathOf, WebSocketDoor } from './websocket-upgrade.ts'

/** Answers a request and says so, or leaves it to the next. */
export type RouteHandler = (request: IncomingMessage, response: ServerResponse) => boolean

/** How the router is: `isOk` false answers 503. `details` must hold nothing secret. */
export interface Health {
  readonly isOk: boolean
  readonly details?: Readonly<Record<string, unknown>> | undefined
}

export interface HttpListenerOptions extends Omit<WebSocketOptions, 'paths'> {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** Serves https and wss. */
  readonly tls?: TlsOptions | undefined
  /** Where WebSockets may be opened; the first stands in the address. Default `/ws` and `/`. */
  readonly paths?: readonly string[] | undefined
  /** Also takes sessions by HTTP requests, for clients behind proxies that break WebSocket. Default: not. */
  readonly longPoll?: LongPollOptions | undefined
  /** Asked first about every request that is not an upgrade. */
  readonly routes?: RouteHandler | undefined
  /** The HTML at `/`. Default: a line that names the WebSocket's address. */
  readonly startPage?: string | undefined
  /** Asked for `/health` and `/health/ready`; `/health/live` needs no answer but the process's. Default: ok. */
  readonly health?: (() => Health) | undefined
  /** How long a client may take to send the head of a request (and to shake hands over TLS). Default 10 s. */
  readonly headersTimeoutMs?: number | undefined
  /** How long a client may take to send a whole request. Default 30 s. */
  readonly requestTimeoutMs?: number | undefined
}

const DEFAULT_PATHS: readonly string[] = ['/ws', '/']
const DEFAULT_HEADERS_TIMEOUT_MS = 10_000
const DEFAULT_REQUEST_TIMEOUT_MS = 30_000
const SLOWEST_CHECK_MS = 1_000
const MOST_HEADER_OCTETS = 16 * 1024

/**
 * Listens for HTTP and WebSocket.
 * @throws {UsageError} (rejects) when the address cannot be had
 */
export async function createHttpListener(options: HttpListenerOptions): Promise<Listener> {
  let paths = options.paths ?? DEFAULT_PATHS
  const door = new WebSocketDoor({ ...options, paths })
  const longPoll = options.longPoll && new LongPollDoor(options.longPoll, options)
  const server = createHttpServer(options)
  const answers = new OutstandingAnswers()
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    // A refusal would be read as the answer that is owed, and that answer as frames: nothing can be said.
    if (answers.isOwedBy(request.socket)) request.socket.destroy()
    else door.handleUpgrade(request, stream, head)
  })
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    answers.add(request.socket, response)
    handleRequest(request, response, options, paths, longPoll)
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => refuseMalformed(error, socket, options))
  const destroySockets = options.tls === undefined ? undefined : trackSockets(server)
  await listen(server, options, options)
  const address = `${options.tls === undefined ? 'ws' : 'wss'}://${boundAddress(server)}`
  return {
    get address() {
      return `${address}${paths[0] ?? '/'}`
    },
    change(changes: ListenerChanges) {
      renewCertificate(server, changes.tls)
      if ('paths' in changes) paths = changes.paths ?? DEFAULT_PATHS
      door.change({ ...changes, paths })
      longPoll?.change(changes)
    },
    close() {
      const closed = closeServer(server)
      server.closeIdleConnections()
      return closed
    },
    closeAll() {
      door.connections.destroyAll()
      longPoll?.connections.destroyAll()
      server.closeAllConnections()
      destroySockets?.()
    },
  }
}

function createHttpServer(options: HttpListenerOptions): Server {
  const headersTimeout = options.headersTimeoutMs ?? DEFAULT_HEADERS_TIMEOUT_MS
  const requestTimeout = Math.max(headersTimeout, options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS)
  const common = {
    headersTimeout,
    requestTimeout,
    connectionsCheckingInterval: Math.min(SLOWEST_CHECK_MS, Math.ceil(headersTimeout / 4)),
    maxHeaderSize: MOST_HEADER_OCTETS,
    noDelay: true,
  }
  const server =
    options.tls === undefined ? createServer(common) : createSecureServer({ ...common, ...options.tls, handshakeTimeout: headersTimeout })
  server.maxHeadersCount = 0
  return server
}

function handleRequest(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpListenerOptions,
  paths: readonly string[],
  longPoll: LongPollDoor | undefined,
): void {
  try {
    if (hasTooManyHeaders(request)) return refuseHeaders(request, response, options)
    if (longPoll?.handle(request, response) === true) return
    if (options.routes?.(request, response) === true) return
    answerOwnPage(request, response, options, paths)
  } catch (error) {
    if (response.headersSent) response.destroy()
    else answer(response, 500, 'internal error')
    options.onError(error)
  }
}

function refuseHeaders({ socket }: IncomingMessage, response: ServerResponse, { onRefused }: HttpListenerOptions): void {
  onRefused?.({ peer: hostAndPort(socket.remoteAddress, socket.remotePort), status: 431, text: 'too many headers' })
  answer(response, 431, 'too many headers')
}

function answerOwnPage(request: IncomingMessage, response: ServerResponse, options: HttpListenerOptions, paths: readonly string[]): void {
  const path = pathOf(request)
  const isHealth = path === '/health' || path === '/health/live' || path === '/health/ready'
  if (path !== '/' && !isHealth && !paths.includes(path)) return answer(response, 404, 'not found')
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return answer(response, 405, 'only GET is allowed here', { Allow: 'GET, HEAD' })
  if (isHealth) return answerHealth(response, path === '/health/live' ? { isOk: true } : (options.health?.() ?? { isOk: true }))
  if (path !== '/') return answer(response, 426, 'this is a WebSocket endpoint', { Upgrade: 'websocket', Connection: 'Upgrade, close' })
  if (options.startPage === undefined) return answer(response, 200, `A WAMP router: open a WebSocket at ${paths[0] ?? '/'}`)
  send(response, 200, 'text/html; charset=utf-8', Buffer.from(options.startPage))
}

function answerHealth(response: ServerResponse, { isOk, details = {} }: Health): void {
  const body = JSON.stringify({ status: isOk ? 'ok' : 'unavailable', ...details })
  send(response, isOk ? 200 : 503, 'application/json', Buffer.from(`${body}\n`), { 'Cache-Control': 'no-store' })
}

/** What node:http could not parse, or waited for too long; also a TLS handshake that failed, which leaves nobody to talk to. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket, { onRefused }: HttpListenerOptions): void {
  if (error.code === 'HPE_HEADER_OVERFLOW') {
    onRefused?.({ peer: hostAndPort(socket.remoteAddress, socket.remotePort), status: 431, text: 'too many octets of headers' })
  }
  const status = statusOf(error.code ?? '')
  if (status === undefined || !socket.writable) {
    socket.destroy()
    return
  }
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  socket.destroySoon()
}

function statusOf(code: string): string | undefined {
  if (code === 'HPE_HEADER_OVERFLOW') return '431 Request Header Fields Too Large'
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return '408 Request Timeout'
  return code.startsWith('HPE_') ? '400 Bad Request' : undefined
}
