// Shows declarations that hold at once, can be awaited, and end with their block; with scripted routers.

import { describe, expect, it } from 'vitest'
import { failureOf } from './testing/failure-of.ts'
import { openNetwork, ScriptedNetwork } from './testing/scripted-network.ts'
import { turn } from './testing/scripted-router.ts'

const nothing = (): undefined => undefined

describe('a declaration', () => {
  it('is granted when it was awaited, and may be returned from an asynchronous function then', async () => {
    const { client, router } = await openNetwork()
    const pending = client.register('com.example.add', nothing)
    expect([pending.state.status, pending.procedure]).toEqual(['requested', 'com.example.add'])
    router.says([65, 1, 7])
    const granted = await pending
    expect(granted.state).toEqual({ status: 'active', id: 7 })
    expect('then' in granted).toBe(false)
    const again = async (): Promise<typeof granted> => granted
    expect(await again()).toBe(granted)
    expect(await pending).toBe(granted)
  })

  it('rejects with the refusal where it is awaited', async () => {
    const { client, router } = await openNetwork()
    const pending = client.subscribe('com.example.a', nothing)
    const outcome = failureOf(Promise.resolve(pending))
    router.says([8, 32, 1, {}, 'wamp.error.not_authorized'])
    expect(await outcome).toMatchObject({ uri: 'wamp.error.not_authorized' })
    expect(await pending.catch((error: unknown) => error)).toMatchObject({ uri: 'wamp.error.not_authorized' })
  })

  it('rejects nothing that nobody awaits', async () => {
    const network = new ScriptedNetwork()
    const pending = network.client.subscribe('com.example.a', nothing)
    expect(typeof pending.then).toBe('function')
    await pending.unsubscribe()
    await turn()
    expect(pending.state.status).toBe('withdrawn')
  })

  it('ends with its block', async () => {
    const network = await openNetwork()
    {
      await using subscription = network.client.subscribe('com.example.a', nothing)
      network.router.says([33, 1, 5])
      await subscription
      expect(network.router.take()).toEqual([[32, 1, {}, 'com.example.a']])
      void turn().then(() => network.router.says([35, 2]))
    }
    expect(network.router.take()).toEqual([[34, 2, 5]])
  })
})
