// WebSocket connections over real sockets, with the `ws` package as the reference client.

import { once } from 'node:events'
import { connect } from 'node:net'

import { describe, expect, it, onTestFinished } from 'vitest'

import type { CloseCause } from '../core/ports/index.ts'
import { Entrance } from './entrance.ts'
import type { WebSocketOptions } from './websocket-upgrade.ts'
import { WebSocketDoor } from './websocket-upgrade.ts'
import type { Scene } from '../testing/websocket-scene.ts'
import { bare, happens, join, joinBare, lastOwner, REQUEST, serve } from '../testing/websocket-scene.ts'

function open(options: Partial<WebSocketOptions> = {}): Promise<Scene<WebSocketDoor>> {
  return serve((accept, onError) => new WebSocketDoor({ paths: ['/'], entrance: new Entrance({}, undefined), accept, onError, ...options }))
}

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

  it('tells its owner first, who may say why and close', async () => {
    const scene = await open({ pingIntervalMs: 0, deadAfterMs: 60, closeTimeoutMs: 20 })
    const { octets, ended } = await joinBare(scene)
    const owner = lastOwner(scene)
    owner.onSilent = () => {
      owner.transport.send(Buffer.from('[3]'))
      owner.transport.close('policy')
    }
    await ended
    expect(octets().toString('hex')).toBe('81035b335d' + '880203f0')
  })

  it('waits for a peer as long as what was sent may be on the way to it', async () => {
    const scene = await open({ pingIntervalMs: 0, deadAfterMs: 40 })
    const { socket } = await joinBare(scene)
    const far = lastOwner(scene)
    far.transport.send(Buffer.alloc(1_000_000, 0x20))
    socket.pause()
    // Others that come and go show that time has passed for this one too.
    for (let i = 0; i < 3; i++) {
      await joinBare(scene)
      await lastOwner(scene).closed
    }
    expect(far.events).toEqual([])
  })

  it('keeps a peer that answers pings', async () => {
    const scene = await open({ pingIntervalMs: 20, deadAfterMs: 200 })
    const { client, owner } = await join(scene)
    for (let pings = 0; pings < 15; pings++) await happens(client, 'ping')
    expect(owner.events).toEqual([])
  })
})

describe('the address of a client', () => {
  it('is taken from a trusted proxy, and from nobody else', async () => {
    const headers = 'X-Forwarded-For: 198.51.100.1, 203.0.113.7\r\n'
    for (const [trustedProxies, address] of [
      [['127.0.0.1'], '203.0.113.7'],
      [[], '127.0.0.1'],
    ] as const) {
      const scene = await open({ entrance: new Entrance({ trustedProxies }, undefined) })
      const socket = connect(scene.port, '127.0.0.1')
      onTestFinished(() => void socket.destroy())
      socket.write(`${REQUEST}${headers}Sec-WebSocket-Protocol: wamp.2.json\r\n\r\n`)
      await once(socket, 'data')
      expect(lastOwner(scene).transport.info.address).toBe(address)
    }
  })
})
