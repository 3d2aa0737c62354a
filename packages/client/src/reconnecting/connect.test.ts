// Shows the two ways to make a client, with scripted routers.

import { describe, expect, it } from 'vitest'
import { failureOf } from '../testing/failure-of.ts'
import { ScriptedNetwork } from '../testing/scripted-network.ts'
import { ManualClock, ScriptedRouter, turn, WELCOME_DETAILS } from '../testing/scripted-router.ts'
import { ConnectError } from '../transports/transport.ts'
import type { ClientOptions } from './client-options.ts'
import type { Client } from './client.ts'
import { connect } from './connect.ts'

class Attempts {
  readonly clock = new ManualClock()
  readonly urls: string[] = []
  readonly routers: ScriptedRouter[] = []
  readonly outcome: Promise<Client>

  constructor(url: ClientOptions['url'], isReached: (url: string) => boolean) {
    this.outcome = connect({
      url,
      realm: 'realm1',
      clock: this.clock,
      now: () => this.clock.now,
      openTransport: (each) => {
        this.urls.push(each)
        if (!isReached(each)) throw new ConnectError('TL_CONNECT_FAILED', `no connection to ${each}`)
        const router = new ScriptedRouter()
        this.routers.push(router)
        return router
      },
    })
    this.outcome.catch(() => undefined)
  }

  async answer(...message: unknown[]): Promise<void> {
    await turn()
    this.routers.at(-1)?.says(message)
    await turn()
  }
}

const welcome = [2, 7, WELCOME_DETAILS]

describe('connect', () => {
  it('gives a client with an open session, which connects again later', async () => {
    const attempts = new Attempts('ws://a/', () => true)
    await attempts.answer(...welcome)
    const client = await attempts.outcome
    expect(client.state).toMatchObject({ status: 'connected', url: 'ws://a/' })
    attempts.routers[0]?.lose()
    await turn()
    attempts.clock.advance(30_000)
    await attempts.answer(...welcome)
    expect(attempts.urls).toEqual(['ws://a/', 'ws://a/'])
    expect(client.state.status).toBe('connected')
  })

  it('rejects with the error of the attempt, and does not try again', async () => {
    const attempts = new Attempts('ws://a/', () => false)
    expect(await failureOf(attempts.outcome)).toMatchObject({ code: 'TL_CONNECT_FAILED', message: 'no connection to ws://a/' })
    attempts.clock.advance(100_000)
    await turn()
    expect([attempts.urls, attempts.clock.openTimers]).toEqual([['ws://a/'], 0])
  })

  it('rejects with a refusal of the router', async () => {
    const attempts = new Attempts('ws://a/', () => true)
    await attempts.answer(3, {}, 'wamp.error.no_such_realm')
    expect(await failureOf(attempts.outcome)).toMatchObject({ code: 'TL_CONNECT_REFUSED', reason: 'wamp.error.no_such_realm' })
    expect(attempts.clock.openTimers).toBe(0)
  })

  it('tries each of several URLs once, without a delay', async () => {
    const good = new Attempts(['ws://a/', 'ws://b/'], (url) => url === 'ws://b/')
    await turn()
    await good.answer(...welcome)
    expect((await good.outcome).state).toMatchObject({ status: 'connected', url: 'ws://b/' })
    const bad = new Attempts(['ws://a/', 'ws://b/'], () => false)
    expect(await failureOf(bad.outcome)).toMatchObject({ message: 'no connection to ws://b/' })
    expect([good.urls, bad.urls, bad.clock.openTimers]).toEqual([['ws://a/', 'ws://b/'], ['ws://a/', 'ws://b/'], 0])
  })

  it('keeps its limit of time over all of them', async () => {
    const attempts = new Attempts(['ws://a/', 'ws://b/'], (url) => url === 'ws://b/')
    await turn()
    attempts.clock.advance(10_000)
    await turn()
    attempts.routers[0]?.lose()
    expect(await failureOf(attempts.outcome)).toMatchObject({ code: 'TL_CONNECT_TIMEOUT' })
  })
})

describe('a lazy client', () => {
  it.each([
    ['a declaration', (client: Client) => void client.subscribe('com.example.a', () => undefined)],
    ['a call', (client: Client) => void client.call('com.example.a').catch(() => undefined)],
    ['a request for its session', (client: Client) => void client.session().catch(() => undefined)],
    ['start', (client: Client) => client.start()],
  ])('connects with %s, not before', async (_what, use) => {
    const network = new ScriptedNetwork({ lazy: true })
    await turn()
    expect([network.client.state.status, network.urls]).toEqual(['stopped', []])
    use(network.client)
    await turn()
    expect([network.client.state.status, network.urls]).toEqual(['connecting', ['ws://a/']])
    await network.client.stop()
    expect(network.clock.openTimers).toBe(0)
  })
})

describe('an outage', () => {
  it('is reported once, by its first failed attempt', async () => {
    const network = new ScriptedNetwork()
    for (const outage of [1, 2]) {
      network.isDown = false
      if (outage > 1) await network.pass()
      await network.welcome()
      network.clock.advance(60_000)
      network.isDown = true
      await network.lose()
      for (let attempt = 1; attempt < 4; attempt++) await network.pass()
      expect(network.errors).toHaveLength(outage)
    }
    expect(network.errors).toEqual([1, 2].map(() => ['connection', expect.objectContaining({ code: 'TL_CONNECT_FAILED' })]))
  })

  it('is reported when a refusal ends it', async () => {
    const network = new ScriptedNetwork()
    await turn()
    network.router.says([3, {}, 'wamp.error.no_such_realm'])
    await turn()
    expect(network.client.state.status).toBe('stopped')
    expect(network.errors).toEqual([['connection', expect.objectContaining({ reason: 'wamp.error.no_such_realm' })]])
  })

  it('is none where the promise of connect tells it, nor where the application stops the client', async () => {
    const errors: unknown[] = []
    const openTransport = (): never => {
      throw new ConnectError('TL_CONNECT_FAILED', 'no connection')
    }
    await failureOf(connect({ openTransport, realm: 'realm1', onError: (error) => void errors.push(error) }))
    const network = new ScriptedNetwork()
    await network.welcome()
    void network.client.stop()
    await turn()
    expect([errors, network.errors]).toEqual([[], []])
  })
})
