// Shows what becomes of requests before, between and in sessions, with scripted routers and a manual clock.

import { describe, expect, it } from 'vitest'
import { UsageError } from '@trunkline/protocol'
import { failureOf } from '../testing/failure-of.ts'
import { openNetwork, ScriptedNetwork } from '../testing/scripted-network.ts'
import { turn, WELCOME_DETAILS } from '../testing/scripted-router.ts'
import type { Client } from './client.ts'

const nothing = (): void => undefined

describe('requests while there is no session', () => {
  const requests: [string, (client: Client) => Promise<unknown>][] = [
    ['a call', (client) => client.call('com.example.a', [1])],
    ['a publication', (client) => client.publish('com.example.a', [1])],
  ]

  it('wait for it by default, and go out in their order', async () => {
    const network = new ScriptedNetwork()
    const { client } = network
    const calls = [client.call('com.example.a', [1], { kwargs: { b: 2 }, discloseMe: true }), client.call('com.example.b')]
    const publication = client.publish('com.example.c', [3], { acknowledge: true })
    expect(await network.welcome()).toEqual([
      [48, 1, { disclose_me: true }, 'com.example.a', [1], { b: 2 }],
      [48, 2, {}, 'com.example.b'],
      [16, 3, { acknowledge: true }, 'com.example.c', [3]],
    ])
    network.router.says([50, 1, {}, ['one']], [50, 2, {}, ['two']], [17, 3, 77])
    expect([await calls[0], await calls[1], await publication]).toEqual(['one', 'two', 77])
  })

  it.each(requests)('reject after 10 s by default: %s', async (_what, request) => {
    const network = await openNetwork()
    await network.lose()
    network.isDown = true
    const failure = failureOf(request(network.client))
    let isOver = false
    void failure.then(() => (isOver = true))
    await network.pass(9_999)
    expect(isOver).toBe(false)
    await network.pass(1)
    expect(await failure).toMatchObject({
      code: 'TL_DISCONNECTED',
      mayHaveRun: false,
      message: expect.stringContaining('no session within 10000 ms') as string,
      cause: { reason: 'wamp.error.network_failure' },
    })
    network.isDown = false
    await network.pass()
    expect(await network.welcome()).toEqual([])
  })

  it.each(requests)('reject at once on demand: %s', async (_what, request) => {
    const network = new ScriptedNetwork({ whileAway: 'fail' })
    expect(await failureOf(request(network.client))).toMatchObject({ code: 'TL_DISCONNECTED', mayHaveRun: false })
    expect(await network.welcome()).toEqual([])
  })

  it.each(requests)('wait without limit on demand: %s', async (_what, request) => {
    const network = new ScriptedNetwork({ whileAway: 'wait', openTimeoutMs: 10_000_000 })
    void request(network.client).catch(nothing)
    await network.pass(1_000_000)
    expect(await network.welcome()).toHaveLength(1)
  })

  it('do not wait for more than the session: no limit of time holds for the answer', async () => {
    const network = new ScriptedNetwork({ whileAway: { timeoutMs: 100 }, silenceMs: Infinity })
    const call = network.client.call('com.example.a')
    await network.welcome()
    await network.pass(60_000)
    network.router.says([50, 1, {}, ['late']])
    expect(await call).toBe('late')
    expect(network.clock.openTimers).toBe(0)
  })

  it('wait for the next session when the connection takes nothing any more, though nobody has said so yet', async () => {
    const network = await openNetwork()
    network.router.isOpen = false
    const publication = network.client.publish('com.example.a', [1])
    expect(network.router.take()).toEqual([])
    await network.lose()
    await network.pass(1000)
    expect(await network.welcome()).toEqual([[16, 1, {}, 'com.example.a', [1]]])
    await publication
  })

  it('wait for the next session when the last has ended in the same turn', async () => {
    const network = await openNetwork()
    network.router.lose()
    const call = network.client.call('com.example.a')
    await turn()
    await network.pass(1000)
    expect(await network.welcome()).toEqual([[48, 1, {}, 'com.example.a']])
    network.router.says([50, 1, {}])
    await call
  })

  it('go on waiting when a session ends as soon as it was open', async () => {
    const network = new ScriptedNetwork({ whileAway: 'wait' })
    void network.client.call('com.example.a').catch(nothing)
    await turn()
    network.router.take()
    network.router.says([2, 1, WELCOME_DETAILS], [6, {}, 'wamp.close.system_shutdown'])
    await turn()
    expect(network.router.take()).toEqual([[6, {}, 'wamp.close.goodbye_and_out']])
    await network.pass()
    expect(await network.welcome()).toEqual([[48, 1, {}, 'com.example.a']])
  })

  it('reject when the client is stopped, and are refused from then on', async () => {
    const network = new ScriptedNetwork({ whileAway: 'wait' })
    const waiting = [failureOf(network.client.call('com.example.a')), failureOf(network.client.session())]
    await network.client.stop()
    waiting.push(failureOf(network.client.publish('com.example.a')))
    for (const failure of waiting) expect(await failure).toMatchObject({ code: 'TL_DISCONNECTED', mayHaveRun: false })
    expect(network.clock.openTimers).toBe(0)
  })

  it('reject when too many wait', async () => {
    const network = new ScriptedNetwork({ whileAway: 'wait' })
    const outcomes = Array.from({ length: 10_001 }, () => failureOf(network.client.call('com.example.a')))
    expect(await outcomes.at(-1)).toMatchObject({ message: expect.stringContaining('10000 requests wait') as string })
    await network.client.stop()
    expect(await outcomes[0]).toMatchObject({ message: expect.stringContaining('the client is stopped') as string })
  })

  it.each([
    ['call', (client: Client) => client.call('com..a')],
    ['publish', (client: Client) => client.publish('wamp.mine')],
  ])('reject at once when %s could never work', async (_what, request) => {
    expect(await failureOf(request(new ScriptedNetwork().client))).toBeInstanceOf(UsageError)
  })
})

