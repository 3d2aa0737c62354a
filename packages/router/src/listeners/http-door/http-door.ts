// The door for programs that speak HTTP and not WAMP: a call or a publication as one request. Each acts through a session of its login
// and can do nothing that the session could not. Pages of other sites can make no request here that their browsers would not ask about.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { CALL, Payload, PayloadError, ProtocolError, PUBLISH, uris } from '@trunkline/protocol'
import type { TransportInfo } from '../../core/ports/index.ts'
import type { Arrivals } from '../arrivals.ts'
import { Connections } from '../connections.ts'
import { HeldRequests } from '../held-requests.ts'
import { answer } from '../http-answer.ts'
import type { ListenerChanges } from '../listener.ts'
import { ReadTurns } from '../read-turns.ts'
import { readBodyInTurn } from '../request-body.ts'
import type { StrangerTurns } from '../stranger-turns.ts'
import { infoOfRequest } from '../transport-info.ts'
import type { WebSocketOptions } from '../websocket-upgrade.ts'
import { pathOf } from '../websocket-upgrade.ts'
import { WriteTurns } from '../write-turns.ts'
import type { Content, Formats } from './bodies.ts'
import { BodyError, formatOfType, readContent } from './bodies.ts'
import { credentialsOf } from './credentials.ts'
import type { DoorSession } from './door-session.ts'
import { DoorSessions } from './door-sessions.ts'
import { answerProblem, Exchange } from './exchange.ts'
import type { Failure } from './failure.ts'
import type { HttpDoorOptions } from './options.ts'

/** What the door shares with its listener. */
export interface DoorParts {
  readonly arrivals: Pick<Arrivals, 'setKnown'>
  readonly turns: Pick<StrangerTurns, 'setKnown'>
  readonly formats: Formats
}

type Common = Omit<WebSocketOptions, 'paths'>
type Kind = 'call' | 'publish'

const DEFAULT_BODY_BYTES = 1_048_576
const DEFAULT_TIMEOUT_MS = 30_000
const DEFAULT_IDLE_MS = 60_000

export class HttpDoor {
  readonly #parts: DoorParts
  readonly #sessions: DoorSessions
  readonly #exchanges = new Connections([4_000])
  readonly #held = new WeakMap<DoorSession, HeldRequests>()
  readonly #writing = new WriteTurns()
  readonly #reading: ReadTurns
  #options: HttpDoorOptions
  #common: Common
  #isDraining = false

  constructor(options: HttpDoorOptions, common: Common, parts: DoorParts) {
    this.#options = options
    this.#common = common
    this.#parts = parts
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
    const refusal = this.#common.mayUpgrade?.(request, this.#common.entrance.sourceOf(request))
    if (refusal !== undefined) {
      this.#refuse(response, { error: uris.NOT_AUTHORIZED, detail: refusal.text, status: refusal.status })
      return true
    }
    if (origin !== undefined) response.setHeader('Access-Control-Allow-Origin', origin).setHeader('Vary', 'Origin')
    if (request.method === 'OPTIONS') answerPreflight(response)
    else if (request.method === 'POST') this.#serve(asked.kind, asked.rest, request, response)
    else {
      response.setHeader('Allow', 'POST, OPTIONS')
      this.#refuse(response, { error: uris.INVALID_ARGUMENT, detail: 'this address accepts only POST', status: 405 })
    }
    return true
  }

  #askedBy(request: IncomingMessage): { readonly kind: Kind; readonly rest: string } | undefined {
    const path = pathOf(request)
    const { path: base } = this.#options
    const from = base.endsWith('/') ? base.length - 1 : base.length
    if (!path.startsWith(base)) return undefined
    if (path.startsWith('/call/', from)) return { kind: 'call', rest: path.slice(from + 6) }
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
    const credentials = credentialsOf(request.headers)
    if (credentials === undefined) return this.#refuse(response, UNKNOWN_SCHEME)
    if (this.#isDraining) return this.#refuse(response, { error: uris.SYSTEM_SHUTDOWN, detail: 'the router is stopping' })
    const { realm } = this.#options
    const session = this.#sessions.of(realm, serializer, credentials, this.#infoOf(request))
    if (session === undefined) return this.#refuse(response, NO_ROOM)
    const { json, [serializer]: format } = this.#parts.formats
    const exchange = new Exchange({
      request,
      response,
      session,
      format,
      json,
      turns: this.#writing,
      realm,
      onGone: (gone) => this.#exchanges.remove(gone),
    })
    this.#exchanges.add(exchange)
    session.whenOpen((failure) => {
      if (exchange.isOver) return
      if (failure !== undefined) return exchange.onFailure(failure)
      void this.#ask({ kind, uri, session, exchange }, request, response)
    })
  }

