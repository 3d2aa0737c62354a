// Shows when a client connects, waits and stops, and that nothing is left behind, with scripted routers and a manual clock.

import { describe, expect, it } from 'vitest'
import { UsageError } from '@trunkline/protocol'
import { ScriptedNetwork } from '../testing/scripted-network.ts'
import { ScriptedRouter, turn, WELCOME_DETAILS } from '../testing/scripted-router.ts'
import type { ClientOptions } from './client-options.ts'
import { createClient } from './connect.ts'
import type { ClientState } from './states.ts'

function delayOf(state: ClientState | undefined, now: number): number {
  return state?.status === 'waiting' ? state.until - now : Number.NaN
}

function expectNothingLeft(network: ScriptedNetwork): void {
  expect(network.client.state.status).toBe('stopped')
  expect(network.clock.openTimers).toBe(0)
  expect(network.wakes.size).toBe(0)
  expect(network.routers.every(({ isClosed }) => isClosed)).toBe(true)
}

describe('a client', () => {
  it('connects at once, and again after its session was lost', async () => {
    const network = new ScriptedNetwork()
    expect(network.client.state).toEqual({ status: 'connecting', attempt: 1, url: 'ws://a/' })
    await network.welcome()
    expect(network.client.state).toMatchObject({ status: 'connected', session: { id: 1, isOpen: true }, url: 'ws://a/' })
    await network.lose()
    expect(network.client.state).toMatchObject({ status: 'waiting', attempt: 2, cause: { reason: 'wamp.error.network_failure' } })
    await network.pass()
    await network.welcome()
    expect(network.client.state).toMatchObject({ status: 'connected', session: { id: 2 } })
    expect(network.statuses).toEqual(['connecting', 'connected', 'waiting', 'connecting', 'connected'])
  })

  it('asks a function for its URLs at each attempt, and goes on when that fails', async () => {
    const answers: (() => string | readonly string[] | Promise<string>)[] = [
      () => Promise.resolve('ws://one/'),
      () => {
        throw new TypeError('fetch failed')
      },
      () => ['ws://two/', 'ws://three/'],
    ]
    let asked = 0
    const network = new ScriptedNetwork({ url: () => (answers[asked++] ?? (() => 'ws://last/'))() })
    expect(network.client.state).toEqual({ status: 'connecting', attempt: 1, url: undefined })
    await turn()
    await network.welcome()
    expect(network.client.state).toMatchObject({ status: 'connected', url: 'ws://one/' })
    await network.lose()
    await network.pass()
    await turn()
    expect(network.client.state).toMatchObject({ status: 'waiting', cause: { message: 'fetch failed' } })
    await network.pass()
    await turn()
    expect(network.urls).toEqual(['ws://one/', 'ws://two/'])
    await network.client.stop()
    expectNothingLeft(network)
  })

  it('gives up a function that does not answer', async () => {
    const network = new ScriptedNetwork({ url: () => new Promise<string>(() => {}), openTimeoutMs: 700 })
    network.clock.advance(700)
    await turn()
    expect(network.client.state).toMatchObject({ status: 'waiting', cause: { code: 'TL_CONNECT_TIMEOUT' } })
    await network.client.stop()
    expectNothingLeft(network)
  })

  it('connects again after the router said GOODBYE, and tells why it waits', async () => {
    const network = new ScriptedNetwork()
    await network.welcome()
    network.router.says([6, { message: 'back soon' }, 'wamp.close.system_shutdown'])
    await turn()
    expect(network.client.state).toMatchObject({
      status: 'waiting',
      cause: { reason: 'wamp.close.system_shutdown', message: 'back soon', wasClean: true },
    })
    await network.pass()
    expect(network.routers).toHaveLength(2)
  })

  it('connects again after an attempt that took too long, which it gives up', async () => {
    const network = new ScriptedNetwork({ openTimeoutMs: 700 })
    await turn()
    await network.pass(700)
    expect(network.client.state).toMatchObject({ status: 'waiting', attempt: 2, cause: { code: 'TL_CONNECT_TIMEOUT' } })
    expect(network.router.isClosed).toBe(true)
    await network.client.stop()
  })

  it.each([
    [0, [0, 0, 0, 0, 0, 0]],
    [0.25, [125, 125, 125, 125, 125, 156]],
    [1, [500, 500, 1000, 2000, 4000, 5000]],
  ])(
    'draws each delay between 0 and a bound that doubles, no longer than it was away and than the longest: %d of it',
    async (chance, expected) => {
      const network = new ScriptedNetwork({ backoff: { maxMs: 5000 } })
      network.chance = chance
      network.isDown = true
      await network.welcome()
      await network.lose()
      const delays: number[] = []
      for (let i = 0; i < 6; i++) {
        const delay = delayOf(network.client.state, network.clock.now)
        delays.push(delay)
        await network.pass(delay)
      }
      expect(delays).toEqual(expected)
      await network.client.stop()
    },
  )

  it('begins with the shortest delay again after a session that lasted, but not after one that ended at once', async () => {
    const network = new ScriptedNetwork({ backoff: { initialMs: 100, factor: 10 } })
    network.chance = 1
    await network.welcome()
    await network.lose()
    for (const delay of [100, 100, 200, 400]) {
      expect(delayOf(network.client.state, network.clock.now)).toBe(delay)
      await network.pass(delay)
      await network.welcome()
      await network.lose()
    }
    expect(network.client.state).toMatchObject({ status: 'waiting', attempt: 6 })
    await network.pass(800)
    await network.welcome()
    await network.pass(10_000)
    await network.lose()
    expect(network.client.state).toMatchObject({ status: 'waiting', attempt: 1 })
    expect(delayOf(network.client.state, network.clock.now)).toBe(100)
    await network.client.stop()
  })

  it('does not connect before the delay is over', async () => {
    const network = new ScriptedNetwork()
    await network.welcome()
    await network.lose()
    await network.pass(delayOf(network.client.state, network.clock.now) - 1)
    expect(network.routers).toHaveLength(1)
    await network.pass(1)
    expect(network.routers).toHaveLength(2)
  })

  it('takes the next URL after each failure and each lost session, in turn', async () => {
    const network = new ScriptedNetwork({ url: ['ws://a/', 'ws://b/', 'ws://c/'] })
    await network.welcome()
    await network.lose()
    network.isDown = true
    await network.pass()
    await network.pass()
    network.isDown = false
    await network.pass()
    await network.welcome()
    expect(network.urls).toEqual(['ws://a/', 'ws://b/', 'ws://c/', 'ws://a/'])
    expect(network.client.state).toMatchObject({ status: 'connected', url: 'ws://a/' })
  })

  it.each(['connectNow()', 'the surroundings'])('connects at once while it waits, when %s says so', async (who) => {
    const network = new ScriptedNetwork()
    const wake = who === 'connectNow()' ? [(): void => network.client.connectNow()] : network.wakes
    await network.welcome()
    await network.lose()
    for (const call of [...wake]) call()
    await turn()
    expect(network.client.state.status).toBe('connecting')
    expect([network.routers.length, network.wakes.size]).toEqual([2, 0])
    network.client.connectNow()
    await network.welcome()
    network.client.connectNow()
    await network.pass()
    expect(network.routers).toHaveLength(2)
  })

  it.each([
    'wamp.error.no_such_realm',
    'wamp.error.no_such_role',
    'wamp.error.not_authorized',
    'wamp.error.authentication_denied',
    'wamp.error.authentication_failed',
    'wamp.error.no_matching_auth_method',
    'wamp.error.protocol_violation',
  ])('stops when the router refuses with %s', async (reason) => {
    const network = new ScriptedNetwork()
    const waiting = network.client.call('com.example.a').catch((error: unknown) => error)
    await turn()
    network.router.says([3, {}, reason])
    await turn()
    expect(network.client.state).toMatchObject({ status: 'stopped', cause: { code: 'TL_CONNECT_REFUSED', reason } })
    expect(await waiting).toMatchObject({ code: 'TL_DISCONNECTED', mayHaveRun: false, cause: { reason } })
    expectNothingLeft(network)
  })

  it.each(['wamp.close.system_shutdown', 'wamp.error.authorization_failed', 'com.example.busy'])(
    'tries again when the router refuses with %s',
    async (reason) => {
      const network = new ScriptedNetwork()
      await turn()
      network.router.says([3, {}, reason])
      await turn()
      expect(network.client.state).toMatchObject({ status: 'waiting', cause: { reason } })
      await network.client.stop()
    },
  )

  it('stops when the router breaks the protocol, or asks for a login that nobody can answer', async () => {
    const answers: [unknown[], Partial<ClientOptions>, string][] = [
      [[999], {}, 'TL_CONNECT_PROTOCOL'],
      [[4, 'ticket', {}], {}, 'TL_CONNECT_CHALLENGE'],
    ]
    for (const [answer, options, code] of answers) {
      const network = new ScriptedNetwork(options)
      await turn()
      network.router.says(answer)
      await turn()
      expect(network.client.state).toMatchObject({ status: 'stopped', cause: { code } })
    }
  })

  it('tries again when onChallenge failed, and when a WebSocket close code is all that it was told', async () => {
    const network = new ScriptedNetwork({ onChallenge: () => Promise.reject(new Error('the token server is away')) })
    await turn()
    network.router.says([4, 'ticket', {}])
    await turn()
    expect(network.client.state).toMatchObject({ status: 'waiting', cause: { code: 'TL_CONNECT_CHALLENGE' } })
    await network.pass()
    network.router.lose({ wasClean: true, code: 1011 })
    await turn()
    expect(network.client.state).toMatchObject({ status: 'waiting', cause: { code: 'TL_CONNECT_PROTOCOL' } })
    await network.client.stop()
  })

  it('stops at a URL that cannot work', async () => {
    const client = createClient({ url: 'http://127.0.0.1/', realm: 'realm1' })
    await turn()
    expect(client.state).toMatchObject({ status: 'stopped', cause: { name: 'UsageError' } })
  })

  it.each([{ url: [] }, { realm: 'my realm' }, { authid: 7 as unknown as string }])('refuses %j before anything is opened', (options) => {
    expect(() => createClient({ url: 'ws://127.0.0.1:1/', realm: 'realm1', ...options })).toThrow(UsageError)
  })
})

