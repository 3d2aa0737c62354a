// The door for programs that speak HTTP and not WAMP: a call or a publication as one request. Each acts through a session of its login
// and can do nothing that the session could not. Pages of other sites can make no request here that their browsers would not ask about.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { TLSSocket } from 'node:tls'
import type { SerializerName } from '@trunkline/protocol'
import { CALL, PayloadError, ProtocolError, uris } from '@trunkline/protocol'
import type { TransportInfo } from '../../core/ports/index.ts'
import type { Arrivals } from '../arrivals.ts'
import { Connections } from '../connections.ts'
import { HeldRequests } from '../held-requests.ts'
import { answer } from '../http-answer.ts'
import type { ListenerChanges } from '../listener.ts'
import type { OutstandingAnswers } from '../outstanding-answers.ts'
import { ReadTurns } from '../read-turns.ts'
import { readBody } from '../request-body.ts'
import type { StrangerTurns } from '../stranger-turns.ts'
import { infoOfRequest } from '../transport-info.ts'
import type { WebSocketOptions } from '../websocket-upgrade.ts'
import { pathOf } from '../websocket-upgrade.ts'
import { WriteTurns } from '../write-turns.ts'
import { Batch } from './batch.ts'
import { inTurnOf } from './body-turn.ts'
import type { Formats } from './bodies.ts'
import { BodyError, formatAccepted, formatOfType, readContent, TYPE_OF } from './bodies.ts'
import { credentialsOf } from './credentials.ts'
import type { Asker, DoorSession } from './door-session.ts'
import { DoorSessions } from './door-sessions.ts'
import { eventRequestIn } from './event-request.ts'
import { EventStream } from './event-stream.ts'
import { answerProblem, Exchange } from './exchange.ts'
import type { Failure } from './failure.ts'
import { LastLogins } from './last-logins.ts'
import type { HttpDoorOptions } from './options.ts'
import type { Order, Terms } from './orders.ts'
import { orderOf, ordersOf } from './orders.ts'
import { SharedEvents } from './shared-events.ts'

/** What the door shares with its listener. */
export interface DoorParts {
  readonly arrivals: Pick<Arrivals, 'setKnown'>
  readonly turns: Pick<StrangerTurns, 'setKnown'>
  readonly answers: Pick<OutstandingAnswers, 'owesEarlier'>
  readonly formats: Formats
}

type Common = Omit<WebSocketOptions, 'paths'>
type Kind = 'call' | 'publish' | 'batch' | 'events'

const DEFAULT_BODY_BYTES = 1_048_576
const DEFAULT_TIMEOUT_MS = 30_000
const DEFAULT_IDLE_MS = 60_000
const DEFAULT_HEARTBEAT_MS = 15_000
/** How long a client may take nothing of its answer. */
const STALL_MS = 10_000
/** Open batches of a session, of which each keeps its answers. */
const MOST_BATCHES = 8

export class HttpDoor {
  readonly #parts: DoorParts
  readonly #sessions: DoorSessions
  readonly #exchanges: Connections
  readonly #last = new LastLogins()
  readonly #held = new WeakMap<DoorSession, HeldRequests>()
  readonly #writing = new WriteTurns()
  readonly #reading: ReadTurns
  readonly #events: SharedEvents
  #options: HttpDoorOptions
  #common: Common
  #isDraining = false

  constructor(options: HttpDoorOptions, common: Common, parts: DoorParts) {
    this.#options = options
    this.#common = common
    this.#parts = parts
    this.#exchanges = new Connections([STALL_MS, options.heartbeatMs ?? DEFAULT_HEARTBEAT_MS])
    this.#events = new SharedEvents(parts.formats.json)
    this.#reading = common.turns ?? new ReadTurns()
    this.#sessions = new DoorSessions(this.#sessionOptions())
  }

  /** Refuses requests from now on. */
  drain(): void {
    this.#isDraining = true
  }

  /** Changes the options for requests to come: each logs in again. */
  change(changes: ListenerChanges): void {
    this.#common = { ...this.#common, ...changes }
    this.#options = changes.http ?? this.#options
    this.#sessions.change(this.#sessionOptions())
  }

