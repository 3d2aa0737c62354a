// Shows that calls wait for a callee that is not there yet, and are never repeated when they may have run.

import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { failureOf } from '../testing/failure-of.ts'
import type { ScriptedNetwork } from '../testing/scripted-network.ts'
import { openNetwork } from '../testing/scripted-network.ts'
import { turn } from '../testing/scripted-router.ts'

const PROCEDURE = 'com.example.work'

async function nobody(network: ScriptedNetwork, request: number): Promise<void> {
  network.router.says([8, 48, request, { callees: 0 }, 'wamp.error.no_such_procedure'])
  await turn()
}

describe('waitForCallee', () => {
  it('calls again while the router says that nobody has registered the procedure', async () => {
    const network = await openNetwork()
    const call = network.client.call(PROCEDURE, [1], { kwargs: { a: 2 }, waitForCallee: 10_000, discloseMe: true })
    for (let request = 1; request <= 3; request++) {
      expect(network.router.take()).toEqual([[48, request, { disclose_me: true }, PROCEDURE, [1], { a: 2 }]])
      await nobody(network, request)
      await network.pass(250)
    }
    network.router.says([50, 4, {}, ['done']])
    expect(await call).toBe('done')
  })

  it('calls again while the router is stopping, and not after the same error of a callee', async () => {
    const network = await openNetwork({ waitForCallee: 10_000 })
    const failure = failureOf(network.client.call(PROCEDURE))
    network.router.says([8, 48, 1, { callees: 0 }, 'trunkline.close.draining'])
    await turn()
    await network.pass(250)
    network.router.says([8, 48, 2, {}, 'trunkline.close.draining'])
    expect(await failure).toMatchObject({ uri: 'trunkline.close.draining' })
    expect(network.router.take()).toHaveLength(2)
  })

  it('ends with the last answer when the time is over', async () => {
    const network = await openNetwork({ waitForCallee: 300 })
    const failure = failureOf(network.client.call(PROCEDURE))
    await nobody(network, 1)
    await network.pass(250)
    await nobody(network, 2)
    await network.pass(50)
    await nobody(network, 3)
    expect(await failure).toMatchObject({ uri: 'wamp.error.no_such_procedure' })
    expect(network.router.take()).toHaveLength(3)
  })

  it('is a matter of the client, and of each call', async () => {
    const network = await openNetwork({ waitForCallee: 300 })
    const failure = failureOf(network.client.call(PROCEDURE, [], { waitForCallee: 0 }))
    await nobody(network, 1)
    expect(await failure).toMatchObject({ uri: 'wamp.error.no_such_procedure' })
  })

  it.each([
    ['another error', {}, 'wamp.error.canceled'],
    ['the same error of a callee, which has run', {}, 'wamp.error.no_such_procedure'],
  ])('repeats nothing after %s', async (_what, details, uri) => {
    const network = await openNetwork()
    const failure = failureOf(network.client.call(PROCEDURE, [], { waitForCallee: 10_000 }))
    network.router.says([8, 48, 1, details, uri])
    expect(await failure).toMatchObject({ uri })
  })

  it('goes on in the next session, but not with a call that was under way', async () => {
    const network = await openNetwork({ whileAway: 'fail' })
    const failure = failureOf(network.client.call(PROCEDURE, [], { waitForCallee: 10_000 }))
    await nobody(network, 1)
    await network.lose()
    await network.pass(250)
    expect(await network.welcome()).toEqual([[48, 1, {}, PROCEDURE]])
    await nobody(network, 1)
    await network.pass(250)
    await network.lose()
    expect(await failure).toMatchObject({ code: 'TL_DISCONNECTED', mayHaveRun: true })
  })

  it('is over when the signal aborts or the client stops', async () => {
    const network = await openNetwork()
    const { client } = network
    const controller = new AbortController()
    const aborted = failureOf(client.call(PROCEDURE, [], { waitForCallee: 10_000, signal: controller.signal }))
    const stopped = failureOf(client.call(PROCEDURE, [], { waitForCallee: 10_000 }))
    await nobody(network, 1)
    await nobody(network, 2)
    controller.abort(new Error('no more'))
    expect(await aborted).toMatchObject({ message: 'no more' })
    void client.stop()
    expect(await stopped).toMatchObject({ code: 'TL_DISCONNECTED', mayHaveRun: false })
    network.router.lose()
    await turn()
    expect(network.clock.openTimers).toBe(0)
  })
})

it('one signal for many calls has one listener of the client and one of the session', async () => {
  const network = await openNetwork({ whileAway: 'wait' })
  const { signal } = new AbortController()
  for (let i = 0; i < 20; i++) void network.client.call(PROCEDURE, [], { signal }).catch(() => undefined)
  expect(getEventListeners(signal, 'abort')).toHaveLength(1)
  await network.lose()
  for (let i = 0; i < 20; i++) void network.client.call(PROCEDURE, [], { signal }).catch(() => undefined)
  expect(getEventListeners(signal, 'abort')).toHaveLength(1)
  await network.pass()
  await network.welcome()
  network.router.says(...Array.from({ length: 20 }, (_, i) => [50, i + 1, {}]))
  await turn()
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
})
