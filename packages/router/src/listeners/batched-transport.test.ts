// Shows batches on both sides of a transport, and over a real WebSocket.

import { on, once } from 'node:events'
import type { EventEmitter } from 'node:events'
import { createRequire } from 'node:module'
import { createCborSerializer, joinBatch, messageFromArray, messageToArray, splitBatch } from '@trunkline/protocol'
import { createRouter } from '@trunkline/router'
import { describe, expect, it } from 'vitest'
import type { CloseCause, Transport, TransportOwner } from '../core/ports/index.ts'
import { acceptBatched } from './batched-transport.ts'
import { ReadTurns } from './read-turns.ts'

interface ReferenceClient extends EventEmitter {
  readonly protocol: string
  send(data: Uint8Array): void
  close(): void
}
const { WebSocket } = createRequire(import.meta.url)('ws') as { WebSocket: new (url: string, protocols: string[]) => ReferenceClient }

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** A batched JSON connection between a recording socket and a recording owner. */
function openBatched(): {
  inner: TransportOwner
  outer: Transport
  sent: string[]
  octets: Uint8Array[]
  got: string[]
  ended: (CloseCause | 'destroyed')[]
} {
  const [sent, got, ended]: [string[], string[], (CloseCause | 'destroyed')[]] = [[], [], []]
  const octets: Uint8Array[] = []
  let outer: Transport | undefined
  const socket: Transport = {
    serializer: 'json',
    maxSendBytes: Number.MAX_SAFE_INTEGER,
    info: { kind: 'websocket', peer: 'test', isSecure: false },
    isWritable: true,
    pendingBytes: 0,
    octetsOnTheWay: 7,
    send(batch) {
      octets.push(batch)
      sent.push(decoder.decode(batch))
    },
    close: (cause) => void ended.push(cause),
    destroy: () => void ended.push('destroyed'),
  }
  const accept = (transport: Transport): TransportOwner => {
    outer = transport
    return {
      onMessage: (message) => void got.push(decoder.decode(message)),
      onWrongKind: () => void got.push('wrong kind'),
      onDrain: () => void got.push('drain'),
      onClose: () => void got.push('closed'),
    }
  }
  const inner = acceptBatched(accept, new ReadTurns(), (error) => void got.push(String(error)))(socket)
  if (outer === undefined) throw new Error('not accepted')
  return { inner, outer, sent, octets, got, ended }
}

describe('a batched connection', () => {
  it('says what its connection may have in transit', () => {
    expect(openBatched().outer.octetsOnTheWay).toBe(7)
  })

  it('gives its owner each message of a batch, in order [AP-BAT-02]', () => {
    const { inner, got } = openBatched()
    inner.onMessage(encoder.encode('[1]\u001e[2]\u001e'))
    expect(got).toEqual(['[1]', '[2]'])
  })

  it('sends what came in one turn as one batch, and a single message as a batch of one [AP-BAT-05]', async () => {
    const { outer, sent } = openBatched()
    outer.send(encoder.encode('[1]'))
    outer.send(encoder.encode('[2]'))
    await Promise.resolve()
    outer.send(encoder.encode('[3]'))
    await Promise.resolve()
    expect(sent).toEqual(['[1]\u001e[2]\u001e', '[3]\u001e'])
  })

  it('shares the octets of a large message with all others that send it', () => {
    const [one, other] = [openBatched(), openBatched()]
    const event = encoder.encode(JSON.stringify('x'.repeat(100_000)))
    for (const { outer } of [one, other]) outer.send(event)
    expect(one.octets[0]).toBe(other.octets[0])
    expect(one.sent).toEqual([`${decoder.decode(event)}\u001e`])
  })

  it('sends a large message at once, as a batch of its own that keeps the order', async () => {
    const { outer, sent } = openBatched()
    const long = JSON.stringify('x'.repeat(40_000))
    for (const message of [long, '[2]', long, '[4]']) outer.send(encoder.encode(message))
    await Promise.resolve()
    expect(sent).toEqual([`${long}\u001e`, '[2]\u001e', `${long}\u001e`, '[4]\u001e'])
  })

  it.each(['', '[1]\u001e[2]'])('is closed for the batch %j, of which nothing is processed [AP-BAT-06 AP-BAT-07]', (batch) => {
    const { inner, got, ended } = openBatched()
    inner.onMessage(encoder.encode(batch))
    expect([got, ended]).toEqual([[], ['protocol_violation']])
  })

  it('sends what waits before it closes, and nothing behind', async () => {
    const { outer, sent, ended } = openBatched()
    outer.send(encoder.encode('[1]'))
    outer.close('normal')
    outer.send(encoder.encode('[2]'))
    await Promise.resolve()
    expect([sent, ended]).toEqual([['[1]\u001e'], ['normal']])
  })

  it('loses what waits when it is destroyed', async () => {
    const { outer, sent, ended } = openBatched()
    outer.send(encoder.encode('[1]'))
    outer.destroy()
    await Promise.resolve()
    expect([sent, ended]).toEqual([[], ['destroyed']])
  })

  it('gives nothing more of a batch to an owner that closed in the middle of it', () => {
    const { inner, outer, got } = openBatched()
    const batch = encoder.encode('[1]\u001e[2]\u001e')
    outer.close('normal')
    inner.onMessage(batch)
    expect(got).toEqual([])
  })
})

