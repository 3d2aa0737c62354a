// Shows over real sockets that a client finds its router again after a restart, with all that it declared.

import type { Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { afterEach, expect, it } from 'vitest'
import { openSession } from '../open-session.ts'
import type { EventHandler } from '../subscriber.ts'
import type { Client } from './client.ts'
import { createClient } from './connect.ts'

const REALM = {
  anonymousRole: 'guest',
  roles: { guest: [{ uri: '**', allow: ['call', 'register', 'publish', 'subscribe'] as const }] },
}

const open: { router?: Router; client?: Client } = {}

afterEach(async () => {
  await open.client?.stop()
  await open.router?.close()
})

async function startRouter(port: number): Promise<string> {
  open.router = createRouter({ realms: { realm1: REALM } })
  return (await open.router.listenHttp({ host: '127.0.0.1', port })).address
}

it('finds a router again that was closed and started anew on the same port, and serves and hears as before', async () => {
  const url = await startRouter(0)
  const client = createClient({ url: url, realm: 'realm1', backoff: { initialMs: 20, maxMs: 20 } })
  open.client = client
  const heard: unknown[] = []
  let onHeard: () => void = () => undefined
  const onEvent: EventHandler = ({ args }) => {
    heard.push(args[0])
    onHeard()
  }
  const registration = client.register('com.example.add', ({ args: [a, b] }) => Number(a) + Number(b), { invoke: 'roundrobin' })
  const subscription = client.subscribe('com.example..said', onEvent, { match: 'wildcard' })

  const useAll = async (word: string): Promise<void> => {
    await Promise.all([registration.ready, subscription.ready])
    const other = await openSession({ url, realm: 'realm1' })
    const said = new Promise<void>((resolve) => (onHeard = resolve))
    expect(await other.call('com.example.add', [2, 3])).toBe(5)
    await other.publish('com.example.joe.said', [word])
    await said
    await other.leave()
  }

  await useAll('before')
  const unanswered = client.register('com.example.never', () => new Promise(() => undefined))
  await unanswered.ready
  const inFlight = client.call('com.example.never').catch((error: unknown) => error)
  const waiting = new Promise<void>((resolve) => client.onState(({ status }) => status === 'waiting' && resolve()))
  await open.router?.close()
  await waiting
  const whileAway = client.call('com.example.add', [1, 1])
  await startRouter(Number(new URL(url).port))
  expect(await whileAway).toBe(2)
  expect(await inFlight).toMatchObject({ code: 'TL_DISCONNECTED', mayHaveRun: true })
  await useAll('after')
  expect(heard).toEqual(['before', 'after'])
})
