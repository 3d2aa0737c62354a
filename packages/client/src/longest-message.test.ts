// Shows that no message longer than the router takes leaves a client, on every transport, and that its session goes on.

import type { Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { batched } from './batched.ts'
import { calls } from './calls/calls.ts'
import { cbor } from './cbor.ts'
import type { OpenSessionOptions } from './open-session.ts'
import { openSession } from './open-session.ts'
import { json } from './json-text.ts'
import { openLongPoll } from './longpoll.ts'
import { createClient } from './reconnecting/connect.ts'
import type { Session } from './session.ts'
import { failureOf } from './testing/failure-of.ts'

const LIMIT = 131_072
const TOO_LONG = 'x'.repeat(LIMIT)

type Way = (more?: Partial<OpenSessionOptions>) => Promise<Session>

let router: Router
let url: string
let ways: Readonly<Record<string, Way | undefined>>

beforeEach(async () => {
  const roles = { anonymous: [{ uri: '**', allow: ['call', 'register', 'publish', 'subscribe'] as const }] }
  router = createRouter({ realms: { realm1: { anonymousRole: 'anonymous', roles } }, limits: { messageBytes: LIMIT } })
  url = (await router.listenHttp({ host: '127.0.0.1', port: 0, longPoll: { path: '/longpoll' } })).address
  const raw = (await router.listenRawSocket({ listen: { host: '127.0.0.1', port: 0 } })).address
  const base = url.replace('ws:', 'http:').replace('/ws', '/longpoll')
  const open = (options: Partial<OpenSessionOptions>): Promise<Session> => openSession({ realm: 'realm1', ...options })
  ways = {
    'WebSocket, JSON': (more) => open({ url, ...more }),
    'WebSocket, CBOR': (more) => open({ url, serializer: cbor(), ...more }),
    'WebSocket, batches of JSON': (more) => open({ url, serializer: batched(json()), ...more }),
    'WebSocket, batches of CBOR': (more) => open({ url, serializer: batched(cbor()), ...more }),
    RawSocket: (more) => open({ url: raw, ...more }),
    'long-poll': async (more) => {
      const transport = await openLongPoll(base, { serializer: cbor(), signal: new AbortController().signal })
      return open({ transport, ...more })
    },
  }
})
afterEach(() => router.close())

const WAYS = ['WebSocket, JSON', 'WebSocket, CBOR', 'WebSocket, batches of JSON', 'WebSocket, batches of CBOR', 'RawSocket', 'long-poll']

describe.each(WAYS)('over %s', (name) => {
  const open: Way = (more) => ways[name]?.(more) ?? Promise.reject(new Error(name))

  it('a call that is one octet too long is refused here, and one as long as possible is answered', async () => {
    const session = await open()
    await session.register('com.example.length', ({ args: [text] }) => String(text).length)
    const failure = await failureOf(session.call('com.example.length', [TOO_LONG]))
    expect(failure).toMatchObject({ code: 'TL_PAYLOAD', uri: 'wamp.error.payload_size_exceeded' })
    const octets = Number(/message of (\d+) octets is too long: the router takes 131072/.exec(String(failure))?.[1])
    const longest = 'x'.repeat(2 * LIMIT - octets)
    // The invocation is longer than the call by what the router says in it, which has no limit here.
    expect(await session.call('com.example.length', [longest])).toBe(longest.length)
    await expect(session.call('com.example.length', [`${longest}x`])).rejects.toThrow('of 131073 octets')
    await expect(session.publish('com.example.topic', [TOO_LONG])).rejects.toMatchObject({ code: 'TL_PAYLOAD' })
    expect(await session.call('com.example.length', ['é'])).toBe(1)
    expect(session.isOpen).toBe(true)
    await session.leave()
  })

  it('messages of one turn that are too long together all arrive', async () => {
    const session = await open()
    await session.register('com.example.length', ({ args: [text] }) => String(text).length)
    const lengths = Array.from({ length: 12 }, (_each, i) => 20_000 + i)
    const results = await Promise.all(lengths.map((length) => session.call('com.example.length', ['x'.repeat(length)])))
    expect(results).toEqual(lengths)
    await session.leave()
  })

  it('a result that is too long becomes an error of its caller, and the callee is told', async () => {
    const told: unknown[] = []
    const callee = await open({ onError: (error, source) => told.push([source, (error as Error).name]), calls: calls() })
    const caller = await open({ calls: calls() })
    await callee.register('com.example.report', () => TOO_LONG)
    await callee.register('com.example.steps', async function* () {
      yield TOO_LONG
    })
    const failures = [
      await failureOf(caller.call('com.example.report')),
      await failureOf(caller.call('com.example.steps', [], { onProgress: () => undefined })),
    ]
    for (const failure of failures) expect(failure).toMatchObject({ uri: 'wamp.error.payload_size_exceeded' })
    expect(told).toEqual([
      ['procedure', 'PayloadError'],
      ['procedure', 'PayloadError'],
    ])
    expect([callee.isOpen, caller.isOpen]).toEqual([true, true])
    await Promise.all([callee.leave(), caller.leave()])
  })
})

it('a client that reconnects keeps its session', async () => {
  const client = createClient({ url: url, realm: 'realm1' })
  const { id } = await client.session()
  await expect(client.call('com.example.length', [TOO_LONG])).rejects.toMatchObject({ code: 'TL_PAYLOAD' })
  await expect(client.publish('com.example.topic', [TOO_LONG])).rejects.toMatchObject({ code: 'TL_PAYLOAD' })
  expect((await client.session()).id).toBe(id)
  await client.stop()
})

it('counts the octets of characters beyond ASCII', async () => {
  const session = await openSession({ url, realm: 'realm1' })
  await expect(session.publish('com.example.topic', ['é'.repeat(LIMIT / 2)])).rejects.toMatchObject({ code: 'TL_PAYLOAD' })
  expect(await session.publish('com.example.topic', ['é'.repeat(LIMIT / 2 - 100)], { acknowledge: true })).toBeGreaterThan(0)
  await session.leave()
})

it('in one process nothing is too long', async () => {
  const session = await openSession({ transport: router.openLocal(), realm: 'realm1' })
  expect(await session.publish('com.example.topic', [TOO_LONG], { acknowledge: true })).toBeGreaterThan(0)
  await session.leave()
})
