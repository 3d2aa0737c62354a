// Shows that requests and TLS handshakes of strangers have a slice of time in each turn, and that none is lost by it.

import { once } from 'node:events'
import type { Server as HttpServer } from 'node:http'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Server, Socket } from 'node:net'
import { connect } from 'node:net'
import { connect as connectSecurely } from 'node:tls'

import { selfSigned } from '@trunkline/testkit'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { StrangerTurns } from './stranger-turns.ts'

/** Turns that come when the test says so, in each of which there is time for one task. */
class ShortTurns {
  #time = 0
  readonly #next: (() => void)[] = []
  readonly now = (): number => (this.#time += 10)
  readonly nextTurn = (goOn: () => void): void => void this.#next.push(goOn)

  get isAwaited(): boolean {
    return this.#next.length > 0
  }

  pass(): void {
    for (const goOn of this.#next.splice(0)) goOn()
  }
}

describe('requests', () => {
  const open: { server: Server; sockets: Socket[] }[] = []
  afterEach(async () => {
    for (const { server, sockets } of open.splice(0)) {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    }
  })

  async function start(turns: ShortTurns, server: HttpServer): Promise<{ paced: StrangerTurns; client: Socket; received: () => string }> {
    const paced = new StrangerTurns(turns)
    paced.paceRequests(server)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
    const sockets = [client]
    server.on('connection', (socket: Socket) => sockets.push(socket))
    open.push({ server, sockets })
    let text = ''
    client.on('data', (octets: Buffer) => (text += octets.toString('latin1')))
    await once(client, 'connect')
    return { paced, client, received: () => text }
  }

  const requests = (count: number): string => Array.from({ length: count }, (_, i) => `GET /${i} HTTP/1.1\r\nHost: a\r\n\r\n`).join('')

  async function passUntil(turns: ShortTurns, isDone: () => boolean): Promise<void> {
    await vi.waitFor(() => {
      turns.pass()
      expect(isDone()).toBe(true)
    }, WAIT)
  }

  it('of one connection are read piece by piece, in many turns, and all answered in their order', async () => {
    const turns = new ShortTurns()
    const asked: string[] = []
    const server = createServer((request, response) => {
      asked.push(request.url ?? '')
      response.end(request.url)
    })
    const { client, received } = await start(turns, server)
    client.end(requests(1_000))
    await passUntil(turns, () => asked.length > 0)
    expect(asked.length).toBeLessThan(100)
    await passUntil(turns, () => received().includes('/999'))
    expect(asked).toEqual(Array.from({ length: 1_000 }, (_, i) => `/${i}`))
  })

  it('are not read on while a piece waits, also when a reader of their body wants more', async () => {
    const turns = new ShortTurns()
    const server = createServer((request) => void request.resume())
    let octets = (): number => 0
    server.on('connection', (socket: Socket) => (octets = () => socket.bytesRead))
    const { client } = await start(turns, server)
    client.write(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(500_000)}`)
    await passUntil(turns, () => octets() > 0)
    for (let turn = 0; turn < 50; turn++) {
      turns.pass()
      await new Promise(setImmediate)
    }
    // Fifty pieces, and what a socket reads ahead.
    expect(octets()).toBeLessThan(400_000)
  })

  it('wait while the client does not read what it is answered', async () => {
    const turns = new ShortTurns()
    let asked = 0
    const server = createServer((_request, response) => {
      asked++
      response.end('x'.repeat(100_000))
    })
    const { client, received } = await start(turns, server)
    client.pause()
    client.write(requests(1_000))
    await passUntil(turns, () => asked > 0)
    for (let i = 0; i < 100; i++) {
      turns.pass()
      await new Promise(setImmediate)
    }
    expect(asked).toBeLessThan(500)
    client.resume()
    await passUntil(turns, () => asked === 1_000)
    await vi.waitFor(() => expect(received().length).toBeGreaterThan(100_000_000), WAIT)
  })

  it('are followed by what came behind an upgrade, all of it', async () => {
    const turns = new ShortTurns()
    const server = createServer()
    const { paced, client } = await start(turns, server)
    let behind = ''
    server.on('upgrade', (request, socket: Socket, head: Buffer) => {
      socket.removeAllListeners('data')
      behind = Buffer.concat([head, ...paced.takeRest(request.socket)]).toString('latin1')
      socket.on('data', (octets: Buffer) => (behind += octets.toString('latin1')))
    })
    const frames = Array.from({ length: 20_000 }, (_, i) => String(i)).join()
    client.write(`GET / HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n${frames}`)
    await passUntil(turns, () => behind.length === frames.length)
    expect(behind).toBe(frames)
    client.write('more')
    await vi.waitFor(() => expect(behind.endsWith('more')).toBe(true))
    client.destroy()
  })

  it('of a connection that is gone before its turn are not read', async () => {
    const turns = new ShortTurns()
    const asked = vi.fn<() => void>()
    const server = createServer(asked)
    const closed = new Promise((resolve) => server.on('connection', (socket: Socket) => socket.on('close', resolve)))
    const { client } = await start(turns, server)
    client.write(requests(1))
    await vi.waitFor(() => expect(turns.isAwaited).toBe(true))
    client.resetAndDestroy()
    await closed
    turns.pass()
    expect(asked).not.toHaveBeenCalled()
  })
})

describe('TLS handshakes', () => {
  it('begin one after another, in as many turns as that takes, and not for a client that is gone', async () => {
    const turns = new ShortTurns()
    const server = createTlsServer(selfSigned())
    new StrangerTurns(turns).paceHandshakes(server)
    let secure = 0
    let arrived = 0
    let gone = 0
    server.prependListener('connection', (socket: Socket) => {
      arrived++
      socket.on('close', () => gone++)
    })
    server.on('secureConnection', () => secure++)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const clients = [1, 2, 3].map(() => connectSecurely({ port, host: '127.0.0.1', rejectUnauthorized: false }).on('error', () => {}))
    await vi.waitFor(() => expect(arrived).toBe(3))
    clients[0]?.destroy()
    turns.pass()
    turns.pass()
    await vi.waitFor(() => expect(secure).toBeGreaterThan(0))
    expect(secure).toBeLessThan(3)
    turns.pass()
    turns.pass()
    await vi.waitFor(() => expect(secure).toBe(2))
    for (const client of clients) client.destroy()
    server.close()
    await vi.waitFor(() => expect(gone).toBe(3))
  })
})

const WAIT = { timeout: 10_000, interval: 1 }