describe('requests in a session', () => {
  it('tell that they may have run when it ends before the answer, and are not sent again', async () => {
    const network = await openNetwork()
    const { client } = network
    const outcomes = [failureOf(client.call('com.example.a')), failureOf(client.publish('com.example.b', [], { acknowledge: true }))]
    await network.lose()
    for (const outcome of outcomes) expect(await outcome).toMatchObject({ code: 'TL_DISCONNECTED', mayHaveRun: true })
    await network.pass()
    expect(await network.welcome()).toEqual([])
  })

  it('tell so too when the client stops', async () => {
    const network = await openNetwork()
    const outcome = failureOf(network.client.call('com.example.a'))
    const stopping = network.client.stop()
    expect(await outcome).toMatchObject({ mayHaveRun: true, reason: 'wamp.close.close_realm' })
    network.router.says([6, {}, 'wamp.close.goodbye_and_out'])
    await stopping
  })

  it('can use the session itself', async () => {
    const network = new ScriptedNetwork()
    const session = network.client.session()
    await network.welcome()
    expect(await session).toBe(await network.client.session())
    expect(await session).toMatchObject({ id: 1, isOpen: true })
  })
})

describe('the error of a request', () => {
  const REQUESTS: readonly (readonly [string, number, (client: Client) => PromiseLike<unknown>])[] = [
    ['call', 48, (client) => client.call('com.example.a')],
    ['callResult', 48, (client) => client.callResult('com.example.a')],
    ['send', 48, (client) => client.send('com.example.a', [[1]])],
    ['publish', 16, (client) => client.publish('com.example.a', [], { acknowledge: true })],
    ['subscribe', 32, (client) => client.subscribe('com.example.a', () => undefined)],
    ['register', 64, (client) => client.register('com.example.a', () => undefined)],
  ]

  it.each(REQUESTS)('names the line that made it, and not those that read the answer: %s', async (_what, type, request) => {
    const { client, router } = await openNetwork()
    async function theApplication(): Promise<void> {
      await request(client)
    }
    const failure = failureOf(theApplication())
    await turn()
    router.says([8, type, 1, {}, 'wamp.error.not_authorized'])
    expect(await failure).toMatchObject({
      uri: 'wamp.error.not_authorized',
      stack: expect.stringMatching(/^ApplicationError: wamp.error.not_authorized\n +at (?:async )?theApplication /) as string,
    })
  })

  it('keeps the stack of what the application gave itself', async () => {
    const { client } = await openNetwork()
    const reason = new Error('changed my mind')
    const { stack } = reason
    expect(await failureOf(client.call('com.example.a', [], { signal: AbortSignal.abort(reason) }))).toBe(reason)
    expect(reason.stack).toBe(stack)
  })

  it('says when the application itself ended the session', async () => {
    const { client } = await openNetwork()
    const failure = failureOf(client.call('com.example.a'))
    await turn()
    void client.stop()
    expect(await failure).toMatchObject({ message: expect.stringMatching(/^the session ended by stop\(\) or leave\(\)/) as string })
  })
})
