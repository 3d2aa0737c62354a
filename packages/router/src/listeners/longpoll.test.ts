// Shows sessions over HTTP requests, against a real router and with plain requests.

import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { connect as connectSocket } from 'node:net'
import { PassThrough } from 'node:stream'
import { createCborSerializer, messageFromArray, messageToArray } from '@trunkline/protocol'
import type { Router, RouterLimits } from '@trunkline/router'
import { createRouter } from '@trunkline/router'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TransportOwner } from '../core/ports/index.ts'
import { Connections } from './connections.ts'
import { createHttpListener } from './http-server.ts'
import type { LongPollOptions } from './longpoll.ts'
import { LongPollConnection } from './longpoll-connection.ts'
import { ReadTurns } from './read-turns.ts'
import { readBody, readBodyInTurn } from './request-body.ts'

const HELLO = [1, 'realm1', { roles: { caller: {}, callee: {}, publisher: {}, subscriber: {} } }]

const TRAITS = {
  id: 'id',
  serializer: 'json',
  isBatched: false,
  maxReceiveBytes: 1_000,
  info: { kind: 'longpoll', peer: 'client', isSecure: false },
  holdTicks: 1,
  idleTicks: 1,
  closeTicks: 1,
} as const

/** A response of which only the status matters. */
class RecordingResponse {
  status = 0

  writeHead(status: number): void {
    this.status = status
  }

  end(): void {}
}

let router: Router
let base: string
/** Lets the time go by that a router with a clock of the test gives to its sessions. */
let passTime = (): void => {}

async function listen(longPoll: Partial<LongPollOptions> = {}, more: Partial<Parameters<Router['listenHttp']>[0]> = {}): Promise<void> {
  const { address } = await router.listenHttp({
    host: '127.0.0.1',
    port: 0,
    closeTimeoutMs: 50,
    longPoll: { path: '/lp', ...longPoll },
    ...more,
  })
  base = address.replace('ws:', 'http:').replace('/ws', '/lp')
}

beforeEach(async () => {
  const allow = ['call', 'register', 'publish', 'subscribe'] as const
  router = createRouter({
    realms: { realm1: { anonymousRole: 'anonymous', roles: { anonymous: ['**', 'wamp.**'].map((uri) => ({ uri, allow })) } } },
    limits: { goodbyeMs: 100 },
  })
})
afterEach(async () => {
  const closed = router.close()
  passTime()
  passTime = () => {}
  await closed
})

