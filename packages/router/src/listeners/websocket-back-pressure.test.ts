// Shows peers that do not read, peers that are not to be read, and owners that throw, over real sockets.

import { describe, expect, it } from 'vitest'

import { Entrance } from './entrance.ts'
import type { WebSocketOptions } from './websocket-upgrade.ts'
import { WebSocketDoor } from './websocket-upgrade.ts'
import type { Scene } from '../testing/websocket-scene.ts'
import { bare, fill, happens, join, joinBare, lastOwner, serve, WebSocket } from '../testing/websocket-scene.ts'

function open(options: Partial<WebSocketOptions> = {}): Promise<Scene<WebSocketDoor>> {
  return serve((accept, onError) => new WebSocketDoor({ paths: ['/'], entrance: new Entrance({}, undefined), accept, onError, ...options }))
}

describe('WebSocket back-pressure', () => {
  it('says when the kernel takes no more, and when it does again', async () => {
    const scene = await open()
    const { socket, has } = await joinBare(scene)
    const owner = lastOwner(scene)
    socket.pause()
    const octets = await fill(owner)
    expect(owner.transport.isWritable).toBe(false)
    const { length: drained } = owner.events
    expect([owner.fulls, owner.transport.pendingBytes > 0]).toEqual([drained + 1, true])
    socket.resume()
    await owner.has('drain', drained + 1)
    expect(owner.transport.pendingBytes).toBe(0)
    expect(owner.transport.isWritable).toBe(true)
    owner.transport.send(Buffer.from('[]'))
    await has(octets + 4)
  })

  it('answers only the last of the pings that came while the peer did not read', async () => {
    const scene = await open()
    const { socket, octets, has } = await joinBare(scene)
    const owner = lastOwner(scene)
    socket.pause()
    const filled = await fill(owner)
    for (let i = 0; i < 100; i++) socket.write(Buffer.from(bare('89', i.toString(16).padStart(2, '0')), 'hex'))
    socket.write(Buffer.from(bare('81', '5b5d'), 'hex'))
    await owner.has('message')
    const drained = owner.events.filter((event) => event === 'drain').length
    socket.resume()
    await owner.has('drain', drained + 1)
    owner.transport.send(Buffer.from('[]'))
    await has(filled + 7)
    expect(octets().subarray(filled).toString('hex')).toBe('8a0163' + '81025b5d')
  })

  it('sends what is added while the socket is full, in order, before the close', async () => {
    const scene = await open()
    const { socket, octets, ended } = await joinBare(scene)
    const owner = lastOwner(scene)
    socket.pause()
    const filled = await fill(owner)
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
    socket.pause()
    await fill(owner)
    owner.onDrain = () => {
      throw new Error('onDrain')
    }
    owner.onClose = () => {
      owner.onNext?.()
      throw new Error('onClose')
    }
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
