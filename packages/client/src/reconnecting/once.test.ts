// Shows that a publication with `once` is one event, over the end of sessions, and what it rejects with where it cannot be known.

import type { Router } from '@trunkline/router'
import { createRouter, MemoryEventStore } from '@trunkline/router'
import { ManualScheduler } from '@trunkline/testing/ports'
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest'
import { failureOf } from '../testing/failure-of.ts'
import { openNetwork, ScriptedNetwork } from '../testing/scripted-network.ts'
import { WELCOME_DETAILS } from '../testing/scripted-router.ts'
import { createClient } from './connect.ts'

const TOPIC = 'com.shop.orders'
const { broker, dealer } = WELCOME_DETAILS.roles
const KNOWS_KEYS = { roles: { dealer, broker: { ...broker, _key: true } } }

async function welcome(network: ScriptedNetwork): Promise<unknown[][]> {
  return network.welcome(undefined, KNOWS_KEYS)
}

async function connected(): Promise<ScriptedNetwork> {
  const network = new ScriptedNetwork()
  await welcome(network)
  return network
}

describe('a publication with once', () => {
  it('goes out again with the same key until it is answered', async () => {
    const network = await connected()
    const published = network.client.publish(TOPIC, ['tea'], { kwargs: { sugar: 2 }, once: true })
    expectTypeOf(published).resolves.toBeNumber()
    const [first, ...others] = network.router.take()
    expect(first).toEqual([16, 1, { acknowledge: true, _key: expect.stringMatching(/^.{4,128}$/) as string }, TOPIC, ['tea'], { sugar: 2 }])
    expect(others).toEqual([])
    for (let i = 0; i < 3; i++) {
      await network.lose()
      await network.pass(1_000)
      expect(await welcome(network)).toEqual([first])
    }
    network.router.says([17, 1, 77])
    expect(await published).toBe(77)
    await network.lose()
    await network.pass(1_000)
    expect(await welcome(network)).toEqual([])
  })

  it('goes out in the order of its calls, before what is published meanwhile', async () => {
    const network = await connected()
    const all = [1, 2].map((n) => network.client.publish(TOPIC, [n], { once: `key ${n}` }))
    network.router.take()
    await network.lose()
    all.push(network.client.publish(TOPIC, [3], { once: 'key 3' }))
    await network.pass(1_000)
    const sent = await welcome(network)
    expect(sent.map(([, , options, , args]) => [(options as Record<string, unknown>)['_key'], args])).toEqual([
      ['key 1', [1]],
      ['key 2', [2]],
      ['key 3', [3]],
    ])
    network.router.says([17, 1, 71], [17, 2, 72], [17, 3, 73])
    expect(await Promise.all(all)).toEqual([71, 72, 73])
  })

  it('rejects as its session did when there is no other for 100 seconds', async () => {
    const network = await connected()
    const failure = failureOf(network.client.publish(TOPIC, [], { once: true }))
    await network.lose()
    network.isDown = true
    let isOver = false
    void failure.then(() => (isOver = true))
    await network.pass(99_999)
    expect(isOver).toBe(false)
    await network.pass(1)
    expect(await failure).toMatchObject({ code: 'TL_DISCONNECTED', mayHaveRun: true })
  })

  it('rejects when its session ends after that time', async () => {
    const network = new ScriptedNetwork({ silenceMs: Infinity })
    await welcome(network)
    const failure = failureOf(network.client.publish(TOPIC, [], { once: true }))
    await network.pass(100_000)
    await network.lose()
    expect(await failure).toMatchObject({ code: 'TL_DISCONNECTED', mayHaveRun: true })
    await network.pass(1_000)
    expect(await welcome(network)).toEqual([])
  })

  it('waits for the first session as others do', async () => {
    const network = new ScriptedNetwork({ whileAway: 'fail' })
    expect(await failureOf(network.client.publish(TOPIC, [], { once: true }))).toMatchObject({ mayHaveRun: false })
    expect(await welcome(network)).toEqual([])
  })

  it('rejects when the client is stopped', async () => {
    const network = await connected()
    const failure = failureOf(network.client.publish(TOPIC, [], { once: true }))
    const stopped = network.client.stop()
    network.router.says([6, {}, 'wamp.close.goodbye_and_out'])
    await stopped
    expect(await failure).toMatchObject({ code: 'TL_DISCONNECTED', mayHaveRun: true })
    expect(network.clock.openTimers).toBe(0)
  })

  it('is not repeated when the router refuses it', async () => {
    const network = await connected()
    const failure = failureOf(network.client.publish(TOPIC, [], { once: true }))
    network.router.says([8, 16, 1, {}, 'trunkline.error.not_stored', ['full']])
    expect(await failure).toMatchObject({ uri: 'trunkline.error.not_stored' })
    await network.lose()
    await network.pass(1_000)
    expect(await welcome(network)).toEqual([])
  })

  it('is refused where the router does not know keys, and sends nothing', async () => {
    const network = await openNetwork()
    const failure = await failureOf(network.client.publish(TOPIC, [], { once: true }))
    expect(failure).toMatchObject({ code: 'TL_NOT_ANNOUNCED', message: expect.stringContaining("'once' needs") as string })
    expect(network.router.take()).toEqual([])
  })

  it('false or null changes nothing, and other values are refused', async () => {
    const network = await openNetwork()
    await network.client.publish(TOPIC, [], { once: false })
    await network.client.publish(TOPIC, [], { once: null } as never)
    expect(network.router.take()).toEqual([
      [16, 1, {}, TOPIC],
      [16, 2, {}, TOPIC],
    ])
    await expect(network.client.publish(TOPIC, [], { once: 7 } as never)).rejects.toThrow('once: expected boolean or string')
    await expect((await network.client.session()).publish(TOPIC, [], { once: true } as never)).rejects.toThrow("unknown option 'once'")
  })
})

const open: { router?: Router } = {}

afterEach(() => open.router?.close())

it('an event whose publisher lost its session before the answer is there once, and has one id', async () => {
  const disk = new ManualScheduler()
  const store = new MemoryEventStore({ scheduler: disk, ids: { random: () => 1 } })
  const realm = {
    anonymousRole: 'guest',
    roles: { guest: [{ uri: '**', allow: ['publish', 'subscribe'] as const }] },
    topics: [{ uri: 'com.shop.**', durable: {} }],
  }
  open.router = createRouter({ realms: { realm1: realm }, store })
  const { address: url } = await open.router.listenHttp({ host: '127.0.0.1', port: 0 })
  const client = createClient({ url, realm: 'realm1', backoff: { initialMs: 20, maxMs: 20 } })
  const { id } = await client.session()
  let isAnswered = false
  const published = client.publish(TOPIC, ['tea'], { once: true })
  void published.finally(() => (isAnswered = true))
  await expect.poll(() => store.size.events, { timeout: 60_000 }).toBe(1)
  expect(isAnswered).toBe(false)
  const isBack = new Promise<void>((resolve) =>
    client.onState((state) => state.status === 'connected' && state.session.id !== id && resolve()),
  )
  open.router.endSessions({ realm: 'realm1', session: id })
  disk.settle()
  await isBack
  const settled = setInterval(() => disk.settle(), 1)
  const publication = await published
  clearInterval(settled)
  expect(store.size.events).toBe(1)
  expect(typeof publication).toBe('number')
  await client.stop()
})
