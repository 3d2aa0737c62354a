// WebSocket connections over real sockets, with the `ws` package as the reference client.

import { once } from 'node:events'
import { createRequire } from 'node:module'
import type { AddressInfo, Socket } from 'node:net'
import { connect } from 'node:net'
import { createServer } from 'node:http'

import { afterEach, describe, expect, it } from 'vitest'

import type { CloseCause, Transport, TransportOwner } from '../core/ports.ts'
import type { WebSocketOptions } from './websocket-upgrade.ts'
import { WebSocketDoor } from './websocket-upgrade.ts'

interface ReferenceClient {
  readonly protocol: string
  on(event: string, listener: (...args: never[]) => void): void
  once(event: string, listener: (...args: never[]) => void): void
  send(data: string | Uint8Array, options?: { fin?: boolean; binary?: boolean }): void
  ping(data?: Uint8Array): void
  close(code?: number, reason?: string): void
}
const { WebSocket } = createRequire(import.meta.url)('ws') as { WebSocket: new (url: string, protocols?: string[]) => ReferenceClient }

/** An owner that keeps what it is told. */
class RecordingOwner implements TransportOwner {
  readonly transport: Transport
  readonly events: string[] = []
  readonly messages: Uint8Array[] = []
  readonly closed: Promise<void>
  onNext: (() => void) | undefined
  #close: () => void = () => {}

  constructor(transport: Transport) {
    this.transport = transport
    this.closed = new Promise((resolve) => (this.#close = resolve))
  }

  onMessage(message: Uint8Array): void {
    this.messages.push(message.slice())
    this.#tell('message')
  }

  onWrongKind(): void {
    this.#tell('wrong kind')
  }

  onDrain(): void {
    this.#tell('drain')
  }

  onClose(): void {
    this.#tell('close')
    this.#close()
  }

  /** Resolves when so many events of a kind have come. */
  async has(event: string, count = 1): Promise<void> {
    while (this.events.filter((name) => name === event).length < count) await new Promise<void>((resolve) => (this.onNext = resolve))
  }

  #tell(event: string): void {
    this.events.push(event)
    this.onNext?.()
  }
}

interface Scene {
  readonly url: string
  readonly port: number
  readonly owners: RecordingOwner[]
  readonly errors: unknown[]
  readonly door: WebSocketDoor
}

const cleanUps: (() => void)[] = []
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp()
})

async function open(options: Partial<WebSocketOptions> = {}): Promise<Scene> {
  const owners: RecordingOwner[] = []
  const errors: unknown[] = []
  const accept = (transport: Transport): TransportOwner => {
    const owner = new RecordingOwner(transport)
    owners.push(owner)
    return owner
  }
  const door = new WebSocketDoor({ paths: ['/'], accept, onError: (error) => errors.push(error), ...options })
  const server = createServer()
  server.on('upgrade', (request, socket: Socket, head) => door.handleUpgrade(request, socket, head))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUps.push(() => {
    door.connections.destroyAll()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `ws://127.0.0.1:${port}/`, port, owners, errors, door }
}

async function join(
  scene: Scene,
  protocols = ['wamp.2.json'],
): Promise<{ client: ReferenceClient; owner: RecordingOwner; received: [Buffer, boolean][] }> {
  const client = new WebSocket(scene.url, protocols)
  const received: [Buffer, boolean][] = []
  client.on('error', () => {})
  client.on('message', (data: Buffer, isBinary: boolean) => received.push([data, isBinary]))
  await happens(client, 'open')
  return { client, owner: lastOwner(scene), received }
}

function lastOwner(scene: Scene): RecordingOwner {
  const owner = scene.owners.at(-1)
  if (owner === undefined) throw new Error('no connection was accepted')
  return owner
}

function happens(client: ReferenceClient, event: string): Promise<unknown[]> {
  return new Promise((resolve) => client.once(event, (...args) => resolve(args)))
}

const REQUEST =
  'GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'

/** A client of bare octets, past the upgrade. */
async function joinBare(
  scene: Scene,
  behind = '',
): Promise<{ socket: Socket; octets: () => Buffer; has: (octets: number) => Promise<void>; ended: Promise<unknown> }> {
  const socket = connect({ port: scene.port, host: '127.0.0.1', allowHalfOpen: true })
  cleanUps.push(() => socket.destroy())
  let all = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => (all = Buffer.concat([all, chunk])))
  socket.on('error', () => {})
  const ended = Promise.race([once(socket, 'end'), once(socket, 'close')])
  socket.write(Buffer.concat([Buffer.from(`${REQUEST}Sec-WebSocket-Protocol: wamp.2.json\r\n\r\n`), Buffer.from(behind, 'hex')]))
  while (!all.includes('\r\n\r\n')) await once(socket, 'data')
  const start = all.indexOf('\r\n\r\n') + 4
  const has = async (octets: number): Promise<void> => {
    while (all.length < start + octets) await once(socket, 'data')
  }
  return { socket, octets: () => all.subarray(start), has, ended }
}

