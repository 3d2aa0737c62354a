// For tests: a router that offers long-poll, with time that is moved by hand, and plain requests to it.

import { WELCOME } from '@trunkline/protocol'
import type { Router, RouterLimits, RouterOptions } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { onTestFinished } from 'vitest'

type HttpOptions = Parameters<Router['listenHttp']>[0]
type LongPoll = NonNullable<HttpOptions['longPoll']>

export const HELLO = [1, 'realm1', { roles: { caller: {}, callee: {}, publisher: {}, subscriber: {} } }]
/** The traits of a connection without a router. */
export const LONGPOLL_TRAITS = {
  id: 'id',
  serializer: 'json',
  isBatched: false,
  maxReceiveBytes: 1_000,
  info: { kind: 'longpoll', peer: 'client', isSecure: false },
  holdTicks: 1,
  idleTicks: 1,
  closeTicks: 1,
} as const

const ALLOW = ['call', 'register', 'publish', 'subscribe'] as const
const REALM1 = { anonymousRole: 'anonymous', roles: { anonymous: ['**', 'wamp.**'].map((uri) => ({ uri, allow: ALLOW })) } }

/** A client without a library: each step is one request. */
export class LongPollClient {
  /** Where the requests go. */
  base: string

  constructor(base: string) {
    this.base = base
  }

  post(path: string, body?: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.base}/${path}`, { method: 'POST', headers, ...(body === undefined ? {} : { body }) })
  }

  /** Opens a transport; resolves to its id. */
  async open(...protocols: string[]): Promise<string> {
    const response = await this.post('open', JSON.stringify({ protocols }), { 'Content-Type': 'application/json' })
    needs(200, response)
    return ((await response.json()) as { transport: string }).transport
  }

  /** The next message. */
  async take(id: string): Promise<unknown[]> {
    const response = await this.post(`${id}/receive`)
    needs(200, response)
    return (await response.json()) as unknown[]
  }

  async say(id: string, ...message: unknown[]): Promise<void> {
    const response = await this.post(`${id}/send`, JSON.stringify(message))
    needs(202, response)
  }

  /** Opens a transport and a session on it. */
  async join(): Promise<string> {
    const id = await this.open('wamp.2.json')
    await this.say(id, ...HELLO)
    const [type] = await this.take(id)
    if (type !== WELCOME) throw new Error(`message ${String(type)} in place of WELCOME`)
    return id
  }

  /** A receive request that is held: of two, one is refused. */
  async hold(id: string): Promise<{ readonly held: Promise<Response> | undefined }> {
    const both = [this.post(`${id}/receive`), this.post(`${id}/receive`)]
    const refused = await Promise.race(both.map(async (each, i) => ({ i, response: await each })))
    needs(409, refused.response)
    return { held: both[1 - refused.i] }
  }
}

function needs(status: number, response: Response): void {
  if (response.status !== status) throw new Error(`status ${response.status} in place of ${status}`)
}

/** A router and a client of it; both end with the test. */
export class LongPollScene extends LongPollClient {
  readonly router: Router
  #now = 0

  private constructor(realms: NonNullable<RouterOptions['realms']>, limits: Partial<RouterLimits>) {
    super('')
    const now = (): number => this.#now
    this.router = createRouter({ realms, limits, clock: { now, monotonic: now } })
  }

  /** A router with one realm where everything is allowed. */
  static async listen(
    longPoll: Partial<LongPoll> = {},
    more: Partial<HttpOptions> = {},
    limits: Partial<RouterLimits> = {},
  ): Promise<LongPollScene> {
    return new LongPollScene({ realm1: REALM1 }, limits).#listen(longPoll, more)
  }

  static async withRealms(realms: NonNullable<RouterOptions['realms']>): Promise<LongPollScene> {
    return new LongPollScene(realms, {}).#listen({}, {})
  }

  /** Lets time go by for sessions, with a look at what is due each second. The deadlines of requests go by real time. */
  advance(milliseconds: number): void {
    for (const end = this.#now + milliseconds; this.#now < end; this.#now += 1_000) this.router.tick()
  }

  async #listen(longPoll: Partial<LongPoll>, more: Partial<HttpOptions>): Promise<this> {
    const { address } = await this.router.listenHttp({
      host: '127.0.0.1',
      port: 0,
      closeTimeoutMs: 50,
      longPoll: { path: '/lp', ...longPoll },
      ...more,
    })
    this.base = address.replace('ws:', 'http:').replace('/ws', '/lp')
    onTestFinished(() => this.#close())
    return this
  }

  /** No client answers GOODBYE. */
  async #close(): Promise<void> {
    let isClosed = false
    const closed = this.router.close().finally(() => (isClosed = true))
    while (!isClosed) {
      this.advance(60_000)
      await new Promise(setImmediate)
    }
    await closed
  }
}
