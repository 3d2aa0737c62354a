// For tests: a client with a new scripted router for each attempt, and with time, randomness and environment controlled by
// the test. Not part of the package.

import type { Client } from '../reconnecting/client.ts'
import type { ClientOptions } from '../reconnecting/client-options.ts'
import { createClient } from '../reconnecting/connect.ts'
import type { ClientState } from '../reconnecting/states.ts'
import { ConnectError } from '../transports/transport.ts'
import { ManualClock, ScriptedRouter, turn, WELCOME_DETAILS } from './scripted-router.ts'

export class ScriptedNetwork {
  readonly clock = new ManualClock()
  /** The URLs of all attempts. */
  readonly urls: string[] = []
  readonly routers: ScriptedRouter[] = []
  /** All states since the client was made. */
  readonly states: ClientState[] = []
  /** The listeners for the return of the network. */
  readonly wakes = new Set<() => void>()
  readonly errors: unknown[] = []
  /** Whether attempts fail before there is a connection. */
  isDown = false
  /** The result of `random`. */
  chance = 0.5
  readonly client: Client

  constructor(options: Partial<ClientOptions> = {}) {
    this.client = createClient({
      url: 'ws://a/',
      realm: 'realm1',
      clock: this.clock,
      now: () => this.clock.now,
      random: () => this.chance,
      environment: {
        onWake: (listener) => {
          this.wakes.add(listener)
          return () => void this.wakes.delete(listener)
        },
      },
      onError: (error, source) => void this.errors.push([source, error]),
      openTransport: (url) => this.#open(url),
      ...options,
    })
    this.states.push(this.client.state)
    this.client.onState((state) => void this.states.push(state))
  }

  /** The router of the latest connection. */
  get router(): ScriptedRouter {
    const router = this.routers.at(-1)
    if (router === undefined) throw new Error('there was no connection')
    return router
  }

  get statuses(): string[] {
    return this.states.map(({ status }) => status)
  }

  /** Ends the current attempt with an open session. Returns the messages that the client sent after its HELLO. */
  async welcome(session = this.routers.length, details: object = WELCOME_DETAILS): Promise<unknown[][]> {
    await turn()
    this.router.take()
    this.router.says([2, session, details])
    await turn()
    return this.router.take()
  }

  /** Breaks the connection. */
  async lose(): Promise<void> {
    this.router.lose()
    await turn()
  }

  /** Advances the clock to the next attempt. */
  async pass(ms = 30_000): Promise<void> {
    this.clock.advance(ms)
    await turn()
  }

  #open(url: string): ScriptedRouter {
    this.urls.push(url)
    if (this.isDown) throw new ConnectError('TL_CONNECT_FAILED', `no connection to ${url}`)
    const router = new ScriptedRouter()
    this.routers.push(router)
    return router
  }
}

/** A network whose client has its first session. */
export async function openNetwork(...options: ConstructorParameters<typeof ScriptedNetwork>): Promise<ScriptedNetwork> {
  const network = new ScriptedNetwork(...options)
  await network.welcome()
  return network
}
