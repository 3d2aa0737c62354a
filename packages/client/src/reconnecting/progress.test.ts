// Shows calls in a loop and in chunks by a client, with a session and without one; with scripted routers.

import { describe, expect, it } from 'vitest'
import { failureOf } from '../testing/failure-of.ts'
import { openNetwork, ScriptedNetwork } from '../testing/scripted-network.ts'
import { turn } from '../testing/scripted-router.ts'

describe('stream', () => {
  it('waits for a session, and gives progress to a loop and the result apart', async () => {
    const network = new ScriptedNetwork()
    const counting = network.client.stream<number, string>('com.example.count', [2], { kwargs: { by: 1 } })
    expect(await network.welcome()).toEqual([[48, 1, { receive_progress: true }, 'com.example.count', [2], { by: 1 }]])
    network.router.says([50, 1, { progress: true }, [1]], [50, 1, { progress: true }, [2]], [50, 1, {}, ['done']])
    const seen: number[] = []
    for await (const value of counting) seen.push(value)
    expect([seen, await counting.result]).toEqual([[1, 2], 'done'])
  })

  it('is cancelled by leaving the loop, and by its signal', async () => {
    const network = await openNetwork()
    const left = network.client.stream('com.example.count')
    network.router.says([50, 1, { progress: true }, [1]])
    for await (const value of left) if (value === 1) break
    expect(await failureOf(left.result)).toMatchObject({ name: 'AbortError' })
    const stop = new AbortController()
    const stopped = network.client.stream('com.example.count', [], { signal: stop.signal })
    stop.abort(new Error('enough'))
    expect(await failureOf(stopped.result)).toMatchObject({ message: 'enough' })
    expect(network.router.take().map(([type, request]) => [type, request])).toEqual([
      [48, 1],
      [49, 1],
      [48, 2],
      [49, 2],
    ])
  })

  it('is not sent when it was left before there was a session', async () => {
    const network = new ScriptedNetwork()
    const stop = new AbortController()
    const waiting = network.client.stream('com.example.count', [], { signal: stop.signal })
    stop.abort(new Error('enough'))
    expect(await failureOf(waiting.result)).toMatchObject({ message: 'enough' })
    expect(await network.welcome()).toEqual([])
  })
})

describe('send', () => {
  it('waits for a session, and sends one chunk after the other', async () => {
    const network = new ScriptedNetwork()
    const sum = network.client.send<number>('com.example.sum', [[1], { args: [2], kwargs: { twice: true } }], { timeout: 1000 })
    const sent = await network.welcome()
    await turn()
    sent.push(...network.router.take())
    network.router.says([50, 1, {}, [5]])
    expect(await sum).toBe(5)
    expect(sent).toEqual([
      [48, 1, { timeout: 1000, progress: true }, 'com.example.sum', [1]],
      [48, 1, { progress: true }, 'com.example.sum', [2], { twice: true }],
      [48, 1, {}, 'com.example.sum'],
    ])
  })

  it('refuses what is nothing to iterate over, and sends nothing', async () => {
    const { client, router } = await openNetwork()
    expect(await failureOf(client.send('com.example.sum', 5 as never))).toMatchObject({ code: 'TL_USAGE' })
    expect(router.take()).toEqual([])
  })
})
