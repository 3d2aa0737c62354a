// RawSocket over real sockets: TCP, Unix and TLS, octet by octet.

import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { NetConnectOpts, Socket } from 'node:net'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectSecurely } from 'node:tls'

import { UsageError } from '@trunkline/protocol'
import { selfSigned } from '@trunkline/testkit'
import { afterEach, describe, expect, it } from 'vitest'

import type { Transport } from '../core/ports/index.ts'
import type { Listener } from './listener.ts'
import type { RawSocketListenerOptions } from './rawsocket-listener.ts'
import { createRawSocketListener } from './rawsocket-listener.ts'
import { fillKernel } from '../testing/full-sockets.ts'

interface Scene {
  readonly listener: Listener
  readonly port: number
  readonly transports: Transport[]
  /** What the owners were called with: a message in hex, or the event. */
  readonly events: string[]
  readonly errors: unknown[]
}

const open = new Set<Listener>()
const folders: string[] = []
afterEach(async () => {
  const closed = [...open].map((listener) => listener.close())
  for (const listener of open) listener.closeAll()
  open.clear()
  await Promise.all(closed)
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-rs-'))
  folders.push(folder)
  return folder
}

async function start(options: Partial<RawSocketListenerOptions> = {}): Promise<Scene> {
  const transports: Transport[] = []
  const events: string[] = []
  const errors: unknown[] = []
  const accept = (transport: Transport) => {
    transports.push(transport)
    return {
      onMessage: (message: Uint8Array) => void events.push(Buffer.from(message).toString('hex')),
      onWrongKind() {},
      onDrain: () => void events.push('drain'),
      onClose: () => void events.push('close'),
    }
  }
  const listener = await createRawSocketListener({
    listen: { host: '127.0.0.1', port: 0 },
    accept,
    onError: (error) => errors.push(error),
    ...options,
  })
  open.add(listener)
  return { listener, port: Number(new URL(listener.address).port), transports, events, errors }
}

/** A client of bare octets. */
class Client {
  readonly socket: Socket
  readonly ended: Promise<unknown>
  received = Buffer.alloc(0)

  constructor(socket: Socket) {
    this.socket = socket
    this.ended = new Promise((resolve) => socket.once('close', resolve))
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => (this.received = Buffer.concat([this.received, chunk])))
  }

  static to(target: NetConnectOpts, ...octets: string[]): Client {
    const client = new Client(connect(target))
    client.send(...octets)
    return client
  }

  send(...octets: string[]): void {
    for (const text of octets) this.socket.write(Buffer.from(text.replaceAll(' ', ''), 'hex'))
  }

  async has(octets: number): Promise<string> {
    while (this.received.length < octets) await once(this.socket, 'data')
    return this.received.toString('hex')
  }
}

const at = (scene: Scene): NetConnectOpts => ({ port: scene.port, host: '127.0.0.1' })

