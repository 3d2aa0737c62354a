// Shows sessions over HTTP requests against our router, and what becomes of them when it goes away.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Listener, Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cbor } from './cbor.ts'
import { openSession } from './open-session.ts'
import { json } from './json-text.ts'
import { openLongPoll } from './longpoll.ts'
import { msgpack } from './msgpack.ts'
import type { Session } from './session.ts'
import type { ClientSerializer } from './transports/transport.ts'

const { signal } = new AbortController()
let router: Router
let listener: Listener
let url: string

beforeEach(async () => {
  const allow = ['call', 'register', 'publish', 'subscribe'] as const
  router = createRouter({ realms: { realm1: { anonymousRole: 'anonymous', roles: { anonymous: [{ uri: '**', allow }] } } } })
  listener = await router.listenHttp({ host: '127.0.0.1', port: 0, longPoll: { path: '/longpoll' } })
  url = listener.address.replace('ws:', 'http:').replace('/ws', '/longpoll')
})
afterEach(() => router.close())

async function open(serializer: ClientSerializer = json()): Promise<Session> {
  return openSession({ transport: await openLongPoll(url, { serializer, signal }), realm: 'realm1' })
}

describe('a session over long-polling', () => {
  it.each([
    ['JSON', json],
    ['MessagePack', msgpack],
    ['CBOR', cbor],
  ])('calls, publishes and gets events in order with %s [AP-LP-03 AP-LP-09]', async (_, serializer) => {
    const [session, other] = [await open(serializer()), await open(serializer())]
    await session.register('com.example.echo', ({ args }) => args[0])
    const seen: unknown[] = []
    const last = new Promise<void>((resolve) => {
      void session.subscribe('com.example.topic', ({ args }) => {
        seen.push(args[0])
        if (args[0] === 99) resolve()
      })
    })
    await session.call('com.example.echo', [0])
    for (let i = 0; i < 100; i++) void other.publish('com.example.topic', [i])
    await last
    expect(seen).toEqual(Array.from({ length: 100 }, (_each, i) => i))
    expect(await other.call('com.example.echo', ['é'])).toBe('é')
    await Promise.all([session.leave(), other.leave()])
  })

  it('closes in good order [AP-LP-11]', async () => {
    const session = await open()
    await session.leave()
    expect((await session.closed).wasClean).toBe(true)
    expect(router.counters.sessionsClosed).toBe(1)
  })

  it('ends when the router is gone', async () => {
    const session = await open()
    listener.closeAll()
    expect((await session.closed).reason).toBeDefined()
  })

  it.each(['http://127.0.0.1:1/longpoll', '/nothing'])('does not come about at %s', async (place) => {
    const where = place.startsWith('/') ? url.replace('/longpoll', place) : place
    await expect(openLongPoll(where, { serializer: json(), signal })).rejects.toMatchObject({ code: 'TL_CONNECT_FAILED' })
  })
})

describe('a router that leads elsewhere', () => {
  it('is a refusal, and nothing is sent there', async () => {
    const asked: (string | undefined)[] = []
    const server = createServer((request, response) => {
      asked.push(request.url)
      response.writeHead(307, { Location: '/elsewhere' }).end()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const opening = openLongPoll(`http://127.0.0.1:${port}/lp`, { serializer: json(), signal })
    await expect(opening).rejects.toMatchObject({ code: 'TL_CONNECT_FAILED', message: expect.stringContaining('307') as string })
    expect(asked).toEqual(['/lp/open'])
    server.close()
  })
})

describe('a session without a realm of its own choice', () => {
  it('is in the default realm of the listener', async () => {
    const assigning = await router.listenHttp({ host: '127.0.0.1', port: 0, logins: { defaultRealm: 'realm1' } })
    const session = await openSession({ url: assigning.address, realm: null })
    expect(session.realm).toBe('realm1')
    await session.leave()
  })

  it('is refused where the listener has none', async () => {
    await expect(openSession({ url: listener.address })).rejects.toMatchObject({ code: 'TL_CONNECT_REFUSED' })
  })
})
