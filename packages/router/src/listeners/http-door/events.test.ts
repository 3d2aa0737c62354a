// Shows events as a stream of one answer, against a real router and as a browser reads it.

import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { EventMessage } from '@trunkline/protocol'
import { createJsonSerializer, messageFromArray } from '@trunkline/protocol'
import { SeededIds } from '@trunkline/testing/ports'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { MemoryEventStore } from '../../store/memory-event-store.ts'
import { basic, HttpDoorScene, later } from '../../testing/http-door-scene.ts'
import type { Asker, DoorSession } from './door-session.ts'
import { idIn, textOfId } from './event-id.ts'
import { EventStream } from './event-stream.ts'
import { SharedEvents } from './shared-events.ts'

/** One event as a browser would give it to a page. */
interface Seen {
  readonly type: string
  readonly id: string | undefined
  readonly data: unknown
}

/** A stream that is read as EventSource reads it. */
class Stream {
  readonly response: Response
  readonly comments: string[] = []
  readonly #leaving: AbortController
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  #text = ''

  private constructor(response: Response, leaving: AbortController) {
    this.response = response
    this.#leaving = leaving
    this.#reader = response.body?.getReader()
  }

  static async open(door: HttpDoorScene, query: string, headers: Readonly<Record<string, string>> = {}): Promise<Stream> {
    const leaving = new AbortController()
    const response = await fetch(`${door.base}/events?${query}`, { headers, signal: leaving.signal })
    const stream = new Stream(response, leaving)
    streams.push(stream)
    return stream
  }

  /** The next event; undefined when the stream has ended. */
  async next(): Promise<Seen | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n')
      if (end >= 0) {
        const block = this.#text.slice(0, end)
        this.#text = this.#text.slice(end + 2)
        const seen = this.#read(block)
        if (seen !== undefined) return seen
        continue
      }
      const { value, done } = (await this.#reader?.read()) ?? { value: undefined, done: true }
      if (done) return undefined
      this.#text += Buffer.from(value ?? []).toString()
    }
  }

  #read(block: string): Seen | undefined {
    const fields = new Map(
      block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()] as const),
    )
    if (fields.has('')) this.comments.push(block)
    const data = fields.get('data')
    return data === undefined ? undefined : { type: fields.get('event') ?? 'message', id: fields.get('id'), data: JSON.parse(data) }
  }

  close(): void {
    this.#leaving.abort()
  }
}

const streams: Stream[] = []
afterEach(() => {
  for (const stream of streams.splice(0)) stream.close()
})

async function durable(): Promise<HttpDoorScene> {
  const topics = [{ uri: 'com.shop.**', durable: { keep: { events: 5 } } }]
  const store = new MemoryEventStore({ scheduler: { defer: setImmediate }, ids: new SeededIds(1) })
  return HttpDoorScene.open({}, { topics }, {}, { store })
}