describe('a batch of many messages', () => {
  /** A connection whose turns and clock the test holds in its hand; each message takes a millisecond. */
  function openSlow(onMessage: (message: string, transport: Transport) => void = () => {}): {
    readonly inner: TransportOwner
    readonly outer: Transport
    readonly log: string[]
    readonly turn: () => void
    readonly errors: unknown[]
  } {
    let now = 0
    const turns: (() => void)[] = []
    const log: string[] = []
    const errors: unknown[] = []
    let outer: Transport | undefined
    const socket: Transport = {
      serializer: 'json',
      maxSendBytes: Number.MAX_SAFE_INTEGER,
      info: { kind: 'websocket', peer: 'test', isSecure: false },
      isWritable: true,
      pendingBytes: 0,
      send() {},
      close: (cause) => void log.push(cause),
      destroy: () => void log.push('destroyed'),
      pause: () => void log.push('pause'),
      resume: () => void log.push('resume'),
    }
    const accept = (transport: Transport): TransportOwner => {
      outer = transport
      const take = (octets: Uint8Array): void => {
        now++
        log.push(decoder.decode(octets))
        onMessage(decoder.decode(octets), transport)
      }
      return { onMessage: take, onWrongKind() {}, onDrain() {}, onClose() {} }
    }
    const readTurns = new ReadTurns({ now: () => now, nextTurn: (run) => void turns.push(run) })
    const inner = acceptBatched(accept, readTurns, (error) => void errors.push(error))(socket)
    if (outer === undefined) throw new Error('not accepted')
    return { inner, outer, log, turn: () => turns.shift()?.(), errors }
  }
  const batch = (from: number, to: number): Uint8Array =>
    encoder.encode(Array.from({ length: to - from + 1 }, (_, i) => `${from + i}\u001e`).join(''))
  const numbers = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, i) => `${from + i}`)

  it('is taken in several turns, in order, and the socket is read when all is done', () => {
    const { inner, log, turn } = openSlow()
    const octets = batch(1, 36)
    inner.onMessage(octets)
    octets.fill(0) // The view is ours for one turn only.
    expect(log.splice(0)).toEqual([...numbers(1, 16), 'pause'])
    turn()
    expect(log.splice(0)).toEqual(numbers(17, 24))
    turn()
    expect(log.splice(0)).toEqual(numbers(25, 32))
    turn()
    expect(log).toEqual([...numbers(33, 36), 'resume'])
  })

  it('ends its connection alone when its owner throws in a later turn', () => {
    const { inner, log, turn, errors } = openSlow((message) => {
      if (message === '18') throw new Error('onMessage')
    })
    inner.onMessage(batch(1, 36))
    turn()
    expect([log.at(-1), errors]).toEqual(['destroyed', [new Error('onMessage')]])
    turn()
    expect(log.at(-1)).toBe('destroyed')
  })

  it('waits while its owner takes no more, and goes on in a turn after it does', () => {
    const { inner, outer, log, turn } = openSlow((message, transport) => message === '2' && transport.pause?.())
    inner.onMessage(batch(1, 4))
    turn()
    expect(log.splice(0)).toEqual(['1', '2', 'pause', 'pause'])
    outer.resume?.()
    expect(log).toEqual([])
    turn()
    expect(log).toEqual(['3', '4', 'resume'])
  })

  it.each(['close', 'destroy', 'gone'] as const)('is dropped where its connection ends: %s', (end) => {
    const { inner, outer, log, turn } = openSlow()
    inner.onMessage(batch(1, 36))
    if (end === 'close') outer.close('normal')
    else if (end === 'destroy') outer.destroy()
    else inner.onClose()
    turn()
    expect(log.filter((line) => /^\d/.test(line))).toEqual(numbers(1, 16))
  })
})

describe('the subprotocol wamp.2.cbor.batched', () => {
  it('is agreed on and carries a session [AP-BAT-01 AP-BAT-04]', async () => {
    const router = createRouter({
      realms: { realm1: { anonymousRole: 'anonymous', roles: { anonymous: [{ uri: '**', allow: ['subscribe'] }] } } },
    })
    const { address } = await router.listenHttp({ host: '127.0.0.1', port: 0 })
    const socket = new WebSocket(address, ['wamp.2.cbor.batched', 'wamp.2.cbor'])
    await once(socket, 'open')
    expect(socket.protocol).toBe('wamp.2.cbor.batched')
    const serializer = createCborSerializer()
    const messages = [
      [1, 'realm1', { roles: { subscriber: {} } }],
      [32, 1, {}, 'com.example.a'],
      [32, 2, {}, 'com.example.b'],
    ].map((list) => serializer.encode(messageFromArray(list)).slice())
    socket.send(joinBatch(messages, true))
    const types: unknown[] = []
    for await (const [answer] of on(socket, 'message') as AsyncIterable<[Buffer]>) {
      types.push(...Array.from(splitBatch(answer, true), (message) => messageToArray(serializer.decode(message))[0]))
      if (types.length >= 3) break
    }
    expect(types).toEqual([2, 33, 33])
    socket.close()
    await router.close()
  })
})