function post(path: string, body?: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${base}/${path}`, { method: 'POST', headers, ...(body === undefined ? {} : { body }) })
}

async function open(...protocols: string[]): Promise<string> {
  const response = await post('open', JSON.stringify({ protocols }), { 'Content-Type': 'application/json' })
  expect(response.status).toBe(200)
  return ((await response.json()) as { transport: string }).transport
}

async function take(id: string): Promise<unknown[]> {
  const response = await post(`${id}/receive`)
  expect(response.status).toBe(200)
  return (await response.json()) as unknown[]
}

async function say(id: string, ...message: unknown[]): Promise<void> {
  const response = await post(`${id}/send`, JSON.stringify(message))
  expect(response.status).toBe(202)
}

async function join(): Promise<string> {
  const id = await open('wamp.2.json')
  await say(id, ...HELLO)
  expect((await take(id))[0]).toBe(2)
  return id
}

/** A receive request that is held: of two, one is refused. */
async function hold(id: string): Promise<{ readonly held: Promise<Response> | undefined }> {
  const both = [post(`${id}/receive`), post(`${id}/receive`)]
  const refused = await Promise.race(both.map(async (each, i) => ({ i, status: (await each).status })))
  expect(refused.status).toBe(409)
  return { held: both[1 - refused.i] }
}

describe('opening a transport', () => {
  it('answers with the protocol chosen and an id of its own for each, whatever the query says [AP-LP-02 AP-LP-03 AP-LP-05 AP-LP-12]', async () => {
    await listen()
    const responses = await Promise.all(
      [1, 2].map(() => post('open?x=382913', '{"protocols":["wamp.2.unknown","wamp.2.cbor","wamp.2.json"]}')),
    )
    const bodies = (await Promise.all(responses.map((response) => response.json()))) as { protocol: string; transport: string }[]
    expect(bodies.map(({ protocol }) => protocol)).toEqual(['wamp.2.cbor', 'wamp.2.cbor'])
    expect(new Set(bodies.map(({ transport }) => transport)).size).toBe(2)
    for (const { transport } of bodies) expect(transport).toMatch(/^[\w-]{32}$/)
  })

  it.each(['wamp.2.json', 'wamp.2.msgpack', 'wamp.2.cbor'].flatMap((name) => [name, `${name}.batched`]))(
    'takes %s [AP-LP-04]',
    async (name) => {
      await listen()
      const response = await post('open', JSON.stringify({ protocols: [name] }))
      expect(await response.json()).toMatchObject({ protocol: name })
    },
  )

  it.each([
    ['nothing in common', '{"protocols":["wamp.1.json"]}', 400],
    ['no list', '{"protocols":"wamp.2.json"}', 400],
    ['no JSON', 'wamp.2.json', 400],
    ['null', 'null', 400],
    ['a long body', JSON.stringify({ protocols: ['x'.repeat(5000)] }), 413],
  ])('refuses %s [AP-LP-05]', async (_, body, status) => {
    await listen()
    expect((await post('open', body)).status).toBe(status)
  })

  it('refuses another method than POST, and other paths [AP-LP-01]', async () => {
    await listen()
    const get = await fetch(`${base}/open`)
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST, OPTIONS'])
    expect((await post('nobody/receive')).status).toBe(404)
    const id = await open('wamp.2.json')
    expect((await post(`${id}/else`)).status).toBe(404)
  })

  it('has room for so many', async () => {
    await listen({ maxConnections: 1 })
    await open('wamp.2.json')
    expect((await post('open', '{"protocols":["wamp.2.json"]}')).status).toBe(503)
  })

  it('has no more places for one address than are left for others, who find one', async () => {
    await listen({ maxConnections: 4 }, { trustedProxies: ['127.0.0.1'] })
    const from = async (address: string): Promise<number> =>
      (await post('open', '{"protocols":["wamp.2.json"]}', { 'X-Forwarded-For': address })).status
    expect([await from('192.0.2.1'), await from('192.0.2.1'), await from('192.0.2.1')]).toEqual([200, 200, 503])
    expect(await from('192.0.2.2')).toBe(200)
  })

  it('has a place again when a client of the address is gone', async () => {
    await listen({ maxConnections: 1 })
    const id = await open('wamp.2.json')
    expect((await post(`${id}/close`)).status).toBe(202)
    expect(await open('wamp.2.json')).not.toBe(id)
  })

  it('works over HTTP 1.0 [AP-LP-01]', async () => {
    await listen()
    const socket = connectSocket({ host: '127.0.0.1', port: Number(new URL(base).port) })
    const body = '{"protocols":["wamp.2.json"]}'
    socket.write(`POST /lp/open HTTP/1.0\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
    let text = ''
    socket.on('data', (chunk: Buffer) => void (text += chunk.toString()))
    await once(socket, 'end')
    expect(text).toMatch(/^HTTP\/1\.1 200[^]*"protocol":"wamp\.2\.json"/)
    socket.destroy()
  })
})