  /** Ends all requests and sessions at once. */
  destroyAll(): void {
    this.#exchanges.destroyAll()
    this.#sessions.connections.destroyAll()
  }

  /** Answers a request below its paths and returns true; leaves others alone. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const asked = this.#askedBy(request)
    if (asked === undefined) return false
    const { origin } = request.headers
    const refusal = this.#common.mayUpgrade?.(asSentByPage(request), this.#common.entrance.sourceOf(request))
    if (refusal !== undefined) {
      this.#refuse(response, { error: uris.NOT_AUTHORIZED, detail: refusal.text, status: refusal.status })
      return true
    }
    if (origin !== undefined) response.setHeader('Access-Control-Allow-Origin', origin).setHeader('Vary', 'Origin')
    const method = asked.kind === 'events' ? 'GET' : 'POST'
    if (request.method === 'OPTIONS') answerPreflight(response, method)
    else if (request.method !== method) {
      response.setHeader('Allow', `${method}, OPTIONS`)
      this.#refuse(response, { error: uris.INVALID_ARGUMENT, detail: `this address accepts only ${method}`, status: 405 })
    } else if (this.#isDraining) this.#refuse(response, { error: uris.SYSTEM_SHUTDOWN, detail: 'the router is stopping' })
    else if (method === 'GET') this.#stream(request, response)
    else this.#serve(asked.kind, asked.rest, request, response)
    return true
  }

  #askedBy(request: IncomingMessage): { readonly kind: Kind; readonly rest: string } | undefined {
    const path = pathOf(request)
    const { path: base } = this.#options
    const from = base.endsWith('/') ? base.length - 1 : base.length
    if (!path.startsWith(base)) return undefined
    if (path.startsWith('/call/', from)) return { kind: 'call', rest: path.slice(from + 6) }
    if (path.length === from + 7 && path.endsWith('/events')) return { kind: 'events', rest: '' }
    if (path.length === from + 6 && path.endsWith('/batch')) return { kind: 'batch', rest: '' }
    if (path.startsWith('/publish/', from)) return { kind: 'publish', rest: path.slice(from + 9) }
    return undefined
  }

  #refuse(response: ServerResponse, failure: Failure): void {
    answerProblem(response, this.#parts.formats.json, failure, this.#options.realm)
  }

  #serve(kind: Kind, rest: string, request: IncomingMessage, response: ServerResponse): void {
    const uri = decoded(rest)
    if (uri === undefined) return this.#refuse(response, { error: uris.INVALID_URI, detail: 'the path is not well-formed' })
    const serializer = formatOfType(request.headers['content-type'])
    if (serializer === undefined) return this.#refuse(response, UNKNOWN_TYPE)
    const { realm } = this.#options
    const session = this.#sessionOf(request, serializer)
    if ('error' in session) return this.#refuse(response, session)
    const { json } = this.#parts.formats
    const accepted = formatAccepted(request.headers.accept, serializer)
    const exchange = new Exchange({
      request,
      response,
      session,
      format: accepted === 'lines' ? accepted : this.#parts.formats[accepted],
      json,
      turns: this.#writing,
      realm,
      stallTicks: this.#exchanges.ticks(STALL_MS),
      onGone: (gone) => this.#exchanges.remove(gone),
    })
    this.#exchanges.add(exchange)
    session.whenOpen((failure) => {
      if (exchange.isOver) return
      if (failure !== undefined) return exchange.onFailure(failure)
      const terms = { timeoutMs: this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS, isProgressive: accepted === 'lines', key: keyOf(request) }
      void this.#ask({ kind, uri, session, exchange, terms }, request, response)
    })
  }

  /** Opens a stream of events, with a session of its own. It would keep back all answers behind it, and come too late behind another. */
  #stream(request: IncomingMessage, response: ServerResponse): void {
    if (this.#parts.answers.owesEarlier(request.socket)) return this.#refuse(response, NO_OWN_CONNECTION)
    const info = this.#infoOf(request)
    const credentials = credentialsOf(request.headers, info.tls?.clientCertificate !== undefined)
    if (credentials === undefined) return this.#refuse(response, UNKNOWN_SCHEME)
    const { json } = this.#parts.formats
    const refuse = (failure: Failure): void => this.#refuse(response, failure)
    try {
      const stream = new EventStream(eventRequestIn(request), {
        response,
        json,
        events: this.#events,
        refuse,
        quietTicks: this.#exchanges.ticks(this.#options.heartbeatMs ?? DEFAULT_HEARTBEAT_MS),
        onGone: (gone) => this.#exchanges.remove(gone),
      })
      const session = this.#sessions.open({ realm: this.#options.realm, serializer: 'json', credentials, info }, stream)
      if (session === undefined) return refuse(NO_ROOM)
      this.#exchanges.add(stream)
      session.whenOpen((failure) => {
        if (failure !== undefined) return
        this.#parts.arrivals.setKnown(request, response)
        this.#parts.turns.setKnown(request.socket, session.holder)
      })
      stream.begin(session)
    } catch (error) {
      const failure = failureOf(error)
      if (failure === undefined) throw error
      refuse(failure)
    }
  }

