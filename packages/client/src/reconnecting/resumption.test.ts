// Shows over real sockets that a client misses nothing of durable topics: over lost connections and ends of the router, and that its
// loops say so.

import type { Router } from '@trunkline/router'
import { createRouter, MemoryEventStore } from '@trunkline/router'
import { afterEach, expect, it } from 'vitest'
import type { StreamedEvent } from '../event-stream.ts'
import { openSession } from '../open-session.ts'
import type { Client } from './client.ts'
import { createClient } from './connect.ts'

const ORDERS = 'com.shop.orders'

const open: { router?: Router; client?: Client } = {}

afterEach(async () => {
  await open.client?.stop()
  await open.router?.close()
})

function newStore(maxBytes?: number): MemoryEventStore {
  let last = Math.floor(Math.random() * 2 ** 40)
  return new MemoryEventStore({ scheduler: { defer: (task) => void setImmediate(task) }, ids: { random: () => ++last }, maxBytes })
}

async function startRouter(store: MemoryEventStore, port = 0, keep = {}): Promise<string> {
  const realm = {
    anonymousRole: 'guest',
    roles: { guest: [{ uri: '**', allow: ['publish', 'subscribe'] as const }] },
    topics: [{ uri: 'com.shop.**', durable: { keep } }],
  }
  open.router = createRouter({ realms: { realm1: realm }, store })
  return (await open.router.listenHttp({ host: '127.0.0.1', port })).address
}

/** Publishes from another session, each acknowledged. */
async function publish(url: string, ...values: unknown[]): Promise<void> {
  const session = await openSession({ url, realm: 'realm1' })
  for (const value of values) await session.publish(ORDERS, [value], { acknowledge: true })
  await session.leave()
}

/** A loop over the topic, and what it has taken. */
function listen(url: string) {
  const client = createClient({ url, realm: 'realm1', backoff: { initialMs: 20, maxMs: 20 } })
  open.client = client
  const taken: unknown[] = []
  let look = (): void => {}
  const loop = async (): Promise<void> => {
    for await (const { args, lost, recovered, reconnected } of client.subscribe(ORDERS) as AsyncIterable<StreamedEvent>) {
      taken.push([
        args[0],
        ...(lost === undefined ? [] : [`lost ${lost}`]),
        ...(recovered ? ['recovered'] : []),
        ...(reconnected ? ['reconnected'] : []),
      ])
      look()
    }
  }
  void loop()
  const has = (count: number): Promise<void> =>
    new Promise((resolve) => {
      look = () => taken.length >= count && resolve()
      look()
    })
  const waiting = (): Promise<void> => new Promise((resolve) => client.onState(({ status }) => status === 'waiting' && resolve()))
  return { client, taken, has, waiting }
}

/** Resolves when the client has its subscription. */
async function subscribed(client: Client): Promise<void> {
  const probe = client.subscribe('com.shop.probe', () => {})
  await probe.ready
  await probe.unsubscribe()
}

it('gets what was published while its connection was lost, and its loop says that nothing is missing', async () => {
  const url = await startRouter(newStore())
  const { client, taken, has, waiting } = listen(url)
  await subscribed(client)
  await publish(url, 1, 2)
  await has(2)
  const isLost = waiting()
  const id = (await client.session()).id
  open.router?.endSessions({ session: id })
  await publish(url, 3, 4)
  await isLost
  await has(4)
  await publish(url, 5)
  await has(5)
  expect(taken).toEqual([[1], [2], [3, 'recovered'], [4], [5]])
})

it('gets what a router has stored that it did not see, from the next router', async () => {
  const store = newStore()
  const url = await startRouter(store)
  const { client, taken, has, waiting } = listen(url)
  await subscribed(client)
  await publish(url, 1)
  await has(1)
  const isLost = waiting()
  await open.router?.close()
  await isLost
  const port = Number(new URL(url).port)
  const between = await startRouter(store)
  await publish(between, 2, 3)
  await open.router?.close()
  await startRouter(store, port)
  await has(3)
  expect(taken).toEqual([[1], [2, 'recovered'], [3]])
})

it('is told when the store is another one, and its loop says that events may be missing', async () => {
  const url = await startRouter(newStore())
  const { client, taken, has, waiting } = listen(url)
  await subscribed(client)
  await publish(url, 1)
  await has(1)
  const isLost = waiting()
  await open.router?.close()
  await isLost
  await startRouter(newStore(), Number(new URL(url).port))
  await subscribed(client)
  await publish(url, 2)
  await has(2)
  expect(taken).toEqual([[1], [2, 'reconnected']])
})

it('a handler sees by the subscription of an event whether all was recovered', async () => {
  const store = newStore()
  const url = await startRouter(store, 0, { events: 1 })
  const client = createClient({ url, realm: 'realm1', backoff: { initialMs: 20, maxMs: 20 } })
  open.client = client
  const seen: unknown[] = []
  let onSeen = (): void => {}
  const handled = client.subscribe(ORDERS, ({ args, subscription }) => {
    seen.push([args[0], subscription.recovered, subscription.details?.['_reason']])
    onSeen()
  })
  await handled.ready
  const first = new Promise<void>((resolve) => (onSeen = resolve))
  await publish(url, 1)
  await first
  const lost = new Promise<void>((resolve) => client.onState(({ status }) => status === 'waiting' && resolve()))
  await open.router?.close()
  await lost
  await publish(await startRouter(store, 0, { events: 1 }), 2, 3)
  await open.router?.close()
  await startRouter(store, Number(new URL(url).port), { events: 1 })
  await handled.ready
  const next = new Promise<void>((resolve) => (onSeen = resolve))
  await publish(url, 4)
  await next
  expect(seen[0]).toEqual([1, undefined, undefined])
  expect(seen.at(-1)).toEqual([4, false, 'expired'])
})
