// Shows durable subscriptions of the client: what is acknowledged when, what comes again, and that the work of several clients is shared.

import type { Router } from '@trunkline/router'
import { createRouter, MemoryEventStore } from '@trunkline/router'
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest'
import type { DurableEvent, DurableHandler } from './durable.ts'
import { subscribeDurable } from './durable.ts'
import type { Client } from './reconnecting/client.ts'
import { createClient } from './reconnecting/connect.ts'
import { openNetwork } from './testing/scripted-network.ts'
import type { ScriptedNetwork } from './testing/scripted-network.ts'
import { turn } from './testing/scripted-router.ts'

const TOPIC = 'com.shop.orders'

/** Grants the subscription of the last SUBSCRIBE. */
async function grant(network: ScriptedNetwork, details: unknown = { _durable: { name: 'invoices', waiting: 0 } }): Promise<void> {
  network.router.says([33, 1, 7, details])
  await turn()
}

async function event(network: ScriptedNetwork, publication: number, details: object = {}): Promise<void> {
  network.router.says([36, 7, publication, { _position: publication, _epoch: 'e', ...details }, [publication]])
  await turn()
}

describe('a durable subscription with a handler', () => {
  async function handling(handler: DurableHandler, options = {}): Promise<ScriptedNetwork> {
    const network = await openNetwork()
    subscribeDurable(network.client, TOPIC, { name: 'invoices', ...options }, handler)
    await turn()
    expect(network.router.take()).toEqual([[32, 1, { _durable: { name: 'invoices' } }, TOPIC]])
    await grant(network)
    return network
  }

  it('acknowledges an event when the handler has ended', async () => {
    const open = new Map<number, () => void>()
    const network = await handling(({ publication }) =>
      publication === 1 ? 'done' : new Promise<void>((end) => open.set(publication, end)),
    )
    await event(network, 1)
    expect(network.router.take()).toEqual([[337, 1, { _subscription: 7 }]])
    await event(network, 2)
    await event(network, 3)
    expect(network.router.take()).toEqual([])
    open.get(3)?.()
    await turn()
    expect(network.router.take()).toEqual([[337, 3, { _subscription: 7 }]])
    open.get(2)?.()
    await turn()
    expect(network.router.take()).toEqual([[337, 2, { _subscription: 7 }]])
  })

  it('gives an event back whose handler failed, each time for longer, and reports the error', async () => {
    const network = await handling(({ publication }) => {
      if (publication % 2 === 0) throw new Error('no paper')
      return Promise.reject(new Error('no ink'))
    })
    for (const [publication, redelivered] of [
      [1, undefined],
      [2, 3],
      [3, 40],
    ] as const) {
      await event(network, publication, { _redelivered: redelivered })
    }
    const back = (publication: number, ms: number): unknown => [337, publication, { _subscription: 7, _again: true, _after: ms }]
    expect(network.router.take()).toEqual([back(1, 1_000), back(2, 8_000), back(3, 30_000)])
    expect(network.errors).toEqual(
      ['no ink', 'no paper', 'no ink'].map((message) => ['event_handler', expect.objectContaining({ message })]),
    )
  })

  it('lets the handler say it: once, and with what was before', async () => {
    const answers: boolean[] = []
    const network = await handling((given) => {
      if (given.publication === 1) answers.push(given.again(), given.ack())
      if (given.publication === 2) answers.push(given.ack({ upTo: true }))
      if (given.publication === 3) expect(() => given.again(-1)).toThrow('afterMs')
    })
    for (const publication of [1, 2, 3]) await event(network, publication)
    expect(network.router.take()).toEqual([
      [337, 1, { _subscription: 7, _again: true }],
      [337, 2, { _subscription: 7, _up_to: true }],
      [337, 3, { _subscription: 7 }],
    ])
    expect(answers).toEqual([true, true, true])
  })

  it('says nothing by itself where it is told so', async () => {
    const given: DurableEvent[] = []
    const network = await handling((each) => void given.push(each), { autoAck: false })
    await event(network, 1)
    await event(network, 2, { _redelivered: 2 })
    expect(network.router.take()).toEqual([])
    expect(given.map(({ redelivered }) => redelivered)).toEqual([0, 2])
    given[0]?.ack()
    expect(network.router.take()).toEqual([[337, 1, { _subscription: 7 }]])
  })

  it('takes an event that comes again, and says so when its session has ended', async () => {
    const given: DurableEvent[] = []
    const network = await handling((each) => void given.push(each), { autoAck: false })
    await event(network, 1)
    await event(network, 1, { _redelivered: 1 })
    expect(given).toHaveLength(2)
    await network.lose()
    expect(given[0]?.ack()).toBe(false)
    await network.pass(1_000)
    expect(await network.welcome()).toEqual([[32, 1, { _durable: { name: 'invoices' } }, TOPIC]])
    await grant(network)
    await event(network, 1, { _redelivered: 2 })
    expect(given[1]?.ack()).toBe(false)
    expect(given[2]?.ack()).toBe(true)
    expect(network.router.take()).toEqual([[337, 1, { _subscription: 7 }]])
  })

  it('reports the events of a router that knows no durable subscriptions, and acknowledges none', async () => {
    let handled = 0
    const network = await openNetwork()
    subscribeDurable(network.client, TOPIC, 'invoices', () => handled++)
    await turn()
    network.router.take()
    await grant(network, {})
    await event(network, 1)
    expect([handled, network.router.take()]).toEqual([0, []])
    expect(network.errors).toEqual([['event_handler', expect.objectContaining({ code: 'TL_NOT_ANNOUNCED' })]])
  })
})

