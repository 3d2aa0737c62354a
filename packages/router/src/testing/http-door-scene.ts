// For tests: a router with a door for HTTP, a client of WAMP beside it, and requests to the door.

import type { Message } from '@trunkline/protocol'
import { ERROR, EVENT, GOODBYE, HELLO, INTERRUPT, INVOCATION, Payload, REGISTER, SUBSCRIBE, WELCOME, YIELD } from '@trunkline/protocol'
import type { HttpDoorOptions, Listener, LocalTransport, RealmOptions, Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { onTestFinished } from 'vitest'

type Dict = Readonly<Record<string, unknown>>

const EVERYTHING: RealmOptions = {
  authentication: { plainTickets: false, users: { alice: { role: 'user', ticket: 'a secret' } } },
  roles: {
    guest: [{ uri: '**', allow: ['call', 'register', 'publish', 'subscribe'] }],
    user: [{ uri: 'com.example.**', allow: ['call'] }],
  },
}

/** What a request was answered. */
export interface Answer {
  readonly status: number
  readonly type: string | null
  readonly headers: Headers
  readonly body: unknown
}

export class HttpDoorScene {
  readonly router: Router
  readonly listener: Listener
  readonly backend: Backend
  readonly base: string

  private constructor(router: Router, listener: Listener, backend: Backend, path: string) {
    this.router = router
    this.listener = listener
    this.backend = backend
    this.base = `${listener.address.startsWith('wss') ? 'https' : 'http'}://${new URL(listener.address).host}${path}`
  }

  /** Opens it; it closes with the test. */
  static async open(
    door: Partial<HttpDoorOptions> = {},
    realm: RealmOptions = {},
    options: object = {},
    more: object = {},
  ): Promise<HttpDoorScene> {
    // A test with roles of its own lets in only those who log in.
    const guests = realm.roles === undefined ? { anonymousRole: 'guest' } : {}
    const router = createRouter({ realms: { realm1: { ...EVERYTHING, ...guests, ...realm } }, ...more })
    onTestFinished(() => router.close())
    const http = { path: '/api', realm: 'realm1', ...door }
    const listener = await router.listenHttp({ host: '127.0.0.1', port: 0, http, ...options })
    const backend = await Backend.join(router.openLocal({ authid: 'backend', authrole: 'guest' }))
    return new HttpDoorScene(router, listener, backend, http.path)
  }

  /** Sends a request with a body of JSON. */
  async post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}, more: RequestInit = {}): Promise<Answer> {
    const text = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
    const all = { 'content-type': 'application/json', ...headers }
    const response = await fetch(`${this.base}${path}`, { method: 'POST', headers: all, body: text as BodyInit, ...more })
    const type = response.headers.get('content-type')
    const read = await response.text()
    return {
      status: response.status,
      type,
      headers: response.headers,
      body: type !== null && /[/+]json$/.test(type) ? JSON.parse(read) : read,
    }
  }
}

export const basic = (name: string, secret: string): Readonly<Record<string, string>> => ({
  authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`,
})

/** A call as a procedure gets it. */
export interface Call {
  readonly args: readonly unknown[]
  readonly kwargs: Dict
  readonly details: Dict
  /** Aborted when the call is cancelled. */
  readonly signal: AbortSignal
  /** Sends a progressive result. */
  readonly progress: (...args: unknown[]) => void
}

/** What a procedure throws that answers with an error. */
export class Refusal extends Error {
  readonly uri: string
  readonly args: readonly unknown[]
  readonly kwargs: Dict

  constructor(uri: string, args: readonly unknown[] = [], kwargs: Dict = {}) {
    super(uri)
    this.uri = uri
    this.args = args
    this.kwargs = kwargs
  }
}

type Procedure = (call: Call) => unknown

/** A session that offers procedures and listens to topics. */
export class Backend {
  readonly #transport: LocalTransport
  readonly #procedures = new Map<number, Procedure>()
  readonly #topics = new Map<number, (event: Extract<Message, { type: typeof EVENT }>) => void>()
  readonly #open = new Map<number, AbortController>()
  readonly #asked = new Map<number, (id: number) => void>()
  #next = 1
  #onWelcome = (): void => {}

  private constructor(transport: LocalTransport) {
    this.#transport = transport
    transport.attach({ onMessage: (message) => this.#receive(message), onProtocolError: () => {}, onClose: () => {} })
  }

  static async join(transport: LocalTransport): Promise<Backend> {
    const backend = new Backend(transport)
    const welcomed = new Promise<void>((resolve) => (backend.#onWelcome = resolve))
    const features = { caller_identification: true, call_canceling: true, progressive_call_results: true }
    transport.send({ type: HELLO, realm: 'realm1', details: { roles: { callee: { features }, subscriber: {}, publisher: {} } } })
    await welcomed
    return backend
  }

  async register(uri: string, procedure: Procedure): Promise<void> {
    const request = this.#next++
    this.#procedures.set(await this.#ask(request, { type: REGISTER, request, options: {}, procedure: uri }), procedure)
  }

  async subscribe(topic: string, onEvent: (event: Extract<Message, { type: typeof EVENT }>) => void): Promise<void> {
    const request = this.#next++
    this.#topics.set(await this.#ask(request, { type: SUBSCRIBE, request, options: {}, topic }), onEvent)
  }

  #ask(request: number, message: Message): Promise<number> {
    return new Promise((resolve) => {
      this.#asked.set(request, resolve)
      this.#transport.send(message)
    })
  }

  #receive(message: Message): void {
    if (message.type === WELCOME) this.#onWelcome()
    else if (message.type === GOODBYE) this.#transport.close()
    else if ('registration' in message && message.type !== INVOCATION)
      this.#asked.get((message as { request: number }).request)?.(Number(message.registration))
    else if (message.type === INVOCATION) void this.#invoke(message)
    else if (message.type === INTERRUPT) this.#open.get(message.request)?.abort()
    else if (message.type === EVENT) this.#topics.get(message.subscription)?.(message)
    else if ('subscription' in message) this.#asked.get((message as { request: number }).request)?.(Number(message.subscription))
  }

  async #invoke({ request, registration, details, payload }: Extract<Message, { type: typeof INVOCATION }>): Promise<void> {
    const aborting = new AbortController()
    this.#open.set(request, aborting)
    const { args = [], kwargs = {} } = payload ?? {}
    const progress = (...more: unknown[]): void =>
      this.#transport.send({ type: YIELD, request, options: { progress: true }, payload: Payload.fromValues(more) })
    try {
      const result = await this.#procedures.get(registration)?.({ args, kwargs, details, signal: aborting.signal, progress })
      this.#transport.send({ type: YIELD, request, options: {}, payload: result === undefined ? undefined : Payload.fromValues([result]) })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const [own, named] = [error.args, error.kwargs]
      this.#transport.send({
        type: ERROR,
        requestType: INVOCATION,
        request,
        details: {},
        error: error.uri,
        payload: Payload.fromValues(own, named),
      })
    }
  }
}

/** A value that comes later. */
export function later<Value = void>(): { readonly promise: Promise<Value>; readonly resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = () => {}
  const promise = new Promise<Value>((done) => (resolve = done))
  return { promise, resolve: (value) => resolve(value) }
}