describe('a session over requests', () => {
  it('receives one message with each request, and holds a request until there is one [AP-LP-06 AP-LP-07 AP-LP-09 AP-LP-10]', async () => {
    await listen()
    const id = await open('wamp.2.json')
    const welcome = take(id)
    await say(id, ...HELLO)
    expect((await welcome)[0]).toBe(2)
    await say(id, 32, 1, {}, 'com.example.a')
    await say(id, 64, 2, {}, 'com.example.echo')
    expect([(await take(id))[0], (await take(id))[0]]).toEqual([33, 65])
  })

  it('takes several messages in one request, and gives all that wait in one, where batches were agreed on [AP-LP-08 AP-LP-09]', async () => {
    await listen()
    const id = await open('wamp.2.json.batched')
    const messages = [HELLO, [32, 1, {}, 'com.example.a'], [32, 2, {}, 'com.example.b']]
    expect((await post(`${id}/send`, messages.map((message) => `${JSON.stringify(message)}\u001e`).join(''))).status).toBe(202)
    const batch = await (await post(`${id}/receive`)).text()
    const types = batch
      .split('\u001e')
      .slice(0, -1)
      .map((text) => (JSON.parse(text) as unknown[])[0])
    expect(types).toEqual([2, 33, 33])
  })

  it('carries octets in binary protocols', async () => {
    await listen()
    const id = await open('wamp.2.cbor')
    const serializer = createCborSerializer()
    const hello = serializer.encode(messageFromArray(HELLO)).slice()
    expect((await post(`${id}/send`, hello)).status).toBe(202)
    const response = await post(`${id}/receive`)
    expect(response.headers.get('content-type')).toBe('application/octet-stream')
    expect(messageToArray(serializer.decode(new Uint8Array(await response.arrayBuffer())))[0]).toBe(2)
  })

  it('processes send requests in the order in which they came [AP-LP-14]', async () => {
    await listen()
    const id = await join()
    const subscriber = await join()
    await say(subscriber, 32, 1, {}, 'com.example.topic')
    await take(subscriber)
    for (let i = 1; i <= 20; i++) await say(id, 16, i, {}, 'com.example.topic', [i])
    const numbers: unknown[] = []
    for (let i = 1; i <= 20; i++) numbers.push(((await take(subscriber))[4] as unknown[])[0])
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
  })

  it('answers 400 to what is no message, and the client finds the ABORT [AP-LP-10]', async () => {
    await listen()
    const id = await open('wamp.2.json.batched')
    expect((await post(`${id}/send`, '[1,"realm1"')).status).toBe(400)
    expect((await post(`${id}/send`, '[1,"realm1"')).status).toBe(404)
  })

  it('holds one receive request at a time, and knows no other ids [AP-LP-13]', async () => {
    await listen()
    const id = await join()
    const held = post(`${id}/receive`)
    await say(id, 32, 1, {}, 'com.example.a')
    await held
    const refused = await Promise.race([post(`${id}/receive`), post(`${id}/receive`)])
    expect(refused.status).toBe(409)
    expect((await post(`${'A'.repeat(32)}/receive`)).status).toBe(404)
  })

  it('is closed by a request [AP-LP-11]', async () => {
    await listen()
    const id = await join()
    expect((await post(`${id}/close`)).status).toBe(202)
    expect((await post(`${id}/receive`)).status).toBe(404)
    expect(router.counters.sessionsClosed).toBe(1)
  })

  it('has a receive request that is held answered when it is closed, or the router ends', async () => {
    await listen()
    for (const end of [(id: string) => post(`${id}/close`), () => router.close()]) {
      const id = await open('wamp.2.json')
      const { held } = await hold(id)
      await end(id)
      expect([200, 204]).toContain((await held)?.status)
    }
  })

  it('ends when no receive request is held for longer than the limit [AP-LP-13]', async () => {
    await listen({ idleMs: 40, holdMs: 10_000 })
    const watcher = await join()
    await say(watcher, 32, 1, {}, 'wamp.session.on_leave')
    expect((await take(watcher))[0]).toBe(33)
    const held = take(watcher)
    const silent = await join()
    expect((await held)[0]).toBe(36)
    expect((await post(`${silent}/receive`)).status).toBe(404)
    expect(router.counters.sessionsClosed).toBe(1)
  })

  it('is answered with nothing when there is nothing to say for long', async () => {
    await listen({ holdMs: 40 })
    const id = await join()
    expect((await post(`${id}/receive`)).status).toBe(204)
    await say(id, 32, 1, {}, 'com.example.a')
    expect((await take(id))[0]).toBe(33)
  })

  it('gets what was queued before the end, GOODBYE included', async () => {
    await listen()
    const id = await join()
    await say(id, 32, 1, {}, 'com.example.a')
    await say(id, 6, {}, 'wamp.close.close_realm')
    expect([(await take(id))[0], (await take(id))[0]]).toEqual([33, 6])
  })

  it('that sends more messages than it may has its requests answered later', async () => {
    let now = 0
    const slow = {
      anonymousRole: 'anonymous',
      roles: { anonymous: [{ uri: '**', allow: ['publish'] as const }] },
      limits: { messageRate: { perSecond: 20, burst: 2 } },
    }
    await router.close()
    router = createRouter({ realms: { slow }, clock: { now: () => now, monotonic: () => now }, limits: { goodbyeMs: 100 } })
    await listen()
    const id = await open('wamp.2.json')
    await say(id, 1, 'slow', HELLO[2])
    expect((await take(id))[0]).toBe(2)
    for (const request of [1, 2, 3]) await say(id, 16, request, { acknowledge: true }, 'com.a')
    expect(router.counters.sessionsThrottled).toBe(1)
    let isAnswered = false
    const fourth = say(id, 16, 4, { acknowledge: true }, 'com.a').then(() => (isAnswered = true))
    for (const request of [1, 2, 3]) expect((await take(id)).slice(0, 2)).toEqual([17, request])
    expect(isAnswered).toBe(false)
    now += 1_000
    await fourth
    expect((await take(id)).slice(0, 2)).toEqual([17, 4])
    for (const request of [5, 6]) await say(id, 16, request, {}, 'com.a')
    const waiting = [7, 8].map((request) => post(`${id}/send`, JSON.stringify([16, request, {}, 'com.a'])))
    await post(`${id}/close`)
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([404, 404])
  })

  it('refuses a message longer than allowed', async () => {
    await listen({}, { maxMessageBytes: 1000 })
    const id = await join()
    expect((await post(`${id}/send`, JSON.stringify([16, 1, {}, 'com.example.a', ['x'.repeat(2000)]]))).status).toBe(413)
  })
})

