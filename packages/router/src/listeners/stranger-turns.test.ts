// Shows that requests and TLS handshakes of strangers have a slice of time in each turn, and that none is lost by it.

import { once } from 'node:events'
import type { Server as HttpServer } from 'node:http'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { connect, createServer as createNetServer, Socket } from 'node:net'
import type { ConnectionOptions, TlsOptions } from 'node:tls'
import { connect as connectSecurely } from 'node:tls'

import { selfSigned } from '@trunkline/testkit'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { Arrivals } from './arrivals.ts'
import { BoundedHandshakes } from './bounded-handshakes.ts'
import { Entrance } from './entrance.ts'
import { FirstLooks } from './first-octets.ts'
import { StrangerTurns } from './stranger-turns.ts'
import { tlsOptionsOf } from './tls-options.ts'

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

const ownerOf = ({ remoteAddress = '' }: Socket): string => remoteAddress

describe('requests', () => {
  const open: { server: Server; sockets: Socket[] }[] = []
  afterEach(async () => {
    for (const { server, sockets } of open.splice(0)) {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    }
  })

  async function start(
    turns: ShortTurns,
    server: HttpServer,
    owner = ownerOf,
  ): Promise<{ paced: StrangerTurns; client: Socket; received: () => string }> {
    const paced = new StrangerTurns(owner, turns)
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
    const passed = (): boolean => {
      turns.pass()
      return isDone()
    }
    await expect.poll(passed, OFTEN).toBe(true)
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
    await expect.poll(() => received().length, OFTEN).toBeGreaterThan(100_000_000)
  })

  it('are not read while node:http holds their connection, whose client does not read, also when something resumes it', async () => {
    const turns = new ShortTurns()
    let asked = 0
    const sockets: Socket[] = []
    const server = createServer((_request, response) => {
      asked++
      response.end('x'.repeat(20_000))
    }).on('connection', (socket: Socket) => void sockets.push(socket))
    const { client, received } = await start(turns, server)
    client.pause()
    client.write(requests(2_000))
    const isHeld = (): boolean => (sockets[0] as Socket & { _paused?: boolean })._paused === true
    await passUntil(turns, isHeld)
    // node:http throws at octets that come now.
    for (let i = 0; i < 3; i++) {
      sockets[0]?.resume()
      await new Promise((resolve) => setImmediate(resolve))
      turns.pass()
    }
    client.resume()
    await passUntil(turns, () => asked === 2_000)
    expect(received()).toContain('x'.repeat(20_000))
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
    await expect.poll(() => behind.endsWith('more')).toBe(true)
    client.destroy()
  })

  it('of an address do not wait for all connections of another, nor for strangers where its peer is known', async () => {
    const turns = new ShortTurns()
    const asked: string[] = []
    const server = createServer((request, response) => {
      asked.push(request.url ?? '')
      response.end()
    })
    const { paced } = await start(turns, server, ({ remotePort }) => (ports.slice(0, 50).includes(remotePort) ? 'flood' : 'other'))
    const ports: (number | undefined)[] = []
    server.on('connection', (socket: Socket) => {
      if (ports.length === 51) paced.setKnown(socket, 'somebody')
    })
    const come = async (text: string): Promise<Socket> => {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
      open[0]?.sockets.push(socket)
      await once(socket, 'connect')
      ports.push(socket.localPort)
      socket.write(text)
      return socket
    }
    for (let i = 0; i < 50; i++) await come(requests(10))
    await come('GET /other HTTP/1.1\r\nHost: a\r\n\r\n')
    await come('GET /known HTTP/1.1\r\nHost: a\r\n\r\n')
    await passUntil(turns, () => asked.includes('/other') && asked.includes('/known'))
    expect(asked.length).toBeLessThan(100)
    await passUntil(turns, () => asked.length === 502)
  })

  it('of a connection that is gone before its turn are not read', async () => {
    const turns = new ShortTurns()
    const asked = vi.fn<() => void>()
    const server = createServer(asked)
    const closed = new Promise((resolve) => server.on('connection', (socket: Socket) => socket.on('close', resolve)))
    const { client } = await start(turns, server)
    client.write(requests(1))
    await expect.poll(() => turns.isAwaited).toBe(true)
    client.resetAndDestroy()
    await closed
    turns.pass()
    expect(asked).not.toHaveBeenCalled()
  })
})