describe('stop', () => {
  it('leaves the realm from an open session', async () => {
    const network = new ScriptedNetwork()
    await network.welcome()
    const stopping = network.client.stop()
    expect(network.router.take()).toEqual([[6, {}, 'wamp.close.close_realm']])
    network.router.says([6, {}, 'wamp.close.goodbye_and_out'])
    await stopping
    await network.pass(60_000)
    expect(network.client.state).toEqual({ status: 'stopped', cause: undefined })
    expectNothingLeft(network)
  })

  it('gives up an attempt', async () => {
    const network = new ScriptedNetwork()
    await turn()
    network.router.take()
    await network.client.stop()
    expect(network.router.take()).toEqual([[3, { message: 'the client gave up' }, 'wamp.close.close_realm']])
    expectNothingLeft(network)
  })

  it('gives up an attempt that has no connection yet, and closes one that comes too late', async () => {
    const router = new ScriptedRouter()
    let connect: (router: ScriptedRouter) => void = () => undefined
    const network = new ScriptedNetwork({ openTransport: () => new Promise((resolve) => (connect = resolve)) })
    const stopping = network.client.stop()
    connect(router)
    await stopping
    expect(router.isClosed).toBe(true)
    expect(router.sent).toEqual([])
    expectNothingLeft(network)
  })

  it('leaves a session that opened in the same turn', async () => {
    const network = new ScriptedNetwork()
    await turn()
    network.router.says([2, 1, WELCOME_DETAILS])
    const stopping = network.client.stop()
    await turn()
    expect(network.router.take().at(-1)).toEqual([6, {}, 'wamp.close.close_realm'])
    network.router.says([6, {}, 'wamp.close.goodbye_and_out'])
    await stopping
    expectNothingLeft(network)
  })

  it('ends the waiting for an attempt', async () => {
    const network = new ScriptedNetwork()
    await network.welcome()
    await network.lose()
    await network.client.stop()
    expectNothingLeft(network)
    network.client.connectNow()
    await network.pass(60_000)
    expect(network.routers).toHaveLength(1)
  })

  it('has no further effect the second time, and start begins anew', async () => {
    const network = new ScriptedNetwork()
    await network.client.stop()
    await network.client.stop()
    expect(network.statuses).toEqual(['connecting', 'stopped'])
    network.client.start()
    network.client.start()
    await network.welcome()
    expect(network.statuses).toEqual(['connecting', 'stopped', 'connecting', 'connected'])
  })
})