describe('what a client does not fetch', () => {
  /** A router whose time is moved by hand. */
  async function openSmall(limits: Partial<RouterLimits>): Promise<{ advance: (ms: number) => void }> {
    let now = 0
    const allow = ['call', 'register', 'publish', 'subscribe'] as const
    await router.close()
    router = createRouter({
      realms: { realm1: { anonymousRole: 'anonymous', roles: { anonymous: ['**', 'wamp.**'].map((uri) => ({ uri, allow })) } } },
      limits,
      clock: { now: () => now, monotonic: () => now },
    })
    await listen()
    passTime = () => {
      now += 60_000
      router.tick()
    }
    return {
      advance(ms) {
        for (const end = now + ms; now < end; now += 1_000) router.tick()
      },
    }
  }

  async function subscribed(topic: string): Promise<string> {
    const id = await join()
    await say(id, 32, 1, {}, topic)
    expect((await take(id))[0]).toBe(33)
    return id
  }

  it('counts for the limit of all together: it was handed over to nobody', async () => {
    await openSmall({ outboxTotalBytes: 1_000_000 })
    for (const i of [1, 2, 3]) await subscribed(`com.example.${i}`)
    const publisher = await join()
    for (const i of [1, 2, 3]) await say(publisher, 16, i, {}, `com.example.${i}`, ['x'.repeat(400_000)])
    expect(router.counters.slowConsumersClosed).toBe(1)
  })

  it('is given up when nothing is fetched for as long as others may take nothing', async () => {
    const { advance } = await openSmall({})
    const id = await subscribed('com.example.topic')
    const publisher = await join()
    await say(publisher, 16, 1, {}, 'com.example.topic', [1])
    advance(9_000)
    expect(router.counters.sessionsClosed).toBe(0)
    advance(3_000)
    await Promise.resolve()
    expect(router.counters).toMatchObject({ sessionsClosed: 1, slowConsumersClosed: 1 })
    expect([(await take(id))[0], (await take(id))[2]]).toEqual([36, 'trunkline.close.slow_consumer'])
  })

  it('is no more than the bound of every session', async () => {
    await openSmall({ outboxBytes: 500_000 })
    await subscribed('com.example.topic')
    const publisher = await join()
    for (let i = 1; i <= 4; i++) await say(publisher, 16, i, {}, 'com.example.topic', ['x'.repeat(200_000)])
    expect(router.counters.slowConsumersClosed).toBe(1)
  })
})