/** A masked frame with the key 00 00 00 00. */
const bare = (first: string, payload: string): string => `${first}${(0x80 | (payload.length / 2)).toString(16)}00000000${payload}`

describe('WebSocket messages', () => {
  it('are text with wamp.2.json, both ways [BP-TRN-05]', async () => {
    const { client, owner, received } = await join(await open(), ['wamp.2.json'])
    expect(owner.transport.serializer).toBe('json')
    client.send('[1]')
    await owner.has('message')
    expect(Buffer.from(owner.messages[0] ?? []).toString()).toBe('[1]')
    owner.transport.send(Buffer.from('[2]'))
    await happens(client, 'message')
    expect(received).toEqual([[Buffer.from('[2]'), false]])
  })

  it.each(['msgpack', 'cbor'])('are binary with wamp.2.%s, both ways [BP-TRN-06 BP-TRN-07]', async (serializer) => {
    const { client, owner, received } = await join(await open(), [`wamp.2.${serializer}`])
    expect(owner.transport.serializer).toBe(serializer)
    client.send(Uint8Array.of(0x91, 1))
    await owner.has('message')
    expect(owner.messages).toEqual([Uint8Array.of(0x91, 1)])
    owner.transport.send(Uint8Array.of(0x91, 2))
    await happens(client, 'message')
    expect(received).toEqual([[Buffer.of(0x91, 2), true]])
  })

  it('of the wrong kind are reported, not delivered', async () => {
    const scene = await open()
    const json = await join(scene, ['wamp.2.json'])
    json.client.send(Uint8Array.of(1))
    await json.owner.has('wrong kind')
    const cbor = await join(scene, ['wamp.2.cbor'])
    cbor.client.send('[1]')
    await cbor.owner.has('wrong kind')
    expect([...json.owner.events, ...cbor.owner.events]).toEqual(['wrong kind', 'wrong kind'])
  })

  it('in fragments arrive as one [BP-TRN-03]', async () => {
    const { client, owner } = await join(await open())
    client.send('[1,', { fin: false, binary: false })
    client.send('2]', { fin: true, binary: false })
    await owner.has('message')
    expect(owner.messages.map((message) => Buffer.from(message).toString())).toEqual(['[1,2]'])
  })

  it('of all sizes arrive whole and in order [BP-TRN-01]', async () => {
    const { client, owner, received } = await join(await open(), ['wamp.2.cbor'])
    const sizes = [0, 1, 125, 126, 1_000, 16_383, 16_384, 16_385, 65_535, 65_536, 70_000, 2_000_000, 3, 500_000, 7]
    const sent = sizes.map((size, i) => Buffer.alloc(size, i))
    for (const message of sent) client.send(message)
    await owner.has('message', sizes.length)
    expect(owner.messages.map((message) => Buffer.from(message).equals(sent.shift() ?? Buffer.of(99)))).toEqual(sizes.map(() => true))
    for (const message of owner.messages) owner.transport.send(message)
    while (received.length < sizes.length) await happens(client, 'message')
    expect(received.map(([data], i) => data.equals(owner.messages[i] ?? Buffer.of(99)))).toEqual(sizes.map(() => true))
  })

  it('that came with the upgrade are taken', async () => {
    const scene = await open()
    await joinBare(scene, bare('81', '5b315d'))
    await scene.owners[0]?.has('message')
    expect(scene.owners[0]?.messages).toEqual([new Uint8Array(Buffer.from('[1]'))])
  })

  it('gathered in one turn leave in one piece', async () => {
    const scene = await open()
    const { socket, octets, has } = await joinBare(scene)
    const pieces: number[] = []
    socket.on('data', (chunk: Buffer) => pieces.push(chunk.length))
    for (let i = 0; i < 100; i++) scene.owners[0]?.transport.send(Buffer.from(`[${i}]`))
    await has(390)
    expect(octets().subarray(0, 5).toString('hex')).toBe('81035b305d')
    expect(pieces).toHaveLength(1)
  })
})

