// Accepts clients behind proxies that break WebSocket: open, receive, send and close as HTTP requests
// (specification: "HTTP Longpoll Transport"). Knows nothing of sessions.

import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { SerializerName } from '@trunkline/protocol'
import type { Arrivals } from './arrivals.ts'
import { Connections } from './connections.ts'
import { answer, content, send } from './http-answer.ts'
import type { ListenerChanges, Places, Refusal } from './listener.ts'
import { ALL_SERIALIZERS, DEFAULT_CLOSE_TIMEOUT_MS, DEFAULT_MAX_MESSAGE_BYTES } from './listener.ts'
import type { LongPollTurns } from './longpoll-connection.ts'
import { LongPollConnection } from './longpoll-connection.ts'
import type { RelayedListener } from './longpoll-relay.ts'
import { sayTaken } from './longpoll-relay.ts'
import { ReadTurns } from './read-turns.ts'
import { readBody } from './request-body.ts'
import type { StrangerTurns } from './stranger-turns.ts'
import { infoOfRequest } from './transport-info.ts'
import type { WebSocketOptions } from './websocket-upgrade.ts'
import { chooseSubprotocol, pathOf, TOO_MANY, TOO_MANY_OPENINGS, withCookies } from './websocket-upgrade.ts'
import { WriteTurns } from './write-turns.ts'

export interface LongPollOptions {
  /** The base of the four paths: `/longpoll` for `/longpoll/open` and so on. */
  readonly path: string
  /** How long a receive request stays open before its empty answer. Default 25 s: proxies cut requests that stay open for long. */
  readonly holdMs?: number | undefined
  /** How long a client may be without a receive request. Default 60 s. */
  readonly idleMs?: number | undefined
  /** Default 10,000: such a connection costs a client no socket. */
  readonly maxConnections?: number | undefined
  /** Where other processes serve the same address: what brings requests to the one that has their connection. */
  readonly relay?: RelayedListener | undefined
}

const DEFAULT_HOLD_MS = 25_000
const DEFAULT_IDLE_MS = 60_000
const DEFAULT_MOST = 10_000
const LONGEST_OPENING = 4_096
const ID_OCTETS = 24

/** What the sockets of strangers have, and those of its clients do not need while a request of them is answered. */
export interface Strangers {
  readonly arrivals: Arrivals
  readonly turns: Pick<StrangerTurns, 'setKnown'>
}

export class LongPollDoor {
  readonly connections: Connections
  readonly #options: LongPollOptions
  #common: Omit<WebSocketOptions, 'paths'>
  #isDraining = false
  readonly #byId = new Map<string, LongPollConnection>()
  readonly #strangers: Strangers | undefined
  readonly #places: Places | undefined
  readonly #turns: Required<LongPollTurns>

  constructor(options: LongPollOptions, common: Omit<WebSocketOptions, 'paths'>, strangers?: Strangers) {
    this.#strangers = strangers
    this.#places = common.places?.(options.maxConnections ?? DEFAULT_MOST)
    this.#options = options
    this.#common = common
    this.#turns = { reading: common.turns ?? new ReadTurns(), writing: new WriteTurns() }
    const { holdMs = DEFAULT_HOLD_MS, idleMs = DEFAULT_IDLE_MS } = options
    this.connections = new Connections([holdMs, idleMs, common.closeTimeoutMs ?? DEFAULT_CLOSE_TIMEOUT_MS])
  }

  /** Refuses new connections from now on. */
  drain(): void {
    this.#isDraining = true
  }

  /** Changes the options for requests to come. */
  change(changes: ListenerChanges): void {
    this.#common = { ...this.#common, ...changes }
  }

  /** Answers a request below its path and returns true; leaves others alone. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const path = pathOf(request)
    if (!path.startsWith(`${this.#options.path}/`)) return false
    const refusal = this.#common.mayUpgrade?.(request, this.#common.entrance.sourceOf(request))
    if (refusal !== undefined) {
      answer(response, refusal.status, refusal.text, refusal.headers)
      return true
    }
    // `mayUpgrade` has accepted the origin; the browser needs this header to let the page read the answer.
    if (request.headers.origin !== undefined) {
      response.setHeader('Access-Control-Allow-Origin', request.headers.origin)
      response.setHeader('Vary', 'Origin')
    }
    if (request.method === 'OPTIONS') answerPreflight(response)
    else if (request.method !== 'POST') answer(response, 405, 'this address accepts only POST', { Allow: 'POST, OPTIONS' })
    else this.#route(path.slice(this.#options.path.length + 1), request, response)
    return true
  }

  get #serializers(): readonly SerializerName[] {
    return this.#common.serializers ?? ALL_SERIALIZERS
  }

  #route(rest: string, request: IncomingMessage, response: ServerResponse): void {
    if (rest === 'open') return this.#open(request, response)
    const slash = rest.indexOf('/')
    const id = rest.slice(0, Math.max(0, slash))
    const connection = this.#byId.get(id)
    if (connection === undefined) return this.#pass(id, rest, request, response)
    const what = rest.slice(slash + 1)
    // Before a login bodies take a place; receive requests do not, since a connection has only one: what comes with it counts to that.
    if (connection.isOpen) this.#setKnown(connection.holder, request, response)
    else if (what === 'receive') this.#strangers?.arrivals.setKnown(request, response, (octets) => connection.count(octets))
    this.#take(connection, what, request, response)
  }

  /** The request is to a transport of another process, or of none. */
  #pass(id: string, rest: string, request: IncomingMessage, response: ServerResponse): void {
    const { relay } = this.#options
    const node = relay?.otherOf(id)
    if (relay === undefined || node === undefined) return answer(response, 404, 'no such transport')
    relay.pass(node, rest, { request, response }, (holder) => this.#setKnown(holder, request, response))
  }