describe('the bodies of send requests', () => {
  it('are read one after the other, of the others no more than their beginning, and only up to the limit on requests', async () => {
    const requests = Array.from({ length: 17 }, () => new PassThrough())
    const connection = new LongPollConnection(
      TRAITS,
      new Connections([1_000]),
      () => {},
      () => {},
    )
    const statuses = requests.map((request) => {
      const response = new RecordingResponse()
      connection.take(request as never, response as never)
      return response
    })
    for (const request of requests.slice(1)) request.write(Buffer.alloc(40_000))
    await new Promise(setImmediate)
    // Of those behind the first so much is enough, and that it is too long is said in their turn.
    expect(requests.slice(1, 16).map((request) => request.isPaused())).toEqual(Array(15).fill(true))
    expect(statuses.map(({ status }) => status)).toEqual([...Array<number>(16).fill(0), 429])
    requests[0]?.end('[]')
    await new Promise(setImmediate)
    expect(statuses.map(({ status }) => status)).toEqual([202, ...Array<number>(15).fill(413), 429])
    connection.destroy()
    connection.onTick()
  })

  it('are taken some messages in a turn, and answered when they are done', async () => {
    let now = 0
    const turns: (() => void)[] = []
    const connection = new LongPollConnection(
      { ...TRAITS, isBatched: true },
      new Connections([1_000]),
      () => {},
      () => {},
      new ReadTurns({ now: () => now, nextTurn: (run) => void turns.push(run) }),
    )
    let taken = 0
    const onMessage = (): void => {
      now++
      if (++taken === 18) connection.pause()
    }
    connection.owner = { onMessage, onWrongKind() {}, onDrain() {}, onClose() {} }
    const [request, response] = [new PassThrough(), new RecordingResponse()]
    connection.take(request as never, response as never)
    request.end('[1]\u001e'.repeat(20))
    await once(request, 'close')
    await new Promise(setImmediate)
    expect([taken, turns.length, response.status]).toEqual([16, 1, 0])
    turns.shift()?.()
    expect(taken).toBe(18)
    turns.shift()?.()
    expect(taken).toBe(18)
    connection.resume()
    expect(taken).toBe(18)
    turns.shift()?.()
    await new Promise(setImmediate)
    expect([taken, response.status]).toEqual([20, 202])
    connection.destroy()
    connection.onTick()
  })

  it('cost their octets, not their chunks', async () => {
    const request = new PassThrough()
    const body = readBody(request as never, 10_000)
    const chunk = Buffer.alloc(1)
    const text = 'a body in chunks of one octet'.repeat(100)
    for (const octet of Buffer.from(text)) {
      chunk[0] = octet
      request.emit('data', chunk)
    }
    request.emit('end')
    expect(Buffer.from(await body).toString()).toBe(text)
  })

  it('cost their octets also before their turn, and are judged when it has come', async () => {
    const requests = [new PassThrough(), new PassThrough()]
    let begin = (): void => {}
    const turn = new Promise<void>((resolve) => (begin = resolve))
    const bodies = requests.map((request) => readBodyInTurn(request as never, () => 1_000, turn).catch((error: Error) => error.message))
    for (const [i, request] of requests.entries()) {
      for (let octets = 0; octets < 900 + 200 * i; octets++) request.emit('data', Buffer.of(1))
      request.end()
    }
    await Promise.all(requests.map((request) => once(request, 'end')))
    begin()
    expect((await Promise.all(bodies)).map((body) => (typeof body === 'string' ? body : body.length))).toEqual([
      900,
      'the body is too long',
    ])
  })

  it('is not looked at any more once it is too long, however many chunks follow', async () => {
    const request = new PassThrough()
    const body = readBody(request as never, 1_000)
    for (const _ of [1, 2, 3]) request.emit('data', Buffer.alloc(600))
    await expect(body).rejects.toThrow('too long')
    expect([request.listenerCount('data'), request.readableFlowing]).toEqual([0, true])
  })
})

