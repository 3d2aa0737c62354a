// Shows batched subprotocols against our router, and against a socket that sends what is no batch.

import { createRouter } from '@trunkline/router'
import type { Router } from '@trunkline/router'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import { batched } from './batched.ts'
import { cbor } from './cbor.ts'
import { openSession } from './open-session.ts'
import { json } from './json-text.ts'
import { msgpack } from './msgpack.ts'

let router: Router
let url: string
beforeEach(async () => {
  const allow = ['call', 'register', 'publish', 'subscribe'] as const
  router = createRouter({ realms: { realm1: { anonymousRole: 'anonymous', roles: { anonymous: [{ uri: '**', allow }] } } } })
  url = (await router.listenHttp({ host: '127.0.0.1', port: 0 })).address
})
afterEach(() => router.close())

async function listen(): Promise<WebSocketServer> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'wamp.2.json.batched' })
  await once(server, 'listening')
  return server
}

describe('a batched session', () => {
  it.each([
    ['JSON', json],
    ['MessagePack', msgpack],
    ['CBOR', cbor],
  ])('with %s gets all answers, in order [AP-BAT-01 AP-BAT-02 AP-BAT-03 AP-BAT-04]', async (_, serializer) => {
    const session = await openSession({ url, realm: 'realm1', serializer: batched(serializer()) })
    await session.register('com.example.echo', ({ args }) => args[0])
    const numbers = Array.from({ length: 200 }, (_each, i) => i)
    const results = await Promise.all(numbers.map((number) => session.call('com.example.echo', [number, 'é'])))
    expect(results).toEqual(numbers)
    await session.leave()
  })

  it('sends in one WebSocket message what the application sends in one turn [AP-BAT-05]', async () => {
    const server = await listen()
    const batches: string[] = []
    server.on('connection', (socket: WebSocket) => {
      socket.on('message', (data: Buffer) => {
        batches.push(data.toString())
        if (batches.length === 1) socket.send('[2,7,{"roles":{"broker":{}}}]\u001e')
        if (batches.length === 2) socket.close(1000)
      })
    })
    const { port } = server.address() as AddressInfo
    const session = await openSession({ url: `ws://127.0.0.1:${port}/`, realm: 'realm1', serializer: batched(json()) })
    void session.publish('com.example.a')
    void session.publish('com.example.b')
    await session.closed
    expect(batches.slice(1)).toEqual(['[16,1,{},"com.example.a"]\u001e[16,2,{},"com.example.b"]\u001e'])
    await new Promise<void>((resolve) => server.close(() => resolve()))
  })

  it.each(['', '[2,7,{"roles":{"broker":{}}}]'])('ends when the router sends the batch %j [AP-BAT-06 AP-BAT-07]', async (batch) => {
    const server = await listen()
    server.on('connection', (socket: WebSocket) => void socket.on('message', () => socket.send(batch)))
    const { port } = server.address() as AddressInfo
    const opening = openSession({ url: `ws://127.0.0.1:${port}/`, realm: 'realm1', serializer: batched(json()) })
    await expect(opening).rejects.toMatchObject({ code: 'TL_CONNECT_PROTOCOL' })
    await new Promise<void>((resolve) => server.close(() => resolve()))
  })

  it('is not to be had over RawSocket', async () => {
    const opening = openSession({ url: 'rs://127.0.0.1:1', realm: 'realm1', serializer: batched(json()) })
    await expect(opening).rejects.toThrow('only over WebSocket')
  })
})