  #takePassed(connection: LongPollConnection, what: string, request: IncomingMessage, response: ServerResponse): void {
    sayTaken(response, connection.isOpen ? connection.holder : undefined)
    this.#take(connection, what, request, response)
  }

  #take(connection: LongPollConnection, what: string, request: IncomingMessage, response: ServerResponse): void {
    switch (what) {
      case 'receive':
        // A receive request has no body; a short one is discarded, a long one ends the connection.
        readBody(request, LONGEST_OPENING).catch(() => request.socket.destroy())
        return connection.receive(response)
      case 'send':
        return connection.take(request, response)
      case 'close':
        connection.destroy()
        return answer(response, 202)
      default:
        return answer(response, 404, 'the requests of a transport are receive, send and close')
    }
  }

  #setKnown(holder: string, request: IncomingMessage, response: ServerResponse): void {
    this.#strangers?.arrivals.setKnown(request, response)
    this.#strangers?.turns.setKnown(request.socket, holder)
  }

  #open(request: IncomingMessage, response: ServerResponse): void {
    if (this.#isDraining) return answer(response, 503, 'the router is stopping')
    if (this.#common.hasRoom?.(this.#common.entrance.addressOf(request.socket, request.headers)) === false) {
      return this.#refuse(request, response, TOO_MANY_OPENINGS)
    }
    if (this.#places === undefined && this.connections.size >= (this.#options.maxConnections ?? DEFAULT_MOST))
      return this.#refuse(request, response, TOO_MANY)
    readBody(request, LONGEST_OPENING).then(
      (body) => this.#answerOpening(protocolsIn(body), request, response),
      () => answer(response, 413, 'the body is too long or did not arrive'),
    )
  }

  /** Refuses a connection for which there is no room. */
  #refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
    const { onRefused, entrance } = this.#common
    const { status, text } = refusal
    onRefused?.({ ...entrance.sourceOf(request), status, text })
    answer(response, status, text, refusal.headers)
  }

  #answerOpening(protocols: readonly string[] | undefined, request: IncomingMessage, response: ServerResponse): void {
    if (protocols === undefined) return answer(response, 400, 'expected {"protocols": ["wamp.2.json"]}')
    const chosen = chooseSubprotocol(protocols.join(','), this.#serializers)
    if (chosen === undefined) {
      return answer(response, 400, `no protocol in common; supported: ${this.#serializers.map((name) => `wamp.2.${name}`).join(', ')}`)
    }
    const info = infoOfRequest('longpoll', request, this.#common.entrance, this.#common.logins)
    const place = this.#places?.(info.address)
    if (place !== undefined && 'limit' in place) return this.#refuse(request, response, TOO_MANY)
    const cookies = this.#common.issueCookies?.(info) ?? []
    if (cookies.length > 0)
      response.setHeader(
        'Set-Cookie',
        cookies.map(({ header }) => header),
      )
    const { relay } = this.#options
    const random = randomBytes(ID_OCTETS).toString('base64url')
    const id = relay?.idOf(random) ?? random
    const ticks = (ms: number): number => this.connections.ticks(ms)
    const connection = new LongPollConnection(
      {
        id,
        serializer: chosen.serializer,
        isBatched: chosen.isBatched,
        info: withCookies(info, cookies),
        maxReceiveBytes: this.#common.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES,
        holdTicks: ticks(this.#options.holdMs ?? DEFAULT_HOLD_MS),
        idleTicks: ticks(this.#options.idleMs ?? DEFAULT_IDLE_MS),
        closeTicks: ticks(this.#common.closeTimeoutMs ?? DEFAULT_CLOSE_TIMEOUT_MS),
      },
      this.connections,
      {
        onGone: () => {
          this.#byId.delete(id)
          relay?.remove(id)
          place?.leave()
        },
        onError: this.#common.onError,
      },
      this.#turns,
    )
    connection.onOpen = (isOpen) => place?.yieldBy(isOpen ? undefined : () => connection.destroy())
    this.#byId.set(id, connection)
    relay?.add(id, (...passed) => this.#takePassed(connection, ...passed))
    connection.owner = this.#common.accept(connection)
    const body = JSON.stringify({ protocol: chosen.name, transport: id })
    send(response, 200, content('application/json', body), { 'Cache-Control': 'no-store' })
  }
}

function answerPreflight(response: ServerResponse): void {
  answer(response, 204, undefined, {
    'Access-Control-Allow-Methods': 'POST',
    'Access-Control-Allow-Headers': 'Content-Type',
    'Access-Control-Max-Age': '600',
  })
}

/** The names under `protocols`; undefined when it is not a list of names. */
function protocolsIn(body: Uint8Array): readonly string[] | undefined {
  try {
    const value = JSON.parse(Buffer.from(body).toString('utf8')) as { protocols?: unknown } | null
    const protocols = value?.protocols
    return Array.isArray(protocols) && protocols.every((name) => typeof name === 'string') ? protocols : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