it('settings are sent by their names, and wrong ones are refused at once', async () => {
  const network = await openNetwork()
  const all = {
    name: 'all',
    match: 'prefix',
    from: 'oldest',
    maxInFlight: 5,
    ackWait: 1_000,
    attempts: 3,
    deadLetters: 'com.dead',
  } as const
  subscribeDurable(network.client, 'com.shop.', all, () => {})
  await turn()
  const sent = { name: 'all', from: 'oldest', max_in_flight: 5, ack_wait: 1_000, attempts: 3, dead_letters: 'com.dead' }
  expect(network.router.take()).toEqual([[32, 1, { match: 'prefix', _durable: sent }, 'com.shop.']])
  for (const wrong of [{ maxInflight: 5 }, { attempts: 'many' }, { autoAck: 1 }])
    expect(() => subscribeDurable(network.client, TOPIC, { name: 'a', ...wrong } as never)).toThrow(/did you mean|expected/)
  expect(() => subscribeDurable(network.client, TOPIC, 7 as never)).toThrow('subscription: expected string or dict')
  expect(() => subscribeDurable(network.client, TOPIC, {} as never)).toThrow('name: expected string')
  expect(() => subscribeDurable(network.client, TOPIC, 'a', 7 as never)).toThrow('handler: expected function')
})

describe('a durable subscription with a loop', () => {
  async function looping(options = {}) {
    const network = await openNetwork()
    const loop = subscribeDurable<[number]>(network.client, TOPIC, { name: 'invoices', ...options })
    await turn()
    network.router.take()
    await grant(network)
    return { network, loop: await loop }
  }

  it('acknowledges an event when the next one is asked for, and not what it was left with', async () => {
    const { network, loop } = await looping()
    for (const publication of [1, 2, 3]) await event(network, publication)
    const seen: number[] = []
    for await (const { args } of loop) {
      expectTypeOf(args).toEqualTypeOf<[number]>()
      seen.push(args[0])
      expect(network.router.take()).toEqual(seen.length === 1 ? [] : [[337, seen.length - 1, { _subscription: 7 }]])
      if (seen.length === 2) break
    }
    await turn()
    expect(network.router.take()).toEqual([[34, 2, 7]])
  })

  it('forgets what waits for it when its session ends: that comes again', async () => {
    const { network, loop } = await looping({ autoAck: false })
    for (const publication of [1, 2]) await event(network, publication)
    const first = await loop.next()
    expect(first.value?.publication).toBe(1)
    await network.lose()
    await network.pass(1_000)
    await network.welcome()
    await grant(network)
    await event(network, 2, { _redelivered: 1 })
    const again = await loop.next()
    expect([again.value?.publication, again.value?.redelivered, first.value?.ack(), again.value?.ack()]).toEqual([2, 1, false, true])
  })

  it('ends with its client', async () => {
    const { network, loop } = await looping()
    const next = loop.next()
    const stopped = network.client.stop()
    network.router.says([6, {}, 'wamp.close.goodbye_and_out'])
    await stopped
    expect(await next).toEqual({ value: undefined, done: true })
  })
})

const open: { router?: Router; clients: Client[] } = { clients: [] }

afterEach(async () => {
  await Promise.all(open.clients.splice(0).map((client) => client.stop()))
  await open.router?.close()
})

it('what is published is processed by one of several clients, also when they lose their sessions again and again', async () => {
  let last = 0
  const store = new MemoryEventStore({ scheduler: { defer: (task) => void setImmediate(task) }, ids: { random: () => ++last } })
  const realm = {
    anonymousRole: 'guest',
    roles: { guest: [{ uri: '**', allow: ['publish', 'subscribe'] as const }] },
    topics: [{ uri: 'com.shop.**', durable: {} }],
  }
  const router = (open.router = createRouter({ realms: { realm1: realm }, store }))
  const { address: url } = await router.listenHttp({ host: '127.0.0.1', port: 0 })
  const started = (): Client => {
    const client = createClient({ url, realm: 'realm1', backoff: { initialMs: 5, maxMs: 10 } })
    open.clients.push(client)
    return client
  }
  const done = new Map<unknown, number>()
  const workers = [started(), started()]
  for (const worker of workers) {
    await subscribeDurable(worker, TOPIC, 'invoices', async ({ args: [order] }) => {
      await turn()
      done.set(order, (done.get(order) ?? 0) + 1)
    })
  }
  const publisher = started()
  for (let order = 0; order < 200; order++) {
    await publisher.publish(TOPIC, [order], { once: true })
    const { state } = workers[order % 2] ?? publisher
    if (order % 20 === 10 && state.status === 'connected') router.endSessions({ realm: 'realm1', session: state.session.id })
  }
  await expect.poll(() => done.size, { timeout: 60_000 }).toBe(200)
  const sum = [...done.keys()].reduce<number>((total, order) => total + Number(order), 0)
  expect(sum).toBe((199 * 200) / 2)
})