  /** The session of the login that a request says, or why there is none. */
  #sessionOf(request: IncomingMessage, serializer: SerializerName): DoorSession | Failure {
    const last = this.#last.find(request, serializer)
    if (last !== undefined) return last
    const info = this.#infoOf(request)
    const credentials = credentialsOf(request.headers, info.tls?.clientCertificate !== undefined)
    if (credentials === undefined) return UNKNOWN_SCHEME
    const session = this.#sessions.of(this.#options.realm, serializer, credentials, info)
    if (session === undefined) return NO_ROOM
    this.#last.note(request, serializer, session)
    return session
  }

  /** Reads the body, which counts to the login by now, and sends what it asks. Never rejects. */
  async #ask(wish: Wish, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { session, exchange } = wish
    const held = this.#heldBy(session)
    try {
      this.#parts.arrivals.setKnown(request, response)
      this.#parts.turns.setKnown(request.socket, session.holder)
      held.add(request)
      const body = await readBody(request, this.#mostOctets, (octets) => held.setBody(request, octets)).catch((error: unknown) =>
        error instanceof Error ? error : new Error(String(error)),
      )
      if (exchange.isOver) return
      if (body instanceof Error) return exchange.onFailure({ error: uris.PAYLOAD_SIZE_EXCEEDED, detail: body.message })
      await inTurnOf(
        this.#reading,
        () => session.holder,
        body,
        () => {
          if (!exchange.isOver) this.#send(wish, body)
        },
      )
    } catch (error) {
      this.#common.onError(error)
      exchange.destroy()
    } finally {
      held.remove(request)
    }
  }

  #send(wish: Wish, body: Uint8Array): void {
    const { kind, uri, session, exchange, terms } = wish
    const format = this.#parts.formats[session.serializer]
    try {
      if (kind === 'batch') this.#sendAll(ordersOf(format, body, terms), wish)
      else {
        const target = { kind: kind === 'call' ? kind : 'publish', uri } as const
        askFor(orderOf(format, target, readContent(format, body), terms), wish, exchange)
      }
    } catch (error) {
      const failure = failureOf(error)
      if (failure === undefined) throw error
      exchange.onFailure(failure)
    }
  }

  /** Sends all of a batch at once: each has its own answer. */
  #sendAll(orders: readonly Order[], wish: Wish): void {
    const { session, exchange } = wish
    if (session.batches >= MOST_BATCHES) return exchange.onFailure(TOO_MANY_BATCHES)
    session.batches++
    exchange.onClosed = () => void session.batches--
    const batch = new Batch(orders.length, this.#parts.formats.json, (body) => exchange.answer(200, TYPE_OF.json, body))
    for (const [i, order] of orders.entries()) {
      const asker = batch.asker(i)
      try {
        askFor(order, wish, asker)
      } catch (error) {
        const failure = failureOf(error)
        if (failure === undefined) throw error
        asker.onFailure(failure)
      }
    }
  }

  #infoOf(request: IncomingMessage): TransportInfo {
    return infoOfRequest('http', request, this.#common.entrance, this.#common.logins)
  }

  /** What the requests of a session hold counts to its login. */
  #heldBy(session: DoorSession): HeldRequests {
    const known = this.#held.get(session)
    if (known !== undefined) return known
    const held = new HeldRequests(
      this.#reading.held,
      () => session.holder,
      () => {},
    )
    this.#held.set(session, held)
    return held
  }

  /** The longest body. */
  get #mostOctets(): number {
    return Math.min(this.#options.maxBodyBytes ?? DEFAULT_BODY_BYTES, this.#common.maxMessageBytes ?? DEFAULT_BODY_BYTES)
  }

  #sessionOptions() {
    const { accept, onError, places, maxMessageBytes, maxConnections } = this.#common
    const { idleMs = DEFAULT_IDLE_MS } = this.#options
    return { accept, onError, places, maxMessageBytes, maxConnections, formats: this.#parts.formats, idleMs }
  }
}