describe('WebSocket faults', () => {
  it('close with 1002 for a frame that is not masked, after what was queued', async () => {
    const scene = await open()
    const { socket, octets, ended } = await joinBare(scene)
    scene.owners[0]?.transport.send(Buffer.from('[1]'))
    socket.write(Buffer.from('8101aa', 'hex'))
    await ended
    expect(octets().toString('hex')).toBe('81035b315d' + '880203ea')
    expect(scene.owners[0]?.events).toEqual(['close'])
  })

  it('close with 1009 at the announced length of a message that is too large', async () => {
    const scene = await open({ maxMessageBytes: 1_000 })
    const { socket, octets, ended } = await joinBare(scene)
    socket.write(Buffer.from('82fe03e900000000', 'hex'))
    await ended
    expect(octets().toString('hex')).toBe('880203f1')
  })

  it('close with 1009 when the reference client sends too much, and it learns the code', async () => {
    const { client, owner } = await join(await open({ maxMessageBytes: 100_000 }), ['wamp.2.cbor'])
    const closed = happens(client, 'close')
    client.send(new Uint8Array(5_000_000))
    expect((await closed)[0]).toBe(1009)
    await owner.closed
  })

  it('close with 1007 for a close reason that is not UTF-8', async () => {
    const scene = await open()
    const { socket, octets, ended } = await joinBare(scene)
    socket.write(Buffer.from(bare('88', '03e8ff'), 'hex'))
    await ended
    expect(octets().toString('hex')).toBe('880203ef')
  })

  it('end the socket even when the peer never does', async () => {
    const scene = await open({ closeTimeoutMs: 20 })
    const { socket, ended } = await joinBare(scene)
    socket.write(Buffer.from('8101aa', 'hex'))
    await ended
    while (scene.door.connections.size > 0) await new Promise(setImmediate)
    expect(scene.owners[0]?.events).toEqual(['close'])
  })
})

