// Shows sessions over HTTP requests against our router, and what becomes of them when it goes away.

import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as textOfStream } from 'node:stream/consumers'
import type { Listener, Router } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cbor } from './cbor.ts'
import { openSession } from './open-session.ts'
import { json } from './json-text.ts'
import { openLongPoll } from './longpoll.ts'
import { msgpack } from './msgpack.ts'
import type { Session } from './session.ts'
import type { ClientSerializer, ClientTransport, TransportCloseInfo } from './transports/transport.ts'

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

/** A server that a test scripts: what it answers to each request, by the end of the path. */
class Scripted {
  readonly asked: string[] = []
  readonly bodies: string[] = []
  readonly answers = new Map<string, (response: ServerResponse) => void>()
  readonly #server = createServer((request, response) => void this.#answer(request, response))

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/lp`
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const what = request.url?.split('/').at(-1) ?? ''
    this.asked.push(what)
    this.bodies.push(await textOfStream(request))
    this.answers.get(what)?.(response)
  }
}

describe('a transport over long-polling', () => {
  let scripted: Scripted
  let base: string
  const OPENED = { protocol: 'wamp.2.json.batched', transport: 'a/b' }
  const opens = (answer: unknown): void =>
    void scripted.answers.set('open', (response) => response.end(typeof answer === 'string' ? answer : JSON.stringify(answer)))

  beforeEach(async () => {
    scripted = new Scripted()
    base = await scripted.listen()
    opens(OPENED)
  })
  afterEach(() => scripted.close())

  /** A transport whose messages are recorded, and how it ended. */
  async function opened(): Promise<{ transport: ClientTransport; ended: Promise<TransportCloseInfo>; heard: unknown[] }> {
    const transport = await openLongPoll(base, { serializer: json(), signal })
    const heard: unknown[] = []
    const ended = new Promise<TransportCloseInfo>((resolve) => {
      transport.attach({
        onMessage: (message) => heard.push(message),
        onProtocolError: (error) => heard.push(error),
        onClose: resolve,
      })
    })
    return { transport, ended, heard }
  }

  it.each([
    ['another serializer', { ...OPENED, protocol: 'wamp.2.cbor.batched' }],
    ['one without batches', { ...OPENED, protocol: 'wamp.2.json' }],
    ['no name', { protocol: OPENED.protocol }],
    ['a number for a name', { ...OPENED, transport: 5 }],
  ])('does not come about with %s', async (_what, answer) => {
    opens(answer)
    await expect(openLongPoll(base, { serializer: json(), signal })).rejects.toMatchObject({
      code: 'TL_CONNECT_FAILED',
      message: `${base} did not agree on wamp.2.json.batched`,
    })
  })

  it('does not come about when it is abandoned, for the reason that was given', async () => {
    scripted.answers.delete('open')
    const opening = new AbortController()
    const failing = openLongPoll(base, { serializer: json(), signal: opening.signal })
    opening.abort(new Error('no longer wanted'))
    await expect(failing).rejects.toThrow('no longer wanted')
  })

  it('ends at once when it is destroyed, and sends nothing more', async () => {
    const { transport, ended } = await opened()
    transport.send({ type: 6, details: {}, reason: 'com.example.bye' })
    transport.destroy?.()
    expect(await ended).toMatchObject({ wasClean: false })
    expect(scripted.asked.filter((what) => what !== 'open' && what !== 'receive')).toEqual([])
  })

  it('sends what is queued before it closes', async () => {
    const { transport, ended } = await opened()
    const sent = new Promise<ServerResponse>((resolve) => scripted.answers.set('send', resolve))
    scripted.answers.set('close', (response) => response.writeHead(202).end())
    transport.send({ type: 6, details: {}, reason: 'com.example.bye' })
    const response = await sent
    transport.close()
    expect(scripted.asked).not.toContain('close')
    response.writeHead(202).end()
    expect(await ended).toMatchObject({ wasClean: true })
    expect(scripted.asked.slice(-2)).toEqual(['send', 'close'])
    expect(scripted.bodies).toContain('[6,{},"com.example.bye"]\u001e')
  })

  it('asks for nothing more while much waits that the router does not take', async () => {
    const [asked, answered]: ServerResponse[][] = [[], []]
    scripted.answers.set('receive', (response) => void asked?.push(response))
    scripted.answers.set('send', (response) => void answered?.push(response))
    const { transport, heard } = await opened()
    const long = 'x'.repeat(17 * 1024 * 1024)
    transport.send({ type: 6, details: {}, reason: 'com.example.first' })
    await expect.poll(() => answered?.length).toBe(1)
    transport.send({ type: 6, details: { long }, reason: 'com.example.second' })
    asked?.[0]?.end('[6,{},"com.example.a"]\u001e')
    await expect.poll(() => heard).toHaveLength(1)
    answered?.[0]?.writeHead(202).end()
    await expect.poll(() => answered?.length).toBe(2)
    expect(scripted.asked).toEqual(['open', 'receive', 'send', 'send'])
    answered?.[1]?.writeHead(202).end()
    await expect.poll(() => asked?.length).toBe(2)
    transport.destroy?.()
  })

  it('ends in order where the router has forgotten it, and else with the error', async () => {
    scripted.answers.set('receive', (response) => response.writeHead(404).end('no such transport'))
    expect(await (await opened()).ended).toEqual({ wasClean: true, error: undefined })
    scripted.answers.set('receive', (response) => response.writeHead(500).end('  broken\n'))
    expect(await (await opened()).ended).toMatchObject({ wasClean: false, error: { message: 'HTTP 500: broken' } })
  })

  it('asks again after an empty answer, and hands on each message of a batch, up to what is none', async () => {
    const answers = ['', '[6,{},"com.example.a"]\u001e[6,{},"com.example.b"]\u001e', 'nonsense\u001e']
    scripted.answers.set('receive', (response) => {
      const answer = answers.shift()
      if (answer !== undefined) response.writeHead(answer === '' ? 204 : 200).end(answer)
    })
    const { heard } = await opened()
    await expect.poll(() => heard).toHaveLength(3)
    expect(heard).toMatchObject([{ reason: 'com.example.a' }, { reason: 'com.example.b' }, { name: 'ProtocolError' }])
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