describe('a stream of events', () => {
  it('says that it is ready, then gives each event of its topics', async () => {
    const door = await HttpDoorScene.open()
    const stream = await Stream.open(door, 'topic=com.example.a&topic=com.example.b')
    expect([stream.response.status, stream.response.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
    expect(stream.response.headers.get('x-accel-buffering')).toBe('no')
    expect(await stream.next()).toEqual({
      type: 'ready',
      id: undefined,
      data: { topics: [{ topic: 'com.example.a' }, { topic: 'com.example.b' }] },
    })
    await door.post('/publish/com.example.b', { args: ['Zoë\n'], kwargs: { a: 1 } })
    await door.post('/publish/com.example.c', [])
    await door.post('/publish/com.example.a', [])
    const [first, second] = [await stream.next(), await stream.next()]
    expect(first).toMatchObject({ type: 'message', data: { topic: 'com.example.b', args: ['Zoë\n'], kwargs: { a: 1 } } })
    expect(second).toMatchObject({ type: 'message', data: { topic: 'com.example.a', publication: expect.any(Number) as number } })
  })

  it('takes patterns, and names the topic of each event', async () => {
    const door = await HttpDoorScene.open()
    const stream = await Stream.open(door, 'topic=com.example&match=prefix')
    await stream.next()
    await door.post('/publish/com.example.a', '[1,\n2]')
    expect(await stream.next()).toMatchObject({ data: { topic: 'com.example.a', args: [1, 2] } })
  })

  it('shows that it lives while there are no events', async () => {
    const door = await HttpDoorScene.open({ heartbeatMs: 20 })
    const stream = await Stream.open(door, 'topic=com.example.a')
    await stream.next()
    const event = stream.next()
    await expect
      .poll(async () => {
        await Promise.race([event, new Promise(setImmediate)])
        return stream.comments.length
      })
      .toBeGreaterThan(1)
  })

  it('ends with the reason when its session is ended, and its session ends with its client', async () => {
    const door = await HttpDoorScene.open()
    const open = (): number => door.router.counters.sessionsOpened - door.router.counters.sessionsClosed
    const before = open()
    const [one, other] = [await Stream.open(door, 'topic=com.example.a'), await Stream.open(door, 'topic=com.example.a')]
    await Promise.all([one.next(), other.next()])
    expect(open()).toBe(before + 2)
    one.close()
    await expect.poll(open).toBe(before + 1)
    door.router.endSessions({ authrole: 'guest' })
    expect(await other.next()).toMatchObject({ type: 'end', data: { status: 503, error: 'wamp.close.killed' } })
    expect(await other.next()).toBeUndefined()
  })

  it('of a client that does not read ends as that of any slow subscriber', async () => {
    const door = await HttpDoorScene.open({}, {}, {}, { limits: { outboxBytes: 65_536, outboxSoftBytes: 32_768 } })
    const socket = connect(Number(new URL(door.base).port), '127.0.0.1')
    socket.write('GET /api/events?topic=com.example.a HTTP/1.1\r\nHost: a\r\n\r\n')
    await once(socket, 'readable')
    const text = 'a'.repeat(60_000)
    await expect
      .poll(
        async () => {
          await door.post('/publish/com.example.a', [text])
          return door.router.counters.slowConsumersClosed
        },
        { interval: 1, timeout: 60_000 },
      )
      .toBe(1)
    socket.destroy()
  })
})

describe('events that were dropped for a stream', () => {
  it('are told before the next one', async () => {
    const json = createJsonSerializer()
    let written = ''
    const response = {
      headersSent: false,
      once: () => response,
      writeHead: () => void (response.headersSent = true),
      write: (octets: Buffer, done: () => void) => {
        written += octets.toString()
        done()
      },
    }
    const asked = { topics: ['com.example.a'], options: [{}] }
    const parts = {
      response: response as unknown as ServerResponse,
      json,
      events: new SharedEvents(json),
      quietTicks: 1,
      refuse: () => {},
      onGone: () => {},
    }
    const stream = new EventStream(asked, parts)
    const session = {
      use() {},
      whenOpen: (then: () => void) => then(),
      addUnsent() {},
      removeUnsent() {},
      ask: (_: unknown, asker: Asker) => asker.onSubscribed?.(7, undefined),
    }
    stream.begin(session as unknown as DoorSession)
    const event = messageFromArray([36, 7, 1, { _gap: 3 }, [1]]) as EventMessage
    stream.onEvent(event)
    await Promise.resolve()
    stream.onTick()
    expect(written.split('\n\n').slice(1)).toEqual([
      'event: gap\ndata: {"topic":"com.example.a","missed":3}',
      'data: {"topic":"com.example.a","publication":1,"args":[1]}',
      ':',
      '',
    ])
  })
})

describe('an event for many streams', () => {
  it('is made once, and given to each in the same octets behind an id of its own', async () => {
    const json = createJsonSerializer()
    const events = new SharedEvents(json)
    const decode = vi.spyOn(json, 'decode')
    const written = [0, 1].map(() => {
      const chunks: Buffer[] = []
      const response = {
        headersSent: false,
        once() {},
        writeHead() {
          this.headersSent = true
        },
        write: (octets: Buffer) => chunks.push(octets),
      }
      const parts = { response: response as unknown as ServerResponse, json, events, quietTicks: 1, refuse: () => {}, onGone: () => {} }
      const stream = new EventStream({ topics: ['com.example.a'], options: [{}] }, parts)
      const session = {
        use() {},
        whenOpen: (then: () => void) => then(),
        addUnsent() {},
        removeUnsent() {},
        ask: (_: unknown, asker: Asker) => asker.onSubscribed?.(7, { _epoch: 'e', _position: 4 }),
      }
      stream.begin(session as unknown as DoorSession)
      return { stream, chunks }
    })
    const bytes = json.encode(messageFromArray([36, 7, 1, { _position: 5 }, ['x'.repeat(100_000)]]))
    for (const { stream } of written) stream.onEvent(stream.decode(bytes) as EventMessage)
    await Promise.resolve()
    const [first, second] = written.map(({ chunks }) => chunks.slice(-2))
    expect(first?.map((octets) => String(octets).slice(0, 60))).toEqual([
      'id: e:5\ndata: ',
      '{"topic":"com.example.a","publication":1,"args":["xxxxxxxxxx',
    ])
    expect(String(first?.[1]).endsWith('xxx"]}\n\n')).toBe(true)
    expect(second?.[1]).toBe(first?.[1])
    expect(decode).toHaveBeenCalledTimes(1)
  })
})

describe('a stream that is opened again', () => {
  it('goes on after the last event of each durable topic', async () => {
    const door = await durable()
    const query = 'topic=com.shop.orders&topic=com.example.live&topic=com.shop.stock'
    const stream = await Stream.open(door, query)
    expect(await stream.next()).toMatchObject({ type: 'ready', id: expect.stringMatching(/^[^:]+:0--0$/) as string })
    await door.post('/publish/com.shop.orders', [1])
    const seen = await stream.next()
    expect(seen).toMatchObject({ data: { args: [1] } })
    stream.close()
    await door.post('/publish/com.shop.stock', [2])
    await door.post('/publish/com.shop.orders', [3])
    const again = await Stream.open(door, query, { 'last-event-id': seen?.id ?? '' })
    expect(await again.next()).toMatchObject({
      type: 'ready',
      data: {
        topics: [
          { topic: 'com.shop.orders', recovered: true },
          { topic: 'com.example.live' },
          { topic: 'com.shop.stock', recovered: true },
        ],
      },
    })
    const missed = [await again.next(), await again.next()].map((event) => event?.data)
    expect(missed).toEqual(expect.arrayContaining([expect.objectContaining({ args: [2] }), expect.objectContaining({ args: [3] })]))
  })

  it('says where events may be missing', async () => {
    const door = await durable()
    const stream = await Stream.open(door, 'topic=com.shop.orders')
    const ready = await stream.next()
    stream.close()
    for (let i = 0; i < 8; i++) await door.post('/publish/com.shop.orders', [i])
    const again = await Stream.open(door, `topic=com.shop.orders&lastEventId=${encodeURIComponent(ready?.id ?? '')}`)
    expect(await again.next()).toMatchObject({ data: { topics: [{ recovered: false, reason: 'expired' }] } })
  })

  it('begins anew with an id that is none', async () => {
    const door = await durable()
    for (const id of ['x', 'e:1-2', 'e:99999999999999999999', '%zz:1', `${'e'.repeat(300)}:1`]) {
      const stream = await Stream.open(door, 'topic=com.shop.orders', { 'last-event-id': id })
      expect(await stream.next()).toMatchObject({ type: 'ready', data: { topics: [{ topic: 'com.shop.orders' }] } })
    }
  })

  it('has ids that say what they were made of', () => {
    const id = { epoch: 'a b:c', positions: [1, undefined, 0] }
    expect(idIn(textOfId(id), 3)).toEqual(id)
    expect(idIn(textOfId(id), 2)).toBeUndefined()
  })
})

describe('a request for events', () => {
  it('is refused with 503 when the listener has as many connections as it may have', async () => {
    const door = await HttpDoorScene.open({}, {}, { maxConnections: 1 })
    const statuses = [await Stream.open(door, 'topic=a'), await Stream.open(door, 'topic=a')].map(({ response }) => response.status)
    expect(statuses).toEqual([200, 503])
  })

  it.each([
    ['', 400],
    ['topic=', 400],
    ['topic=a&match=regex', 400],
    ['topic=a&retained=1', 400],
    ['topic=a&other=1', 400],
    [Array.from({ length: 33 }, (_, i) => `topic=a${i}`).join('&'), 400],
    ['topic=com..example', 400],
    ['topic=%00', 400],
  ])('is refused with what is wrong: %s', async (query, status) => {
    const door = await HttpDoorScene.open()
    const response = await fetch(`${door.base}/events?${query}`)
    expect([response.status, response.headers.get('content-type')]).toEqual([status, 'application/problem+json'])
  })

  it('has the rights of its login', async () => {
    const door = await HttpDoorScene.open()
    const status = async (headers: Record<string, string>): Promise<number> =>
      (await Stream.open(door, 'topic=com.example.a', headers)).response.status
    expect([await status({}), await status(basic('alice', 'a secret')), await status(basic('alice', 'wrong'))]).toEqual([200, 403, 401])
  })

  it('is refused on a connection that owes another answer', async () => {
    const door = await HttpDoorScene.open()
    const go = later()
    await door.backend.register('com.example.slow', () => go.promise)
    const socket = connect(Number(new URL(door.base).port), '127.0.0.1')
    const call =
      'POST /api/call/com.example.slow HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n'
    const events = 'GET /api/events?topic=com.example.a HTTP/1.1\r\nHost: 127.0.0.1\r\n'
    socket.write(`${call}${events}\r\n${events}Connection: close\r\n\r\n`)
    go.resolve()
    let seen = ''
    for await (const octets of socket) seen += String(octets)
    expect(seen.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400', 'HTTP/1.1 400'])
    expect(seen).toContain('a stream of events needs a connection of its own')
  })

  it('is checked as one of the page whose browser sent it, although that names no origin', async () => {
    const origins: unknown[] = []
    const mayUpgrade = ({ headers }: { headers: { origin?: string } }) => {
      origins.push(headers.origin)
      return headers.origin === undefined || headers.origin.startsWith('http://127.0.0.1')
        ? undefined
        : { status: 403, text: 'not from there' }
    }
    const door = await HttpDoorScene.open({}, {}, { mayUpgrade })
    const browser = { 'user-agent': 'Mozilla/5.0 (X11)' }
    const statuses = []
    for (const headers of [{}, browser, { ...browser, origin: 'http://evil.example' }, { ...browser, 'sec-fetch-site': 'cross-site' }])
      statuses.push((await Stream.open(door, 'topic=com.example.a', headers)).response.status)
    expect(statuses).toEqual([200, 200, 403, 403])
    expect(origins).toEqual([undefined, `http://${new URL(door.base).host}`, 'http://evil.example', 'null'])
  })
})