/** What a request wants. */
interface Wish {
  readonly kind: Kind
  readonly uri: string
  readonly session: DoorSession
  readonly exchange: Exchange
  readonly terms: Terms
}

function askFor(order: Order, { session, exchange }: Wish, asker: Asker): void {
  const request = session.ask(order, asker)
  if (request !== undefined) exchange.asked(request, order.type === CALL)
}

/** The header that some drafts put in quotes. */
function keyOf({ headers }: IncomingMessage): string | undefined {
  const key = headers['idempotency-key']
  return typeof key === 'string' ? key.replace(/^"(.*)"$/, '$1') : undefined
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** What the client did wrong; undefined for a fault of the router. */
function failureOf(error: unknown): Failure | undefined {
  if (error instanceof BodyError || error instanceof ProtocolError) return { error: uris.INVALID_ARGUMENT, detail: error.message }
  if (error instanceof PayloadError) return { error: error.uri ?? uris.INVALID_ARGUMENT, detail: error.message, status: 400 }
  return undefined
}

/**
 * A request as the check of origins sees it. For a GET to the page's own host browsers send no Origin: a page that has led its own name to
 * the router would else be taken for a program. A program that names a login does not come from such a page.
 */
function asSentByPage(request: IncomingMessage): IncomingMessage {
  const { origin, host, authorization, 'user-agent': agent = '' } = request.headers
  const isOfBrowser = agent.startsWith('Mozilla/') || request.headers['sec-fetch-site'] !== undefined
  if (request.method !== 'GET' || origin !== undefined || authorization !== undefined || !isOfBrowser) return request
  const scheme = request.socket instanceof TLSSocket ? 'https' : 'http'
  const site = request.headers['sec-fetch-site']
  const page = site === undefined || site === 'same-origin' || site === 'none' ? `${scheme}://${host ?? ''}` : 'null'
  return Object.create(request, { headers: { value: { ...request.headers, origin: page } } }) as IncomingMessage
}

function answerPreflight(response: ServerResponse, method: string): void {
  answer(response, 204, undefined, {
    'Access-Control-Allow-Methods': method,
    'Access-Control-Allow-Headers': 'Accept, Authorization, Content-Type, Idempotency-Key, Last-Event-ID',
    'Access-Control-Max-Age': '600',
  })
}

const UNKNOWN_TYPE: Failure = {
  error: uris.INVALID_ARGUMENT,
  detail: 'Content-Type has to be application/json, application/msgpack or application/cbor',
  status: 415,
}
const UNKNOWN_SCHEME: Failure = { error: uris.AUTHENTICATION_REQUIRED, detail: 'Authorization has to be Bearer or Basic' }
const NO_OWN_CONNECTION: Failure = {
  error: uris.INVALID_ARGUMENT,
  detail: 'a stream of events needs a connection of its own, which owes no other answer',
}
const TOO_MANY_BATCHES: Failure = { error: uris.LIMIT_EXCEEDED, detail: `no more than ${MOST_BATCHES} batches at a time` }
const NO_ROOM: Failure = {
  error: uris.LIMIT_EXCEEDED,
  detail: 'too many sessions of this door',
  status: 503,
  headers: { 'Retry-After': '1' },
}