describe('the states', () => {
  it('are told to an iterator from the one now on, up to the end', async () => {
    const network = new ScriptedNetwork()
    const seen: string[] = []
    const iterated = (async () => {
      for await (const { status } of network.client.states) seen.push(status)
    })()
    await network.welcome()
    await network.lose()
    await network.client.stop()
    await iterated
    expect(seen).toEqual(['connecting', 'connected', 'waiting', 'stopped'])
  })

  it('reach all listeners in order, also when one of them changes the state', async () => {
    const network = new ScriptedNetwork()
    const seen: string[] = []
    network.client.onState(({ status }) => {
      if (status === 'waiting') void network.client.stop()
    })
    const remove = network.client.onState(({ status }) => void seen.push(status))
    await network.welcome()
    await network.lose()
    expect(seen).toEqual(['connected', 'waiting', 'stopped'])
    remove()
    network.client.start()
    expect(seen).toHaveLength(3)
    await network.client.stop()
  })

  it('do not reach a listener that another took away before', async () => {
    const network = new ScriptedNetwork()
    const seen: string[] = []
    let remove: () => void = () => undefined
    network.client.onState(() => remove())
    remove = network.client.onState(({ status }) => void seen.push(status))
    await network.welcome()
    expect(seen).toEqual([])
  })

  it('reach the others when a listener fails, which onError is told', async () => {
    const failure = new Error('of the listener')
    const network = new ScriptedNetwork()
    network.client.onState(() => {
      throw failure
    })
    const seen: string[] = []
    network.client.onState(({ status }) => void seen.push(status))
    await network.welcome()
    expect(seen).toEqual(['connected'])
    expect(network.errors).toEqual([['state_listener', failure]])
  })
})