describe('new connections', () => {
  it('are not worked for in the turns in which they come, however few there are: work waits for a slice', async () => {
    let now = 0
    const next: (() => void)[] = []
    const paced = new StrangerTurns(ownerOf, { now: () => now, nextTurn: (goOn) => void next.push(goOn) })
    const server = createNetServer()
    paced.letIn.watch(server)
    const pass = async (): Promise<void> => {
      for (const goOn of next.splice(0)) goOn()
      await new Promise(setImmediate)
    }
    const socket = new Socket()
    let begun = 0
    for (let i = 0; i < 30; i++) {
      server.emit('connection', socket)
      paced.begin(socket, () => {
        begun++
        now += 3
      })
      await pass()
    }
    expect(begun).toBe(0)
    await pass()
    expect(begun).toBe(2)
    await pass()
    expect(begun).toBe(4)
    // No connection waits and none comes: at once.
    for (let i = 0; i < 20; i++) await pass()
    paced.begin(socket, () => begun++)
    expect(begun).toBe(31)
  })

  it('come in between two slices, as many as there are up to a bound', () => {
    const turns = new ShortTurns()
    const server = createNetServer()
    const paced = new StrangerTurns(ownerOf, turns)
    paced.letIn.watch(server)
    const socket = new Socket()
    let done = 0
    for (let i = 0; i < 3; i++) paced.run(socket, () => done++)
    turns.pass()
    expect(done).toBe(1)
    for (let i = 0; i < 32; i++) {
      server.emit('connection', socket)
      turns.pass()
    }
    expect(done).toBe(1)
    server.emit('connection', socket)
    turns.pass()
    turns.pass()
    expect(done).toBe(3)
  })
})

describe('a slice', () => {
  it('counts what its tasks leave to the next tick, as Node does with a TLS handshake', async () => {
    let time = 0
    const next: (() => void)[] = []
    const paced = new StrangerTurns(ownerOf, { now: () => time, nextTurn: (goOn) => void next.push(goOn) })
    let done = 0
    const work = (): void =>
      process.nextTick(() => {
        done++
        time += 10
      })
    for (let i = 0; i < 3; i++) {
      paced.run(new Socket(), work)
      await new Promise(setImmediate)
    }
    for (const inAll of [1, 2, 3]) {
      expect(done).toBe(inAll)
      for (const goOn of next.splice(0)) goOn()
      await new Promise(setImmediate)
    }
  })
})

describe('TLS handshakes', () => {
  it.each<[string, TlsOptions, ConnectionOptions]>([
    ['of TLS 1.2', {}, { maxVersion: 'TLSv1.2' }],
    ['with a second hello, for another group', {}, { ecdhCurve: 'P-521:P-384' }],
    ['with certificates of clients', { requestCert: true, rejectUnauthorized: false }, {}],
  ])('%s go on in turns, however many of their messages come at once', async (_, options, client) => {
    const turns = new ShortTurns()
    const paced = new StrangerTurns(ownerOf, turns)
    const tls = tlsOptionsOf({ ...selfSigned(), ...options })
    const server = createTlsServer(tls)
    const handshakes = new BoundedHandshakes(paced, new Entrance({}, undefined), {})
    handshakes.count(server)
    paced.paceHandshakes(server)
    new Arrivals({}, new Entrance({}, undefined)).guard(server, new FirstLooks(10_000))
    handshakes.name(server)
    let isTurn = false
    let now = 0
    const inATurn: number[] = []
    server.on('secureConnection', () => {
      now++
      if (!isTurn) inATurn.push(Infinity)
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const clients = Array.from({ length: 5 }, () =>
      connectSecurely({ port, host: '127.0.0.1', rejectUnauthorized: false, ...client }).on('error', () => {}),
    )
    let done = 0
    const doneByThen = (): number => {
      now = 0
      isTurn = true
      turns.pass()
      isTurn = false
      inATurn.push(now)
      return (done += now)
    }
    await expect.poll(doneByThen, OFTEN).toBe(5)
    expect(Math.max(...inATurn)).toBe(1)
    for (const each of clients) each.destroy()
    server.close()
  })

  it('begin one after another, in as many turns as that takes, and not for a client that is gone', async () => {
    const turns = new ShortTurns()
    const server = createTlsServer(selfSigned())
    new StrangerTurns(ownerOf, turns).paceHandshakes(server)
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
    await expect.poll(() => arrived).toBe(3)
    clients[0]?.destroy()
    turns.pass()
    turns.pass()
    await expect.poll(() => secure).toBeGreaterThan(0)
    expect(secure).toBeLessThan(3)
    turns.pass()
    turns.pass()
    await expect.poll(() => secure).toBe(2)
    for (const client of clients) client.destroy()
    server.close()
    await expect.poll(() => gone).toBe(3)
  })
})

const OFTEN = { interval: 1 }