describe('what comes to a connection of HTTP while a receive request is held there', () => {
  /** A socket with such a request, the rest of which is yet to come, and each request that the door sees. */
  async function behind(): Promise<{ readonly socket: Socket; readonly seen: (i: number) => Promise<IncomingMessage> }> {
    const all: IncomingMessage[] = []
    await listen(
      {},
      {
        mayUpgrade(request) {
          all.push(request)
          return undefined
        },
      },
    )
    const id = await open('wamp.2.json')
    all.length = 0
    const { hostname, port } = new URL(base)
    const socket = connectSocket(Number(port), hostname).on('error', () => {})
    socket.write(`POST /lp/${id}/receive HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n`)
    const seen = async (i: number): Promise<IncomingMessage> => {
      for (;;) {
        const request = all[i]
        if (request !== undefined) return request
        await new Promise(setImmediate)
      }
    }
    await seen(0)
    return { socket, seen }
  }

  it('is passed over where it is the body of that request, or of one behind it that is refused', async () => {
    const { socket, seen } = await behind()
    socket.write(`${'1\r\nx\r\n'.repeat(1_000)}0\r\n\r\n`)
    await once(await seen(0), 'end')
    socket.write('POST /lp/none/send HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n')
    const second = await seen(1)
    socket.write('text')
    await once(second, 'end')
    // Nothing was answered yet: then node:http passes over all that is left.
    expect(socket.bytesRead).toBe(0)
    socket.destroy()
  })

  it('ends the connection when it is a long body of that request', async () => {
    const { socket } = await behind()
    socket.write('1\r\nx\r\n'.repeat(5_000))
    await once(socket, 'close')
    expect(socket.bytesRead).toBe(0)
  })

  it('ends the connection when the heads of the requests that wait are longer together than one may be', async () => {
    const { socket } = await behind()
    socket.write(`0\r\n\r\n${`GET /health HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`.repeat(4)}`)
    await once(socket, 'close')
    expect(socket.bytesRead).toBe(0)
  })
})

describe('a door that is closed', () => {
  it('lets go of the connections that were opened there, with a receive request and without one, and of requests that wait', async () => {
    const events: string[] = []
    const accept = (): TransportOwner => ({
      onMessage: () => void events.push('message'),
      onWrongKind() {},
      onDrain() {},
      onClose: () => void events.push('close'),
    })
    const never = (error: unknown): never => {
      throw error
    }
    const listener = await createHttpListener({ host: '127.0.0.1', port: 0, longPoll: { path: '/lp' }, accept, onError: never })
    base = listener.address.replace('ws:', 'http:').replace('/ws', '/lp')
    const [id] = [await open('wamp.2.json'), await open('wamp.2.json')]
    const { held } = await hold(id)
    const receiving = held?.then(
      () => 'answered',
      () => 'cut',
    )
    const closed = listener.close()
    listener.closeAll()
    await closed
    expect(events).toEqual(['close', 'close'])
    expect(await receiving).toBe('cut')
  })
})

describe('pages of other origins', () => {
  const mayUpgrade = (request: { headers: { origin?: string | undefined } }): { status: number; text: string } | undefined =>
    request.headers.origin === 'https://app.example.com' || request.headers.origin === undefined
      ? undefined
      : { status: 403, text: 'not you' }

  it('are judged as for WebSocket, and told that they may', async () => {
    await listen({}, { mayUpgrade })
    const refused = await post('open', '{"protocols":["wamp.2.json"]}', { Origin: 'https://evil.example.com' })
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([403, null])
    const allowed = await post('open', '{"protocols":["wamp.2.json"]}', { Origin: 'https://app.example.com' })
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([200, 'https://app.example.com'])
    const preflight = await fetch(`${base}/open`, { method: 'OPTIONS', headers: { Origin: 'https://app.example.com' } })
    expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([204, 'POST'])
  })

  it('may not read what is answered to requests with cookies, so that none uses a connection by a cookie that it does not have', async () => {
    await listen({}, { mayUpgrade })
    const headers = { Origin: 'https://app.example.com', Cookie: 'a=b' }
    const opened = await post('open', '{"protocols":["wamp.2.json"]}', headers)
    const preflight = await fetch(`${base}/open`, { method: 'OPTIONS', headers })
    expect([opened, preflight].map((response) => response.headers.get('access-control-allow-credentials'))).toEqual([null, null])
  })
})