  /** Reads the body, which counts to the login by now, and sends what it asks. Never rejects. */
  async #ask(wish: Wish, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { session, exchange } = wish
    const held = this.#heldBy(session)
    try {
      this.#parts.arrivals.setKnown(request, response)
      this.#parts.turns.setKnown(request.socket, session.holder)
      held.add(request)
      const body = await readBodyInTurn(request, { ...this.#bodyLimits, hold: (octets) => held.setBody(request, octets) }).catch(
        (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
      )
      if (exchange.isOver) return
      if (body instanceof Error) return exchange.onFailure({ error: uris.PAYLOAD_SIZE_EXCEEDED, detail: body.message })
      this.#send(wish, body)
    } catch (error) {
      this.#common.onError(error)
      exchange.destroy()
    } finally {
      held.remove(request)
    }
  }

  #send({ kind, uri, session, exchange }: Wish, body: Uint8Array): void {
    try {
      const content = readContent(this.#parts.formats[session.serializer], body)
      const payload = Payload.fromValues(content.args, content.kwargs)
      const asked = session.ask(kind === 'call' ? CALL : PUBLISH, uri, { options: this.#optionsOf(kind, content), payload }, exchange)
      if (asked !== undefined) exchange.asked(asked, kind === 'call')
    } catch (error) {
      const failure = failureOf(error)
      if (failure === undefined) throw error
      exchange.onFailure(failure)
    }
  }

  #optionsOf(kind: Kind, { options }: Content): Content['options'] {
    const known = kind === 'call' ? CALL_OPTIONS : PUBLISH_OPTIONS
    const unknown = Object.keys(options).find((name) => !known.has(name))
    if (unknown !== undefined) throw new BodyError(`there is no option '${unknown}' for requests of HTTP`)
    if (kind === 'publish') return { ...options, acknowledge: true }
    return { timeout: this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS, ...options }
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

  get #bodyLimits() {
    const most = Math.min(this.#options.maxBodyBytes ?? DEFAULT_BODY_BYTES, this.#common.maxMessageBytes ?? DEFAULT_BODY_BYTES)
    return { most: () => most, turn: NO_WAIT }
  }

  #sessionOptions() {
    const { accept, onError, places, maxMessageBytes } = this.#common
    const { idleMs = DEFAULT_IDLE_MS } = this.#options
    return { accept, onError, places, maxMessageBytes, formats: this.#parts.formats, idleMs }
  }
}

/** What a request wants. */
interface Wish {
  readonly kind: Kind
  readonly uri: string
  readonly session: DoorSession
  readonly exchange: Exchange
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

function answerPreflight(response: ServerResponse): void {
  answer(response, 204, undefined, {
    'Access-Control-Allow-Methods': 'POST',
    'Access-Control-Allow-Headers': 'Accept, Authorization, Content-Type',
    'Access-Control-Max-Age': '600',
  })
}

const CALL_OPTIONS = new Set(['timeout', 'disclose_me', 'runmode', 'rkey'])
const PUBLISH_OPTIONS = new Set([
  'acknowledge',
  'exclude_me',
  'disclose_me',
  'exclude',
  'exclude_authid',
  'exclude_authrole',
  'eligible',
  'eligible_authid',
  'eligible_authrole',
  'retain',
  'rkey',
])
const NO_WAIT = Promise.resolve()
const UNKNOWN_TYPE: Failure = {
  error: uris.INVALID_ARGUMENT,
  detail: 'Content-Type has to be application/json, application/msgpack or application/cbor',
  status: 415,
}
const UNKNOWN_SCHEME: Failure = { error: uris.AUTHENTICATION_REQUIRED, detail: 'Authorization has to be Bearer or Basic' }
const NO_ROOM: Failure = {
  error: uris.LIMIT_EXCEEDED,
  detail: 'too many sessions of this door',
  status: 503,
  headers: { 'Retry-After': '1' },
}