/** Waits until an owner was called. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate)
}

describe('RawSocket handshake', () => {
  it('is answered with the own limit and the serializer echoed [AP-RAW-07]', async () => {
    const scene = await start()
    expect(await Client.to(at(scene), '7f f1 00 00').has(4)).toBe('7fd10000')
    expect(await Client.to(at(scene), '7f 02 00 00').has(4)).toBe('7fd20000')
    expect(await Client.to(at(scene), '7f 83 00 00').has(4)).toBe('7fd30000')
    expect(scene.transports.map((transport) => [transport.serializer, transport.maxSendBytes])).toEqual([
      ['json', 16_777_215],
      ['msgpack', 512],
      ['cbor', 131_072],
    ])
  })

  it('may come octet by octet, with a message behind it', async () => {
    const scene = await start()
    const client = Client.to(at(scene), '7f')
    await once(client.socket, 'connect')
    for (const octet of ['f1', '00']) {
      client.send(octet)
      await new Promise(setImmediate)
    }
    client.send('00 00 00 00 02 5b 5d')
    await until(() => scene.events.length > 0)
    expect(scene.events).toEqual(['5b5d'])
  })

  it('fails without an answer when the first octet is another, or the serializer is 0 [AP-RAW-03 AP-RAW-23]', async () => {
    const scene = await start()
    for (const octets of ['47', '00', '7f f0 00 00']) {
      const client = Client.to(at(scene), octets)
      await client.ended
      expect(client.received.length).toBe(0)
    }
    expect(scene.transports).toEqual([])
  })

  it.each([
    ['1 for a serializer that is not known', '7f f4 00 00', '7f100000'],
    ['1 for a serializer that is not allowed', '7f f3 00 00', '7f100000'],
    ['3 for octets that are reserved', '7f f1 00 01', '7f300000'],
  ])('is refused with code %s [AP-RAW-08 AP-RAW-09]', async (_, request, refusal) => {
    const client = Client.to(at(await start({ serializers: ['json', 'msgpack'] })), request)
    await client.ended
    expect(client.received.toString('hex')).toBe(refusal)
  })

  it('is refused with code 4 beyond the number of connections [AP-RAW-08]', async () => {
    const scene = await start({ maxConnections: 1 })
    await Client.to(at(scene), '7f f1 00 00').has(4)
    const second = Client.to(at(scene), '7f f1 00 00')
    await second.ended
    expect(second.received.toString('hex')).toBe('7f400000')
  })

  it('must be over in time', async () => {
    const scene = await start({ handshakeTimeoutMs: 50 })
    const silent = Client.to(at(scene))
    const halfway = Client.to(at(scene), '7f f1 00')
    await Promise.all([silent.ended, halfway.ended])
    expect(scene.transports).toEqual([])
  })
})

describe('RawSocket messages', () => {
  it('go both ways, large and small, in order [BP-TRN-01 BP-TRN-02 AP-RAW-14]', async () => {
    const scene = await start()
    const client = Client.to(at(scene), '7f f1 00 00')
    await client.has(4)
    client.send('00 00 00 02 5b 5d', '00 00 00 00')
    await until(() => scene.events.length === 2)
    expect(scene.events).toEqual(['5b5d', ''])
    const [transport] = scene.transports
    for (const size of [1, 20_000, 2]) transport?.send(new Uint8Array(size).fill(size))
    await client.has(4 + 3 * 4 + 20_003)
    const expected = [1, 20_000, 2].flatMap((size) => [Buffer.of(0, 0, size >> 8, size), Buffer.alloc(size, size)])
    expect(client.received.subarray(4).equals(Buffer.concat(expected))).toBe(true)
  })

  it('longer than the client accepts are never sent [AP-RAW-11]', async () => {
    const scene = await start()
    const client = Client.to(at(scene), '7f 01 00 00')
    await client.has(4)
    expect(() => scene.transports[0]?.send(new Uint8Array(513))).toThrow(UsageError)
    scene.transports[0]?.send(new Uint8Array(512))
    await client.has(4 + 4 + 512)
  })

  it('longer than announced end the connection, after what was queued [AP-RAW-13]', async () => {
    const scene = await start({ maxMessageBytes: 600 })
    const client = Client.to(at(scene), '7f f1 00 00')
    expect(await client.has(4)).toBe('7f010000')
    scene.transports[0]?.send(Buffer.from('[]'))
    client.send('00 00 02 01')
    await client.ended
    expect(client.received.toString('hex')).toBe('7f010000' + '000000025b5d')
    expect(scene.events).toEqual(['close'])
  })

  it.each(['03 00 00 00', '07 00 00 00', '10 00 00 00', '08 00 00 01'])(
    'with the prefix %s end the connection [AP-RAW-23]',
    async (prefix) => {
      const scene = await start()
      const client = Client.to(at(scene), '7f f1 00 00', prefix)
      await client.ended
      expect(scene.events).toEqual(['close'])
      expect(scene.errors).toEqual([])
    },
  )

  it('stop when the peer does not read, and go on when it does', async () => {
    const scene = await start()
    const client = Client.to(at(scene), '7f f1 00 00')
    await client.has(4)
    client.socket.pause()
    const [transport] = scene.transports
    await fillKernel(
      () => transport?.isWritable === true,
      () => transport?.send(new Uint8Array(100_000)),
    )
    const { length: drained } = scene.events
    client.socket.resume()
    await until(() => scene.events.length > drained)
    expect(scene.events.slice(drained)).toEqual(['drain'])
    expect(transport?.isWritable).toBe(true)
  })
})

describe('RawSocket ping', () => {
  it('is answered each time, with the same payload [AP-RAW-18]', async () => {
    const scene = await start()
    const client = Client.to(at(scene), '7f f1 00 00', '01 00 00 02 aa bb', '01 00 00 00', '01 00 00 01 cc', '02 00 00 01 dd')
    expect(await client.has(4 + 6 + 4 + 5)).toBe('7fd10000' + '02000002aabb' + '02000000' + '02000001cc')
  })

  it('of a peer that never reads the answers ends the connection instead of filling the memory', async () => {
    const scene = await start()
    const client = Client.to(at(scene), '7f f1 00 00')
    await client.has(4)
    client.socket.pause()
    const ping = Buffer.concat([Buffer.of(1, 0, 0x40, 0), Buffer.alloc(0x4000)])
    const flood = setInterval(() => {
      for (let i = 0; i < 64 && client.socket.writableLength < 1e6; i++) client.socket.write(ping)
    }, 1)
    await until(() => scene.events.length > 0)
    clearInterval(flood)
    expect(scene.events).toEqual(['close'])
    client.socket.destroy()
  })
})

describe('RawSocket close', () => {
  it('sends what was queued, ends the stream and is told once', async () => {
    const scene = await start()
    const client = Client.to(at(scene), '7f f1 00 00')
    await client.has(4)
    scene.transports[0]?.send(Buffer.from('[1]'))
    scene.transports[0]?.close('normal')
    scene.transports[0]?.send(Buffer.from('[2]'))
    await client.ended
    await until(() => scene.events.length > 0)
    expect(client.received.toString('hex')).toBe('7fd10000' + '000000035b315d')
    expect(scene.events).toEqual(['close'])
  })

  it('does not wait for ever for the peer', async () => {
    const scene = await start({ closeTimeoutMs: 20 })
    const client = new Client(connect({ port: scene.port, host: '127.0.0.1', allowHalfOpen: true }))
    client.send('7f f1 00 00')
    await client.has(4)
    scene.transports[0]?.close('policy')
    await until(() => scene.events.length > 0)
    expect(scene.events).toEqual(['close'])
    client.socket.destroy()
  })

  it('by a peer that sends no more and still reads: it gets all that was queued, then the end', async () => {
    const scene = await start({ closeTimeoutMs: 3_600_000 })
    const client = new Client(connect({ port: scene.port, host: '127.0.0.1', allowHalfOpen: true }))
    client.send('7f f1 00 00')
    await client.has(4)
    client.socket.pause()
    const [transport] = scene.transports
    let sent = 0
    const send = (size: number): void => {
      transport?.send(new Uint8Array(size))
      sent += 4 + size
    }
    await fillKernel(
      () => transport?.isWritable === true,
      () => send(100_000),
    )
    send(2_000_000)
    client.socket.end()
    await until(() => scene.events.includes('close'))
    client.socket.resume()
    await once(client.socket, 'end')
    await client.ended
    expect([client.received.length, scene.events.at(-1)]).toEqual([4 + sent, 'close'])
  })

  it.each([
    ['before its handshake', ''],
    ['in the middle of its handshake', '7f f1'],
    ['after its handshake', '7f f1 00 00'],
    ['in the middle of a message', '7f f1 00 00 00 00 00 05 5b'],
    ['after a handshake that is refused', '7f f4 00 00'],
  ])('by a peer that sends no more, %s, is not waited for', async (_, octets) => {
    const scene = await start({ closeTimeoutMs: 3_600_000, handshakeTimeoutMs: 3_600_000 })
    const client = new Client(connect({ port: scene.port, host: '127.0.0.1' }))
    client.socket.end(Buffer.from(octets.replaceAll(' ', ''), 'hex'))
    await client.ended
    await scene.listener.close()
    open.delete(scene.listener)
    expect(scene.events).toEqual(scene.transports.map(() => 'close'))
  })

  it('by the peer is told', async () => {
    const scene = await start()
    const client = Client.to(at(scene), '7f f1 00 00')
    await client.has(4)
    client.socket.end()
    await until(() => scene.events.length > 0)
    expect(scene.events).toEqual(['close'])
  })
})

describe('RawSocket listener', () => {
  it('serves a Unix socket [AP-RAW-20]', async () => {
    const path = join(makeFolder(), 'wamp.sock')
    const scene = await start({ listen: { path } })
    expect(scene.listener.address).toBe(`rs+unix://${path}`)
    expect(await Client.to({ path }, '7f f2 00 00', '01 00 00 01 aa').has(9)).toBe('7fd20000' + '02000001aa')
    expect(scene.transports[0]?.info).toEqual({ kind: 'rawsocket', peer: path, isSecure: false })
  })

  it('serves TLS [AP-RAW-20 BP-SEC-01]', async () => {
    const tls = selfSigned()
    const scene = await start({ tls, handshakeTimeoutMs: 300 })
    expect(scene.listener.address).toBe(`rss://127.0.0.1:${scene.port}`)
    const client = new Client(connectSecurely({ port: scene.port, host: '127.0.0.1', ca: tls.cert, servername: 'localhost' }))
    client.send('7f f1 00 00')
    expect(await client.has(4)).toBe('7fd10000')
    expect(scene.transports[0]?.info.isSecure).toBe(true)
    for (let i = 0; i < 4; i++) scene.transports[0]?.send(new Uint8Array(300_000))
    scene.transports[0]?.send(Buffer.from('[1]'))
    await client.has(4 + 4 * 300_004 + 7)
    const plain = Client.to(at(scene), '7f f1 00 00')
    const silent = Client.to(at(scene))
    await Promise.all([plain.ended, silent.ended])
    client.socket.destroy()
  })

  it('takes the place of a Unix socket whose process is gone, and of no other', async () => {
    const path = join(makeFolder(), 'wamp.sock')
    spawnSync(process.execPath, [
      '-e',
      `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`,
    ])
    expect(existsSync(path)).toBe(true)
    await start({ listen: { path } })
    await expect(start({ listen: { path } })).rejects.toThrow(new UsageError(`${path} is in use`, 'TL_LISTEN'))
    const file = join(makeFolder(), 'file')
    writeFileSync(file, 'precious')
    await expect(start({ listen: { path: file } })).rejects.toThrow(UsageError)
    expect(readFileSync(file, 'utf8')).toBe('precious')
  })

  it('refuses an address that is in use and a limit that it cannot announce', async () => {
    const { port } = await start()
    await expect(start({ listen: { host: '127.0.0.1', port } })).rejects.toThrow(
      new UsageError(`port ${port} on 127.0.0.1 is in use`, 'TL_LISTEN'),
    )
    await expect(start({ maxMessageBytes: 100 })).rejects.toThrow(UsageError)
  })

  it('closes when its connections are gone, and closeAll ends those that stay', async () => {
    const scene = await start()
    const client = Client.to(at(scene), '7f f1 00 00')
    await client.has(4)
    let isClosed = false
    const closed = scene.listener.close().then(() => (isClosed = true))
    await new Promise(setImmediate)
    expect(isClosed).toBe(false)
    scene.listener.closeAll()
    await closed
    await client.ended
    expect(scene.events).toEqual(['close'])
  })
})
