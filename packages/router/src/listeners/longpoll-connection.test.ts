// Shows how the bodies of send requests are read, and what may come to a connection while a request of it is held.

import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { connect as connectSocket } from 'node:net'
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { LONGPOLL_TRAITS, LongPollScene } from '../testing/longpoll-scene.ts'
import { Connections } from './connections.ts'
import { LongPollConnection } from './longpoll-connection.ts'
import { HeldInputs } from './held-input.ts'
import { EVENT_LOOP, ReadTurns } from './read-turns.ts'
import { readBody, readBodyInTurn } from './request-body.ts'

/** A response of which only the status matters. */
class RecordingResponse {
  status = 0

  writeHead(status: number): void {
    this.status = status
  }

  end(): void {}
}

function requestWith(...rawHeaders: string[]): PassThrough {
  return Object.assign(new PassThrough(), { rawHeaders })
}

describe('the requests of a connection', () => {
  it('count with their heads and all together, so that it ends where it has most and they are too much', async () => {
    const held = new HeldInputs(100_000)
    const reading = new ReadTurns(EVENT_LOOP, held)
    const connection = new LongPollConnection(LONGPOLL_TRAITS, new Connections([1_000]), { onGone() {}, onError() {} }, { reading })
    let refusals = 0
    const onTooMuchHeld = (): void => void refusals++
    connection.owner = { holder: 'any', onTooMuchHeld, onMessage() {}, onWrongKind() {}, onDrain() {}, onClose() {} }
    const requests = Array.from({ length: 9 }, () => requestWith('x', 'x'.repeat(10_500)))
    const response = Object.assign(new PassThrough(), { writeHead() {}, req: requests[0] })
    connection.receive(response as never)
    for (const request of requests.slice(1, 8)) connection.take(request as never, new RecordingResponse() as never)
    expect([held.octets > 96_000, refusals, requests.some(({ destroyed }) => destroyed)]).toEqual([true, 0, false])
    connection.take(requests[8] as never, new RecordingResponse() as never)
    expect([held.octets, refusals, requests.every(({ destroyed }) => destroyed)]).toEqual([0, 1, true])
    connection.destroy()
    connection.onTick()
    await new Promise(setImmediate)
    expect(held.octets).toBe(0)
  })

  it('count what each name and value of their heads takes in memory besides its octets', () => {
    const held = new HeldInputs(100_000)
    const reading = new ReadTurns(EVENT_LOOP, held)
    const connection = new LongPollConnection(LONGPOLL_TRAITS, new Connections([1_000]), { onGone() {}, onError() {} }, { reading })
    const head = Array.from({ length: 200 }, (_, i) => `x-header-${i}`)
    connection.receive(Object.assign(new PassThrough(), { writeHead() {}, req: requestWith(...head) }) as never)
    // Measured: 86 octets for each of them, besides its own.
    expect(held.octets).toBeGreaterThan(head.join('').length + 200 * 80)
    connection.destroy()
    connection.onTick()
  })

  it('count until they are answered', async () => {
    const held = new HeldInputs(100_000)
    const reading = new ReadTurns(EVENT_LOOP, held)
    const connection = new LongPollConnection(LONGPOLL_TRAITS, new Connections([1_000]), { onGone() {}, onError() {} }, { reading })
    const [request, waiting] = [requestWith('x', 'x'.repeat(20_000)), requestWith('x', 'x'.repeat(20_000))]
    const response = Object.assign(new PassThrough(), { writeHead() {}, req: waiting })
    connection.receive(response as never)
    connection.take(request as never, new RecordingResponse() as never)
    request.write('[')
    await new Promise(setImmediate)
    expect(held.octets).toBeGreaterThan(40_000)
    request.end(']')
    await once(request, 'close')
    await new Promise(setImmediate)
    expect([held.octets > 20_000, held.octets < 22_000]).toEqual([true, true])
    response.emit('close')
    expect(held.octets).toBe(0)
    connection.destroy()
    connection.onTick()
  })
})

describe('the bodies of send requests', () => {
  it('are read one after the other, of the others no more than their beginning, and only up to the limit on requests', async () => {
    const requests = Array.from({ length: 17 }, () => requestWith())
    const connection = new LongPollConnection(LONGPOLL_TRAITS, new Connections([1_000]), { onGone() {}, onError() {} })
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
      { ...LONGPOLL_TRAITS, isBatched: true },
      new Connections([1_000]),
      { onGone() {}, onError() {} },
      { reading: new ReadTurns({ now: () => now, nextTurn: (run) => void turns.push(run) }) },
    )
    let taken = 0
    const onMessage = (): void => {
      now++
      if (++taken === 18) connection.pause()
    }
    connection.owner = { onMessage, onWrongKind() {}, onDrain() {}, onClose() {} }
    const [request, response] = [requestWith(), new RecordingResponse()]
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
    const body = { most: () => 1_000, turn, hold: () => {} }
    const bodies = requests.map((request) => readBodyInTurn(request as never, body).catch((error: Error) => error.message))
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
    const client = await LongPollScene.listen(
      {},
      {
        mayUpgrade(request) {
          all.push(request)
          return undefined
        },
      },
    )
    const id = await client.open('wamp.2.json')
    all.length = 0
    const { hostname, port } = new URL(client.base)
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
    // It may be ended while it still sends.
    const closed = new Promise((resolve) => socket.on('error', () => {}).once('close', resolve))
    socket.write(`0\r\n\r\n${`GET /health HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`.repeat(4)}`)
    await closed
    expect(socket.bytesRead).toBe(0)
  })

  it('ends the connection when more than 32 requests wait, however short', async () => {
    const { socket } = await behind()
    const closed = new Promise((resolve) => socket.on('error', () => {}).once('close', resolve))
    socket.write(`0\r\n\r\n${'GET /health HTTP/1.1\r\nHost:\r\n\r\n'.repeat(33)}`)
    await closed
    expect(socket.bytesRead).toBe(0)
  })
})

describe('a connection that is closed while messages wait', () => {
  it('ends in its time, however often it is closed', () => {
    let gone = 0
    const connection = new LongPollConnection({ ...LONGPOLL_TRAITS, closeTicks: 2 }, new Connections([1_000]), {
      onGone: () => gone++,
      onError() {},
    })
    connection.send(Uint8Array.of(91, 93))
    connection.close('normal')
    for (let tick = 0; tick < 2; tick++) connection.onTick()
    expect(gone).toBe(0)
    connection.close('policy')
    connection.onTick()
    expect(gone).toBe(1)
  })
})

describe('messages for a receive request', () => {
  it.each([
    [false, 1],
    [true, 30_000],
  ])('are taken from the queue as far as they leave with it: batches %j', (isBatched, taken) => {
    const traits = { ...LONGPOLL_TRAITS, isBatched }
    const connection = new LongPollConnection(traits, new Connections([1_000]), { onGone() {}, onError() {} })
    connection.receive(Object.assign(new PassThrough(), { writeHead() {}, req: requestWith() }) as never)
    let sent = 0
    for (; connection.isWritable && sent < 30_000; sent++) connection.send(Uint8Array.of(91, 93))
    expect(sent).toBe(taken)
  })
})
