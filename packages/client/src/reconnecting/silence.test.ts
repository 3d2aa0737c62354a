// Shows that a connection over which nothing comes is noticed, and that one that lives is left alone.

import { describe, expect, it } from 'vitest'
import { openNetwork } from '../testing/scripted-network.ts'
import { turn } from '../testing/scripted-router.ts'

const COUNT = [48, 1, {}, 'wamp.session.count']

describe('a connection over which nothing comes', () => {
  it('makes the client ask, and is left when there is no answer', async () => {
    const network = await openNetwork()
    await network.pass(29_999)
    expect(network.router.take()).toEqual([])
    await network.pass(1)
    expect(network.router.take()).toEqual([COUNT])
    await network.pass(9_999)
    expect(network.client.state.status).toBe('connected')
    await network.pass(1)
    expect(network.routers[0]?.isDestroyed).toBe(true)
    expect(network.client.state).toMatchObject({
      status: 'waiting',
      cause: { reason: 'wamp.error.network_failure', message: 'nothing came from the router, which was asked', wasClean: false },
    })
    await network.pass(500)
    await network.welcome()
    expect(network.client.state).toMatchObject({ status: 'connected', session: { id: 2 } })
    const stopping = network.client.stop()
    network.router.says([6, {}, 'wamp.close.goodbye_and_out'])
    await stopping
    expect(network.clock.openTimers).toBe(0)
    expect(network.wakes.size).toBe(0)
  })

  it.each([
    ['its answer', [50, 1, {}, [3]]],
    ['a refusal', [8, 48, 1, {}, 'wamp.error.not_authorized']],
  ])('is kept when %s comes, and asked again after the next silence', async (_, answer) => {
    const network = await openNetwork()
    await network.pass(30_000)
    network.router.take()
    await network.pass(9_999)
    network.router.says(answer)
    await network.pass(1)
    expect(network.client.state.status).toBe('connected')
    await network.pass(30_000)
    expect(network.router.take()).toEqual([[48, 2, {}, 'wamp.session.count']])
    expect(network.errors).toEqual([])
  })

  it('counts from what came last', async () => {
    const network = await openNetwork()
    const subscribing = network.client.subscribe('com.example.topic', () => undefined)
    network.router.says([33, 1, 7])
    await subscribing.ready
    network.router.take()
    await network.pass(20_000)
    network.router.says([36, 7, 70, {}])
    await network.pass(29_999)
    expect(network.router.take()).toEqual([])
    await network.pass(1)
    expect(network.router.take()).toEqual([[48, 2, {}, 'wamp.session.count']])
  })

  it('is looked at once when a page wakes or the network comes back', async () => {
    const network = await openNetwork()
    for (const wake of network.wakes) wake()
    expect(network.router.take()).toEqual([COUNT])
    await network.pass(10_000)
    await turn()
    expect(network.client.state.status).toBe('waiting')
  })

  it('is left alone with silenceMs: Infinity', async () => {
    const network = await openNetwork({ silenceMs: Infinity })
    await network.pass(86_400_000)
    expect(network.router.take()).toEqual([])
    expect(network.clock.openTimers).toBe(0)
    expect(network.client.state.status).toBe('connected')
  })
})