describe('WebSocket close', () => {
  it.each<[CloseCause, number]>([
    ['normal', 1000],
    ['going_away', 1001],
    ['protocol_violation', 1002],
    ['invalid_text', 1007],
    ['policy', 1008],
    ['too_large', 1009],
  ])('for %s has code %i and comes behind what was queued', async (cause, code) => {
    const { client, owner, received } = await join(await open())
    const closed = happens(client, 'close')
    owner.transport.send(Buffer.from('[3]'))
    owner.transport.close(cause)
    owner.transport.close('normal')
    owner.transport.send(Buffer.from('[4]'))
    expect(owner.transport.isWritable).toBe(false)
    expect((await closed)[0]).toBe(code)
    expect(received.map(([data]) => data.toString())).toEqual(['[3]'])
    await owner.closed
    expect(owner.events).toEqual(['close'])
  })

  it('by the peer is echoed and told once', async () => {
    const { client, owner } = await join(await open())
    const closed = happens(client, 'close')
    client.close(3_001, 'bye')
    expect((await closed)[0]).toBe(3_001)
    await owner.closed
    expect(owner.events).toEqual(['close'])
  })

  it('lets nothing in that comes before the answer of the peer', async () => {
    const scene = await open()
    const { socket, has, ended } = await joinBare(scene)
    scene.owners[0]?.transport.close('normal')
    await has(4)
    socket.write(Buffer.from(bare('81', '5b5d') + bare('88', '03e8'), 'hex'))
    await ended
    await scene.owners[0]?.closed
    expect(scene.owners[0]?.events).toEqual(['close'])
  })

  it('does not wait for ever for the answer of the peer', async () => {
    const scene = await open({ closeTimeoutMs: 20 })
    await joinBare(scene)
    scene.owners[0]?.transport.close('policy')
    await scene.owners[0]?.closed
    expect(scene.door.connections.size).toBe(0)
  })

  it('is told when the peer ends or breaks the connection without a word', async () => {
    const scene = await open()
    const ending = await joinBare(scene)
    ending.socket.end()
    await scene.owners[0]?.closed
    const breaking = await joinBare(scene)
    breaking.socket.resetAndDestroy()
    await scene.owners[1]?.closed
    expect(scene.owners.map((owner) => owner.events)).toEqual([['close'], ['close']])
  })

  it('is told after destroy', async () => {
    const { client, owner } = await join(await open())
    const closed = happens(client, 'close')
    owner.transport.destroy()
    await owner.closed
    expect((await closed)[0]).toBe(1006)
    expect(owner.events).toEqual(['close'])
  })
})

describe('WebSocket ping and pong', () => {
  it('answers a ping of the reference client with its payload', async () => {
    const { client } = await join(await open())
    const pong = happens(client, 'pong')
    client.ping(Buffer.from('hi'))
    expect(await pong).toEqual([Buffer.from('hi')])
  })

  it('pings a silent peer and takes it for dead when nothing comes', async () => {
    const scene = await open({ pingIntervalMs: 20, deadAfterMs: 80 })
    const { octets, ended } = await joinBare(scene)
    await ended
    expect(octets().subarray(0, 4).toString('hex')).toBe('89008900')
    await scene.owners[0]?.closed
  })

  it('keeps a peer that answers pings', async () => {
    const scene = await open({ pingIntervalMs: 20, deadAfterMs: 200 })
    const { client, owner } = await join(scene)
    for (let pings = 0; pings < 15; pings++) await happens(client, 'ping')
    expect(owner.events).toEqual([])
  })
})

/** Makes the socket of the first owner full: the client does not read. */
function fill(owner: RecordingOwner): number {
  const message = new Uint8Array(100_000).fill(0x20)
  let sent = 0
  for (; owner.transport.isWritable; sent++) owner.transport.send(message)
  return sent * (message.length + 10)
}

describe('WebSocket back-pressure', () => {
  it('says when the kernel takes no more, and when it does again', async () => {
    const scene = await open()
    const { socket, has } = await joinBare(scene)
    const owner = lastOwner(scene)
    socket.pause()
    const octets = fill(owner)
    expect(owner.transport.isWritable).toBe(false)
    expect(owner.events).toEqual([])
    socket.resume()
    await owner.has('drain')
    expect(owner.transport.isWritable).toBe(true)
    owner.transport.send(Buffer.from('[]'))
    await has(octets + 4)
  })

  it('answers only the last of the pings that came while the peer did not read', async () => {
    const scene = await open()
    const { socket, octets, has } = await joinBare(scene)
    const owner = lastOwner(scene)
    socket.pause()
    const filled = fill(owner)
    for (let i = 0; i < 100; i++) socket.write(Buffer.from(bare('89', i.toString(16).padStart(2, '0')), 'hex'))
    socket.write(Buffer.from(bare('81', '5b5d'), 'hex'))
    await owner.has('message')
    socket.resume()
    await owner.has('drain')
    owner.transport.send(Buffer.from('[]'))
    await has(filled + 7)
    expect(octets().subarray(filled).toString('hex')).toBe('8a0163' + '81025b5d')
  })

  it('sends what is added while the socket is full, in order, before the close', async () => {
    const scene = await open()
    const { socket, octets, ended } = await joinBare(scene)
    const owner = lastOwner(scene)
    socket.pause()
    const filled = fill(owner)
    owner.transport.send(Buffer.from('[1]'))
    owner.transport.close('policy')
    socket.resume()
    socket.on('data', () => {
      if (octets().length >= filled + 9) socket.write(Buffer.from(bare('88', '03f0'), 'hex'))
    })
    await ended
    expect(octets().subarray(filled).toString('hex')).toBe('81035b315d' + '880203f0')
  })
})

