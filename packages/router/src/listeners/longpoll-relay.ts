// Requests of long-poll transports that come to another process than the one that has the transport: they are passed on over a Unix
// socket, as they are, in both directions no faster than they are taken. What is passed on is never passed on again.

import { rm } from 'node:fs/promises'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer, request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { answer } from './http-answer.ts'

/** Of the processes that serve the same addresses. */
export interface RelayOptions {
  /** The name of this process, without dots. */
  readonly node: string
  /** The names of all of them. */
  readonly nodes: readonly string[]
  /** The folder of their sockets, which no other user may enter. */
  readonly folder: string
}

/** Takes a request to a transport that this process has: `what` is receive, send or close. */
export type TakePassed = (what: string, request: IncomingMessage, response: ServerResponse) => void

/** Called when the process with the transport says whose session is open there: until then a request is a stranger's. */
export type OnKnown = (holder: string) => void

/** How long the process with a transport may take to say that it takes a request. */
const MOST_MS = 10_000
const NO_TRANSPORT = 'no such transport'
/** What the process with the transport says of its answer; the rest is for the process that the client has asked. */
const PASSED_HEADERS = ['content-type', 'content-length', 'cache-control', 'x-content-type-options'] as const
const EARLY_HINTS = 103
/** `writeEarlyHints` sends nothing without a link. */
const LINK = '</>; rel=holder'

export class LongPollRelay {
  readonly #options: RelayOptions
  readonly #server: Server
  /** By listener and id. */
  readonly #transports = new Map<string, TakePassed>()

  private constructor(options: RelayOptions) {
    this.#options = options
    // The process that passes a request on has looked how long it takes.
    this.#server = createServer({ requestTimeout: 0, headersTimeout: 0 }, (request, response) => this.#take(request, response))
  }

  /** Begins to take requests that others pass on; the socket that a process of the same name has left is replaced. */
  static async open(options: RelayOptions): Promise<LongPollRelay> {
    const relay = new LongPollRelay(options)
    const path = relay.#socketOf(options.node)
    await rm(path, { force: true })
    await new Promise<void>((resolve, reject) => {
      // Also in a process of `node:cluster`, which would else share the socket with others.
      relay.#server.once('error', reject).listen({ path, exclusive: true }, resolve)
    })
    return relay
  }

  /** The requests of one listener. @param listener a name that it has in all processes */
  at(listener: string): RelayedListener {
    return new RelayedListener(this.#options, encodeURIComponent(listener), this.#transports, (node) => this.#socketOf(node))
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const [, listener = '', id = '', what = ''] = request.url?.split('/') ?? []
    const take = this.#transports.get(`${listener}/${id}`)
    if (take === undefined) answer(response, 404, NO_TRANSPORT)
    else take(what, request, response)
  }

  #socketOf(node: string): string {
    return join(this.#options.folder, `${node}.http`)
  }
}

export class RelayedListener {
  readonly #options: RelayOptions
  readonly #listener: string
  readonly #transports: Map<string, TakePassed>
  readonly #socketOf: (node: string) => string

  constructor(options: RelayOptions, listener: string, transports: Map<string, TakePassed>, socketOf: (node: string) => string) {
    this.#options = options
    this.#listener = listener
    this.#transports = transports
    this.#socketOf = socketOf
  }

  /** An id that names this process. @param random no other transport has it */
  idOf(random: string): string {
    return `${this.#options.node}.${random}`
  }

  /** Others may pass on requests to this transport from now on. */
  add(id: string, take: TakePassed): void {
    this.#transports.set(`${this.#listener}/${id}`, take)
  }

  remove(id: string): void {
    this.#transports.delete(`${this.#listener}/${id}`)
  }

  /** The other process that an id names; undefined where it names none. */
  otherOf(id: string): string | undefined {
    const { node, nodes } = this.#options
    const [named = '', random = '', ...more] = id.split('.')
    return more.length === 0 && /^[\w-]{1,64}$/.test(random) && named !== node && nodes.includes(named) ? named : undefined
  }

  /**
   * Passes a request on, and its answer back. Without an answer of that process it is answered 404, as one to a transport that has ended.
   * @param rest the id of the transport, and what is to be done
   */
  pass(
    node: string,
    rest: string,
    { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
    onKnown: OnKnown,
  ): void {
    const { 'content-length': length } = request.headers
    const passed = httpRequest({
      socketPath: this.#socketOf(node),
      path: `/${this.#listener}/${rest}`,
      method: 'POST',
      // Else an answer that comes before the end of the body would end the connection, and be lost.
      headers: { connection: 'keep-alive', ...(length === undefined ? {} : { 'content-length': length }) },
      agent: false,
    })
    let state: 'asked' | 'taken' | 'answered' = 'asked'
    const fail = (): void => {
      if (state === 'answered' || response.writableEnded) return
      if (state === 'taken') return void request.socket.destroy()
      answer(response, 404, NO_TRANSPORT)
      request.resume()
    }
    passed
      .on('information', ({ statusCode, headers }) => {
        if (state !== 'asked') return
        state = 'taken'
        passed.setTimeout(0)
        if (statusCode === EARLY_HINTS) onKnown(Buffer.from(String(headers['holder']), 'hex').toString())
        request.pipe(passed)
      })
      .on('response', (answered) => {
        state = 'answered'
        passed.setTimeout(0)
        answerAs(answered, response)
        // What is left of a body that is not taken is discarded.
        request.unpipe(passed)
        request.resume()
      })
      .on('timeout', () => passed.destroy())
      .on('error', fail)
      .on('close', fail)
    response.once('close', () => passed.destroy())
    passed.setTimeout(MOST_MS)
    passed.flushHeaders()
  }
}

/** Says that a request is taken, before its body comes. @param holder whose session is open; undefined: none is */
export function sayTaken(response: ServerResponse, holder: string | undefined): void {
  if (holder === undefined) response.writeProcessing()
  else response.writeEarlyHints({ link: LINK, holder: Buffer.from(holder).toString('hex') })
}

function answerAs(answered: IncomingMessage, response: ServerResponse): void {
  for (const name of PASSED_HEADERS) {
    const value = answered.headers[name]
    if (value !== undefined) response.setHeader(name, value)
  }
  response.writeHead(answered.statusCode ?? 502)
  answered.on('error', () => response.destroy())
  answered.pipe(response)
}