describe('WebSocket owners that throw', () => {
  it('lose that connection only, and the error is reported', async () => {
    const boom = new Error('boom')
    const scene = await open()
    const bad = await join(scene)
    const good = await join(scene)
    bad.owner.onMessage = () => {
      throw boom
    }
    const closed = happens(bad.client, 'close')
    bad.client.send('[]')
    expect((await closed)[0]).toBe(1006)
    expect(scene.errors).toEqual([boom])
    good.client.send('[]')
    await good.owner.has('message')
  })

  it('are reported from accept, onDrain and onClose too', async () => {
    const refusing = await open({
      accept: () => {
        throw new Error('accept')
      },
    })
    const client = new WebSocket(refusing.url, ['wamp.2.json'])
    client.on('error', () => {})
    await happens(client, 'close')
    expect(refusing.errors).toEqual([new Error('accept')])

    const scene = await open()
    const { socket } = await joinBare(scene)
    const owner = lastOwner(scene)
    owner.onDrain = () => {
      throw new Error('onDrain')
    }
    owner.onClose = () => {
      owner.onNext?.()
      throw new Error('onClose')
    }
    socket.pause()
    fill(owner)
    const gone = new Promise<void>((resolve) => (owner.onNext = resolve))
    socket.resume()
    await gone
    expect(scene.errors).toEqual([new Error('onDrain'), new Error('onClose')])
    expect(scene.door.connections.size).toBe(0)
  })
})

describe('a connection that is not to be read', () => {
  it('delivers nothing more until it may be read again, and is not taken for dead meanwhile', async () => {
    const scene = await open({ pingIntervalMs: 0, deadAfterMs: 60 })
    const { client, owner } = await join(scene)
    owner.transport.pause?.()
    client.send('["later"]')
    // Another connection that comes and goes shows that time has passed for this one too.
    const { owner: other } = await join(scene)
    await other.closed
    expect(owner.events).toEqual([])
    owner.transport.resume?.()
    await owner.has('message')
    expect(owner.messages.map(String)).toEqual([String(new TextEncoder().encode('["later"]'))])
  })

  it('hears the answer when it is closed', async () => {
    const scene = await open({ closeTimeoutMs: 60_000 })
    const { client, owner } = await join(scene)
    owner.transport.pause?.()
    owner.transport.close('policy')
    const [code] = await happens(client, 'close')
    expect(code).toBe(1008)
    await owner.closed
  })
})

describe('the address of a client', () => {
  it('is taken from a trusted proxy, and from nobody else', async () => {
    const headers = 'X-Forwarded-For: 198.51.100.1, 203.0.113.7\r\n'
    for (const [trustedProxies, address] of [
      [['127.0.0.1'], '203.0.113.7'],
      [[], '127.0.0.1'],
    ] as const) {
      const scene = await open({ trustedProxies })
      const socket = connect(scene.port, '127.0.0.1')
      cleanUps.push(() => socket.destroy())
      socket.write(`${REQUEST}${headers}Sec-WebSocket-Protocol: wamp.2.json\r\n\r\n`)
      await once(socket, 'data')
      expect(lastOwner(scene).transport.info.address).toBe(address)
    }
  })
})
